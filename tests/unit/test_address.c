/* Tests of core/address.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/address.h"

static const struct vm_address_policy plain = { .default_domain = "default.example" };
static const struct vm_address_policy unicode = {
	.default_domain = "",
	.utf8_users = true,
	.idn_domains = true,
};

static void expect_address(const char *text, const char *user, const char *domain)
{
	struct vm_address address;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_address_parse(text, &plain, &address, &err), VM_OK);
	assert_string_equal(address.user, user);
	assert_string_equal(address.domain, domain);
}

static void expect_refused(const char *text, const struct vm_address_policy *policy)
{
	struct vm_address address;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_address_parse(text, policy, &address, &err), VM_INVALID);
	assert_string_equal(err.field, "address");
}

static void an_address_splits_at_the_first_sign_of_the_ordered_list(void **state)
{
	(void)state;
	expect_address("bob@example.com", "bob", "example.com");
	expect_address("bob%example.com", "bob", "example.com");
	expect_address("bob/example.com", "bob", "example.com");
	expect_refused("a%b@example.com", &plain);
	expect_refused("a/b%example.com", &plain);
	expect_refused("a@b@c", &plain);
}

static void an_address_is_folded_to_lower_case(void **state)
{
	(void)state;
	expect_address("BoB.X@Example.COM", "bob.x", "example.com");
}

static void a_missing_domain_becomes_the_default_domain(void **state)
{
	const struct vm_address_policy none = { .default_domain = NULL };

	(void)state;
	expect_address("bob", "bob", "default.example");
	expect_address("bob@", "bob", "default.example");
	expect_refused("bob", &none);
}

static void every_legal_byte_of_a_user_is_accepted(void **state)
{
	(void)state;
	expect_address("a!#$&'*+-.=?^_`{|}~0@example.com", "a!#$&'*+-.=?^_`{|}~0", "example.com");
}

static void every_other_byte_of_a_user_is_refused(void **state)
{
	struct vm_error err = { .status = VM_OK };
	char text[] = "a?b", out[VM_USER_MAX + 1];
	unsigned int refused = 0;

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		text[1] = (char)byte;
		if (vm_user_parse(text, &plain, out, &err) != VM_OK)
			refused++;
	}
	/* 62 letters and digits and 18 signs stay. */
	assert_int_equal(refused, 255 - 62 - 18);
}

static void a_user_can_neither_climb_nor_hide(void **state)
{
	struct vm_error err = { .status = VM_OK };
	char out[VM_USER_MAX + 1];

	(void)state;
	assert_int_equal(vm_user_parse("..", &plain, out, &err), VM_INVALID);
	assert_int_equal(vm_user_parse(".bob", &plain, out, &err), VM_INVALID);
	assert_int_equal(vm_user_parse("a/b", &plain, out, &err), VM_INVALID);
	assert_int_equal(vm_user_parse("", &plain, out, &err), VM_INVALID);
	assert_string_equal(out, "");
}

