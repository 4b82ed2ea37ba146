/* Every file call of ours, checked and named. All go through libc's *at() calls so that tests can make each fail. */
#include <config.h>

#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/text.h"

enum { READ_BLOCK = 16384 };

static bool is_absent(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR;
}

static enum vm_status fail_open(struct vm_error *err, const char *verb, const char *name)
{
	const int errnum = errno;

	if (is_absent(errnum)) {
		vm_fail_errno(err, errnum, "cannot %s %s", verb, name);
		err->status = VM_NOT_FOUND;
		return VM_NOT_FOUND;
	}
	return vm_fail_errno(err, errnum, "cannot %s %s", verb, name);
}

static enum vm_status fail_exists(struct vm_error *err, const char *name)
{
	vm_fail(err, VM_EXISTS, "%s exists already", name);
	err->sys_errno = EEXIST;
	return VM_EXISTS;
}

/* O_NONBLOCK: a fifo put in the place of a file must not hold us for ever. It means nothing for plain files. */
static enum vm_status open_plain(int at, const char *name, int flags, int *out,
				 struct vm_error *err)
{
	struct stat found;
	int fd = openat(at, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);

	*out = -1;
	if (fd < 0)
		return fail_open(err, "open", name);
	if (fstat(fd, &found) != 0) {
		const int errnum = errno;

		vm_file_discard(&fd);
		return vm_fail_errno(err, errnum, "cannot stat %s", name);
	}
	if (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode)) {
		vm_file_discard(&fd);
		return vm_fail(err, VM_TEMPFAIL, "%s is not a plain file", name);
	}
	*out = fd;
	return VM_OK;
}

enum vm_status vm_file_open_read(int at, const char *name, int *out, struct vm_error *err)
{
	return open_plain(at, name, O_RDONLY, out, err);
}

enum vm_status vm_file_open_input(const char *name, int *out, struct vm_error *err)
{
	struct stat found;

	*out = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*out < 0)
		return fail_open(err, "open", name);
	if (fstat(*out, &found) == 0 && S_ISDIR(found.st_mode)) {
		vm_file_discard(out);
		return vm_fail(err, VM_TEMPFAIL, "%s is a folder", name);
	}
	return VM_OK;
}

enum vm_status vm_file_open_write(int at, const char *name, int *out, struct vm_error *err)
{
	return open_plain(at, name, O_RDWR, out, err);
}

enum vm_status vm_file_truncate(int fd, const char *name, off_t length, struct vm_error *err)
{
	while (ftruncate(fd, length) != 0)
		if (errno != EINTR)
			return vm_fail_errno(err, errno, "cannot cut %s", name);
	return VM_OK;
}

enum vm_status vm_file_create(int at, const char *name, mode_t mode, int *out, struct vm_error *err)
{
	*out = openat(at, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (*out >= 0)
		return VM_OK;
	if (errno == EEXIST)
		return fail_exists(err, name);
	return vm_fail_errno(err, errno, "cannot create %s", name);
}

enum vm_status vm_file_open_folder(int at, const char *name, int *out, struct vm_error *err)
{
	struct stat found;

	*out = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*out >= 0)
		return VM_OK;
	/* ENOTDIR is also what a symlink or a file in its place answers: something is there, so no "absent". */
	if (errno == ENOTDIR && fstatat(at, name, &found, AT_SYMLINK_NOFOLLOW) == 0)
		return vm_fail_errno(err, ENOTDIR, "cannot open folder %s", name);
	return fail_open(err, "open folder", name);
}

/* Room for a whole plain file at once: growing a large buffer copies it again and again. */
static void reserve_whole(int fd, struct vm_buf *into)
{
	struct stat file;

	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > READ_BLOCK &&
	    (size_t)file.st_size + READ_BLOCK <= into->maximum - into->length)
		(void)vm_buf_reserve(into, (size_t)file.st_size + READ_BLOCK);
}

/* How many bytes may be read at the buffer's end: what is reserved there, a block at least; 0 when it is full. */
static size_t room_at_end(struct vm_buf *into)
{
	const size_t room = into->maximum - into->length;
	const size_t block = room < READ_BLOCK ? room : READ_BLOCK;

	if (!vm_buf_reserve(into, block))
		return 0;
	return into->capacity - into->length - 1 < room ? into->capacity - into->length - 1 : room;
}

