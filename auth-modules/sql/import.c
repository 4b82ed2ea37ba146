/* Takes a host's domains into the database, once; until then nobody can say that a domain does not exist. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"
#include "schema.h"

static enum vm_status take_number(void *context, const struct vm_sql_cell *cells,
				  struct vm_error *err)
{
	(void)context;
	(void)cells;
	(void)err;
	return VM_OK;
}

enum vm_status vm_sql_is_imported(struct vm_sql_session *session, bool *out, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_number, .context = NULL };
	const struct vm_sql_values none = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_OK;

	if (!session->is_imported)
		status = vm_sql_read(session, VM_SQL_IMPORT_GET, &none, &reader, &rows, err);
	if (rows > 0)
		session->is_imported = true; /* and that stays so */
	*out = session->is_imported;
	return status;
}

enum vm_status vm_sql_check_imported(struct vm_sql_session *session, struct vm_error *err)
{
	bool is_imported = false;
	const enum vm_status status = vm_sql_is_imported(session, &is_imported, err);

	if (status == VM_OK && !is_imported)
		return vm_fail(err, VM_TEMPFAIL,
			       "users/assign is not in the database yet; run vschema --apply");
	return status;
}

enum vm_status vm_sql_no_domain(struct vm_sql_session *session, const char *name,
				struct vm_error *err)
{
	const enum vm_status status = vm_sql_check_imported(session, err);

	return status == VM_OK ? vm_fail(err, VM_NOT_FOUND, "no domain %s", name) : status;
}

struct import {
	const struct vm_domain_entry *entries;
	size_t count;
	bool is_last;
};

static enum vm_status note_import(struct vm_sql_session *session, struct vm_error *err)
{
	const struct vm_sql_values none = { .count = 0 };
	const enum vm_status status = vm_sql_change(session, VM_SQL_IMPORT_NOTE, &none, NULL, err);

	return status == VM_EXISTS ? VM_OK : status;
}

static enum vm_status import_rows(struct vm_sql_session *session, void *context,
				  struct vm_error *err)
{
	const struct import *const import = context;
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < import->count && status == VM_OK; i++) {
		status = vm_sql_put_domain(session, &import->entries[i], err);
		if (status == VM_EXISTS) /* by a run that was interrupted */
			status = VM_OK;
	}
	if (status == VM_OK && import->is_last)
		status = note_import(session, err);
	return status;
}

enum vm_status vm_sql_schema_import(struct vm_backend *backend,
				    const struct vm_domain_entry *entries, size_t count,
				    bool is_last, struct vm_error *err)
{
	struct import import = { entries, count, is_last };

	return vm_sql_in_unit(vm_sql_session_of(backend), import_rows, &import, err);
}