static void lengths_end_at_their_maximum(void **state)
{
	struct vm_error err = { .status = VM_OK };
	char text[70000], out[VM_DOMAIN_MAX + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[VM_USER_MAX] = '\0';
	assert_int_equal(vm_user_parse(text, &plain, out, &err), VM_OK);
	text[VM_USER_MAX] = 'a';
	text[VM_USER_MAX + 1] = '\0';
	assert_int_equal(vm_user_parse(text, &plain, out, &err), VM_INVALID);
	text[VM_USER_MAX + 1] = 'a';
	text[VM_DOMAIN_MAX] = '\0';
	assert_int_equal(vm_domain_parse(text, &plain, out, &err), VM_OK);
	text[VM_DOMAIN_MAX] = 'a';
	text[VM_DOMAIN_MAX + 1] = '\0';
	assert_int_equal(vm_domain_parse(text, &plain, out, &err), VM_INVALID);
	text[VM_DOMAIN_MAX + 1] = 'a';
	text[sizeof(text) - 1] = '\0';
	expect_refused(text, &plain);
	expect_refused(text, &unicode);
	memcpy(text, "b@", 2);
	expect_refused(text, &plain);
	text[10] = '\x80';
	expect_refused(text, &unicode);
}

static void a_domain_has_no_empty_label_and_no_leading_dash(void **state)
{
	(void)state;
	expect_refused("a@.example.com", &plain);
	expect_refused("a@example.com.", &plain);
	expect_refused("a@example..com", &plain);
	expect_refused("a@..", &plain);
	expect_refused("a@-rf", &plain);
	expect_refused("a@exa_mple.com", &plain);
	expect_refused("a@exam\nple.com", &plain);
}

static void a_new_domain_meets_the_stricter_rule(void **state)
{
	static const char *const good[] = { "a.bc", "example.com", "x-1.example.co" };
	static const char *const bad[] = { "ab",   "localhost", "example.c", "-a.com", "a-.com",
					   "a.b-", "a..com",    ".com",      "a.com." };
	struct vm_error err = { .status = VM_OK };
	char label[70];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(vm_domain_check_new(good[i], &err), VM_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(vm_domain_check_new(bad[i], &err), VM_INVALID);
	memset(label, 'a', sizeof(label));
	memcpy(label + 63, ".com", 5);
	assert_int_equal(vm_domain_check_new(label, &err), VM_OK);
	memset(label, 'a', sizeof(label));
	memcpy(label + 64, ".com", 5);
	assert_int_equal(vm_domain_check_new(label, &err), VM_INVALID);
}

static void utf8_needs_its_setting(void **state)
{
	(void)state;
	expect_refused("jos\xc3\xa9@example.com", &plain);
	expect_refused("bob@b\xc3\xbc"
		       "cher.example",
		       &plain);
}

static void a_utf8_user_is_kept_in_nfc(void **state)
{
	struct vm_address address;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	/* e and a combining acute accent (U+0301) become U+00E9 */
	assert_int_equal(vm_address_parse("Jose\xcc\x81@example.com", &unicode, &address, &err),
			 VM_OK);
	assert_string_equal(address.user, "jos\xc3\xa9");
}

static void a_sign_that_nfc_turns_into_an_ascii_one_is_checked_as_that(void **state)
{
	struct vm_error err = { .status = VM_OK };
	char out[VM_USER_MAX + 1];

	(void)state;
	/* U+037E, the Greek question mark, is ';' in NFC; U+212A, the Kelvin sign, is 'K'. */
	assert_int_equal(vm_user_parse("a\xcd\xbe"
				       "b",
				       &unicode, out, &err),
			 VM_INVALID);
	assert_int_equal(vm_user_parse("\xe2\x84\xaa"
				       "elvin",
				       &unicode, out, &err),
			 VM_OK);
	assert_string_equal(out, "kelvin");
}

static void what_is_not_utf8_is_refused(void **state)
{
	(void)state;
	expect_refused("a\xff@example.com", &unicode);
	expect_refused("a\xc0\xaf@example.com", &unicode);     /* '/' in two bytes */
	expect_refused("a\xed\xa0\x80@example.com", &unicode); /* half of a surrogate pair */
	expect_refused("a\xc2\x85@example.com", &unicode);     /* U+0085, a C1 control */
	expect_refused("bob@b\xfc"
		       "cher.example",
		       &unicode);
}

static void a_u_label_is_stored_as_an_a_label(void **state)
{
	struct vm_address address;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_address_parse("bob@B\xc3\xbc"
					  "cher.example",
					  &unicode, &address, &err),
			 VM_OK);
	assert_string_equal(address.domain, "xn--bcher-kva.example");
	expect_refused("bob@\xe2\x98\x83.example", &plain);
}

static void an_extension_is_cut_at_the_nth_dash(void **state)
{
	char out[VM_USER_MAX + 1];
	const char *extension = NULL;

	(void)state;
	assert_true(vm_user_before_dash("bob-list-x", 1, out, &extension));
	assert_string_equal(out, "bob");
	assert_string_equal(extension, "list-x");
	assert_true(vm_user_before_dash("bob-list-x", 2, out, &extension));
	assert_string_equal(out, "bob-list");
	assert_string_equal(extension, "x");
	assert_false(vm_user_before_dash("bob-list-x", 3, out, &extension));
	assert_false(vm_user_before_dash("bob", 1, out, &extension));
	assert_true(vm_user_before_dash("-x", 1, out, &extension));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_splits_at_the_first_sign_of_the_ordered_list),
		cmocka_unit_test(an_address_is_folded_to_lower_case),
		cmocka_unit_test(a_missing_domain_becomes_the_default_domain),
		cmocka_unit_test(every_legal_byte_of_a_user_is_accepted),
		cmocka_unit_test(every_other_byte_of_a_user_is_refused),
		cmocka_unit_test(a_user_can_neither_climb_nor_hide),
		cmocka_unit_test(lengths_end_at_their_maximum),
		cmocka_unit_test(a_domain_has_no_empty_label_and_no_leading_dash),
		cmocka_unit_test(a_new_domain_meets_the_stricter_rule),
		cmocka_unit_test(utf8_needs_its_setting),
		cmocka_unit_test(a_utf8_user_is_kept_in_nfc),
		cmocka_unit_test(a_sign_that_nfc_turns_into_an_ascii_one_is_checked_as_that),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(a_u_label_is_stored_as_an_a_label),
		cmocka_unit_test(an_extension_is_cut_at_the_nth_dash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
