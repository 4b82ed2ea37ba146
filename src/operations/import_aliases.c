/* Takes in the aliases of one domain, and what happens to mail that nobody else takes. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "operations/account_home.h"
#include "operations/catch_all.h"
#include "operations/import_internal.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { LINES_MAX = 10000, BATCH_LINES = 2000, DEFAULT_MAX = 64 * 1024 };

static const char default_name[] = ".qmail-default";

/* The aliases of a section; the lines of one come in several objects at times. */
struct aliases {
	struct vm_import_work *work;
	struct vm_import_reader reader;
	struct vm_arena line;
	char user[VM_USER_MAX + 1]; /* whose lines are collected; "" = nobody's */
	struct vm_alias *lines;     /* LINES_MAX, texts in the batch */
	size_t count;
	struct vm_destination *refused; /* programs without consent; likewise */
	size_t refused_count;
	size_t waiting; /* lines in the batch */
};

/* A change that was refused for good is told and no failure. */
static enum vm_status note_change(const struct vm_import_work *work,
				  enum vm_convert_outcome outcome, enum vm_status status,
				  const struct vm_error *err)
{
	if (status == VM_OK)
		vm_import_note(work, VM_CONVERT_ALIAS, outcome, "", "the catch-all");
	else if (vm_status_is_definite(status))
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_FAILED, "", err->text);
	else
		return status;
	return VM_OK;
}

static enum vm_status flush(struct aliases *aliases, struct vm_error *err)
{
	const enum vm_status status = vm_convert_flush(&aliases->work->queue, err);

	vm_arena_clear(&aliases->work->batch);
	aliases->waiting = 0;
	return status;
}

/* The Maildir of an account, which is made when it has none yet: an alias that names it needs its place. */
static enum vm_status find_mailbox(struct vm_import_work *work, const char *address,
				   struct vm_arena *arena, char line[VM_ALIAS_LINE_MAX + 1],
				   struct vm_error *err)
{
	const struct vm_context *const context = work->import->context;
	char user[VM_USER_MAX + 1];
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(user, sizeof user, "%.*s", (int)(strchr(address, '@') - address),
			    address))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", address);
	status = vm_store_account_get(work->convert.to, (struct vm_name){ user, work->domain.name },
				      arena, &account, err);
	if (status == VM_NOT_FOUND && !vm_import_changes(work)) /* it would be there by now */
		account = (struct vm_account){ .home = "" };
	else if (status != VM_OK)
		return status;
	if (account.home[0] == '\0' && vm_import_changes(work)) {
		status = vm_account_home_ensure(context, &work->domain, &account, arena, err);
		if (status != VM_OK)
			return status;
	}
	return vm_text_format(line, VM_ALIAS_LINE_MAX + 1, "%s%s/Maildir/",
			      account.home[0] == '\0' ? work->domain.dir : account.home,
			      account.home[0] == '\0' ? "/?" : "")
		       ? VM_OK
		       : vm_fail(err, VM_INTERNAL, "the home of %s does not fit", address);
}

/* The text of an alias's line in the target. */
static enum vm_status print_line(struct vm_import_work *work, const struct vm_destination *from,
				 struct vm_arena *arena, char line[VM_ALIAS_LINE_MAX + 1],
				 struct vm_error *err)
{
	struct vm_destination moved = *from;

	if (from->kind == VM_DESTINATION_MAILBOX)
		return find_mailbox(work, from->text, arena, line, err);
	if (from->kind == VM_DESTINATION_MAILDIR || from->kind == VM_DESTINATION_MBOX) {
		moved.text = vm_import_path(work, arena, from->text);
		if (from->line != NULL)
			moved.line = vm_import_path(work, arena, from->line);
		if (moved.text == NULL || (from->line != NULL && moved.line == NULL))
			return vm_fail_memory(err);
	}
	return vm_destination_print(&moved, line, err);
}

