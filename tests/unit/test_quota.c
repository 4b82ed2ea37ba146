/* Tests of core/quota.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/quota.h"

static void expect_quota(const char *text, uint64_t bytes, uint64_t messages)
{
	struct vm_quota quota;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_quota_parse(text, &quota, &err), VM_OK);
	assert_true(quota.bytes == bytes);
	assert_true(quota.messages == messages);
}

static void what_people_type_is_understood(void **state)
{
	(void)state;
	expect_quota("NOQUOTA", 0, 0);
	expect_quota("noquota", 0, 0);
	expect_quota("", 0, 0);
	expect_quota("0", 0, 0);
	expect_quota("10485760S", 10485760, 0);
	expect_quota("10485760", 10485760, 0);
	expect_quota("10M", 10485760, 0);
	expect_quota("10mb", 10485760, 0);
	expect_quota("10MBS", 10485760, 0);
	expect_quota("10KB", 10240, 0);
	expect_quota("1G", UINT64_C(1) << 30, 0);
	expect_quota("2t", UINT64_C(2) << 40, 0);
	expect_quota("1000C", 0, 1000);
	expect_quota("1000c", 0, 1000);
	expect_quota("10485760S,1000C", 10485760, 1000);
	expect_quota("1000C,10M", 10485760, 1000);
	expect_quota("9223372036854775807S", INT64_MAX, 0);
}

static void junk_is_refused_and_never_unlimited(void **state)
{
	static const char *const junk[] = {
		"abc",
		"10X",
		"10 M",
		" 10",
		"-1",
		"+1",
		"10M,",
		",10M",
		",",
		"10M,10M",
		"1C,2C",
		"M",
		"C",
		"S",
		"10SB",
		"10MM",
		"NO",
		"NOQUOTAS",
		"1e6",
		"0x10",
		"10M;1C",
		"1.5M",
		"9223372036854775808S",
		"8388608T",
		"1000000000000000000C",
		"99999999999999999999999999999999999999S",
	};
	struct vm_quota quota;
	struct vm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		assert_int_equal(vm_quota_parse(junk[i], &quota, &err), VM_INVALID);
		assert_string_equal(err.field, "quota");
	}
}

static void the_stored_form_has_bytes_then_messages(void **state)
{
	char text[VM_QUOTA_MAX + 1];

	(void)state;
	vm_quota_print(&(struct vm_quota){ 0, 0 }, text);
	assert_string_equal(text, "NOQUOTA");
	vm_quota_print(&(struct vm_quota){ 1024, 0 }, text);
	assert_string_equal(text, "1024S");
	vm_quota_print(&(struct vm_quota){ 0, 7 }, text);
	assert_string_equal(text, "7C");
	vm_quota_print(&(struct vm_quota){ 1024, 7 }, text);
	assert_string_equal(text, "1024S,7C");
}

static void the_largest_quota_fits_its_text_and_comes_back(void **state)
{
	struct vm_quota quota = { UINT64_MAX, UINT64_MAX };
	struct vm_error err;
	char text[VM_QUOTA_MAX + 1];

	(void)state;
	vm_quota_print(&quota, text);
	assert_int_equal(strlen(text), VM_QUOTA_MAX);
	assert_int_equal(vm_quota_parse(text, &quota, &err), VM_OK);
	assert_true(quota.bytes == INT64_MAX);
}

static void reaching_the_quota_is_allowed_and_passing_it_is_not(void **state)
{
	const struct vm_quota bytes = { 1000, 0 }, messages = { 0, 3 }, none = { 0, 0 };
	const struct vm_usage usage = { 900, 2 };

	(void)state;
	assert_false(vm_quota_is_exceeded_by(&bytes, &usage, 100));
	assert_true(vm_quota_is_exceeded_by(&bytes, &usage, 101));
	assert_true(vm_quota_is_exceeded_by(&bytes, &usage, UINT64_MAX));
	assert_true(vm_quota_is_exceeded_by(&bytes, &(struct vm_usage){ 1001, 0 }, 0));
	assert_false(vm_quota_is_exceeded_by(&messages, &usage, UINT64_MAX));
	assert_true(vm_quota_is_exceeded_by(&messages, &(struct vm_usage){ 0, 3 }, 0));
	assert_false(
		vm_quota_is_exceeded_by(&none, &(struct vm_usage){ UINT64_MAX, UINT64_MAX }, 1));
	assert_true(vm_quota_is_unlimited(&none));
	assert_false(vm_quota_is_unlimited(&messages));
}

static void the_fuller_of_the_two_counts_in_percent(void **state)
{
	const struct vm_quota both = { 1000, 10 };

	(void)state;
	assert_int_equal(vm_quota_percent(&both, &(struct vm_usage){ 500, 9 }), 90);
	assert_int_equal(vm_quota_percent(&both, &(struct vm_usage){ 1500, 9 }), 150);
	assert_int_equal(vm_quota_percent(&(struct vm_quota){ 0, 0 }, &(struct vm_usage){ 5, 5 }),
			 0);
	assert_int_equal(vm_quota_percent(&(struct vm_quota){ UINT64_MAX, 0 },
					  &(struct vm_usage){ UINT64_MAX / 4, 0 }),
			 25);
	assert_int_equal(vm_quota_percent(&(struct vm_quota){ 1, 0 },
					  &(struct vm_usage){ UINT64_MAX, 0 }),
			 UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_type_is_understood),
		cmocka_unit_test(junk_is_refused_and_never_unlimited),
		cmocka_unit_test(the_stored_form_has_bytes_then_messages),
		cmocka_unit_test(the_largest_quota_fits_its_text_and_comes_back),
		cmocka_unit_test(reaching_the_quota_is_allowed_and_passing_it_is_not),
		cmocka_unit_test(the_fuller_of_the_two_counts_in_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
