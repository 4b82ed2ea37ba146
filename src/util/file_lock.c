/* Exclusive file locks that give up after a while. */
#include <config.h>

#include "util/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"

/* Linux has no lock call with a deadline, and an alarm signal is not a library's to take: ask again, soon. */
enum { FIRST_PAUSE_US = 100, LONGEST_PAUSE_US = 4000 };

/* A lock file that root made must open for the owner of the folder too. */
static void give_to_folder_owner(int fd, const struct stat *file, int at)
{
	struct stat folder;

	if (geteuid() != 0 || fstatat(at, ".", &folder, 0) != 0)
		return;
	if (folder.st_uid != file->st_uid && file->st_uid == 0 && file->st_size == 0)
		(void)!fchown(fd, folder.st_uid, folder.st_gid); /* else only root can lock */
}

static enum vm_status open_lock_file(int at, const char *name, int *out, struct stat *opened,
				     struct vm_error *err)
{
	*out = openat(at, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (*out < 0)
		return vm_fail_errno(err, errno, "cannot open lock file %s", name);
	if (fstat(*out, opened) != 0)
		return vm_fail_errno(err, errno, "cannot stat lock file %s", name);
	if (!S_ISREG(opened->st_mode))
		return vm_fail(err, VM_TEMPFAIL, "lock file %s is not a plain file", name);
	give_to_folder_owner(*out, opened, at);
	return VM_OK;
}

static void pause_us(long microseconds)
{
	const struct timespec pause = { .tv_nsec = microseconds * 1000 };

	(void)nanosleep(&pause, NULL); /* woken early: we only ask earlier */
}

static enum vm_status lock_until(int fd, const char *name, int64_t deadline, struct vm_error *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	long pause = FIRST_PAUSE_US;

	while (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES)
			return vm_fail_errno(err, errno, "cannot lock %s", name);
		if (vm_clock_monotonic_ms() >= deadline)
			return vm_fail(err, VM_EXISTS, "%s is locked by another process", name);
		pause_us(pause);
		pause = pause * 2 > LONGEST_PAUSE_US ? LONGEST_PAUSE_US : pause * 2;
	}
	return VM_OK;
}

/* VM_EXISTS when the deadline passed. */
static enum vm_status take_until(struct vm_file_lock *lock, int at, const char *name,
				 int64_t deadline, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	for (;;) {
		struct stat opened = { 0 }, named = { 0 };

		status = open_lock_file(at, name, &lock->fd, &opened, err);
		if (status == VM_OK)
			status = lock_until(lock->fd, name, deadline, err);
		if (status != VM_OK)
			break;
		/* While we waited the file may have been removed and made anew: then we hold the wrong one. */
		if (fstatat(at, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    named.st_dev == opened.st_dev && named.st_ino == opened.st_ino)
			return VM_OK;
		vm_file_discard(&lock->fd);
		if (vm_clock_monotonic_ms() >= deadline + 1000)
			return vm_fail(err, VM_TEMPFAIL, "lock file %s keeps being replaced", name);
	}
	vm_file_discard(&lock->fd);
	return status;
}

enum vm_status vm_file_lock_take(struct vm_file_lock *lock, int at, const char *name,
				 struct vm_error *err)
{
	const int64_t deadline = vm_clock_monotonic_ms() + VM_LOCK_WAIT_SECONDS * 1000;
	const enum vm_status status = take_until(lock, at, name, deadline, err);

	if (status != VM_EXISTS)
		return status;
	return vm_fail(err, VM_TEMPFAIL, "%s is still locked after %d seconds", name,
		       VM_LOCK_WAIT_SECONDS);
}

enum vm_status vm_file_lock_try(struct vm_file_lock *lock, int at, const char *name,
				struct vm_error *err)
{
	return take_until(lock, at, name, vm_clock_monotonic_ms(), err);
}

enum vm_status vm_file_lock_open(struct vm_file_lock *lock, int fd, const char *name,
				 struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	lock->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (lock->fd < 0)
		return vm_fail_errno(err, errno, "cannot lock %s", name);
	status = lock_until(lock->fd, name, vm_clock_monotonic_ms(), err);
	if (status != VM_OK)
		vm_file_discard(&lock->fd);
	return status;
}

/* Closing the last descriptor of an open file description drops its lock. */
void vm_file_lock_release(struct vm_file_lock *lock)
{
	vm_file_discard(&lock->fd);
}
