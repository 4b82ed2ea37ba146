/* buf.c */
#include "config.h"

#include "support.h"
#include "util/buf.h"

static void empty_buffer_is_a_text(void **state)
{
	struct vm_buf buf;

	(void)state;
	vm_buf_init(&buf, 10);
	assert_string_equal(buf.bytes, "");
	vm_buf_clear(&buf);
	vm_buf_append(&buf, NULL, 0);
	vm_buf_release(&buf);
	assert_string_equal(buf.bytes, "");
}

static void appends_up_to_the_maximum_and_then_stays_failed(void **state)
{
	struct vm_buf buf;
	struct vm_error err;

	(void)state;
	vm_buf_init(&buf, 5);
	vm_buf_append_text(&buf, "abc");
	vm_buf_append_byte(&buf, 'd');
	vm_buf_printf(&buf, "%d", 5);
	assert_string_equal(buf.bytes, "abcd5");
	assert_int_equal(vm_buf_check(&buf, "it", &err), VM_OK);
	vm_buf_append_byte(&buf, '6');
	assert_true(buf.failed);
	assert_int_equal(buf.length, 5);
	assert_int_equal(vm_buf_check(&buf, "the reply", &err), VM_TEMPFAIL);
	assert_non_null(strstr(err.text, "the reply"));
	vm_buf_clear(&buf);
	assert_false(buf.failed);
	vm_buf_printf(&buf, "%s", "123456");
	assert_true(buf.failed);
	assert_string_equal(buf.bytes, "");
	vm_buf_release(&buf);
}

static void consume_drops_the_front(void **state)
{
	struct vm_buf buf;

	(void)state;
	vm_buf_init(&buf, 1000);
	vm_buf_append(&buf, "ab\0cd", 5);
	vm_buf_consume(&buf, 3);
	assert_int_equal(buf.length, 2);
	assert_string_equal(buf.bytes, "cd");
	vm_buf_consume(&buf, 2);
	assert_string_equal(buf.bytes, "");
	vm_buf_release(&buf);
}

static void grows_to_a_megabyte(void **state)
{
	struct vm_buf buf;

	(void)state;
	vm_buf_init(&buf, 1 << 20);
	for (int i = 0; i < 1 << 16; i++)
		vm_buf_append(&buf, "0123456789abcdef", 16);
	assert_false(buf.failed);
	assert_int_equal(buf.length, 1 << 20);
	assert_memory_equal(buf.bytes + buf.length - 16, "0123456789abcdef", 17);
	vm_buf_release(&buf);
}

static void reserve_beyond_any_memory_fails(void **state)
{
	struct vm_buf buf;

	(void)state;
	vm_buf_init(&buf, SIZE_MAX);
	assert_false(vm_buf_reserve(&buf, SIZE_MAX));
	assert_true(buf.failed);
	vm_buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_buffer_is_a_text),
		cmocka_unit_test(appends_up_to_the_maximum_and_then_stays_failed),
		cmocka_unit_test(consume_drops_the_front),
		cmocka_unit_test(grows_to_a_megabyte),
		cmocka_unit_test(reserve_beyond_any_memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
