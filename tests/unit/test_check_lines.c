/* Tests of operations/check_lines.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/assign_file.h"
#include "operations/check_lines.h"
#include "unit/check_site.h"

static void look(struct operations_site *site, const struct vm_check *check)
{
	struct vm_domain_names names;
	bool is_changed = false;

	assert_int_equal(vm_domain_names_load(&site->context, NULL, &names, &site->err), VM_OK);
	assert_int_equal(vm_check_lines(&site->context, check, &names, &is_changed, &site->err),
			 VM_OK);
	vm_domain_names_release(&names);
}

static void add_alias(struct operations_site *site)
{
	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
}

static void what_the_commands_made_is_clean(void **state)
{
	add_alias(*state);
	expect_nothing(*state, look);
}

static void a_missing_line_of_an_alias_is_written(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	add_alias(site);
	site_write(site, "q/control/rcpthosts", "example.com\n");
	expect_one_mended(site, look, "control", "alias.example");
	assert_string_equal(site_read(site, "q/control/rcpthosts", room),
			    "example.com\nalias.example\n");
}

static void a_line_in_locals_goes(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	site_write(site, "q/control/locals", "mine.example\nexample.com\n");
	expect_one_mended(site, look, "control", "example.com");
	assert_string_equal(site_read(site, "q/control/locals", room), "mine.example\n");
}

static void lines_of_a_stray_go(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	site_write(site, "q/control/virtualdomains",
		   "example.com:example.com\nstray.example:stray.example\n");
	expect_one_mended(site, look, "control", "stray.example");
	assert_string_equal(site_read(site, "q/control/virtualdomains", room),
			    "example.com:example.com\n");
}

static void an_alias_takes_the_folder_and_owner_of_its_domain(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_assign assign = { site->qmail, "cdb" };
	const struct vm_domain_entry moved = { .name = "alias.example",
					       .real = "example.com",
					       .dir = "/elsewhere",
					       .uid = 1,
					       .gid = 2 };

	add_alias(site);
	assert_int_equal(vm_assign_put(&assign, &moved, &site->err), VM_OK);
	expect_one_mended(site, look, "alias", "alias.example");
	assert_string_equal(site_domain(site, "alias.example").dir,
			    site_domain(site, "example.com").dir);
}

static void an_alias_of_nothing_goes_unless_its_domain_was_lost(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_assign assign = { site->qmail, "cdb" };
	const char *const name = "example.com";
	struct vm_domain_names names;
	struct heard heard;
	const struct vm_check check = listen_to(&heard, true);
	bool is_changed = false;

	add_alias(site);
	assert_int_equal(vm_assign_remove(&assign, &name, 1, &site->err), VM_OK);
	assert_int_equal(vm_control_remove(site->qmail, &name, 1, &site->err), VM_OK);
	assert_int_equal(vm_domain_names_load(&site->context, NULL, &names, &site->err), VM_OK);
	assert_int_equal(vm_domain_names_add_lost(&names, name, &site->err), VM_OK);
	assert_int_equal(vm_check_lines(&site->context, &check, &names, &is_changed, &site->err),
			 VM_OK);
	vm_domain_names_release(&names);
	assert_int_equal(heard.count, 0);
	assert_false(is_changed);
	expect_one_mended(site, look, "alias", "alias.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(a_missing_line_of_an_alias_is_written),
		ON_CHECK_SITE(a_line_in_locals_goes),
		ON_CHECK_SITE(lines_of_a_stray_go),
		ON_CHECK_SITE(an_alias_takes_the_folder_and_owner_of_its_domain),
		ON_CHECK_SITE(an_alias_of_nothing_goes_unless_its_domain_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
