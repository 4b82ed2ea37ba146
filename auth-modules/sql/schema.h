/* The numbered steps of an engine's schema: sql/ENGINE/NNN_NAME.sql, in the program itself. */
#ifndef VM_SQL_SCHEMA_H
#define VM_SQL_SCHEMA_H

#include "auth/auth_module.h"
#include "sql_driver.h"

struct vm_sql_step {
	enum vm_sql_dialect dialect;
	unsigned int number;
	const char *name;
	const char *
		text; /* statements, each with a ';' at the end of its last line; "--" begins a line for people */
};

extern const struct vm_sql_step vm_sql_steps[];
extern const size_t vm_sql_step_count;

extern const struct vm_schema_ops vm_sql_schema_ops;

#endif
