/*
 * The bare twin of vdelivermail on a database: delivers with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_ENGINE_vdelivermail V PLACE(5 words), the message on standard input, EXT and HOST in the environment
 *   open, read, close of V/etc/vpopmail.conf    what this installation is like
 *   connect                                     one connection
 *   three SELECTs                               the domain, an alias of this name (none), the account
 *   open of HOME/.qmail                         where the account wants its mail (absent here)
 *   read of standard input                      the message
 *   open, write, fsync, close, rename           the message, whole or not there
 *   open, fsync, close of new                   its name
 *   BEGIN, two UPDATEs, COMMIT                  what the account and the domain store, exact in both or in none
 */
#include "config.h"

#include "bare_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MESSAGE_MAX = 65536, SHARDS = 16 };

#define COUNT                                                                                    \
	"UPDATE usage_counters SET bytes = bytes + ?, messages = messages + 1 WHERE domain = ? " \
	"AND name = ? AND shard = ?"

int main(int argc, char **argv)
{
	static char message[MESSAGE_MAX];
	static bare_sql_cells cells, domain_cells, alias;
	char path[BARE_TEXT_MAX], size[32], shard[32];
	const char *const user = getenv("EXT"), *const domain = getenv("HOST");
	const char *const name[] = { user, domain }, *const reversed[] = { domain, user };
	const char *const account_count[] = { size, domain, user, "0" };
	const char *const domain_count[] = { size, domain, "", shard };
	ssize_t got;

	if (argc != 7 || user == NULL || domain == NULL ||
	    !bare_read_file(argv[1], "etc/vpopmail.conf") || !bare_sql_open(argv + 2) ||
	    !bare_sql_row(BARE_SQL_DOMAIN, reversed, 1, domain_cells))
		return 111;
	(void)bare_sql_row(BARE_SQL_ALIAS, reversed, 2, alias);
	if (!bare_sql_row(BARE_SQL_ACCOUNT, name, 2, cells))
		return 111;
	(void)bare_read_file(cells[BARE_SQL_HOME], ".qmail");
	got = read(0, message, sizeof(message));
	snprintf(path, sizeof(path), "%s/Maildir", cells[BARE_SQL_HOME]);
	snprintf(size, sizeof(size), "%zd", got);
	snprintf(shard, sizeof(shard), "%d", (int)(getpid() % SHARDS));
	if (got <= 0 || !bare_deliver(path, 0, message, (size_t)got) ||
	    !bare_sql_command("BEGIN") || !bare_sql_change(COUNT, account_count, 4) ||
	    !bare_sql_change(COUNT, domain_count, 4) || !bare_sql_command("COMMIT"))
		return 111;
	bare_sql_close();
	return 0;
}
