/*
 * The bare twin of vdelivermail: delivers with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_vdelivermail V Q, the message on standard input, EXT and HOST in the environment
 *   open, read, close of V/etc/vpopmail.conf    what this installation is like
 *   open, 3 preads, close of Q/users/cdb        which folder the domain has
 *   open, 3 preads, close of vpasswd.cdb        the account's line
 *   open of .qmailadmin-limits and etc/vlimits.default  what the domain forbids (absent here)
 *   open of HOME/.qmail                         where the account wants its mail (absent here)
 *   read of standard input                      the message
 *   open, write, fsync, close, rename           the message, whole or not there
 *   open, fsync, close of new                   its name
 */
#include "config.h"

#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 65536, HOME_FIELD = 4 };

int main(int argc, char **argv)
{
	static char message[MESSAGE_MAX];
	char folder[BARE_TEXT_MAX], path[BARE_TEXT_MAX], data[BARE_TEXT_MAX];
	const char *const user = getenv("EXT"), *const domain = getenv("HOST");
	char *home = data;
	ssize_t got;

	if (argc != 3 || user == NULL || domain == NULL ||
	    !bare_read_file(argv[1], "etc/vpopmail.conf") ||
	    !bare_domain_folder(argv[2], domain, folder))
		return 111;
	snprintf(path, sizeof(path), "%.2000s/vpasswd.cdb", folder);
	if (!bare_look_up(path, user, data))
		return 100;
	for (int field = 0; field < HOME_FIELD; field++)
		home = strchr(home, ':') + 1;
	*strchr(home, ':') = '\0';
	(void)bare_read_file(folder, ".qmailadmin-limits");
	(void)bare_read_file(argv[1], "etc/vlimits.default");
	(void)bare_read_file(home, ".qmail");
	got = read(0, message, sizeof(message));
	snprintf(path, sizeof(path), "%.2000s/Maildir", home);
	return got > 0 && bare_deliver(path, 0, message, (size_t)got) ? 0 : 111;
}
