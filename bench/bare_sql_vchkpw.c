/*
 * The bare twin of vchkpw on a database: checks a login with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_ENGINE_vchkpw V PLACE(5 words) program..., login on descriptor 3.
 *   read of descriptor 3                     the login
 *   open, read, close of V/etc/vpopmail.conf what this installation is like
 *   connect                                  one connection
 *   three SELECTs                            the domain, the account, what the domain forbids
 *   open of etc/vlimits.default              what all domains forbid (absent here)
 *   crypt                                    the hash itself
 *   chdir and stat of the Maildir            the program runs there
 *   one UPDATE, its own commit               the last login; PostgreSQL's does not wait for the disk, as ours
 *   4 setenv, exec                           what the next program needs
 */
#include "config.h"

#include "bare_sql.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static bare_sql_cells cells, domain, limits;
	char login[BARE_TEXT_MAX];
	struct crypt_data room = { .initialized = 0 };
	const ssize_t got = argc > 7 ? read(3, login, sizeof(login) - 1) : -1;
	const char *values[4] = { NULL };
	struct stat info;
	char *at;

	if (got <= 0 || !bare_read_file(argv[1], "etc/vpopmail.conf") || !bare_sql_open(argv + 2))
		return 111;
	login[got] = '\0';
	at = strchr(login, '@');
	*at = '\0';
	values[0] = at + 1;
	if (!bare_sql_row(BARE_SQL_DOMAIN, values, 1, domain))
		return 111;
	(void)bare_sql_row(BARE_SQL_LIMITS, values, 1, limits);
	(void)bare_read_file(argv[1], "etc/vlimits.default");
	values[1] = values[0];
	values[0] = login;
	if (!bare_sql_row(BARE_SQL_ACCOUNT, values, 2, cells))
		return 111;
	if (strcmp(crypt_r(at + 1 + strlen(at + 1) + 1, cells[BARE_SQL_HASH], &room),
		   cells[BARE_SQL_HASH]) != 0)
		return 3;
	if (chdir(cells[BARE_SQL_HOME]) != 0 || stat("Maildir", &info) != 0)
		return 111;
	values[2] = values[0];
	values[3] = values[1];
	values[0] = "192.0.2.1";
	values[1] = "1700000000";
	if ((bare_sql_before_login[0] != '\0' && !bare_sql_command(bare_sql_before_login)) ||
	    !bare_sql_change(bare_sql_login, values, 4))
		return 111;
	bare_sql_close();
	setenv("USER", login, 1);
	setenv("HOME", cells[BARE_SQL_HOME], 1);
	setenv("SHELL", "NOLOGIN", 1);
	setenv("VPOPUSER", login, 1);
	execv(argv[7], argv + 7);
	return 111;
}
