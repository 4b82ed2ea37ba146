/* Tests of core/password_policy.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/password_policy.h"

static enum vm_status check(const struct vm_config *config, const char *password)
{
	struct vm_secret secret;
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	assert_true(vm_secret_set(&secret, password, strlen(password)));
	status = vm_password_policy_check(config, &secret, "bob", "example.org", &err);
	if (status != VM_OK)
		assert_string_equal(err.field, "password");
	return status;
}

static void lengths_are_counted_in_bytes(void **state)
{
	const struct vm_config config = { .home = "/nonexistent",
					  .password_min_length = 4,
					  .password_max_length = 8 };

	(void)state;
	assert_int_equal(check(&config, "abc"), VM_DENIED);
	assert_int_equal(check(&config, "abcd"), VM_OK);
	assert_int_equal(check(&config, "abcdefgh"), VM_OK);
	assert_int_equal(check(&config, "abcdefghi"), VM_DENIED);
	assert_int_equal(check(&config, "\xc3\xa4\xc3\xa4"), VM_OK);
}

static void classes_are_lower_upper_digits_and_others(void **state)
{
	const struct vm_config config = { .home = "/nonexistent",
					  .password_max_length = 100,
					  .password_min_classes = 3 };

	(void)state;
	assert_int_equal(check(&config, "lower only"), VM_DENIED);
	assert_int_equal(check(&config, "lowerUPPER"), VM_DENIED);
	assert_int_equal(check(&config, "lowerUPPER7"), VM_OK);
	assert_int_equal(check(&config, "lower 7"), VM_OK);
}

static void the_name_is_no_password_when_so_set(void **state)
{
	struct vm_config config = { .home = "/nonexistent",
				    .password_max_length = 100,
				    .password_not_name = true };

	(void)state;
	assert_int_equal(check(&config, "Bob"), VM_DENIED);
	assert_int_equal(check(&config, "bob@Example.org"), VM_DENIED);
	assert_int_equal(check(&config, "bob2"), VM_OK);
	config.password_not_name = false;
	assert_int_equal(check(&config, "bob"), VM_OK);
}

static void control_bytes_are_invalid(void **state)
{
	const struct vm_config config = { .home = "/nonexistent", .password_max_length = 100 };

	(void)state;
	assert_int_equal(check(&config, "two\nlines"), VM_INVALID);
	assert_int_equal(check(&config, "a\x7f"), VM_INVALID);
}

static void the_rules_are_told_in_a_sentence(void **state)
{
	const struct vm_config config = { .home = "/nonexistent",
					  .password_min_length = 8,
					  .password_max_length = 64,
					  .password_min_classes = 2,
					  .password_not_name = true };
	char text[200];

	(void)state;
	vm_password_policy_describe(&config, text, sizeof text);
	assert_string_equal(text, "Passwords have 8 to 64 bytes, 2 of lower case, upper case, "
				  "digits and others, and are not the name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_counted_in_bytes),
		cmocka_unit_test(classes_are_lower_upper_digits_and_others),
		cmocka_unit_test(the_name_is_no_password_when_so_set),
		cmocka_unit_test(control_bytes_are_invalid),
		cmocka_unit_test(the_rules_are_told_in_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
