/* Speaks to MySQL and MariaDB: prepared statements, rows as text. */
#include <config.h>

#include "mysql_driver.h"

#include <errmsg.h>
#include <stdlib.h>
#include <string.h>

#include "mysql_link.h"
#include "mysql_outcome.h"
#include "outcome.h"
#include "util/text.h"

enum { CELL_FIRST = 256, CELL_MAX = 16 * 1024 * 1024 };

static enum vm_sql_outcome fail_link(struct vm_sql_link *link, struct vm_error *err)
{
	const enum vm_sql_outcome outcome =
		vm_mysql_fail(mysql_errno(&link->mysql), mysql_error(&link->mysql), false, err);

	link->is_lost = link->is_lost || outcome == VM_SQL_LOST;
	return outcome;
}

/* A row that does not come leaves its error with the connection only. */
static enum vm_sql_outcome fail_statement(struct vm_sql_link *link,
					  const struct vm_mysql_statement *statement,
					  struct vm_error *err)
{
	const unsigned int number = mysql_stmt_errno(statement->handle);
	enum vm_sql_outcome outcome = VM_SQL_LOST;

	if (number == 0)
		return fail_link(link, err);
	outcome = vm_mysql_fail(number, mysql_stmt_error(statement->handle), false, err);
	/* The rows of another shape are still on their way. */
	link->is_lost = link->is_lost || outcome == VM_SQL_LOST || number == CR_NEW_STMT_METADATA;
	return outcome;
}

static enum vm_sql_outcome fail_lost(struct vm_error *err)
{
	vm_fail(err, vm_sql_status(VM_SQL_LOST), "MySQL: the connection was lost before");
	return VM_SQL_LOST;
}

static void release_statement(struct vm_mysql_statement *statement)
{
	if (statement->handle != NULL)
		(void)mysql_stmt_close(statement->handle); /* tells the server, if it is there */
	for (unsigned int i = 0; i < statement->columns && statement->cells != NULL; i++)
		free(statement->cells[i].bytes);
	free(statement->cells);
	*statement = (struct vm_mysql_statement){ 0 };
}

static void disconnect(struct vm_sql_link **opened)
{
	struct vm_sql_link *const link = *opened;

	if (link == NULL)
		return;
	mysql_close(&link->mysql); /* first: the server need not be told of each statement */
	for (size_t i = 0; i < VM_SQL_SLOTS_MAX; i++)
		release_statement(&link->slots[i]);
	release_statement(&link->slotless);
	free(link);
	*opened = NULL;
}

static void finish(struct vm_sql_link *link)
{
	struct vm_mysql_statement *const statement = link->current;

	link->current = NULL;
	if (statement == NULL)
		return;
	(void)mysql_stmt_free_result(statement->handle); /* a broken link tells at its next call */
	if (statement == &link->slotless)
		release_statement(statement);
}

static enum vm_sql_outcome ping(struct vm_sql_link *link, struct vm_error *err)
{
	finish(link);
	if (link->is_lost)
		return fail_lost(err);
	if (mysql_ping(&link->mysql) == 0)
		return VM_SQL_OK;
	(void)fail_link(link, err);
	link->is_lost = true;
	return VM_SQL_LOST;
}

static enum vm_sql_outcome fail_shape(const char *what, unsigned long got, unsigned int wanted,
				      struct vm_error *err)
{
	vm_fail(err, VM_TEMPFAIL, "MySQL: a statement has %lu %s, not %u", got, what, wanted);
	return VM_SQL_FAILED;
}

static bool make_cells(struct vm_mysql_statement *statement, unsigned int columns)
{
	if (columns == 0)
		return true;
	statement->cells = calloc(columns, sizeof *statement->cells);
	if (statement->cells == NULL)
		return false;
	statement->columns = columns;
	for (unsigned int i = 0; i < columns; i++) {
		statement->cells[i].bytes = malloc(CELL_FIRST);
		if (statement->cells[i].bytes == NULL)
			return false;
		statement->cells[i].capacity = CELL_FIRST;
	}
	return true;
}

/* Everything is asked for as text: the library turns numbers into decimal. One byte stays free for a NUL. */
static bool bind_cells(struct vm_mysql_statement *statement)
{
	MYSQL_BIND binds[VM_SQL_COLUMNS_MAX];

	memset(binds, 0, sizeof binds);
	for (unsigned int i = 0; i < statement->columns; i++) {
		struct vm_mysql_cell *const cell = &statement->cells[i];

		binds[i].buffer_type = MYSQL_TYPE_STRING;
		binds[i].buffer = cell->bytes;
		binds[i].buffer_length = cell->capacity - 1;
		binds[i].length = &cell->length;
		binds[i].is_null = &cell->is_null;
		binds[i].error = &cell->is_cut;
	}
	return statement->columns == 0 || mysql_stmt_bind_result(statement->handle, binds) == 0;
}