enum vm_status vm_file_read_fd(int fd, const char *name, struct vm_buf *into, struct vm_error *err)
{
	reserve_whole(fd, into);
	for (;;) {
		const size_t room = room_at_end(into);
		char probe = 0;
		ssize_t got = 0;

		if (into->failed)
			return vm_buf_check(into, name, err);
		/* Behind a full buffer one byte more is asked for, to tell "full" from "too long". */
		if (room > 0)
			got = read(fd, into->bytes + into->length, room);
		else
			got = read(fd, &probe, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return vm_fail_errno(err, errno, "cannot read %s", name);
		if (got == 0)
			return VM_OK;
		if (room == 0) {
			into->failed = true;
			return vm_buf_check(into, name, err);
		}
		into->length += (size_t)got;
		into->bytes[into->length] = '\0';
	}
}

enum vm_status vm_file_read_all(int at, const char *name, struct vm_buf *into, struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = vm_file_open_read(at, name, &fd, err);

	if (status == VM_OK)
		status = vm_file_read_fd(fd, name, into, err);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_file_write(int fd, const char *name, const void *bytes, size_t length,
			     struct vm_error *err)
{
	const char *position = bytes;

	while (length > 0) {
		const ssize_t written = write(fd, position, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return vm_fail_errno(err, written < 0 ? errno : ENOSPC, "cannot write %s",
					     name);
		position += written;
		length -= (size_t)written;
	}
	return VM_OK;
}

/* Not retried: after a failed fsync the kernel may have dropped the pages, and a second one would lie. */
enum vm_status vm_file_sync(int fd, const char *name, struct vm_error *err)
{
	if (fsync(fd) == 0)
		return VM_OK;
	return vm_fail_errno(err, errno, "cannot sync %s", name);
}

enum vm_status vm_file_sync_filesystem(int fd, const char *name, struct vm_error *err)
{
	if (syncfs(fd) == 0)
		return VM_OK;
	return vm_fail_errno(err, errno, "cannot sync the file system of %s", name);
}

enum vm_status vm_file_sync_folder(int at, const char *name, struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = vm_file_open_folder(at, name, &fd, err);

	if (status != VM_OK)
		return status;
	status = vm_file_sync(fd, name, err);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_file_sync_parent(int at, const char *name, struct vm_error *err)
{
	const char *const slash = strrchr(name, '/');
	char parent[PATH_MAX] = ".";
	enum vm_status status = VM_INTERNAL;

	if (slash != NULL && !vm_text_format(parent, sizeof parent, "%.*s",
					     slash == name ? 1 : (int)(slash - name), name))
		return vm_fail(err, VM_INVALID, "%.160s is too long", name);
	status = vm_file_sync_folder(at, parent, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		return status;
	return vm_fail_errno(err, err->sys_errno, "cannot sync the folder that holds %s", name);
}

/* EINTR of close: Linux has closed the descriptor; a second close could hit somebody else's. */
enum vm_status vm_file_close(int *fd, const char *name, struct vm_error *err)
{
	const int closing = *fd;

	*fd = -1;
	if (closing < 0 || close(closing) == 0 || errno == EINTR)
		return VM_OK;
	return vm_fail_errno(err, errno, "cannot close %s", name);
}

void vm_file_discard(int *fd)
{
	const int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* the caller has said that the result does not matter */
	*fd = -1;
	errno = saved;
}

enum vm_status vm_file_remove(int at, const char *name, struct vm_error *err)
{
	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return VM_OK;
	return vm_fail_errno(err, errno, "cannot remove %s", name);
}

enum vm_status vm_file_rename(int at, const char *from, const char *to, struct vm_error *err)
{
	if (renameat(at, from, at, to) == 0)
		return VM_OK;
	return vm_fail_errno(err, errno, "cannot rename %s to %s", from, to);
}

/* The umask may have taken bits away; the folder is opened so that a symlink put in its place is not followed. */
static enum vm_status force_folder_mode(int at, const char *name, mode_t mode, struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = vm_file_open_folder(at, name, &fd, err);

	if (status != VM_OK)
		return vm_fail(err, VM_TEMPFAIL, "folder %s went away while it was made", name);
	if (fchmod(fd, mode) != 0)
		status = vm_fail_errno(err, errno, "cannot set the mode of %s", name);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_file_make_folder(int at, const char *name, mode_t mode, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;
	struct stat made;

	if (mkdirat(at, name, mode) != 0) {
		if (errno == EEXIST)
			return fail_exists(err, name);
		return vm_fail_errno(err, errno, "cannot make folder %s", name);
	}
	if (fstatat(at, name, &made, AT_SYMLINK_NOFOLLOW) != 0)
		status = vm_fail_errno(err, errno, "cannot stat %s", name);
	else if ((made.st_mode & 07777) == mode)
		status = VM_OK;
	else
		status = force_folder_mode(at, name, mode, err);
	if (status != VM_OK)
		(void)unlinkat(at, name, AT_REMOVEDIR); /* the first error is the one to tell */
	return status;
}

enum vm_status vm_file_stat(int at, const char *name, struct stat *out, struct vm_error *err)
{
	if (fstatat(at, name, out, AT_SYMLINK_NOFOLLOW) == 0)
		return VM_OK;
	return fail_open(err, "stat", name);
}

enum vm_status vm_file_set_owner(int at, const char *name, uid_t uid, gid_t gid,
				 struct vm_error *err)
{
	struct stat found;

	if (fstatat(at, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return vm_fail_errno(err, errno, "cannot stat %s", name);
	if (found.st_uid == uid && found.st_gid == gid)
		return VM_OK;
	if (fchownat(at, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		return vm_fail_errno(err, errno, "cannot change the owner of %s", name);
	return VM_OK;
}
