/* Values of rows, which are distrusted: a server may be broken, old, or somebody else's. */
#ifndef VM_SQL_ROW_H
#define VM_SQL_ROW_H

#include "sql_driver.h"
#include "util/arena.h"

/*
 * Reads cells one after the other; the first that is wrong fails all the rest, so that a row is asked once at its end.
 * `what` names the row for the error.
 */
struct vm_sql_row {
	const struct vm_sql_cell *next;
	struct vm_arena *arena; /* where texts go; may be NULL when none is read into it */
	enum vm_status status;
	struct vm_error *err;
	const char *what;
};

/* A copy of the text; SQL's NULL is "". A text with a NUL or longer than `maximum` bytes fails (VM_TEMPFAIL). */
const char *vm_sql_row_text(struct vm_sql_row *row, size_t maximum);

/* The same into a buffer of maximum + 1 bytes. */
void vm_sql_row_copy(struct vm_sql_row *row, char *out, size_t maximum);

/* A number within bounds; SQL's NULL is `fallback`. Anything else fails. */
int64_t vm_sql_row_number(struct vm_sql_row *row, int64_t minimum, int64_t maximum,
			  int64_t fallback);

#endif