static enum vm_sql_outcome check_shape(const struct vm_mysql_statement *statement,
				       const struct vm_sql_call *call, struct vm_error *err)
{
	const unsigned int columns = mysql_stmt_field_count(statement->handle);
	const unsigned long parameters = mysql_stmt_param_count(statement->handle);

	if (columns != call->columns)
		return fail_shape("columns", columns, call->columns, err);
	if (parameters != call->parameter_count)
		return fail_shape("parameters", parameters, call->parameter_count, err);
	return VM_SQL_OK;
}

static enum vm_sql_outcome prepare(struct vm_sql_link *link, const struct vm_sql_call *call,
				   struct vm_mysql_statement *statement, struct vm_error *err)
{
	enum vm_sql_outcome outcome = VM_SQL_OK;

	if (statement->handle != NULL)
		return check_shape(statement, call, err);
	statement->handle = mysql_stmt_init(&link->mysql);
	if (statement->handle == NULL || !make_cells(statement, call->columns)) {
		release_statement(statement);
		vm_fail_memory(err);
		return VM_SQL_FAILED;
	}
	if (mysql_stmt_prepare(statement->handle, call->text, strlen(call->text)) != 0)
		outcome = fail_statement(link, statement, err);
	else
		outcome = check_shape(statement, call, err);
	if (outcome != VM_SQL_OK)
		release_statement(statement);
	return outcome;
}

/* The library reads texts and numbers through pointers that are not const. */
static void *unconst(const void *pointer)
{
	union {
		const void *in;
		void *out;
	} both = { .in = pointer };

	return both.out;
}

static bool bind_values(const struct vm_mysql_statement *statement, const struct vm_sql_call *call,
			MYSQL_BIND *binds, unsigned long *lengths)
{
	static const enum enum_field_types types[] = { [VM_SQL_NULL] = MYSQL_TYPE_NULL,
						       [VM_SQL_INTEGER] = MYSQL_TYPE_LONGLONG,
						       [VM_SQL_TEXT] = MYSQL_TYPE_STRING };

	memset(binds, 0, call->parameter_count * sizeof *binds);
	for (unsigned int i = 0; i < call->parameter_count; i++) {
		const struct vm_sql_value *const value = &call->parameters[i];

		lengths[i] = value->type == VM_SQL_TEXT ? value->length : sizeof value->integer;
		binds[i].buffer_type = types[value->type];
		binds[i].buffer = value->type == VM_SQL_TEXT
					  ? unconst(value->text != NULL ? value->text : "")
					  : unconst(&value->integer);
		binds[i].buffer_length = lengths[i];
		binds[i].length = &lengths[i];
	}
	return call->parameter_count == 0 || mysql_stmt_bind_param(statement->handle, binds) == 0;
}

/* MariaDB keeps halves of surrogate pairs, which are no UTF-8: no engine gets what another would refuse. */
static bool are_utf8(const struct vm_sql_call *call)
{
	for (unsigned int i = 0; i < call->parameter_count; i++) {
		const struct vm_sql_value *const value = &call->parameters[i];
		size_t at = 0, length = 0;

		if (value->type != VM_SQL_TEXT)
			continue;
		for (; at < value->length; at += length) {
			length = vm_text_utf8_sequence(value->text + at, value->length - at);
			if (length == 0)
				return false;
		}
	}
	return true;
}

static enum vm_sql_outcome run(struct vm_sql_link *link, struct vm_mysql_statement *statement,
			       const struct vm_sql_call *call, uint64_t *affected,
			       struct vm_error *err)
{
	MYSQL_BIND binds[VM_SQL_PARAMETERS_MAX];
	unsigned long lengths[VM_SQL_PARAMETERS_MAX];

	if (!bind_values(statement, call, binds, lengths) ||
	    mysql_stmt_execute(statement->handle) != 0 || !bind_cells(statement))
		return fail_statement(link, statement, err);
	if (mysql_stmt_field_count(statement->handle) != call->columns) {
		link->is_lost = true; /* rows that nobody can take are on their way */
		return fail_shape("columns", mysql_stmt_field_count(statement->handle),
				  call->columns, err);
	}
	if (affected != NULL)
		*affected = call->columns == 0 ? mysql_stmt_affected_rows(statement->handle) : 0;
	if (call->columns > 0)
		link->current = statement;
	return VM_SQL_OK;
}

