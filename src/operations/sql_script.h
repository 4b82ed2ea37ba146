/* Pieces of SQL for the clients of three engines: names, texts that no lexer can read otherwise, rows. */
#ifndef VM_OPERATIONS_SQL_SCRIPT_H
#define VM_OPERATIONS_SQL_SCRIPT_H

#include <stdbool.h>

#include "util/buf.h"

enum vm_script_engine {
	VM_SCRIPT_MYSQL,
	VM_SCRIPT_PGSQL,
	VM_SCRIPT_SQLITE,
	VM_SCRIPT_ENGINES,
};

/* One column of a row. */
struct vm_script_column {
	const char *name;
	const char *value;
	bool is_expression; /* the value is SQL */
	bool stays;         /* what the database has there is not replaced */
};

struct vm_script_row {
	const char *table, *key;
	const struct vm_script_column *columns;
	size_t count;
};

/* All append; out->failed tells of want of memory. */

/* The name of a table or column, in quotes. */
void vm_script_name(enum vm_script_engine engine, const char *name, struct vm_buf *out);
/*
 * Plain ASCII in quotes; anything else as its bytes, whatever the engine's modes make of a backslash. What is not UTF-8 is taken
 * for ISO 8859-1.
 */
void vm_script_text(enum vm_script_engine engine, const char *text, struct vm_buf *out);
/* Adds the row, or makes the one with this key equal; without a key it is added. */
void vm_script_row(enum vm_script_engine engine, const struct vm_script_row *row,
		   struct vm_buf *out);

#endif
