/*
 * The bare twin of vadduser: adds an account with the calls that nobody can leave out, and nothing else.
 *
 * usage: bare_vadduser V Q DOMAIN USER HASH
 *   open, read, close of V/etc/vpopmail.conf    what this installation is like
 *   open, 3 preads, close of Q/users/cdb        which folder the domain has
 *   open, 2 preads, close of vpasswd.cdb        the account is not there yet
 *   open, read, close of .dir-control; a new one, synced and renamed   how many accounts each folder has
 *   5 mkdirs, 3 fsyncs of their folders         the home and its Maildir outlive a power cut before the record does
 *   open, lock, write, fsync, close of a log    the record, durable, without rewriting those that are there
 */
#include "config.h"

#include "bare.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int count_one_more(void)
{
	const char *const text = "2\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n";

	return bare_read_file(".", ".dir-control") &&
	       bare_write_synced(".dir-control.tmp", text, strlen(text)) &&
	       rename(".dir-control.tmp", ".dir-control") == 0;
}

static int make_home(const char *user)
{
	static const char *const parts[] = { "", "/Maildir", "/Maildir/cur", "/Maildir/new",
					     "/Maildir/tmp" };
	char path[BARE_TEXT_MAX];

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(path, sizeof(path), "%s%s", user, parts[i]);
		if (mkdir(path, 0700) != 0)
			return 0;
	}
	snprintf(path, sizeof(path), "%s/Maildir", user);
	return bare_sync_folder(path) && bare_sync_folder(user) && bare_sync_folder(".");
}

static int append(const char *folder, const char *user, const char *hash)
{
	char line[BARE_TEXT_MAX];
	const int fd = open(".bare.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	const int length = snprintf(line, sizeof(line), "%s:%s:1:0:%s:%.2000s/%s:NOQUOTA\n", user,
				    hash, user, folder, user);

	return fd != -1 && flock(fd, LOCK_EX) == 0 && write(fd, line, (size_t)length) == length &&
	       fsync(fd) == 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
	char folder[BARE_TEXT_MAX], path[BARE_TEXT_MAX], data[BARE_TEXT_MAX];

	if (argc != 6 || !bare_read_file(argv[1], "etc/vpopmail.conf") ||
	    !bare_domain_folder(argv[2], argv[3], folder))
		return 111;
	snprintf(path, sizeof(path), "%.2000s/vpasswd.cdb", folder);
	if (bare_look_up(path, argv[4], data) || chdir(folder) != 0 || !count_one_more() ||
	    !make_home(argv[4]) || !append(folder, argv[4], argv[5]))
		return 111;
	return 0;
}
