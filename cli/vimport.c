/* vimport: takes domains, accounts and aliases in from JSON lines or from another system's files. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/convert_print.h"
#include "cli/input_file.h"
#include "cli/owner_child.h"
#include "operations/foreign.h"
#include "operations/import.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	const char *format, *report;
	bool dry_run, overwrite, allow_programs, keep_paths, skip_bad, details, print;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'n', "dry-run", VM_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
	  "change nothing, tell what would be done", 0, 0, NULL },
	{ 0, "report", VM_OPTION_TEXT, offsetof(struct options, report), "FILE",
	  "write every change, and what was left out, there as JSON lines", 0, 0, NULL },
	{ 0, "overwrite", VM_OPTION_FLAG, offsetof(struct options, overwrite), NULL,
	  "replace what differs", 0, 0, NULL },
	{ 0, "allow-programs", VM_OPTION_FLAG, offsetof(struct options, allow_programs), NULL,
	  "take in aliases that run programs", 0, 0, NULL },
	{ 0, "keep-paths", VM_OPTION_FLAG, offsetof(struct options, keep_paths), NULL,
	  "folders and homes stay where the file says", 0, 0, NULL },
	{ 0, "skip-bad", VM_OPTION_FLAG, offsetof(struct options, skip_bad), NULL,
	  "leave out lines that cannot be understood", 0, 0, NULL },
	{ 0, "format", VM_OPTION_TEXT, offsetof(struct options, format), "NAME",
	  "json-lines, passwd-file, cpanel, postfixadmin or mailcow", 0, 0, NULL },
	{ 0, "print", VM_OPTION_FLAG, offsetof(struct options, print), NULL,
	  "print another format as JSON lines, and do no more", 0, 0, NULL },
	{ 'd', "details", VM_OPTION_FLAG, offsetof(struct options, details), NULL,
	  "tell every change", 0, 0, NULL },
};

enum { BLOCK = 65536, REPORT_LINE_MAX = 16 * 1024, PROGRESS_MS = 200 };

/* One run of the command. */
struct run {
	struct vm_session *session;
	struct vm_import import;
	int report; /* -1: none is wanted */
	bool shows_progress, report_failed;
	uint64_t lines_left_out;
	int64_t shown_at;
};

static void show_progress(struct run *run, bool is_end)
{
	const struct vm_convert_counts *const counts = run->import.counts;
	const int64_t now = vm_clock_monotonic_ms();

	if (!run->shows_progress || (!is_end && now - run->shown_at < PROGRESS_MS))
		return;
	run->shown_at = now;
	fprintf(stderr,
		"\r%" PRIu64 " accounts added, %" PRIu64 " equal, %" PRIu64
		" records different, failed or skipped%s",
		counts->number[VM_CONVERT_ACCOUNT][VM_CONVERT_ADDED],
		counts->number[VM_CONVERT_ACCOUNT][VM_CONVERT_EQUAL],
		vm_convert_total(counts, VM_CONVERT_DIFFERENT) +
			vm_convert_total(counts, VM_CONVERT_FAILED) +
			vm_convert_total(counts, VM_CONVERT_SKIPPED),
		is_end ? "\n" : "");
}

static void progress(void *context)
{
	show_progress(context, false);
}

/* Each line is written at once: children of ours write there too. */
static void write_report(struct run *run, struct vm_buf *line)
{
	struct vm_error err;

	if (line->failed ||
	    vm_file_write(run->report, options.report, line->bytes, line->length, &err) != VM_OK)
		run->report_failed = true;
	if (run->report_failed) /* a child's has to be heard of too */
		vm_session_raise_exit_code(run->session, VM_EXIT_LATER);
}

static void report_event(struct run *run, const struct vm_convert_event *event)
{
	struct vm_json_writer writer;
	struct vm_buf line;

	if (run->report < 0)
		return;
	vm_buf_init(&line, REPORT_LINE_MAX);
	vm_json_writer_init(&writer, &line);
	vm_json_begin_object(&writer);
	vm_convert_print_event_members(&writer, event);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
	write_report(run, &line);
	vm_buf_release(&line);
}

static void tell(void *context, const struct vm_convert_event *event)
{
	struct run *const run = context;
	const bool is_bad = event->outcome == VM_CONVERT_DIFFERENT ||
			    event->outcome == VM_CONVERT_FAILED ||
			    event->outcome == VM_CONVERT_SKIPPED;

	report_event(run, event);
	if (is_bad)
		vm_session_raise_exit_code(run->session, VM_EXIT_NO);
	if (is_bad || options.details)
		vm_convert_print_event(run->session, event);
}

