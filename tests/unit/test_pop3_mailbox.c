/* Tests of mta/common/pop3/pop3_mailbox.h and pop3_sizes.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "mta/common/pop3/pop3_mailbox.h"
#include "mta/common/pop3/pop3_sizes.h"
#include "test_folder.h"

enum { ROOM = 4096 };

static int make_maildir(void **state)
{
	static const char *const parts[] = { "M", "M/new", "M/cur", "M/tmp" };
	struct test_folder *folder;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (mkdirat(folder->fd, parts[i], 0700) != 0)
			return -1;
	}
	return 0;
}

static void open_mailbox(const struct test_folder *folder, struct vm_pop3_mailbox *mailbox)
{
	char path[128];
	struct vm_error err;

	snprintf(path, sizeof(path), "%s/M", folder->path);
	assert_int_equal(vm_pop3_mailbox_open(mailbox, path, &err), VM_OK);
}

static void assert_uid(const struct vm_pop3_mailbox *mailbox, size_t index, const char *wanted)
{
	char uid[VM_POP3_UID_MAX + 1];

	vm_pop3_mailbox_uid(mailbox, index, uid);
	assert_string_equal(uid, wanted);
}

static bool exists(const struct test_folder *folder, const char *name)
{
	return faccessat(folder->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void messages_are_ordered_by_the_time_in_their_names(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/new/1000000003.M1P1_1.h,S=2", "x\n", 0600);
	test_folder_write(folder, "M/cur/1000000001.M5P1_1.h,S=2:2,S", "x\n", 0600);
	test_folder_write(folder, "M/cur/1000000001.M40P1_1.h,S=2:2,", "x\n", 0600);
	test_folder_write(folder, "M/new/999.old.style", "x\n", 0600);
	test_folder_write(folder, "M/new/.hidden", "x\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(mailbox.count, 4);
	assert_uid(&mailbox, 0, "999.old.style");
	assert_uid(&mailbox, 1, "1000000001.M5P1_1.h,S=2");
	assert_uid(&mailbox, 2, "1000000001.M40P1_1.h,S=2");
	assert_uid(&mailbox, 3, "1000000003.M1P1_1.h,S=2");
	vm_pop3_mailbox_release(&mailbox);
}

static void a_name_without_a_time_is_ordered_by_its_file(void **state)
{
	const struct test_folder *folder = *state;
	const struct timespec times[2] = { { 1500, 0 }, { 1500, 0 } };
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/new/1000.a", "x\n", 0600);
	test_folder_write(folder, "M/new/imported", "x\n", 0600);
	test_folder_write(folder, "M/new/2000.b", "x\n", 0600);
	assert_int_equal(utimensat(folder->fd, "M/new/imported", times, 0), 0);
	open_mailbox(folder, &mailbox);
	assert_uid(&mailbox, 1, "imported");
	vm_pop3_mailbox_release(&mailbox);
}

/* 10.2 item 11 of the old qmail-pop3d: a clock that steps back hid mail. */
static void mail_of_the_future_is_shown(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/new/99999999999.x", "x\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(mailbox.count, 1);
	vm_pop3_mailbox_release(&mailbox);
}

static void a_unique_id_holds_only_what_rfc_1939_allows(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/new/1000.a b\xff", "x\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_uid(&mailbox, 0, "1000.a%20b%FF");
	vm_pop3_mailbox_release(&mailbox);
}

