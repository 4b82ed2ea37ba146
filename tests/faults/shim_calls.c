/* The calls of libc that the fault shim takes the place of. */
#include "config.h"

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Opening and closing */

static bool is_there(int at, const char *path)
{
	struct stat state;

	return fstatat(at, path, &state, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool takes_mode(int flags)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

static int open_any(int at, const char *path, int flags, mode_t mode)
{
	struct shim_event event = shim_event_at("open", at, path);
	long fd;

	event.needs_space = takes_mode(flags);
	event.created = takes_mode(flags) &&
			((flags & O_TMPFILE) == O_TMPFILE || !is_there(at, path));
	if (!shim_enter(&event))
		return -1;
	fd = syscall(SYS_openat, at, path, flags, mode);
	event.offset = (flags & O_TRUNC) != 0;
	event.fd = fd < 0 ? SHIM_NO_FD : (int)fd;
	return (int)shim_leave(&event, fd);
}

EXPORT int openat(int at, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (takes_mode(flags))
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_any(at, path, flags, mode);
}

EXPORT int openat64(int at, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (takes_mode(flags))
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_any(at, path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (takes_mode(flags))
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_any(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (takes_mode(flags))
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_any(AT_FDCWD, path, flags, mode);
}

EXPORT int creat(const char *path, mode_t mode)
{
	return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORT int close(int fd)
{
	struct shim_event event = shim_event_fd("close", fd);
	int error;

	if (shim_enter(&event)) {
		if (event.counted)
			event.fd = SHIM_NO_FD; /* gone when the record is written */
		return (int)shim_leave(&event, syscall(SYS_close, fd));
	}
	/* Linux closes the descriptor also when it reports an error. */
	error = errno;
	syscall(SYS_close, fd);
	errno = error;
	return -1;
}

/* Writing */

enum { HERE = -1 }; /* at the file's own position */

static ssize_t write_parts(struct shim_event *event, const struct iovec *parts, int count,
			   int64_t at)
{
	struct iovec half;
	long result;
	int error;

	event->needs_space = true;
	if (!shim_enter(event))
		return -1;
	event->parts = parts;
	event->part_count = count;
	if (shim_is_halved(event) && count > 0 && parts[0].iov_len > 1) {
		half = parts[0];
		half.iov_len /= 2;
		event->parts = &half;
		event->part_count = 1;
	}
	if (at != HERE)
		result = syscall(SYS_pwritev, event->fd, event->parts, event->part_count, at, 0);
	else
		result = syscall(SYS_writev, event->fd, event->parts, event->part_count);
	error = errno;
	event->offset = at;
	if (event->counted && at == HERE)
		event->offset = syscall(SYS_lseek, event->fd, 0, SEEK_CUR) -
				(result > 0 ? result : 0);
	errno = error;
	return shim_leave(event, result);
}

static ssize_t write_bytes(int fd, const void *bytes, size_t length, int64_t at)
{
	struct shim_event event = shim_event_fd("write", fd);
	/* An iovec serves reading and writing, so its pointer is not const. */
	const union {
		const void *in;
		void *out;
	} base = { bytes };
	const struct iovec part = { .iov_base = base.out, .iov_len = length };

	return write_parts(&event, &part, 1, at);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
	return write_bytes(fd, bytes, length, HERE);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	return write_bytes(fd, bytes, length, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
	return write_bytes(fd, bytes, length, offset);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct shim_event event = shim_event_fd("write", fd);

	return write_parts(&event, parts, count, HERE);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	struct shim_event event = shim_event_fd("write", fd);

	return write_parts(&event, parts, count, offset);
}

/* Where the copied bytes begin in the file that gets them. */
static int64_t copy_start(const struct shim_event *event, const int64_t *offset)
{
	if (!event->counted)
		return 0;
	return offset != NULL ? *offset : syscall(SYS_lseek, event->fd, 0, SEEK_CUR);
}

EXPORT ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
		      unsigned int flags)
{
	struct shim_event event = shim_event_fd("copy", out);

	event.needs_space = true;
	if (!shim_enter(&event))
		return -1;
	event.offset = copy_start(&event, out_offset);
	return shim_leave(&event,
			  syscall(SYS_splice, in, in_offset, out, out_offset, length, flags));
}

EXPORT ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset,
			       size_t length, unsigned int flags)
{
	struct shim_event event = shim_event_fd("copy", out);

	event.needs_space = true;
	if (!shim_enter(&event))
		return -1;
	event.offset = copy_start(&event, out_offset);
	return shim_leave(&event, syscall(SYS_copy_file_range, in, in_offset, out, out_offset,
					  length, flags));
}

static ssize_t send_file(int out, int in, int64_t *offset, size_t count)
{
	struct shim_event event = shim_event_fd("copy", out);

	event.needs_space = true;
	if (!shim_enter(&event))
		return -1;
	event.offset = copy_start(&event, NULL);
	return shim_leave(&event, syscall(SYS_sendfile, out, in, offset, count));
}

EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
	return send_file(out, in, offset, count);
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t count)
{
	return send_file(out, in, offset, count);
}

/* Reading: only where somebody asked for it */

static ssize_t read_bytes(int fd, void *bytes, size_t length, int64_t at)
{
	struct shim_event event = { .name = "read", .fd = fd };

	if (shim_counts_reads())
		event = shim_event_fd("read", fd);
	if (!shim_enter(&event))
		return -1;
	return shim_leave(&event, at == HERE ? syscall(SYS_read, fd, bytes, length)
					     : syscall(SYS_pread64, fd, bytes, length, at));
}

EXPORT ssize_t read(int fd, void *bytes, size_t length)
{
	return read_bytes(fd, bytes, length, HERE);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t length, off_t offset)
{
	return read_bytes(fd, bytes, length, offset);
}

EXPORT ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset)
{
	return read_bytes(fd, bytes, length, offset);
}

/* Open files */

static int sync_fd(const char *name, long call, int fd)
{
	struct shim_event event = shim_event_fd(name, fd);

	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(call, fd));
}

EXPORT int fsync(int fd)
{
	return sync_fd("fsync", SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
	return sync_fd("fdatasync", SYS_fdatasync, fd);
}

EXPORT int syncfs(int fd)
{
	return sync_fd("syncfs", SYS_syncfs, fd);
}

static int truncate_fd(int fd, int64_t length)
{
	struct shim_event event = shim_event_fd("truncate", fd);

	event.offset = length;
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_ftruncate, fd, length));
}

