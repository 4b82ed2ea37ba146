/* Aliases: one row of valias for each line. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"

/* Lines while they are read. */
struct lines {
	const char *domain;
	struct vm_arena *arena;
	struct vm_alias_list *out;
	size_t capacity;
};

/* Twice the room; the old stays in the arena. */
static bool grow(struct lines *lines)
{
	const size_t capacity = lines->capacity == 0 ? 8 : lines->capacity * 2;
	struct vm_alias *const items = vm_arena_alloc_array(lines->arena, capacity, sizeof *items);

	if (items == NULL)
		return false;
	if (lines->out->count > 0)
		memcpy(items, lines->out->items, lines->out->count * sizeof *items);
	lines->out->items = items;
	lines->capacity = capacity;
	return true;
}

static enum vm_status take_line(void *context, const struct vm_sql_cell *cells,
				struct vm_error *err)
{
	struct lines *const lines = context;
	struct vm_sql_row row = {
		.next = cells, .arena = lines->arena, .err = err, .what = "valias"
	};
	struct vm_alias *alias = NULL;

	if (lines->out->count == lines->capacity && !grow(lines))
		return vm_fail_memory(err);
	alias = &lines->out->items[lines->out->count++];
	alias->domain = lines->domain;
	alias->user = vm_sql_row_text(&row, VM_USER_MAX);
	alias->line = vm_sql_row_text(&row, VM_ALIAS_LINE_MAX);
	return row.status;
}

static enum vm_status begin_lines(struct lines *lines, const char *domain, struct vm_arena *arena,
				  struct vm_alias_list *out, struct vm_error *err)
{
	*out = (struct vm_alias_list){ 0 };
	*lines = (struct lines){ .domain = vm_arena_strdup(arena, domain),
				 .arena = arena,
				 .out = out };
	return lines->domain == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status no_alias(struct vm_name name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no alias %s@%s", name.user, name.domain);
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_arena *arena,
			  struct vm_alias_list *out, struct vm_error *err)
{
	struct lines lines;
	const struct vm_sql_reader reader = { .take = take_line, .context = &lines };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = begin_lines(&lines, name.domain, arena, out, err);

	if (status != VM_OK)
		return status;
	vm_sql_add_text(&values, name.domain);
	vm_sql_add_text(&values, name.user);
	status = vm_sql_read(vm_sql_session_of(backend), VM_SQL_ALIAS_GET, &values, &reader, &rows,
			     err);
	return status == VM_OK && rows == 0 ? no_alias(name, err) : status;
}

/* Is the line there, to the byte? */
struct search {
	const char *line;
	bool is_found;
};

static enum vm_status compare_line(void *context, const struct vm_sql_cell *cells,
				   struct vm_error *err)
{
	struct search *const search = context;

	(void)err;
	if (cells[0].text != NULL && strcmp(cells[0].text, search->line) == 0)
		search->is_found = true;
	return VM_OK;
}

static enum vm_status has_line(struct vm_sql_session *session, const struct vm_alias *alias,
			       bool *is_found, struct vm_error *err)
{
	struct search search = { alias->line, false };
	const struct vm_sql_reader reader = { .take = compare_line, .context = &search };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, alias->domain);
	vm_sql_add_text(&values, alias->user);
	status = vm_sql_read(session, VM_SQL_ALIAS_HAS, &values, &reader, &rows, err);
	*is_found = search.is_found;
	return status;
}

/* 5.4's table has no key over the line: the lock of the domain is what makes "once" true. */
static enum vm_status insert_line(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct vm_alias *const alias = context;
	struct vm_sql_values values = { .count = 0 };
	bool is_there = false;
	enum vm_status status = vm_sql_lock_domain(session, alias->domain, err);

	if (status == VM_OK)
		status = has_line(session, alias, &is_there, err);
	if (status == VM_OK && is_there)
		status = vm_fail(err, VM_EXISTS, "alias %s@%s has that line already", alias->user,
				 alias->domain);
	if (status != VM_OK)
		return status;
	vm_sql_add_text(&values, alias->domain);
	vm_sql_add_text(&values, alias->user);
	vm_sql_add_text(&values, alias->line);
	return vm_sql_change(session, VM_SQL_ALIAS_INSERT, &values, NULL, err);
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_alias *alias,
			     struct vm_error *err)
{
	struct vm_alias copy = *alias;

	return vm_sql_in_unit(vm_sql_session_of(backend), insert_line, &copy, err);
}

static enum vm_status remove_alias(struct vm_backend *backend, struct vm_name name,
				   const char *line, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	uint64_t removed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, name.domain);
	vm_sql_add_text(&values, name.user);
	if (line != NULL)
		vm_sql_add_text(&values, line);
	status = vm_sql_change(vm_sql_session_of(backend),
			       line == NULL ? VM_SQL_ALIAS_REMOVE : VM_SQL_ALIAS_REMOVE_LINE,
			       &values, &removed, err);
	return status == VM_OK && removed == 0 ? no_alias(name, err) : status;
}

/* The names of a page, until their lines fill it. */
struct names {
	size_t limit, lines;
	char last[VM_USER_MAX + 1];
	bool more;
};

static enum vm_status take_name(void *context, const struct vm_sql_cell *cells,
				struct vm_error *err)
{
	struct names *const names = context;
	struct vm_sql_row row = { .next = cells, .err = err, .what = "valias" };

	if (names->lines >= names->limit) {
		names->more = true;
		return VM_OK;
	}
	vm_sql_row_copy(&row, names->last, VM_USER_MAX);
	names->lines += (size_t)vm_sql_row_number(&row, 0, UINT32_MAX, 0);
	return row.status;
}

static enum vm_status find_end(struct vm_sql_session *session, const char *domain,
			       struct vm_page page, struct names *names, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_name, .context = names };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	vm_sql_add_text(&values, domain);
	vm_sql_add_text(&values, page.after);
	vm_sql_add_number(&values, (int64_t)page.limit + 1);
	return vm_sql_read(session, VM_SQL_ALIAS_NAMES, &values, &reader, &rows, err);
}

static enum vm_status list(struct vm_backend *backend, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_alias_list *out, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct names names = { .limit = page.limit };
	struct lines lines;
	const struct vm_sql_reader reader = { .take = take_line, .context = &lines };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = begin_lines(&lines, domain, arena, out, err);

	if (status == VM_OK)
		status = find_end(session, domain, page, &names, err);
	if (status != VM_OK || names.lines == 0)
		return status;
	vm_sql_add_text(&values, domain);
	vm_sql_add_text(&values, page.after);
	vm_sql_add_text(&values, names.last);
	status = vm_sql_read(session, VM_SQL_ALIAS_LIST, &values, &reader, &rows, err);
	out->more = names.more;
	return status;
}

const struct vm_alias_ops vm_sql_alias_ops = {
	.get = get,
	.insert = insert,
	.remove = remove_alias,
	.list = list,
};