static void sizes_count_line_ends_as_two(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;

	test_folder_write(folder, "M/new/1.a", "a\nb\n", 0600);
	test_folder_write(folder, "M/new/2.a", "a\r\nb", 0600);
	test_folder_write(folder, "M/new/3.a", "", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(vm_pop3_mailbox_measure(&mailbox, &err), VM_OK);
	assert_int_equal(mailbox.messages[0].octets, 6);
	assert_int_equal(mailbox.messages[1].octets, 6);
	assert_int_equal(mailbox.messages[2].octets, 0);
	vm_pop3_mailbox_release(&mailbox);
}

static void remembered_sizes_save_reading_and_follow_a_rename(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;

	test_folder_write(folder, "M/new/1.a", "a\nb\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(vm_pop3_mailbox_measure(&mailbox, &err), VM_OK);
	assert_int_equal(vm_pop3_mailbox_remember(&mailbox, &err), VM_OK);
	vm_pop3_mailbox_release(&mailbox);
	assert_true(exists(folder, "M/" VM_POP3_SIZES_NAME));
	/* other content under the same base name: only a remembered size can still be 6 */
	assert_int_equal(unlinkat(folder->fd, "M/new/1.a", 0), 0);
	test_folder_write(folder, "M/cur/1.a:2,S", "something else\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(vm_pop3_mailbox_measure(&mailbox, &err), VM_OK);
	assert_int_equal(mailbox.messages[0].octets, 6);
	vm_pop3_mailbox_release(&mailbox);
}

static void a_damaged_memory_of_sizes_is_not_believed(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_size item = { vm_pop3_sizes_key("1.a", 3), 12345 };
	struct vm_pop3_sizes sizes = { &item, 1 };
	struct vm_pop3_sizes loaded;
	struct vm_error err;
	char bytes[ROOM];
	const int maildir = openat(folder->fd, "M", O_RDONLY | O_DIRECTORY);
	int fd, length;

	assert_true(maildir >= 0);
	assert_int_equal(vm_pop3_sizes_save(maildir, &sizes, &err), VM_OK);
	vm_pop3_sizes_load(maildir, &loaded);
	assert_int_equal(loaded.count, 1);
	vm_pop3_sizes_free(&loaded);
	fd = openat(maildir, VM_POP3_SIZES_NAME, O_RDWR);
	length = (int)read(fd, bytes, sizeof(bytes));
	assert_true(length > 0);
	for (int i = 0; i < length; i++) {
		bytes[i] ^= 1;
		assert_int_equal(pwrite(fd, bytes, (size_t)length, 0), length);
		vm_pop3_sizes_load(maildir, &loaded);
		assert_int_equal(loaded.count, 0);
		bytes[i] ^= 1;
	}
	for (int cut = length - 1; cut >= 0; cut--) {
		assert_int_equal(pwrite(fd, bytes, (size_t)length, 0), length);
		assert_int_equal(ftruncate(fd, cut), 0);
		vm_pop3_sizes_load(maildir, &loaded);
		assert_int_equal(loaded.count, 0);
	}
	close(fd);
	close(maildir);
}

static void a_message_that_was_renamed_is_found_again(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;
	int fd = -1;

	test_folder_write(folder, "M/new/1.a", "one\n", 0600);
	test_folder_write(folder, "M/new/2.b", "two\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(renameat(folder->fd, "M/new/1.a", folder->fd, "M/cur/1.a:2,RS"), 0);
	assert_int_equal(unlinkat(folder->fd, "M/new/2.b", 0), 0);
	test_folder_write(folder, "M/new/0.late", "late\n", 0600);
	assert_int_equal(vm_pop3_mailbox_open_message(&mailbox, 0, &fd, &err), VM_OK);
	close(fd);
	assert_int_equal(vm_pop3_mailbox_open_message(&mailbox, 1, &fd, &err), VM_NOT_FOUND);
	assert_int_equal(mailbox.count, 2);
	assert_uid(&mailbox, 0, "1.a");
	assert_uid(&mailbox, 1, "2.b");
	assert_int_equal(vm_pop3_mailbox_measure(&mailbox, &err), VM_OK);
	assert_int_equal(mailbox.messages[1].octets, 0);
	vm_pop3_mailbox_release(&mailbox);
}

static void a_message_seen_in_both_folders_is_one(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/new/1.a", "one\n", 0600);
	test_folder_write(folder, "M/cur/1.a:2,", "one\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(mailbox.count, 1);
	assert_false(mailbox.messages[0].is_new);
	vm_pop3_mailbox_release(&mailbox);
}

static void the_end_removes_moves_and_counts(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;
	char room[ROOM];

	test_folder_write(folder, "M/maildirsize", "1000S\n18 3\n", 0600);
	test_folder_write(folder, "M/new/1.a,S=4", "one\n", 0600);
	test_folder_write(folder, "M/new/2.b", "two\n", 0600);
	test_folder_write(folder, "M/cur/3.c,S=6:2,S", "three\n", 0600);
	test_folder_write(folder, "M/cur/4.d,S=5:2,T", "four\n", 0600);
	open_mailbox(folder, &mailbox);
	mailbox.messages[1].is_deleted = true;
	mailbox.messages[2].is_deleted = true;
	mailbox.messages[3].is_deleted = true;
	assert_int_equal(vm_pop3_mailbox_apply(&mailbox, &err), VM_OK);
	vm_pop3_mailbox_release(&mailbox);
	assert_true(exists(folder, "M/cur/1.a,S=4:2,"));
	assert_false(exists(folder, "M/new/1.a,S=4"));
	assert_false(exists(folder, "M/new/2.b"));
	assert_false(exists(folder, "M/cur/3.c,S=6:2,S"));
	assert_false(exists(folder, "M/cur/4.d,S=5:2,T"));
	/* the one with flag T was not counted */
	assert_string_equal(test_folder_read(folder, "M/maildirsize", room, sizeof(room)),
			    "1000S\n18 3\n-10 -2\n");
}

static void a_deleted_message_that_was_renamed_goes_too(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;

	test_folder_write(folder, "M/new/1.a", "one\n", 0600);
	test_folder_write(folder, "M/new/2.b", "two\n", 0600);
	open_mailbox(folder, &mailbox);
	assert_int_equal(renameat(folder->fd, "M/new/1.a", folder->fd, "M/cur/1.a:2,S"), 0);
	assert_int_equal(unlinkat(folder->fd, "M/new/2.b", 0), 0);
	mailbox.messages[0].is_deleted = mailbox.messages[1].is_deleted = true;
	assert_int_equal(vm_pop3_mailbox_apply(&mailbox, &err), VM_OK);
	vm_pop3_mailbox_release(&mailbox);
	assert_false(exists(folder, "M/cur/1.a:2,S"));
}

static void tmp_loses_only_what_is_older_than_36_hours(void **state)
{
	const struct test_folder *folder = *state;
	const time_t now = time(NULL);
	const struct timespec old[2] = { { now - 37 * 3600, 0 }, { now - 37 * 3600, 0 } };
	const struct timespec mixed[2] = { { now - 37 * 3600, 0 }, { now, 0 } };
	struct vm_pop3_mailbox mailbox;

	test_folder_write(folder, "M/tmp/old", "x", 0600);
	test_folder_write(folder, "M/tmp/written", "x", 0600);
	test_folder_write(folder, "M/tmp/fresh", "x", 0600);
	assert_int_equal(utimensat(folder->fd, "M/tmp/old", old, 0), 0);
	assert_int_equal(utimensat(folder->fd, "M/tmp/written", mixed, 0), 0);
	open_mailbox(folder, &mailbox);
	vm_pop3_mailbox_release(&mailbox);
	assert_false(exists(folder, "M/tmp/old"));
	assert_true(exists(folder, "M/tmp/written"));
	assert_true(exists(folder, "M/tmp/fresh"));
}

static void what_is_not_a_message_file_is_never_followed(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;

	assert_int_equal(symlinkat("/etc/passwd", folder->fd, "M/new/1.link"), 0);
	assert_int_equal(mkfifoat(folder->fd, "M/new/2.fifo", 0600), 0);
	assert_int_equal(mkdirat(folder->fd, "M/cur/3.folder", 0700), 0);
	open_mailbox(folder, &mailbox);
	assert_int_equal(mailbox.count, 0);
	vm_pop3_mailbox_release(&mailbox);
}

static void a_maildir_that_is_not_whole_is_a_maybe(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_pop3_mailbox mailbox;
	struct vm_error err;
	char path[128];

	snprintf(path, sizeof(path), "%s/absent", folder->path);
	assert_int_equal(vm_pop3_mailbox_open(&mailbox, path, &err), VM_TEMPFAIL);
	vm_pop3_mailbox_release(&mailbox);
	snprintf(path, sizeof(path), "%s/M", folder->path);
	assert_int_equal(unlinkat(folder->fd, "M/cur", AT_REMOVEDIR), 0);
	assert_int_equal(vm_pop3_mailbox_open(&mailbox, path, &err), VM_TEMPFAIL);
	vm_pop3_mailbox_release(&mailbox);
	assert_int_equal(symlinkat("new", folder->fd, "M/cur"), 0);
	assert_int_equal(vm_pop3_mailbox_open(&mailbox, path, &err), VM_TEMPFAIL);
	vm_pop3_mailbox_release(&mailbox);
}

#define WITH_MAILDIR(test) cmocka_unit_test_setup_teardown(test, make_maildir, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MAILDIR(messages_are_ordered_by_the_time_in_their_names),
		WITH_MAILDIR(a_name_without_a_time_is_ordered_by_its_file),
		WITH_MAILDIR(mail_of_the_future_is_shown),
		WITH_MAILDIR(a_unique_id_holds_only_what_rfc_1939_allows),
		WITH_MAILDIR(sizes_count_line_ends_as_two),
		WITH_MAILDIR(remembered_sizes_save_reading_and_follow_a_rename),
		WITH_MAILDIR(a_damaged_memory_of_sizes_is_not_believed),
		WITH_MAILDIR(a_message_that_was_renamed_is_found_again),
		WITH_MAILDIR(a_message_seen_in_both_folders_is_one),
		WITH_MAILDIR(the_end_removes_moves_and_counts),
		WITH_MAILDIR(a_deleted_message_that_was_renamed_goes_too),
		WITH_MAILDIR(tmp_loses_only_what_is_older_than_36_hours),
		WITH_MAILDIR(what_is_not_a_message_file_is_never_followed),
		WITH_MAILDIR(a_maildir_that_is_not_whole_is_a_maybe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
