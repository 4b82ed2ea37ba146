/* Domains and their aliases: one row each of the table domains. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "domain_views.h"
#include "row.h"
#include "util/text.h"

/* Folder and owner of a real domain, in every statement's order: name, dir, uid, gid. */
static void read_place(struct vm_sql_row *row, const char **name, const char **dir, uid_t *uid,
		       gid_t *gid)
{
	*name = vm_sql_row_text(row, VM_DOMAIN_MAX);
	*dir = vm_sql_row_text(row, VM_PATH_MAX);
	*uid = (uid_t)vm_sql_row_number(row, 0, UINT32_MAX, 0);
	*gid = (gid_t)vm_sql_row_number(row, 0, UINT32_MAX, 0);
	if (row->status == VM_OK && (*dir)[0] != '/')
		row->status = vm_fail(row->err, VM_TEMPFAIL,
				      "the database's row of %s has no folder", *name);
}

struct wanted {
	struct vm_arena *arena;
	struct vm_domain *out;
};

static enum vm_status take_domain(void *context, const struct vm_sql_cell *cells,
				  struct vm_error *err)
{
	const struct wanted *const wanted = context;
	struct vm_sql_row row = {
		.next = cells, .arena = wanted->arena, .err = err, .what = "a domain"
	};

	read_place(&row, &wanted->out->name, &wanted->out->dir, &wanted->out->uid,
		   &wanted->out->gid);
	return row.status;
}

static enum vm_status get(struct vm_backend *backend, const char *name, struct vm_arena *arena,
			  struct vm_domain *out, struct vm_error *err)
{
	struct wanted wanted = { arena, out };
	const struct vm_sql_reader reader = { .take = take_domain, .context = &wanted };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, name);
	status = vm_sql_read(vm_sql_session_of(backend), VM_SQL_DOMAIN_GET, &values, &reader, &rows,
			     err);
	if (status != VM_OK)
		return status;
	if (rows == 0)
		return vm_sql_no_domain(vm_sql_session_of(backend), name, err);
	out->is_alias = strcmp(out->name, name) != 0;
	return VM_OK;
}

/* Other hosts look at this number to learn that their control files are old. */
static enum vm_status raise_revision(struct vm_sql_session *session, struct vm_error *err)
{
	const struct vm_sql_values none = { .count = 0 };

	return vm_sql_change(session, VM_SQL_REVISION_RAISE, &none, NULL, err);
}

static enum vm_status insert_old_alias(struct vm_sql_session *session,
				       const struct vm_domain_entry *entry, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	vm_sql_add_text(&values, entry->name);
	vm_sql_add_text(&values, entry->real);
	return vm_sql_change(session, VM_SQL_OLD_ALIAS_INSERT, &values, NULL, err);
}

enum vm_status vm_sql_put_domain(struct vm_sql_session *session,
				 const struct vm_domain_entry *entry, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	uint64_t inserted = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, entry->name);
	vm_sql_add_text(&values, entry->real);
	vm_sql_add_text(&values, entry->dir);
	vm_sql_add_number(&values, entry->uid);
	vm_sql_add_number(&values, entry->gid);
	status = vm_sql_change(session, VM_SQL_DOMAIN_INSERT, &values, &inserted, err);
	if (status == VM_OK && inserted == 0)
		status = VM_EXISTS;
	if (status == VM_EXISTS)
		return vm_fail(err, VM_EXISTS, "domain %s already exists", entry->name);
	if (status == VM_OK && strcmp(entry->name, entry->real) != 0)
		status = insert_old_alias(session, entry, err);
	return status == VM_OK ? raise_revision(session, err) : status;
}

static enum vm_status insert_rows(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct vm_domain_entry *const entry = context;
	enum vm_status status = VM_OK;

	if (strcmp(entry->name, entry->real) != 0)
		status = vm_sql_lock_domain(session, entry->real, err);
	if (status == VM_OK)
		status = vm_sql_put_domain(session, entry, err);
	/* A new one is empty. What is taken over from elsewhere is not: vusage counts that. */
	if (status == VM_OK && strcmp(entry->name, entry->real) == 0)
		status = vm_sql_begin_usage(session, (struct vm_name){ "", entry->name }, err);
	return status;
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_domain_entry *entry,
			     struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_domain_entry copy = *entry;
	/* In a greater unit it would end that: vschema --apply makes those. */
	const bool has_view = session->makes_views && !session->in_unit &&
			      strcmp(entry->name, entry->real) == 0;
	enum vm_status status = has_view ? vm_sql_view_check(session, entry->name, err) : VM_OK;

	if (status == VM_OK)
		status = vm_sql_in_unit(session, insert_rows, &copy, err);
	if (status == VM_OK && has_view)
		status = vm_sql_view_make(session, entry->name, err);
	return status;
}

