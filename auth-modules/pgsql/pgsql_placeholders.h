/* The placeholders of our statements in PostgreSQL's spelling. */
#ifndef VM_PGSQL_PLACEHOLDERS_H
#define VM_PGSQL_PLACEHOLDERS_H

#include "util/buf.h"

enum { VM_PGSQL_STATEMENT_MAX = 64 * 1024 };

/*
 * Appends text to out with $1, $2 ... in place of each `?` (sql_driver.h: no other `?` is ever in it). Returns how many
 * there were. Ask vm_buf_check() of out.
 */
unsigned int vm_pgsql_number_placeholders(const char *text, struct vm_buf *out);

#endif
