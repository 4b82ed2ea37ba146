/* Tests of operations/check_folders.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/assign_file.h"
#include "operations/check_folders.h"
#include "unit/check_site.h"

static size_t lost;

static void look(struct operations_site *site, const struct vm_check *check)
{
	struct vm_domain_names names;

	assert_int_equal(vm_domain_names_load(&site->context, NULL, &names, &site->err), VM_OK);
	assert_int_equal(vm_check_folders(&site->context, check, &names, &site->err), VM_OK);
	lost = names.lost_count;
	vm_domain_names_release(&names);
}

static void look_at_counts(struct operations_site *site, const struct vm_check *check)
{
	struct vm_domain_names names;

	assert_int_equal(vm_domain_names_load(&site->context, NULL, &names, &site->err), VM_OK);
	assert_int_equal(vm_check_domain_counts(&site->context, check, &names, &site->err), VM_OK);
	vm_domain_names_release(&names);
}

static void lose_line(struct operations_site *site)
{
	const struct vm_assign assign = { site->qmail, "cdb" };
	const char *const name = "example.com";

	assert_int_equal(vm_assign_remove(&assign, &name, 1, &site->err), VM_OK);
}

static void what_the_commands_made_is_clean(void **state)
{
	expect_nothing(*state, look);
	expect_nothing(*state, look_at_counts);
	assert_int_equal(lost, 0);
}

static void a_line_that_virtualdomains_tells_of_is_put_back(void **state)
{
	struct operations_site *const site = *state;

	lose_line(site);
	expect_one_mended(site, look, "domain", "example.com");
	assert_int_equal(site_domain(site, "example.com").uid, getuid());
	assert_string_equal(site_get(site, "bob", "example.com").user, "bob");
}

static void a_line_that_an_alias_tells_of_is_put_back(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	lose_line(site);
	site_write(site, "q/control/virtualdomains", "alias.example:alias.example\n");
	expect_one_mended(site, look, "domain", "example.com");
}

static void a_folder_that_nothing_tells_of_is_left(void **state)
{
	struct operations_site *const site = *state;

	lose_line(site);
	site_write(site, "q/control/virtualdomains", "");
	expect_one_left(site, look, "domain", "v/domains/example.com");
	assert_int_equal(lost, 0);
}

static void a_second_folder_of_a_served_name_is_left(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/7");
	site_folder(site->home, "/domains/7/example.com");
	site_write(site, "v/domains/7/example.com/vpasswd", "");
	expect_one_left(site, look, "domain", "v/domains/7/example.com");
}

static void folders_without_accounts_are_nobodys_business(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/empty.example");
	site_folder(site->home, "/domains/lost+found");
	expect_nothing(site, look);
}

static void a_noted_domain_is_left_to_its_note(void **state)
{
	struct operations_site *const site = *state;

	lose_line(site);
	site_write(site, "v/domains/.intents/remove-domain.example.com", "");
	expect_nothing(site, look);
}

static void links_of_aliases_lead_to_their_domain(void **state)
{
	struct operations_site *const site = *state;
	char link[160], target[160] = "";

	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	(void)snprintf(link, sizeof link, "%s/domains/alias.example", site->home);
	assert_int_equal(symlink("/nowhere", link), 0);
	expect_one_mended(site, look, "alias", "v/domains/alias.example");
	assert_true(readlink(link, target, sizeof target - 1) > 0);
	assert_string_equal(target, site_domain(site, "example.com").dir);
	(void)snprintf(link, sizeof link, "%s/domains/gone.example", site->home);
	assert_int_equal(symlink("/nowhere", link), 0);
	expect_one_mended(site, look, "alias", "v/domains/gone.example");
}

static void the_count_of_domains_is_set(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "v/domains/.dir-control", "junk");
	expect_one_mended(site, look_at_counts, "count", "v/domains");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(a_line_that_virtualdomains_tells_of_is_put_back),
		ON_CHECK_SITE(a_line_that_an_alias_tells_of_is_put_back),
		ON_CHECK_SITE(a_folder_that_nothing_tells_of_is_left),
		ON_CHECK_SITE(a_second_folder_of_a_served_name_is_left),
		ON_CHECK_SITE(folders_without_accounts_are_nobodys_business),
		ON_CHECK_SITE(a_noted_domain_is_left_to_its_note),
		ON_CHECK_SITE(links_of_aliases_lead_to_their_domain),
		ON_CHECK_SITE(the_count_of_domains_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
