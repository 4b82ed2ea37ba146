/* vexport: prints domains with all they have, as JSON lines or as a script for PostfixAdmin's tables. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/convert_print.h"
#include "cli/each.h"
#include "operations/export.h"
#include "operations/export_postfixadmin.h"
#include "util/file.h"

enum { DOMAINS_MAX = 1000, KEPT_MAX = 8 * 1024 * 1024, SKIPPED_MAX = 16 * 1024 };

struct options {
	struct vm_common_options common;
	bool clear;
	const char *format, *vacation_domain;
	char *domains[DOMAINS_MAX]; /* point into argv */
	int domain_count;
};

static struct options options;

static enum vm_status take_domain(void *into, const char *value, struct vm_error *err)
{
	struct options *const given = into;

	if (given->domain_count == DOMAINS_MAX)
		return vm_fail(err, VM_INVALID, "more than %d domains", DOMAINS_MAX);
	given->domains[given->domain_count++] = (char *)(uintptr_t)value;
	return VM_OK;
}

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "domain", VM_OPTION_CALL, 0, "DOMAIN", "this domain alone; may be given again", 0, 0,
	  take_domain },
	{ 0, "clear-passwords", VM_OPTION_FLAG, offsetof(struct options, clear), NULL,
	  "print clear passwords too, where they are kept", 0, 0, NULL },
	{ 0, "format", VM_OPTION_TEXT, offsetof(struct options, format), "NAME",
	  "json-lines, postfixadmin-mysql, postfixadmin-pgsql or postfixadmin-sqlite", 0, 0, NULL },
	{ 0, "vacation-domain", VM_OPTION_TEXT, offsetof(struct options, vacation_domain), "DOMAIN",
	  "PostfixAdmin's setting vacation_domain: export answers too", 0, 0, NULL },
};

/* What was read of a domain: in memory, and from a size on in a file without a name. */
struct spool {
	const char *folder; /* the domain's, of its owner */
	struct vm_buf text;
	int fd;
};

struct run {
	struct vm_session *session;
	char (*names)[VM_DOMAIN_MAX + 1]; /* that were asked for; NULL: all */
	int count;
	enum vm_script_engine engine; /* VM_SCRIPT_ENGINES: JSON lines */
};

/* Something has no place in the other format. */
static void leave_out(void *context, const char *kind, const char *subject, const char *text)
{
	struct vm_session *const session = context;
	struct vm_error ignored; /* nobody could be told */
	struct vm_buf line;

	vm_session_raise_exit_code(session, VM_EXIT_NO);
	vm_buf_init(&line, SKIPPED_MAX);
	vm_convert_print_skipped(options.common.json, kind, subject, text, &line);
	(void)vm_file_write(STDERR_FILENO, "standard error", line.bytes, line.length, &ignored);
	vm_buf_release(&line);
}

static struct vm_postfixadmin script_of(const struct run *run, struct vm_session *session)
{
	return (struct vm_postfixadmin){ .engine = run->engine,
					 .vacation_domain = options.vacation_domain,
					 .skip = leave_out,
					 .context = session };
}

/* Mail systems hold domains of a million accounts; whoever reads our output may be slow, and must not hold up the domain. */
static enum vm_status spill(struct spool *spool, struct vm_error *err)
{
	if (spool->fd < 0)
		spool->fd = open(spool->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (spool->fd < 0)
		return vm_fail_errno(err, errno, "a file without a name in %s", spool->folder);
	{
		const enum vm_status status = vm_file_write(spool->fd, "the export",
							    spool->text.bytes, spool->text.length,
							    err);

		vm_buf_clear(&spool->text);
		return status;
	}
}

static enum vm_status keep(void *context, const char *bytes, size_t length, struct vm_error *err)
{
	struct spool *const spool = context;
	enum vm_status status = VM_OK;

	if (spool->text.length + length > KEPT_MAX)
		status = spill(spool, err);
	vm_buf_append(&spool->text, bytes, length);
	return status == VM_OK ? vm_buf_check(&spool->text, "an export", err) : status;
}

static enum vm_status write_out(void *context, const char *bytes, size_t length,
				struct vm_error *err)
{
	(void)context;
	return vm_file_write(STDOUT_FILENO, "standard output", bytes, length, err);
}

static enum vm_status print_spool(struct spool *spool, struct vm_error *err)
{
	static char block[65536];
	enum vm_status status = VM_OK;
	ssize_t got = 0;

	if (spool->fd >= 0 && lseek(spool->fd, 0, SEEK_SET) != 0)
		return vm_fail_errno(err, errno, "the export");
	while (status == VM_OK && spool->fd >= 0) {
		got = read(spool->fd, block, sizeof block);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			status = vm_fail_errno(err, errno, "the export");
		if (got <= 0)
			break;
		status = write_out(NULL, block, (size_t)got, err);
	}
	return status == VM_OK ? write_out(NULL, spool->text.bytes, spool->text.length, err)
			       : status;
}

static enum vm_status export_domain(void *context, struct vm_session *session,
				    const struct vm_domain *domain, bool is_child,
				    struct vm_error *err)
{
	const struct run *const run = context;
	const bool is_script = run->engine != VM_SCRIPT_ENGINES;
	struct vm_postfixadmin script = script_of(run, session);
	struct spool spool = { .folder = domain->dir, .fd = -1 };
	const struct vm_export_sink sink = { keep, &spool, is_script ? vm_postfixadmin_put : NULL,
					     &script };
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status != VM_OK)
		return status;
	(void)vm_store_read_fresh(session->context.store, true); /* or it makes no difference */
	vm_buf_init(&spool.text, KEPT_MAX + 2 * VM_TRANSFER_LINE_MAX);
	status = vm_export_domain(&session->context, domain->name, options.clear, &sink, err);
	if (status == VM_OK && is_script) {
		vm_postfixadmin_end_domain(&script, domain->name, &spool.text);
		status = vm_buf_check(&spool.text, "an export", err);
	}
	if (status == VM_OK)
		status = print_spool(&spool, err);
	vm_file_discard(&spool.fd);
	vm_buf_release(&spool.text);
	return status;
}

