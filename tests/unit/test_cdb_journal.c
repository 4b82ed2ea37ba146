/* Tests of the journal of the cdb module. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal.h"
#include "test_folder.h"

/* Three records: bob added; carol added and bob changed; bob removed. */
struct sample {
	struct vm_buf bytes;
	size_t ends[4];
};

static void put(struct vm_changes *changes, const char *user, const char *fields, bool in_below)
{
	const struct vm_change change = { .user = user,
					  .user_length = strlen(user),
					  .fields = fields,
					  .fields_length = fields == NULL ? 0 : strlen(fields),
					  .in_below = in_below };
	struct vm_error err;

	assert_int_equal(vm_changes_put(changes, &change, &err), VM_OK);
}

static void print(struct vm_changes *changes, struct vm_buf *bytes)
{
	struct vm_error err;

	assert_int_equal(vm_journal_print(changes, bytes->length, bytes, &err), VM_OK);
	vm_changes_release(changes);
}

static void make_sample(struct sample *sample)
{
	struct vm_changes changes;

	vm_buf_init(&sample->bytes, VM_JOURNAL_MAX);
	vm_changes_init(&changes);
	sample->ends[0] = 0;
	put(&changes, "bob", "h:1:0:::q", false);
	print(&changes, &sample->bytes);
	sample->ends[1] = sample->bytes.length;
	put(&changes, "carol", "h:1:0:::q", false);
	put(&changes, "bob", "h2:1:0:::q", true);
	print(&changes, &sample->bytes);
	sample->ends[2] = sample->bytes.length;
	put(&changes, "bob", NULL, true);
	print(&changes, &sample->bytes);
	sample->ends[3] = sample->bytes.length;
}

/* Loads a copy of exactly this length, so that a sanitizer sees a step too far. */
static enum vm_status load(const char *bytes, size_t length, size_t *end,
			   struct vm_changes *changes)
{
	char *const copy = malloc(length == 0 ? 1 : length);
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	vm_changes_init(changes);
	status = vm_journal_load(copy, length, end, changes, &err);
	free(copy);
	return status;
}

static void records_come_back_and_the_youngest_word_counts(void **state)
{
	struct sample sample;
	struct vm_changes changes;
	struct vm_change found;
	struct vm_error err;
	size_t end = 0;

	(void)state;
	make_sample(&sample);
	assert_int_equal(load(sample.bytes.bytes, sample.bytes.length, &end, &changes), VM_OK);
	assert_int_equal(end, sample.bytes.length);
	assert_int_equal(changes.count, 2);
	assert_null(vm_changes_find(&changes, "bob", 3)->fields);
	assert_int_equal(vm_changes_net(&changes), 1); /* carol; bob came and went */
	vm_changes_release(&changes);
	assert_int_equal(vm_journal_find(sample.bytes.bytes, sample.ends[2], "bob", &found, &err),
			 VM_OK);
	assert_memory_equal(found.fields, "h2:", 3);
	assert_int_equal(vm_journal_find(sample.bytes.bytes, sample.ends[3], "bob", &found, &err),
			 VM_OK);
	assert_null(found.fields);
	assert_int_equal(vm_journal_find(sample.bytes.bytes, sample.ends[3], "bo", &found, &err),
			 VM_NOT_FOUND);
	vm_buf_release(&sample.bytes);
}

static void a_tail_torn_at_any_byte_ends_the_journal_before_it(void **state)
{
	struct sample sample;

	(void)state;
	make_sample(&sample);
	for (size_t length = 0; length <= sample.bytes.length; length++) {
		struct vm_changes changes;
		size_t end = 0, whole = 0;

		while (whole < 3 && sample.ends[whole + 1] <= length)
			whole++;
		assert_int_equal(load(sample.bytes.bytes, length, &end, &changes), VM_OK);
		assert_int_equal(end, sample.ends[whole]);
		vm_changes_release(&changes);
	}
	vm_buf_release(&sample.bytes);
}

