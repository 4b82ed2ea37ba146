/* Tests of mta/common/pop3/pop3_command.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mta/common/pop3/pop3_command.h"

static enum vm_pop3_verb decode(const char *text, size_t length, struct vm_pop3_request *request)
{
	static char line[VM_POP3_LINE_MAX + 1];

	memcpy(line, text, length);
	line[length] = '\0';
	vm_pop3_decode(line, length, request);
	return request->verb;
}

static void verbs_of_either_case_are_known(void **state)
{
	struct vm_pop3_request request;

	(void)state;
	assert_int_equal(decode("RETR 1", 6, &request), VM_POP3_RETR);
	assert_string_equal(request.argument, "1");
	assert_int_equal(decode("rEtR 1\r", 7, &request), VM_POP3_RETR);
	assert_string_equal(request.argument, "1");
	assert_int_equal(decode("quit\r", 5, &request), VM_POP3_QUIT);
	assert_int_equal(request.argument_length, 0);
	assert_int_equal(decode("PASS  two  blanks ", 18, &request), VM_POP3_PASS);
	assert_string_equal(request.argument, " two  blanks ");
}

static void other_lines_are_unknown(void **state)
{
	struct vm_pop3_request request;

	(void)state;
	assert_int_equal(decode("", 0, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode("\r", 1, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode(" QUIT", 5, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode("QUITT", 5, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode("QUI", 3, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode("DELE\t1", 6, &request), VM_POP3_UNKNOWN);
	assert_int_equal(decode("PASS a\0b", 8, &request), VM_POP3_UNKNOWN);
}

static int numbers_of(const char *line, uint32_t *numbers)
{
	struct vm_pop3_request request;

	(void)decode(line, strlen(line), &request);
	return vm_pop3_numbers(&request, numbers, 2);
}

static void numbers_are_counted_and_nonsense_is_not(void **state)
{
	uint32_t numbers[2];

	(void)state;
	assert_int_equal(numbers_of("TOP", numbers), 0);
	assert_int_equal(numbers_of("TOP 1", numbers), 1);
	assert_int_equal(numbers_of("TOP  12  30 ", numbers), 2);
	assert_int_equal(numbers[0], 12);
	assert_int_equal(numbers[1], 30);
	assert_int_equal(numbers_of("TOP 2147483647", numbers), 1);
	assert_int_equal(numbers[0], 2147483647);
	assert_int_equal(numbers_of("TOP 2147483648", numbers), -1);
	assert_int_equal(numbers_of("TOP 99999999999999999999999999", numbers), -1);
	assert_int_equal(numbers_of("TOP 1 2 3", numbers), -1);
	assert_int_equal(numbers_of("TOP -1", numbers), -1);
	assert_int_equal(numbers_of("TOP 1x", numbers), -1);
	assert_int_equal(numbers_of("TOP 1\t2", numbers), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_of_either_case_are_known),
		cmocka_unit_test(other_lines_are_unknown),
		cmocka_unit_test(numbers_are_counted_and_nonsense_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