EXPORT int ftruncate(int fd, off_t length)
{
	return truncate_fd(fd, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
	return truncate_fd(fd, length);
}

EXPORT int fchmod(int fd, mode_t mode)
{
	struct shim_event event = shim_event_fd("chmod", fd);

	event.offset = mode;
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_fchmod, fd, mode));
}

EXPORT int fchown(int fd, uid_t uid, gid_t gid)
{
	struct shim_event event = shim_event_fd("chown", fd);

	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_fchown, fd, uid, gid));
}

/* Names */

EXPORT int mkdirat(int at, const char *path, mode_t mode)
{
	struct shim_event event = shim_event_at("mkdir", at, path);

	event.needs_space = true;
	event.created = true;
	event.offset = mode;
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_mkdirat, at, path, mode));
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

EXPORT int renameat2(int at, const char *from, int to_at, const char *to, unsigned int flags)
{
	struct shim_event event = shim_event_at("rename", at, from);

	shim_other_name(&event, to_at, to);
	event.offset = flags;
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_renameat2, at, from, to_at, to, flags));
}

EXPORT int renameat(int at, const char *from, int to_at, const char *to)
{
	return renameat2(at, from, to_at, to, 0);
}

EXPORT int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int linkat(int at, const char *from, int to_at, const char *to, int flags)
{
	struct shim_event event = shim_event_at("link", at, from);

	shim_other_name(&event, to_at, to);
	event.needs_space = true;
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_linkat, at, from, to_at, to, flags));
}

EXPORT int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int symlinkat(const char *text, int at, const char *path)
{
	struct shim_event event = shim_event_at("symlink", at, path);

	event.needs_space = true;
	event.created = true;
	if (!shim_enter(&event))
		return -1;
	/* The "=" keeps an absolute text from being taken for a second name. */
	snprintf(event.other, sizeof event.other, "=%s", text);
	return (int)shim_leave(&event, syscall(SYS_symlinkat, text, at, path));
}

EXPORT int symlink(const char *text, const char *path)
{
	return symlinkat(text, AT_FDCWD, path);
}

EXPORT int unlinkat(int at, const char *path, int flags)
{
	const char *name = (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink";
	struct shim_event event = shim_event_at(name, at, path);

	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_unlinkat, at, path, flags));
}

EXPORT int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int fchownat(int at, const char *path, uid_t uid, gid_t gid, int flags)
{
	struct shim_event event = shim_event_at("chown", at, path);

	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_fchownat, at, path, uid, gid, flags));
}

EXPORT int chown(const char *path, uid_t uid, gid_t gid)
{
	return fchownat(AT_FDCWD, path, uid, gid, 0);
}

EXPORT int lchown(const char *path, uid_t uid, gid_t gid)
{
	return fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

/* The kernels of Debian 12 have no fchmodat with flags; ours never asks for one. */
EXPORT int fchmodat(int at, const char *path, mode_t mode, int flags)
{
	struct shim_event event = shim_event_at("chmod", at, path);

	event.offset = mode;
	if (flags != 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!shim_enter(&event))
		return -1;
	return (int)shim_leave(&event, syscall(SYS_fchmodat, at, path, mode));
}

EXPORT int chmod(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, 0);
}
