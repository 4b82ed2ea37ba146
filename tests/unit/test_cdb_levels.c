/* Tests of the levels of the cdb module: journal, delta, base files, and what moves between them. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base.h"
#include "cdb_fold.h"
#include "cdb_site.h"
#include "delta.h"
#include "journal.h"

enum { BIG = 4000 }; /* accounts that make a vpasswd of more than 256 KiB */

static int make_big(void **state)
{
	struct vm_error err = { .status = VM_OK };

	if (site_make(state) != 0)
		return -1;
	site_fill(*state, 0, BIG);
	return site_fold(*state, &err) == VM_OK ? 0 : -1;
}

/* Every account of the base is there once, in order, and the sum agrees with the list. */
static void check_whole(struct cdb_site *site, uint64_t wanted)
{
	const struct vm_page page = { "", 1000000 };
	struct vm_account_list list;
	struct vm_error err = { .status = VM_OK };

	if (vm_cdb_module.accounts->list(site->backend, SITE_DOMAIN, page, &site->arena, &list,
					 &err) != VM_OK)
		fail_msg("list: %s", err.text);
	for (size_t i = 1; i < list.count; i++)
		assert_true(strcmp(list.items[i - 1].user, list.items[i].user) < 0);
	assert_int_equal(list.count, wanted);
	assert_int_equal(site_count(site), wanted);
	assert_int_equal(vm_cdb_module.units->begin(site->backend, SITE_DOMAIN, &err), VM_OK);
	assert_int_equal(site_count(site), wanted); /* from the sums */
	vm_cdb_module.units->rollback(site->backend);
}

static void a_change_in_a_big_domain_is_one_record(void **state)
{
	struct cdb_site *const site = *state;
	const long text = site_size(site, VM_BASE_TEXT), cdb = site_size(site, VM_BASE_CDB);

	assert_true(text > VM_BASE_SMALL);
	assert_int_equal(site_size(site, VM_JOURNAL_NAME), -1);
	assert_int_equal(site_insert(site, "bob", "b"), VM_OK);
	assert_true(site_size(site, VM_JOURNAL_NAME) > 0);
	assert_true(site_size(site, VM_JOURNAL_NAME) < 200);
	assert_int_equal(site_size(site, VM_BASE_TEXT), text);
	assert_int_equal(site_size(site, VM_BASE_CDB), cdb);
	assert_int_equal(site_size(site, VM_DELTA_NAME), -1);
	assert_string_equal(site_comment(site, "bob"), "b");
	check_whole(site, BIG + 1);
}

static void a_full_journal_becomes_a_delta(void **state)
{
	struct cdb_site *const site = *state;
	char user[32];
	unsigned int count = 0;

	while (site_size(site, VM_DELTA_NAME) < 0) {
		assert_true(count < 2000);
		assert_true(site_size(site, VM_JOURNAL_NAME) <= VM_JOURNAL_MAX);
		(void)snprintf(user, sizeof user, "new%04u", count++);
		assert_int_equal(site_insert(site, user, user), VM_OK);
	}
	assert_int_equal(site_size(site, VM_JOURNAL_NAME), -1);
	assert_string_equal(site_comment(site, "new0000"), "new0000");
	assert_string_equal(site_comment(site, user), user);
	check_whole(site, BIG + count);
	assert_int_equal(site_delete(site, "new0000"), VM_OK);
	assert_int_equal(site_delete(site, "user000000"), VM_OK);
	assert_null(site_comment(site, "new0000"));
	assert_null(site_comment(site, "user000000"));
	check_whole(site, BIG + count - 2);
}

static void a_grown_delta_is_folded_into_the_base(void **state)
{
	struct cdb_site *const site = *state;
	const long before = site_size(site, VM_BASE_TEXT);
	unsigned int next = BIG;

	while (site_size(site, VM_BASE_TEXT) == before) {
		assert_true(next < 40000);
		site_fill(site, next, 1000);
		next += 1000;
	}
	assert_true(next > BIG + 1000);
	assert_int_equal(site_size(site, VM_DELTA_NAME), -1);
	check_whole(site, next);
	assert_int_equal(site->warnings, 0);
}

static void removal_in_every_level_is_removal(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_fold fold = { .folder = site->folder, .name = SITE_DOMAIN };
	struct vm_error err;

	assert_int_equal(site_delete(site, "user000001"), VM_OK); /* will lie in the delta */
	assert_int_equal(vm_cdb_fold_journal(&fold, NULL, &err), VM_OK);
	assert_int_equal(site_delete(site, "user000002"), VM_OK); /* in the journal */
	assert_int_equal(site_insert(site, "user000001", "again"), VM_OK);
	assert_null(site_comment(site, "user000002"));
	assert_string_equal(site_comment(site, "user000001"), "again");
	check_whole(site, BIG - 1);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_null(site_comment(site, "user000002"));
	assert_string_equal(site_comment(site, "user000001"), "again");
	check_whole(site, BIG - 1);
	assert_int_equal(site_size(site, VM_JOURNAL_NAME), -1);
	assert_int_equal(site_size(site, VM_DELTA_NAME), -1);
}

