/* file_lock.c */
#include "config.h"

#include <sys/wait.h>

#include "support.h"
#include "util/clock.h"
#include "util/file_lock.h"

/* Time stands still unless a test says how far each look at the clock moves it. */
static int64_t now_ms, step_ms;

time_t vm_clock_now(void)
{
	return 0;
}

void vm_clock_now_precise(time_t *seconds, long *microseconds)
{
	*seconds = 0;
	*microseconds = 0;
}

int64_t vm_clock_monotonic_ms(void)
{
	return now_ms += step_ms;
}

static void a_second_lock_of_the_same_process_is_refused(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_lock first = { -1 }, second = { -1 };
	struct vm_error err;
	struct stat found;

	step_ms = 0;
	assert_int_equal(vm_file_lock_take(&first, folder->fd, ".lock", &err), VM_OK);
	assert_int_equal(vm_file_lock_try(&second, folder->fd, ".lock", &err), VM_EXISTS);
	assert_int_equal(second.fd, -1);
	vm_file_lock_release(&first);
	assert_int_equal(vm_file_lock_try(&second, folder->fd, ".lock", &err), VM_OK);
	vm_file_lock_release(&second);
	vm_file_lock_release(&second);
	assert_int_equal(fstatat(folder->fd, ".lock", &found, 0), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
}

static void a_lock_of_an_open_file_outlives_its_descriptor_and_its_rename(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_lock first = { -1 }, second = { -1 };
	struct vm_error err;
	int fd = openat(folder->fd, "temp", O_RDWR | O_CREAT, 0600);

	step_ms = 0;
	assert_true(fd >= 0);
	assert_int_equal(vm_file_lock_open(&first, fd, "temp", &err), VM_OK);
	close(fd);
	assert_int_equal(renameat(folder->fd, "temp", folder->fd, "note"), 0);
	assert_int_equal(vm_file_lock_try(&second, folder->fd, "note", &err), VM_EXISTS);
	vm_file_lock_release(&first);
	assert_int_equal(vm_file_lock_try(&second, folder->fd, "note", &err), VM_OK);
	vm_file_lock_release(&second);
}

static void waiting_ends_after_twenty_seconds(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_lock first = { -1 }, second = { -1 };
	struct vm_error err;

	step_ms = 0;
	assert_int_equal(vm_file_lock_take(&first, folder->fd, ".lock", &err), VM_OK);
	now_ms = 0;
	step_ms = 1000;
	assert_int_equal(vm_file_lock_take(&second, folder->fd, ".lock", &err), VM_TEMPFAIL);
	assert_true(now_ms >= VM_LOCK_WAIT_SECONDS * 1000);
	assert_int_equal(second.fd, -1);
	vm_file_lock_release(&first);
}

/* The classic fcntl lock of an older program, held by another process until we close the pipe. */
static void a_classic_lock_of_another_process_excludes(void **state)
{
	const struct test_folder *const folder = *state;
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct vm_file_lock lock = { -1 };
	struct vm_error err;
	int ready[2], done[2];
	char byte = 0;
	pid_t pid = -1;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	pid = fork();
	if (pid == 0) {
		const int fd = openat(folder->fd, ".lock", O_RDWR | O_CREAT, 0600);

		close(done[1]);
		if (fcntl(fd, F_SETLK, &whole) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		_exit(read(done[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	step_ms = 0;
	assert_int_equal(vm_file_lock_try(&lock, folder->fd, ".lock", &err), VM_EXISTS);
	close(done[1]);
	assert_int_equal(vm_file_lock_take(&lock, folder->fd, ".lock", &err), VM_OK);
	vm_file_lock_release(&lock);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(done[0]);
	close(ready[0]);
	close(ready[1]);
}

static void a_lock_file_that_is_a_link_or_folder_is_tempfail(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_lock lock = { -1 };
	struct vm_error err;

	assert_int_equal(symlinkat("target", folder->fd, "link"), 0);
	assert_int_equal(mkdirat(folder->fd, "folder", 0700), 0);
	assert_int_equal(mkfifoat(folder->fd, "fifo", 0600), 0);
	assert_int_equal(vm_file_lock_take(&lock, folder->fd, "link", &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_lock_take(&lock, folder->fd, "folder", &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_lock_take(&lock, folder->fd, "fifo", &err), VM_TEMPFAIL);
	assert_int_equal(lock.fd, -1);
	assert_int_equal(faccessat(folder->fd, "target", F_OK, 0), -1);
}

static void a_lock_file_made_by_root_belongs_to_the_folders_owner(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_lock lock = { -1 };
	struct vm_error err;
	struct stat found;

	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(folder->fd, 1234, 1235), 0);
	assert_int_equal(vm_file_lock_take(&lock, folder->fd, ".lock", &err), VM_OK);
	vm_file_lock_release(&lock);
	assert_int_equal(fstatat(folder->fd, ".lock", &found, 0), 0);
	assert_int_equal(found.st_uid, 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_second_lock_of_the_same_process_is_refused),
		IN_FOLDER(a_lock_of_an_open_file_outlives_its_descriptor_and_its_rename),
		IN_FOLDER(waiting_ends_after_twenty_seconds),
		IN_FOLDER(a_classic_lock_of_another_process_excludes),
		IN_FOLDER(a_lock_file_that_is_a_link_or_folder_is_tempfail),
		IN_FOLDER(a_lock_file_made_by_root_belongs_to_the_folders_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
