/*
 * The transmitted size of each message, remembered in Maildir/pop3sizes: a stored message ends its lines with LF, POP3
 * counts CRLF, so that the size is known only by reading the message once. A lost or damaged file costs time only.
 */
#ifndef VM_MTA_COMMON_POP3_POP3_SIZES_H
#define VM_MTA_COMMON_POP3_POP3_SIZES_H

#include <stddef.h>
#include <stdint.h>

#include "util/status.h"

#define VM_POP3_SIZES_NAME "pop3sizes"

/* `key` is vm_pop3_sizes_key of a base name. */
struct vm_pop3_size {
	uint64_t key;
	uint64_t octets;
};

struct vm_pop3_sizes {
	struct vm_pop3_size *items; /* sorted by key */
	size_t count;
};

uint64_t vm_pop3_sizes_key(const char *base_name, size_t length);

/* Empty when the file is absent, cut, damaged, foreign or unreadable, or memory is short: then sizes are computed. */
void vm_pop3_sizes_load(int maildir, struct vm_pop3_sizes *out);
void vm_pop3_sizes_free(struct vm_pop3_sizes *sizes);

/* Binary search; false when it is not known. */
bool vm_pop3_sizes_find(const struct vm_pop3_sizes *sizes, uint64_t key, uint64_t *octets);

/* Sorts the items and replaces the file, unsynced: its checksum tells a damaged one. */
enum vm_status vm_pop3_sizes_save(int maildir, struct vm_pop3_sizes *sizes, struct vm_error *err);

#endif
