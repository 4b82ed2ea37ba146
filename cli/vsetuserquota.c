/* vsetuserquota: sets the quota of an account or of all accounts of a domain. */
#include <config.h>

#include "cli/account_target.h"

#include <stddef.h>

static struct vm_common_options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_account_change change = { .quota = operands[1] };

	(void)count;
	return vm_account_target_modify(session, operands[0], &change, err);
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vsetuserquota", "address|domain quota",
			   "Sets a quota: NOQUOTA, 500M, 1000C, 500M,1000C.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 2,
		.maximum = 2,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