static enum vm_status take(void *context, const char *domain, struct vm_error *err)
{
	struct run *const run = context;

	return vm_session_in_domain(run->session, domain,
				    &(struct vm_owner_work){ export_domain, run }, err);
}

static bool selects(void *context, const char *domain)
{
	const struct run *const run = context;

	for (int i = 0; i < run->count; i++)
		if (strcmp(run->names[i], domain) == 0)
			return true;
	return run->count == 0;
}

/* Does the name stand among those before it too? */
static bool is_repeated(const struct run *run, int index)
{
	for (int i = 0; i < index; i++)
		if (strcmp(run->names[i], run->names[index]) == 0)
			return true;
	return false;
}

static enum vm_status each_domain(struct run *run, struct vm_error *err)
{
	for (int i = 0; i < run->count; i++) {
		const enum vm_status status = is_repeated(run, i) ? VM_OK
								  : take(run, run->names[i], err);

		if (status != VM_OK)
			vm_session_tell_failure(run->session, status, err);
	}
	if (run->count > 0)
		return VM_OK;
	return vm_session_each_domain(run->session, NULL, 0, take, run, err);
}

static enum vm_status export_all(struct run *run, struct vm_error *err)
{
	struct vm_session *const session = run->session;
	const struct vm_export_sink sink = { write_out, run, NULL, NULL };
	enum vm_status status = vm_export_header(vm_store_name(session->context.store), &sink, err);

	if (status == VM_OK)
		status = each_domain(run, err);
	if (status == VM_OK)
		status = vm_export_ip_maps(&session->context, selects, &sink, err);
	return status == VM_OK && session->exit_code != VM_EXIT_LATER ? vm_export_end(&sink, err)
								      : status;
}

static enum vm_status write_text(const struct vm_buf *text, struct vm_error *err)
{
	const enum vm_status status = vm_buf_check(text, "an export", err);

	return status == VM_OK ? write_out(NULL, text->bytes, text->length, err) : status;
}

/* A script that does not hold everything does not end: it changes nothing. */
static enum vm_status export_script(struct run *run, struct vm_error *err)
{
	struct vm_session *const session = run->session;
	struct vm_postfixadmin script = script_of(run, session);
	const struct vm_export_sink sink = { write_out, run, vm_postfixadmin_put, &script };
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, SKIPPED_MAX);
	vm_postfixadmin_begin(&script, &text);
	status = write_text(&text, err);
	if (status == VM_OK)
		status = each_domain(run, err);
	if (status == VM_OK)
		status = vm_export_ip_maps(&session->context, selects, &sink, err);
	vm_buf_clear(&text);
	vm_postfixadmin_commit(&text);
	if (status == VM_OK && session->exit_code != VM_EXIT_LATER)
		status = write_text(&text, err);
	vm_buf_release(&text);
	return status;
}

static enum vm_status choose_format(struct run *run, struct vm_error *err)
{
	char folded[VM_DOMAIN_MAX + 1];
	const bool is_neutral = options.format == NULL || strcmp(options.format, "json-lines") == 0;

	run->engine = is_neutral ? VM_SCRIPT_ENGINES : vm_postfixadmin_find(options.format);
	if (!is_neutral && run->engine == VM_SCRIPT_ENGINES)
		return vm_fail_field(err, VM_INVALID, "format",
				     "--format is json-lines, postfixadmin-mysql, "
				     "postfixadmin-pgsql or postfixadmin-sqlite");
	if (!is_neutral && options.clear)
		return vm_fail_field(err, VM_INVALID, "clear-passwords",
				     "PostfixAdmin keeps no clear passwords");
	if (options.vacation_domain == NULL)
		return VM_OK;
	if (is_neutral)
		return vm_fail_field(err, VM_INVALID, "vacation-domain",
				     "--vacation-domain goes with a format of PostfixAdmin");
	return vm_session_domain(run->session, options.vacation_domain, folded, err);
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session };
	enum vm_status status = choose_format(&run, err);

	session->json = true; /* standard output is for the lines alone */
	for (int i = 0; i < count && status == VM_OK; i++)
		status = take_domain(&options, operands[i], err);
	if (status == VM_OK)
		status = vm_session_find_domains(session, session->context.store, options.domains,
						 options.domain_count, &run.names, err);
	run.count = options.domain_count;
	if (status == VM_OK)
		status = run.engine == VM_SCRIPT_ENGINES ? export_all(&run, err)
							 : export_script(&run, err);
	free(run.names);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vexport", "[domain ...]",
			   "Prints domains with all they have, as JSON lines or for PostfixAdmin.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = DOMAINS_MAX,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
