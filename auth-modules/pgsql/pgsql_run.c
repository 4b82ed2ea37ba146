/* Runs a statement with its parameters; keeps those prepared that come again. */
#include <config.h>

#include <string.h>

#include "pgsql_link.h"
#include "pgsql_placeholders.h"
#include "sql/outcome.h"
#include "util/text.h"

enum { NAME_MAX_LENGTH = 32 };

static bool name_statement(const struct vm_sql_link *link, unsigned int slot, char *name)
{
	if (link->generation == 0)
		return vm_text_format(name, NAME_MAX_LENGTH, "s%u", slot);
	return vm_text_format(name, NAME_MAX_LENGTH, "s%u_%u", slot, link->generation);
}

/* The statement as PostgreSQL writes it. */
static enum vm_sql_outcome translate(const struct vm_sql_link *link, const struct vm_sql_call *call,
				     struct vm_buf *text, struct vm_error *err)
{
	if (vm_pgsql_number_placeholders(call->text, text) != call->parameter_count)
		return vm_pgsql_fail(link, VM_SQL_FAILED,
				     "a statement has another number of parameters", NULL, err);
	if (vm_buf_check(text, "statement", err) != VM_OK)
		return VM_SQL_FAILED;
	return VM_SQL_OK;
}

/* Parses, binds and executes in one round trip, and keeps nothing. */
static enum vm_sql_outcome run_whole(struct vm_sql_link *link, const struct vm_sql_call *call,
				     const char *const *values, PGresult **out,
				     struct vm_error *err)
{
	struct vm_buf text;
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	vm_buf_init(&text, VM_PGSQL_STATEMENT_MAX);
	outcome = translate(link, call, &text, err);
	if (outcome == VM_SQL_OK)
		outcome = vm_pgsql_answer(link,
					  PQsendQueryParams(link->connection, text.bytes,
							    (int)call->parameter_count, NULL,
							    values, NULL, NULL, 0),
					  vm_pgsql_deadline(link), out, err);
	vm_buf_release(&text);
	return outcome;
}

static enum vm_sql_outcome prepare(struct vm_sql_link *link, const struct vm_sql_call *call,
				   const char *name, int64_t deadline, PGresult **out,
				   struct vm_error *err)
{
	struct vm_buf text;
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	vm_buf_init(&text, VM_PGSQL_STATEMENT_MAX);
	outcome = translate(link, call, &text, err);
	if (outcome == VM_SQL_OK)
		outcome =
			vm_pgsql_answer(link,
					PQsendPrepare(link->connection, name, text.bytes, 0, NULL),
					deadline, out, err);
	vm_buf_release(&text);
	return outcome;
}

/* The types of parameters are the server's guess from the columns beside them: the same whatever comes first. */
static enum vm_sql_outcome run_prepared(struct vm_sql_link *link, const struct vm_sql_call *call,
					const char *const *values, PGresult **out,
					struct vm_error *err)
{
	const int64_t deadline = vm_pgsql_deadline(link);
	char name[NAME_MAX_LENGTH];

	if (!name_statement(link, call->slot, name))
		return vm_pgsql_fail(link, VM_SQL_FAILED, "no such slot", NULL, err);
	if (link->slots[call->slot] != VM_PGSQL_PREPARED) {
		const enum vm_sql_outcome outcome = prepare(link, call, name, deadline, out, err);

		if (outcome != VM_SQL_OK)
			return outcome;
		PQclear(*out);
		*out = NULL;
		link->slots[call->slot] = VM_PGSQL_PREPARED;
	}
	return vm_pgsql_answer(link,
			       PQsendQueryPrepared(link->connection, name,
						   (int)call->parameter_count, values, NULL, NULL,
						   0),
			       deadline, out, err);
}

/*
 * A prepared statement that the server refuses for what happened to it since: a column has another type now ("cached plan
 * must not change result type", 0A000), or it is gone (26000: DISCARD ALL).
 */
static bool is_stale(const struct vm_sql_link *link, const struct vm_sql_call *call,
		     const PGresult *result)
{
	const char *const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return call->slot < VM_SQL_SLOTS_MAX && link->slots[call->slot] == VM_PGSQL_PREPARED &&
	       sqlstate != NULL &&
	       (strcmp(sqlstate, "0A000") == 0 || strcmp(sqlstate, "26000") == 0);
}

/*
 * All statements are prepared anew, under names that the server never heard: it takes no DEALLOCATE in a failed
 * transaction.
 */
static void forget_statements(struct vm_sql_link *link)
{
	link->generation++;
	for (unsigned int slot = 0; slot < VM_SQL_SLOTS_MAX; slot++)
		link->slots[slot] = VM_PGSQL_NEW;
}

static enum vm_sql_outcome run_once(struct vm_sql_link *link, const struct vm_sql_call *call,
				    const char *const *values, PGresult **out, struct vm_error *err)
{
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	*out = NULL;
	if (call->slot >= VM_SQL_SLOTS_MAX)
		return run_whole(link, call, values, out, err);
	/* A program that lives for one mail uses most statements once: preparing would cost it a round trip each. */
	if (link->slots[call->slot] != VM_PGSQL_NEW)
		return run_prepared(link, call, values, out, err);
	outcome = run_whole(link, call, values, out, err);
	if (outcome == VM_SQL_OK)
		link->slots[call->slot] = VM_PGSQL_SEEN;
	return outcome;
}

enum vm_sql_outcome vm_pgsql_run(struct vm_sql_link *link, const struct vm_sql_call *call,
				 const char *const *values, PGresult **out, struct vm_error *err)
{
	const enum vm_sql_outcome outcome = run_once(link, call, values, out, err);

	if (outcome == VM_SQL_OK || link->is_lost || !is_stale(link, call, *out))
		return outcome;
	forget_statements(link);
	/* In a transaction that statement has undone all before it, so the unit must come again. */
	if (PQtransactionStatus(link->connection) != PQTRANS_IDLE)
		return vm_pgsql_fail(link, VM_SQL_CONFLICT, "the tables were changed meanwhile",
				     NULL, err);
	PQclear(*out);
	return run_once(link, call, values, out, err);
}
