/* vverifypw: tests a password. */
#include <config.h>

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/password_input.h"
#include "operations/authenticate.h"
#include "util/file.h"
#include "util/line_reader.h"

enum { ADDRESS_LINE = 1000 };

struct options {
	struct vm_common_options common;
	bool compares_hash, from_stdin;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'h', NULL, VM_OPTION_HELP, 0, NULL, "print the options", 0, 0, NULL },
	{ 'e', "hash", VM_OPTION_FLAG, offsetof(struct options, compares_hash), NULL,
	  "compare with the stored text itself", 0, 0, NULL },
	{ 0, "password-stdin", VM_OPTION_FLAG, offsetof(struct options, from_stdin), NULL,
	  "read the password from standard input", 0, 0, NULL },
};

static enum vm_status compare_hash(struct vm_session *session, const struct vm_login *login,
				   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_account_get(session->context.store, vm_address_name(&login->address),
				      &arena, &account, err);
	if (status == VM_OK &&
	    !vm_bytes_equal_constant_time(account.hash, strlen(account.hash), login->response.bytes,
					  login->response.length))
		status = VM_DENIED;
	vm_arena_release(&arena);
	return status;
}

static enum vm_status verify(struct vm_session *session, const struct vm_login *login,
			     struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_login_result result;
	enum vm_status status = VM_INTERNAL;

	if (options.compares_hash)
		return compare_hash(session, login, err);
	vm_arena_init(&arena, 65536);
	status = vm_authenticate(&session->context, login, &arena, &result, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status ask_address(struct vm_line_reader *reader, char **line, struct vm_error *err)
{
	static const char prompt[] = "Please enter the email address: ";
	size_t length = 0;
	enum vm_status status =
		vm_file_write(STDOUT_FILENO, "standard output", prompt, sizeof prompt - 1, err);

	if (status == VM_OK)
		status = vm_line_reader_init(reader, STDIN_FILENO, "standard input", ADDRESS_LINE,
					     err);
	if (status == VM_OK)
		status = vm_line_reader_next(reader, line, &length, err);
	if (status == VM_NOT_FOUND || status == VM_INVALID)
		return vm_fail_field(err, VM_INVALID, "address", "no address was given");
	return status;
}

static enum vm_status get_password(struct vm_session *session, char **operands, int count,
				   struct vm_login *login, struct vm_error *err)
{
	const struct vm_password_options sources = { .from_stdin = options.from_stdin };
	struct vm_password_input input;
	enum vm_status status = VM_INTERNAL;

	if (count < 2 && !options.from_stdin)
		return vm_password_prompt("Please enter password: ", &login->response, err);
	status = vm_password_input_get(session, &sources, count > 1 ? operands[1] : NULL, "",
				       &input, err);
	if (status == VM_OK)
		login->response = input.password;
	vm_secret_wipe(&input.password);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_login login = { .service = VM_SERVICE_ANY, .challenge = "", .remote_ip = "" };
	struct vm_line_reader reader = { .fd = -1 };
	char *address = NULL;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_OK;

	if (count > 0)
		address = operands[0];
	else
		status = ask_address(&reader, &address, err);
	if (status == VM_OK)
		status = vm_session_address(session, address, &login.address, err);
	vm_line_reader_release(&reader);
	if (status == VM_OK)
		status = get_password(session, operands, count, &login, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, login.address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = verify(session, &login, err);
	vm_arena_release(&arena);
	vm_secret_wipe(&login.response);
	if (status == VM_OK && session->json)
		vm_session_report(session, "result", "authenticated");
	else if (status == VM_OK)
		vm_session_printf(session, "User authenticated.\n");
	/* One text for an unknown user and a wrong password. */
	return status == VM_OK || !vm_status_is_definite(status)
		       ? status
		       : vm_fail(err, VM_DENIED, "authentication failed!");
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vverifypw", "[address [password]]", "Tests a password.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 2,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
