/* What PostgreSQL's error codes mean to us. */
#ifndef VM_PGSQL_OUTCOME_H
#define VM_PGSQL_OUTCOME_H

#include "sql/sql_driver.h"

/* The outcome that an SQLSTATE of five characters stands for; FAILED for one that is in no table, and for NULL. */
enum vm_sql_outcome vm_pgsql_outcome(const char *sqlstate);

#endif
