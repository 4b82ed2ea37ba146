/* Exclusive locks on files, with a deadline. */
#ifndef VM_UTIL_FILE_LOCK_H
#define VM_UTIL_FILE_LOCK_H

#include "util/status.h"

enum { VM_LOCK_WAIT_SECONDS = 20 };

struct vm_file_lock {
	int fd; /* -1 when not held */
};

/*
 * Creates `name` (0600, one component, below the folder `at`) if needed and takes an OFD write lock, which
 * excludes the fcntl locks of older programs and other threads alike. Waits at most VM_LOCK_WAIT_SECONDS, then
 * VM_TEMPFAIL. The file stays when the lock is released. Order of locks: see docs/architecture.md.
 */
enum vm_status vm_file_lock_take(struct vm_file_lock *lock, int at, const char *name,
				 struct vm_error *err);

/* As take, but answers VM_EXISTS at once when someone else holds it. */
enum vm_status vm_file_lock_try(struct vm_file_lock *lock, int at, const char *name,
				struct vm_error *err);

/*
 * Locks an open file by a copy of its descriptor: the lock lives on when the caller closes his, so that a temp file can be
 * locked before it gets its name. VM_EXISTS at once when someone else holds it.
 */
enum vm_status vm_file_lock_open(struct vm_file_lock *lock, int fd, const char *name,
				 struct vm_error *err);

/* Releases; harmless when not held. */
void vm_file_lock_release(struct vm_file_lock *lock);

#endif
