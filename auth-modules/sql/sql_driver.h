/*
 * What a driver of an SQL engine does, and nothing more: connect, prepare, execute, fetch, classify. Everything that is the
 * same on all engines - statements, rows, units, roles, retries - stands above it in this folder.
 */
#ifndef VM_SQL_DRIVER_H
#define VM_SQL_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/status.h"

enum { VM_SQL_PARAMETERS_MAX = 160, VM_SQL_COLUMNS_MAX = 32, VM_SQL_SLOTS_MAX = 128 };

/* Where the engines write the same thing differently; an index into each statement's texts. */
enum vm_sql_dialect { VM_SQL_MYSQL, VM_SQL_PGSQL, VM_SQL_SQLITE, VM_SQL_DIALECTS };

/*
 * What came of a call, as the engine's own error code says; a code that is in no table is VM_SQL_FAILED. err is filled
 * for all but the first three.
 */
enum vm_sql_outcome {
	VM_SQL_OK,
	VM_SQL_ROW, /* fetch: the cells hold one */
	VM_SQL_END, /* fetch: there is no other row */
	VM_SQL_DUPLICATE, /* a unique key has it already; an open transaction may have ended by this (PostgreSQL) */
	VM_SQL_CONFLICT, /* deadlock, serialization or certification failure, lock timeout: the transaction is gone and
			     nothing of it happened; it may be repeated as a whole */
	VM_SQL_AWAY, /* no connection could be made: the server is absent, starting, full, or does not answer in time */
	VM_SQL_LOST, /* the connection broke or timed out; whether the statement happened is not known */
	VM_SQL_READ_ONLY, /* this server takes no changes: a standby, or a primary that was demoted */
	VM_SQL_FORBIDDEN, /* an operator must act: wrong user or password, no such database, table or column, no right */
	VM_SQL_BAD_VALUE, /* the engine refuses a value: too long, wrong encoding */
	VM_SQL_FAILED,    /* anything else: later */
};

/* One server of a role, as the settings name it. Text is borrowed and never NULL. */
struct vm_sql_server {
	const char *host; /* a name or an address; "" when socket is set */
	const char *
		socket; /* mysql: the socket's path; pgsql: the folder it is in; "" for TCP. sqlite: "" */
	unsigned int port;                      /* 0: the engine's own */
	const char *user, *password, *database; /* sqlite: database is the path of the file */
	/*
	 * "no", "yes" (encrypted or nothing), "verify" (and the server's certificate and name); pgsql also "allow" (encrypted
	 * where the server wants nothing else), "prefer" (where it can), "authority" ("verify" but for the name).
	 */
	const char *tls;
	const char *tls_ca;                    /* PEM file of authorities, "" for the system's */
	const char *tls_certificate, *tls_key; /* of the client, "" for none */
	unsigned int connect_seconds;          /* time limits; > 0 */
	unsigned int answer_seconds;           /* of each statement's answer */
	/*
	 * pgsql: a connection to a standby is VM_SQL_READ_ONLY (target_session_attrs). mysql: a node of a Galera cluster answers
	 * when it has applied what the others had acknowledged (wsrep_sync_wait).
	 */
	bool wants_writable;
};

enum vm_sql_type { VM_SQL_NULL, VM_SQL_INTEGER, VM_SQL_TEXT };

/* A value that goes into a statement; text is borrowed, not terminated for the engine's sake, and holds no NUL. */
struct vm_sql_value {
	enum vm_sql_type type;
	int64_t integer;
	const char *text;
	size_t length;
};

/* A value that came out, as text (numbers in decimal); text == NULL for SQL's NULL. NUL-terminated, length without it. */
struct vm_sql_cell {
	const char *text;
	size_t length;
};

/*
 * One statement: constant text with a `?` for each parameter (no other `?` is ever in it, not even in a literal). slot <
 * VM_SQL_SLOTS_MAX names it: a link prepares it once and keeps it; a slot never has two texts. slot ==
 * VM_SQL_NO_SLOT: prepared for this call only.
 */
enum { VM_SQL_NO_SLOT = VM_SQL_SLOTS_MAX };

struct vm_sql_call {
	unsigned int slot;
	const char *text;
	const struct vm_sql_value *parameters;
	unsigned int parameter_count;
	unsigned int
		columns; /* of its rows, 0 for a statement without; another number from the server is VM_SQL_FAILED */
};

/* An open connection with its prepared statements; the driver's own struct. One call at a time. */
struct vm_sql_link;

struct vm_sql_driver {
	const char *name; /* "mysql", as in the settings */
	enum vm_sql_dialect dialect;
	/* Makes the database, empty and nobody else's to read, unless it is there. NULL: the operator does, at the server. */
	enum vm_status (*create)(const struct vm_sql_server *server, struct vm_error *err);
	/*
	 * Connects within server->connect_seconds. The link speaks UTF-8, has autocommit on, READ COMMITTED transactions, no
	 * backslash escapes in what is sent (nothing is), counts rows that were found rather than changed, and strict
	 * values (nothing is cut silently). VM_SQL_OK, AWAY, FORBIDDEN, READ_ONLY, FAILED.
	 */
	enum vm_sql_outcome (*connect)(const struct vm_sql_server *server, struct vm_sql_link **out,
				       struct vm_error *err);
	void (*disconnect)(
		struct vm_sql_link **link); /* nulls the caller's pointer; harmless on NULL */
	/* Is the connection still good? One round trip. OK or LOST. */
	enum vm_sql_outcome (*ping)(struct vm_sql_link *link, struct vm_error *err);
	/*
	 * Prepares where needed and executes; waits at most answer_seconds. *affected (may be NULL): rows that were inserted,
	 * deleted, or matched by an update. With columns > 0 and VM_SQL_OK rows may be fetched, and finish must be called.
	 * A link after LOST is only good for disconnect.
	 */
	enum vm_sql_outcome (*execute)(struct vm_sql_link *link, const struct vm_sql_call *call,
				       uint64_t *affected, struct vm_error *err);
	/* The next row into call->columns cells, valid until the next call of the link. ROW, END, or as execute. */
	enum vm_sql_outcome (*fetch)(struct vm_sql_link *link, struct vm_sql_cell *cells,
				     struct vm_error *err);
	void (*finish)(struct vm_sql_link
			       *link); /* drops what was not fetched; harmless without a result */
	/*
	 * A constant text without parameters and rows that is not worth preparing or cannot be: BEGIN, COMMIT, ROLLBACK, the
	 * schema's statements.
	 */
	enum vm_sql_outcome (*command)(struct vm_sql_link *link, const char *text,
				       struct vm_error *err);
};

#endif
