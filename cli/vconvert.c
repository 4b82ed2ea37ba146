/* vconvert: brings accounts and domains from one store into another, or compares the two. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/module_registry.h"
#include "cli/convert_print.h"
#include "cli/each.h"
#include "cli/owner_child.h"
#include "cli/vconvert_webmail.h"
#include "core/identity.h"
#include "operations/convert.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	const char *from, *to;
	const char
		*old[2]; /* 5.4's letters in their order: "cdb", or "sql" for whatever it is here */
	bool dry_run, verify, overwrite, details, webmail;
};

static struct options options;

static enum vm_status take_letter(void *into, const char *name, struct vm_error *err)
{
	struct options *const given = into;

	if (given->old[0] != NULL && given->old[1] != NULL)
		return vm_fail(err, VM_INVALID, "two of the letters -c and -m are enough");
	given->old[given->old[0] == NULL ? 0 : 1] = name;
	return VM_OK;
}

static const char any_sql[] = "sql";

static enum vm_status take_c(void *into, const char *value, struct vm_error *err)
{
	(void)value;
	return take_letter(into, "cdb", err);
}

static enum vm_status take_m(void *into, const char *value, struct vm_error *err)
{
	(void)value;
	return take_letter(into, any_sql, err);
}

static enum vm_status refuse_e(void *into, const char *value, struct vm_error *err)
{
	(void)into;
	(void)value;
	return vm_fail(err, VM_INVALID,
		       "-e is no more: users of /etc/passwd are added with vadduser --batch");
}

static enum vm_status refuse_p(void *into, const char *value, struct vm_error *err)
{
	(void)into;
	(void)value;
	return vm_fail(
		err, VM_INVALID,
		"-p is no more: vuserinfo --json -D DOMAIN prints accounts for other programs");
}

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "from", VM_OPTION_TEXT, offsetof(struct options, from), "STORE",
	  "where the records are: cdb, mysql, pgsql, sqlite", 0, 0, NULL },
	{ 0, "to", VM_OPTION_TEXT, offsetof(struct options, to), "STORE", "where they go", 0, 0,
	  NULL },
	{ 'n', "dry-run", VM_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
	  "change nothing, count what would be done", 0, 0, NULL },
	{ 0, "verify", VM_OPTION_FLAG, offsetof(struct options, verify), NULL,
	  "change nothing, tell every difference", 0, 0, NULL },
	{ 0, "overwrite", VM_OPTION_FLAG, offsetof(struct options, overwrite), NULL,
	  "replace what differs, remove what is only there", 0, 0, NULL },
	{ 'd', "details", VM_OPTION_FLAG, offsetof(struct options, details), NULL,
	  "tell every change", 0, 0, NULL },
	{ 'c', NULL, VM_OPTION_CALL, 0, NULL, "5.4's --from cdb, then --to cdb", 0, 0, take_c },
	{ 'm', NULL, VM_OPTION_CALL, 0, NULL, "the same for the SQL store of the settings", 0, 0,
	  take_m },
	{ 'e', NULL, VM_OPTION_CALL, 0, NULL, NULL, 0, 0, refuse_e },
	{ 'p', NULL, VM_OPTION_CALL, 0, "FILE", NULL, 0, 0, refuse_p },
	{ 'S', "sqwebmail-pass", VM_OPTION_FLAG, offsetof(struct options, webmail), NULL,
	  "write the hash of each account into its sqwebmail-pass", 0, 0, NULL },
};

enum { EXIT_DIFFERENT = 1, ARENA_MAX = 64 * 1024, PROGRESS_MS = 200 };

/* One run of the command. */
struct run {
	struct vm_session *session;
	const struct vm_auth_module *from, *to;
	struct vm_convert convert;
	char (*names)[VM_DOMAIN_MAX + 1]; /* real domains that were asked for */
	int name_count;
	bool shows_progress;
	int64_t shown_at;
};

static void show_progress(struct run *run, bool is_end)
{
	const struct vm_convert_counts *const counts = run->convert.counts;
	const uint64_t *const accounts = counts->number[VM_CONVERT_ACCOUNT];
	const int64_t now = vm_clock_monotonic_ms();

	if (!run->shows_progress || (!is_end && now - run->shown_at < PROGRESS_MS))
		return;
	run->shown_at = now;
	fprintf(stderr,
		"\r%" PRIu64 " domains, %" PRIu64 " accounts added, %" PRIu64 " equal, %" PRIu64
		" different or failed%s",
		counts->number[VM_CONVERT_DOMAIN][VM_CONVERT_EQUAL] +
			counts->number[VM_CONVERT_DOMAIN][VM_CONVERT_ADDED],
		accounts[VM_CONVERT_ADDED], accounts[VM_CONVERT_EQUAL],
		vm_convert_total(counts, VM_CONVERT_DIFFERENT) +
			vm_convert_total(counts, VM_CONVERT_FAILED),
		is_end ? "\n" : "");
}

