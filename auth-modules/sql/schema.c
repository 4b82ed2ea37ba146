/* Brings a database's tables up to what this program knows, step by step. */
#include <config.h>

#include "schema.h"

#include <string.h>

#include "backend.h"
#include "outcome.h"
#include "row.h"
#include "util/buf.h"
#include "util/clock.h"

enum { STATEMENT_MAX = 64 * 1024, APPLY_SECONDS = 24 * 60 * 60 };

static const char make_version_table[] =
	"CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL PRIMARY KEY, "
	"name VARCHAR(64) NOT NULL, applied BIGINT NOT NULL)";

static const struct vm_sql_step *find_step(enum vm_sql_dialect dialect, unsigned int number)
{
	for (size_t i = 0; i < vm_sql_step_count; i++)
		if (vm_sql_steps[i].dialect == dialect && vm_sql_steps[i].number == number)
			return &vm_sql_steps[i];
	return NULL;
}

static unsigned int newest_step(enum vm_sql_dialect dialect)
{
	unsigned int newest = 0;

	for (size_t i = 0; i < vm_sql_step_count; i++)
		if (vm_sql_steps[i].dialect == dialect && vm_sql_steps[i].number > newest)
			newest = vm_sql_steps[i].number;
	return newest;
}

static enum vm_status take_version(void *context, const struct vm_sql_cell *cells,
				   struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "schema_version" };

	*(unsigned int *)context = (unsigned int)vm_sql_row_number(&row, 0, INT32_MAX, 0);
	return row.status;
}

/* Asked at the primary: a replica may be behind. */
static enum vm_status read_version(struct vm_sql_session *session, unsigned int *out,
				   struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_version, .context = out };
	const struct vm_sql_values none = { .count = 0 };
	const bool was_fresh = session->is_fresh;
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	*out = 0;
	session->is_fresh = true;
	status = vm_sql_read(session, VM_SQL_SCHEMA_VERSION, &none, &reader, &rows, err);
	session->is_fresh = was_fresh;
	return status;
}

/* No such table, when the link itself is good, is an answer: there is nothing yet. */
static enum vm_status forgive_missing(enum vm_status status)
{
	return status == VM_MISCONFIG ? VM_OK : status;
}

enum vm_status vm_sql_schema_state(struct vm_backend *backend, struct vm_schema_state *out,
				   struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_schema_state){ .newest = newest_step(session->driver->dialect) };
	status = vm_sql_session_connect(session, err);
	if (status == VM_OK)
		status = forgive_missing(read_version(session, &out->applied, err));
	if (status == VM_OK && out->applied > 0)
		status = forgive_missing(vm_sql_is_imported(session, &out->has_domains, err));
	if (status == VM_OK && out->has_domains)
		status = vm_sql_count_domain_tables(backend, &out->tables, err);
	return status;
}

enum vm_status vm_sql_schema_each(struct vm_backend *backend,
				  enum vm_status (*call)(void *, const struct vm_schema_step *),
				  void *context, struct vm_error *err)
{
	const enum vm_sql_dialect dialect = vm_sql_session_of(backend)->driver->dialect;
	const unsigned int newest = newest_step(dialect);
	enum vm_status status = VM_OK;

	for (unsigned int number = 1; number <= newest && status == VM_OK; number++) {
		const struct vm_sql_step *const step = find_step(dialect, number);

		if (step == NULL)
			return vm_fail(err, VM_INTERNAL, "step %u is missing", number);
		status = call(context,
			      &(struct vm_schema_step){ step->number, step->name, step->text });
		if (status != VM_OK)
			vm_fail(err, status, "the listing was stopped");
	}
	return status;
}

static enum vm_status take_number(void *context, const struct vm_sql_cell *cells,
				  struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "the schema" };

	*(int64_t *)context = vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

/* The statements of a step while they are read. */
struct script {
	struct vm_sql_session *session;
	struct vm_buf statement;
	bool is_left_out; /* the next one */
};

static enum vm_status run_line(struct script *script, const char *line, size_t length,
			       struct vm_error *err)
{
	static const char unless[] = "--unless ";
	struct vm_buf *const statement = &script->statement;
	const bool is_condition = strncmp(line, unless, strlen(unless)) == 0;
	int64_t number = 0;
	const struct vm_sql_reader reader = { .take = take_number, .context = &number };
	enum vm_status status = VM_OK;

