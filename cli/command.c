/* Runs a command: options, settings, store, the command itself, exit code. */
#include <config.h>

#include "cli/command.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/home.h"
#include "core/identity.h"
#include "operations/default_domain.h"
#include "util/text.h"

enum { OUTPUT_MAX = 1024 * 1024, FLUSH_AT = 32 * 1024, USAGE_MAX = 16 * 1024 };

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

void vm_session_flush(struct vm_session *session)
{
	if (session->out.failed ||
	    !write_all(STDOUT_FILENO, session->out.bytes, session->out.length))
		session->exit_code = VM_EXIT_OUTPUT; /* a full disk must not look like success */
	vm_buf_clear(&session->out);
}

static void flush_when_full(struct vm_session *session)
{
	if (session->out.length >= FLUSH_AT)
		vm_session_flush(session);
}

void vm_session_printf(struct vm_session *session, const char *format, ...)
{
	char stack[1024];
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = vsnprintf(stack, sizeof stack, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length < sizeof stack) {
		vm_buf_append(&session->out, stack, (size_t)length);
	} else if (vm_buf_reserve(&session->out, (size_t)length + 1)) {
		va_start(arguments, format);
		vsnprintf(session->out.bytes + session->out.length, (size_t)length + 1, format,
			  arguments);
		va_end(arguments);
		session->out.length += (size_t)length;
	}
	flush_when_full(session);
}

void vm_session_begin(struct vm_session *session)
{
	vm_json_begin_object(&session->writer);
}

void vm_session_end(struct vm_session *session)
{
	vm_json_end_object(&session->writer);
	vm_json_end_line(&session->writer);
	flush_when_full(session);
}

void vm_session_report(struct vm_session *session, const char *key, const char *value)
{
	if (!session->json)
		return;
	vm_session_begin(session);
	vm_json_member_string(&session->writer, key, value);
	vm_session_end(session);
}

enum vm_status vm_session_address(struct vm_session *session, const char *text,
				  struct vm_address *out, struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1] = "";
	struct vm_address_policy policy;
	enum vm_status status = VM_OK;

	if (strpbrk(text, "@%/") == NULL)
		status = vm_default_domain(&session->context, secure_getenv("VPOPMAIL_DOMAIN"),
					   secure_getenv("TCPLOCALIP"), domain, err);
	if (status != VM_OK)
		return status;
	policy = vm_config_address_policy(session->context.config, domain);
	return vm_address_parse(text, &policy, out, err);
}

enum vm_status vm_session_domain(struct vm_session *session, const char *text,
				 char out[VM_DOMAIN_MAX + 1], struct vm_error *err)
{
	const struct vm_address_policy policy =
		vm_config_address_policy(session->context.config, "");
	const enum vm_status status = vm_domain_parse(text, &policy, out, err);

	if (status == VM_INVALID)
		vm_text_copy(err->field, sizeof err->field, "domain");
	return status;
}

enum vm_status vm_session_become_owner(struct vm_session *session, const char *domain,
				       struct vm_arena *arena, struct vm_domain *out,
				       struct vm_error *err)
{
	enum vm_status status =
		vm_store_domain_get(session->context.store, domain, arena, out, err);

	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", domain);
	if (status == VM_OK)
		status = vm_identity_become(out->uid, out->gid, err);
	if (status == VM_DENIED) /* another user could: this is no answer about the domain */
		return vm_fail(err, VM_TEMPFAIL, "run it as root or as the owner of %s", domain);
	return status;
}

static void print_text(int fd, void (*print)(const struct vm_option_table *, struct vm_buf *),
		       const struct vm_option_table *table)
{
	struct vm_buf text;

	vm_buf_init(&text, USAGE_MAX);
	print(table, &text);
	(void)write_all(fd, text.bytes, text.length);
	vm_buf_release(&text);
}

void vm_complain_json(enum vm_status status, const struct vm_error *err)
{
	struct vm_json_writer writer;
	struct vm_buf text;

	vm_buf_init(&text, USAGE_MAX);
	vm_json_writer_init(&writer, &text);
	vm_json_begin_object(&writer);
	vm_json_key(&writer, "error");
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "code", vm_status_name(status));
	vm_json_member_string(&writer, "message", err->text);
	vm_json_member_string(&writer, "field", err->field);
	vm_json_end_object(&writer);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
	(void)write_all(STDERR_FILENO, text.bytes, text.length);
	vm_buf_release(&text);
}

bool vm_wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* 5.4's text on standard output; with --json one object on standard error. */
/* Wrong input and what this store cannot do will be no other the next time. */
static int new_exit_code(enum vm_status status)
{
	if (!vm_status_is_definite(status))
		return VM_EXIT_LATER;
	return status == VM_INVALID || status == VM_UNSUPPORTED ? VM_EXIT_NEVER : VM_EXIT_NO;
}

