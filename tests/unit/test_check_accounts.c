/* Tests of operations/check_accounts.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_accounts.h"
#include "unit/check_site.h"

static void look(struct operations_site *site, const struct vm_check *check)
{
	const struct vm_domain domain = site_domain(site, "example.com");
	bool is_listed = false;

	assert_int_equal(vm_check_accounts(&site->context, &domain, check, &is_listed, &site->err),
			 VM_OK);
	assert_true(is_listed);
}

static void what_the_commands_made_is_clean(void **state)
{
	expect_nothing(*state, look);
}

static void each_part_of_a_maildir_is_missed(void **state)
{
	static const char *const parts[] = { "tmp", "cur", "new" };
	struct operations_site *const site = *state;

	for (size_t i = 0; i < 3; i++) {
		char path[64];

		(void)snprintf(path, sizeof path, "v/domains/example.com/bob/Maildir/%s", parts[i]);
		site_remove_file(site, path);
		expect_one_mended(site, look, "home", "bob@example.com");
		assert_true(site_has(site, path));
	}
}

static void a_file_in_the_place_of_a_part_is_left(void **state)
{
	struct operations_site *const site = *state;

	site_remove_file(site, "v/domains/example.com/bob/Maildir/tmp");
	site_write(site, "v/domains/example.com/bob/Maildir/tmp", "a file");
	expect_one_left(site, look, "home", "bob@example.com");
}

static void a_wrong_maildirsize_is_counted_again(void **state)
{
	struct operations_site *const site = *state;
	char room[1024];

	site_write(site, "v/domains/example.com/bob/Maildir/new/1.host,S=9", "123456789");
	site_write(site, "v/domains/example.com/bob/Maildir/maildirsize", "0S\n8 1\n");
	expect_one_mended(site, look, "maildirsize", "bob@example.com");
	assert_string_equal(site_read(site, "v/domains/example.com/bob/Maildir/maildirsize", room),
			    "0S\n9 1\n");
}

static void a_count_that_drifted_is_set(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_domain domain = site_domain(site, "example.com");
	struct vm_dir_control dirs;

	assert_int_equal(vm_store_dirs_change(site->store, &domain, +1, NULL, &site->err), VM_OK);
	expect_one_mended(site, look, "count", "example.com");
	assert_int_equal(vm_store_dirs_get(site->store, &domain, &dirs, &site->err), VM_OK);
	assert_int_equal(dirs.count, 2);
	site_write(site, "v/domains/example.com/.dir-control", "junk");
	expect_one_mended(site, look, "count", "example.com");
}

static void an_account_without_a_home_does_not_count(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_request request = { .name = { "lazy", "example.com" },
						    .hash = "$1$a$b",
						    .lazy_home = true };

	assert_int_equal(vm_account_create(&site->context, &request, &site->err), VM_OK);
	expect_nothing(site, look);
}

static void a_line_that_cannot_be_understood_is_left(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_domain domain = site_domain(site, "example.com");
	struct heard heard;
	const struct vm_check check = listen_to(&heard, true);
	bool is_listed = true;

	site_write(site, "v/domains/example.com/vpasswd", "bob:x:not a number:0:c:/home:NOQUOTA\n");
	assert_int_equal(vm_check_accounts(&site->context, &domain, &check, &is_listed, &site->err),
			 VM_OK);
	assert_false(is_listed);
	assert_true(has_heard(site, &heard, "accounts", "example.com"));
	assert_int_equal(heard.of[VM_FINDING_BY_HAND], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(what_the_commands_made_is_clean),
		ON_CHECK_SITE(each_part_of_a_maildir_is_missed),
		ON_CHECK_SITE(a_file_in_the_place_of_a_part_is_left),
		ON_CHECK_SITE(a_wrong_maildirsize_is_counted_again),
		ON_CHECK_SITE(a_count_that_drifted_is_set),
		ON_CHECK_SITE(an_account_without_a_home_does_not_count),
		ON_CHECK_SITE(a_line_that_cannot_be_understood_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