	if (!is_condition && strncmp(line, "--", 2) == 0)
		return VM_OK;
	if (is_condition)
		vm_buf_append(statement, line + strlen(unless), length - strlen(unless));
	else
		vm_buf_append(statement, line, length);
	vm_buf_append_byte(statement, '\n');
	if (!is_condition && (length == 0 || line[length - 1] != ';'))
		return VM_OK;
	status = vm_buf_check(statement, "a statement", err);
	if (status == VM_OK && is_condition) {
		status = vm_sql_query(script->session, statement->bytes, 1, &reader, err);
		script->is_left_out = number > 0;
	} else if (status == VM_OK) {
		if (!script->is_left_out)
			status = vm_sql_command(script->session, statement->bytes, err);
		script->is_left_out = false;
	}
	vm_buf_clear(statement);
	return status;
}

/* Statement after statement: lines are collected until one ends in ';'. */
static enum vm_status run_statements(struct vm_sql_session *session, const char *text,
				     struct vm_error *err)
{
	struct script script = { .session = session };
	enum vm_status status = VM_OK;

	vm_buf_init(&script.statement, STATEMENT_MAX);
	while (*text != '\0' && status == VM_OK) {
		const size_t length = strcspn(text, "\n");

		status = run_line(&script, text, length, err);
		text += length + (text[length] == '\n');
	}
	vm_buf_release(&script.statement);
	return status;
}

static enum vm_status note_version(struct vm_sql_session *session, const struct vm_sql_step *step,
				   struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	vm_sql_add_number(&values, step->number);
	vm_sql_add_text(&values, step->name);
	vm_sql_add_number(&values, vm_clock_now());
	return vm_sql_change(session, VM_SQL_SCHEMA_NOTE, &values, NULL, err);
}

static enum vm_status run_if_missing(struct vm_sql_session *session, const struct vm_sql_step *step,
				     struct vm_error *err)
{
	unsigned int version = 0;
	enum vm_status status = read_version(session, &version, err);

	if (status != VM_OK || version >= step->number) /* another vschema was faster */
		return status;
	status = run_statements(session, step->text, err);
	return status == VM_OK ? note_version(session, step, err) : status;
}

/*
 * One transaction where the engine has them for tables. MySQL commits before and after each such statement: there a step is
 * made of statements that may be run again.
 */
static enum vm_status run_step(struct vm_sql_session *session, const struct vm_sql_step *step,
			       struct vm_error *err)
{
	enum vm_status status = vm_sql_begin(session, err);

	if (status == VM_OK)
		status = run_if_missing(session, step, err);
	if (status == VM_OK)
		return vm_sql_commit(session, err);
	vm_sql_rollback(session);
	return status;
}

/* One vschema at a time, until its connection ends. In SQLite a step's transaction keeps others out. */
static enum vm_status lock_schema(struct vm_sql_session *session, struct vm_error *err)
{
	static const char *const texts[VM_SQL_DIALECTS] = {
		[VM_SQL_MYSQL] = "SELECT GET_LOCK(CONCAT('vschema.', DATABASE()), 3600)",
		[VM_SQL_PGSQL] = "SELECT COUNT(pg_advisory_lock(1986, 5))",
	};
	int64_t is_locked = 0;
	const struct vm_sql_reader reader = { .take = take_number, .context = &is_locked };
	const char *const text = texts[session->driver->dialect];
	enum vm_status status = VM_OK;

	if (text == NULL)
		return VM_OK;
	status = vm_sql_query(session, text, 1, &reader, err);
	if (status == VM_OK && is_locked != 1)
		return vm_fail(err, VM_TEMPFAIL, "another vschema is at work");
	return status;
}

/* To rebuild a table of millions of rows takes longer than other answers may. */
static enum vm_status connect_patiently(struct vm_sql_session *session, struct vm_error *err)
{
	struct vm_sql_role *const role = &session->servers.primaries;

	for (size_t i = 0; i < role->count; i++)
		role->items[i].answer_seconds = APPLY_SECONDS;
	session->driver->disconnect(&session->primary);
	return vm_sql_session_connect(session, err);
}

enum vm_status vm_sql_schema_apply(struct vm_backend *backend, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	const unsigned int newest = newest_step(session->driver->dialect);
	unsigned int version = 0;
	enum vm_status status = connect_patiently(session, err);

	if (status == VM_OK)
		status = lock_schema(session, err);
	if (status == VM_OK)
		status = vm_sql_command(session, make_version_table, err);
	if (status == VM_OK)
		status = read_version(session, &version, err);
	if (status == VM_OK && version > newest)
		return vm_fail(err, VM_DENIED,
			       "the database has schema %u, this program knows %u: use a newer one",
			       version, newest);
	while (status == VM_OK && version < newest)
		status = run_step(session, find_step(session->driver->dialect, ++version), err);
	return status;
}
