/* bare_sql.h by libpq. */
#include "config.h"

#include "bare_sql.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS = 16, TEXT_MAX = 1024 };

const char bare_sql_before_login[] = "SET synchronous_commit TO OFF";
const char bare_sql_login[] =
	"UPDATE lastauth SET remote_ip = ?, timestamp = ? WHERE userid = ? AND domain = ?";

static PGconn *link_to;
static struct {
	const char *text;
	char name[16];
} statements[STATEMENTS];

int bare_sql_open(char **place)
{
	link_to = PQsetdbLogin(place[0], place[1], NULL, NULL, place[4], place[2], place[3]);
	return PQstatus(link_to) == CONNECTION_OK;
}

static int is_good(PGresult *result)
{
	const ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* `?` becomes $1, $2 ... */
static void number_values(const char *text, char out[TEXT_MAX])
{
	size_t length = 0;
	int number = 0;

	for (; *text != '\0' && length < TEXT_MAX - 8; text++)
		if (*text == '?')
			length += (size_t)snprintf(out + length, 8, "$%d", ++number);
		else
			out[length++] = *text;
	out[length] = '\0';
}

static const char *prepared(const char *text, int count)
{
	char numbered[TEXT_MAX];
	PGresult *result = NULL;
	int i = 0;

	while (i < STATEMENTS && statements[i].text != NULL && statements[i].text != text)
		i++;
	if (i == STATEMENTS)
		return NULL;
	if (statements[i].text == NULL) {
		number_values(text, numbered);
		snprintf(statements[i].name, sizeof(statements[i].name), "s%d", i);
		result = PQprepare(link_to, statements[i].name, numbered, count, NULL);
		if (!is_good(result)) {
			PQclear(result);
			return NULL;
		}
		PQclear(result);
		statements[i].text = text;
	}
	return statements[i].name;
}

static PGresult *executed(const char *text, const char *const *values, int count)
{
	const char *const name = prepared(text, count);

	return name == NULL ? NULL : PQexecPrepared(link_to, name, count, values, NULL, NULL, 0);
}

int bare_sql_row(const char *statement, const char *const *values, int count, bare_sql_cells cells)
{
	PGresult *const result = executed(statement, values, count);
	const int found = result != NULL && is_good(result) && PQntuples(result) > 0;

	for (int i = 0; found && i < PQnfields(result) && i < BARE_SQL_COLUMNS; i++)
		snprintf(cells[i], sizeof(cells[i]), "%s", PQgetvalue(result, 0, i));
	PQclear(result);
	return found;
}

int bare_sql_change(const char *statement, const char *const *values, int count)
{
	PGresult *const result = executed(statement, values, count);
	const int done = result != NULL && is_good(result);

	PQclear(result);
	return done;
}

int bare_sql_command(const char *text)
{
	PGresult *const result = PQexec(link_to, text);
	const int done = is_good(result);

	PQclear(result);
	return done;
}

void bare_sql_close(void)
{
	PQfinish(link_to);
}