/* What a fold that was killed after each of its steps leaves behind says the same as before and after. */
static void a_fold_cut_short_after_any_step_changes_no_answer(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_fold fold = { .folder = site->folder, .name = SITE_DOMAIN };
	struct vm_error err;
	size_t delta_length = 0, journal_length = 0, cdb_length = 0;
	char *delta = NULL, *journal = NULL, *cdb = NULL;

	assert_int_equal(site_update(site, "user000003", "young"), VM_OK);
	assert_int_equal(site_insert(site, "zoe", "z"), VM_OK);
	assert_int_equal(site_delete(site, "user000004"), VM_OK);
	journal = site_read(site, VM_JOURNAL_NAME, &journal_length);
	assert_int_equal(vm_cdb_fold_journal(&fold, NULL, &err), VM_OK);
	site_write(site, VM_JOURNAL_NAME, journal, journal_length); /* killed before it went */
	check_whole(site, BIG);
	assert_int_equal(vm_cdb_fold_journal(&fold, NULL, &err), VM_OK);
	check_whole(site, BIG);
	delta = site_read(site, VM_DELTA_NAME, &delta_length);
	cdb = site_read(site, VM_BASE_CDB, &cdb_length);
	assert_int_equal(site_fold(site, &err), VM_OK);
	site_write(site, VM_DELTA_NAME, delta, delta_length); /* killed before it went */
	check_whole(site, BIG);
	site_write(site, VM_BASE_CDB, cdb, cdb_length); /* killed between the renames */
	assert_int_equal(unlinkat(site->folder, VM_BASE_SIDECAR, 0), 0);
	check_whole(site, BIG);
	assert_string_equal(site_comment(site, "user000003"), "young");
	assert_string_equal(site_comment(site, "zoe"), "z");
	assert_null(site_comment(site, "user000004"));
	assert_int_equal(site_insert(site, "user000004", "again"), VM_OK);
	check_whole(site, BIG + 1);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "user000004"), "again");
	check_whole(site, BIG + 1);
	free(cdb);
	free(delta);
	free(journal);
}

/* Is it known, whoever asks: never "no", whatever is left of the cdb. */
static void a_vpasswd_cdb_cut_anywhere_is_answered_from_vpasswd(void **state)
{
	struct cdb_site *const site = *state;
	long size = 0;

	for (int i = 0; i < 40; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "u%02d", i);
		assert_int_equal(site_insert(site, user, user), VM_OK);
	}
	size = site_size(site, VM_BASE_CDB);
	for (long length = size - 1; length >= 0; length--) {
		const int fd = openat(site->folder, VM_BASE_CDB, O_RDWR);

		assert_int_equal(ftruncate(fd, length), 0);
		close(fd);
		assert_string_equal(site_comment(site, "u17"), "u17");
		assert_null(site_comment(site, "nobody"));
	}
	assert_int_equal(unlinkat(site->folder, VM_BASE_CDB, 0), 0);
	assert_string_equal(site_comment(site, "u17"), "u17");
	assert_int_equal(site_insert(site, "u99", "u99"), VM_OK); /* the fold builds it anew */
	assert_true(site_size(site, VM_BASE_CDB) > size);
}

static void without_a_cdb_a_vpasswd_cut_inside_a_line_is_later(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	size_t length = 0;
	char *text = NULL;

	for (int i = 0; i < 3; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "u%02d", i);
		assert_int_equal(site_insert(site, user, user), VM_OK);
	}
	assert_int_equal(unlinkat(site->folder, VM_BASE_CDB, 0), 0);
	text = site_read(site, VM_BASE_TEXT, &length);
	for (size_t i = 0; i < length; i++) {
		const bool whole = i > 0 && text[i - 1] == '\n';

		site_write(site, VM_BASE_TEXT, text, i);
		assert_int_equal(site_get(site, "nobody", &err),
				 whole ? VM_NOT_FOUND : VM_TEMPFAIL);
	}
	free(text);
}

