/* Speaks SQLite. */
#include <config.h>

#include "sqlite_driver.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MS = 1000 };

struct vm_sql_link {
	sqlite3 *database;
	sqlite3_stmt *prepared[VM_SQL_SLOTS_MAX];
	sqlite3_stmt *current; /* NULL, or the one whose rows are fetched */
	bool current_is_slotless;
	unsigned int columns;
};

/* Extended codes where they say more; everything that is not here may pass. */
static enum vm_sql_outcome classify(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return VM_SQL_DUPLICATE;
	case SQLITE_BUSY:
	case SQLITE_BUSY_RECOVERY:
	case SQLITE_BUSY_SNAPSHOT:
	case SQLITE_BUSY_TIMEOUT:
	case SQLITE_LOCKED:
		return VM_SQL_CONFLICT;
	case SQLITE_READONLY:
	case SQLITE_READONLY_DBMOVED:
	case SQLITE_READONLY_DIRECTORY:
		return VM_SQL_READ_ONLY;
	case SQLITE_CANTOPEN:
	case SQLITE_CANTOPEN_NOTEMPDIR:
		return VM_SQL_AWAY;
	case SQLITE_AUTH:
	case SQLITE_PERM:
	case SQLITE_NOTADB:
		return VM_SQL_FORBIDDEN;
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_DATATYPE:
		return VM_SQL_BAD_VALUE;
	default:
		return VM_SQL_FAILED;
	}
}

static enum vm_sql_outcome fail(const struct vm_sql_link *link, int code, struct vm_error *err)
{
	vm_fail(err, VM_TEMPFAIL, "SQLite: %s (%d)", sqlite3_errmsg(link->database), code);
	return classify(code);
}

static void drop(struct vm_sql_link *link)
{
	for (size_t i = 0; i < VM_SQL_SLOTS_MAX; i++)
		sqlite3_finalize(link->prepared[i]);
	sqlite3_close(link->database);
	free(link);
}

static void disconnect(struct vm_sql_link **link)
{
	if (*link == NULL)
		return;
	if ((*link)->current_is_slotless)
		sqlite3_finalize((*link)->current);
	drop(*link);
	*link = NULL;
}

/*
 * WAL keeps readers and the writer out of each other's way; FULL syncs each commit, for what was said to be done has to
 * outlive the power.
 */
static enum vm_sql_outcome prepare_link(struct vm_sql_link *link,
					const struct vm_sql_server *server, struct vm_error *err)
{
	static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				       "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON";
	int code = sqlite3_busy_timeout(link->database, (int)server->answer_seconds * MS);

	(void)sqlite3_extended_result_codes(link->database,
					    1); /* cannot fail on an open database */
	if (code == SQLITE_OK)
		code = sqlite3_exec(link->database, settings, NULL, NULL, NULL);
	return code == SQLITE_OK ? VM_SQL_OK : fail(link, code, err);
}

/* SQLite knows one code for all that open() can say; a missing file is for vschema to make. */
static enum vm_sql_outcome connect_file(const struct vm_sql_server *server,
					struct vm_sql_link **out, struct vm_error *err)
{
	struct vm_sql_link *link = calloc(1, sizeof *link);
	enum vm_sql_outcome outcome = VM_SQL_OK;
	int code = SQLITE_OK;

	*out = NULL;
	if (link == NULL) {
		vm_fail_memory(err);
		return VM_SQL_FAILED;
	}
	code = sqlite3_open_v2(server->database, &link->database,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
			       NULL);
	if (code != SQLITE_OK) {
		vm_fail(err, VM_TEMPFAIL, "SQLite: %s: %s", server->database,
			link->database == NULL ? "no memory" : sqlite3_errmsg(link->database));
		outcome = classify(code);
	} else {
		outcome = prepare_link(link, server, err);
	}
	if (outcome == VM_SQL_OK)
		*out = link;
	else
		drop(link);
	return outcome;
}

static enum vm_sql_outcome ping(struct vm_sql_link *link, struct vm_error *err)
{
	(void)link; /* a file does not hang up */
	(void)err;
	return VM_SQL_OK;
}

static enum vm_sql_outcome prepare(struct vm_sql_link *link, const struct vm_sql_call *call,
				   sqlite3_stmt **out, struct vm_error *err)
{
	const bool has_slot = call->slot != VM_SQL_NO_SLOT;
	int code = SQLITE_OK;

	if (has_slot && link->prepared[call->slot] != NULL) {
		*out = link->prepared[call->slot];
		return VM_SQL_OK;
	}
	code = sqlite3_prepare_v3(link->database, call->text, -1,
				  has_slot ? SQLITE_PREPARE_PERSISTENT : 0, out, NULL);
	if (code == SQLITE_ERROR) { /* no such table, no such column: vschema's business */
		(void)fail(link, code, err);
		return VM_SQL_FORBIDDEN;
	}
	if (code != SQLITE_OK)
		return fail(link, code, err);
	if (has_slot)
		link->prepared[call->slot] = *out;
	return VM_SQL_OK;
}

