/* file.c */
#include "config.h"

#include <errno.h>
#include <sys/syscall.h>

#include "support.h"
#include "util/file.h"
#include "util/text.h"

/* These stand before libc's: the next call of the named kind fails, or takes but one byte. */
static bool write_is_short, close_fails, sync_fails;

ssize_t write(int fd, const void *bytes, size_t length)
{
	return syscall(SYS_write, fd, bytes, write_is_short && length > 1 ? 1 : length);
}

int close(int fd)
{
	const long result = syscall(SYS_close, fd);

	if (!close_fails)
		return (int)result;
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	if (!sync_fails)
		return (int)syscall(SYS_fsync, fd);
	errno = EIO;
	return -1;
}

static void absent_files_and_folders_are_not_found(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	struct stat found;
	int fd = 7;

	assert_int_equal(vm_file_open_read(folder->fd, "no", &fd, &err), VM_NOT_FOUND);
	assert_int_equal(fd, -1);
	assert_int_equal(err.status, VM_NOT_FOUND);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_int_equal(vm_file_open_folder(folder->fd, "no", &fd, &err), VM_NOT_FOUND);
	assert_int_equal(vm_file_stat(folder->fd, "no/no", &found, &err), VM_NOT_FOUND);
	assert_int_equal(vm_file_remove(folder->fd, "no", &err), VM_OK);
	assert_int_equal(vm_file_rename(folder->fd, "no", "yes", &err), VM_TEMPFAIL);
}

