/* Replaces a file so that readers see the old or the new content, never half, also after a power cut. */
#ifndef VM_UTIL_FILE_REPLACE_H
#define VM_UTIL_FILE_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "util/status.h"

enum { VM_FILE_NAME_MAX = 255 };

/* One replacement under way. The caller holds the lock that guards the file. */
struct vm_file_replace {
	int folder; /* borrowed descriptor of the folder */
	int fd;     /* the temp file, -1 when done; write to it */
	bool sync;
	char name[VM_FILE_NAME_MAX + 1]; /* final name, one component */
	char temp[VM_FILE_NAME_MAX + 1]; /* .NAME.PID.RANDOM.tmp; vcheck removes stale ones */
};

/*
 * Creates the temp file (mode as given regardless of umask) beside `name`. The owner is the one of the file
 * that is replaced, else the folder's (only tried when running as root).
 * VM_OK, or VM_TEMPFAIL with nothing left behind.
 */
enum vm_status vm_file_replace_begin(struct vm_file_replace *replace, int folder, const char *name,
				     mode_t mode, struct vm_error *err);

/* The same without any sync; for the files of vm_file_replace_unsynced. */
enum vm_status vm_file_replace_begin_unsynced(struct vm_file_replace *replace, int folder,
					      const char *name, mode_t mode, struct vm_error *err);

/*
 * fsync, checked close, rename, fsync of the folder. On any failure before the rename the old file stands and
 * the temp file is gone. A failed folder sync after the rename is VM_TEMPFAIL: new content is visible.
 */
enum vm_status vm_file_replace_commit(struct vm_file_replace *replace, struct vm_error *err);

/*
 * Commits several replacements in one folder as one: syncs all temp files, then renames in the order given, then syncs the
 * folder once. On a failure before the first rename all old files stand; after it those renamed are visible and the
 * others are not. No temp file is left.
 */
enum vm_status vm_file_replace_commit_all(struct vm_file_replace *const *replaces, size_t count,
					  struct vm_error *err);

/* Drops the temp file; harmless after commit or a failed begin. */
void vm_file_replace_abort(struct vm_file_replace *replace);

/*
 * Was a file of this name and this time of change left by a replacement that will not end? Its process is gone from this
 * machine, or it is older than 36 hours (a process elsewhere, or another with its number).
 */
bool vm_file_replace_is_stale(const char *name, time_t changed, time_t now);

/* begin, write, commit in one call. */
enum vm_status vm_file_replace_with(int folder, const char *name, mode_t mode, const void *bytes,
				    size_t length, struct vm_error *err);

/*
 * The same without any sync, for the files whose loss is harmless (lastauth, open-smtp, tcp.smtp.cdb and
 * nothing else; the list is in docs/decisions).
 */
enum vm_status vm_file_replace_unsynced(int folder, const char *name, mode_t mode,
					const void *bytes, size_t length, struct vm_error *err);

#endif