static void an_empty_or_zeroed_cdb_beside_a_full_vpasswd_is_no_answer(void **state)
{
	struct cdb_site *const site = *state;
	static const char zeros[4096];
	struct vm_error err;
	size_t length = 0;
	char *const empty = site_read(site, VM_BASE_CDB, &length);

	assert_int_equal(length, 2048);
	assert_int_equal(site_insert(site, "bob", "b"), VM_OK);
	site_write(site, VM_BASE_CDB, empty, length);
	assert_string_equal(site_comment(site, "bob"), "b");
	site_write(site, VM_BASE_CDB, zeros, 2048);
	assert_string_equal(site_comment(site, "bob"), "b");
	site_write(site, VM_BASE_CDB, zeros, 4096);
	assert_string_equal(site_comment(site, "bob"), "b");
	site_write_text(site, VM_BASE_TEXT, "");
	assert_int_equal(site_get(site, "bob", &err), VM_TEMPFAIL);
	assert_int_equal(unlinkat(site->folder, VM_BASE_TEXT, 0), 0);
	assert_int_equal(site_get(site, "bob", &err), VM_TEMPFAIL);
	free(empty);
}

static void a_damaged_journal_or_delta_is_later(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	size_t length = 0;
	char *journal = NULL;
	uint64_t count = 0;

	assert_int_equal(site_insert(site, "a", "1"), VM_OK);
	assert_int_equal(site_insert(site, "b", "1"), VM_OK);
	journal = site_read(site, VM_JOURNAL_NAME, &length);
	journal[50] ^= 1;
	site_write(site, VM_JOURNAL_NAME, journal, length);
	assert_int_equal(site_get(site, "user000000", &err), VM_TEMPFAIL);
	assert_int_equal(vm_cdb_module.accounts->count(site->backend, SITE_DOMAIN, &count, &err),
			 VM_TEMPFAIL);
	assert_int_equal(site_insert(site, "c", "1"), VM_TEMPFAIL);
	journal[50] ^= 1;
	site_write(site, VM_JOURNAL_NAME, journal, length);
	assert_string_equal(site_comment(site, "b"), "1");
	site_write(site, VM_DELTA_NAME, "short", 5);
	assert_int_equal(site_get(site, "user000000", &err), VM_TEMPFAIL);
	assert_string_equal(site_comment(site, "b"), "1"); /* the journal is younger */
	free(journal);
}

/* vmkpasswd, edit, vmkpasswd: also when the edit leaves the lines out of order. */
static void a_hand_edit_is_taken_in_by_the_next_fold(void **state)
{
	struct cdb_site *const site = *state;
	static const char added[] = "aaa:h:1:0:by hand::NOQUOTA\n";
	struct vm_error err = { .status = VM_OK };
	size_t length = 0;
	char *text = NULL, *edited = NULL;

	assert_int_equal(site_insert(site, "bob", "journal"), VM_OK);
	assert_int_equal(site_fold(site, &err), VM_OK);
	text = site_read(site, VM_BASE_TEXT, &length);
	edited = malloc(length + sizeof added);
	assert_non_null(edited);
	memcpy(edited, text, length);
	memcpy(edited + length, added, sizeof added);
	assert_non_null(strstr(edited, "user000005:$1$"));
	*strstr(edited, "user000005:$1$") = 'U'; /* renamed: Vser would sort elsewhere too */
	site_write_text(site, VM_BASE_TEXT, edited);
	assert_int_equal(site_insert(site, "zoe", "young"), VM_OK); /* beats the edit, is kept */
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "aaa"), "by hand");
	assert_string_equal(site_comment(site, "bob"), "journal");
	assert_string_equal(site_comment(site, "User000005"), "user000005");
	assert_null(site_comment(site, "user000005"));
	check_whole(site, BIG + 3);
	free(edited);
	free(text);
}

static void a_journal_record_beats_the_base(void **state)
{
	struct cdb_site *const site = *state;
	size_t length = 0;
	char *const text = site_read(site, VM_BASE_TEXT, &length);
	struct vm_error err;

	assert_int_equal(site_update(site, "user000007", "journal"), VM_OK);
	memcpy(strstr(text, "user000007:$1$") + 12, "2$", 2);
	site_write(site, VM_BASE_TEXT, text, length);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "user000007"), "journal");
	free(text);
}

static void a_damaged_line_stops_the_fold_and_nothing_else(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;

	assert_int_equal(site_insert(site, "bob", "b"), VM_OK);
	site_write_text(site, VM_BASE_TEXT, "bob:h:1:0:c::q\nnonsense\n");
	assert_int_equal(site_fold(site, &err), VM_MISCONFIG);
	assert_non_null(strstr(err.text, "line 2"));
	/* The change itself is safe in the journal; somebody hears of the fold that did not work. */
	assert_int_equal(site_insert(site, "carol", "c"), VM_OK);
	assert_int_equal(site->warnings, 1);
	assert_non_null(strstr(site->warning, "line 2"));
	assert_string_equal(site_comment(site, "carol"), "c");
	site_write_text(site, VM_BASE_TEXT, "bob:h:1:0:mended::q\n");
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "bob"), "mended");
	assert_string_equal(site_comment(site, "carol"), "c");
	assert_int_equal(site_count(site), 2);
}

