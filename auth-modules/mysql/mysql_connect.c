/* Connects to a server within a time limit. */
#include <config.h>

#include <errmsg.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mysql_link.h"
#include "mysql_outcome.h"
#include "mysql_watch.h"
#include "outcome.h"
#include "util/clock.h"
#include "util/text.h"

enum { MS = 1000, NO_SUCH_VARIABLE = 1193 /* ER_UNKNOWN_SYSTEM_VARIABLE */ };

enum vm_sql_outcome vm_mysql_fail(unsigned int number, const char *text, bool is_connecting,
				  struct vm_error *err)
{
	const enum vm_sql_outcome outcome = vm_mysql_outcome(number, is_connecting);

	vm_fail(err, vm_sql_status(outcome), "MySQL: %.160s (%u)", text, number);
	return outcome;
}

static const char *or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static void set_tls(MYSQL *mysql, const struct vm_sql_server *server)
{
	const my_bool yes = 1;
	const my_bool verify = strcmp(server->tls, "verify") == 0;

	if (strcmp(server->tls, "no") == 0)
		return;
	mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, or_null(server->tls_ca));
	mysql_optionsv(mysql, MYSQL_OPT_SSL_CERT, or_null(server->tls_certificate));
	mysql_optionsv(mysql, MYSQL_OPT_SSL_KEY, or_null(server->tls_key));
}

static void set_options(MYSQL *mysql, const struct vm_sql_server *server)
{
	const unsigned int no = 0, tcp = MYSQL_PROTOCOL_TCP;
	const my_bool never = 0;

	/* To the library "localhost" is the usual socket; with a port, or with TLS, TCP is meant. */
	if (server->socket[0] == '\0' && (server->port != 0 || strcmp(server->tls, "no") != 0))
		mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &tcp);

	/* Waiting in our own poll(): the library's connect limit ends with the handshake's first byte. */
	mysql_optionsv(mysql, MYSQL_OPT_NONBLOCK, NULL);
	mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &server->connect_seconds);
	mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &server->answer_seconds);
	mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &server->answer_seconds);
	mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &never);
	mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(mysql, MYSQL_REPORT_DATA_TRUNCATION, &never);
	/* A server may ask for the password itself, or for a dialogue on the terminal: never. */
	mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH,
		       "mysql_native_password,client_ed25519,caching_sha2_password");
	set_tls(mysql, server);
}

/* Waits for what the library waits for; the answer in its own bits. */
static int wait_for(MYSQL *mysql, int wanted, int64_t deadline)
{
	const int64_t left = deadline - vm_clock_monotonic_ms();
	struct pollfd descriptor = { .fd = mysql_get_socket(mysql) };
	int ready = 0;
	bool is_hung_up = false;

	if (left <= 0)
		return MYSQL_WAIT_TIMEOUT;
	descriptor.events = (short)(((wanted & MYSQL_WAIT_READ) != 0 ? POLLIN : 0) |
				    ((wanted & MYSQL_WAIT_WRITE) != 0 ? POLLOUT : 0) |
				    ((wanted & MYSQL_WAIT_EXCEPT) != 0 ? POLLPRI : 0));
	do
		ready = poll(&descriptor, 1, (int)left);
	while (ready == -1 && errno == EINTR);
	if (ready <= 0)
		return MYSQL_WAIT_TIMEOUT;
	is_hung_up = (descriptor.revents & (POLLHUP | POLLERR)) != 0;
	/* Only what was waited for; a hangup is both. */
	return wanted &
	       (((descriptor.revents & POLLIN) != 0 || is_hung_up ? MYSQL_WAIT_READ : 0) |
		((descriptor.revents & POLLOUT) != 0 || is_hung_up ? MYSQL_WAIT_WRITE : 0) |
		((descriptor.revents & POLLPRI) != 0 ? MYSQL_WAIT_EXCEPT : 0));
}

/* There is somebody at the other end: of several addresses this one is taken. */
static bool is_connected(int socket)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof peer;

	return getpeername(socket, (struct sockaddr *)&peer, &length) == 0;
}

/*
 * The library's handshake of TLS does not come back here, and waits anew for each of its parts. It is not waited for the
 * greeting: one that is there already is read, and the handshake begun, in the step that follows the connection.
 */
static void watch_handshake(struct vm_mysql_watch *watch, MYSQL *mysql,
			    const struct vm_sql_server *server, int64_t deadline)
{
	if (!watch->is_on && strcmp(server->tls, "no") != 0 &&
	    is_connected(mysql_get_socket(mysql)))
		vm_mysql_watch_begin(watch, mysql_get_socket(mysql), deadline);
}

static bool connect_in_time(MYSQL *mysql, const struct vm_sql_server *server, int64_t deadline)
{
	struct vm_mysql_watch watch = { .is_on = false };
	MYSQL *connected = NULL;
	int wanted = mysql_real_connect_start(&connected, mysql, or_null(server->host),
					      server->user, server->password, server->database,
					      server->port, or_null(server->socket),
					      CLIENT_FOUND_ROWS);

	while (wanted != 0) {
		const int ready = wait_for(mysql, wanted, deadline);

		watch_handshake(&watch, mysql, server, deadline);
		wanted = mysql_real_connect_cont(&connected, mysql, ready);
	}
	vm_mysql_watch_end(&watch);
	return connected != NULL;
}

