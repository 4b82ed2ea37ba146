/* status.c */
#include "config.h"

#include <errno.h>

#include "support.h"
#include "util/status.h"

static void fail_fills_status_text_and_no_field(void **state)
{
	struct vm_error err;

	(void)state;
	memset(&err, 'x', sizeof err);
	assert_int_equal(vm_fail(&err, VM_NOT_FOUND, "no account %s", "a@b"), VM_NOT_FOUND);
	assert_int_equal(err.status, VM_NOT_FOUND);
	assert_string_equal(err.text, "no account a@b");
	assert_string_equal(err.field, "");
	assert_int_equal(err.sys_errno, 0);
}

static void fail_may_use_the_old_text(void **state)
{
	struct vm_error err;

	(void)state;
	vm_fail_field(&err, VM_INVALID, "quota", "bad");
	vm_fail_field(&err, VM_INVALID, err.field, "line 3: %s", err.text);
	assert_string_equal(err.text, "line 3: bad");
	assert_string_equal(err.field, "quota");
}

static void fail_errno_is_tempfail_and_keeps_the_reason_behind_a_long_name(void **state)
{
	struct vm_error err;
	char name[1000];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(vm_fail_errno(&err, ENOSPC, "cannot write %s", name), VM_TEMPFAIL);
	assert_int_equal(err.sys_errno, ENOSPC);
	assert_non_null(strstr(err.text, ": No space left on device"));
	vm_fail_errno(&err, EACCES, "cannot open %s", "x");
	assert_string_equal(err.text, "cannot open x: Permission denied");
}

static void texts_are_one_line(void **state)
{
	struct vm_error err;

	(void)state;
	vm_fail(&err, VM_INVALID, "name %s", "a\nb\x1b");
	assert_string_equal(err.text, "name a?b?");
}

static void only_answers_before_tempfail_are_definite(void **state)
{
	(void)state;
	assert_true(vm_status_is_definite(VM_OK));
	assert_true(vm_status_is_definite(VM_UNSUPPORTED));
	assert_false(vm_status_is_definite(VM_TEMPFAIL));
	assert_false(vm_status_is_definite(VM_MISCONFIG));
	assert_false(vm_status_is_definite(VM_INTERNAL));
	assert_string_equal(vm_status_name(VM_NOT_FOUND), "not_found");
	assert_string_equal(vm_status_name(VM_TEMPFAIL), "tempfail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_status_text_and_no_field),
		cmocka_unit_test(fail_may_use_the_old_text),
		cmocka_unit_test(fail_errno_is_tempfail_and_keeps_the_reason_behind_a_long_name),
		cmocka_unit_test(texts_are_one_line),
		cmocka_unit_test(only_answers_before_tempfail_are_definite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