static void symlinks_fifos_and_folders_are_not_read(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	int fd = -1;

	write_test_file(folder->fd, "file", "x", 1);
	assert_int_equal(symlinkat("file", folder->fd, "link"), 0);
	assert_int_equal(symlinkat(".", folder->fd, "folderlink"), 0);
	assert_int_equal(mkfifoat(folder->fd, "fifo", 0600), 0);
	assert_int_equal(mkdirat(folder->fd, "folder", 0700), 0);
	assert_int_equal(vm_file_open_read(folder->fd, "link", &fd, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_open_read(folder->fd, "fifo", &fd, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_open_read(folder->fd, "folder", &fd, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_open_folder(folder->fd, "folderlink", &fd, &err), VM_TEMPFAIL);
	assert_int_equal(vm_file_open_folder(folder->fd, "file", &fd, &err), VM_TEMPFAIL);
	assert_int_equal(fd, -1);
}

static void what_a_person_names_may_be_a_link_or_a_device(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	char path[512];
	int fd = -1;

	assert_true(vm_text_format(path, sizeof path, "%s/link", folder->path));
	assert_int_equal(symlinkat("/dev/null", folder->fd, "link"), 0);
	assert_int_equal(vm_file_open_input(path, &fd, &err), VM_OK);
	vm_file_discard(&fd);
	assert_int_equal(vm_file_open_input(folder->path, &fd, &err), VM_TEMPFAIL);
	assert_int_equal(fd, -1);
	assert_int_equal(vm_file_open_input("/nonexistent/file", &fd, &err), VM_NOT_FOUND);
}

static void create_refuses_what_exists_even_a_dangling_link(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	int fd = -1;

	assert_int_equal(vm_file_create(folder->fd, "new", 0600, &fd, &err), VM_OK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(vm_file_close(&fd, "new", &err), VM_OK);
	assert_int_equal(vm_file_create(folder->fd, "new", 0600, &fd, &err), VM_EXISTS);
	assert_int_equal(symlinkat("nowhere", folder->fd, "link"), 0);
	assert_int_equal(vm_file_create(folder->fd, "link", 0600, &fd, &err), VM_EXISTS);
	assert_int_equal(fd, -1);
}

static void read_all_takes_exactly_the_maximum(void **state)
{
	const struct test_folder *const folder = *state;
	char bytes[40000];
	struct vm_error err;
	struct vm_buf buf;

	memset(bytes, 'b', sizeof bytes);
	write_test_file(folder->fd, "f", bytes, sizeof bytes);
	vm_buf_init(&buf, sizeof bytes + 2);
	vm_buf_append(&buf, "aa", 2);
	assert_int_equal(vm_file_read_all(folder->fd, "f", &buf, &err), VM_OK);
	assert_int_equal(buf.length, sizeof bytes + 2);
	assert_memory_equal(buf.bytes, "aab", 3);
	vm_buf_release(&buf);
	vm_buf_init(&buf, sizeof bytes - 1);
	assert_int_equal(vm_file_read_all(folder->fd, "f", &buf, &err), VM_TEMPFAIL);
	vm_buf_release(&buf);
	vm_buf_init(&buf, 10);
	assert_int_equal(vm_file_read_all(folder->fd, "absent", &buf, &err), VM_NOT_FOUND);
	vm_buf_release(&buf);
}

static void write_goes_on_after_short_writes_and_reports_errors(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	char *content = NULL;
	int fd = -1;

	assert_int_equal(vm_file_create(folder->fd, "f", 0600, &fd, &err), VM_OK);
	write_is_short = true;
	assert_int_equal(vm_file_write(fd, "f", "0123456789", 10, &err), VM_OK);
	write_is_short = false;
	assert_int_equal(vm_file_sync(fd, "f", &err), VM_OK);
	assert_int_equal(vm_file_close(&fd, "f", &err), VM_OK);
	content = read_test_file(folder->fd, "f", NULL);
	assert_string_equal(content, "0123456789");
	free(content);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(vm_file_write(fd, "full", "x", 1, &err), VM_TEMPFAIL);
	assert_int_equal(err.sys_errno, ENOSPC);
	vm_file_discard(&fd);
	assert_int_equal(fd, -1);
}

static void close_reports_and_forgets(void **state)
{
	struct vm_error err;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	close_fails = true;
	assert_int_equal(vm_file_close(&fd, "null", &err), VM_TEMPFAIL);
	close_fails = false;
	assert_int_equal(err.sys_errno, EIO);
	assert_int_equal(fd, -1);
	assert_int_equal(vm_file_close(&fd, "null", &err), VM_OK);
}

static void folders_get_exactly_their_mode(void **state)
{
	const struct test_folder *const folder = *state;
	const mode_t before = umask(077);
	struct vm_error err;
	struct stat found;

	assert_int_equal(vm_file_make_folder(folder->fd, "wide", 0751, &err), VM_OK);
	assert_int_equal(vm_file_make_folder(folder->fd, "wide", 0751, &err), VM_EXISTS);
	assert_int_equal(vm_file_make_folder(folder->fd, "no/folder", 0700, &err), VM_TEMPFAIL);
	umask(before);
	assert_int_equal(vm_file_stat(folder->fd, "wide", &found, &err), VM_OK);
	assert_int_equal(found.st_mode, S_IFDIR | 0751);
	assert_int_equal(vm_file_sync_folder(folder->fd, "wide", &err), VM_OK);
}

static void folder_that_holds_a_file_is_synced_in_the_name_of_the_file(void **state)
{
	static const char *const names[] = { "gone", "there/gone" };
	const struct test_folder *const folder = *state;
	struct vm_error err;

	assert_int_equal(vm_file_make_folder(folder->fd, "there", 0700, &err), VM_OK);
	assert_int_equal(vm_file_sync_parent(folder->fd, "no/file", &err), VM_NOT_FOUND);
	assert_int_equal(vm_file_sync_parent(folder->fd, "/file", &err), VM_OK);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char expected[100];

		snprintf(expected, sizeof expected, "cannot sync the folder that holds %s: %s",
			 names[i], strerror(EIO));
		assert_int_equal(vm_file_sync_parent(folder->fd, names[i], &err), VM_OK);
		sync_fails = true;
		assert_int_equal(vm_file_sync_parent(folder->fd, names[i], &err), VM_TEMPFAIL);
		sync_fails = false;
		assert_string_equal(err.text, expected);
	}
}

static void owner_is_left_alone_when_right(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;
	struct stat found;

	write_test_file(folder->fd, "f", "x", 1);
	assert_int_equal(vm_file_stat(folder->fd, "f", &found, &err), VM_OK);
	assert_int_equal(vm_file_set_owner(folder->fd, "f", found.st_uid, found.st_gid, &err),
			 VM_OK);
	assert_int_equal(vm_file_set_owner(folder->fd, "no", 1, 1, &err), VM_TEMPFAIL);
	if (geteuid() != 0)
		return;
	assert_int_equal(vm_file_set_owner(folder->fd, "f", 65534, 65534, &err), VM_OK);
	assert_int_equal(vm_file_stat(folder->fd, "f", &found, &err), VM_OK);
	assert_int_equal(found.st_uid, 65534);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(absent_files_and_folders_are_not_found),
		IN_FOLDER(symlinks_fifos_and_folders_are_not_read),
		IN_FOLDER(what_a_person_names_may_be_a_link_or_a_device),
		IN_FOLDER(create_refuses_what_exists_even_a_dangling_link),
		IN_FOLDER(read_all_takes_exactly_the_maximum),
		IN_FOLDER(write_goes_on_after_short_writes_and_reports_errors),
		cmocka_unit_test(close_reports_and_forgets),
		IN_FOLDER(folders_get_exactly_their_mode),
		IN_FOLDER(folder_that_holds_a_file_is_synced_in_the_name_of_the_file),
		IN_FOLDER(owner_is_left_alone_when_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