static int bind_value(sqlite3_stmt *statement, int index, const struct vm_sql_value *value)
{
	switch (value->type) {
	case VM_SQL_NULL:
		return sqlite3_bind_null(statement, index);
	case VM_SQL_INTEGER:
		return sqlite3_bind_int64(statement, index, value->integer);
	case VM_SQL_TEXT:
		return sqlite3_bind_text64(statement, index, value->text, value->length,
					   SQLITE_STATIC, SQLITE_UTF8);
	}
	return SQLITE_MISUSE;
}

static enum vm_sql_outcome bind(struct vm_sql_link *link, sqlite3_stmt *statement,
				const struct vm_sql_call *call, struct vm_error *err)
{
	for (unsigned int i = 0; i < call->parameter_count; i++) {
		const int code = bind_value(statement, (int)i + 1, &call->parameters[i]);

		if (code != SQLITE_OK)
			return fail(link, code, err);
	}
	return VM_SQL_OK;
}

static void release(const struct vm_sql_call *call, sqlite3_stmt *statement)
{
	if (call->slot == VM_SQL_NO_SLOT)
		sqlite3_finalize(statement);
	else
		(void)sqlite3_reset(statement); /* says again what step has said */
}

static enum vm_sql_outcome run(struct vm_sql_link *link, const struct vm_sql_call *call,
			       sqlite3_stmt *statement, uint64_t *affected, struct vm_error *err)
{
	enum vm_sql_outcome outcome = bind(link, statement, call, err);
	int code = SQLITE_OK;

	if (outcome == VM_SQL_OK) {
		code = sqlite3_step(statement);
		outcome = code == SQLITE_DONE ? VM_SQL_OK : fail(link, code, err);
	}
	if (affected != NULL)
		*affected = outcome == VM_SQL_OK ? (uint64_t)sqlite3_changes64(link->database) : 0;
	release(call, statement);
	return outcome;
}

static enum vm_sql_outcome execute(struct vm_sql_link *link, const struct vm_sql_call *call,
				   uint64_t *affected, struct vm_error *err)
{
	sqlite3_stmt *statement = NULL;
	enum vm_sql_outcome outcome = prepare(link, call, &statement, err);

	if (outcome != VM_SQL_OK)
		return outcome;
	if ((unsigned int)sqlite3_column_count(statement) != call->columns) {
		vm_fail(err, VM_TEMPFAIL, "SQLite: a row has %d columns, not %u",
			sqlite3_column_count(statement), call->columns);
		release(call, statement);
		return VM_SQL_FAILED;
	}
	if (call->columns == 0)
		return run(link, call, statement, affected, err);
	outcome = bind(link, statement, call, err);
	if (outcome != VM_SQL_OK) {
		release(call, statement);
		return outcome;
	}
	link->current = statement;
	link->current_is_slotless = call->slot == VM_SQL_NO_SLOT;
	link->columns = call->columns;
	return VM_SQL_OK;
}

static enum vm_sql_outcome fetch(struct vm_sql_link *link, struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	const int code = sqlite3_step(link->current);

	if (code == SQLITE_DONE)
		return VM_SQL_END;
	if (code != SQLITE_ROW)
		return fail(link, code, err);
	for (unsigned int i = 0; i < link->columns; i++) {
		/* In this order: asking for the text converts, and the length is the converted one's. */
		cells[i].text = (const char *)sqlite3_column_text(link->current, (int)i);
		cells[i].length = (size_t)sqlite3_column_bytes(link->current, (int)i);
	}
	return VM_SQL_ROW;
}

static void finish(struct vm_sql_link *link)
{
	if (link->current == NULL)
		return;
	if (link->current_is_slotless)
		sqlite3_finalize(link->current);
	else
		(void)sqlite3_reset(link->current); /* says again what step has said */
	link->current = NULL;
	link->current_is_slotless = false;
}

static enum vm_sql_outcome command(struct vm_sql_link *link, const char *text, struct vm_error *err)
{
	const int code = sqlite3_exec(link->database, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? VM_SQL_OK : fail(link, code, err);
}

const struct vm_sql_driver vm_sqlite_driver = {
	.name = "sqlite",
	.dialect = VM_SQL_SQLITE,
	.create = vm_sqlite_create,
	.connect = connect_file,
	.disconnect = disconnect,
	.ping = ping,
	.execute = execute,
	.fetch = fetch,
	.finish = finish,
	.command = command,
};
