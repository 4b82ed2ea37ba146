/* Tests of operations/check_strays.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_strays.h"
#include "unit/check_site.h"
#include "util/file.h"

#define STALE ".vpasswd.999999999.0123456789abcdef.tmp"

static void look_at_folder(struct operations_site *site, const struct vm_check *check)
{
	const struct vm_domain domain = site_domain(site, "example.com");

	assert_int_equal(vm_check_temporary_in(check, domain.dir, &site->err), VM_OK);
}

static void look_at_maildir(struct operations_site *site, const struct vm_check *check)
{
	char path[160];
	int maildir = -1;

	(void)snprintf(path, sizeof path, "%s/domains/example.com/bob/Maildir", site->home);
	assert_int_equal(vm_file_open_folder(AT_FDCWD, path, &maildir, &site->err), VM_OK);
	assert_int_equal(vm_check_maildir_tmp(check, maildir, path, &site->err), VM_OK);
	vm_file_discard(&maildir);
}

static void a_temp_file_without_a_writer_goes(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "v/domains/example.com/" STALE, "half");
	site_write(site, "v/domains/example.com/.mine.tmp", "kept");
	expect_one_mended(site, look_at_folder, "temporary", "v/domains/example.com/" STALE);
	assert_false(site_has(site, "v/domains/example.com/" STALE));
	assert_true(site_has(site, "v/domains/example.com/.mine.tmp"));
}

static void a_folder_that_is_not_there_has_none(void **state)
{
	struct operations_site *const site = *state;
	struct heard heard;
	const struct vm_check check = listen_to(&heard, true);

	assert_int_equal(vm_check_temporary_in(&check, "/nowhere/at/all", &site->err), VM_OK);
	assert_int_equal(heard.count, 0);
}

static void old_messages_in_tmp_are_one_finding(void **state)
{
	struct operations_site *const site = *state;

	for (char c = 'a'; c < 'e'; c++) {
		char path[96] = "v/domains/example.com/bob/Maildir/tmp/x";

		path[strlen(path) - 1] = c;
		site_write(site, path, "half a message");
		site_age(site, path, c == 'a' ? 36 * 3600 - 60 : 36 * 3600 + 60);
	}
	expect_one_mended(site, look_at_maildir, "temporary",
			  "v/domains/example.com/bob/Maildir/tmp");
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/tmp/a"));
	assert_false(site_has(site, "v/domains/example.com/bob/Maildir/tmp/b"));
}

static void folders_of_a_maildir_have_a_tmp_too(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/bob/Maildir/.Sent");
	site_folder(site->home, "/domains/example.com/bob/Maildir/.Sent/tmp");
	site_write(site, "v/domains/example.com/bob/Maildir/.Sent/tmp/x", "half");
	site_age(site, "v/domains/example.com/bob/Maildir/.Sent/tmp/x", 999999);
	expect_one_mended(site, look_at_maildir, "temporary",
			  "v/domains/example.com/bob/Maildir/.Sent/tmp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_CHECK_SITE(a_temp_file_without_a_writer_goes),
		ON_CHECK_SITE(a_folder_that_is_not_there_has_none),
		ON_CHECK_SITE(old_messages_in_tmp_are_one_finding),
		ON_CHECK_SITE(folders_of_a_maildir_have_a_tmp_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