/* A program that the target runs already needs no consent. */
static void note_refused(const struct aliases *aliases, const struct vm_alias_list *there)
{
	char text[VM_CONVERT_TEXT_MAX], line[VM_ALIAS_LINE_MAX + 1];
	struct vm_error ignored;

	for (size_t i = 0; i < aliases->refused_count; i++) {
		size_t at = 0;

		if (vm_destination_print(&aliases->refused[i], line, &ignored) != VM_OK)
			line[0] = '\0';
		while (at < there->count && strcmp(there->items[at].line, line) != 0)
			at++;
		if (at < there->count)
			continue;
		(void)snprintf(text, sizeof text, "it runs a program, see --allow-programs: %s",
			       aliases->refused[i].text);
		vm_import_note(aliases->work, VM_CONVERT_ALIAS, VM_CONVERT_SKIPPED, aliases->user,
			       text);
	}
}

/* The programs that are there count as wanted. */
static void keep_programs(struct aliases *aliases, const struct vm_alias_list *there)
{
	char line[VM_ALIAS_LINE_MAX + 1];
	struct vm_error ignored;

	for (size_t i = 0; i < aliases->refused_count; i++) {
		if (vm_destination_print(&aliases->refused[i], line, &ignored) != VM_OK)
			continue;
		for (size_t at = 0; at < there->count && aliases->count < LINES_MAX; at++)
			if (strcmp(there->items[at].line, line) == 0)
				aliases->lines[aliases->count++] = there->items[at];
	}
}

/* The queue borrows the lines until it is flushed, so they do not stay where the next alias's are collected. */
static enum vm_status compare_lines(const struct aliases *aliases,
				    const struct vm_alias_list *there, struct vm_error *err)
{
	struct vm_import_work *const work = aliases->work;
	struct vm_alias *const lines =
		vm_arena_alloc_array(&work->batch, aliases->count, sizeof *lines);

	if (lines == NULL)
		return vm_fail_memory(err);
	memcpy(lines, aliases->lines, aliases->count * sizeof *lines);
	return vm_convert_alias(&work->queue, lines, aliases->count, there->items, there->count,
				err);
}

/* Compares the lines that were collected with the target's. */
static enum vm_status take_alias(struct aliases *aliases, struct vm_error *err)
{
	struct vm_import_work *const work = aliases->work;
	struct vm_alias_list there = { .count = 0 };
	enum vm_status status = VM_OK;

	if (aliases->user[0] == '\0')
		return VM_OK;
	status = vm_store_alias_get(work->convert.to,
				    (struct vm_name){ aliases->user, work->domain.name },
				    &work->batch, &there, err);
	if (status == VM_NOT_FOUND ||
	    (!vm_import_changes(work) && status == VM_TEMPFAIL)) { /* a rehearsal: no folder yet */
		there.count = 0;
		status = VM_OK;
	}
	if (status == VM_OK) {
		note_refused(aliases, &there);
		keep_programs(aliases, &there);
	}
	if (status == VM_OK && aliases->count > 0)
		status = compare_lines(aliases, &there, err);
	aliases->waiting += aliases->count + there.count;
	aliases->user[0] = '\0';
	aliases->count = 0;
	aliases->refused_count = 0;
	if (status == VM_OK && aliases->waiting >= BATCH_LINES)
		status = flush(aliases, err);
	return status;
}

static enum vm_status collect(struct aliases *aliases, const struct vm_destination *destination,
			      struct vm_error *err)
{
	struct vm_import_work *const work = aliases->work;
	char line[VM_ALIAS_LINE_MAX + 1];
	struct vm_alias *const next = &aliases->lines[aliases->count];
	enum vm_status status = VM_OK;

