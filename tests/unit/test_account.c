/* Tests of core/account.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/account.h"

static struct vm_account good_account(void)
{
	return (struct vm_account){
		.user = "bob",
		.domain = "example.com",
		.hash = "$6$abcdefgh$x",
		.kind = VM_ACCOUNT_POP,
		.comment = "Bob B.",
		.home = "/home/vpopmail/domains/example.com/bob",
		.quota = "NOQUOTA",
		.clear = "se:cret",
	};
}

static void expect_refused(const struct vm_account *account, const char *field)
{
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_account_check(account, &err), VM_INVALID);
	assert_string_equal(err.field, field);
}

static void an_ordinary_account_may_be_stored(void **state)
{
	struct vm_account account = good_account();
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_account_check(&account, &err), VM_OK);
	account.home = "";
	account.quota = "";
	account.clear = "";
	account.hash = "";
	account.comment = "";
	assert_int_equal(vm_account_check(&account, &err), VM_OK);
}

static void a_colon_is_refused_in_all_fields_but_the_last(void **state)
{
	struct vm_account account = good_account();

	(void)state;
	account.comment = "a:b";
	expect_refused(&account, "comment");
	account = good_account();
	account.hash = "a:b";
	expect_refused(&account, "password_hash");
	account = good_account();
	account.home = "/a:b";
	expect_refused(&account, "home");
	account = good_account();
	account.quota = "1S:";
	expect_refused(&account, "quota");
	account = good_account();
	account.user = "a:b";
	expect_refused(&account, "address");
}

static void a_line_break_is_refused_in_every_field(void **state)
{
	struct vm_account account = good_account();

	(void)state;
	account.comment = "a\nroot:x";
	expect_refused(&account, "comment");
	account = good_account();
	account.clear = "a\nb";
	expect_refused(&account, "password");
	account = good_account();
	account.hash = "a\rb";
	expect_refused(&account, "password_hash");
	account = good_account();
	account.domain = "a\n.com";
	expect_refused(&account, "address");
}

static void a_value_may_be_as_long_as_its_maximum_and_no_longer(void **state)
{
	struct vm_account account = good_account();
	struct vm_error err = { .status = VM_OK };
	char text[VM_HASH_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[VM_COMMENT_MAX] = '\0';
	account.comment = text;
	assert_int_equal(vm_account_check(&account, &err), VM_OK);
	text[VM_COMMENT_MAX] = 'x';
	text[VM_COMMENT_MAX + 1] = '\0';
	expect_refused(&account, "comment");
	account = good_account();
	memset(text, 'x', sizeof(text));
	text[VM_HASH_MAX] = '\0';
	account.hash = text;
	assert_int_equal(vm_account_check(&account, &err), VM_OK);
	text[VM_HASH_MAX] = 'x';
	text[VM_HASH_MAX + 1] = '\0';
	expect_refused(&account, "password_hash");
}

static void a_home_is_absolute_and_does_not_climb(void **state)
{
	struct vm_account account = good_account();
	struct vm_error err = { .status = VM_OK };

	(void)state;
	account.home = "domains/bob";
	expect_refused(&account, "home");
	account.home = "/home/../etc";
	expect_refused(&account, "home");
	account.home = "/home/..";
	expect_refused(&account, "home");
	account.home = "/home/a..b/..c";
	assert_int_equal(vm_account_check(&account, &err), VM_OK);
}

static void a_user_never_leaves_the_folder_of_its_domain(void **state)
{
	struct vm_account account = good_account();

	(void)state;
	account.user = "..";
	expect_refused(&account, "address");
	account.user = "a/b";
	expect_refused(&account, "address");
	account.user = "";
	expect_refused(&account, "address");
	account = good_account();
	account.domain = "../x";
	expect_refused(&account, "address");
}

static void an_unknown_kind_is_refused(void **state)
{
	struct vm_account account = good_account();

	(void)state;
	account.kind = (enum vm_account_kind)3;
	expect_refused(&account, "kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_account_may_be_stored),
		cmocka_unit_test(a_colon_is_refused_in_all_fields_but_the_last),
		cmocka_unit_test(a_line_break_is_refused_in_every_field),
		cmocka_unit_test(a_value_may_be_as_long_as_its_maximum_and_no_longer),
		cmocka_unit_test(a_home_is_absolute_and_does_not_climb),
		cmocka_unit_test(a_user_never_leaves_the_folder_of_its_domain),
		cmocka_unit_test(an_unknown_kind_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
