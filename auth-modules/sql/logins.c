/* Last logins: one row of lastauth for each account. */
#include <config.h>

#include "backend.h"
#include "row.h"

static enum vm_status record(struct vm_backend *backend, struct vm_name name,
			     const struct vm_last_login *login, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_sql_values values = { .count = 0 };
	uint64_t changed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, login->from);
	vm_sql_add_number(&values, login->when);
	vm_sql_add_text(&values, name.user);
	vm_sql_add_text(&values, name.domain);
	status = vm_sql_change(session, VM_SQL_LOGIN_UPDATE, &values, &changed, err);
	if (status == VM_OK && changed == 0)
		status = vm_sql_change(session, VM_SQL_LOGIN_INSERT, &values, NULL, err);
	return status == VM_EXISTS ? VM_OK : status; /* another login of the same moment */
}

static enum vm_status take_login(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	struct vm_last_login *const login = context;
	struct vm_sql_row row = { .next = cells, .err = err, .what = "lastauth" };

	vm_sql_row_copy(&row, login->from, VM_IP_MAX);
	login->when = (time_t)vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name,
			  struct vm_last_login *out, struct vm_error *err)
{
	const struct vm_sql_reader reader = { take_login, out };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	*out = (struct vm_last_login){ 0 };
	vm_sql_add_text(&values, name.user);
	vm_sql_add_text(&values, name.domain);
	return vm_sql_read(vm_sql_session_of(backend), VM_SQL_LOGIN_GET, &values, &reader, &rows,
			   err);
}

const struct vm_login_ops vm_sql_login_ops = { .record = record, .get = get };
