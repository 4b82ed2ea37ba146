/* Takes values out of rows. */
#include <config.h>

#include "row.h"

#include <string.h>

#include "util/text.h"

static void fail_row(struct vm_sql_row *row, const char *why)
{
	row->status = vm_fail(row->err, VM_TEMPFAIL, "the database's row of %.100s holds %s",
			      row->what, why);
}

/* The next cell when it is a text of a right length; NULL for SQL's NULL and after a failure. */
static const struct vm_sql_cell *take(struct vm_sql_row *row, size_t maximum)
{
	const struct vm_sql_cell *const cell = row->next;

	if (row->status != VM_OK)
		return NULL;
	row->next++;
	if (cell->text == NULL)
		return NULL;
	if (cell->length > maximum)
		fail_row(row, "a text that is too long");
	else if (memchr(cell->text, '\0', cell->length) != NULL)
		fail_row(row, "a NUL byte");
	return row->status == VM_OK ? cell : NULL;
}

const char *vm_sql_row_text(struct vm_sql_row *row, size_t maximum)
{
	const struct vm_sql_cell *const cell = take(row, maximum);
	const char *copy = NULL;

	if (cell == NULL)
		return "";
	copy = vm_arena_strndup(row->arena, cell->text, cell->length);
	if (copy == NULL) {
		row->status = vm_fail_memory(row->err);
		return "";
	}
	return copy;
}

void vm_sql_row_copy(struct vm_sql_row *row, char *out, size_t maximum)
{
	const struct vm_sql_cell *const cell = take(row, maximum);

	out[0] = '\0';
	if (cell == NULL)
		return;
	memcpy(out, cell->text, cell->length);
	out[cell->length] = '\0';
}

int64_t vm_sql_row_number(struct vm_sql_row *row, int64_t minimum, int64_t maximum,
			  int64_t fallback)
{
	enum { DIGITS_MAX = 24 };
	const struct vm_sql_cell *const cell = take(row, DIGITS_MAX);
	int64_t number = 0;

	if (cell == NULL)
		return fallback;
	if (vm_text_parse_i64(cell->text, minimum, maximum, &number))
		return number;
	fail_row(row, "a number that is out of bounds");
	return fallback;
}
