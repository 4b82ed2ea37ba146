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

/* The operations of vm_schema_ops; a module puts its own `prepare` beside them. */
enum vm_status vm_sql_schema_state(struct vm_backend *backend, struct vm_schema_state *out,
				   struct vm_error *err);
enum vm_status vm_sql_schema_each(struct vm_backend *backend,
				  enum vm_status (*call)(void *, const struct vm_schema_step *),
				  void *context, struct vm_error *err);
enum vm_status vm_sql_schema_apply(struct vm_backend *backend, struct vm_error *err);

#endif
