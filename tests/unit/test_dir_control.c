/* Tests of core/dir_control.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dir_control.h"
#include "test_folder.h"

static void advance_to(struct vm_dir_control *dirs, uint64_t count)
{
	while (dirs->count < count)
		vm_dir_control_advance(dirs);
}

static void each_hundred_accounts_get_a_folder_in_5_4_s_order(void **state)
{
	static const struct {
		uint64_t count;
		const char *path;
	} steps[] = {
		{ 1, "" },           { 99, "" },       { 100, "0" },      { 199, "0" },
		{ 200, "1" },        { 1000, "9" },    { 1100, "A" },     { 3600, "Z" },
		{ 3700, "a" },       { 6200, "z" },    { 6300, "0/0" },   { 6400, "0/1" },
		{ 12400, "0/z" },    { 12500, "1/0" }, { 390600, "z/z" }, { 390700, "0/0/0" },
		{ 390800, "0/0/1" },
	};
	struct vm_dir_control dirs;

	(void)state;
	vm_dir_control_init(&dirs);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		advance_to(&dirs, steps[i].count);
		assert_string_equal(dirs.path, steps[i].path);
	}
}

static void after_the_last_folder_three_levels_are_filled_again(void **state)
{
	struct vm_dir_control dirs;

	(void)state;
	vm_dir_control_init(&dirs);
	assert_true(vm_dir_control_set_path(&dirs, "z/z/z"));
	dirs.count = 99;
	vm_dir_control_advance(&dirs);
	assert_string_equal(dirs.path, "0/0/0");
}

static void removing_never_moves_the_folder_back_nor_counts_below_zero(void **state)
{
	struct vm_dir_control dirs, first;

	(void)state;
	vm_dir_control_init(&dirs);
	advance_to(&dirs, 100);
	vm_dir_control_apply(&dirs, -1, &first);
	assert_int_equal(dirs.count, 99);
	assert_string_equal(dirs.path, "0");
	vm_dir_control_init(&dirs);
	vm_dir_control_apply(&dirs, -1, &first);
	assert_int_equal(dirs.count, 0);
}

static void an_absent_record_is_an_empty_domain(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 0);
	assert_string_equal(dirs.path, "");
}

static void the_file_has_5_4_s_eight_lines(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };
	char text[256];

	vm_dir_control_init(&dirs);
	assert_int_equal(vm_dir_control_write(folder->fd, &dirs, &err), VM_OK);
	assert_string_equal(test_folder_read(folder, ".dir-control", text, sizeof(text)),
			    "0\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n\n");
	advance_to(&dirs, 6400);
	assert_int_equal(vm_dir_control_write(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 6400);
	assert_string_equal(dirs.path, "0/1");
	advance_to(&dirs, 12500);
	assert_string_equal(dirs.path, "1/0");
}

static void the_records_that_5_4_damaged_are_understood(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	test_folder_write(folder, ".dir-control", "250\n0\n3\n0 0 0\n61 61 61\n0 2 2\n1 0 0\n1\n",
			  0600);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.mod[2], 4);
	assert_string_equal(dirs.path, "1");
	test_folder_write(folder, ".dir-control",
			  "18446744073709551615\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n", 0600);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 0);
	test_folder_write(folder, ".dir-control",
			  "390800\n2\n3\n0 0 0\n61 61 61\n0 2 2\n0 1 1\n0/1/\n", 0600);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_string_equal(dirs.path, "0/1/0");
}

static void a_damaged_record_is_no_answer(void **state)
{
	static const char *const damaged[] = {
		"",
		"\n",
		"x\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n\n",
		"5\n0\n3\n0 0\n61 61 61\n0 2 4\n0 0 0\n\n",
		"5\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n../..\n",
		"5\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n/\n",
		"5\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\nabc\n",
		"5\n0\n3\n",
	};
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		test_folder_write(folder, ".dir-control", damaged[i], 0600);
		assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_MISCONFIG);
		assert_int_equal(vm_dir_control_change(folder->fd, 1, &dirs, &err), VM_MISCONFIG);
	}
}

static void changes_are_counted_in_the_file(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_dir_control_change(folder->fd, 1, NULL, &err), VM_OK);
	assert_int_equal(vm_dir_control_change(folder->fd, 1, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 2);
	assert_int_equal(vm_dir_control_change(folder->fd, -1, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 1);
	assert_int_equal(vm_dir_control_change(folder->fd, 0, &dirs, &err), VM_INTERNAL);
}

static void a_freed_folder_is_used_before_the_current_one(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };
	char text[256];

	vm_dir_control_init(&dirs);
	advance_to(&dirs, 700);
	assert_int_equal(vm_dir_control_write(folder->fd, &dirs, &err), VM_OK);
	test_folder_write(folder, ".dir_control_free", "1\n../evil\n2\nnot a folder\n\n", 0600);
	assert_int_equal(vm_dir_control_change(folder->fd, 1, &dirs, &err), VM_OK);
	assert_string_equal(dirs.path, "2");
	assert_int_equal(dirs.count, 701);
	assert_string_equal(test_folder_read(folder, ".dir_control_free", text, sizeof(text)),
			    "1\n../evil\n");
	assert_int_equal(vm_dir_control_change(folder->fd, 1, &dirs, &err), VM_OK);
	assert_string_equal(dirs.path, "1");
	assert_int_equal(vm_dir_control_change(folder->fd, 1, &dirs, &err), VM_OK);
	assert_string_equal(dirs.path, "6");
	assert_string_equal(test_folder_read(folder, ".dir_control_free", text, sizeof(text)), "");
}

static void places_that_become_free_are_noted_and_taken_from_the_end(void **state)
{
	static const char *const paths[] = { "0", "", "../x", "z/z", "elsewhere" };
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	char text[256], path[VM_DIR_CONTROL_PATH_MAX + 1];

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(vm_dir_control_note_freed(folder->fd, paths[i], &err), VM_OK);
	assert_string_equal(test_folder_read(folder, ".dir_control_free", text, sizeof(text)),
			    "0\nz/z\n");
	for (int i = 0; i < 3; i++) {
		static const char *const wanted[] = { "z/z", "0", "" };

		assert_int_equal(vm_dir_control_take_freed(folder->fd, path, &err), VM_OK);
		assert_string_equal(path, wanted[i]);
	}
}

static void a_correction_keeps_what_changed_since(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	vm_dir_control_init(&dirs);
	advance_to(&dirs, 705);
	assert_int_equal(vm_dir_control_write(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(vm_dir_control_correct(folder->fd, 700, 650, &err), VM_OK);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 655);
	assert_string_equal(dirs.path, "6");
	assert_int_equal(vm_dir_control_correct(folder->fd, 9999, 0, &err), VM_OK);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 0);
}

static void a_damaged_record_is_made_anew_for_its_count(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_dir_control dirs;
	struct vm_error err = { .status = VM_OK };

	test_folder_write(folder, ".dir-control", "junk\n", 0600);
	assert_int_equal(vm_dir_control_correct(folder->fd, 0, 250, &err), VM_OK);
	assert_int_equal(vm_dir_control_read(folder->fd, &dirs, &err), VM_OK);
	assert_int_equal(dirs.count, 250);
	assert_string_equal(dirs.path, "1");
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hundred_accounts_get_a_folder_in_5_4_s_order),
		cmocka_unit_test(after_the_last_folder_three_levels_are_filled_again),
		cmocka_unit_test(removing_never_moves_the_folder_back_nor_counts_below_zero),
		WITH_FOLDER(an_absent_record_is_an_empty_domain),
		WITH_FOLDER(the_file_has_5_4_s_eight_lines),
		WITH_FOLDER(the_records_that_5_4_damaged_are_understood),
		WITH_FOLDER(a_damaged_record_is_no_answer),
		WITH_FOLDER(changes_are_counted_in_the_file),
		WITH_FOLDER(a_correction_keeps_what_changed_since),
		WITH_FOLDER(a_damaged_record_is_made_anew_for_its_count),
		WITH_FOLDER(a_freed_folder_is_used_before_the_current_one),
		WITH_FOLDER(places_that_become_free_are_noted_and_taken_from_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
