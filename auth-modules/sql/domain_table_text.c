/* Names and texts of statements about one domain's table or view. */
#include <config.h>

#include "domain_table_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "row.h"
#include "util/buf.h"

enum {
	PGSQL_TABLE_MAX = 63, /* PostgreSQL cuts the rest off, here as in the old programs */
	KEPT_MAX = 59,        /* of the name behind "old$" */
	TEXT_MAX = 4096
};

bool vm_sql_domain_table_name(enum vm_sql_dialect dialect, const char *domain,
			      char out[VM_SQL_TABLE_MAX + 1])
{
	const size_t maximum = dialect == VM_SQL_PGSQL ? PGSQL_TABLE_MAX : VM_SQL_TABLE_MAX;
	size_t length = 0;

	for (const char *at = domain; *at != '\0'; at++) {
		const unsigned char byte = (unsigned char)*at;

		if (!islower(byte) && !isdigit(byte) && strchr(".-_", byte) == NULL)
			return false;
		if (length < maximum)
			out[length++] = *at == '.' || *at == '-' ? '_' : *at;
		else if (dialect != VM_SQL_PGSQL)
			return false;
	}
	out[length] = '\0';
	return length > 0;
}

/*
 * The text with @T (the table), @K (what the old table is called afterwards), @N (a view while it is made), @D (the domain)
 * and @C (the clear password's column, or NULL) filled in. None of them has a byte that needs quoting; see vm_sql_domain_table_name().
 */
static enum vm_status fill_in(const struct vm_sql_domain_table *table, const char *text,
			      struct vm_buf *out, struct vm_error *err)
{
	char kept[KEPT_MAX + 1];

	(void)snprintf(kept, sizeof kept, "%s", table->name); /* cut where it is longer */
	vm_buf_clear(out);
	for (const char *at = text; *at != '\0'; at++) {
		if (*at != '@') {
			vm_buf_append_byte(out, *at);
			continue;
		}
		switch (*++at) {
		case 'T':
			vm_buf_append_text(out, table->name);
			break;
		case 'K':
			vm_buf_append_text(out, "old$");
			vm_buf_append_text(out, kept);
			break;
		case 'N':
			vm_buf_append_text(out, "new$");
			vm_buf_append_text(out, kept);
			break;
		case 'D':
			vm_buf_append_text(out, table->domain);
			break;
		default:
			vm_buf_append_text(out, table->has_clear ? "pw_clear_passwd" : "NULL");
			break;
		}
	}
	return vm_buf_check(out, "a statement", err);
}

enum vm_status vm_sql_domain_table_run(struct vm_sql_session *session,
				       const struct vm_sql_domain_table *table, const char *text,
				       struct vm_error *err)
{
	struct vm_buf statement;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&statement, TEXT_MAX);
	status = fill_in(table, text, &statement, err);
	if (status == VM_OK)
		status = vm_sql_command(session, statement.bytes, err);
	vm_buf_release(&statement);
	return status;
}

static enum vm_status take_count(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "a count" };

	*(int64_t *)context = vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

enum vm_status vm_sql_domain_table_count(struct vm_sql_session *session,
					 const struct vm_sql_domain_table *table, const char *text,
					 int64_t *out, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_count, .context = out };
	struct vm_buf statement;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&statement, TEXT_MAX);
	status = fill_in(table, text, &statement, err);
	if (status == VM_OK)
		status = vm_sql_query(session, statement.bytes, 1, &reader, err);
	vm_buf_release(&statement);
	return status;
}