int vm_session_complain(struct vm_session *session, enum vm_status status,
			const struct vm_error *err)
{
	struct vm_buf text;

	vm_session_flush(session);
	vm_buf_init(&text, USAGE_MAX);
	if (session->json) {
		vm_complain_json(status, err);
	} else if (vm_status_is_definite(status)) {
		vm_va_print(session->answers, status, err, &text);
		vm_buf_append_byte(&text, '\n');
		(void)write_all(STDOUT_FILENO, text.bytes, text.length);
	} else {
		vm_buf_printf(&text, "%s: %s; nothing was decided, try again later\n",
			      session->table->program, err->text);
		(void)write_all(STDERR_FILENO, text.bytes, text.length);
	}
	vm_buf_release(&text);
	return session->is_new ? new_exit_code(status)
			       : vm_va_exit_code(session->answers, status, err);
}

static int usage_error(const struct vm_command *command, bool json, const struct vm_error *err)
{
	const char *const program = command->table.program;
	const int code = command->is_new ? VM_EXIT_NEVER : VM_EXIT_USAGE;

	if (json) {
		vm_complain_json(VM_INVALID, err);
		return code;
	}
	(void)write_all(STDERR_FILENO, program, strlen(program));
	(void)write_all(STDERR_FILENO, ": ", 2);
	(void)write_all(STDERR_FILENO, err->text, strlen(err->text));
	(void)write_all(STDERR_FILENO, "\n", 1);
	print_text(STDERR_FILENO, vm_option_usage, &command->table);
	return code;
}

/* -v, as 5.4 has it. */
static void print_version(const struct vm_option_table *table, struct vm_buf *out)
{
	(void)table;
	vm_buf_append_text(out, "version: " PACKAGE_VERSION "\n");
}

static enum vm_status check_operands(const struct vm_command *command, int count,
				     struct vm_error *err)
{
	if (count < command->minimum)
		return vm_fail(err, VM_INVALID, "an operand is missing: %s",
			       command->table.operands);
	if (count > command->maximum)
		return vm_fail(err, VM_INVALID, "too many operands: %s", command->table.operands);
	return VM_OK;
}

static enum vm_status run(struct vm_session *session, const struct vm_command *command,
			  struct vm_config *config, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_log log;
	struct vm_store *store = NULL;
	enum vm_status status = vm_config_load(vm_home_from_environment(), config, err);

	if (status != VM_OK)
		return status;
	vm_log_open(&log, config->log_target, config->log_name);
	session->context = (struct vm_context){ .config = config,
						.log = &log,
						.below_hook = getenv(VM_HOOK_VARIABLE) != NULL };
	status = VM_OK;
	if (!command->without_store)
		status = vm_store_open(config, command->writable, &store, err);
	/* Who changes what was read must not have read what is old. */
	if (status == VM_OK && store != NULL && command->writable)
		(void)vm_store_read_fresh(store, true);
	session->context.store = store;
	if (status == VM_OK)
		status = command->run(session, operands, count, err);
	vm_store_close(&store);
	vm_log_close(&log);
	return status;
}

int vm_command_main(const struct vm_command *command, int argc, char **argv)
{
	const struct vm_common_options *const common = command->options;
	const bool wants_json = vm_wants_json(argc, argv); /* parsing rearranges argv */
	struct vm_session session = { .table = &command->table,
				      .answers = command->answers,
				      .is_new = command->is_new };
	struct vm_config config = { 0 };
	struct vm_option_result parsed;
	struct vm_error err = { 0 };
	enum vm_status status = VM_INTERNAL;
	int code = 0;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	status = vm_option_parse(&command->table, argc, argv, command->options, &parsed, &err);
	if (status != VM_OK)
		return usage_error(command, wants_json, &err);
	if (parsed.wants_help)
		print_text(STDOUT_FILENO, vm_option_usage, &command->table);
	if (parsed.wants_version)
		print_text(STDOUT_FILENO, vm_option_version, &command->table);
	else if (common->print_version)
		print_text(STDOUT_FILENO, print_version, &command->table);
	if (parsed.wants_help || parsed.wants_version)
		return 0;
	status = check_operands(command, parsed.count, &err);
	if (status != VM_OK)
		return usage_error(command, wants_json, &err);
	session.json = common->json;
	session.is_terminal = !common->json && isatty(STDOUT_FILENO) == 1;
	vm_buf_init(&session.out, OUTPUT_MAX);
	vm_json_writer_init(&session.writer, &session.out);
	status = run(&session, command, &config, parsed.operands, parsed.count, &err);
	if (status == VM_OK)
		vm_session_flush(&session);
	code = status == VM_OK ? session.exit_code : vm_session_complain(&session, status, &err);
	vm_config_release(&config);
	vm_buf_release(&session.out);
	return code;
}
