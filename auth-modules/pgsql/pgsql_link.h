/* A connection to PostgreSQL, and the parts of the driver that work on it. */
#ifndef VM_PGSQL_LINK_H
#define VM_PGSQL_LINK_H

#include <libpq-fe.h>

#include "sql/sql_driver.h"
#include "util/buf.h"

/* What the server knows of a slot: nothing, that it came once (and went as a whole), or a prepared statement. */
enum vm_pgsql_slot { VM_PGSQL_NEW, VM_PGSQL_SEEN, VM_PGSQL_PREPARED };

enum { VM_PGSQL_SERVER_MAX = 80 };

struct vm_sql_link {
	PGconn *connection;
	char server[VM_PGSQL_SERVER_MAX]; /* for messages */
	int64_t answer_ms;
	bool is_lost;         /* only good for disconnect */
	bool is_unreplicated; /* the answer under way: committed without the synchronous standby */
	PGresult *rows;       /* all of the open result, or NULL */
	int next_row;
	unsigned int columns;
	unsigned int
		generation; /* of the statements' names: grows when those of the server are stale */
	enum vm_pgsql_slot slots[VM_SQL_SLOTS_MAX];
	struct vm_buf values; /* the parameters' text; wiped after each use */
};

/* As the driver's connect. */
enum vm_sql_outcome vm_pgsql_connect(const struct vm_sql_server *server, struct vm_sql_link **out,
				     struct vm_error *err);

/* As the driver's disconnect. */
void vm_pgsql_disconnect(struct vm_sql_link **link);

/* Fills err for an outcome: "PostgreSQL at HOST: TEXT (SQLSTATE)" in one line; sqlstate may be NULL. */
enum vm_sql_outcome vm_pgsql_fail(const struct vm_sql_link *link, enum vm_sql_outcome outcome,
				  const char *text, const char *sqlstate, struct vm_error *err);

/* The link is of no more use: VM_SQL_LOST with libpq's words, or `why` where libpq has none to say (NULL: it has). */
enum vm_sql_outcome vm_pgsql_lose(struct vm_sql_link *link, const char *why, struct vm_error *err);

/* When an answer must be there that is asked for now. */
int64_t vm_pgsql_deadline(const struct vm_sql_link *link);

/*
 * After PQsend...(), which said `sent`: sends all, waits until the deadline for the whole answer and says what it is.
 * *out, for PQclear, is the last result when that is VM_SQL_OK, or the first that says why it is not (or NULL).
 */
enum vm_sql_outcome vm_pgsql_answer(struct vm_sql_link *link, int sent, int64_t deadline,
				    PGresult **out, struct vm_error *err);

/*
 * Executes a call whose parameters are in `values` as text; prepares where that pays. *out as vm_pgsql_answer's.
 */
enum vm_sql_outcome vm_pgsql_run(struct vm_sql_link *link, const struct vm_sql_call *call,
				 const char *const *values, PGresult **out, struct vm_error *err);

#endif