	if (aliases->count + aliases->refused_count == LINES_MAX)
		return vm_fail(err, VM_LIMIT, "it has more than %d lines", LINES_MAX);
	if (vm_destination_is_program(destination) && !work->import->allow_programs) {
		struct vm_destination *const refused = &aliases->refused[aliases->refused_count++];

		*refused = (struct vm_destination){ .kind = destination->kind };
		refused->text = vm_arena_strdup(&work->batch, destination->text);
		if (destination->line != NULL)
			refused->line = vm_arena_strdup(&work->batch, destination->line);
		return refused->text == NULL || (destination->line != NULL && refused->line == NULL)
			       ? vm_fail_memory(err)
			       : VM_OK;
	}
	status = print_line(work, destination, &aliases->line, line, err);
	if (status != VM_OK)
		return status;
	next->user = vm_arena_strdup(&work->batch, aliases->user);
	next->domain = work->domain.name;
	next->line = vm_arena_strdup(&work->batch, line);
	if (next->user == NULL || next->line == NULL)
		return vm_fail_memory(err);
	aliases->count++;
	return VM_OK;
}

static enum vm_status take_line(struct aliases *aliases, const struct vm_transfer *transfer,
				struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (strcmp(transfer->user, aliases->user) != 0) {
		status = take_alias(aliases, err);
		(void)vm_text_copy(aliases->user, sizeof aliases->user, transfer->user); /* fits */
	}
	for (size_t i = 0; status == VM_OK && i < transfer->destinations.count; i++) {
		status = collect(aliases, &transfer->destinations.items[i], err);
		if (status == VM_OK || !vm_status_is_definite(status))
			continue;
		vm_import_note(aliases->work, VM_CONVERT_ALIAS, VM_CONVERT_FAILED, transfer->user,
			       err->text);
		status = VM_OK;
	}
	return status;
}

static enum vm_status read_lines(struct aliases *aliases, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	while (status == VM_OK) {
		struct vm_transfer transfer;

		vm_arena_clear(&aliases->line);
		status = vm_import_reader_next(&aliases->reader, &aliases->line, &transfer, err);
		if (status == VM_OK && transfer.type == VM_TRANSFER_ALIAS)
			status = take_line(aliases, &transfer, err);
		else if (status == VM_OK && transfer.type == VM_TRANSFER_VACATION)
			status = vm_import_vacation(aliases->work, &transfer, err);
	}
	if (status != VM_NOT_FOUND)
		return status;
	status = take_alias(aliases, err);
	return status == VM_OK ? flush(aliases, err) : status;
}

enum vm_status vm_import_aliases(struct vm_import_work *work, struct vm_error *err)
{
	struct aliases aliases = { .work = work };
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&aliases.line, VM_IMPORT_LINE_ARENA_MAX);
	aliases.lines = vm_arena_alloc_array(&work->kept, LINES_MAX + 1, sizeof *aliases.lines);
	aliases.refused = vm_arena_alloc_array(&work->kept, LINES_MAX, sizeof *aliases.refused);
	status = vm_import_reader_init(&aliases.reader, work->import, work->section, err);
	if (status == VM_OK && (aliases.lines == NULL || aliases.refused == NULL))
		status = vm_fail_memory(err);
	if (status == VM_OK)
		status = read_lines(&aliases, err);
	vm_import_reader_release(&aliases.reader);
	vm_arena_release(&aliases.line);
	vm_arena_clear(&work->batch);
	return status;
}

/* The text of .qmail-default for a list of destinations. */
static enum vm_status print_default(struct vm_import_work *work, struct vm_buf *out,
				    struct vm_error *err)
{
	const struct vm_destination_list *const list = &work->about.about.fallback;
	char line[VM_ALIAS_LINE_MAX + 1];
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < list->count && status == VM_OK; i++) {
		if (vm_destination_is_program(&list->items[i]) && !work->import->allow_programs)
			return vm_fail(err, VM_DENIED,
				       "the catch-all runs a program, see --allow-programs: %.100s",
				       list->items[i].text);
		status = print_line(work, &list->items[i], &work->batch, line, err);
		if (status == VM_OK)
			vm_buf_printf(out, "%s\n", line);
	}
	return status == VM_OK ? vm_buf_check(out, default_name, err) : status;
}

