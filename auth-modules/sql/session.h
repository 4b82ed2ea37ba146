/* A store's conversation with its database: which server, when to connect again, when to repeat, what an outcome means. */
#ifndef VM_SQL_SESSION_H
#define VM_SQL_SESSION_H

#include "servers.h"
#include "statements.h"

struct vm_sql_session {
	const struct vm_sql_driver *driver;
	struct vm_sql_servers servers;
	struct vm_sql_link *primary,
		*replica; /* NULL: not connected; replica only where reads have servers of their own */
	size_t primary_at,
		replica_at;   /* the servers of their roles that they are, or are tried first */
	int64_t primary_used; /* vm_clock_monotonic_ms of its last answer */
	int64_t replicas_rest_until; /* none of them answered lately */
	bool is_fresh;               /* reads go to the primary */
	bool in_unit;                /* a transaction is open on primary */
	bool makes_views;            /* the setting domain_views */
	bool is_imported;            /* vm_sql_is_imported() has seen it */
	bool had_conflict; /* nothing of the open transaction happened: it may be repeated */
};

/* Nothing is connected yet; `servers` moves into the session. */
void vm_sql_session_init(struct vm_sql_session *session, const struct vm_sql_driver *driver,
			 const struct vm_sql_servers *servers);
void vm_sql_session_release(struct vm_sql_session *session);

/* Connects to the primary unless it is. */
enum vm_status vm_sql_session_connect(struct vm_sql_session *session, struct vm_error *err);

/* One round trip to the primary, with one new connection when the old one broke. */
enum vm_status vm_sql_session_ping(struct vm_sql_session *session, struct vm_error *err);

/* Values of a statement. A text is refused (VM_INVALID) when it is not UTF-8. */
struct vm_sql_values {
	struct vm_sql_value items[VM_SQL_PARAMETERS_MAX];
	unsigned int count;
};

void vm_sql_add_text(struct vm_sql_values *values, const char *text);
void vm_sql_add_number(struct vm_sql_values *values, int64_t number);

/* What happens to each row; a status that is not VM_OK ends the reading and comes back. The cells are borrowed. */
struct vm_sql_reader {
	enum vm_status (*take)(void *context, const struct vm_sql_cell *cells,
			       struct vm_error *err);
	void *context;
	bool believes_absence; /* no row at a replica is as good an answer as an old row */
};

/*
 * Reads rows: inside a unit from the primary, else from a replica where there is one. No row there is asked for again at
 * the primary, for a replica may be behind. A link that broke before the first row is connected once more, and a server that
 * will not answer is left for the next of its role. *rows counts them.
 */
enum vm_status vm_sql_read(struct vm_sql_session *session, enum vm_sql_statement_id id,
			   const struct vm_sql_values *values, const struct vm_sql_reader *reader,
			   size_t *rows, struct vm_error *err);

/* For the schema: reads rows of a text without parameters from the primary, which is connected. */
enum vm_status vm_sql_query(struct vm_sql_session *session, const char *text, unsigned int columns,
			    const struct vm_sql_reader *reader, struct vm_error *err);

/* For the schema: runs a text without parameters and rows at the primary, which is connected. */
enum vm_status vm_sql_command(struct vm_sql_session *session, const char *text,
			      struct vm_error *err);

/*
 * Changes rows; alone it is a transaction of its own, which is repeated after a conflict, and goes to the next server of its
 * role where one says that it takes no changes (a demoted primary, a node that lost its cluster). *affected (may be NULL) counts the
 * rows inserted, deleted, or matched by an update. VM_EXISTS when a unique key has it already (where the statement does
 * not say ON CONFLICT). VM_TEMPFAIL "may have happened" when the connection broke: it is never sent twice.
 */
enum vm_status vm_sql_change(struct vm_sql_session *session, enum vm_sql_statement_id id,
			     const struct vm_sql_values *values, uint64_t *affected,
			     struct vm_error *err);

enum vm_status vm_sql_begin(struct vm_sql_session *session, struct vm_error *err);
enum vm_status vm_sql_commit(struct vm_sql_session *session, struct vm_error *err);
void vm_sql_rollback(struct vm_sql_session *session); /* harmless when no unit is open */

/*
 * After a unit that did not end well: true when nothing of it happened and it may be done anew as a whole, which is for the
 * round-th time (from 0). Waits a moment for those that were in the way.
 */
bool vm_sql_may_repeat(const struct vm_sql_session *session, unsigned int round);

/*
 * Runs `work` in one transaction: the open unit's, else one of its own, which is repeated as a whole after a conflict and
 * rolled back unless work answers VM_OK. work must be able to begin anew.
 */
enum vm_status vm_sql_in_unit(struct vm_sql_session *session,
			      enum vm_status (*work)(struct vm_sql_session *session, void *context,
						     struct vm_error *err),
			      void *context, struct vm_error *err);

#endif
