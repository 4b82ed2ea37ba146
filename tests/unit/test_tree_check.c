/* Tests of core/tree_check.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/tree_check.h"
#include "test_folder.h"

/* "top" with "top/box" and "top/box/file". */
static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	if (mkdirat(folder->fd, "top", 0700) != 0 || mkdirat(folder->fd, "top/box", 0700) != 0)
		return -1;
	test_folder_write(folder, "top/box/file", "", 0600);
	return 0;
}

static struct vm_tree_result look(void **state, uid_t uid, mode_t forbidden, bool repair)
{
	const struct test_folder *const folder = *state;
	const struct vm_tree_rule rule = {
		.uid = uid, .gid = getgid(), .forbidden = forbidden, .repair = repair
	};
	struct vm_tree_result result = { .foreign = { 0 } };
	struct vm_error err;

	assert_int_equal(vm_tree_check(folder->fd, "top", &rule, &result, &err), VM_OK);
	return result;
}

static mode_t mode_of(void **state, const char *name)
{
	const struct test_folder *const folder = *state;
	struct stat info;

	assert_int_equal(fstatat(folder->fd, name, &info, AT_SYMLINK_NOFOLLOW), 0);
	return info.st_mode & 07777;
}

static void a_right_tree_counts_nothing(void **state)
{
	const struct vm_tree_result result = look(state, getuid(), 0077, true);

	assert_int_equal(result.foreign.count + result.mode.count + result.stuck.count, 0);
}

static void what_belongs_to_others_is_counted_and_the_first_is_named(void **state)
{
	const struct vm_tree_result result = look(state, getuid() + 1, 0002, false);

	assert_int_equal(result.foreign.count, 3);
	assert_string_equal(result.foreign.first, "");
	assert_int_equal(result.stuck.count, 0);
}

static void only_the_forbidden_bits_go_and_only_needed_ones_come(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_tree_result result;

	assert_int_equal(fchmodat(folder->fd, "top/box/file", 0247, 0), 0);
	assert_int_equal(fchmodat(folder->fd, "top/box", 01770, 0), 0);
	result = look(state, getuid(), 0002, false);
	assert_int_equal(result.mode.count, 1);
	assert_string_equal(result.mode.first, "box/file");
	assert_int_equal(mode_of(state, "top/box/file"), 0247);
	(void)look(state, getuid(), 0002, true);
	assert_int_equal(mode_of(state, "top/box/file"), 0645);
	assert_int_equal(mode_of(state, "top/box"), 01770);
	assert_int_equal(look(state, getuid(), 0002, true).mode.count, 0);
}

static void symlinks_are_not_followed(void **state)
{
	const struct test_folder *const folder = *state;

	test_folder_write(folder, "outside", "", 0666);
	assert_int_equal(mkdirat(folder->fd, "away", 0700), 0);
	assert_int_equal(fchmodat(folder->fd, "away", 0777, 0), 0);
	assert_int_equal(symlinkat("../outside", folder->fd, "top/link"), 0);
	assert_int_equal(symlinkat("../away", folder->fd, "top/folder"), 0);
	assert_int_equal(look(state, getuid(), 0002, true).mode.count, 0);
	assert_int_equal(mode_of(state, "outside"), 0666);
	assert_int_equal(mode_of(state, "away"), 0777);
}

static void root_gives_owners_but_not_to_files_with_another_name(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_tree_result result;
	struct stat info;

	if (geteuid() != 0)
		skip();
	test_folder_write(folder, "secret", "", 0600);
	assert_int_equal(linkat(folder->fd, "secret", folder->fd, "top/trap", 0), 0);
	assert_int_equal(symlinkat("../secret", folder->fd, "top/link"), 0);
	result = look(state, 1234, 0002, true);
	assert_int_equal(result.foreign.count, 5);
	assert_int_equal(result.stuck.count, 1);
	assert_string_equal(result.stuck.first, "trap");
	assert_int_equal(fstatat(folder->fd, "secret", &info, 0), 0);
	assert_int_equal(info.st_uid, 0);
	assert_int_equal(fstatat(folder->fd, "top/link", &info, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(info.st_uid, 1234);
	result = look(state, 1234, 0002, true);
	assert_int_equal(result.foreign.count, 1);
}

static void one_thing_alone_can_be_looked_at(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_tree_rule rule = { .uid = getuid() + 1, .forbidden = 0077 };
	struct vm_tree_result result = { .foreign = { 0 } };
	struct vm_error err;

	assert_int_equal(vm_tree_check_one(folder->fd, "top", &rule, &result, &err), VM_OK);
	assert_int_equal(result.foreign.count, 1);
	assert_int_equal(vm_tree_check_one(folder->fd, "none", &rule, &result, &err), VM_NOT_FOUND);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(a_right_tree_counts_nothing),
		WITH_TREE(what_belongs_to_others_is_counted_and_the_first_is_named),
		WITH_TREE(only_the_forbidden_bits_go_and_only_needed_ones_come),
		WITH_TREE(symlinks_are_not_followed),
		WITH_TREE(root_gives_owners_but_not_to_files_with_another_name),
		WITH_TREE(one_thing_alone_can_be_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
