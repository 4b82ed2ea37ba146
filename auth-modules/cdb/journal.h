/*
 * The journal of a domain: checksummed records, each one change set, appended and synced. See vpasswd(5).
 *
 * A record is "VJ1 OFFSET8 LENGTH8 SUM16\n" (lower-case hex: its place in the file, the bytes that follow, the FNV-1a 64
 * of the header before the sum and of those bytes), then lines "LETTER NAME[:FIELDS]\n". A journal is only ever
 * appended to; it goes whole, by unlink, once the level below holds it.
 */
#ifndef VM_CDB_JOURNAL_H
#define VM_CDB_JOURNAL_H

#include "changes.h"
#include "util/buf.h"
#include "util/status.h"

#define VM_JOURNAL_NAME ".vpasswd.journal"

enum {
	VM_JOURNAL_FULL = 32 * 1024, /* from here on it is folded; also the longest record */
	VM_JOURNAL_MAX = 64 * 1024,  /* no append passes this */
	VM_JOURNAL_HEADER = 39,
};

/*
 * Calls `each` for every change of every whole record, oldest first; *end is behind the last whole record. A torn tail is
 * no error. VM_TEMPFAIL when a bad record has a good one behind it or is longer than any, or what each answered.
 */
enum vm_status vm_journal_walk(const char *bytes, size_t length, size_t *end,
			       enum vm_status (*each)(void *, const struct vm_change *,
						      struct vm_error *),
			       void *context, struct vm_error *err);

/* All of it into a set. */
enum vm_status vm_journal_load(const char *bytes, size_t length, size_t *end,
			       struct vm_changes *changes, struct vm_error *err);

/* The youngest word on one name: VM_OK and *out (its texts lie in bytes), or VM_NOT_FOUND. */
enum vm_status vm_journal_find(const char *bytes, size_t length, const char *user,
			       struct vm_change *out, struct vm_error *err);

/* Appends to `out` the record of a set for this place of the file. */
enum vm_status vm_journal_print(const struct vm_changes *changes, size_t offset, struct vm_buf *out,
				struct vm_error *err);

/* Reads the file; absent is VM_OK with nothing. */
enum vm_status vm_journal_read(int folder, struct vm_buf *out, struct vm_error *err);

/*
 * Cuts the file to `end` and writes the record there, synced; creates the file when end is 0. After a failure the file is
 * as long as `end` again. The caller holds the lock of the domain.
 */
enum vm_status vm_journal_append(int folder, size_t end, const struct vm_buf *record,
				 struct vm_error *err);

#endif
