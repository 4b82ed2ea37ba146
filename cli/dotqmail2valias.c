/* dotqmail2valias: brings aliases from files into a store that keeps them itself. */
#include <config.h>

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "cli/each.h"
#include "core/alias_file.h"
#include "util/file.h"

struct options {
	struct vm_common_options common;
	bool all, details;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'a', "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL, "all domains", 0, 0,
	  NULL },
	{ 'd', "details", VM_OPTION_FLAG, offsetof(struct options, details), NULL,
	  "print each line", 0, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 16 * 1024 * 1024 };

struct run {
	struct vm_session *session;
	const struct vm_domain *domain;
	int folder; /* D */
};

/* The lines of one alias in the file. */
struct lines {
	const struct vm_alias *items;
	size_t count;
};

/* ezmlm finds its lists by their files. */
static bool is_list(const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *const line = lines->items[i].line;
		const char *const list = strstr(line, "/ezmlm-");

		if (line[0] == '|' && list != NULL && list < line + strcspn(line + 1, " ") + 1)
			return true;
	}
	return false;
}

static bool is_same(const struct lines *lines, const struct vm_alias_list *rows_there)
{
	if (lines->count != rows_there->count)
		return false;
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->items[i].line, rows_there->items[i].line) != 0)
			return false;
	return true;
}

static enum vm_status insert(struct run *run, const struct lines *lines, struct vm_error *err)
{
	struct vm_store *const store = run->session->context.store;
	enum vm_status status = vm_store_begin(store, run->domain->name, err);

	for (size_t i = 0; i < lines->count && status == VM_OK; i++) {
		status = vm_store_alias_insert(store, &lines->items[i], err);
		if (status == VM_EXISTS) /* the line stands in the file twice */
			status = VM_OK;
	}
	if (status == VM_OK)
		return vm_store_commit(store, err);
	vm_store_rollback(store);
	return status;
}

static void print(struct run *run, const char *user, const char *result, const struct lines *lines)
{
	struct vm_session *const session = run->session;
	const bool is_converted = strcmp(result, "converted") == 0;

	if (session->json) {
		vm_session_begin(session);
		vm_json_member_string(&session->writer, "alias", user);
		vm_json_member_string(&session->writer, "domain", run->domain->name);
		vm_json_member_string(&session->writer, "result", result);
		vm_json_member_u64(&session->writer, "lines", is_converted ? lines->count : 0);
		vm_session_end(session);
		return;
	}
	if (is_converted)
		vm_session_printf(session, "  checking %s@%s... converted %zu entries.\n", user,
				  run->domain->name, lines->count);
	else
		vm_session_printf(session, "  checking %s@%s... %s.\n", user, run->domain->name,
				  result);
	for (size_t i = 0; options.details && is_converted && i < lines->count; i++)
		vm_session_printf(session, "    %s\n", lines->items[i].line);
}

/* The rows are there before the file goes; between the two both say the same, and the next run ends it. */
static enum vm_status take_alias(struct run *run, const struct lines *lines, struct vm_error *err)
{
	const struct vm_name name = { lines->items[0].user, run->domain->name };
	struct vm_alias_list there;
	struct vm_arena arena;
	const char *result = "converted";
	enum vm_status status = VM_INTERNAL;

	if (is_list(lines)) {
		print(run, name.user, "is a mailing list, left alone", lines);
		return VM_OK;
	}
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_alias_get(run->session->context.store, name, &arena, &there, err);
	if (status == VM_OK && !is_same(lines, &there))
		result = "has other entries in the store already, left alone";
	else if (status == VM_NOT_FOUND)
		status = insert(run, lines, err);
	vm_arena_release(&arena);
	if (status == VM_OK && strcmp(result, "converted") == 0)
		status = vm_alias_file_remove(run->folder, name, NULL, err);
	if (status == VM_OK)
		print(run, name.user, result, lines);
	return status;
}

/* All lines of an alias stand together. */
static enum vm_status take_page(struct run *run, const struct vm_alias_list *page,
				struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < page->count && status == VM_OK;) {
		struct lines lines = { &page->items[i], 1 };

		while (i + lines.count < page->count &&
		       strcmp(page->items[i + lines.count].user, lines.items[0].user) == 0)
			lines.count++;
		i += lines.count;
		status = take_alias(run, &lines, err);
		if (status != VM_OK) { /* one that cannot be told does not keep the others */
			vm_name_domain(err, lines.items[0].user);
			vm_session_tell_failure(run->session, status, err);
			status = VM_OK;
		}
	}
	return status;
}

static enum vm_status convert(struct run *run, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_alias_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_alias_file_list(run->folder, run->domain->name, after, PAGE, &arena,
					    &list, err);
		if (status == VM_OK && list.count > 0)
			memcpy(after, list.items[list.count - 1].user,
			       strlen(list.items[list.count - 1].user) + 1);
		if (status == VM_OK)
			status = take_page(run, &list, err);
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	struct run *const run = context;
	enum vm_status status = VM_OK;

	run->domain = domain;
	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status == VM_OK)
		status = vm_file_open_folder(AT_FDCWD, domain->dir, &run->folder, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_TEMPFAIL, "the folder %s is missing", domain->dir);
	if (status == VM_OK && !session->json)
		vm_session_printf(session, "converting %s\n", domain->name);
	if (status == VM_OK)
		status = convert(run, err);
	vm_file_discard(&run->folder);
	return status;
}

static enum vm_status take_domain(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;

	return vm_session_in_domain(run->session, name, &(struct vm_owner_work){ work, run }, err);
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session, .folder = -1 };

	if (options.all == (count > 0))
		return vm_fail(err, VM_INVALID, "give domains, or -a for all");
	if (!vm_store_keeps(session->context.store, VM_STORE_ALIASES))
		return vm_fail(err, VM_UNSUPPORTED,
			       "the store %s keeps aliases in these very files",
			       vm_store_name(session->context.store));
	return vm_session_each_domain(session, operands, count, take_domain, &run, err);
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "dotqmail2valias", "[domain]...",
			   "Brings aliases from .qmail files into the store.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 10000,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
