/* Tests of core/maildir.h and core/maildir_count.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/maildir.h"
#include "core/maildir_count.h"
#include "test_folder.h"

static void make_maildir(const struct test_folder *folder)
{
	struct vm_error err;

	assert_int_equal(vm_maildir_make(folder->fd, "Maildir", getuid(), getgid(), true, &err),
			 VM_OK);
}

static enum vm_status begin(const struct test_folder *folder, struct vm_maildir_file *file)
{
	struct vm_error err;

	return vm_maildir_begin(folder->fd, "Maildir", file, &err);
}

static bool is_there(const struct test_folder *folder, const char *name)
{
	return faccessat(folder->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_maildir_is_made_private_and_making_it_again_keeps_it(void **state)
{
	static const char *const parts[] = { "Maildir", "Maildir/cur", "Maildir/new",
					     "Maildir/tmp" };
	const struct test_folder *const folder = *state;

	make_maildir(folder);
	test_folder_write(folder, "Maildir/new/1.host", "x", 0600);
	make_maildir(folder);
	assert_true(is_there(folder, "Maildir/new/1.host"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct stat info;

		assert_int_equal(fstatat(folder->fd, parts[i], &info, 0), 0);
		assert_int_equal(info.st_mode & 07777, 0700);
	}
}

static void a_part_that_is_no_folder_is_later_and_named(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	assert_int_equal(mkdirat(folder->fd, "Maildir", 0700), 0);
	assert_int_equal(symlinkat("/tmp", folder->fd, "Maildir/new"), 0);
	assert_int_equal(vm_maildir_make(folder->fd, "Maildir", getuid(), getgid(), false, &err),
			 VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "Maildir/new"));
}

static void a_path_beyond_its_maximum_is_refused(void **state)
{
	const struct test_folder *const folder = *state;
	char path[600];
	struct vm_error err;

	memset(path, 'x', sizeof path);
	for (size_t i = 100; i < sizeof path; i += 100)
		path[i] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_not_equal(vm_maildir_make(folder->fd, path, getuid(), getgid(), false, &err),
			     VM_OK);
}

static void names_are_unique_and_safe(void **state)
{
	char names[50][VM_MAILDIR_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		vm_maildir_unique_name(names[i]);
		assert_int_not_equal(names[i][0], '\0');
		assert_null(strpbrk(names[i], "/:,\n "));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
}

static void a_message_is_in_new_only_after_commit(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_maildir_file file;
	struct vm_error err;
	char name[VM_MAILDIR_NAME_MAX + 1], path[VM_MAILDIR_NAME_MAX + 20];
	uint64_t size = 0;

	make_maildir(folder);
	assert_int_equal(begin(folder, &file), VM_OK);
	assert_int_equal(write(file.fd, "hello\n", 6), 6);
	(void)snprintf(path, sizeof path, "Maildir/tmp/%s", file.name);
	assert_true(is_there(folder, path));
	assert_int_equal(vm_maildir_commit(&file, 6, name, &err), VM_OK);
	assert_false(is_there(folder, path));
	(void)snprintf(path, sizeof path, "Maildir/new/%s", name);
	assert_true(is_there(folder, path));
	assert_true(vm_maildir_name_size(name, &size));
	assert_int_equal(size, 6);
	vm_maildir_abort(&file); /* harmless now */
	assert_true(is_there(folder, path));
}

static void what_is_given_up_leaves_nothing(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_maildir_file file;
	struct vm_error err;
	char path[VM_MAILDIR_NAME_MAX + 20];

	make_maildir(folder);
	assert_int_equal(begin(folder, &file), VM_OK);
	(void)snprintf(path, sizeof path, "Maildir/tmp/%s", file.name);
	vm_maildir_abort(&file);
	assert_false(is_there(folder, path));
	assert_int_equal(begin(folder, &file), VM_OK);
	(void)snprintf(path, sizeof path, "Maildir/tmp/%s", file.name);
	assert_int_equal(unlinkat(folder->fd, "Maildir/new", AT_REMOVEDIR), 0);
	assert_int_equal(vm_maildir_commit(&file, 0, NULL, &err), VM_TEMPFAIL);
	assert_false(is_there(folder, path));
}

