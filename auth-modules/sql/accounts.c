/* Accounts: one row each of the table vpopmail. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"

/* An account that is looked for, and what the row said. */
struct wanted {
	struct vm_name name;
	struct vm_arena *arena;
	struct vm_account *out;
	bool is_found;
};

/* kind is 0 or 1 in SQL, as 5.4 writes it; 5.4's cdb has 1 and 2, and who copied rows from there has 2 as well. */
static enum vm_account_kind kind_of(int64_t number)
{
	return number >= 1 ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP;
}

static enum vm_status read_account(const struct vm_sql_cell *cells, const char *domain,
				   struct vm_arena *arena, struct vm_account *out,
				   struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .arena = arena, .err = err, .what = domain };

	out->domain = domain;
	out->user = vm_sql_row_text(&row, VM_USER_MAX);
	out->hash = vm_sql_row_text(&row, VM_HASH_MAX);
	out->kind = kind_of(vm_sql_row_number(&row, 0, INT32_MAX, 0));
	/* 5.4's int column shows the highest bit as a sign. */
	out->flags = (uint32_t)vm_sql_row_number(&row, INT32_MIN, UINT32_MAX, 0);
	out->comment = vm_sql_row_text(&row, VM_COMMENT_MAX);
	out->home = vm_sql_row_text(&row, VM_PATH_MAX);
	out->quota = vm_sql_row_text(&row, VM_QUOTA_MAX);
	out->clear = vm_sql_row_text(&row, VM_CLEAR_MAX);
	return row.status;
}

/* Some engines find "A" or "a " for "a": only the exact name is an answer. */
static enum vm_status take_account(void *context, const struct vm_sql_cell *cells,
				   struct vm_error *err)
{
	struct wanted *const wanted = context;
	enum vm_status status = VM_OK;

	if (cells[0].text == NULL || strcmp(cells[0].text, wanted->name.user) != 0)
		return VM_OK;
	wanted->is_found = true;
	status = read_account(cells, wanted->name.domain, wanted->arena, wanted->out, err);
	if (status != VM_OK)
		return status;
	wanted->out->domain = vm_arena_strdup(wanted->arena, wanted->name.domain);
	return wanted->out->domain == NULL ? vm_fail_memory(err) : VM_OK;
}

static void add_name(struct vm_sql_values *values, struct vm_name name)
{
	vm_sql_add_text(values, name.user);
	vm_sql_add_text(values, name.domain);
}

static enum vm_status no_account(struct vm_name name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no account %s@%s", name.user, name.domain);
}

static enum vm_status find(struct vm_sql_session *session, enum vm_sql_statement_id id,
			   struct vm_name name, struct vm_arena *arena, struct vm_account *out,
			   struct vm_error *err)
{
	struct wanted wanted = { name, arena, out, false };
	const struct vm_sql_reader reader = { .take = take_account, .context = &wanted };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	add_name(&values, name);
	status = vm_sql_read(session, id, &values, &reader, &rows, err);
	if (status == VM_OK && !wanted.is_found)
		status = no_account(name, err);
	return status;
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_arena *arena,
			  struct vm_account *out, struct vm_error *err)
{
	return find(vm_sql_session_of(backend), VM_SQL_ACCOUNT_GET, name, arena, out, err);
}

/* The columns that an insert and an update have in common, in the statements' order. */
static void add_fields(struct vm_sql_values *values, const struct vm_account *account)
{
	vm_sql_add_text(values, account->hash);
	vm_sql_add_number(values, account->kind == VM_ACCOUNT_APOP);
	vm_sql_add_number(values, account->flags);
	vm_sql_add_text(values, account->comment);
	vm_sql_add_text(values, account->home);
	vm_sql_add_text(values, account->quota);
	vm_sql_add_text(values, account->clear);
}

static enum vm_status insert_rows(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct vm_account *const account = context;
	const struct vm_name name = { account->user, account->domain };
	struct vm_sql_values values = { .count = 0 };
	uint64_t inserted = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, account->user);
	add_fields(&values, account);
	vm_sql_add_text(&values, account->domain);
	status = vm_sql_change(session, VM_SQL_ACCOUNT_INSERT, &values, &inserted, err);
	if (status == VM_OK && inserted == 0) {
		status = vm_sql_need_domain(session, account->domain, err);
		if (status == VM_OK)
			status = VM_EXISTS;
	}
	if (status == VM_EXISTS)
		return vm_fail(err, VM_EXISTS, "account %s@%s already exists", account->user,
			       account->domain);
	return status == VM_OK ? vm_sql_begin_usage(session, name, err) : status;
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_account *account,
			     struct vm_error *err)
{
	struct vm_account copy = *account;

	return vm_sql_in_unit(vm_sql_session_of(backend), insert_rows, &copy, err);
}

static enum vm_status insert_many_rows(struct vm_sql_session *session,
				       const struct vm_account *accounts, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	enum vm_status status = VM_INTERNAL;

	for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++) {
		vm_sql_add_text(&values, accounts[i].user);
		add_fields(&values, &accounts[i]);
		vm_sql_add_text(&values, accounts[i].domain);
	}
	status = vm_sql_change(session, VM_SQL_ACCOUNT_INSERT_MANY, &values, NULL, err);
	return status == VM_OK ? vm_sql_begin_usage_many(session, accounts, err) : status;
}

