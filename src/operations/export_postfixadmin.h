/*
 * Prints what a store has as a script for the client of a database with PostfixAdmin's tables, 3.1 to 4.0: one transaction,
 * which may be run again. Rows that only the database has stay.
 */
#ifndef VM_OPERATIONS_EXPORT_POSTFIXADMIN_H
#define VM_OPERATIONS_EXPORT_POSTFIXADMIN_H

#include "core/account.h"
#include "operations/sql_script.h"
#include "operations/transfer.h"

struct vm_postfixadmin {
	enum vm_script_engine engine;
	const char *
		vacation_domain; /* PostfixAdmin's setting of that name; NULL: answers are left out */
	/* Told of each thing that has no place in the tables: "account", "joe@example.org", why. */
	void (*skip)(void *context, const char *kind, const char *subject, const char *text);
	void *context;
	/* Private: the domain that is printed now. */
	char dir[VM_PATH_MAX + 1];
	char alias[VM_USER_MAX + 1];
};

/* "postfixadmin-mysql", "postfixadmin-pgsql", "postfixadmin-sqlite"; VM_SCRIPT_ENGINES for any other name. */
enum vm_script_engine vm_postfixadmin_find(const char *name);

/* out->failed tells of want of memory. */
void vm_postfixadmin_begin(const struct vm_postfixadmin *script, struct vm_buf *out);
/* The records of a domain, in vm_export_domain()'s order; `script` is a struct vm_postfixadmin. */
void vm_postfixadmin_put(void *script, const struct vm_transfer *transfer, struct vm_buf *out);
void vm_postfixadmin_end_domain(const struct vm_postfixadmin *script, const char *domain,
				struct vm_buf *out);
/* Without it the script changes nothing. */
void vm_postfixadmin_commit(struct vm_buf *out);

#endif