static void only_a_missing_maildir_is_not_found(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_maildir_file file;

	assert_int_equal(begin(folder, &file), VM_NOT_FOUND);
	make_maildir(folder);
	assert_int_equal(unlinkat(folder->fd, "Maildir/tmp", AT_REMOVEDIR), 0);
	test_folder_write(folder, "Maildir/tmp", "", 0600);
	assert_int_equal(begin(folder, &file), VM_TEMPFAIL);
	assert_int_equal(unlinkat(folder->fd, "Maildir/tmp", 0), 0);
	assert_int_equal(symlinkat("new", folder->fd, "Maildir/tmp"), 0);
	assert_int_equal(begin(folder, &file), VM_TEMPFAIL);
}

static void sizes_and_flags_are_read_from_names(void **state)
{
	uint64_t size = 0;

	(void)state;
	assert_true(vm_maildir_name_size("1.host,S=30:2,S", &size));
	assert_int_equal(size, 30);
	assert_true(vm_maildir_name_size("1.host,S=9223372036854775807", &size));
	assert_false(vm_maildir_name_size("1.host", &size));
	assert_false(vm_maildir_name_size("1.host,S=", &size));
	assert_false(vm_maildir_name_size("1.host,S=-1", &size));
	assert_false(vm_maildir_name_size("1.host,S=9223372036854775808", &size));
	assert_false(vm_maildir_name_size("1.host,S=99999999999999999999999999", &size));
	assert_true(vm_maildir_name_has_flag("1.host:2,ST", 'T'));
	assert_false(vm_maildir_name_has_flag("1.hostT:2,S", 'T'));
	assert_false(vm_maildir_name_has_flag("1.host", 'T'));
}

static void counting_takes_what_counts_and_leaves_the_rest(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_usage usage;
	struct vm_error err;
	int maildir = -1;

	make_maildir(folder);
	test_folder_write(folder, "Maildir/new/1.host,S=30", "", 0600);
	test_folder_write(folder, "Maildir/cur/2.host:2,S", "four", 0600);
	test_folder_write(folder, "Maildir/cur/3.host,S=5:2,T", "", 0600); /* as good as deleted */
	test_folder_write(folder, "Maildir/cur/.hidden", "x", 0600);
	test_folder_write(folder, "Maildir/tmp/4.host,S=7", "", 0600);
	assert_int_equal(mkdirat(folder->fd, "Maildir/.Sent", 0700), 0);
	assert_int_equal(mkdirat(folder->fd, "Maildir/.Sent/cur", 0700), 0);
	test_folder_write(folder, "Maildir/.Sent/cur/5.host,S=100:2,", "", 0600);
	assert_int_equal(mkdirat(folder->fd, "Maildir/.Trash", 0700), 0);
	assert_int_equal(mkdirat(folder->fd, "Maildir/.Trash/new", 0700), 0);
	test_folder_write(folder, "Maildir/.Trash/new/6.host,S=1000", "", 0600);
	assert_int_equal(symlinkat("new", folder->fd, "Maildir/.Loop"), 0);
	test_folder_write(folder, "Maildir/.subscriptions", "Sent\n", 0600);
	maildir = openat(folder->fd, "Maildir", O_RDONLY | O_DIRECTORY);
	assert_int_equal(vm_maildir_count(maildir, &usage, &err), VM_OK);
	assert_int_equal(usage.messages, 3);
	assert_int_equal(usage.bytes, 30 + 4 + 100);
	close(maildir);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(a_maildir_is_made_private_and_making_it_again_keeps_it),
		WITH_FOLDER(a_part_that_is_no_folder_is_later_and_named),
		WITH_FOLDER(a_path_beyond_its_maximum_is_refused),
		cmocka_unit_test(names_are_unique_and_safe),
		WITH_FOLDER(a_message_is_in_new_only_after_commit),
		WITH_FOLDER(what_is_given_up_leaves_nothing),
		WITH_FOLDER(only_a_missing_maildir_is_not_found),
		cmocka_unit_test(sizes_and_flags_are_read_from_names),
		WITH_FOLDER(counting_takes_what_counts_and_leaves_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
