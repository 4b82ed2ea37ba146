/* Tests of core/usage_file.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/usage_file.h"
#include "test_folder.h"

static void a_counter_stays_between_0_and_the_greatest_number(void **state)
{
	(void)state;
	assert_true(vm_usage_move(10, 5) == 15);
	assert_true(vm_usage_move(10, -3) == 7);
	assert_true(vm_usage_move(10, -11) == 0);
	assert_true(vm_usage_move(10, INT64_MIN) == 0);
	assert_true(vm_usage_move(10, INT64_MAX) == INT64_MAX);
	assert_true(vm_usage_move(INT64_MAX, 1) == INT64_MAX);
}

static void what_was_never_counted_is_not_found_and_not_begun(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_usage usage;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_usage_file_get(folder->fd, &usage, &err), VM_NOT_FOUND);
	assert_int_equal(vm_usage_file_add(folder->fd, 100, 1, &err), VM_NOT_FOUND);
	assert_int_equal(vm_usage_file_get(folder->fd, &usage, &err), VM_NOT_FOUND);
}

static void damaged_files_are_not_found(void **state)
{
	const struct test_folder *folder = *state;
	static const char *const texts[] = { "",       "12\n", "12 x\n",
					     "-1 2\n", "1 2",  "99999999999999999999 1\n" };
	char text[400];
	struct vm_usage usage;
	struct vm_error err = { .status = VM_OK };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		test_folder_write(folder, ".usage", texts[i], 0600);
		assert_int_equal(vm_usage_file_get(folder->fd, &usage, &err), VM_NOT_FOUND);
	}
	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	test_folder_write(folder, ".usage", text, 0600);
	assert_int_equal(vm_usage_file_get(folder->fd, &usage, &err), VM_NOT_FOUND);
}

static void many_writers_lose_nothing(void **state)
{
	enum { WRITERS = 4, EACH = 25 };
	const struct test_folder *folder = *state;
	const struct vm_usage nothing = { 0 };
	struct vm_usage usage;
	struct vm_error err = { .status = VM_OK };
	int code = 0;

	assert_int_equal(vm_usage_file_set(folder->fd, &nothing, &err), VM_OK);
	for (int writer = 0; writer < WRITERS; writer++)
		if (fork() == 0) {
			for (int i = 0; i < EACH; i++)
				if (vm_usage_file_add(folder->fd, 10, 1, &err) != VM_OK)
					_exit(1);
			_exit(0);
		}
	for (int writer = 0; writer < WRITERS; writer++) {
		assert_true(wait(&code) > 0);
		assert_int_equal(code, 0);
	}
	assert_int_equal(vm_usage_file_get(folder->fd, &usage, &err), VM_OK);
	assert_int_equal(usage.bytes, WRITERS * EACH * 10);
	assert_int_equal(usage.messages, WRITERS * EACH);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_stays_between_0_and_the_greatest_number),
		IN_FOLDER(what_was_never_counted_is_not_found_and_not_begun),
		IN_FOLDER(damaged_files_are_not_found),
		IN_FOLDER(many_writers_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
