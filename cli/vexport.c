/* vexport: prints domains with all they have as JSON lines. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/each.h"
#include "operations/export.h"
#include "util/file.h"

enum { DOMAINS_MAX = 1000, KEPT_MAX = 8 * 1024 * 1024 };

struct options {
	struct vm_common_options common;
	bool clear;
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
};

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
	struct spool spool = { .folder = domain->dir, .fd = -1 };
	const struct vm_export_sink sink = { keep, &spool };
	enum vm_status status = VM_OK;

	(void)context;
	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status != VM_OK)
		return status;
	(void)vm_store_read_fresh(session->context.store, true); /* or it makes no difference */
	vm_buf_init(&spool.text, KEPT_MAX + 2 * VM_TRANSFER_LINE_MAX);
	status = vm_export_domain(&session->context, domain->name, options.clear, &sink, err);
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
				    &(struct vm_owner_work){ export_domain, NULL }, err);
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
	const struct vm_export_sink sink = { write_out, run };
	enum vm_status status = vm_export_header(vm_store_name(session->context.store), &sink, err);

	if (status == VM_OK)
		status = each_domain(run, err);
	return status == VM_OK ? vm_export_ip_maps(&session->context, selects, &sink, err) : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session };
	enum vm_status status = VM_OK;

	session->json = true; /* standard output is for the lines alone */
	for (int i = 0; i < count && status == VM_OK; i++)
		status = take_domain(&options, operands[i], err);
	if (status == VM_OK)
		status = vm_session_find_domains(session, session->context.store, options.domains,
						 options.domain_count, &run.names, err);
	run.count = options.domain_count;
	if (status == VM_OK)
		status = export_all(&run, err);
	free(run.names);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vexport", "[domain ...]",
			   "Prints domains with all they have as JSON lines.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = DOMAINS_MAX,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
