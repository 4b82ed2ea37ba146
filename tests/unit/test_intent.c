/* Tests of operations/intent.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "operations/intent.h"
#include "unit/test_folder.h"
#include "util/file.h"

struct notes {
	struct test_folder *folder;
	struct vm_arena arena;
	struct vm_error err;
};

static const struct vm_intent about_bob = { .kind = "remove-account",
					    .subject = "bob",
					    .fields = { "/v/bob", NULL, "" } };

static int make(void **state)
{
	static struct notes notes;

	if (test_folder_make((void **)&notes.folder) != 0)
		return -1;
	vm_arena_init(&notes.arena, 4 * 1024 * 1024);
	*state = &notes;
	return 0;
}

static int release(void **state)
{
	struct notes *const notes = *state;

	vm_arena_release(&notes->arena);
	return test_folder_remove((void **)&notes->folder);
}

static enum vm_status take(struct notes *notes, struct vm_intent *out, struct vm_file_lock *hold)
{
	return vm_intent_take(notes->folder->path, "remove-account", "bob", &notes->arena, out,
			      hold, &notes->err);
}

static void a_note_is_read_as_it_was_written(void **state)
{
	struct notes *const notes = *state;
	struct vm_file_lock hold;
	struct vm_intent found;

	assert_int_equal(vm_intent_write(notes->folder->path, &about_bob, &hold, &notes->err),
			 VM_OK);
	vm_file_lock_release(&hold);
	assert_int_equal(take(notes, &found, &hold), VM_OK);
	assert_string_equal(found.kind, "remove-account");
	assert_string_equal(found.subject, "bob");
	assert_string_equal(found.fields[0], "/v/bob");
	assert_string_equal(found.fields[1], "");
	assert_int_equal(vm_intent_remove(notes->folder->path, &found, &hold, &notes->err), VM_OK);
	assert_int_equal(take(notes, &found, &hold), VM_NOT_FOUND);
}

static void a_held_note_is_neither_taken_nor_replaced(void **state)
{
	struct notes *const notes = *state;
	struct vm_file_lock hold, other;
	struct vm_intent found;

	assert_int_equal(vm_intent_write(notes->folder->path, &about_bob, &hold, &notes->err),
			 VM_OK);
	assert_int_equal(take(notes, &found, &other), VM_EXISTS);
	assert_int_equal(vm_intent_write(notes->folder->path, &about_bob, &other, &notes->err),
			 VM_TEMPFAIL);
	vm_file_lock_release(&hold);
	assert_int_equal(vm_intent_write(notes->folder->path, &about_bob, &other, &notes->err),
			 VM_OK);
	vm_file_lock_release(&other);
}

static void without_a_folder_there_is_no_note(void **state)
{
	struct notes *const notes = *state;
	struct vm_intent_list list;
	struct vm_file_lock hold;
	struct vm_intent found;

	assert_int_equal(take(notes, &found, &hold), VM_NOT_FOUND);
	assert_int_equal(vm_intent_list(notes->folder->path, &notes->arena, &list, &notes->err),
			 VM_OK);
	assert_int_equal(list.count, 0);
}

static void a_damaged_note_is_listed_and_counts_as_none(void **state)
{
	struct notes *const notes = *state;
	struct vm_intent_list list;
	struct vm_file_lock hold;
	struct vm_intent found;
	int fd = -1;

	assert_int_equal(mkdirat(notes->folder->fd, ".intents", 0700), 0);
	fd = openat(notes->folder->fd, ".intents/remove-account.bob", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	vm_file_discard(&fd);
	assert_int_equal(vm_intent_list(notes->folder->path, &notes->arena, &list, &notes->err),
			 VM_OK);
	assert_int_equal(list.count, 1);
	assert_true(list.items[0].is_damaged);
	assert_int_equal(take(notes, &found, &hold), VM_NOT_FOUND);
	assert_int_not_equal(faccessat(notes->folder->fd, ".intents/remove-account.bob", F_OK, 0),
			     0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_note_is_read_as_it_was_written),
		TEST(a_held_note_is_neither_taken_nor_replaced),
		TEST(without_a_folder_there_is_no_note),
		TEST(a_damaged_note_is_listed_and_counts_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