/* As 5.4 does it: new files in the place of the old ones, under its lock, knowing nothing of our levels. */
static void what_5_4_writes_under_a_journal_is_kept_and_so_is_the_journal(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	size_t length = 0;
	char *const text = site_read(site, VM_BASE_TEXT, &length);

	assert_int_equal(site_insert(site, "bob", "journal"), VM_OK);
	memcpy(strstr(text, "user000009::NOQUOTA"), "USER000009", 10);
	site_write(site, "vpasswd.bak.1", text, length);
	assert_int_equal(renameat(site->folder, "vpasswd.bak.1", site->folder, VM_BASE_TEXT), 0);
	assert_string_equal(site_comment(site, "bob"), "journal");
	check_whole(site, BIG + 1);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "user000009"), "USER000009");
	assert_string_equal(site_comment(site, "bob"), "journal");
	check_whole(site, BIG + 1);
	free(text);
}

static void a_name_that_comes_twice_counts_once_and_somebody_hears_of_it(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;

	site_write_text(site, VM_BASE_TEXT, "bob:h:1:0:one::q\nal:h:1:0:::q\nbob:h:1:0:two::q\n");
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_string_equal(site_comment(site, "bob"), "one");
	assert_int_equal(site_count(site), 2);
	assert_int_equal(site->warnings, 1);
}

static void a_big_vpasswd_out_of_order_is_not_listed_but_looked_up(void **state)
{
	struct cdb_site *const site = *state;
	const struct vm_page page = { "", 10 };
	struct vm_account_list list;
	struct vm_error err;
	size_t length = 0;
	char *const text = site_read(site, VM_BASE_TEXT, &length);

	text[0] = 'z';
	site_write(site, VM_BASE_TEXT, text, length);
	assert_int_equal(vm_cdb_module.accounts->list(site->backend, SITE_DOMAIN, page,
						      &site->arena, &list, &err),
			 VM_MISCONFIG);
	assert_string_equal(site_comment(site, "user000001"), "user000001");
	assert_int_equal(site_fold(site, &err), VM_OK);
	check_whole(site, BIG);
	free(text);
}

static void a_change_of_a_small_domain_is_seen_at_once_by_old_readers(void **state)
{
	struct cdb_site *const site = *state;
	char *text = NULL;

	assert_int_equal(site_insert(site, "bob", "one"), VM_OK);
	assert_int_equal(site_update(site, "bob", "two"), VM_OK);
	text = site_read(site, VM_BASE_TEXT, NULL);
	assert_non_null(strstr(text, ":two:"));
	free(text);
	assert_int_equal(site_delete(site, "bob"), VM_OK);
	assert_int_equal(site_size(site, VM_BASE_TEXT), 0);
	assert_int_equal(site_size(site, VM_BASE_CDB), 2048);
	assert_int_equal(site_size(site, VM_BASE_SIDECAR), -1);
}

#define SMALL(name) cmocka_unit_test_setup_teardown(name, site_make, site_remove)
#define LARGE(name) cmocka_unit_test_setup_teardown(name, make_big, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LARGE(a_change_in_a_big_domain_is_one_record),
		LARGE(a_full_journal_becomes_a_delta),
		LARGE(a_grown_delta_is_folded_into_the_base),
		LARGE(removal_in_every_level_is_removal),
		LARGE(a_fold_cut_short_after_any_step_changes_no_answer),
		SMALL(a_vpasswd_cdb_cut_anywhere_is_answered_from_vpasswd),
		SMALL(without_a_cdb_a_vpasswd_cut_inside_a_line_is_later),
		SMALL(an_empty_or_zeroed_cdb_beside_a_full_vpasswd_is_no_answer),
		LARGE(a_damaged_journal_or_delta_is_later),
		LARGE(a_hand_edit_is_taken_in_by_the_next_fold),
		LARGE(a_journal_record_beats_the_base),
		SMALL(a_damaged_line_stops_the_fold_and_nothing_else),
		LARGE(what_5_4_writes_under_a_journal_is_kept_and_so_is_the_journal),
		SMALL(a_name_that_comes_twice_counts_once_and_somebody_hears_of_it),
		LARGE(a_big_vpasswd_out_of_order_is_not_listed_but_looked_up),
		SMALL(a_change_of_a_small_domain_is_seen_at_once_by_old_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
