/* What the outcome of an SQL call means to the store's callers. */
#ifndef VM_SQL_OUTCOME_H
#define VM_SQL_OUTCOME_H

#include "sql_driver.h"

/*
 * OK, ROW and END are VM_OK; DUPLICATE is VM_EXISTS; BAD_VALUE is VM_INVALID; FORBIDDEN is VM_MISCONFIG; all others are
 * VM_TEMPFAIL: a database that cannot tell has not said no.
 */
enum vm_status vm_sql_status(enum vm_sql_outcome outcome);

/* A short name for logs and tests: "duplicate". */
const char *vm_sql_outcome_name(enum vm_sql_outcome outcome);

#endif
