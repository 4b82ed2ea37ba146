/* Tests of operations/domain_names.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/domain_names.h"
#include "unit/check_site.h"

static struct vm_domain_names load(struct operations_site *site, const char *only)
{
	struct vm_domain_names names;

	assert_int_equal(vm_domain_names_load(&site->context, only, &names, &site->err), VM_OK);
	return names;
}

static void all_names_are_there_with_their_lines(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain_names names;
	size_t place = 0;

	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	site_write(site, "q/control/virtualdomains", "stray.example:stray.example\n");
	names = load(site, NULL);
	assert_int_equal(names.count, 2);
	place = vm_domain_names_find(&names, "alias.example");
	assert_true(place < names.count);
	assert_string_equal(names.entries[place].real, "example.com");
	assert_true(names.presence[place].rcpthosts && !names.presence[place].virtualdomains);
	assert_int_equal(vm_domain_names_find(&names, "nowhere.example"), names.count);
	assert_true(vm_domain_names_is_stray(&names, "stray.example"));
	assert_false(vm_domain_names_is_stray(&names, "example.com"));
	vm_domain_names_release(&names);
}

static void one_domain_alone_has_its_aliases_and_no_strays(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain_names names;

	assert_int_equal(site_add_domain(site, "other.example", "secret"), VM_OK);
	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	site_write(site, "q/control/virtualdomains", "stray.example:stray.example\n");
	names = load(site, "example.com");
	assert_int_equal(names.count, 2);
	assert_int_equal(names.stray_count, 0);
	assert_int_equal(vm_domain_names_find(&names, "other.example"), 2);
	vm_domain_names_release(&names);
}

static void lost_names_are_remembered(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain_names names = load(site, NULL);

	for (int i = 0; i < 200; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "n%d.example", i);
		assert_int_equal(vm_domain_names_add_lost(&names, name, &site->err), VM_OK);
	}
	assert_true(vm_domain_names_is_lost(&names, "n0.example"));
	assert_true(vm_domain_names_is_lost(&names, "n199.example"));
	assert_false(vm_domain_names_is_lost(&names, "example.com"));
	vm_domain_names_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(all_names_are_there_with_their_lines),
		ON_CHECK_SITE(one_domain_alone_has_its_aliases_and_no_strays),
		ON_CHECK_SITE(lost_names_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
