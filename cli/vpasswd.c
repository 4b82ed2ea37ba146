/* vpasswd: sets the password of an account. */
#include <config.h>

#include <stddef.h>

#include "cli/command.h"
#include "cli/password_input.h"
#include "operations/account_modify.h"

struct options {
	struct vm_common_options common;
	struct vm_password_options password;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'r', "random", VM_OPTION_OPTIONAL, offsetof(struct options, password.random), "LENGTH",
	  "make a random password", 0, 0, NULL },
	{ 0, "password-stdin", VM_OPTION_FLAG, offsetof(struct options, password.from_stdin), NULL,
	  "read the password from standard input", 0, 0, NULL },
};

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_address address;
	struct vm_password_input input;
	const struct vm_account_change change = { .password = &input.password,
						  .obey_no_password_change = true };
	enum vm_status status = vm_session_address(session, operands[0], &address, err);

	if (status == VM_OK)
		status = vm_password_input_get(session, &options.password,
					       count > 1 ? operands[1] : NULL, operands[0], &input,
					       err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_account_modify(&session->context, vm_address_name(&address), &change,
					   err);
	if (status == VM_OK) {
		vm_session_report(session, "user", address.user);
		vm_password_input_show(session, &input);
	}
	vm_secret_wipe(&input.password);
	vm_arena_release(&arena);
	return status;
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "address", -1, "Illegal username", false },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vpasswd", "address [password]", "Sets the password of an account.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 2,
		.writable = true,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
