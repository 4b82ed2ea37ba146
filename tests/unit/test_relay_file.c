/* Tests of core/relay_file.h: the file's own form; what a window promises is in the conformance suite. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/relay_file.h"
#include "test_folder.h"

#define LINE(ip, time) ip ":allow,RELAYCLIENT=\"\",RBLSMTPD=\"\"\t" time "\n"

static bool open_window(const struct test_folder *folder, const char *ip, time_t since)
{
	struct vm_relay relay = { .since = since };
	struct vm_error err = { .status = VM_OK };
	bool is_new = false;

	memcpy(relay.ip, ip, strlen(ip) + 1);
	assert_int_equal(vm_relay_file_open(folder->fd, &relay, &is_new, &err), VM_OK);
	return is_new;
}

static void assert_file(const struct test_folder *folder, const char *text)
{
	char room[1000];

	assert_string_equal(test_folder_read(folder, "open-smtp", room, sizeof(room)), text);
}

static void file_has_the_lines_of_5_4(void **state)
{
	const struct test_folder *folder = *state;
	struct stat found;

	assert_true(open_window(folder, "192.0.2.1", 1700000000));
	assert_true(open_window(folder, "2001:db8::1", 1700000001));
	assert_file(folder, LINE("192.0.2.1", "1700000000") LINE("2001:db8::1", "1700000001"));
	assert_int_equal(fstatat(folder->fd, "open-smtp", &found, 0), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
}

static void known_window_changes_in_its_place(void **state)
{
	const struct test_folder *folder = *state;

	test_folder_write(folder, "open-smtp",
			  LINE("192.0.2.11", "1600000000") LINE("192.0.2.1", "1600000001")
				  LINE("192.0.2.2", "1600000002"),
			  0600);
	assert_false(open_window(folder, "192.0.2.1", 1700000000));
	assert_false(open_window(folder, "192.0.2.11", 1700000001));
	assert_file(folder, LINE("192.0.2.11", "1700000001") LINE("192.0.2.1", "1700000000")
				    LINE("192.0.2.2", "1600000002"));
}

static void window_behind_a_cut_line_is_a_line_of_its_own(void **state)
{
	const struct test_folder *folder = *state;

	test_folder_write(folder, "open-smtp", LINE("192.0.2.11", "1600000000") "192.0.2.1:all",
			  0600);
	assert_true(open_window(folder, "192.0.2.2", 1700000000));
	assert_file(folder, LINE("192.0.2.11", "1600000000") "192.0.2.1:all\n" LINE("192.0.2.2",
										    "1700000000"));
}

static void time_of_another_width_is_a_line_of_its_own(void **state)
{
	const struct test_folder *folder = *state;

	test_folder_write(folder, "open-smtp", LINE("192.0.2.1", "16") LINE("192.0.2.2", "17"),
			  0600);
	assert_false(open_window(folder, "192.0.2.1", 1700000000));
	assert_file(folder, LINE("192.0.2.1", "16") LINE("192.0.2.2", "17")
				    LINE("192.0.2.1", "1700000000"));
}

static void expiry_drops_old_windows_and_what_is_no_window(void **state)
{
	const struct test_folder *folder = *state;
	uint64_t removed = 0;
	struct vm_error err = { .status = VM_OK };

	test_folder_write(folder, "open-smtp",
			  LINE("192.0.2.1", "1600000000") "noise\n\n" LINE("192.0.2.2",
									   "1700000000")
				  LINE("192.0.2.3", "x") "192.0.2.4:al",
			  0600);
	assert_int_equal(vm_relay_file_expire(folder->fd, 1650000000, &removed, &err), VM_OK);
	assert_int_equal(removed, 1);
	assert_file(folder, LINE("192.0.2.2", "1700000000"));
}

static void expiry_of_nothing_makes_no_file(void **state)
{
	const struct test_folder *folder = *state;
	uint64_t removed = 7;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_relay_file_expire(folder->fd, 1650000000, &removed, &err), VM_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(faccessat(folder->fd, "open-smtp", F_OK, 0), -1);
}

static void file_that_cannot_be_read_is_a_maybe(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_relay relay = { .ip = "192.0.2.1", .since = 1700000000 };
	uint64_t removed = 0;
	bool is_new = false;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(mkdirat(folder->fd, "open-smtp", 0700), 0);
	assert_int_equal(vm_relay_file_open(folder->fd, &relay, &is_new, &err), VM_TEMPFAIL);
	assert_int_equal(vm_relay_file_expire(folder->fd, 1, &removed, &err), VM_TEMPFAIL);
}

/* The file is searched block by block: a line may lie across two. */
static void every_window_of_a_long_file_is_known(void **state)
{
	enum { WINDOWS = 5000 };
	const struct test_folder *folder = *state;
	static char text[WINDOWS * 64], ip[32];
	uint64_t removed = 0;
	struct vm_error err = { .status = VM_OK };
	size_t length = 0;

	for (int i = 0; i < WINDOWS; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "10.%d.%d.1" LINE("", "1600000000"), i / 250, i % 250);
	test_folder_write(folder, "open-smtp", text, 0600);
	for (int i = 0; i < WINDOWS; i++) {
		snprintf(ip, sizeof(ip), "10.%d.%d.1", i / 250, i % 250);
		assert_false(open_window(folder, ip, 1700000000));
	}
	assert_int_equal(vm_relay_file_expire(folder->fd, 1700000000, &removed, &err), VM_OK);
	assert_int_equal(removed, 0);
	assert_true(open_window(folder, "10.1.1.2", 1700000000));
	assert_int_equal(vm_relay_file_expire(folder->fd, 1700000001, &removed, &err), VM_OK);
	assert_int_equal(removed, WINDOWS + 1);
}

static void many_writers_lose_no_window(void **state)
{
	enum { WRITERS = 4, EACH = 25 };
	const struct test_folder *folder = *state;
	uint64_t removed = 0;
	struct vm_error err = { .status = VM_OK };

	for (int writer = 0; writer < WRITERS; writer++) {
		const pid_t pid = fork();

		assert_int_not_equal(pid, -1);
		if (pid != 0)
			continue;
		for (int i = 0; i < EACH; i++) {
			struct vm_relay relay = { .since = 1700000000 };
			bool is_new = false;

			snprintf(relay.ip, sizeof(relay.ip), "192.0.%d.%d", writer, i);
			if (vm_relay_file_open(folder->fd, &relay, &is_new, &err) != VM_OK ||
			    !is_new)
				_exit(1);
		}
		_exit(0);
	}
	for (int writer = 0; writer < WRITERS; writer++) {
		int code = -1;

		assert_true(wait(&code) > 0);
		assert_int_equal(code, 0);
	}
	assert_int_equal(vm_relay_file_expire(folder->fd, 1700000001, &removed, &err), VM_OK);
	assert_int_equal(removed, WRITERS * EACH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_has_the_lines_of_5_4),
		TEST(known_window_changes_in_its_place),
		TEST(window_behind_a_cut_line_is_a_line_of_its_own),
		TEST(time_of_another_width_is_a_line_of_its_own),
		TEST(expiry_drops_old_windows_and_what_is_no_window),
		TEST(expiry_of_nothing_makes_no_file),
		TEST(file_that_cannot_be_read_is_a_maybe),
		TEST(every_window_of_a_long_file_is_known),
		TEST(many_writers_lose_no_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
