/* vdeluser: removes an account. */
#include <config.h>

#include <stddef.h>

#include "cli/command.h"
#include "operations/account_remove.h"

static struct vm_common_options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_address address;
	enum vm_status status = vm_session_address(session, operands[0], &address, err);

	(void)count;
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_account_remove(&session->context, vm_address_name(&address), err);
	if (status == VM_OK)
		vm_session_report(session, "user", address.user);
	vm_arena_release(&arena);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vdeluser", "address", "Removes an account and its mail.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
