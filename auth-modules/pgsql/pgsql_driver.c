/* The PostgreSQL driver: statements and rows over one connection. */
#include <config.h>

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "pgsql_driver.h"
#include "pgsql_link.h"
#include "sql/outcome.h"
#include "util/text.h"

enum { NUMBER_MAX = sizeof "-9223372036854775808" };

static void pgsql_finish(struct vm_sql_link *link)
{
	PQclear(link->rows);
	link->rows = NULL;
	link->next_row = 0;
	link->columns = 0;
}

/* False when libpq would not send the value whole: to it text ends at the first NUL. */
static bool is_sendable(const struct vm_sql_value *value)
{
	return value->type != VM_SQL_TEXT || value->length == 0 ||
	       memchr(value->text, '\0', value->length) == NULL;
}

static const char *write_value(struct vm_buf *values, const struct vm_sql_value *value)
{
	const size_t start = values->length;

	if (value->type == VM_SQL_NULL)
		return NULL;
	if (value->type == VM_SQL_INTEGER)
		vm_buf_printf(values, "%" PRId64, value->integer);
	else if (value->length > 0)
		vm_buf_append(values, value->text, value->length);
	vm_buf_append_byte(values, '\0');
	return values->bytes + start;
}

/* Puts the parameters into link->values as terminated text, and where each begins into texts. */
static enum vm_sql_outcome bind(struct vm_sql_link *link, const struct vm_sql_call *call,
				const char **texts, struct vm_error *err)
{
	size_t size = 0;

	if (call->parameter_count > VM_SQL_PARAMETERS_MAX || call->columns > VM_SQL_COLUMNS_MAX)
		return vm_pgsql_fail(link, VM_SQL_FAILED, "too many parameters or columns", NULL,
				     err);
	for (unsigned int i = 0; i < call->parameter_count; i++) {
		const struct vm_sql_value *const value = &call->parameters[i];

		if (!is_sendable(value))
			return vm_pgsql_fail(link, VM_SQL_BAD_VALUE, "a value holds a NUL byte",
					     NULL, err);
		if (value->type == VM_SQL_TEXT && value->length >= link->values.maximum - size)
			return vm_pgsql_fail(link, VM_SQL_BAD_VALUE, "a value is too long", NULL,
					     err);
		size += (value->type == VM_SQL_TEXT ? value->length : 0) + NUMBER_MAX;
		if (size >= link->values.maximum)
			return vm_pgsql_fail(link, VM_SQL_BAD_VALUE, "values are too long", NULL,
					     err);
	}
	/* At once, so that what points into it stays right. */
	if (!vm_buf_reserve(&link->values, size)) {
		vm_buf_clear(&link->values);
		return vm_pgsql_fail(link, VM_SQL_FAILED, "out of memory", NULL, err);
	}
	for (unsigned int i = 0; i < call->parameter_count; i++)
		texts[i] = write_value(&link->values, &call->parameters[i]);
	return VM_SQL_OK;
}

/* The rows that a statement changed; 0 for one that changes none. */
static uint64_t changed_rows(PGresult *result)
{
	uint64_t rows = 0;

	if (!vm_text_parse_u64(PQcmdTuples(result), UINT64_MAX, &rows))
		return 0;
	return rows;
}

/*
 * With other columns than the caller knows, his cells would mean something else. In a statement that also changes rows the
 * change has happened; the transaction it is in must not be committed.
 */
static enum vm_sql_outcome keep_rows(struct vm_sql_link *link, const struct vm_sql_call *call,
				     PGresult *result, struct vm_error *err)
{
	if ((unsigned int)PQnfields(result) != call->columns) {
		PQclear(result);
		return vm_pgsql_fail(link, VM_SQL_FAILED, "rows with another number of columns",
				     NULL, err);
	}
	if (call->columns == 0) {
		PQclear(result);
		return VM_SQL_OK;
	}
	link->rows = result;
	link->columns = call->columns;
	return VM_SQL_OK;
}

