/* Tests of core/maildir_size.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/maildir_size.h"
#include "test_folder.h"

static const struct vm_quota quota = { .bytes = 1000 };
static const struct vm_quota unlimited = { .bytes = 0 };

static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	return mkdirat(folder->fd, "new", 0700) != 0 || mkdirat(folder->fd, "cur", 0700) != 0 ||
			       mkdirat(folder->fd, "tmp", 0700) != 0
		       ? -1
		       : 0;
}

static enum vm_status verify(void **state, const struct vm_quota *wanted)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	return vm_maildir_size_verify(folder->fd, wanted, &err);
}

static void a_file_that_says_what_is_there_is_right(void **state)
{
	const struct test_folder *const folder = *state;

	test_folder_write(folder, "new/1.host,S=30", "", 0600);
	test_folder_write(folder, "maildirsize", "1000S\n20 1\n10 0\n", 0600);
	assert_int_equal(verify(state, &quota), VM_OK);
	/* Nothing was locked where nobody locks. */
	assert_int_not_equal(faccessat(folder->fd, "maildirsize.lock", F_OK, 0), 0);
}

static void wrong_sums_damage_and_another_quota_are_told(void **state)
{
	static const char *const texts[] = { "1000S\n31 1\n", "1000S\n30 2\n", "1000S\njunk\n",
					     "1000S\n30 1",   "999S\n30 1\n",  "",
					     "1000S\n",       "0S\n30 1\n" };
	const struct test_folder *const folder = *state;

	test_folder_write(folder, "cur/1.host,S=30:2,S", "", 0600);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		test_folder_write(folder, "maildirsize", texts[i], 0600);
		assert_int_equal(verify(state, &quota), VM_INVALID);
	}
}

static void a_missing_file_counts_where_there_is_a_quota_and_mail(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_usage usage;
	struct vm_error err;

	assert_int_equal(verify(state, &quota), VM_OK);
	test_folder_write(folder, "new/1.host,S=30", "", 0600);
	assert_int_equal(verify(state, &unlimited), VM_OK);
	assert_int_equal(verify(state, &quota), VM_INVALID);
	assert_int_equal(vm_maildir_size_recount(folder->fd, &quota, &usage, &err), VM_OK);
	assert_int_equal(usage.bytes, 30);
	assert_int_equal(verify(state, &quota), VM_OK);
}

#define WITH_MAILDIR(test) cmocka_unit_test_setup_teardown(test, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MAILDIR(a_file_that_says_what_is_there_is_right),
		WITH_MAILDIR(wrong_sums_damage_and_another_quota_are_told),
		WITH_MAILDIR(a_missing_file_counts_where_there_is_a_quota_and_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
