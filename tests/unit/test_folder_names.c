/* Tests of util/folder_names.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_folder.h"
#include "util/folder_names.h"

struct visit {
	unsigned int count;
	bool removes;
	enum vm_status answer;
};

static enum vm_status visit_name(void *context, int folder, const char *name, struct vm_error *err)
{
	struct visit *const visit = context;

	(void)err;
	visit->count++;
	if (visit->removes)
		assert_int_equal(unlinkat(folder, name, 0), 0);
	return visit->answer;
}

static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	for (int i = 0; i < 300; i++) {
		char name[16] = { 'f', (char)('a' + i / 26), (char)('a' + i % 26), '\0' };

		test_folder_write(folder, name, "", 0600);
	}
	return 0;
}

static enum vm_status walk(void **state, struct visit *visit)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	return vm_folder_each_name(folder->fd, folder->path, visit_name, visit, &err);
}

static void each_name_is_visited_once(void **state)
{
	struct visit visit = { .answer = VM_OK };

	assert_int_equal(walk(state, &visit), VM_OK);
	assert_int_equal(walk(state, &visit), VM_OK);
	assert_int_equal(visit.count, 600);
}

static void a_name_that_is_gone_does_not_end_it_and_a_failure_does(void **state)
{
	struct visit gone = { .answer = VM_NOT_FOUND }, failing = { .answer = VM_TEMPFAIL };

	assert_int_equal(walk(state, &gone), VM_OK);
	assert_int_equal(gone.count, 300);
	assert_int_equal(walk(state, &failing), VM_TEMPFAIL);
	assert_int_equal(failing.count, 1);
}

static void names_may_be_removed_on_the_way(void **state)
{
	struct visit removing = { .removes = true }, after = { .answer = VM_OK };

	assert_int_equal(walk(state, &removing), VM_OK);
	assert_int_equal(removing.count, 300);
	assert_int_equal(walk(state, &after), VM_OK);
	assert_int_equal(after.count, 0);
}

#define FULL(test) cmocka_unit_test_setup_teardown(test, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FULL(each_name_is_visited_once),
		FULL(a_name_that_is_gone_does_not_end_it_and_a_failure_does),
		FULL(names_may_be_removed_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
