/* text.c */
#include "config.h"

#include "support.h"
#include "util/text.h"

static void lower_folds_ascii_only_and_leaves_literals_alone(void **state)
{
	char text[] = "AbZ\xc4@[";

	(void)state;
	vm_text_lower(text);
	assert_string_equal(text, "abz\xc4@[");
}

static void copy_and_format_refuse_what_does_not_fit(void **state)
{
	char out[4] = "xyz";

	(void)state;
	assert_true(vm_text_copy(out, sizeof out, "abc"));
	assert_string_equal(out, "abc");
	assert_false(vm_text_copy(out, sizeof out, "abcd"));
	assert_string_equal(out, "");
	assert_true(vm_text_format(out, sizeof out, "%d", 123));
	assert_false(vm_text_format(out, sizeof out, "%d", 1234));
	assert_string_equal(out, "");
	assert_false(vm_text_copy(out, 0, ""));
}

static void controls_are_seen(void **state)
{
	(void)state;
	assert_false(vm_text_has_control("plain \xff"));
	assert_true(vm_text_has_control("a\tb"));
	assert_true(vm_text_has_control("\x7f"));
}

static void utf8_is_judged_by_rfc_3629(void **state)
{
	static const char *const good[] = { "",
					    "a",
					    "\xc2\x80",
					    "\xdf\xbf",
					    "\xe0\xa0\x80",
					    "\xed\x9f\xbf",
					    "\xee\x80\x80",
					    "\xf0\x90\x80\x80",
					    "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80",
					   "\xc0\xaf",
					   "\xc1\xbf",
					   "\xc2",
					   "\xe0\x9f\xbf",
					   "\xed\xa0\x80",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xe2\x82",
					   "a\xff",
					   "\xc2\x41" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(vm_text_is_utf8(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(vm_text_is_utf8(bad[i]));
}

static void beginnings_ends_and_case(void **state)
{
	(void)state;
	assert_true(vm_text_starts_with("unix:/x", "unix:"));
	assert_false(vm_text_starts_with("un", "unix:"));
	assert_true(vm_text_ends_with("a.tmp", ".tmp"));
	assert_false(vm_text_ends_with("tmp", ".tmp"));
	assert_true(vm_text_equals_nocase("PoStMaster", "postmASTER"));
	assert_false(vm_text_equals_nocase("a", "ab"));
	assert_false(vm_text_equals_nocase("[", "{"));
}

static void unsigned_numbers_are_strict(void **state)
{
	static const char *const bad[] = { "",
					   " 1",
					   "1 ",
					   "+1",
					   "-1",
					   "0x1",
					   "1.0",
					   "18446744073709551616",
					   "99999999999999999999999" };
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(vm_text_parse_u64(bad[i], UINT64_MAX, &number));
	assert_int_equal(number, 7);
	assert_true(vm_text_parse_u64("18446744073709551615", UINT64_MAX, &number));
	assert_true(number == UINT64_MAX);
	assert_true(vm_text_parse_u64("0", 0, &number));
	assert_false(vm_text_parse_u64("1", 0, &number));
	assert_true(vm_text_parse_u64("007", 7, &number));
	assert_false(vm_text_parse_u64("101", 100, &number));
}

static void signed_numbers_reach_both_ends(void **state)
{
	int64_t number = 0;

	(void)state;
	assert_true(vm_text_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &number));
	assert_true(number == INT64_MIN);
	assert_true(vm_text_parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &number));
	assert_true(number == INT64_MAX);
	assert_false(vm_text_parse_i64("9223372036854775808", INT64_MIN, INT64_MAX, &number));
	assert_false(vm_text_parse_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &number));
	assert_false(vm_text_parse_i64("--1", INT64_MIN, INT64_MAX, &number));
	assert_false(vm_text_parse_i64("-", INT64_MIN, INT64_MAX, &number));
	assert_true(vm_text_parse_i64("-0", 0, 1, &number));
	assert_int_equal(number, 0);
	assert_false(vm_text_parse_i64("-3", -2, 2, &number));
}

static void sanitize_leaves_nothing_for_a_log_to_stumble_over(void **state)
{
	char text[] = "a%s\n\xc3\xa9\x7f b";

	(void)state;
	vm_text_sanitize(text);
	assert_string_equal(text, "a?s???? b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_folds_ascii_only_and_leaves_literals_alone),
		cmocka_unit_test(copy_and_format_refuse_what_does_not_fit),
		cmocka_unit_test(controls_are_seen),
		cmocka_unit_test(utf8_is_judged_by_rfc_3629),
		cmocka_unit_test(beginnings_ends_and_case),
		cmocka_unit_test(unsigned_numbers_are_strict),
		cmocka_unit_test(signed_numbers_reach_both_ends),
		cmocka_unit_test(sanitize_leaves_nothing_for_a_log_to_stumble_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
