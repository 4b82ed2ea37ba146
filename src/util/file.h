/* Every file call of ours, with the result checked and the error named. */
#ifndef VM_UTIL_FILE_H
#define VM_UTIL_FILE_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/status.h"

/*
 * Errors: ENOENT and ENOTDIR are VM_NOT_FOUND where said so; EEXIST is VM_EXISTS; all others are
 * VM_TEMPFAIL (never a definite "no"). `name` is relative to the folder `at` (AT_FDCWD allowed).
 * Descriptors are always close-on-exec.
 */

/* Opens for reading, never following a symlink in the last component. VM_NOT_FOUND when absent. */
enum vm_status vm_file_open_read(int at, const char *name, int *out, struct vm_error *err);

/*
 * Opens for reading what the person at the shell named: links are followed, and a pipe or a device will do. A folder is
 * VM_TEMPFAIL. VM_NOT_FOUND when absent.
 */
enum vm_status vm_file_open_input(const char *name, int *out, struct vm_error *err);

/* Opens an existing plain file for reading and writing, never following a symlink. VM_NOT_FOUND when absent. */
enum vm_status vm_file_open_write(int at, const char *name, int *out, struct vm_error *err);

/* Cuts an open file to `length` bytes. */
enum vm_status vm_file_truncate(int fd, const char *name, off_t length, struct vm_error *err);

/* Creates a file that must not exist (O_EXCL, O_NOFOLLOW). VM_EXISTS when it does. */
enum vm_status vm_file_create(int at, const char *name, mode_t mode, int *out,
			      struct vm_error *err);

/* Opens a folder (O_DIRECTORY, O_NOFOLLOW). VM_NOT_FOUND when absent. */
enum vm_status vm_file_open_folder(int at, const char *name, int *out, struct vm_error *err);

/* Reads a whole file of at most into->maximum bytes, appended to into. VM_NOT_FOUND when absent. */
enum vm_status vm_file_read_all(int at, const char *name, struct vm_buf *into,
				struct vm_error *err);

/* The same from an open descriptor, from its current position to its end. */
enum vm_status vm_file_read_fd(int fd, const char *name, struct vm_buf *into, struct vm_error *err);

/* Writes all bytes, retrying short writes and EINTR. */
enum vm_status vm_file_write(int fd, const char *name, const void *bytes, size_t length,
			     struct vm_error *err);

/* fsync. */
enum vm_status vm_file_sync(int fd, const char *name, struct vm_error *err);

/* syncfs: everything on the file system that holds fd. Worth it from a few dozen new files on. */
enum vm_status vm_file_sync_filesystem(int fd, const char *name, struct vm_error *err);

/* Opens the folder, fsyncs it, closes it. */
enum vm_status vm_file_sync_folder(int at, const char *name, struct vm_error *err);

/* The same for the folder that holds NAME, which need not be there (any more); an error names NAME. */
enum vm_status vm_file_sync_parent(int at, const char *name, struct vm_error *err);

/* Closes *fd (if >= 0), sets it to -1 and reports what close said. */
enum vm_status vm_file_close(int *fd, const char *name, struct vm_error *err);

/* Closes *fd for good when its result no longer matters (read-only files, error paths). */
void vm_file_discard(int *fd);

/* unlink; absent is VM_OK. */
enum vm_status vm_file_remove(int at, const char *name, struct vm_error *err);

enum vm_status vm_file_rename(int at, const char *from, const char *to, struct vm_error *err);

/* mkdir with exactly this mode; VM_EXISTS when anything of that name exists. */
enum vm_status vm_file_make_folder(int at, const char *name, mode_t mode, struct vm_error *err);

/* lstat; VM_NOT_FOUND when absent. */
enum vm_status vm_file_stat(int at, const char *name, struct stat *out, struct vm_error *err);

/* chown without following symlinks; nothing is done when the owner is right already. */
enum vm_status vm_file_set_owner(int at, const char *name, uid_t uid, gid_t gid,
				 struct vm_error *err);

#endif
