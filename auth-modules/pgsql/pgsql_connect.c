/* Connects to PostgreSQL within a time limit, by what the settings say and nothing else. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgsql_link.h"
#include "pgsql_outcome.h"
#include "sql/outcome.h"
#include "util/clock.h"
#include "util/text.h"

/*
 * Where libpq finds nothing, silently. Without a name it looks below HOME for certificates and passwords, and of a
 * device it complains on stderr.
 */
#define NO_FILE "/dev/null/none"

/* What Debian's ca-certificates makes of the authorities that the system trusts. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

enum { KEYWORDS_MAX = 24, OPTIONS_MAX = 320, PORT_MAX = 12, CODE_LENGTH = 5 };

struct keywords {
	const char *names[KEYWORDS_MAX + 1];
	const char *values[KEYWORDS_MAX + 1];
	unsigned int count;
	char port[PORT_MAX];
	char options[OPTIONS_MAX];
};

/* libpq takes its default for an empty value. */
static void add(struct keywords *keywords, const char *name, const char *value)
{
	if (*value == '\0' || keywords->count == KEYWORDS_MAX)
		return;
	keywords->names[keywords->count] = name;
	keywords->values[keywords->count++] = value;
}

static const char *or_else(const char *text, const char *otherwise)
{
	return *text != '\0' ? text : otherwise;
}

static const char *mode_of(const char *tls)
{
	static const struct {
		const char *tls, *sslmode;
	} modes[] = {
		{ "allow", "allow" }, { "prefer", "prefer" },       { "yes", "require" },
		{ "no", "disable" },  { "authority", "verify-ca" },
	};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(tls, modes[i].tls) == 0)
			return modes[i].sslmode;
	return "verify-full";
}

static void add_tls(struct keywords *keywords, const struct vm_sql_server *server)
{
	const char *const mode = mode_of(server->tls);
	const bool verifies = strncmp(mode, "verify-", strlen("verify-")) == 0;

	add(keywords, "sslmode", mode);
	/* libpq verifies under "require" too when there is a file of authorities. */
	add(keywords, "sslrootcert",
	    verifies ? or_else(server->tls_ca, SYSTEM_AUTHORITIES) : NO_FILE);
	add(keywords, "sslcert", or_else(server->tls_certificate, NO_FILE));
	add(keywords, "sslkey",
	    or_else(server->tls_key, or_else(server->tls_certificate, NO_FILE)));
	add(keywords, "sslcrl", NO_FILE);
	add(keywords, "gssencmode", "disable");
}

/*
 * The server gives up waiting for a lock a little before we give up waiting for the server, so that a lock is a
 * CONFLICT, of which nothing happened, rather than a lost connection. A statement that nobody waits for ends too;
 * COMMIT itself is beyond statement_timeout's reach.
 */
static bool add_options(struct keywords *keywords, const struct vm_sql_server *server)
{
	const long long answer_ms = 1000LL * server->answer_seconds;
	const long long margin = answer_ms / 4 < 500 ? answer_ms / 4 : 500;

	if (!vm_text_format(keywords->options, sizeof keywords->options,
			    "-c default_transaction_isolation=read\\ committed"
			    " -c standard_conforming_strings=on -c datestyle=ISO,MDY"
			    " -c client_min_messages=warning"
			    " -c lock_timeout=%lld -c statement_timeout=%lld",
			    answer_ms - margin, answer_ms))
		return false;
	add(keywords, "options", keywords->options);
	return true;
}

static bool describe(struct keywords *keywords, const struct vm_sql_server *server)
{
	add(keywords, "host", *server->socket != '\0' ? server->socket : server->host);
	if (server->port != 0) {
		if (!vm_text_format(keywords->port, sizeof keywords->port, "%u", server->port))
			return false;
		add(keywords, "port", keywords->port);
	}
	add(keywords, "user", server->user);
	add(keywords, "password", server->password);
	add(keywords, "passfile", NO_FILE);
	add(keywords, "dbname", server->database);
	add(keywords, "client_encoding", "UTF8");
	add(keywords, "application_name", "virtmail");
	add(keywords, "target_session_attrs", server->wants_writable ? "read-write" : "any");
	add_tls(keywords, server);
	return add_options(keywords, server);
}

/*
 * libpq fills what no keyword says from the environment, and some of it (PGSERVICE, PGDATESTYLE, PGTZ, PGGEQO) no keyword
 * can override. A delivery runs with whatever environment the mail system has; it must not steer the store.
 */
static char **leave_environment(void)
{
	static char *nothing[] = { NULL };
	char **const saved = environ;

	environ = nothing;
	return saved;
}

static PGconn *start(const struct keywords *keywords)
{
	char **const saved = leave_environment();
	PGconn *const connection = PQconnectStartParams(keywords->names, keywords->values, 0);

	environ = saved;
	return connection;
}

static PostgresPollingStatusType proceed(PGconn *connection)
{
	char **const saved = leave_environment();
	const PostgresPollingStatusType next = PQconnectPoll(connection);

	environ = saved;
	return next;
}

/* The code in "FATAL:  28P01: password ...", the last one where several addresses were tried; NULL without one. */
static const char *code_in(const char *text)
{
	const char *found = NULL;

	for (const char *at = strstr(text, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
		const char *const code = at + strlen(":  ");

		if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == CODE_LENGTH &&
		    code[CODE_LENGTH] == ':')
			found = code;
	}
	return found;
}