static bool say_in_time(MYSQL *mysql, const char *text, int64_t deadline)
{
	int failed = 1;
	int wanted = mysql_real_query_start(&failed, mysql, text, strlen(text));

	while (wanted != 0)
		wanted = mysql_real_query_cont(&failed, mysql, wait_for(mysql, wanted, deadline));
	return failed == 0;
}

/*
 * Values are refused, never cut, and a backslash is one. A lock is not waited for longer than the caller waits for the
 * answer, and what nobody waits for ends in the server too, where it has such a limit (what MySQL takes for a comment).
 */
static bool set_session(MYSQL *mysql, const struct vm_sql_server *server, const char *more,
			int64_t deadline)
{
	const unsigned int seconds = server->answer_seconds > 1 ? server->answer_seconds - 1 : 1;
	char text[512];

	return vm_text_format(
		       text, sizeof text,
		       "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,"
		       "NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1, "
		       "SESSION innodb_lock_wait_timeout = %u, SESSION lock_wait_timeout = %u "
		       "/*M!100101 , SESSION max_statement_time = %u%s */",
		       seconds, seconds, server->answer_seconds, more) &&
	       say_in_time(mysql, text, deadline);
}

/*
 * A node of a Galera cluster where changes go answers reads, updates and inserts (1 + 2 + 4) only when it has applied what
 * the other nodes had acknowledged: its "no such row" is certain. A MariaDB that was built without Galera has no such variable.
 * MariaDB and MySQL call that of the level by different names; what works for both is a statement of its own.
 */
static bool prepare_link(MYSQL *mysql, const struct vm_sql_server *server, int64_t deadline)
{
	static const char level[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
	static const char maria[] = ", SESSION tx_isolation = 'READ-COMMITTED'";
	static const char galera[] = ", SESSION tx_isolation = 'READ-COMMITTED'"
				     ", SESSION wsrep_sync_wait = 7";
	bool is_set = set_session(mysql, server, server->wants_writable ? galera : maria, deadline);

	if (!is_set && mysql_errno(mysql) == NO_SUCH_VARIABLE)
		is_set = set_session(mysql, server, maria, deadline);
	return is_set && (mariadb_connection(mysql) || say_in_time(mysql, level, deadline));
}

/* The library goes on without encryption where the server has none, unless it verifies. */
static bool is_as_safe_as_said(MYSQL *mysql, const struct vm_sql_server *server)
{
	return strcmp(server->tls, "no") == 0 || mysql_get_ssl_cipher(mysql) != NULL;
}

/*
 * To the library, a handshake of TLS that did not end and a wrong certificate are one error, and the socket is closed by now:
 * only the clock and the words tell that the network failed. An unknown word is a refusal.
 */
static bool is_broken_off(MYSQL *mysql, int64_t deadline)
{
	static const char *const words[] = { "unexpected eof", "Connection reset", "Broken pipe",
					     "timed out" };
	const char *const text = mysql_error(mysql);

	if (vm_clock_monotonic_ms() >= deadline)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

static enum vm_sql_outcome make_link(MYSQL *mysql, const struct vm_sql_server *server,
				     struct vm_error *err)
{
	const int64_t deadline = vm_clock_monotonic_ms() + (int64_t)server->connect_seconds * MS;

	if (connect_in_time(mysql, server, deadline)) {
		if (!is_as_safe_as_said(mysql, server)) {
			vm_fail(err, vm_sql_status(VM_SQL_FORBIDDEN),
				"MySQL: the server does not encrypt, and tls = %s", server->tls);
			return VM_SQL_FORBIDDEN;
		}
		if (prepare_link(mysql, server, deadline))
			return VM_SQL_OK;
	}
	if (mysql_errno(mysql) == CR_SSL_CONNECTION_ERROR && is_broken_off(mysql, deadline)) {
		vm_fail(err, vm_sql_status(VM_SQL_AWAY),
			"MySQL: the handshake of TLS was broken off");
		return VM_SQL_AWAY;
	}
	return vm_mysql_fail(mysql_errno(mysql), mysql_error(mysql), true, err);
}

enum vm_sql_outcome vm_mysql_connect(const struct vm_sql_server *server, struct vm_sql_link **out,
				     struct vm_error *err)
{
	struct vm_sql_link *const link = calloc(1, sizeof *link);
	enum vm_sql_outcome outcome = VM_SQL_OK;

	*out = NULL;
	if (link == NULL || mysql_init(&link->mysql) == NULL) {
		free(link);
		vm_fail_memory(err);
		return VM_SQL_FAILED;
	}
	set_options(&link->mysql, server);
	outcome = make_link(&link->mysql, server, err);
	if (outcome == VM_SQL_OK) {
		*out = link;
		return outcome;
	}
	mysql_close(&link->mysql);
	free(link);
	return outcome;
}
