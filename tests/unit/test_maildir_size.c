/* Tests of core/maildir_size.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>

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

static void a_file_that_cannot_be_read_is_later_and_stays(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_maildir_hold hold;
	struct vm_usage usage;
	struct vm_error err;

	/* What is no plain file cannot be read, by root either. */
	assert_int_equal(mkdirat(folder->fd, "maildirsize", 0700), 0);
	assert_int_equal(vm_maildir_size_read(folder->fd, &quota, &usage, &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "maildirsize"));
	assert_int_equal(vm_maildir_size_begin(folder->fd, &quota, 1, &hold, &usage, &err),
			 VM_TEMPFAIL);
	assert_int_equal(unlinkat(folder->fd, "maildirsize", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("elsewhere", folder->fd, "maildirsize"), 0);
	assert_int_equal(vm_maildir_size_read(folder->fd, &quota, &usage, &err), VM_TEMPFAIL);
	assert_int_equal(faccessat(folder->fd, "elsewhere", F_OK, 0), -1);
}

static void damaged_files_are_counted_anew(void **state)
{
	static const char *const texts[] = { "",
					     "x",
					     "1000S",
					     "1000S\n",
					     "1000S\n30 1\n-99 0\n",
					     "1000S\n30\n",
					     "1000S\n30 1 1\n",
					     "1000S\n9223372036854775807 1\n",
					     "1000S\n99999999999999999999 1\n" };
	const struct test_folder *const folder = *state;
	char text[64];

	test_folder_write(folder, "new/1.host,S=30", "", 0600);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct vm_usage usage = { 0 };
		struct vm_error err;

		test_folder_write(folder, "maildirsize", texts[i], 0600);
		assert_int_equal(vm_maildir_size_read(folder->fd, &quota, &usage, &err), VM_OK);
		assert_int_equal(usage.bytes, 30);
		assert_int_equal(usage.messages, 1);
		assert_string_equal(test_folder_read(folder, "maildirsize", text, sizeof text),
				    "1000S\n30 1\n");
	}
}

static void a_file_beyond_its_maximum_is_counted_anew(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_usage usage;
	struct vm_error err;
	char *const text = malloc(16 << 20);

	assert_non_null(text);
	memset(text, 'x', 16 << 20);
	text[(16 << 20) - 1] = '\0';
	test_folder_write(folder, "maildirsize", text, 0600);
	free(text);
	assert_int_equal(vm_maildir_size_read(folder->fd, &quota, &usage, &err), VM_OK);
	assert_int_equal(usage.messages, 0);
	assert_int_equal(verify(state, &quota), VM_OK);
}

static void sizes_that_names_claim_never_overflow(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_maildir_hold hold;
	struct vm_usage usage;
	struct vm_error err;

	test_folder_write(folder, "new/1.host,S=9223372036854775807", "", 0600);
	test_folder_write(folder, "new/2.host,S=9223372036854775806", "", 0600);
	assert_int_equal(vm_maildir_size_read(folder->fd, &unlimited, &usage, &err), VM_OK);
	assert_int_equal(usage.messages, 2);
	assert_true(usage.bytes > (uint64_t)1 << 60);
	assert_int_equal(vm_maildir_size_begin(folder->fd, &quota, 1, &hold, &usage, &err),
			 VM_LIMIT);
	/* What was written can be read again, and so can what is added. */
	assert_int_equal(vm_maildir_size_begin(folder->fd, &unlimited, UINT64_MAX, &hold, &usage,
					       &err),
			 VM_OK);
	assert_int_equal(vm_maildir_size_end(&hold, UINT64_MAX, true, &err), VM_OK);
	assert_int_equal(vm_maildir_size_read(folder->fd, &unlimited, &usage, &err), VM_OK);
	assert_int_equal(usage.messages, 3);
}

enum { WRITERS = 4, EACH = 200 };

static int add_many(const struct test_folder *folder, unsigned int first)
{
	const struct vm_quota wide = { .bytes = 1000000000 };

	for (unsigned int i = 0; i < EACH; i++) {
		struct vm_maildir_hold hold;
		struct vm_usage usage;
		struct vm_error err;
		char name[64];
		int fd = -1;

		(void)snprintf(name, sizeof name, "new/%u.host,S=%u", first + i, first + i);
		if (vm_maildir_size_begin(folder->fd, &wide, first + i, &hold, &usage, &err) !=
		    VM_OK)
			return 1;
		fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || close(fd) != 0 ||
		    vm_maildir_size_end(&hold, first + i, true, &err) != VM_OK)
			return 1;
		/* As POP3 does for what it removes. */
		if (i % 10 == 0 &&
		    (unlinkat(folder->fd, name, 0) != 0 ||
		     vm_maildir_size_add(folder->fd, -(int64_t)(first + i), -1, &err) != VM_OK))
			return 1;
	}
	return 0;
}

/* 800 lines pass the size at which the file is summed up into one line several times. */
static void parallel_writers_lose_no_byte(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_quota wide = { .bytes = 1000000000 };
	struct vm_usage usage;
	struct vm_error err;
	uint64_t bytes = 0;
	pid_t children[WRITERS];

	for (unsigned int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(add_many(folder, 1 + i * EACH));
	}
	for (unsigned int i = 0; i < WRITERS; i++) {
		int ended = -1;

		assert_int_equal(waitpid(children[i], &ended, 0), children[i]);
		assert_int_equal(ended, 0);
	}
	for (unsigned int i = 0; i < WRITERS * EACH; i++)
		bytes += i % EACH % 10 == 0 ? 0 : i + 1;
	assert_int_equal(vm_maildir_size_read(folder->fd, &wide, &usage, &err), VM_OK);
	assert_int_equal(usage.bytes, bytes);
	assert_int_equal(usage.messages, WRITERS * EACH * 9 / 10);
	assert_int_equal(verify(state, &wide), VM_OK);
}

#define WITH_MAILDIR(test) cmocka_unit_test_setup_teardown(test, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MAILDIR(a_file_that_says_what_is_there_is_right),
		WITH_MAILDIR(wrong_sums_damage_and_another_quota_are_told),
		WITH_MAILDIR(a_file_that_cannot_be_read_is_later_and_stays),
		WITH_MAILDIR(damaged_files_are_counted_anew),
		WITH_MAILDIR(a_file_beyond_its_maximum_is_counted_anew),
		WITH_MAILDIR(sizes_that_names_claim_never_overflow),
		WITH_MAILDIR(parallel_writers_lose_no_byte),
		WITH_MAILDIR(a_missing_file_counts_where_there_is_a_quota_and_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
