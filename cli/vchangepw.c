/* vchangepw: lets a person change his own password. */
#include <config.h>

#include <stddef.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/password_input.h"
#include "operations/account_modify.h"
#include "operations/authenticate.h"
#include "util/file.h"
#include "util/line_reader.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
};

static struct options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

enum { ADDRESS_LINE = 1024, EXIT_NOT_HIM = 3 };

static enum vm_status ask_address(struct vm_session *session, struct vm_address *out,
				  struct vm_error *err)
{
	static const char prompt[] = "Please enter the email address: ";
	struct vm_line_reader reader = { .fd = -1 };
	char *line = NULL;
	size_t length = 0;
	enum vm_status status = VM_OK;

	if (!session->json)
		status = vm_file_write(STDOUT_FILENO, "standard output", prompt, sizeof prompt - 1,
				       err);
	if (status == VM_OK)
		status = vm_line_reader_init(&reader, STDIN_FILENO, "standard input", ADDRESS_LINE,
					     err);
	if (status == VM_OK)
		status = vm_line_reader_next(&reader, &line, &length, err);
	if (status == VM_NOT_FOUND || status == VM_INVALID)
		status = vm_fail_field(err, VM_INVALID, "address", "no address was given");
	if (status == VM_OK)
		status = vm_session_address(session, line, out, err);
	vm_line_reader_release(&reader);
	return status;
}

/* One text for an unknown user and a wrong password, as everywhere. */
static enum vm_status check_old(struct vm_session *session, const struct vm_address *address,
				struct vm_arena *arena, struct vm_error *err)
{
	struct vm_login login = {
		.address = *address, .service = VM_SERVICE_ANY, .challenge = "", .remote_ip = ""
	};
	struct vm_login_result result;
	enum vm_status status = vm_password_prompt("Enter old password: ", &login.response, err);

	if (status == VM_OK)
		status = vm_authenticate(&session->context, &login, arena, &result, err);
	vm_secret_wipe(&login.response);
	if (status == VM_OK || !vm_status_is_definite(status))
		return status;
	vm_log_notice(session->context.log, "vchangepw: authentication failed %s@%s", address->user,
		      address->domain);
	return vm_fail_field(err, VM_DENIED, "login", "authentication failed!");
}

static enum vm_status change(struct vm_session *session, const struct vm_address *address,
			     struct vm_error *err)
{
	const struct vm_password_options sources = { .from_stdin = false };
	struct vm_password_input input;
	const struct vm_account_change change = { .password = &input.password,
						  .obey_no_password_change = true };
	char who[VM_ADDRESS_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	(void)vm_text_format(who, sizeof who, "%s@%s", address->user, address->domain); /* fits */
	status = vm_password_input_get(session, &sources, NULL, who, &input, err);
	if (status == VM_OK)
		status = vm_account_modify(&session->context, vm_address_name(address), &change,
					   err);
	vm_secret_wipe(&input.password);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_address address;
	enum vm_status status = ask_address(session, &address, err);

	(void)operands;
	(void)count;
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status ==
	    VM_NOT_FOUND) /* asked for like one that is there: nobody learns which there are */
		status = VM_OK;
	if (status == VM_OK)
		status = check_old(session, &address, &arena, err);
	if (status == VM_OK)
		status = change(session, &address, err);
	vm_arena_release(&arena);
	if (status != VM_OK)
		return status;
	vm_log_notice(session->context.log, "vchangepw: password changed %s@%s", address.user,
		      address.domain);
	if (session->json)
		vm_session_report(session, "user", address.user);
	else
		vm_session_printf(session, "Password successfully changed.\n");
	return VM_OK;
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_DENIED, "login", EXIT_NOT_HIM - 256, NULL, false },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vchangepw", "", "Changes one's own password.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
