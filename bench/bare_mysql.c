/* bare_sql.h by libmariadb. */
#include "config.h"

#include "bare_sql.h"

#include <mysql.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS = 16, VALUES = 8 };

const char bare_sql_before_login[] = "";
const char bare_sql_login[] =
	"UPDATE lastauth SET remote_ip = ?, timestamp = ? WHERE user = ? AND domain = ?";

static MYSQL *link_to;
static struct {
	const char *text;
	MYSQL_STMT *handle;
} statements[STATEMENTS];

int bare_sql_open(char **place)
{
	link_to = mysql_init(NULL);
	return link_to != NULL && mysql_options(link_to, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0 &&
	       mysql_real_connect(link_to, NULL, place[2], place[3], place[4], 0, place[0], 0) !=
		       NULL;
}

static MYSQL_STMT *prepared(const char *text)
{
	int i = 0;

	while (i < STATEMENTS && statements[i].text != NULL && statements[i].text != text)
		i++;
	if (i == STATEMENTS)
		return NULL;
	if (statements[i].text == NULL) {
		statements[i].handle = mysql_stmt_init(link_to);
		if (statements[i].handle == NULL ||
		    mysql_stmt_prepare(statements[i].handle, text, strlen(text)) != 0)
			return NULL;
		statements[i].text = text;
	}
	return statements[i].handle;
}

static MYSQL_STMT *executed(const char *text, const char *const *values, int count)
{
	MYSQL_STMT *const handle = prepared(text);
	MYSQL_BIND binds[VALUES] = { { .buffer = NULL } };

	if (handle == NULL || count > VALUES)
		return NULL;
	for (int i = 0; i < count; i++) {
		binds[i].buffer_type = MYSQL_TYPE_STRING;
		binds[i].buffer_length = strlen(values[i]);
		binds[i].buffer = strdup(values[i]);
	}
	if (count > 0 && mysql_stmt_bind_param(handle, binds) != 0)
		return NULL;
	if (mysql_stmt_execute(handle) != 0)
		return NULL;
	for (int i = 0; i < count; i++)
		free(binds[i].buffer);
	return handle;
}

int bare_sql_row(const char *statement, const char *const *values, int count, bare_sql_cells cells)
{
	MYSQL_STMT *const handle = executed(statement, values, count);
	MYSQL_BIND binds[BARE_SQL_COLUMNS] = { { .buffer = NULL } };
	const unsigned int columns = handle == NULL ? 0 : mysql_stmt_field_count(handle);
	unsigned long lengths[BARE_SQL_COLUMNS] = { 0 };
	int found = 0;

	if (columns == 0 || columns > BARE_SQL_COLUMNS)
		return 0;
	for (unsigned int i = 0; i < columns; i++)
		binds[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING,
					 .buffer = cells[i],
					 .buffer_length = sizeof(cells[i]) - 1,
					 .length = &lengths[i] };
	if (mysql_stmt_bind_result(handle, binds) == 0) {
		found = mysql_stmt_fetch(handle) == 0;
		for (unsigned int i = 0; found && i < columns; i++)
			cells[i][lengths[i] < 255 ? lengths[i] : 255] = '\0';
	}
	mysql_stmt_free_result(handle);
	return found;
}

int bare_sql_change(const char *statement, const char *const *values, int count)
{
	return executed(statement, values, count) != NULL;
}

int bare_sql_command(const char *text)
{
	return mysql_query(link_to, text) == 0;
}

void bare_sql_close(void)
{
	mysql_close(link_to);
}
