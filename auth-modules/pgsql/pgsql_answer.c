/* Waits for the server's answer, no longer than the time limit, and says what it is. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "pgsql_link.h"
#include "pgsql_outcome.h"
#include "sql/outcome.h"
#include "util/clock.h"
#include "util/text.h"

/* Copies text as one line without the places in the server's source that PQERRORS_VERBOSE adds. */
static void copy_line(char *line, size_t size, const char *text)
{
	const char *const place = strstr(text, "\nLOCATION:");
	size_t length = place != NULL ? (size_t)(place - text) : strlen(text);

	while (length > 0 && strchr("\r\n \t", text[length - 1]) != NULL)
		length--;
	if (length >= size)
		length = size - 1;
	memcpy(line, text, length);
	line[length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	}
}

enum vm_sql_outcome vm_pgsql_fail(const struct vm_sql_link *link, enum vm_sql_outcome outcome,
				  const char *text, const char *sqlstate, struct vm_error *err)
{
	/* libpq begins so where it names the server itself. */
	const char *const at = vm_text_starts_with(text, "connection to server") ? "" : " at ";
	const char *const server = *at != '\0' ? link->server : "";
	char line[VM_ERROR_TEXT_MAX];

	copy_line(line, sizeof line, text);
	if (sqlstate != NULL)
		(void)vm_fail(err, vm_sql_status(outcome), "PostgreSQL%s%s: %s (%.5s)", at, server,
			      line, sqlstate); /* the outcome is what we return */
	else
		(void)vm_fail(err, vm_sql_status(outcome), "PostgreSQL%s%s: %s", at, server,
			      line); /* likewise */
	return outcome;
}

enum vm_sql_outcome vm_pgsql_lose(struct vm_sql_link *link, const char *why, struct vm_error *err)
{
	const char *const text = why != NULL ? why : PQerrorMessage(link->connection);

	link->is_lost = true;
	return vm_pgsql_fail(link, VM_SQL_LOST, *text != '\0' ? text : "the connection is lost",
			     NULL, err);
}

int64_t vm_pgsql_deadline(const struct vm_sql_link *link)
{
	return vm_clock_monotonic_ms() + link->answer_ms;
}

/* Waits until the server may be read from, or (events) written to. */
static enum vm_sql_outcome wait_for(struct vm_sql_link *link, short events, int64_t deadline,
				    struct vm_error *err)
{
	struct pollfd server = { .fd = PQsocket(link->connection), .events = events };

	for (;;) {
		const int64_t left = deadline - vm_clock_monotonic_ms();
		const int found = left > 0 ? poll(&server, 1, (int)left) : 0;

		if (found == 0)
			return vm_pgsql_lose(link, "no answer in time", err);
		if (found > 0)
			break;
		if (errno != EINTR)
			return vm_pgsql_lose(link, strerror(errno), err);
	}
	if ((server.revents & ~POLLOUT) != 0 && PQconsumeInput(link->connection) == 0)
		return vm_pgsql_lose(link, NULL, err);
	return VM_SQL_OK;
}

static enum vm_sql_outcome send_all(struct vm_sql_link *link, int64_t deadline,
				    struct vm_error *err)
{
	for (;;) {
		const int left = PQflush(link->connection);

		if (left == 0)
			return VM_SQL_OK;
		if (left < 0)
			return vm_pgsql_lose(link, NULL, err);
		/* The server may be busy sending to us; who only writes then waits forever. */
		if (wait_for(link, POLLIN | POLLOUT, deadline, err) != VM_SQL_OK)
			return VM_SQL_LOST;
	}
}

/* An error that the server sent, or that libpq put in its place: then it has no code, and the connection's end is told. */
static enum vm_sql_outcome classify(struct vm_sql_link *link, const PGresult *result,
				    struct vm_error *err)
{
	const char *const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *const text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *const severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	enum vm_sql_outcome outcome = VM_SQL_LOST;

	if (sqlstate == NULL || text == NULL)
		return vm_pgsql_lose(link, NULL, err);
	/* After FATAL the server hangs up, whatever the reason was. */
	if (severity == NULL || (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0))
		outcome = vm_pgsql_outcome(sqlstate);
	if (outcome == VM_SQL_LOST)
		link->is_lost = true;
	return vm_pgsql_fail(link, outcome, text, sqlstate, err);
}

static enum vm_sql_outcome judge(struct vm_sql_link *link, const PGresult *result,
				 struct vm_error *err)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return VM_SQL_OK;
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_FATAL_ERROR:
		return classify(link, result, err);
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_COPY_BOTH:
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
	case PGRES_PIPELINE_ABORTED:
		break;
	}
	/* No statement of ours asks for any of these, and the connection is no more in step with us. */
	return vm_pgsql_lose(link, "an answer of an unknown kind", err);
}

/* The next part of the answer, NULL in *out after the last. */
static enum vm_sql_outcome next_result(struct vm_sql_link *link, int64_t deadline, PGresult **out,
				       struct vm_error *err)
{
	*out = NULL;
	while (PQisBusy(link->connection)) {
		if (wait_for(link, POLLIN, deadline, err) != VM_SQL_OK)
			return VM_SQL_LOST;
	}
	*out = PQgetResult(link->connection);
	return VM_SQL_OK;
}

enum vm_sql_outcome vm_pgsql_answer(struct vm_sql_link *link, int sent, int64_t deadline,
				    PGresult **out, struct vm_error *err)
{
	enum vm_sql_outcome outcome = VM_SQL_OK;

	*out = NULL;
	link->is_unreplicated = false;
	if (sent != 1)
		return vm_pgsql_lose(link, NULL, err);
	if (send_all(link, deadline, err) != VM_SQL_OK)
		return VM_SQL_LOST;
	for (;;) {
		PGresult *part = NULL;

		if (next_result(link, deadline, &part, err) != VM_SQL_OK) {
			outcome = VM_SQL_LOST;
			break;
		}
		if (part == NULL)
			break;
		/* The first error is the reason; what follows it (FATAL, then the end of the connection) is not. */
		if (outcome == VM_SQL_OK) {
			PQclear(*out);
			*out = part;
			outcome = judge(link, part, err);
		} else {
			PQclear(part);
		}
		if (link->is_lost)
			break;
	}
	if (outcome == VM_SQL_OK && *out == NULL)
		outcome = vm_pgsql_lose(link, "no answer", err);
	if (outcome == VM_SQL_OK && link->is_unreplicated)
		outcome = vm_pgsql_lose(link, "committed, but perhaps not on the standby", err);
	return outcome;
}