/* A line or a file of the source that is left out. */
static void leave_out(struct run *run, const char *kind, const char *subject, const char *text)
{
	struct vm_session *const session = run->session;
	struct vm_buf line;

	run->lines_left_out++;
	vm_buf_init(&line, REPORT_LINE_MAX);
	if (run->report >= 0) {
		vm_convert_print_skipped(true, kind, subject, text, &line);
		write_report(run, &line);
		vm_buf_clear(&line);
	}
	vm_session_raise_exit_code(session, VM_EXIT_NO);
	vm_convert_print_skipped(!options.print && session->json, kind, subject, text, &line);
	if (options.print)
		fprintf(stderr, "%s", line.bytes);
	else
		vm_session_printf(session, "%s", line.bytes);
	vm_buf_release(&line);
}

static void hear_bad_line(void *context, size_t line, const char *text)
{
	struct run *const run = context;
	char subject[VM_PATH_MAX * 2];

	(void)snprintf(subject, sizeof subject, "%s:%zu", run->import.name, line);
	leave_out(run, "line", subject, text);
}

static void hear_foreign(void *context, const char *where, const char *text)
{
	leave_out(context, "source", where, text);
}

struct part {
	struct run *run;
	const struct vm_import_section *section;
};

/* Root's child opens the store anew: a connection has one user. */
static enum vm_status run_owners_part(void *context, struct vm_session *session,
				      const struct vm_domain *domain, bool is_child,
				      struct vm_error *err)
{
	const struct part *const part = context;
	const bool is_writable = !options.dry_run;
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, is_writable,
				       &session->context.store, err);
	return status == VM_OK ? vm_import_section(&part->run->import, part->section, domain, err)
			       : status;
}

/* What goes wrong with one domain does not keep the others, unless the store is away. */
static enum vm_status import_section(void *context, const struct vm_import_section *section,
				     const struct vm_domain *domain, struct vm_error *err)
{
	struct run *const run = context;
	struct vm_session *const session = run->session;
	struct part part = { run, section };
	const struct vm_owner_work work = { run_owners_part, &part };
	const int code = session->exit_code;
	enum vm_status status = VM_INTERNAL;

	session->exit_code = 0;
	/* A rehearsal meets domains that have no folder and no owner yet. */
	status = options.dry_run ? vm_import_section(&run->import, section, domain, err)
				 : vm_session_as_owner(session, domain, &work, err);
	if (status != VM_OK) {
		vm_name_domain(err, domain->name);
		vm_session_raise_exit_code(session, vm_session_complain(session, status, err));
		status = VM_OK;
	}
	if (session->exit_code == VM_EXIT_LATER)
		status = vm_store_ping(session->context.store, err);
	vm_session_raise_exit_code(session, code);
	show_progress(run, false);
	return status;
}

static void print_report(struct run *run, bool is_complete)
{
	struct vm_session *const session = run->session;
	const struct vm_convert_counts *const counts = run->import.counts;
	struct vm_json_writer writer;
	struct vm_buf line;

	vm_buf_init(&line, REPORT_LINE_MAX);
	vm_json_writer_init(&writer, &line);
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "file", run->import.name);
	vm_json_member_string(&writer, "to", vm_store_name(session->context.store));
	vm_json_member_bool(&writer, "dry_run", options.dry_run);
	vm_json_member_bool(&writer, "complete", is_complete);
	vm_json_member_u64(&writer, "lines_skipped", run->lines_left_out);
	vm_convert_print_members(&writer, counts, VM_CONVERT_KINDS, VM_CONVERT_OUTCOMES);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
	if (run->report >= 0)
		write_report(run, &line);
	if (session->json)
		vm_session_printf(session, "%s", line.bytes);
	else
		vm_convert_print_counts(session, counts);
	vm_buf_release(&line);
}