static void progress(void *context)
{
	show_progress(context, false);
}

static void tell(void *context, const struct vm_convert_event *event)
{
	struct run *const run = context;
	const bool is_bad = event->outcome == VM_CONVERT_DIFFERENT ||
			    event->outcome == VM_CONVERT_FAILED;

	if (is_bad)
		vm_session_raise_exit_code(run->session, EXIT_DIFFERENT);
	if (is_bad || options.details)
		vm_convert_print_event(run->session, event);
}

static bool selects(void *context, const char *domain)
{
	const struct run *const run = context;

	for (int i = 0; i < run->name_count; i++)
		if (strcmp(run->names[i], domain) == 0)
			return true;
	return run->name_count == 0;
}

static void warn(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "vconvert: %s\n", text);
}

static void close_stores(struct run *run)
{
	vm_store_close(&run->convert.to);
	vm_store_close(&run->convert.from);
}

static enum vm_status open_stores(struct run *run, struct vm_error *err)
{
	const struct vm_config *const config = run->session->context.config;
	const bool is_writable = run->convert.mode == VM_CONVERT_WRITE;
	enum vm_status status =
		vm_store_open_with(run->from, config, false, &run->convert.from, err);

	if (status == VM_OK)
		status = vm_store_open_with(run->to, config, is_writable, &run->convert.to, err);
	if (status != VM_OK)
		return status;
	vm_store_set_warning(run->convert.from, warn, NULL);
	vm_store_set_warning(run->convert.to, warn, NULL);
	return VM_OK;
}

/* 5.4's lines. */
static void say_converting(struct run *run, const char *name, const char *end)
{
	if (options.old[0] != NULL && !run->session->json)
		vm_session_printf(run->session, "%s%s%s", end == NULL ? "converting " : "",
				  end == NULL ? name : "", end == NULL ? "..." : end);
}

static enum vm_status convert_records(struct run *run, const char *domain, struct vm_error *err)
{
	struct vm_session *const session = run->session;
	const struct vm_error clean = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	*err = clean;
	say_converting(run, domain, NULL);
	status = vm_convert_records(&run->convert, domain, err);
	say_converting(run, domain, status == VM_OK ? "    done\n" : "\n");
	if (status == VM_OK)
		return VM_OK;
	vm_name_domain(err, domain);
	vm_session_raise_exit_code(session, vm_session_complain(session, status, err));
	return status;
}

/* Root's child opens both stores anew: a connection has one user. */
static enum vm_status run_owners_part(void *context, struct vm_session *session,
				      const struct vm_domain *domain, bool is_child,
				      struct vm_error *err)
{
	struct run *const run = context;
	enum vm_status status = VM_OK;

	(void)session; /* run has it */
	if (is_child)
		status = open_stores(run, err);
	if (status == VM_OK)
		(void)convert_records(run, domain->name,
				      err); /* told already; the exit code has it */
	return status;
}

/* What goes wrong with one domain does not keep the others, unless a store is away. */
static enum vm_status records(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;
	const int code = run->session->exit_code;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	run->session->exit_code = 0;
	status = vm_store_domain_get(run->convert.from, name, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_session_as_owner(run->session, &domain,
					     &(struct vm_owner_work){ run_owners_part, run }, err);
	vm_arena_release(&arena);
	if (status == VM_OK && run->session->exit_code == VM_EXIT_LATER)
		status = vm_store_ping(run->convert.from, err);
	if (status == VM_OK && run->session->exit_code == VM_EXIT_LATER)
		status = vm_store_ping(run->convert.to, err);
	vm_session_raise_exit_code(run->session, code);
	show_progress(run, false);
	return status;
}

static void print_report(struct vm_session *session, const struct run *run, bool is_complete)
{
	const struct vm_convert_counts *const counts = run->convert.counts;

	if (!session->json) {
		vm_convert_print_counts(session, counts);
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "from", run->from->name);
	vm_json_member_string(&session->writer, "to", run->to->name);
	vm_json_member_bool(&session->writer, "complete", is_complete);
	vm_convert_print_members(&session->writer, counts, VM_CONVERT_VACATION, VM_CONVERT_SKIPPED);
	vm_session_end(session);
}

static bool has_section(const struct vm_config *config, const char *name)
{
	for (size_t i = 0; i < config->entry_count; i++)
		if (strcmp(config->entries[i].section, name) == 0)
			return true;
	return false;
}

static bool has_old_settings(const struct vm_config *config, const char *name)
{
	char path[VM_PATH_MAX * 2];
	struct stat info;
	struct vm_error ignored;

	return vm_text_format(path, sizeof path, "%s/etc/vpopmail.%s", config->home, name) &&
	       vm_file_stat(AT_FDCWD, path, &info, &ignored) == VM_OK;
}

/* Which store -m means: the one in use, else the one that has settings. */
static enum vm_status find_sql(const struct vm_config *config, const char **out,
			       struct vm_error *err)
{
	static const char *const names[] = { "mysql", "pgsql", "sqlite" };
	int found = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(config->auth, names[i]) == 0) {
			*out = names[i];
			return VM_OK;
		}
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (has_section(config, names[i]) || has_old_settings(config, names[i])) {
			*out = names[i];
			found++;
		}
	}
	if (found == 1)
		return VM_OK;
	return vm_fail(err, VM_INVALID,
		       "-m: say which store with --from and --to: mysql, pgsql or "
		       "sqlite");
}

