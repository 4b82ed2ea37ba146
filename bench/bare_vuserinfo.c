/*
 * The bare twin of vuserinfo: shows an account with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_vuserinfo V Q DOMAIN USER
 *   open, read, close of V/etc/vpopmail.conf    what this installation is like
 *   open, 3 preads, close of Q/users/cdb        which folder the domain has
 *   open, 3 preads, close of vpasswd.cdb        the account's line
 *   open of .qmailadmin-limits and etc/vlimits.default  what the domain forbids (absent here)
 *   open, read, close of maildirsize and lastauth       what is shown of use and of the last login (absent here)
 *   write                                       the answer
 */
#include "config.h"

#include "bare.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char folder[BARE_TEXT_MAX], path[BARE_TEXT_MAX], data[BARE_TEXT_MAX];
	size_t size;

	if (argc != 5 || !bare_read_file(argv[1], "etc/vpopmail.conf") ||
	    !bare_domain_folder(argv[2], argv[3], folder))
		return 111;
	snprintf(path, sizeof(path), "%.2000s/vpasswd.cdb", folder);
	if (!bare_look_up(path, argv[4], data))
		return 111;
	(void)bare_read_file(folder, ".qmailadmin-limits");
	(void)bare_read_file(argv[1], "etc/vlimits.default");
	snprintf(path, sizeof(path), "%.2000s/%.500s", folder, argv[4]);
	(void)bare_read_file(path, "Maildir/maildirsize");
	(void)bare_read_file(path, "lastauth");
	size = strlen(data);
	return write(1, data, size) == (ssize_t)size ? 0 : 111;
}
