/* Tests of the check slot of the cdb module and of its compare.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base.h"
#include "compare.h"
#include "journal.h"
#include "unit/check_site.h"
#include "util/file.h"

#define DOMAIN_PATH "v/domains/example.com/"

static void look(struct operations_site *site, const struct vm_check *check)
{
	assert_int_equal(vm_store_check(site->store, "example.com", check, &site->err), VM_OK);
}

static struct vm_base_comparison compare(struct operations_site *site)
{
	struct vm_base_comparison out;
	int folder = -1;

	assert_int_equal(vm_file_open_folder(AT_FDCWD, site_domain(site, "example.com").dir,
					     &folder, &site->err),
			 VM_OK);
	assert_int_equal(vm_base_compare(folder, &out, &site->err), VM_OK);
	vm_file_discard(&folder);
	return out;
}

/* A record of a change of bob, for a place of the journal. */
static void print_record(struct operations_site *site, size_t place, struct vm_buf *out)
{
	static const char fields[] = "$1$new:1:0:c:/home/bob:NOQUOTA";
	struct vm_change change = { .user = "bob",
				    .user_length = 3,
				    .fields = fields,
				    .fields_length = sizeof fields - 1,
				    .in_below = true };
	struct vm_changes changes;

	vm_changes_init(&changes);
	vm_buf_init(out, 65536);
	assert_int_equal(vm_changes_put(&changes, &change, &site->err), VM_OK);
	assert_int_equal(vm_journal_print(&changes, place, out, &site->err), VM_OK);
	vm_changes_release(&changes);
}

static void what_the_commands_made_is_clean(void **state)
{
	const struct vm_base_comparison found = compare(*state);

	assert_int_equal(found.text, VM_BASE_WHOLE);
	assert_int_equal(found.cdb, VM_BASE_WHOLE);
	assert_int_equal(found.different, 0);
	expect_nothing(*state, look);
}

static void an_unknown_domain_is_not_found(void **state)
{
	struct operations_site *const site = *state;
	struct heard heard;
	const struct vm_check check = listen_to(&heard, false);

	assert_int_equal(vm_store_check(site->store, "nowhere.example", &check, &site->err),
			 VM_NOT_FOUND);
}

static void a_torn_end_is_cut_off(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, DOMAIN_PATH VM_JOURNAL_NAME, "VJ1 00000000 000000");
	expect_one_mended(site, look, "journal", "example.com");
	assert_false(site_has(site, DOMAIN_PATH VM_JOURNAL_NAME));
}

static void changes_that_were_not_folded_are_folded(void **state)
{
	struct operations_site *const site = *state;
	struct vm_buf record;
	char room[1024];

	print_record(site, 0, &record);
	site_write(site, DOMAIN_PATH VM_JOURNAL_NAME, record.bytes);
	vm_buf_release(&record);
	expect_one_mended(site, look, "journal", "example.com");
	assert_non_null(strstr(site_read(site, DOMAIN_PATH VM_BASE_TEXT, room), "bob:$1$new:"));
}

static void a_bad_record_before_a_good_one_is_left(void **state)
{
	struct operations_site *const site = *state;
	struct vm_buf record, second;

	print_record(site, 0, &record);
	print_record(site, record.length, &second);
	vm_buf_append(&record, second.bytes, second.length);
	record.bytes[0] = 'X';
	site_write(site, DOMAIN_PATH VM_JOURNAL_NAME, record.bytes);
	vm_buf_release(&second);
	vm_buf_release(&record);
	expect_one_left(site, look, "journal", "example.com");
}

static void a_damaged_delta_is_left(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, DOMAIN_PATH ".vpasswd.delta.cdb", "junk");
	expect_one_left(site, look, "delta", "example.com");
}

static void a_line_that_the_cdb_has_otherwise_is_named(void **state)
{
	struct operations_site *const site = *state;
	struct vm_base_comparison found;
	char room[1024];
	char *place = NULL;

	(void)site_read(site, DOMAIN_PATH VM_BASE_TEXT, room);
	place = strstr(room, ":Postmaster:");
	assert_non_null(place);
	place[1] = 'X';
	site_write(site, DOMAIN_PATH VM_BASE_TEXT, room);
	found = compare(site);
	assert_int_equal(found.different, 1);
	assert_string_equal(found.first, "postmaster");
	expect_one_mended(site, look, "vpasswd.cdb", "example.com");
	assert_string_equal(site_get(site, "postmaster", "example.com").comment, "Xostmaster");
}