/* libpq keeps no code of a failed attempt, only the text, which is in English as no program of ours sets a locale. */
static enum vm_sql_outcome classify(const struct vm_sql_link *link, struct vm_error *err)
{
	static const struct {
		const char *words;
		enum vm_sql_outcome outcome;
	} cases[] = {
		{ "session is read-only", VM_SQL_READ_ONLY },
		{ "certificate", VM_SQL_FORBIDDEN },
		{ "server does not support SSL", VM_SQL_FORBIDDEN },
		{ "no password supplied", VM_SQL_FORBIDDEN },
	};
	const char *const text = PQerrorMessage(link->connection);
	const char *const found = code_in(text);
	char code[CODE_LENGTH + 1] = "";
	enum vm_sql_outcome outcome = VM_SQL_AWAY;

	if (found != NULL) {
		memcpy(code, found, CODE_LENGTH);
		outcome = vm_pgsql_outcome(code);
		if (outcome == VM_SQL_LOST)
			outcome = VM_SQL_AWAY;
		return vm_pgsql_fail(link, outcome, text, NULL, err);
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (strstr(text, cases[i].words) != NULL)
			outcome = cases[i].outcome;
	}
	return vm_pgsql_fail(link, outcome, text, NULL, err);
}

static enum vm_sql_outcome wait_for_connection(const struct vm_sql_link *link, unsigned int seconds,
					       struct vm_error *err)
{
	const int64_t deadline = vm_clock_monotonic_ms() + INT64_C(1000) * seconds;
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	for (;;) {
		/* The socket is another one when libpq goes on to the next address. */
		struct pollfd server = { .fd = PQsocket(link->connection) };
		const int64_t left = deadline - vm_clock_monotonic_ms();
		int found = 0;

		server.events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		found = left > 0 ? poll(&server, 1, (int)left) : 0;
		if (found == 0)
			return vm_pgsql_fail(link, VM_SQL_AWAY, "no connection in time", NULL, err);
		if (found < 0 && errno != EINTR)
			return vm_pgsql_fail(link, VM_SQL_AWAY, strerror(errno), NULL, err);
		if (found < 0)
			continue;
		next = proceed(link->connection);
		if (next == PGRES_POLLING_OK)
			return VM_SQL_OK;
		if (next == PGRES_POLLING_FAILED)
			return classify(link, err);
	}
}

/*
 * libpq prints warnings on stderr unless told otherwise. They say what a statement's answer says too, but for one: a commit
 * whose wait for the synchronous standby was cancelled is no error. The text may be in any language; its place is not.
 */
static void hear_warning(void *context, const PGresult *warning)
{
	struct vm_sql_link *const link = context;
	const char *const place = PQresultErrorField(warning, PG_DIAG_SOURCE_FUNCTION);

	if (place != NULL && strcmp(place, "SyncRepWaitForLSN") == 0)
		link->is_unreplicated = true;
}

static enum vm_sql_outcome open_link(struct vm_sql_link *link, const struct vm_sql_server *server,
				     struct vm_error *err)
{
	struct keywords keywords = { .count = 0 };
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	if (!describe(&keywords, server))
		return vm_pgsql_fail(link, VM_SQL_FAILED, "a time limit is out of bounds", NULL,
				     err);
	link->connection = start(&keywords);
	if (link->connection == NULL)
		return vm_pgsql_fail(link, VM_SQL_FAILED, "out of memory", NULL, err);
	/* Before the server can refuse us: puts the code into the text. */
	(void)PQsetErrorVerbosity(link->connection, PQERRORS_VERBOSE);   /* the former one */
	(void)PQsetNoticeReceiver(link->connection, hear_warning, link); /* the former one */
	if (PQstatus(link->connection) == CONNECTION_BAD)
		return classify(link, err);
	outcome = wait_for_connection(link, server->connect_seconds, err);
	if (outcome != VM_SQL_OK)
		return outcome;
	if (PQsetnonblocking(link->connection, 1) != 0)
		return vm_pgsql_fail(link, VM_SQL_AWAY, PQerrorMessage(link->connection), NULL,
				     err);
	return VM_SQL_OK;
}

enum vm_sql_outcome vm_pgsql_connect(const struct vm_sql_server *server, struct vm_sql_link **out,
				     struct vm_error *err)
{
	enum { VALUES_MAX = 16 * 1024 * 1024 };
	struct vm_sql_link *link = calloc(1, sizeof *link);
	enum vm_sql_outcome outcome = VM_SQL_FAILED;

	*out = NULL;
	if (link == NULL) {
		(void)vm_fail_memory(err); /* the outcome is what we return */
		return VM_SQL_FAILED;
	}
	vm_buf_init(&link->values, VALUES_MAX);
	link->answer_ms = INT64_C(1000) * server->answer_seconds;
	if (!vm_text_copy(link->server, sizeof link->server,
			  *server->socket != '\0' ? server->socket : server->host))
		(void)vm_text_copy(link->server, sizeof link->server, "a long name"); /* fits */
	outcome = open_link(link, server, err);
	if (outcome == VM_SQL_OK)
		*out = link;
	else
		vm_pgsql_disconnect(&link);
	return outcome;
}

void vm_pgsql_disconnect(struct vm_sql_link **link)
{
	if (*link == NULL)
		return;
	PQclear((*link)->rows);
	PQfinish((*link)->connection);
	vm_buf_release(&(*link)->values);
	free(*link);
	*link = NULL;
}
