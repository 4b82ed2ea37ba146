/*
 * The bare twin of vchkpw: checks a login with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_vchkpw V Q DOMAIN program..., login on descriptor 3.
 *   read of descriptor 3                     the login
 *   open, read, close of V/etc/vpopmail.conf  what this installation is like
 *   open, 3 preads, close of Q/users/cdb      which folder the domain has
 *   open, 3 preads, close of vpasswd.cdb      the account's line
 *   open of .qmailadmin-limits and etc/vlimits.default  what the domain forbids (absent here)
 *   crypt                                    the hash itself
 *   chdir and stat of the Maildir            the program runs there
 *   open, write, close, rename               the last login, old or new but never half
 *   4 setenv, exec                           what the next program needs
 */
#include "config.h"

#include "bare.h"

#include <crypt.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int note_login(void)
{
	const int fd = open("lastauth.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const int written = fd != -1 && write(fd, "192.0.2.1", 9) == 9;

	return written && close(fd) == 0 && rename("lastauth.tmp", "lastauth") == 0;
}

int main(int argc, char **argv)
{
	char login[BARE_TEXT_MAX], path[BARE_TEXT_MAX], data[BARE_TEXT_MAX], folder[BARE_TEXT_MAX];
	char *password, *home, *hash, *end;
	struct crypt_data room = { .initialized = 0 };
	const ssize_t got = argc > 4 ? read(3, login, sizeof(login) - 1) : -1;
	struct stat info;

	if (got <= 0 || !bare_read_file(argv[1], "etc/vpopmail.conf"))
		return 111;
	login[got] = '\0';
	password = login + strlen(login) + 1;
	*strchr(login, '@') = '\0';
	if (!bare_domain_folder(argv[2], argv[3], folder))
		return 111;
	snprintf(path, sizeof(path), "%.2000s/vpasswd.cdb", folder);
	if (!bare_look_up(path, login, data))
		return 111;
	(void)bare_read_file(folder, ".qmailadmin-limits");
	(void)bare_read_file(argv[1], "etc/vlimits.default");
	hash = data;
	end = strchr(hash, ':');
	*end++ = '\0';
	if (strcmp(crypt_r(password, hash, &room), hash) != 0)
		return 3;
	for (int field = 0; field < 3; field++)
		end = strchr(end, ':') + 1;
	home = end;
	*strchr(home, ':') = '\0';
	if (chdir(home) != 0 || stat("Maildir", &info) != 0 || !note_login())
		return 111;
	setenv("USER", login, 1);
	setenv("HOME", home, 1);
	setenv("SHELL", "NOLOGIN", 1);
	setenv("VPOPUSER", login, 1);
	execv(argv[4], argv + 4);
	return 111;
}
