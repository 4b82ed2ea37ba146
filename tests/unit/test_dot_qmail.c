/* Tests of core/dot_qmail.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dot_qmail.h"

static struct vm_arena arena;

static int make_arena(void **state)
{
	(void)state;
	vm_arena_init(&arena, 16 * 1024 * 1024);
	return 0;
}

static int release_arena(void **state)
{
	(void)state;
	vm_arena_release(&arena);
	return 0;
}

static enum vm_status parse(const char *text, struct vm_dot_qmail *out)
{
	struct vm_error err = { .status = VM_OK };

	return vm_dot_qmail_parse(text, strlen(text), &arena, out, &err);
}

static void expect_line(const char *text, enum vm_dot_qmail_kind kind, const char *expected)
{
	struct vm_dot_qmail file;

	assert_int_equal(parse(text, &file), VM_OK);
	assert_int_equal(file.count, 1);
	assert_int_equal(file.lines[0].kind, kind);
	assert_string_equal(file.lines[0].text, expected);
}

static void the_first_byte_tells_the_kind(void **state)
{
	(void)state;
	expect_line("| /bin/true x", VM_DOT_QMAIL_PROGRAM, "/bin/true x");
	expect_line("/var/mail/", VM_DOT_QMAIL_MAILDIR, "/var/mail/");
	expect_line("./Maildir/", VM_DOT_QMAIL_MAILDIR, "./Maildir/");
	expect_line("/var/mail/mbox", VM_DOT_QMAIL_MBOX, "/var/mail/mbox");
	expect_line("./mbox", VM_DOT_QMAIL_MBOX, "./mbox");
	expect_line("&bob@example.org", VM_DOT_QMAIL_FORWARD, "bob@example.org");
	expect_line("bob@example.org", VM_DOT_QMAIL_FORWARD, "bob@example.org");
}

static void blanks_at_the_end_are_cut_and_blank_lines_left_out(void **state)
{
	struct vm_dot_qmail file;

	(void)state;
	assert_int_equal(parse("\n&a@b \t\n\n  \n&c@d", &file), VM_OK);
	assert_int_equal(file.count, 2);
	assert_string_equal(file.lines[0].text, "a@b");
	assert_string_equal(file.lines[1].text, "c@d");
}

static void a_nul_or_too_many_lines_are_invalid(void **state)
{
	static char lines[2 * (VM_DOT_QMAIL_LINES + 1) + 1];
	struct vm_dot_qmail file;
	struct vm_error err = { .status = VM_OK };

	(void)state;
	assert_int_equal(vm_dot_qmail_parse("&a\0b", 4, &arena, &file, &err), VM_INVALID);
	for (size_t i = 0; i <= VM_DOT_QMAIL_LINES; i++)
		memcpy(lines + 2 * i, "a\n", 2);
	assert_int_equal(parse(lines, &file), VM_INVALID);
	lines[sizeof lines - 3] = '\0';
	assert_int_equal(parse(lines, &file), VM_OK);
	assert_int_equal(file.count, VM_DOT_QMAIL_LINES);
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, release_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ARENA(the_first_byte_tells_the_kind),
		IN_ARENA(blanks_at_the_end_are_cut_and_blank_lines_left_out),
		IN_ARENA(a_nul_or_too_many_lines_are_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
