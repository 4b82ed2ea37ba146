/* Remembers the transmitted sizes of a Maildir's messages. */
#include "config.h"

#include "mta/common/pop3/pop3_sizes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "util/file_replace.h"

/* In the machine's byte order: another machine's file has another magic number and is not used. */
static const uint64_t magic = 0x3153455a49535056;

enum { COUNT_MAX = 4 * 1024 * 1024 };

struct header {
	uint64_t magic, count, checksum;
};

static uint64_t fnv1a(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return hash;
}

uint64_t vm_pop3_sizes_key(const char *base_name, size_t length)
{
	return fnv1a(0xcbf29ce484222325, base_name, length);
}

static uint64_t checksum(const struct vm_pop3_size *items, size_t count)
{
	uint64_t sum = 0xcbf29ce484222325 + count;

	for (size_t i = 0; i < count; i++) {
		sum = (sum ^ items[i].key) * 0x100000001b3;
		sum = (sum ^ items[i].octets) * 0x100000001b3;
	}
	return sum;
}

static bool read_whole(int fd, void *into, size_t length)
{
	char *at = into;

	while (length > 0) {
		const ssize_t got = read(fd, at, length);

		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

void vm_pop3_sizes_load(int maildir, struct vm_pop3_sizes *out)
{
	struct header header;
	struct vm_error err;
	struct stat info;
	size_t bytes;
	int fd = -1;

	*out = (struct vm_pop3_sizes){ NULL, 0 };
	if (vm_file_open_read(maildir, VM_POP3_SIZES_NAME, &fd, &err) != VM_OK)
		return;
	if (fstat(fd, &info) != 0 || !read_whole(fd, &header, sizeof(header)) ||
	    header.magic != magic || header.count == 0 || header.count > COUNT_MAX)
		goto out;
	bytes = (size_t)header.count * sizeof(struct vm_pop3_size);
	if ((uint64_t)info.st_size != sizeof(header) + bytes)
		goto out;
	out->items = malloc(bytes);
	if (out->items == NULL)
		goto out;
	out->count = (size_t)header.count;
	if (!read_whole(fd, out->items, bytes) ||
	    checksum(out->items, out->count) != header.checksum)
		vm_pop3_sizes_free(out);
out:
	vm_file_discard(&fd);
}

void vm_pop3_sizes_free(struct vm_pop3_sizes *sizes)
{
	free(sizes->items);
	*sizes = (struct vm_pop3_sizes){ NULL, 0 };
}

static int compare_keys(const void *a, const void *b)
{
	const struct vm_pop3_size *left = a, *right = b;

	return left->key < right->key ? -1 : left->key > right->key;
}

bool vm_pop3_sizes_find(const struct vm_pop3_sizes *sizes, uint64_t key, uint64_t *octets)
{
	const struct vm_pop3_size wanted = { key, 0 };
	const struct vm_pop3_size *found;

	if (sizes->count == 0)
		return false;
	found = bsearch(&wanted, sizes->items, sizes->count, sizeof(wanted), compare_keys);
	if (found != NULL)
		*octets = found->octets;
	return found != NULL;
}

enum vm_status vm_pop3_sizes_save(int maildir, struct vm_pop3_sizes *sizes, struct vm_error *err)
{
	const size_t bytes = sizes->count * sizeof(struct vm_pop3_size);
	struct header header = { magic, sizes->count, 0 };
	enum vm_status status;
	char *text;

	if (sizes->count > COUNT_MAX)
		return vm_fail(err, VM_LIMIT, "too many messages to remember their sizes");
	if (sizes->count > 0)
		qsort(sizes->items, sizes->count, sizeof(*sizes->items), compare_keys);
	header.checksum = checksum(sizes->items, sizes->count);
	text = malloc(sizeof(header) + bytes);
	if (text == NULL)
		return vm_fail_memory(err);
	memcpy(text, &header, sizeof(header));
	if (bytes > 0)
		memcpy(text + sizeof(header), sizes->items, bytes);
	status = vm_file_replace_unsynced(maildir, VM_POP3_SIZES_NAME, 0600, text,
					  sizeof(header) + bytes, err);
	free(text);
	return status;
}