static void a_record_without_a_line_is_counted(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	(void)site_read(site, DOMAIN_PATH VM_BASE_TEXT, room);
	strchr(room, '\n')[1] = '\0';
	site_write(site, DOMAIN_PATH VM_BASE_TEXT, room);
	assert_int_equal(compare(site).different, 1);
	assert_string_equal(compare(site).first, "");
	expect_one_mended(site, look, "vpasswd.cdb", "example.com");
}

static void a_missing_or_damaged_cdb_is_made_anew(void **state)
{
	struct operations_site *const site = *state;

	site_remove_file(site, DOMAIN_PATH VM_BASE_CDB);
	assert_int_equal(compare(site).cdb, VM_BASE_ABSENT);
	expect_one_mended(site, look, "vpasswd.cdb", "example.com");
	site_write(site, DOMAIN_PATH VM_BASE_CDB, "junk");
	assert_int_equal(compare(site).cdb, VM_BASE_DAMAGED);
	expect_one_mended(site, look, "vpasswd.cdb", "example.com");
}

static void a_missing_or_empty_vpasswd_is_written_from_the_cdb(void **state)
{
	struct operations_site *const site = *state;
	char before[1024], after[1024];

	(void)site_read(site, DOMAIN_PATH VM_BASE_TEXT, before);
	site_remove_file(site, DOMAIN_PATH VM_BASE_TEXT);
	expect_one_mended(site, look, "vpasswd", "example.com");
	assert_string_equal(site_read(site, DOMAIN_PATH VM_BASE_TEXT, after), before);
	site_write(site, DOMAIN_PATH VM_BASE_TEXT, "");
	expect_one_mended(site, look, "vpasswd", "example.com");
	assert_string_equal(site_read(site, DOMAIN_PATH VM_BASE_TEXT, after), before);
}

static void what_neither_file_holds_is_left(void **state)
{
	struct operations_site *const site = *state;

	site_remove_file(site, DOMAIN_PATH VM_BASE_TEXT);
	site_write(site, DOMAIN_PATH VM_BASE_CDB, "junk");
	expect_one_left(site, look, "vpasswd", "example.com");
}

static void a_damaged_line_is_left_with_its_number(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	(void)site_read(site, DOMAIN_PATH VM_BASE_TEXT, room);
	(void)snprintf(room + strlen(room), sizeof room - strlen(room), "no line\n");
	site_write(site, DOMAIN_PATH VM_BASE_TEXT, room);
	assert_non_null(strstr(compare(site).why, "line 3"));
	expect_one_left(site, look, "vpasswd", "example.com");
}

static void of_lines_with_one_name_the_first_stays(void **state)
{
	struct operations_site *const site = *state;
	char room[1024], twice[2048];

	(void)site_read(site, DOMAIN_PATH VM_BASE_TEXT, room);
	(void)snprintf(twice, sizeof twice, "%.*s%s", (int)(strchr(room, '\n') + 1 - room), room,
		       room);
	site_write(site, DOMAIN_PATH VM_BASE_TEXT, twice);
	assert_int_equal(compare(site).repeated, 1);
	expect_one_mended(site, look, "vpasswd", "example.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(an_unknown_domain_is_not_found),
		ON_CHECK_SITE(a_torn_end_is_cut_off),
		ON_CHECK_SITE(changes_that_were_not_folded_are_folded),
		ON_CHECK_SITE(a_bad_record_before_a_good_one_is_left),
		ON_CHECK_SITE(a_damaged_delta_is_left),
		ON_CHECK_SITE(a_line_that_the_cdb_has_otherwise_is_named),
		ON_CHECK_SITE(a_record_without_a_line_is_counted),
		ON_CHECK_SITE(a_missing_or_damaged_cdb_is_made_anew),
		ON_CHECK_SITE(a_missing_or_empty_vpasswd_is_written_from_the_cdb),
		ON_CHECK_SITE(what_neither_file_holds_is_left),
		ON_CHECK_SITE(a_damaged_line_is_left_with_its_number),
		ON_CHECK_SITE(of_lines_with_one_name_the_first_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