static enum vm_sql_outcome execute(struct vm_sql_link *link, const struct vm_sql_call *call,
				   uint64_t *affected, struct vm_error *err)
{
	struct vm_mysql_statement *const statement =
		call->slot == VM_SQL_NO_SLOT ? &link->slotless : &link->slots[call->slot];
	enum vm_sql_outcome outcome = VM_SQL_OK;

	finish(link);
	if (affected != NULL)
		*affected = 0;
	if (link->is_lost)
		return fail_lost(err);
	if (call->parameter_count > VM_SQL_PARAMETERS_MAX || call->columns > VM_SQL_COLUMNS_MAX)
		return fail_shape("values", call->parameter_count, VM_SQL_PARAMETERS_MAX, err);
	if (!are_utf8(call)) {
		vm_fail(err, vm_sql_status(VM_SQL_BAD_VALUE), "MySQL: a value is not UTF-8");
		return VM_SQL_BAD_VALUE;
	}
	outcome = prepare(link, call, statement, err);
	if (outcome == VM_SQL_OK)
		outcome = run(link, statement, call, affected, err);
	if (call->slot == VM_SQL_NO_SLOT && link->current == NULL)
		release_statement(statement);
	return outcome;
}

/* A value that was longer than its room: more room, and asked for again. */
static enum vm_sql_outcome fetch_rest(struct vm_sql_link *link,
				      struct vm_mysql_statement *statement, unsigned int column,
				      struct vm_error *err)
{
	struct vm_mysql_cell *const cell = &statement->cells[column];
	MYSQL_BIND bind = { .buffer_type = MYSQL_TYPE_STRING };
	char *bytes = NULL;

	if (cell->length >= CELL_MAX) {
		vm_fail(err, VM_INVALID, "MySQL: a value is longer than %d bytes", CELL_MAX);
		return VM_SQL_BAD_VALUE;
	}
	bytes = realloc(cell->bytes, cell->length + 1);
	if (bytes == NULL) {
		vm_fail_memory(err);
		return VM_SQL_FAILED;
	}
	cell->bytes = bytes;
	cell->capacity = cell->length + 1;
	bind.buffer = bytes;
	bind.buffer_length = cell->length;
	bind.length = &cell->length;
	bind.is_null = &cell->is_null;
	bind.error = &cell->is_cut;
	if (mysql_stmt_fetch_column(statement->handle, &bind, column, 0) != 0)
		return fail_statement(link, statement, err);
	/* The next row goes to where the bytes are now. */
	return bind_cells(statement) ? VM_SQL_OK : fail_statement(link, statement, err);
}

static enum vm_sql_outcome take_row(struct vm_sql_link *link, struct vm_mysql_statement *statement,
				    struct vm_sql_cell *cells, struct vm_error *err)
{
	for (unsigned int i = 0; i < statement->columns; i++) {
		struct vm_mysql_cell *const cell = &statement->cells[i];
		enum vm_sql_outcome outcome = VM_SQL_OK;

		if (cell->is_null) {
			cells[i] = (struct vm_sql_cell){ NULL, 0 };
			continue;
		}
		if (cell->length >= cell->capacity)
			outcome = fetch_rest(link, statement, i, err);
		if (outcome != VM_SQL_OK)
			return outcome;
		cell->bytes[cell->length] = '\0';
		cells[i] = (struct vm_sql_cell){ cell->bytes, cell->length };
	}
	return VM_SQL_ROW;
}

static enum vm_sql_outcome fetch(struct vm_sql_link *link, struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	struct vm_mysql_statement *const statement = link->current;
	int result = 0;

	if (link->is_lost)
		return fail_lost(err);
	if (statement == NULL) {
		vm_fail(err, VM_TEMPFAIL, "MySQL: there is no result to fetch from");
		return VM_SQL_FAILED;
	}
	result = mysql_stmt_fetch(statement->handle);
	if (result == MYSQL_NO_DATA)
		return VM_SQL_END;
	if (result != 0 && result != MYSQL_DATA_TRUNCATED)
		return fail_statement(link, statement, err);
	return take_row(link, statement, cells, err);
}

static enum vm_sql_outcome command(struct vm_sql_link *link, const char *text, struct vm_error *err)
{
	MYSQL_RES *rows = NULL;

	finish(link);
	if (link->is_lost)
		return fail_lost(err);
	if (mysql_real_query(&link->mysql, text, strlen(text)) != 0)
		return fail_link(link, err);
	rows = mysql_store_result(&link->mysql);
	if (rows != NULL)
		mysql_free_result(rows);
	return mysql_errno(&link->mysql) == 0 ? VM_SQL_OK : fail_link(link, err);
}

const struct vm_sql_driver vm_mysql_driver = {
	.name = "mysql",
	.dialect = VM_SQL_MYSQL,
	.connect = vm_mysql_connect,
	.disconnect = disconnect,
	.ping = ping,
	.execute = execute,
	.fetch = fetch,
	.finish = finish,
	.command = command,
};
