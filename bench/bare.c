/* Reads and writes for the bare programs, with the fewest calls there can be. */
#include "config.h"

#include "bare.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CDB_FIRST_HASH = 5381, BARE_NAME_MAX = 128 };

static uint32_t number(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static uint32_t hash_of(const char *key)
{
	uint32_t hash = CDB_FIRST_HASH;

	for (; *key != '\0'; key++)
		hash = ((hash << 5) + hash) ^ (unsigned char)*key;
	return hash;
}

/* Position of the first record with that hash; 0 when there is none. */
static uint32_t find(int fd, uint32_t hash)
{
	unsigned char bytes[8];
	uint32_t table, slots;

	if (pread(fd, bytes, 8, (hash & 255) * 8) != 8)
		return 0;
	table = number(bytes);
	slots = number(bytes + 4);
	if (slots == 0)
		return 0;
	for (uint32_t i = (hash >> 8) % slots;; i = (i + 1) % slots)
		if (pread(fd, bytes, 8, table + i * 8) != 8 || number(bytes + 4) == 0 ||
		    number(bytes) == hash)
			return number(bytes + 4);
}

static int read_record(int fd, const char *key, char *data)
{
	const size_t length = strlen(key);
	const uint32_t at = find(fd, hash_of(key));
	unsigned char head[8];
	size_t size;

	if (at == 0 || pread(fd, data, BARE_TEXT_MAX - 1, at) < 8)
		return 0;
	memcpy(head, data, sizeof(head));
	size = number(head + 4);
	if (number(head) != length || memcmp(data + 8, key, length) != 0 ||
	    size > BARE_TEXT_MAX - 9 - length)
		return 0;
	memmove(data, data + 8 + length, size);
	data[size] = '\0';
	return 1;
}

int bare_look_up(const char *file, const char *key, char *data)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	int found;

	if (fd == -1)
		return 0;
	found = read_record(fd, key, data);
	close(fd);
	return found;
}

int bare_read_file(const char *folder, const char *name)
{
	char path[BARE_TEXT_MAX], text[BARE_TEXT_MAX];
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

int bare_domain_folder(const char *qmail, const char *domain, char *folder)
{
	char path[BARE_TEXT_MAX], key[BARE_TEXT_MAX], data[BARE_TEXT_MAX];
	const char *field = data;

	snprintf(path, sizeof(path), "%s/users/cdb", qmail);
	snprintf(key, sizeof(key), "!%s-", domain);
	if (!bare_look_up(path, key, data))
		return 0;
	for (int i = 0; i < 3; i++) /* real NUL uid NUL gid NUL folder */
		field += strlen(field) + 1;
	snprintf(folder, BARE_TEXT_MAX, "%s", field);
	return 1;
}

int bare_write_synced(const char *path, const char *bytes, size_t size)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return 0;
	if (write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0)
		return close(fd) == 0;
	close(fd);
	return 0;
}

int bare_sync_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int synced;

	if (fd == -1)
		return 0;
	synced = fsync(fd) == 0;
	close(fd);
	return synced;
}

int bare_deliver(const char *maildir, unsigned long number, const char *bytes, size_t size)
{
	char name[BARE_NAME_MAX], from[BARE_TEXT_MAX], to[BARE_TEXT_MAX], folder[BARE_TEXT_MAX];

	snprintf(name, sizeof(name), "1700000000.P%ldQ%lu.host,S=%zu", (long)getpid(), number,
		 size);
	snprintf(from, sizeof(from), "%.2000s/tmp/%s", maildir, name);
	snprintf(to, sizeof(to), "%.2000s/new/%s", maildir, name);
	snprintf(folder, sizeof(folder), "%.2000s/new", maildir);
	return bare_write_synced(from, bytes, size) && rename(from, to) == 0 &&
	       bare_sync_folder(folder);
}
