/* Tests of operations/check_orphans.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_orphans.h"
#include "unit/check_site.h"

static void look(struct operations_site *site, const struct vm_check *check)
{
	const struct vm_domain domain = site_domain(site, "example.com");

	assert_int_equal(vm_check_orphans(&site->context, &domain, check, &site->err), VM_OK);
}

static void make_ghost(struct operations_site *site, const char *path)
{
	char name[128];

	(void)snprintf(name, sizeof name, "/domains/example.com/%s", path);
	site_folder(site->home, name);
	(void)snprintf(name, sizeof name, "/domains/example.com/%s/Maildir", path);
	site_folder(site->home, name);
}

static void homes_of_accounts_are_none(void **state)
{
	expect_nothing(*state, look);
}

static void a_folder_with_a_file_is_left(void **state)
{
	struct operations_site *const site = *state;

	make_ghost(site, "ghost");
	site_write(site, "v/domains/example.com/ghost/Maildir/mail", "precious");
	site_age(site, "v/domains/example.com/ghost", 9999);
	expect_one_left(site, look, "orphan", "v/domains/example.com/ghost");
	assert_true(site_has(site, "v/domains/example.com/ghost/Maildir/mail"));
}

static void a_fresh_empty_folder_may_be_a_vadduser_at_work(void **state)
{
	struct operations_site *const site = *state;

	make_ghost(site, "ghost");
	expect_nothing(site, look);
	site_age(site, "v/domains/example.com/ghost", 700);
	expect_one_mended(site, look, "orphan", "v/domains/example.com/ghost");
	assert_false(site_has(site, "v/domains/example.com/ghost"));
}

static void hash_folders_are_looked_into(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/a");
	site_folder(site->home, "/domains/example.com/a/Z");
	make_ghost(site, "a/Z/ghost");
	site_write(site, "v/domains/example.com/a/Z/ghost/Maildir/mail", "precious");
	expect_one_left(site, look, "orphan", "v/domains/example.com/a/Z/ghost");
}

static void a_folder_of_the_right_name_in_the_wrong_place_is_one(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/a");
	make_ghost(site, "a/bob");
	site_write(site, "v/domains/example.com/a/bob/mail", "precious");
	expect_one_left(site, look, "orphan", "v/domains/example.com/a/bob");
}

static void the_home_of_another_account_is_none(void **state)
{
	struct operations_site *const site = *state;
	struct vm_account bob = site_get(site, "bob", "example.com");
	char home[192];

	make_ghost(site, "robert");
	site_write(site, "v/domains/example.com/robert/mail", "bob's");
	expect_one_left(site, look, "orphan", "v/domains/example.com/robert");
	(void)snprintf(home, sizeof home, "%s/domains/example.com/robert", site->home);
	bob.home = home;
	assert_int_equal(vm_store_account_update(site->store, &bob, NULL, &site->err), VM_OK);
	site_age(site, "v/domains/example.com/bob", 0);
	/* bob's old folder holds his lastauth only when logins are kept: here it is empty, and fresh. */
	expect_nothing(site, look);
}

static void robots_lists_and_links_are_none(void **state)
{
	struct operations_site *const site = *state;
	char link[192];

	site_folder(site->home, "/domains/example.com/ROBOT");
	site_write(site, "v/domains/example.com/ROBOT/message", "From: robot");
	(void)snprintf(link, sizeof link, "%s/domains/example.com/link", site->home);
	assert_int_equal(symlink("bob", link), 0);
	expect_nothing(site, look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(homes_of_accounts_are_none),
		ON_CHECK_SITE(a_folder_with_a_file_is_left),
		ON_CHECK_SITE(a_fresh_empty_folder_may_be_a_vadduser_at_work),
		ON_CHECK_SITE(hash_folders_are_looked_into),
		ON_CHECK_SITE(a_folder_of_the_right_name_in_the_wrong_place_is_one),
		ON_CHECK_SITE(the_home_of_another_account_is_none),
		ON_CHECK_SITE(robots_lists_and_links_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
