/* Tests of operations/check_installation.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_installation.h"
#include "operations/domain_remove.h"
#include "operations/intent.h"
#include "unit/check_site.h"

static bool was_listed;

static void look(struct operations_site *site, const struct vm_check *check)
{
	assert_int_equal(vm_check_installation(&site->context, check, &was_listed, &site->err),
			 VM_OK);
}

static void look_at_names(struct operations_site *site, const struct vm_check *check)
{
	assert_int_equal(vm_check_names(&site->context, "example.com", check, &site->err), VM_OK);
}

static void what_the_commands_made_is_clean(void **state)
{
	expect_nothing(*state, look);
	assert_true(was_listed);
	expect_nothing(*state, look_at_names);
}

static void a_damaged_users_assign_is_left_and_nothing_is_listed(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "q/users/assign", "+x\n.\n");
	expect_one_left(site, look, "assign", "users/assign");
	assert_false(was_listed);
	expect_one_left(site, look_at_names, "assign", "users/assign");
}

static void a_users_assign_that_was_taken_away_does_not_empty_the_cdb(void **state)
{
	struct operations_site *const site = *state;

	site_remove_file(site, "q/users/assign");
	expect_one_left(site, look, "assign", "users/assign");
	assert_string_equal(site_domain(site, "example.com").name, "example.com");
	site_write(site, "q/users/assign", "");
	expect_one_left(site, look, "assign", "users/assign");
	assert_string_equal(site_domain(site, "example.com").name, "example.com");
}

static void a_damaged_users_cdb_is_made_anew(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "q/users/cdb", "junk");
	expect_one_mended(site, look, "assign", "users/cdb");
}

static void a_stale_morercpthosts_cdb_is_made_anew(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "q/control/morercpthosts", "more.example\n");
	expect_one_mended(site, look, "morercpthosts", "control/morercpthosts.cdb");
}

static void temp_files_of_qmails_folders_go(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "q/users/.cdb.999999999.0123456789abcdef.tmp", "");
	expect_one_mended(site, look, "temporary", "q/users/.cdb.999999999.0123456789abcdef.tmp");
}

static void a_note_is_left_to_the_command_that_holds_it(void **state)
{
	struct operations_site *const site = *state;
	char notes[160], dir[192];
	const struct vm_intent intent = { .kind = VM_INTENT_REMOVE_DOMAIN,
					  .subject = "example.com",
					  .fields = { dir, notes } };
	struct vm_file_lock hold;

	(void)snprintf(notes, sizeof notes, "%s/domains", site->home);
	(void)snprintf(dir, sizeof dir, "%s/example.com", notes);
	assert_int_equal(vm_intent_write(notes, &intent, &hold, &site->err), VM_OK);
	expect_nothing(site, look);
	expect_nothing(site, look_at_names);
	assert_true(site_has(site, "v/domains/example.com/bob"));
	vm_file_lock_release(&hold);
	expect_one_mended(site, look_at_names, "unfinished", "example.com");
	assert_false(site_has(site, "v/domains/example.com"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(a_damaged_users_assign_is_left_and_nothing_is_listed),
		ON_CHECK_SITE(a_users_assign_that_was_taken_away_does_not_empty_the_cdb),
		ON_CHECK_SITE(a_damaged_users_cdb_is_made_anew),
		ON_CHECK_SITE(a_stale_morercpthosts_cdb_is_made_anew),
		ON_CHECK_SITE(temp_files_of_qmails_folders_go),
		ON_CHECK_SITE(a_note_is_left_to_the_command_that_holds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
