/* Tests of operations/check_owner.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_owner.h"
#include "unit/check_site.h"

static bool was_there;

static void look(struct operations_site *site, const struct vm_check *check)
{
	const struct vm_domain domain = site_domain(site, "example.com");

	assert_int_equal(vm_check_owner(&domain, check, &was_there, &site->err), VM_OK);
}

static void set_mode(const struct operations_site *site, const char *path, mode_t mode)
{
	char full[256];

	(void)snprintf(full, sizeof full, "%s/%s", site->root, path);
	assert_int_equal(chmod(full, mode), 0);
}

static void what_the_commands_made_is_clean(void **state)
{
	expect_nothing(*state, look);
	assert_true(was_there);
}

static void a_missing_folder_is_one_finding(void **state)
{
	struct operations_site *const site = *state;
	char from[160], to[160];

	(void)snprintf(from, sizeof from, "%s/domains/example.com", site->home);
	(void)snprintf(to, sizeof to, "%s/domains/moved", site->home);
	assert_int_equal(rename(from, to), 0);
	expect_one_left(site, look, "folder", "example.com");
	assert_false(was_there);
	assert_int_equal(symlink("moved", from), 0);
	expect_one_left(site, look, "folder", "example.com");
	assert_false(was_there);
}

static void an_open_domain_folder_is_closed(void **state)
{
	struct operations_site *const site = *state;

	set_mode(site, "v/domains/example.com", 0750);
	expect_one_mended(site, look, "mode", "v/domains/example.com");
}

static void files_with_hashes_are_closed_to_the_group(void **state)
{
	struct operations_site *const site = *state;

	set_mode(site, "v/domains/example.com/vpasswd.cdb", 0640);
	expect_one_mended(site, look, "mode", "v/domains/example.com/vpasswd.cdb");
	set_mode(site, "v/domains/example.com/.qmail-default", 0640);
	expect_nothing(site, look);
}

static void all_of_one_account_is_one_finding(void **state)
{
	struct operations_site *const site = *state;

	set_mode(site, "v/domains/example.com/bob/Maildir", 0777);
	set_mode(site, "v/domains/example.com/bob/Maildir/new", 0777);
	set_mode(site, "v/domains/example.com/bob/Maildir/cur", 0400);
	expect_one_mended(site, look, "mode", "v/domains/example.com/bob");
}

static void homes_in_hash_folders_are_told_apart(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/a");
	site_folder(site->home, "/domains/example.com/a/ann");
	set_mode(site, "v/domains/example.com/a/ann", 0777);
	expect_one_mended(site, look, "mode", "v/domains/example.com/a/ann");
	set_mode(site, "v/domains/example.com/a", 0777);
	expect_one_mended(site, look, "mode", "v/domains/example.com/a");
}

static void only_root_gives_an_owner(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain domain = site_domain(site, "example.com");
	struct heard heard;
	struct vm_check check = listen_to(&heard, false);

	domain.uid = getuid() + 1;
	assert_int_equal(vm_check_owner(&domain, &check, &was_there, &site->err), VM_OK);
	assert_true(has_heard(site, &heard, "owner", "v/domains/example.com"));
	assert_true(has_heard(site, &heard, "owner", "v/domains/example.com/bob"));
	assert_int_equal(heard.of[VM_FINDING_OPEN], heard.count);
	check = listen_to(&heard, true);
	assert_int_equal(vm_check_owner(&domain, &check, &was_there, &site->err), VM_OK);
	assert_int_equal(heard.of[geteuid() == 0 ? VM_FINDING_MENDED : VM_FINDING_BY_HAND],
			 heard.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(a_missing_folder_is_one_finding),
		ON_CHECK_SITE(an_open_domain_folder_is_closed),
		ON_CHECK_SITE(files_with_hashes_are_closed_to_the_group),
		ON_CHECK_SITE(all_of_one_account_is_one_finding),
		ON_CHECK_SITE(homes_in_hash_folders_are_told_apart),
		ON_CHECK_SITE(only_root_gives_an_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
