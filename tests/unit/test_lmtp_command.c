/* Tests of delivery/lmtp_command.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "delivery/lmtp_command.h"

static struct vm_lmtp_command decode(const char *line)
{
	struct vm_lmtp_command command;

	vm_lmtp_decode(line, strlen(line), &command);
	return command;
}

static void verbs_are_known_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(decode("LHLO client.example").verb, VM_LMTP_LHLO);
	assert_int_equal(decode("lhlo client.example").verb, VM_LMTP_LHLO);
	assert_int_equal(decode("DATA").verb, VM_LMTP_DATA);
	assert_int_equal(decode("rset").verb, VM_LMTP_RSET);
	assert_int_equal(decode("NOOP anything").verb, VM_LMTP_NOOP);
	assert_int_equal(decode("QUIT").verb, VM_LMTP_QUIT);
	assert_int_equal(decode("EHLO x").verb, VM_LMTP_HELO);
	assert_int_equal(decode("HELO x").verb, VM_LMTP_HELO);
	assert_int_equal(decode("XYZZY").verb, VM_LMTP_UNKNOWN);
	assert_int_equal(decode("").verb, VM_LMTP_UNKNOWN);
}

static void the_path_stands_between_angle_brackets(void **state)
{
	struct vm_lmtp_command command = decode("MAIL FROM:<a@example.net>");

	(void)state;
	assert_int_equal(command.verb, VM_LMTP_MAIL);
	assert_string_equal(command.path, "a@example.net");
	assert_string_equal(decode("MAIL FROM:<>").path, "");
	assert_int_equal(decode("MAIL FROM:<>").verb, VM_LMTP_MAIL);
	command = decode("RCPT TO:<@a.example,@b.example:bob@example.org>");
	assert_int_equal(command.verb, VM_LMTP_RCPT);
	assert_string_equal(command.path, "bob@example.org");
}

static void parameters_of_mail_are_understood(void **state)
{
	const struct vm_lmtp_command command =
		decode("MAIL FROM:<a@example.net> SIZE=12345 BODY=8BITMIME SMTPUTF8");

	(void)state;
	assert_int_equal(command.verb, VM_LMTP_MAIL);
	assert_true(command.has_size && command.size == 12345);
	assert_true(command.is_utf8);
}

static void bad_arguments_say_what_is_wrong(void **state)
{
	static const char *const lines[] = {
		"MAIL FROM:a@b", "RCPT TO:<a@b", "MAIL FROM:<a> SIZE=x",        "BDAT",
		"BDAT x",        "RCPT",         "BDAT 99999999999999999999999"
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const struct vm_lmtp_command command = decode(lines[i]);

		assert_int_equal(command.verb, VM_LMTP_BAD_SYNTAX);
		assert_non_null(command.problem);
	}
}

static void a_chunk_has_a_size_and_may_be_the_last(void **state)
{
	(void)state;
	assert_int_equal(decode("BDAT 86").verb, VM_LMTP_BDAT);
	assert_true(decode("BDAT 86").size == 86);
	assert_false(decode("BDAT 86").is_last);
	assert_true(decode("BDAT 0 LAST").is_last);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char line[VM_LMTP_LINE_MAX + 1];

	(void)state;
	assert_true(snprintf(line, sizeof line, "RCPT TO:<%0*d@b>", VM_LMTP_PATH_MAX, 0) > 0);
	assert_int_equal(decode(line).verb, VM_LMTP_BAD_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_are_known_in_any_case),
		cmocka_unit_test(the_path_stands_between_angle_brackets),
		cmocka_unit_test(parameters_of_mail_are_understood),
		cmocka_unit_test(bad_arguments_say_what_is_wrong),
		cmocka_unit_test(a_chunk_has_a_size_and_may_be_the_last),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
