/* Tests of core/password_rules.h. */
#include <config.h>

#include "support.h"

#include "core/password_rules.h"

static enum vm_status parse(const char *text, struct vm_password_rules *rules)
{
	struct vm_error err;
	const enum vm_status status = vm_password_rules_parse(text, "rules", rules, &err);

	if (status != VM_OK)
		assert_non_null(strstr(err.text, "rules:"));
	return status;
}

/* The text of the rule that a password breaks, "" for none. */
static const char *broken(const char *text, const char *password)
{
	static struct vm_password_rules rules;
	const struct vm_password_rule *rule = NULL;

	assert_int_equal(parse(text, &rules), VM_OK);
	rule = vm_password_rules_broken(&rules, password, strlen(password));
	return rule == NULL ? "" : rule->text;
}

static void each_measure_is_compared(void **state)
{
	static const struct {
		const char *rule, *good, *bad;
	} cases[] = {
		{ "Length >= 8", "12345678", "1234567" }, { "length < 3", "ab", "abc" },
		{ "Length = 3", "abc", "abcd" },          { "Length <= 3", "abc", "abcd" },
		{ "Length > 3", "abcd", "abc" },          { "Numeric >= 0.25", "abc1", "abcd1" },
		{ "ALPHABET <= 0.5", "ab12", "abc12" },   { "Other > 0", "abc-", "abc1" },
		{ "UpperLower < 1", "aB", "ab" },         { "UpperLower <= 0.5", "aaaB", "aaaaB" },
		{ "UpperLower = 0", "1234", "ab" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(broken(cases[i].rule, cases[i].good), "");
		assert_string_equal(broken(cases[i].rule, cases[i].bad), cases[i].rule);
	}
}

static void the_first_broken_rule_is_told(void **state)
{
	static const char text[] =
		"# rules\n\nLength >= 4 # bytes\r\n\tNumeric  >=  0.2\nOther > 0";

	(void)state;
	assert_string_equal(broken(text, "abc"), "Length >= 4");
	assert_string_equal(broken(text, "abcd"), "Numeric >= 0.2");
	assert_string_equal(broken(text, "abc1"), "Other > 0");
	assert_string_equal(broken(text, "ab-1"), "");
}

static void the_policy_is_text_for_people(void **state)
{
	struct vm_password_rules rules;

	(void)state;
	assert_int_equal(parse("POLICY =  At least 8 bytes, one digit  \nLength >= 8", &rules),
			 VM_OK);
	assert_string_equal(rules.policy, "At least 8 bytes, one digit");
	assert_int_equal(rules.count, 1);
}

static void what_is_no_rule_is_misconfig(void **state)
{
	static const char *const texts[] = {
		"Lenght >= 8",   "Length => 8",    "Length >= x",       "Length >=",
		"Length >= 8 9", "Length >= -1",   "Length >= 1.",      "Numeric >= .5",
		"Policy",        "Policy < text",  "Length >= 1e3",     "Numeric >= 0.1234567",
		"Length == 8",   "Policy = a\x01", "Length >= 8000000",
	};
	struct vm_password_rules rules;
	char long_line[1024] = "# ";
	char many[VM_PASSWORD_RULES_MAX * 16 + 32] = "";

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(parse(texts[i], &rules), VM_MISCONFIG);
	memset(long_line + 2, 'x', sizeof long_line - 3);
	assert_int_equal(parse(long_line, &rules), VM_MISCONFIG);
	for (size_t i = 0; i <= VM_PASSWORD_RULES_MAX; i++)
		memcpy(many + strlen(many), "Length >= 1\n", 13);
	assert_int_equal(parse(many, &rules), VM_MISCONFIG);
}

static void no_file_is_no_rule_and_an_unreadable_one_is_not(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_password_rules rules;
	struct vm_error err;
	char path[256];

	(void)snprintf(path, sizeof path, "%s/rules", folder->path);
	assert_int_equal(vm_password_rules_read(path, &rules, &err), VM_OK);
	assert_int_equal(rules.count, 0);
	write_test_file(folder->fd, "rules", "Length >= 3\n", 12);
	assert_int_equal(vm_password_rules_read(path, &rules, &err), VM_OK);
	assert_int_equal(rules.count, 1);
	write_test_file(folder->fd, "rules", "", 0);
	assert_int_equal(vm_password_rules_read(path, &rules, &err), VM_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(vm_status_is_definite(vm_password_rules_read(path, &rules, &err)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_measure_is_compared),
		cmocka_unit_test(the_first_broken_rule_is_told),
		cmocka_unit_test(the_policy_is_text_for_people),
		cmocka_unit_test(what_is_no_rule_is_misconfig),
		cmocka_unit_test_setup_teardown(no_file_is_no_rule_and_an_unreadable_one_is_not,
						make_test_folder, remove_test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
