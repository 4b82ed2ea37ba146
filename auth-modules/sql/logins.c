/* Last logins: one row of lastauth for each account. */
#include <config.h>

#include "backend.h"
#include "row.h"

struct record {
	struct vm_name name;
	const struct vm_last_login *login;
	const struct vm_log_event *event; /* may be NULL */
	bool is_alone;                    /* nothing else is in the unit, which others wait for */
};

static enum vm_status write_login(struct vm_sql_session *session, const struct record *record,
				  struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	uint64_t changed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, record->login->from);
	vm_sql_add_number(&values, record->login->when);
	vm_sql_add_text(&values, record->name.user);
	vm_sql_add_text(&values, record->name.domain);
	status = vm_sql_change(session, VM_SQL_LOGIN_UPDATE, &values, &changed, err);
	if (status == VM_OK && changed == 0)
		status = vm_sql_change(session, VM_SQL_LOGIN_INSERT, &values, NULL, err);
	return status == VM_EXISTS ? VM_OK : status; /* another login of the same moment */
}

static enum vm_status write_both(struct vm_sql_session *session, void *context,
				 struct vm_error *err)
{
	const struct record *const record = context;
	enum vm_status status = record->is_alone ? vm_sql_need_no_sync(session, err) : VM_OK;

	if (status == VM_OK)
		status = write_login(session, record, err);
	if (status == VM_OK && record->event != NULL)
		status = vm_sql_write_event(session, record->event, err);
	return status;
}

/* One commit for both; a single statement needs none of its own, unless the engine can be spared the disk by one. */
static enum vm_status record_login(struct vm_backend *backend, struct vm_name name,
				   const struct vm_last_login *login,
				   const struct vm_log_event *event, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct record record = { name, login, event, !session->in_unit };

	if (event == NULL && session->driver->dialect != VM_SQL_PGSQL)
		return write_login(session, &record, err);
	return vm_sql_in_unit(session, write_both, &record, err);
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
	const struct vm_sql_reader reader = { .take = take_login, .context = out };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	*out = (struct vm_last_login){ 0 };
	vm_sql_add_text(&values, name.user);
	vm_sql_add_text(&values, name.domain);
	return vm_sql_read(vm_sql_session_of(backend), VM_SQL_LOGIN_GET, &values, &reader, &rows,
			   err);
}

const struct vm_login_ops vm_sql_login_ops = { .record = record_login, .get = get };