/* A name that is there ends the statement in every engine, and in PostgreSQL what follows it too: back to before. */
static enum vm_status insert_many(struct vm_backend *backend, const struct vm_account *accounts,
				  struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_error undone;
	enum vm_status status = VM_INTERNAL;

	if (!session->in_unit)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	status = vm_sql_command(session, "SAVEPOINT many", err);
	if (status != VM_OK)
		return status;
	status = insert_many_rows(session, accounts, err);
	if (status == VM_OK)
		return vm_sql_command(session, "RELEASE SAVEPOINT many", err);
	if (vm_status_is_definite(status) &&
	    vm_sql_command(session, "ROLLBACK TO SAVEPOINT many", &undone) != VM_OK) {
		*err = undone;
		return undone.status;
	}
	return status;
}

static bool is_same(const struct vm_account *a, const struct vm_account *b)
{
	return strcmp(a->hash, b->hash) == 0 && a->kind == b->kind && a->flags == b->flags &&
	       strcmp(a->comment, b->comment) == 0 && strcmp(a->home, b->home) == 0 &&
	       strcmp(a->quota, b->quota) == 0 && strcmp(a->clear, b->clear) == 0;
}

/* An account to write over what the caller has read. */
struct update {
	const struct vm_account *account, *expected;
};

static enum vm_status check_expected(struct vm_sql_session *session, const struct update *update,
				     struct vm_error *err)
{
	const struct vm_name name = { update->account->user, update->account->domain };
	struct vm_arena arena;
	struct vm_account stored;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 16 * 1024);
	status = find(session, VM_SQL_ACCOUNT_LOCK, name, &arena, &stored, err);
	if (status == VM_OK && update->expected != NULL && !is_same(&stored, update->expected))
		status = vm_fail(err, VM_TEMPFAIL, "%s@%s was changed meanwhile", name.user,
				 name.domain);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status update_locked(struct vm_sql_session *session, void *context,
				    struct vm_error *err)
{
	const struct update *const update = context;
	struct vm_sql_values values = { .count = 0 };
	enum vm_status status = check_expected(session, update, err);

	if (status != VM_OK)
		return status;
	add_fields(&values, update->account);
	vm_sql_add_text(&values, update->account->user);
	vm_sql_add_text(&values, update->account->domain);
	return vm_sql_change(session, VM_SQL_ACCOUNT_UPDATE, &values, NULL, err);
}

static enum vm_status update(struct vm_backend *backend, const struct vm_account *account,
			     const struct vm_account *expected, struct vm_error *err)
{
	struct update update = { account, expected };

	return vm_sql_in_unit(vm_sql_session_of(backend), update_locked, &update, err);
}

static enum vm_status remove_rows(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct vm_name *const name = context;
	struct vm_sql_values values = { .count = 0 };
	uint64_t removed = 0;
	enum vm_status status = VM_INTERNAL;

	add_name(&values, *name);
	status = vm_sql_change(session, VM_SQL_ACCOUNT_REMOVE, &values, &removed, err);
	if (status == VM_OK && removed == 0)
		status = no_account(*name, err);
	if (status == VM_OK)
		status = vm_sql_change(session, VM_SQL_LOGIN_REMOVE, &values, NULL, err);
	return status == VM_OK ? vm_sql_forget_usage(session, *name, err) : status;
}

static enum vm_status remove_account(struct vm_backend *backend, struct vm_name name,
				     struct vm_error *err)
{
	return vm_sql_in_unit(vm_sql_session_of(backend), remove_rows, &name, err);
}

/* A page while it is read: one row more than wanted tells that there are others. */
struct page {
	const char *domain;
	size_t limit;
	struct vm_arena *arena;
	struct vm_account_list *out;
};

static enum vm_status take_row(void *context, const struct vm_sql_cell *cells, struct vm_error *err)
{
	const struct page *const page = context;

	if (page->out->count == page->limit) {
		page->out->more = true;
		return VM_OK;
	}
	return read_account(cells, page->domain, page->arena, &page->out->items[page->out->count++],
			    err);
}

static enum vm_status list(struct vm_backend *backend, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_account_list *out,
			   struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct page taken = { vm_arena_strdup(arena, domain), page.limit, arena, out };
	const struct vm_sql_reader reader = { .take = take_row, .context = &taken };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_account_list){ .items = vm_arena_alloc_array(arena, page.limit,
								       sizeof *out->items) };
	if (out->items == NULL || taken.domain == NULL)
		return vm_fail_memory(err);
	vm_sql_add_text(&values, domain);
	vm_sql_add_text(&values, page.after);
	vm_sql_add_number(&values, (int64_t)page.limit + 1);
	status = vm_sql_read(session, VM_SQL_ACCOUNT_LIST, &values, &reader, &rows, err);
	return status == VM_OK && rows == 0 ? vm_sql_need_domain(session, domain, err) : status;
}

static enum vm_status take_count(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "a count" };

	*(uint64_t *)context = (uint64_t)vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

static enum vm_status count(struct vm_backend *backend, const char *domain, uint64_t *out,
			    struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	const struct vm_sql_reader reader = { .take = take_count, .context = out };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	*out = 0;
	vm_sql_add_text(&values, domain);
	status = vm_sql_read(session, VM_SQL_ACCOUNT_COUNT, &values, &reader, &rows, err);
	return status == VM_OK && *out == 0 ? vm_sql_need_domain(session, domain, err) : status;
}

const struct vm_account_ops vm_sql_account_ops = {
	.get = get,
	.insert = insert,
	.update = update,
	.remove = remove_account,
	.list = list,
	.count = count,
	.insert_many = insert_many,
};