static enum vm_sql_outcome pgsql_execute(struct vm_sql_link *link, const struct vm_sql_call *call,
					 uint64_t *affected, struct vm_error *err)
{
	const char *texts[VM_SQL_PARAMETERS_MAX] = { NULL };
	PGresult *result = NULL;
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	pgsql_finish(link);
	if (affected != NULL)
		*affected = 0;
	if (link->is_lost)
		return vm_pgsql_lose(link, "the connection is lost", err);
	outcome = bind(link, call, texts, err);
	if (outcome != VM_SQL_OK)
		return outcome;
	outcome = vm_pgsql_run(link, call, texts, &result, err);
	vm_buf_clear(&link->values);
	if (outcome != VM_SQL_OK) {
		PQclear(result);
		return outcome;
	}
	if (affected != NULL)
		*affected = changed_rows(result);
	return keep_rows(link, call, result, err);
}

static enum vm_sql_outcome pgsql_fetch(struct vm_sql_link *link, struct vm_sql_cell *cells,
				       struct vm_error *err)
{
	if (link->rows == NULL)
		return vm_pgsql_fail(link, VM_SQL_FAILED, "no statement with rows is open", NULL,
				     err);
	if (link->next_row == PQntuples(link->rows))
		return VM_SQL_END;
	for (int column = 0; column < (int)link->columns; column++) {
		const bool is_null = PQgetisnull(link->rows, link->next_row, column) != 0;

		cells[column].text = is_null ? NULL
					     : PQgetvalue(link->rows, link->next_row, column);
		cells[column].length =
			is_null ? 0 : (size_t)PQgetlength(link->rows, link->next_row, column);
	}
	link->next_row++;
	return VM_SQL_ROW;
}

/* COMMIT of a failed transaction rolls back and is no error to the server: only the answer's tag tells. */
static enum vm_sql_outcome check_commit(const struct vm_sql_link *link, PGresult *result,
					struct vm_error *err)
{
	if (strcmp(PQcmdStatus(result), "COMMIT") == 0)
		return VM_SQL_OK;
	return vm_pgsql_fail(link, VM_SQL_FAILED, "rolled back, as a statement before had failed",
			     NULL, err);
}

static enum vm_sql_outcome pgsql_command(struct vm_sql_link *link, const char *text,
					 struct vm_error *err)
{
	PGresult *result = NULL;
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	pgsql_finish(link);
	if (link->is_lost)
		return vm_pgsql_lose(link, "the connection is lost", err);
	outcome = vm_pgsql_answer(link, PQsendQuery(link->connection, text),
				  vm_pgsql_deadline(link), &result, err);
	if (outcome == VM_SQL_OK && strncasecmp(text, "COMMIT", strlen("COMMIT")) == 0)
		outcome = check_commit(link, result, err);
	PQclear(result);
	return outcome;
}

/* An empty statement: a failed transaction takes that too. */
static enum vm_sql_outcome pgsql_ping(struct vm_sql_link *link, struct vm_error *err)
{
	PGresult *result = NULL;
	enum vm_sql_outcome outcome = VM_SQL_LOST;

	if (link->is_lost)
		return vm_pgsql_lose(link, "the connection is lost", err);
	outcome = vm_pgsql_answer(link, PQsendQuery(link->connection, ""), vm_pgsql_deadline(link),
				  &result, err);
	PQclear(result);
	if (outcome == VM_SQL_OK)
		return VM_SQL_OK;
	link->is_lost = true;
	return VM_SQL_LOST;
}

const struct vm_sql_driver vm_pgsql_driver = {
	.name = "pgsql",
	.dialect = VM_SQL_PGSQL,
	.connect = vm_pgsql_connect,
	.disconnect = vm_pgsql_disconnect,
	.ping = pgsql_ping,
	.execute = pgsql_execute,
	.fetch = pgsql_fetch,
	.finish = pgsql_finish,
	.command = pgsql_command,
};
