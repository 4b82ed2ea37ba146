/* vpopbull: puts one message into many mailboxes. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/each.h"
#include "operations/bulletin.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/line_reader.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	bool verbose, dry_run, restart;
	int way;
	const char *file, *exclude;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'V', "verbose", VM_OPTION_FLAG, offsetof(struct options, verbose), NULL,
	  "print each address that gets it", 0, 0, NULL },
	{ 'f', "file", VM_OPTION_TEXT, offsetof(struct options, file), "FILE",
	  "the message; - is standard input", 0, 0, NULL },
	{ 'e', "exclude", VM_OPTION_TEXT, offsetof(struct options, exclude), "FILE",
	  "addresses that do not get it, one a line", 0, 0, NULL },
	{ 'n', "dry-run", VM_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
	  "deliver nothing", 0, 0, NULL },
	{ 'c', "copy", VM_OPTION_CHOICE, offsetof(struct options, way), NULL,
	  "a copy for each account, with its address (default)", VM_BULLETIN_COPY, 0, NULL },
	{ 'h', "hard-link", VM_OPTION_CHOICE, offsetof(struct options, way), NULL,
	  "one file, linked into the mailboxes", VM_BULLETIN_HARD_LINK, 0, NULL },
	{ 's', "symbolic-link", VM_OPTION_CHOICE, offsetof(struct options, way), NULL,
	  "links to FILE, which has to stay", VM_BULLETIN_SYMBOLIC_LINK, 0, NULL },
	{ 0, "restart", VM_OPTION_FLAG, offsetof(struct options, restart), NULL,
	  "do not go on where an interrupted run ended", 0, 0, NULL },
};

enum {
	MESSAGE_MAX = 64 * 1024 * 1024,
	EXCLUDE_MAX = 256 * 1024 * 1024,
	PROGRESS_MS = 200,
	BAR = 30,
	EVENTS = VM_BULLETIN_LISTED + 1,
};

/* The addresses that are left out, sorted. */
struct exclusions {
	struct vm_arena arena;
	const char **items;
	size_t count, capacity;
};

struct run {
	struct vm_session *session;
	struct vm_bulletin bulletin;
	struct exclusions exclusions;
	struct vm_buf message;
	char *path;
	bool forgets; /* the second round: everybody has it */
	/* of the domain at work */
	const char *domain;
	uint64_t counts[EVENTS], total;
	int64_t began, shown_at;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_excluded(void *caller, struct vm_name name)
{
	const struct run *const run = caller;
	char address[VM_ADDRESS_MAX + 1];
	const char *const key = address;

	return run->exclusions.count > 0 &&
	       vm_text_format(address, sizeof address, "%s@%s", name.user, name.domain) &&
	       bsearch(&key, run->exclusions.items, run->exclusions.count, sizeof key, compare) !=
		       NULL;
}

static enum vm_status exclude(struct exclusions *exclusions, const char *line, size_t length,
			      struct vm_error *err)
{
	char *address = NULL;

	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
		length--;
	if (length == 0)
		return VM_OK;
	if (exclusions->count == exclusions->capacity) {
		const size_t capacity = exclusions->capacity == 0 ? 64 : exclusions->capacity * 2;
		const char **const items = reallocarray(exclusions->items, capacity, sizeof *items);

		if (items == NULL)
			return vm_fail_memory(err);
		exclusions->items = items;
		exclusions->capacity = capacity;
	}
	address = vm_arena_strndup(&exclusions->arena, line, length);
	if (address == NULL)
		return vm_fail_memory(err);
	vm_text_lower(address);
	exclusions->items[exclusions->count++] = address;
	return VM_OK;
}

static enum vm_status read_exclusions(struct exclusions *exclusions, struct vm_error *err)
{
	struct vm_line_reader reader = { .fd = -1 };
	char *line = NULL;
	size_t length = 0;
	int fd = -1;
	enum vm_status status = VM_OK;

	if (options.exclude == NULL)
		return VM_OK;
	status = vm_file_open_input(options.exclude, &fd, err);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_INVALID, "file", "there is no file %s",
				     options.exclude);
	if (status == VM_OK)
		status = vm_line_reader_init(&reader, fd, options.exclude, 4096, err);
	while (status == VM_OK) {
		status = vm_line_reader_next(&reader, &line, &length, err);
		if (status == VM_OK)
			status = exclude(exclusions, line, length, err);
	}
	vm_line_reader_release(&reader);
	vm_file_discard(&fd);
	if (status != VM_NOT_FOUND) /* the end */
		return status;
	if (exclusions->count > 0)
		qsort(exclusions->items, exclusions->count, sizeof *exclusions->items, compare);
	return VM_OK;
}

static enum vm_status read_message(struct run *run, struct vm_error *err)
{
	const bool is_input = options.file != NULL && strcmp(options.file, "-") == 0;
	const bool is_link = options.way == VM_BULLETIN_SYMBOLIC_LINK;
	struct stat info;
	int fd = -1;
	enum vm_status status = VM_OK;

	if (options.file == NULL)
		return options.dry_run ? VM_OK
				       : vm_fail(err, VM_INVALID,
						 "give the message with -f, or -n for none");
	if (is_link && is_input)
		return vm_fail(err, VM_INVALID, "standard input cannot be linked to");
	if (is_input)
		return vm_file_read_fd(STDIN_FILENO, "standard input", &run->message, err);
	status = vm_file_open_input(options.file, &fd, err);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_INVALID, "file", "there is no file %s", options.file);
	if (status == VM_OK && is_link && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)))
		status = vm_fail_field(err, VM_INVALID, "file", "%s is not a file", options.file);
	if (status == VM_OK)
		status = vm_file_read_fd(fd, options.file, &run->message, err);
	vm_file_discard(&fd);
	if (status == VM_OK && is_link) {
		run->path = realpath(options.file, NULL);
		if (run->path == NULL)
			status = vm_fail(err, VM_TEMPFAIL, "%s has no path", options.file);
	}
	return status;
}

