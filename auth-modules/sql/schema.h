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
	/* "--unless SELECT ...": the next statement is left out when this one's only number is above 0 */
};

extern const struct vm_sql_step vm_sql_steps[];
extern const size_t vm_sql_step_count;

/* The operations of vm_schema_ops. */
enum vm_status vm_sql_schema_state(struct vm_backend *backend, struct vm_schema_state *out,
				   struct vm_error *err);
enum vm_status vm_sql_schema_each(struct vm_backend *backend,
				  enum vm_status (*call)(void *, const struct vm_schema_step *),
				  void *context, struct vm_error *err);
enum vm_status vm_sql_schema_apply(struct vm_backend *backend, struct vm_error *err);
enum vm_status vm_sql_schema_import(struct vm_backend *backend,
				    const struct vm_domain_entry *entries, size_t count,
				    bool is_last, struct vm_error *err);

/* Tables of one domain each, which vpopmail --disable-many-domains made, that vm_sql_take_domain_tables() has to do with. */
enum vm_status vm_sql_count_domain_tables(struct vm_backend *backend, size_t *out,
					  struct vm_error *err);
enum vm_status vm_sql_take_domain_tables(struct vm_backend *backend, size_t *taken,
					 struct vm_error *err);

#endif