static enum vm_status take_names(const struct vm_config *config, const char **from, const char **to,
				 struct vm_error *err)
{
	const char *const given[2] = { options.from, options.to };
	const char *names[2] = { NULL, NULL };
	enum vm_status status = VM_OK;

	if (options.old[0] != NULL && (given[0] != NULL || given[1] != NULL))
		return vm_fail(err, VM_INVALID, "give --from and --to, or two letters, not both");
	for (size_t i = 0; i < 2 && status == VM_OK; i++) {
		names[i] = given[i] != NULL ? given[i] : options.old[i];
		if (names[i] == NULL)
			return vm_fail(err, VM_INVALID, "give both --from STORE and --to STORE");
		if (names[i] == any_sql)
			status = find_sql(config, &names[i], err);
	}
	*from = names[0];
	*to = names[1];
	if (status == VM_OK && strcmp(*from, *to) == 0)
		return vm_fail(err, VM_INVALID, "%s is both --from and --to", *from);
	return status;
}

/* A store that cannot be had is wrong usage here, where its name comes from the command line. */
static enum vm_status find_module(const char *name, const char *home,
				  const struct vm_auth_module **out, struct vm_error *err)
{
	struct vm_error why;

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0' || name[0] == '\0')
		return vm_fail(err, VM_INVALID, "\"%s\" is not the name of a store", name);
	if (vm_module_find(name, home, out, err) == VM_OK)
		return VM_OK;
	why = *err;
	return vm_fail(err, VM_INVALID, "%s", why.text);
}

static enum vm_status prepare(struct run *run, struct vm_error *err)
{
	const struct vm_config *const config = run->session->context.config;
	const char *from = "", *to = "";
	enum vm_status status = VM_OK;

	if (options.verify && (options.dry_run || options.overwrite))
		return vm_fail(err, VM_INVALID, "--verify changes nothing: it goes alone");
	status = take_names(config, &from, &to, err);
	if (status == VM_OK)
		status = find_module(from, config->home, &run->from, err);
	if (status == VM_OK)
		status = find_module(to, config->home, &run->to, err);
	if (status != VM_OK)
		return status;
	run->convert.mode = options.verify    ? VM_CONVERT_VERIFY
			    : options.dry_run ? VM_CONVERT_REHEARSE
					      : VM_CONVERT_WRITE;
	/* The children that work as the owners count in it too. */
	run->convert.counts = mmap(NULL, sizeof *run->convert.counts, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->convert.counts == MAP_FAILED) {
		run->convert.counts = NULL;
		return vm_fail_errno(err, errno, "no memory");
	}
	return open_stores(run, err);
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session, .shows_progress = isatty(STDERR_FILENO) == 1 };
	enum vm_status status = VM_INTERNAL;

	if (options.webmail &&
	    (options.from != NULL || options.to != NULL || options.old[0] != NULL ||
	     options.dry_run || options.verify || options.overwrite || options.details))
		return vm_fail(err, VM_INVALID, "-S goes alone");
	if (options.webmail)
		return vm_vconvert_webmail(session, operands, count, err);
	run.convert = (struct vm_convert){ .config = session->context.config,
					   .overwrite = options.overwrite,
					   .selects = selects,
					   .records = records,
					   .tell = tell,
					   .progress = progress,
					   .context = &run };
	status = prepare(&run, err);
	if (status == VM_OK)
		status = vm_session_find_domains(session, run.convert.from, operands, count,
						 &run.names, err);
	run.name_count = count;
	if (status == VM_OK) {
		status = vm_convert_run(&run.convert, err);
		show_progress(&run, true);
		print_report(session, &run, status == VM_OK && session->exit_code != VM_EXIT_LATER);
	}
	close_stores(&run);
	free(run.names);
	if (run.convert.counts != NULL)
		(void)munmap(run.convert.counts, sizeof *run.convert.counts); /* it ends anyway */
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vconvert", "[domain ...]",
			   "Brings domains and accounts from one store into another.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = INT_MAX,
		.without_store = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
