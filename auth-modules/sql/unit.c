/* Units of work: a transaction that holds the domain's row, so that who counts may trust the count. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"

/* Does the row name a real domain? */
static enum vm_status take_domain(void *context, const struct vm_sql_cell *cells,
				  struct vm_error *err)
{
	bool *const is_real = context;
	char name[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1];
	struct vm_sql_row row = { .next = cells, .err = err, .what = "a domain" };

	vm_sql_row_copy(&row, name, VM_DOMAIN_MAX);
	vm_sql_row_copy(&row, real, VM_DOMAIN_MAX);
	*is_real = strcmp(name, real) == 0;
	return row.status;
}

static enum vm_status ask_domain(struct vm_sql_session *session, enum vm_sql_statement_id id,
				 const char *domain, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	bool is_real = false;
	const struct vm_sql_reader reader = { .take = take_domain, .context = &is_real };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, domain);
	status = vm_sql_read(session, id, &values, &reader, &rows, err);
	if (status == VM_OK && (rows == 0 || !is_real))
		status = vm_sql_no_domain(session, domain, err);
	return status;
}

enum vm_status vm_sql_lock_domain(struct vm_sql_session *session, const char *domain,
				  struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	enum vm_status status = ask_domain(session, VM_SQL_DOMAIN_LOCK, domain, err);

	if (status != VM_OK || session->driver->dialect != VM_SQL_MYSQL)
		return status;
	vm_sql_add_text(&values, domain);
	return vm_sql_change(session, VM_SQL_DOMAIN_CLAIM, &values, NULL, err);
}

enum vm_status vm_sql_need_domain(struct vm_sql_session *session, const char *domain,
				  struct vm_error *err)
{
	return ask_domain(session, VM_SQL_DOMAIN_LOOK, domain, err);
}

enum vm_status vm_sql_need_no_sync(struct vm_sql_session *session, struct vm_error *err)
{
	if (session->driver->dialect != VM_SQL_PGSQL)
		return VM_OK;
	return vm_sql_command(session, "SET LOCAL synchronous_commit TO OFF", err);
}

static enum vm_status begin(struct vm_backend *backend, const char *domain, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	enum vm_status status = vm_sql_begin(session, err);

	if (status == VM_OK)
		status = vm_sql_lock_domain(session, domain, err);
	if (status != VM_OK)
		vm_sql_rollback(session);
	return status;
}

static enum vm_status commit(struct vm_backend *backend, struct vm_error *err)
{
	return vm_sql_commit(vm_sql_session_of(backend), err);
}

static void rollback(struct vm_backend *backend)
{
	vm_sql_rollback(vm_sql_session_of(backend));
}

static bool may_repeat(struct vm_backend *backend, unsigned int round)
{
	return vm_sql_may_repeat(vm_sql_session_of(backend), round);
}

const struct vm_unit_ops vm_sql_unit_ops = {
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.may_repeat = may_repeat,
};