/* What another system has becomes lines of our format first. */
static enum vm_status translate(struct run *run, enum vm_foreign_format format, const char *name,
				int *fd, struct vm_error *err)
{
	const struct vm_foreign foreign = { .config = run->session->context.config,
					    .name = name,
					    .skip = hear_foreign,
					    .context = run };
	int source = -1;
	enum vm_status status = VM_OK;

	if (!vm_foreign_is_folder(format))
		status = vm_input_open(name, "file", &source, err);
	if (status != VM_OK)
		return status;
	*fd = memfd_create("import", MFD_CLOEXEC);
	if (*fd < 0)
		status = vm_fail_errno(err, errno, "memory for %s", name);
	else
		status = vm_foreign_translate(&foreign, format, source, *fd, err);
	vm_file_discard(&source);
	return status;
}

static enum vm_status open_input(struct run *run, const char *name, int *fd, struct vm_error *err)
{
	enum vm_foreign_format format = VM_FOREIGN_FORMATS;
	enum vm_status status = VM_OK;

	if (options.format != NULL && strcmp(options.format, "json-lines") != 0) {
		format = vm_foreign_find(options.format);
		if (format == VM_FOREIGN_FORMATS)
			return vm_fail(err, VM_INVALID,
				       "--format is json-lines, passwd-file, cpanel, postfixadmin "
				       "or mailcow");
		return translate(run, format, name, fd, err);
	}
	if (options.print)
		return vm_fail(err, VM_INVALID, "--print goes with another --format");
	status = vm_input_open(name, "file", fd, err);
	if (status == VM_OK && lseek(*fd, 0, SEEK_SET) != 0)
		status = vm_input_copy(fd, name, err);
	return status;
}

static enum vm_status print_input(int fd, struct vm_error *err)
{
	static char block[BLOCK];
	ssize_t got = 0;
	enum vm_status status = vm_input_rewind(fd, "the lines", err);

	while (status == VM_OK && (got = read(fd, block, sizeof block)) > 0)
		status = vm_file_write(STDOUT_FILENO, "standard output", block, (size_t)got, err);
	return status == VM_OK && got < 0 ? vm_fail_errno(err, errno, "the lines") : status;
}

static enum vm_status open_report(struct run *run, struct vm_error *err)
{
	if (options.report == NULL)
		return VM_OK;
	run->report = open(options.report,
			   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return run->report >= 0 ? VM_OK
				: vm_fail_field(err, VM_INVALID, "report", "%s: %s", options.report,
						strerror(errno));
}

static enum vm_status import_all(struct run *run, struct vm_import_index *index,
				 struct vm_error *err)
{
	enum vm_status status = vm_import_index_read(run->session->context.config, run->import.fd,
						     run->import.name, hear_bad_line, run, index,
						     err);

	if (status == VM_OK && index->bad_lines > 0 && !options.skip_bad)
		return vm_fail(err, VM_INVALID,
			       "lines that cannot be understood: %" PRIu64 "; nothing was changed",
			       index->bad_lines);
	if (status != VM_OK)
		return status;
	run->import.index = index;
	status = vm_import_run(&run->import, err);
	show_progress(run, true);
	print_report(run, status == VM_OK && run->session->exit_code != VM_EXIT_LATER);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session,
			   .report = -1,
			   .shows_progress = isatty(STDERR_FILENO) == 1 };
	struct vm_import_index index = { .bad_lines = 0 };
	enum vm_status status = open_report(&run, err);

	run.import = (struct vm_import){ .context = &session->context,
					 .fd = -1,
					 .name = count == 0 ? "-" : operands[0],
					 .mode = options.dry_run ? VM_CONVERT_REHEARSE
								 : VM_CONVERT_WRITE,
					 .overwrite = options.overwrite,
					 .allow_programs = options.allow_programs,
					 .keep_paths = options.keep_paths,
					 .section = import_section,
					 .tell = tell,
					 .progress = progress,
					 .callback_context = &run };
	/* The children that work as the owners count in it too. */
	run.import.counts = mmap(NULL, sizeof *run.import.counts, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.import.counts == MAP_FAILED)
		return vm_fail_errno(err, errno, "no memory");
	if (status == VM_OK)
		status = open_input(&run, run.import.name, &run.import.fd, err);
	if (status == VM_OK)
		status = options.print ? print_input(run.import.fd, err)
				       : import_all(&run, &index, err);
	vm_import_index_release(&index);
	vm_file_discard(&run.import.fd);
	vm_file_discard(&run.report);
	(void)munmap(run.import.counts, sizeof *run.import.counts); /* it ends anyway */
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vimport", "[file]",
			   "Takes domains, accounts and aliases in from a file.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
