/* Which version of a file something was made from: dev, ino, size and mtime. */
#ifndef VM_CDB_IDENTITY_H
#define VM_CDB_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/status.h"

struct vm_identity {
	uint64_t dev, ino, size;
	int64_t seconds;
	int64_t nanoseconds;
};

struct vm_identity vm_identity_of(const struct stat *file);

/* Of a name; all zero when absent. */
enum vm_status vm_identity_read(int folder, const char *name, struct vm_identity *out,
				struct vm_error *err);

bool vm_identity_equals(const struct vm_identity *a, const struct vm_identity *b);

/* "DEV INO SIZE SECONDS NANOSECONDS" */
void vm_identity_print(const struct vm_identity *identity, struct vm_buf *out);

/* Cuts five numbers off *text, and the blank behind each. False when they are not there. */
bool vm_identity_parse(const char **text, struct vm_identity *out);

/* One decimal number and the blank, LF or end behind it. */
bool vm_identity_number(const char **text, int64_t *out);

#endif
