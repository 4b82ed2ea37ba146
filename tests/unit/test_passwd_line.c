/* Tests of core/passwd_line.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/passwd_line.h"

/* Parses a copy on the heap, so that a sanitizer sees a step too far. */
static enum vm_status parse(const char *text, size_t length, char **copy, struct vm_account *out,
			    struct vm_error *err)
{
	*copy = malloc(length + 1);
	assert_non_null(*copy);
	memcpy(*copy, text, length);
	(*copy)[length] = '\0';
	return vm_passwd_line_parse(*copy, length, 7, out, err);
}

static void eight_fields_are_read_and_the_last_keeps_its_colons(void **state)
{
	static const char line[] = "bob:$6$x$y:2:4096:Bob B:/v/bob:10S,5C:a:b:";
	struct vm_account account;
	struct vm_error err;
	char *copy = NULL;

	(void)state;
	assert_int_equal(parse(line, strlen(line), &copy, &account, &err), VM_OK);
	assert_string_equal(account.user, "bob");
	assert_string_equal(account.hash, "$6$x$y");
	assert_int_equal(account.kind, VM_ACCOUNT_APOP);
	assert_int_equal(account.flags, 4096);
	assert_string_equal(account.comment, "Bob B");
	assert_string_equal(account.home, "/v/bob");
	assert_string_equal(account.quota, "10S,5C");
	assert_string_equal(account.clear, "a:b:");
	free(copy);
}

static void missing_trailing_fields_are_empty(void **state)
{
	static const char *const lines[] = { "bob:", "bob:h", "bob:h:1", "bob:h:1:0:c",
					     "bob:h::::" };
	struct vm_account account;
	struct vm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char *copy = NULL;

		assert_int_equal(parse(lines[i], strlen(lines[i]), &copy, &account, &err), VM_OK);
		assert_string_equal(account.home, "");
		assert_string_equal(account.quota, "");
		assert_string_equal(account.clear, "");
		assert_int_equal(account.kind, VM_ACCOUNT_POP);
		assert_int_equal(account.flags, 0);
		free(copy);
	}
}

static void a_damaged_line_is_invalid_and_names_its_number(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} lines[] = {
		{ "", 0 },
		{ "bob", 3 },
		{ ":h:1:0:c:/h:q", 13 },
		{ "bob:h:x:0:c:/h:q", 16 },
		{ "bob:h:1:-1:c:/h:q", 17 },
		{ "bob:h:1:4294967296:c:/h:q", 25 },
		{ "bob:h:1:0:c:home:q", 18 },
		{ "bob:h:1:0:c\0d:/h:q", 18 },
		{ "bo\tb:h:1:0:c:/h:q", 17 },
		{ "bob:h:1:0:c:/h:q\r", 17 },
	};
	struct vm_account account;
	struct vm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char *copy = NULL;

		assert_int_equal(parse(lines[i].text, lines[i].length, &copy, &account, &err),
				 VM_INVALID);
		assert_non_null(strstr(err.text, "line 7: "));
		free(copy);
	}
}

static void lengths_are_held_to_their_maxima(void **state)
{
	static const size_t lengths[] = { VM_PASSWD_LINE_MAX, VM_PASSWD_LINE_MAX + 1, 65536,
					  16 * 1024 * 1024 };
	struct vm_account account;
	struct vm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		char *const line = malloc(lengths[i]);
		char *copy = NULL;

		assert_non_null(line);
		memset(line, 'x', lengths[i]);
		memcpy(line, "bob:h:1:0:", 10);
		assert_int_equal(parse(line, lengths[i], &copy, &account, &err),
				 i == 0 ? VM_OK : VM_INVALID);
		free(copy);
		memset(line, 'n', VM_USER_MAX + 1);
		line[VM_USER_MAX + 1] = ':';
		assert_int_equal(parse(line, lengths[i], &copy, &account, &err), VM_INVALID);
		free(copy);
		free(line);
	}
}

static void a_printed_account_is_read_back(void **state)
{
	const struct vm_account account = {
		.user = "bob",
		.domain = "example.com",
		.hash = "$1$a$b",
		.kind = VM_ACCOUNT_POP,
		.flags = 3,
		.comment = "c",
		.home = "/v/bob",
		.quota = "NOQUOTA",
		.clear = "",
	};
	struct vm_account with_clear = account;
	struct vm_buf line;
	struct vm_error err;

	(void)state;
	vm_buf_init(&line, VM_PASSWD_LINE_MAX);
	assert_int_equal(vm_passwd_line_print(&account, &line, &err), VM_OK);
	assert_string_equal(line.bytes, "bob:$1$a$b:1:3:c:/v/bob:NOQUOTA");
	vm_buf_clear(&line);
	with_clear.clear = "x:y";
	assert_int_equal(vm_passwd_line_print(&with_clear, &line, &err), VM_OK);
	assert_string_equal(line.bytes, "bob:$1$a$b:1:3:c:/v/bob:NOQUOTA:x:y");
	vm_buf_release(&line);
}

static void values_that_would_break_the_line_are_not_printed(void **state)
{
	struct vm_account account = {
		.user = "bob",
		.domain = "example.com",
		.hash = "h:1",
		.kind = VM_ACCOUNT_POP,
		.comment = "",
		.home = "",
		.quota = "",
		.clear = "",
	};
	struct vm_buf line;
	struct vm_error err;

	(void)state;
	vm_buf_init(&line, VM_PASSWD_LINE_MAX);
	assert_int_equal(vm_passwd_line_print(&account, &line, &err), VM_INVALID);
	account.hash = "h";
	account.clear = "a\nb";
	assert_int_equal(vm_passwd_line_print(&account, &line, &err), VM_INVALID);
	assert_int_equal(line.length, 0);
	vm_buf_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_fields_are_read_and_the_last_keeps_its_colons),
		cmocka_unit_test(missing_trailing_fields_are_empty),
		cmocka_unit_test(a_damaged_line_is_invalid_and_names_its_number),
		cmocka_unit_test(lengths_are_held_to_their_maxima),
		cmocka_unit_test(a_printed_account_is_read_back),
		cmocka_unit_test(values_that_would_break_the_line_are_not_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
