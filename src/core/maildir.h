/* Maildirs: making them, unique names, durable storing. Source: reference 4.6, qmail 4.7. */
#ifndef VM_CORE_MAILDIR_H
#define VM_CORE_MAILDIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/status.h"

enum { VM_MAILDIR_NAME_MAX = 200 };

/*
 * Makes PATH (one Maildir) with cur, new, tmp, 0700, owner uid:gid when root; parts that are there already are kept,
 * a part that is a symlink or not a folder is VM_TEMPFAIL and named. Synced when `sync`.
 */
enum vm_status vm_maildir_make(int at, const char *path, uid_t uid, gid_t gid, bool sync,
			       struct vm_error *err);

/* "TIME.M<usec>P<pid>_<seq>.HOST" (no ,S=); unique for this host. '/' and ':' of HOST are escaped. */
void vm_maildir_unique_name(char out[VM_MAILDIR_NAME_MAX + 1]);

/* One file on its way into new/. */
struct vm_maildir_file {
	int folder; /* of the Maildir, owned */
	int fd;     /* tmp/NAME; write the message to it */
	char name[VM_MAILDIR_NAME_MAX + 1];
};

/* Opens the Maildir and creates tmp/NAME (O_EXCL, 0600). VM_NOT_FOUND: no such Maildir. */
enum vm_status vm_maildir_begin(int at, const char *path, struct vm_maildir_file *file,
				struct vm_error *err);

/* fsync and close, the slow part of commit, for callers that publish under a lock. On failure the file is gone. */
enum vm_status vm_maildir_prepare(struct vm_maildir_file *file, struct vm_error *err);

/*
 * Prepares unless that was done, then rename to new/NAME,S=SIZE (the name is unique), fsync of new/. After VM_OK the
 * message survives power loss; after anything else it is not in new/. `size` is the file's size in bytes. out_name (may be NULL) gets the final name.
 */
enum vm_status vm_maildir_commit(struct vm_maildir_file *file, uint64_t size, char *out_name,
				 struct vm_error *err);

/* Removes tmp/NAME; harmless after commit or a failed begin. */
void vm_maildir_abort(struct vm_maildir_file *file);

/* The number after ",S=" of a file name; false when there is none. */
bool vm_maildir_name_size(const char *name, uint64_t *size);

/* Has the name the flag letter in its ":2," part? */
bool vm_maildir_name_has_flag(const char *name, char flag);

#endif