/* The file as it is; "" when there is none. */
static enum vm_status read_default(const struct vm_import_work *work, struct vm_buf *out,
				   struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, work->domain.dir, &folder, err);

	if (status == VM_OK)
		status = vm_file_read_all(folder, default_name, out, err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status write_default(const struct vm_import_work *work, const struct vm_buf *text,
				    struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, work->domain.dir, &folder, err);

	if (status == VM_OK)
		status = vm_file_replace_with(folder, default_name, 0600, text->bytes, text->length,
					      err);
	vm_file_discard(&folder);
	return status;
}

/* Nobody has chosen yet: the file is not there, or as a new domain has it. */
static enum vm_status find_action(const struct vm_import_work *work, char *action, bool *is_open,
				  struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, DEFAULT_MAX);
	status = read_default(work, &text, err);
	*is_open = status == VM_OK && text.length == 0;
	vm_buf_release(&text);
	action[0] = '\0';
	if (status != VM_OK || *is_open)
		return status;
	status = vm_catch_all_get(&work->domain, action, err);
	*is_open = status == VM_OK && strcmp(action, work->convert.config->new_domain_action) == 0;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* Sets what a list of destinations says, unless it is so. */
static enum vm_status take_default(struct vm_import_work *work, bool is_open, struct vm_error *err)
{
	struct vm_buf wanted, there;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&wanted, DEFAULT_MAX);
	vm_buf_init(&there, DEFAULT_MAX);
	status = read_default(work, &there, err);
	if (status == VM_OK)
		status = print_default(work, &wanted, err);
	if (status == VM_DENIED)
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_SKIPPED, "", err->text);
	else if (status == VM_OK && strcmp(wanted.bytes, there.bytes) == 0)
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_EQUAL, "", "");
	else if (status == VM_OK && !is_open && !work->import->overwrite)
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_DIFFERENT, "",
			       "the catch-all differs");
	else {
		if (status == VM_OK && vm_import_changes(work))
			status = write_default(work, &wanted, err);
		status = note_change(work, is_open ? VM_CONVERT_ADDED : VM_CONVERT_REPLACED, status,
				     err);
	}
	vm_buf_release(&there);
	vm_buf_release(&wanted);
	return status == VM_DENIED ? VM_OK : status;
}

static enum vm_status take_action(struct vm_import_work *work, const char *wanted,
				  const char *action, bool is_open, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (strcmp(wanted, action) == 0) {
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_EQUAL, "", "");
		return VM_OK;
	}
	if (!is_open && !work->import->overwrite) {
		vm_import_note(work, VM_CONVERT_ALIAS, VM_CONVERT_DIFFERENT, "",
			       "the catch-all differs");
		return VM_OK;
	}
	if (vm_import_changes(work))
		status = vm_catch_all_set(work->import->context, &work->domain, wanted, err);
	return note_change(work, is_open ? VM_CONVERT_ADDED : VM_CONVERT_REPLACED, status, err);
}

enum vm_status vm_import_catch_all(struct vm_import_work *work, struct vm_error *err)
{
	const struct vm_transfer_domain *const about = &work->about.about;
	const char *wanted = about->catch_all;
	char action[VM_CATCH_ALL_MAX + 1];
	bool is_open = false;
	enum vm_status status = find_action(work, action, &is_open, err);

	if (status != VM_OK)
		return status;
	if (!vm_import_changes(work) && !work->import->keep_paths &&
	    is_open) /* it would be a new domain's */
		(void)vm_text_copy(action, sizeof action, work->convert.config->new_domain_action);
	if (about->fallback.count > 0)
		return take_default(work, is_open, err);
	if (wanted == NULL && action[0] == '\0' && is_open)
		wanted = work->convert.config->new_domain_action; /* a folder that was adopted */
	if (wanted == NULL)
		return VM_OK;
	wanted = vm_import_path(work, &work->batch, wanted);
	return wanted == NULL ? vm_fail_memory(err)
			      : take_action(work, wanted, action, is_open, err);
}