/* ---- what is told ---- */

static void show_progress(struct run *run, bool is_end)
{
	const int64_t now = vm_clock_monotonic_ms();
	char bar[BAR + 1];
	uint64_t done = 0;

	if (run->session->json || isatty(STDERR_FILENO) != 1 ||
	    (!is_end && now - run->shown_at < PROGRESS_MS))
		return;
	run->shown_at = now;
	for (size_t i = 0; i < EVENTS; i++)
		done += run->counts[i];
	if (done > run->total)
		run->total = done;
	for (size_t i = 0; i < BAR; i++)
		bar[i] = run->total > 0 && i * run->total < done * BAR ? '#' : '.';
	bar[BAR] = '\0';
	fprintf(stderr, "\r%s [%s] %" PRIu64 "/%" PRIu64 " %" PRIu64 "/s%s", run->domain, bar, done,
		run->total, now > run->began ? done * 1000 / (uint64_t)(now - run->began) : 0,
		is_end ? "\n" : "");
}

static void print_address(struct vm_session *session, struct vm_name name)
{
	char address[VM_ADDRESS_MAX + 1];

	if (!vm_text_format(address, sizeof address, "%s@%s", name.user, name.domain))
		return;
	if (session->json)
		vm_session_report(session, "address", address);
	else
		vm_session_printf(session, "%s\n", address);
}

static void hear(void *caller, enum vm_bulletin_event event, struct vm_name name,
		 const struct vm_error *err)
{
	struct run *const run = caller;

	run->counts[event]++;
	if (event == VM_BULLETIN_FAILED) {
		struct vm_error why = *err;

		if (!vm_text_format(why.text, sizeof why.text, "%s@%s: %.100s", name.user,
				    name.domain, err->text))
			why = *err;
		vm_session_tell_failure(run->session, VM_TEMPFAIL, &why);
	} else if (options.verbose &&
		   (event == VM_BULLETIN_DELIVERED || event == VM_BULLETIN_LISTED)) {
		print_address(run->session, name);
	}
	show_progress(run, false);
}

static void print_counts(struct run *run)
{
	struct vm_json_writer *const writer = &run->session->writer;

	if (!run->session->json)
		return;
	vm_session_begin(run->session);
	vm_json_member_string(writer, "domain", run->domain);
	vm_json_member_u64(writer, "delivered", run->counts[VM_BULLETIN_DELIVERED]);
	vm_json_member_u64(writer, "there", run->counts[VM_BULLETIN_THERE]);
	vm_json_member_u64(writer, "excluded", run->counts[VM_BULLETIN_EXCLUDED]);
	vm_json_member_u64(writer, "failed", run->counts[VM_BULLETIN_FAILED]);
	vm_json_member_u64(writer, "listed", run->counts[VM_BULLETIN_LISTED]);
	vm_session_end(run->session);
}

/* ---- the domains ---- */

static enum vm_status deliver(struct run *run, const struct vm_domain *domain, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	memset(run->counts, 0, sizeof run->counts);
	run->domain = domain->name;
	run->began = vm_clock_monotonic_ms();
	if (run->path != NULL && access(run->path, R_OK) != 0)
		return vm_fail(err, VM_TEMPFAIL, "the owner of %s may not read %s", domain->name,
			       run->path);
	status =
		vm_store_account_count(run->session->context.store, domain->name, &run->total, err);
	if (status == VM_OK)
		status = vm_bulletin_deliver(&run->session->context, domain, &run->bulletin, err);
	show_progress(run, true);
	print_counts(run);
	return status;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	struct run *const run = context;
	enum vm_status status = VM_OK;

	if (run->forgets)
		return vm_bulletin_forget(domain, &run->bulletin, err);
	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	return status == VM_OK ? deliver(run, domain, err) : status;
}

/* An alias has no accounts of its own; 5.4 passes it over. */
static enum vm_status take_domain(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;

	return vm_session_in_domain(run->session, name, &(struct vm_owner_work){ work, run }, err);
}

/* The notes stay until the run is over everywhere, so that it can be gone on with as a whole. */
static enum vm_status run_rounds(struct run *run, char **operands, int count, struct vm_error *err)
{
	enum vm_status status = VM_OK;
	const int rounds = options.dry_run ? 1 : 2;

	for (int round = 0; round < rounds && status == VM_OK && run->session->exit_code == 0;
	     round++) {
		run->forgets = round == 1;
		status = vm_session_each_domain(run->session, operands, count, take_domain, run,
						err);
	}
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session };
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&run.message, MESSAGE_MAX);
	vm_arena_init(&run.exclusions.arena, EXCLUDE_MAX);
	status = read_message(&run, err);
	if (status == VM_OK)
		status = read_exclusions(&run.exclusions, err);
	run.bulletin = (struct vm_bulletin){
		.way = (enum vm_bulletin_way)options.way,
		.text = run.message.bytes,
		.length = run.message.length,
		.path = run.path,
		.is_dry_run = options.dry_run,
		.begins_anew = options.restart,
		.is_excluded = is_excluded,
		.tell = hear,
		.caller = &run,
	};
	if (status == VM_OK)
		status = run_rounds(&run, operands, count, err);
	free(run.path);
	free(run.exclusions.items);
	vm_arena_release(&run.exclusions.arena);
	vm_buf_release(&run.message);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vpopbull", "[domain]...", "Puts one message into many mailboxes.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 10000,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
