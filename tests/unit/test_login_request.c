/* Tests of login/login_request.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "login/login_request.h"

#define PARSE(text, out) vm_login_request_parse(text, sizeof(text) - 1, out)

static void three_fields_are_taken_apart(void **state)
{
	struct vm_login_request request;

	(void)state;
	assert_int_equal(PARSE("bob@example.org\0pass word\0<1@host>\0", &request),
			 VM_LOGIN_INPUT_GOOD);
	assert_string_equal(request.name, "bob@example.org");
	assert_string_equal(request.response.bytes, "pass word");
	assert_string_equal(request.challenge, "<1@host>");
}

static void a_challenge_may_be_missing_and_more_is_ignored(void **state)
{
	struct vm_login_request request;

	(void)state;
	assert_int_equal(PARSE("bob\0secret\0", &request), VM_LOGIN_INPUT_GOOD);
	assert_string_equal(request.challenge, "");
	assert_int_equal(PARSE("bob\0secret", &request), VM_LOGIN_INPUT_GOOD);
	assert_string_equal(request.response.bytes, "secret");
	assert_int_equal(PARSE("bob\0secret\0c\0more\0and more", &request), VM_LOGIN_INPUT_GOOD);
	assert_string_equal(request.challenge, "c");
}

static void what_is_missing_has_its_own_answer(void **state)
{
	struct vm_login_request request;

	(void)state;
	assert_int_equal(vm_login_request_parse("", 0, &request), VM_LOGIN_INPUT_NO_NAME);
	assert_int_equal(PARSE("\0secret\0\0", &request), VM_LOGIN_INPUT_NO_NAME);
	assert_int_equal(PARSE("bob", &request), VM_LOGIN_INPUT_NO_PASSWORD);
	assert_int_equal(PARSE("bob\0", &request), VM_LOGIN_INPUT_NO_PASSWORD);
	assert_int_equal(PARSE("bob\0\0\0", &request), VM_LOGIN_INPUT_NO_PASSWORD);
	assert_string_equal(request.name, "bob");
}

/* The 155 bytes of 5.4 are no bound any more. */
static void fields_of_512_bytes_are_accepted_and_longer_ones_are_not(void **state)
{
	struct vm_login_request request;
	char input[2 * VM_LOGIN_NAME_MAX + 8];
	const size_t name = VM_LOGIN_NAME_MAX, password = VM_SECRET_MAX;

	(void)state;
	memset(input, 'a', sizeof(input));
	input[name] = '\0';
	input[name + 1 + password] = '\0';
	assert_int_equal(vm_login_request_parse(input, name + password + 2, &request),
			 VM_LOGIN_INPUT_GOOD);
	assert_int_equal(strlen(request.name), name);
	assert_int_equal(request.response.length, password);
	input[name + 1 + password] = 'a';
	assert_int_equal(vm_login_request_parse(input, name + password + 2, &request),
			 VM_LOGIN_INPUT_PASSWORD_TOO_LONG);
	input[name] = 'a';
	assert_int_equal(vm_login_request_parse(input, name + password + 2, &request),
			 VM_LOGIN_INPUT_NAME_TOO_LONG);
	assert_int_equal(strlen(request.name), name);
}

static void a_challenge_that_is_too_long_is_none(void **state)
{
	struct vm_login_request request;
	char input[VM_LOGIN_CHALLENGE_MAX + 16];

	(void)state;
	memset(input, 'c', sizeof(input));
	memcpy(input, "b\0p", 4);
	assert_int_equal(vm_login_request_parse(input, sizeof(input), &request),
			 VM_LOGIN_INPUT_GOOD);
	assert_string_equal(request.challenge, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_fields_are_taken_apart),
		cmocka_unit_test(a_challenge_may_be_missing_and_more_is_ignored),
		cmocka_unit_test(what_is_missing_has_its_own_answer),
		cmocka_unit_test(fields_of_512_bytes_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(a_challenge_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
