/* file_replace.c */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <sys/syscall.h>

#include "support.h"
#include "util/file.h"
#include "util/file_replace.h"

/* These stand before libc's. Each call is counted, and the one numbered fail_at fails. */
static int calls, fail_at;
static char trace[64]; /* s = sync, r = rename, c = close, w = write */

static bool fails(char name)
{
	const size_t length = strlen(trace);

	if (length + 1 < sizeof trace)
		trace[length] = name;
	errno = EIO;
	return fail_at != 0 && ++calls == fail_at;
}

int fsync(int fd)
{
	return fails('s') ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
	return fails('r') ? -1 : (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
}

int close(int fd)
{
	const long result = syscall(SYS_close, fd);

	return fails('c') ? -1 : (int)result;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	return fails('w') ? -1 : syscall(SYS_write, fd, bytes, length);
}

static void begin_trace(int number)
{
	memset(trace, 0, sizeof trace);
	calls = 0;
	fail_at = number;
}

static int count_entries(const struct test_folder *folder)
{
	DIR *const entries = opendir(folder->path);
	int count = 0;

	assert_non_null(entries);
	while (readdir(entries) != NULL)
		count++;
	closedir(entries);
	return count - 2;
}

static void assert_content(const struct test_folder *folder, const char *expected)
{
	char *const content = read_test_file(folder->fd, "f", NULL);

	assert_string_equal(content, expected);
	free(content);
}

static void content_and_mode_are_replaced_in_the_safe_order(void **state)
{
	const struct test_folder *const folder = *state;
	const mode_t before = umask(077);
	struct vm_error err;
	struct stat found;

	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0600, "old", 3, &err), VM_OK);
	begin_trace(0);
	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0644, "new", 3, &err), VM_OK);
	umask(before);
	assert_string_equal(trace, "wscrs");
	assert_content(folder, "new");
	assert_int_equal(fstatat(folder->fd, "f", &found, 0), 0);
	assert_int_equal(found.st_mode, S_IFREG | 0644);
	assert_int_equal(count_entries(folder), 1);
}

static void unsynced_replacement_makes_no_sync(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	begin_trace(0);
	assert_int_equal(vm_file_replace_unsynced(folder->fd, "f", 0600, "x", 1, &err), VM_OK);
	assert_string_equal(trace, "wcr");
}

static void each_failure_before_the_rename_keeps_the_old_and_leaves_nothing(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	begin_trace(0);
	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0600, "old", 3, &err), VM_OK);
	for (int number = 1; number <= 4; number++) {
		begin_trace(number);
		assert_int_equal(vm_file_replace_with(folder->fd, "f", 0600, "new", 3, &err),
				 VM_TEMPFAIL);
		assert_int_equal(err.sys_errno, EIO);
		begin_trace(0);
		assert_content(folder, "old");
		assert_int_equal(count_entries(folder), 1);
	}
	begin_trace(5);
	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0600, "new", 3, &err), VM_TEMPFAIL);
	assert_string_equal(trace, "wscrs");
	assert_non_null(strstr(err.text, "is replaced"));
	begin_trace(0);
	assert_content(folder, "new");
}

static void abort_drops_the_temp_file_and_may_come_twice_or_after_commit(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_file_replace replace;
	struct vm_error err;

	begin_trace(0);
	assert_int_equal(vm_file_replace_begin(&replace, folder->fd, "f", 0600, &err), VM_OK);
	assert_int_equal(count_entries(folder), 1);
	assert_true(strncmp(replace.temp, ".f.", 3) == 0);
	vm_file_replace_abort(&replace);
	vm_file_replace_abort(&replace);
	assert_int_equal(count_entries(folder), 0);
	assert_int_equal(vm_file_replace_commit(&replace, &err), VM_INTERNAL);
	assert_int_equal(vm_file_replace_begin(&replace, folder->fd, "f", 0600, &err), VM_OK);
	assert_int_equal(vm_file_replace_commit(&replace, &err), VM_OK);
	vm_file_replace_abort(&replace);
	assert_int_equal(count_entries(folder), 1);
}