static enum vm_status remove_rows(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	static const enum vm_sql_statement_id kept[] = {
		VM_SQL_DOMAIN_EMPTY_ACCOUNTS, VM_SQL_DOMAIN_EMPTY_LOGINS,
		VM_SQL_DOMAIN_EMPTY_ALIASES,  VM_SQL_DOMAIN_EMPTY_USAGE,
		VM_SQL_DOMAIN_EMPTY_DIRS,     VM_SQL_LIMITS_REMOVE,
		VM_SQL_OLD_ALIAS_REMOVE,
	};
	const char *const name = context;
	struct vm_sql_values values = { .count = 0 };
	uint64_t removed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, name);
	/* First: it locks the row against who adds, and an alias has none of the rest. */
	status = vm_sql_change(session, VM_SQL_DOMAIN_REMOVE, &values, &removed, err);
	if (status == VM_OK && removed == 0)
		return vm_sql_no_domain(session, name, err);
	for (size_t i = 0; i < sizeof kept / sizeof *kept && status == VM_OK; i++)
		status = vm_sql_change(session, kept[i], &values, NULL, err);
	return status == VM_OK ? raise_revision(session, err) : status;
}

static enum vm_status remove_domain(struct vm_backend *backend, const char *name,
				    struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	char copy[VM_DOMAIN_MAX + 1];
	enum vm_status status = VM_OK;

	if (!vm_text_copy(copy, sizeof copy, name))
		return vm_fail(err, VM_NOT_FOUND, "no domain of such a long name");
	/* The view goes first, so that removing again finds the domain; an alias has none of its own. */
	if (session->makes_views && !session->in_unit)
		status = vm_sql_view_drop(session, copy, err);
	return status == VM_OK ? vm_sql_in_unit(session, remove_rows, copy, err) : status;
}

struct page {
	size_t limit;
	struct vm_arena *arena;
	struct vm_domain_list *out;
};

static enum vm_status take_entry(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	const struct page *const page = context;
	struct vm_sql_row row = {
		.next = cells, .arena = page->arena, .err = err, .what = "a domain"
	};
	struct vm_domain_entry *entry = NULL;

	if (page->out->count == page->limit) {
		page->out->more = true;
		return VM_OK;
	}
	entry = &page->out->items[page->out->count++];
	entry->name = vm_sql_row_text(&row, VM_DOMAIN_MAX);
	read_place(&row, &entry->real, &entry->dir, &entry->uid, &entry->gid);
	return row.status;
}

/* `values` has what comes before the page in the statement. */
static enum vm_status list_page(struct vm_backend *backend, enum vm_sql_statement_id id,
				struct vm_sql_values *values, struct vm_page page,
				struct vm_arena *arena, struct vm_domain_list *out,
				struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct page taken = { page.limit, arena, out };
	const struct vm_sql_reader reader = { .take = take_entry, .context = &taken };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_domain_list){ .items = vm_arena_alloc_array(arena, page.limit,
								      sizeof *out->items) };
	if (out->items == NULL)
		return vm_fail_memory(err);
	vm_sql_add_text(values, page.after);
	vm_sql_add_number(values, (int64_t)page.limit + 1);
	status = vm_sql_read(session, id, values, &reader, &rows, err);
	return status == VM_OK && rows == 0 ? vm_sql_check_imported(session, err) : status;
}

static enum vm_status list(struct vm_backend *backend, struct vm_page page, struct vm_arena *arena,
			   struct vm_domain_list *out, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	return list_page(backend, VM_SQL_DOMAIN_LIST, &values, page, arena, out, err);
}

static enum vm_status list_aliases(struct vm_backend *backend, const char *real,
				   struct vm_page page, struct vm_arena *arena,
				   struct vm_domain_list *out, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	vm_sql_add_text(&values, real);
	return list_page(backend, VM_SQL_DOMAIN_ALIASES, &values, page, arena, out, err);
}

static enum vm_status take_revision(void *context, const struct vm_sql_cell *cells,
				    struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "the revision" };

	*(uint64_t *)context = (uint64_t)vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

static enum vm_status revision(struct vm_backend *backend, uint64_t *out, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_revision, .context = out };
	const struct vm_sql_values none = { .count = 0 };
	size_t rows = 0;
	const enum vm_status status = vm_sql_read(vm_sql_session_of(backend), VM_SQL_REVISION_GET,
						  &none, &reader, &rows, err);

	if (status == VM_OK && rows == 0)
		return vm_fail(err, VM_MISCONFIG,
			       "the database's tables are not complete; run vschema --apply");
	return status;
}

const struct vm_domain_ops vm_sql_domain_ops = {
	.get = get,
	.insert = insert,
	.remove = remove_domain,
	.list = list,
	.list_aliases = list_aliases,
	.get_dirs = vm_sql_get_dirs,
	.change_dirs = vm_sql_change_dirs,
	.revision = revision,
};
