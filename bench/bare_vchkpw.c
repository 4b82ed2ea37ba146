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

#include <crypt.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 4096 };

static uint32_t number(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* The record's data and a NUL; false when it is not in its first slot or the file is odd. */
static int look_up(const char *file, const char *key, char *data)
{
	const size_t length = strlen(key);
	unsigned char bytes[8];
	uint32_t hash = 5381, table, slots, at, size;
	const int fd = open(file, O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < length; i++)
		hash = ((hash << 5) + hash) ^ (unsigned char)key[i];
	if (fd == -1 || pread(fd, bytes, 8, (hash & 255) * 8) != 8)
		return 0;
	table = number(bytes);
	slots = number(bytes + 4);
	for (uint32_t i = (hash >> 8) % slots;; i = (i + 1) % slots) {
		if (pread(fd, bytes, 8, table + i * 8) != 8 || number(bytes + 4) == 0)
			return 0;
		if (number(bytes) == hash)
			break;
	}
	at = number(bytes + 4);
	if (pread(fd, data, TEXT_MAX - 1, at) < 8)
		return 0;
	memcpy(bytes, data, 8);
	size = number(bytes + 4);
	if (number(bytes) != length || memcmp(data + 8, key, length) != 0 ||
	    size > TEXT_MAX - 9 - length)
		return 0;
	memmove(data, data + 8 + length, size);
	data[size] = '\0';
	close(fd);
	return 1;
}

static int read_file(const char *folder, const char *name)
{
	char path[TEXT_MAX], text[TEXT_MAX];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		got = read(fd, text, sizeof(text));
		close(fd);
	}
	return got >= 0;
}

static int note_login(void)
{
	const int fd = open("lastauth.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const int written = fd != -1 && write(fd, "192.0.2.1", 9) == 9;

	return written && close(fd) == 0 && rename("lastauth.tmp", "lastauth") == 0;
}

int main(int argc, char **argv)
{
	char login[TEXT_MAX], path[TEXT_MAX], key[TEXT_MAX], data[TEXT_MAX], folder[TEXT_MAX];
	char *password, *home, *hash, *end;
	struct crypt_data room = { .initialized = 0 };
	const ssize_t got = argc > 4 ? read(3, login, sizeof(login) - 1) : -1;
	struct stat info;

	if (got <= 0 || !read_file(argv[1], "etc/vpopmail.conf"))
		return 111;
	login[got] = '\0';
	password = login + strlen(login) + 1;
	*strchr(login, '@') = '\0';
	snprintf(path, sizeof(path), "%s/users/cdb", argv[2]);
	snprintf(key, sizeof(key), "!%s-", argv[3]);
	if (!look_up(path, key, data))
		return 111;
	end = data + strlen(data) + 1; /* real NUL uid NUL gid NUL folder */
	end += strlen(end) + 1;
	end += strlen(end) + 1;
	snprintf(folder, sizeof(folder), "%s", end);
	snprintf(path, sizeof(path), "%.2000s/vpasswd.cdb", folder);
	if (!look_up(path, login, data))
		return 111;
	(void)read_file(folder, ".qmailadmin-limits");
	(void)read_file(argv[1], "etc/vlimits.default");
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
