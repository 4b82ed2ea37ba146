/* Maps outcomes of SQL calls to statuses. */
#include <config.h>

#include "outcome.h"

enum vm_status vm_sql_status(enum vm_sql_outcome outcome)
{
	switch (outcome) {
	case VM_SQL_OK:
	case VM_SQL_ROW:
	case VM_SQL_END:
		return VM_OK;
	case VM_SQL_DUPLICATE:
		return VM_EXISTS;
	case VM_SQL_BAD_VALUE:
		return VM_INVALID;
	case VM_SQL_FORBIDDEN:
		return VM_MISCONFIG;
	case VM_SQL_CONFLICT:
	case VM_SQL_AWAY:
	case VM_SQL_LOST:
	case VM_SQL_READ_ONLY:
	case VM_SQL_FAILED:
		return VM_TEMPFAIL;
	}
	return VM_INTERNAL;
}

const char *vm_sql_outcome_name(enum vm_sql_outcome outcome)
{
	static const char *const names[] = {
		[VM_SQL_OK] = "ok",
		[VM_SQL_ROW] = "row",
		[VM_SQL_END] = "end",
		[VM_SQL_DUPLICATE] = "duplicate",
		[VM_SQL_CONFLICT] = "conflict",
		[VM_SQL_AWAY] = "away",
		[VM_SQL_LOST] = "lost",
		[VM_SQL_READ_ONLY] = "read-only",
		[VM_SQL_FORBIDDEN] = "forbidden",
		[VM_SQL_BAD_VALUE] = "bad value",
		[VM_SQL_FAILED] = "failed",
	};

	return (size_t)outcome < sizeof names / sizeof *names ? names[outcome] : "?";
}