static void a_tail_of_zeros_or_garbage_is_torn_too(void **state)
{
	struct sample sample;
	struct vm_changes changes;
	size_t end = 0;

	(void)state;
	make_sample(&sample);
	memset(sample.bytes.bytes + sample.ends[2], 0, sample.ends[3] - sample.ends[2]);
	assert_int_equal(load(sample.bytes.bytes, sample.bytes.length, &end, &changes), VM_OK);
	assert_int_equal(end, sample.ends[2]);
	vm_changes_release(&changes);
	memset(sample.bytes.bytes + sample.ends[2], 'V', sample.ends[3] - sample.ends[2]);
	assert_int_equal(load(sample.bytes.bytes, sample.bytes.length, &end, &changes), VM_OK);
	assert_int_equal(end, sample.ends[2]);
	vm_changes_release(&changes);
	vm_buf_release(&sample.bytes);
}

static void a_bad_byte_before_good_records_is_later(void **state)
{
	struct sample sample;

	(void)state;
	make_sample(&sample);
	for (size_t i = 0; i < sample.ends[2]; i++) {
		struct vm_changes changes;
		size_t end = 0;

		sample.bytes.bytes[i] ^= 1;
		assert_int_equal(load(sample.bytes.bytes, sample.bytes.length, &end, &changes),
				 VM_TEMPFAIL);
		vm_changes_release(&changes);
		sample.bytes.bytes[i] ^= 1;
	}
	vm_buf_release(&sample.bytes);
}

static void a_torn_tail_is_cut_before_appending(void **state)
{
	const struct test_folder *const folder = *state;
	struct sample sample;
	struct vm_buf record, bytes;
	struct vm_changes changes;
	struct vm_error err;
	size_t end = 0;

	make_sample(&sample);
	vm_buf_init(&record, VM_JOURNAL_MAX);
	vm_buf_init(&bytes, VM_JOURNAL_MAX);
	vm_buf_append(&record, sample.bytes.bytes, sample.ends[2]);
	assert_int_equal(vm_journal_append(folder->fd, 0, &record, &err), VM_OK);
	test_folder_write(folder, VM_JOURNAL_NAME, "", 0600);
	vm_buf_append(&record,
		      "VJ1 torn and more torn than the next record is long, and then some "
		      "more of it still ...............................................",
		      120);
	assert_int_equal(vm_journal_append(folder->fd, 0, &record, &err), VM_OK);
	vm_buf_clear(&record);
	vm_buf_append(&record, sample.bytes.bytes + sample.ends[2],
		      sample.ends[3] - sample.ends[2]);
	assert_int_equal(vm_journal_append(folder->fd, sample.ends[2], &record, &err), VM_OK);
	assert_int_equal(vm_journal_read(folder->fd, &bytes, &err), VM_OK);
	assert_int_equal(bytes.length, sample.ends[3]);
	assert_int_equal(load(bytes.bytes, bytes.length, &end, &changes), VM_OK);
	assert_int_equal(end, sample.ends[3]);
	vm_changes_release(&changes);
	vm_buf_release(&bytes);
	vm_buf_release(&record);
	vm_buf_release(&sample.bytes);
}

static void a_change_kept_through_many_others_is_found(void **state)
{
	struct vm_changes changes;
	char user[32];

	(void)state;
	vm_changes_init(&changes);
	for (int i = 9999; i >= 0; i--) {
		(void)snprintf(user, sizeof user, "u%04d", i);
		put(&changes, user, user, i % 2 == 0);
	}
	vm_changes_sort(&changes);
	for (size_t i = 0; i < changes.count; i++) {
		(void)snprintf(user, sizeof user, "u%04zu", i);
		assert_memory_equal(changes.items[i].user, user, 5);
		assert_ptr_equal(vm_changes_find(&changes, user, 5), &changes.items[i]);
	}
	assert_int_equal(vm_changes_net(&changes), 5000);
	put(&changes, "u0001", NULL, true); /* what is known of the levels below stays */
	assert_int_equal(vm_changes_net(&changes), 4999);
	vm_changes_release(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_and_the_youngest_word_counts),
		cmocka_unit_test(a_tail_torn_at_any_byte_ends_the_journal_before_it),
		cmocka_unit_test(a_tail_of_zeros_or_garbage_is_torn_too),
		cmocka_unit_test(a_bad_byte_before_good_records_is_later),
		cmocka_unit_test_setup_teardown(a_torn_tail_is_cut_before_appending,
						test_folder_make, test_folder_remove),
		cmocka_unit_test(a_change_kept_through_many_others_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
