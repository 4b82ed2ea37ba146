/* Tests of core/dir_tree.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dir_tree.h"
#include "test_folder.h"

static bool exists(const struct test_folder *folder, const char *name)
{
	struct stat info;

	return fstatat(folder->fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_path_is_made_with_its_parents_and_again_without_harm(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	struct stat info;

	for (int round = 0; round < 2; round++)
		assert_int_equal(vm_dir_tree_make(folder->fd, "a/b//c", 0700, geteuid(), getegid(),
						  &err),
				 VM_OK);
	assert_int_equal(fstatat(folder->fd, "a/b/c", &info, 0), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
}

static void a_path_that_leaves_or_meets_something_else_is_refused(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_dir_tree_make(folder->fd, "/a", 0700, 0, 0, &err), VM_INVALID);
	assert_int_equal(vm_dir_tree_make(folder->fd, "a/../b", 0700, geteuid(), getegid(), &err),
			 VM_INVALID);
	test_folder_write(folder, "file", "", 0600);
	assert_int_equal(vm_dir_tree_make(folder->fd, "file/b", 0700, 0, 0, &err), VM_TEMPFAIL);
	assert_int_equal(symlinkat("/tmp", folder->fd, "link"), 0);
	assert_int_equal(vm_dir_tree_make(folder->fd, "link/virtmail-never", 0700, 0, 0, &err),
			 VM_TEMPFAIL);
}

static void removing_takes_everything_and_follows_no_symlink(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_dir_tree_make(folder->fd, "kept", 0700, geteuid(), getegid(), &err),
			 VM_OK);
	test_folder_write(folder, "kept/file", "x", 0600);
	assert_int_equal(vm_dir_tree_make(folder->fd, "gone/a/b", 0700, geteuid(), getegid(), &err),
			 VM_OK);
	test_folder_write(folder, "gone/a/file", "x", 0400);
	assert_int_equal(symlinkat("../kept", folder->fd, "gone/link"), 0);
	assert_int_equal(symlinkat("nowhere", folder->fd, "gone/dangling"), 0);
	assert_int_equal(vm_dir_tree_remove(folder->fd, "gone", &err), VM_OK);
	assert_false(exists(folder, "gone"));
	assert_true(exists(folder, "kept/file"));
	assert_int_equal(symlinkat("kept", folder->fd, "link"), 0);
	assert_int_equal(vm_dir_tree_remove(folder->fd, "link", &err), VM_OK);
	assert_false(exists(folder, "link"));
	assert_true(exists(folder, "kept/file"));
}

static void removing_what_is_absent_is_no_error(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_dir_tree_remove(folder->fd, "never", &err), VM_OK);
}

static void folders_nested_beyond_any_descriptor_limit_are_removed(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	int here = dup(folder->fd);

	for (int depth = 0; depth < 1500; depth++) {
		int below = -1;

		assert_int_equal(mkdirat(here, "d", 0700), 0);
		below = openat(here, "d", O_RDONLY | O_DIRECTORY);
		assert_true(below >= 0);
		close(here);
		here = below;
	}
	close(here);
	assert_int_equal(vm_dir_tree_remove(folder->fd, "d", &err), VM_OK);
	assert_false(exists(folder, "d"));
}

static void ownership_is_given_to_everything_but_not_through_links(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	struct stat info;

	if (geteuid() != 0)
		skip();
	assert_int_equal(vm_dir_tree_make(folder->fd, "home/Maildir", 0700, 0, 0, &err), VM_OK);
	test_folder_write(folder, "home/Maildir/file", "x", 0600);
	test_folder_write(folder, "outside", "x", 0600);
	assert_int_equal(symlinkat("../outside", folder->fd, "home/link"), 0);
	assert_int_equal(vm_dir_tree_set_owner(folder->fd, "home", 12345, 12346, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "home/Maildir/file", &info, 0), 0);
	assert_int_equal(info.st_uid, 12345);
	assert_int_equal(info.st_gid, 12346);
	assert_int_equal(fstatat(folder->fd, "home/link", &info, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(info.st_uid, 12345);
	assert_int_equal(fstatat(folder->fd, "outside", &info, 0), 0);
	assert_int_equal(info.st_uid, 0);
}

static void a_file_with_a_second_name_is_not_given_away(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	struct stat info;

	if (geteuid() != 0)
		skip();
	assert_int_equal(vm_dir_tree_make(folder->fd, "home", 0700, 0, 0, &err), VM_OK);
	test_folder_write(folder, "secret", "x", 0600);
	assert_int_equal(linkat(folder->fd, "secret", folder->fd, "home/mine", 0), 0);
	assert_int_equal(vm_dir_tree_set_owner(folder->fd, "home", 12345, 12346, &err), VM_DENIED);
	assert_int_equal(fstatat(folder->fd, "secret", &info, 0), 0);
	assert_int_equal(info.st_uid, 0);
}

static void a_synced_removal_works_at_any_depth_and_twice(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	struct stat info;

	assert_int_equal(vm_dir_tree_make(folder->fd, "a/b/c", 0700, geteuid(), getegid(), &err),
			 VM_OK);
	for (int round = 0; round < 2; round++)
		assert_int_equal(vm_dir_tree_remove_synced(folder->fd, "a/b", &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "a", &info, 0), 0);
	assert_int_not_equal(fstatat(folder->fd, "a/b", &info, 0), 0);
	for (int round = 0; round < 2; round++)
		assert_int_equal(vm_dir_tree_remove_synced(folder->fd, "a", &err), VM_OK);
	assert_int_equal(vm_dir_tree_remove_synced(folder->fd, "a/b", &err), VM_OK);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(a_path_is_made_with_its_parents_and_again_without_harm),
		WITH_FOLDER(a_path_that_leaves_or_meets_something_else_is_refused),
		WITH_FOLDER(a_synced_removal_works_at_any_depth_and_twice),
		WITH_FOLDER(removing_takes_everything_and_follows_no_symlink),
		WITH_FOLDER(removing_what_is_absent_is_no_error),
		WITH_FOLDER(folders_nested_beyond_any_descriptor_limit_are_removed),
		WITH_FOLDER(ownership_is_given_to_everything_but_not_through_links),
		WITH_FOLDER(a_file_with_a_second_name_is_not_given_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