static void names_of_every_length_that_a_folder_takes_work(void **state)
{
	const struct test_folder *const folder = *state;
	char name[VM_FILE_NAME_MAX + 2];
	struct vm_error err;

	begin_trace(0);
	memset(name, 'n', sizeof name);
	name[VM_FILE_NAME_MAX + 1] = '\0';
	assert_int_equal(vm_file_replace_with(folder->fd, name, 0600, "x", 1, &err), VM_TEMPFAIL);
	name[VM_FILE_NAME_MAX] = '\0';
	assert_int_equal(vm_file_replace_with(folder->fd, name, 0600, "x", 1, &err), VM_OK);
	assert_int_equal(vm_file_replace_with(folder->fd, "a/b", 0600, "x", 1, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_replace_with(folder->fd, "..", 0600, "x", 1, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_replace_with(folder->fd, "", 0600, "x", 1, &err), VM_TEMPFAIL);
	assert_int_equal(count_entries(folder), 1);
}

static void root_keeps_the_owner_of_the_file_or_takes_the_folders(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	struct stat found;

	begin_trace(0);
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(folder->fd, 1234, 1235), 0);
	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0640, "x", 1, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "f", &found, 0), 0);
	assert_int_equal(found.st_uid, 1234);
	assert_int_equal(found.st_gid, 1235);
	assert_int_equal(fchownat(folder->fd, "f", 4321, 4322, 0), 0);
	assert_int_equal(vm_file_replace_with(folder->fd, "f", 0640, "y", 1, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "f", &found, 0), 0);
	assert_int_equal(found.st_uid, 4321);
	assert_int_equal(found.st_gid, 4322);
}

static void a_folder_that_is_gone_is_tempfail(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	int fd = -1;

	begin_trace(0);
	assert_int_equal(mkdirat(folder->fd, "sub", 0700), 0);
	assert_int_equal(vm_file_open_folder(folder->fd, "sub", &fd, &err), VM_OK);
	assert_int_equal(unlinkat(folder->fd, "sub", AT_REMOVEDIR), 0);
	assert_int_equal(vm_file_replace_with(fd, "f", 0600, "x", 1, &err), VM_TEMPFAIL);
	vm_file_discard(&fd);
}

static void a_temp_file_is_stale_when_its_writer_is_gone_or_it_is_old(void **state)
{
	const time_t now = 1000000, old = now - 36 * 3600 - 1;
	char own[128];

	(void)state;
	(void)snprintf(own, sizeof own, ".vpasswd.%ld.0123456789abcdef.tmp", (long)getpid());
	assert_false(vm_file_replace_is_stale(own, now, now));
	assert_true(vm_file_replace_is_stale(own, old, now));
	/* No process has so high a number. */
	assert_true(vm_file_replace_is_stale(".a.b.999999999.0123456789abcdef.tmp", now, now));
	assert_false(vm_file_replace_is_stale("a.999999999.0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".a.999999999.0123456789abcdeg.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".a.999999999.0123456789abcde.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".a.99999999999.0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".a.0.0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".a.x.0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".999999999.0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".0123456789abcdef.tmp", old, now));
	assert_false(vm_file_replace_is_stale(".tmp", old, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(content_and_mode_are_replaced_in_the_safe_order),
		IN_FOLDER(unsynced_replacement_makes_no_sync),
		IN_FOLDER(each_failure_before_the_rename_keeps_the_old_and_leaves_nothing),
		IN_FOLDER(abort_drops_the_temp_file_and_may_come_twice_or_after_commit),
		IN_FOLDER(names_of_every_length_that_a_folder_takes_work),
		IN_FOLDER(root_keeps_the_owner_of_the_file_or_takes_the_folders),
		IN_FOLDER(a_folder_that_is_gone_is_tempfail),
		cmocka_unit_test(a_temp_file_is_stale_when_its_writer_is_gone_or_it_is_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
