/* Tests of core/limits.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/account.h"
#include "core/limits.h"
#include "test_folder.h"

static void a_domain_file_is_read_in_all_its_spellings(void **state)
{
	struct vm_limits limits;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	vm_limits_default(&limits);
	assert_int_equal(vm_limits_parse("# a comment\n"
					 "maxpopaccounts: 100\r\n"
					 "maxaliases\t 5\n"
					 "maxforwards -1\n"
					 "quota : 2048\n"
					 "default_quota:10485760\n"
					 "disable_pop\n"
					 "disable_password_changing 0\n"
					 "perm_account: 15\n"
					 "perm_maillist: 273\n"
					 "something_else: of another program\n"
					 "maxmsgcount: 7",
					 &limits, &err),
			 VM_OK);
	assert_int_equal(limits.max_accounts, 100);
	assert_int_equal(limits.max_aliases, 5);
	assert_int_equal(limits.max_forwards, -1);
	assert_int_equal(limits.max_lists, -1);
	assert_int_equal(limits.disk_quota_mb, 2048);
	assert_int_equal(limits.default_quota, 10485760);
	assert_int_equal(limits.max_messages, 7);
	assert_int_equal(limits.disabled, VM_FLAG_NO_POP | VM_FLAG_NO_PASSWORD_CHANGE);
	assert_int_equal(limits.perm_account, 7);
	assert_int_equal(limits.perm_list, 1);
	assert_int_equal(limits.perm_list_users, 2);
	assert_int_equal(limits.perm_list_moderators, 4);
}

static void a_bad_number_names_its_line(void **state)
{
	static const char *const bad[] = {
		"# one\nquota: many\n",
		"# one\r\nmaxaliases\r\n",
		"# one\nmaxaliases: 1 2\n",
		"# one\nmaxaliases: 99999999999\n",
		"# one\nquota: -1\n",
		"# one\nperm_quota: 99999999999\n",
		"# one\nquota: 000000000000000000000000000000000000000000000001\n",
	};
	struct vm_limits limits;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		vm_limits_default(&limits);
		assert_int_equal(vm_limits_parse(bad[i], &limits, &err), VM_MISCONFIG);
		assert_non_null(strstr(err.text, "line 2"));
	}
}

static void what_is_printed_is_read_back_the_same(void **state)
{
	struct vm_limits limits, again;
	struct vm_error err = { .status = VM_OK };
	struct vm_buf text;

	(void)state;
	memset(&limits, 0, sizeof(limits));
	memset(&again, 0, sizeof(again));
	limits.max_accounts = 3;
	limits.max_lists = -1;
	limits.disk_quota_mb = UINT64_MAX;
	limits.disabled = VM_FLAG_NO_SMTP | VM_FLAG_NO_MAILDROP | VM_FLAG_DELETE_SPAM;
	limits.perm_list = 1;
	limits.perm_list_users = 2;
	limits.perm_list_moderators = 7;
	limits.perm_quota = 4;
	vm_buf_init(&text, 4096);
	assert_int_equal(vm_limits_print(&limits, "", &text, &err), VM_OK);
	assert_int_equal(vm_limits_parse(text.bytes, &again, &err), VM_OK);
	assert_memory_equal(&limits, &again, sizeof(limits));
	assert_non_null(strstr(text.bytes, "\nperm_maillist: 465\n"));
	assert_non_null(strstr(text.bytes, "\nperm_quota: 4\n"));
	vm_buf_release(&text);
}

static void lines_of_other_programs_survive_a_rewrite(void **state)
{
	struct vm_limits limits;
	struct vm_error err = { .status = VM_OK };
	struct vm_buf text;

	(void)state;
	vm_limits_default(&limits);
	vm_buf_init(&text, 4096);
	assert_int_equal(vm_limits_print(&limits,
					 "# ours\nmaxaliases: 4\r\ndisable_pop\n"
					 "panel_theme: blue\n",
					 &text, &err),
			 VM_OK);
	assert_non_null(strstr(text.bytes, "# ours\npanel_theme: blue\n"));
	assert_null(strstr(text.bytes, "disable_pop"));
	assert_null(strstr(text.bytes, "maxaliases: 4"));
	vm_buf_release(&text);
}

static void a_domain_without_a_file_has_the_installation_s_defaults(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_limits limits;
	struct vm_error err = { .status = VM_OK };
	char defaults[128];

	assert_int_equal(vm_limits_file_get(folder->path, "/nonexistent/vlimits", &limits, &err),
			 VM_OK);
	assert_int_equal(limits.max_accounts, -1);
	test_folder_write(folder, "vlimits.default", "maxpopaccounts: 9\n", 0644);
	memcpy(defaults, folder->path, strlen(folder->path) + 1);
	memcpy(defaults + strlen(defaults), "/vlimits.default", sizeof("/vlimits.default"));
	assert_int_equal(vm_limits_file_get(folder->path, defaults, &limits, &err), VM_OK);
	assert_int_equal(limits.max_accounts, 9);
	limits.max_accounts = 4;
	assert_int_equal(vm_limits_file_put(folder->path, &limits, &err), VM_OK);
	assert_int_equal(vm_limits_file_get(folder->path, defaults, &limits, &err), VM_OK);
	assert_int_equal(limits.max_accounts, 4);
	assert_int_equal(vm_limits_file_remove(folder->path, &err), VM_OK);
	assert_int_equal(vm_limits_file_get(folder->path, defaults, &limits, &err), VM_OK);
	assert_int_equal(limits.max_accounts, 9);
}

static void a_damaged_file_is_never_taken_for_no_limits(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_limits limits;
	struct vm_error err = { .status = VM_OK };

	test_folder_write(folder, ".qmailadmin-limits", "maxpopaccounts: x\n", 0600);
	assert_int_equal(vm_limits_file_get(folder->path, "/nonexistent", &limits, &err),
			 VM_MISCONFIG);
	assert_int_equal(vm_limits_file_get("/nonexistent", "/nonexistent", &limits, &err),
			 VM_TEMPFAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_file_is_read_in_all_its_spellings),
		cmocka_unit_test(a_bad_number_names_its_line),
		cmocka_unit_test(what_is_printed_is_read_back_the_same),
		cmocka_unit_test(lines_of_other_programs_survive_a_rewrite),
		cmocka_unit_test_setup_teardown(
			a_domain_without_a_file_has_the_installation_s_defaults, test_folder_make,
			test_folder_remove),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_never_taken_for_no_limits,
						test_folder_make, test_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
