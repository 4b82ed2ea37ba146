/* json_write.c */
#include "config.h"

#include "support.h"
#include "util/json_write.h"

static void objects_lists_and_values_nest(void **state)
{
	struct vm_json_writer writer;
	struct vm_buf out;

	(void)state;
	vm_buf_init(&out, 1000);
	vm_json_writer_init(&writer, &out);
	vm_json_begin_object(&writer);
	vm_json_member_string(&writer, "name", "a");
	vm_json_key(&writer, "list");
	vm_json_begin_array(&writer);
	vm_json_u64(&writer, UINT64_MAX);
	vm_json_i64(&writer, INT64_MIN);
	vm_json_begin_object(&writer);
	vm_json_end_object(&writer);
	vm_json_end_array(&writer);
	vm_json_key(&writer, "empty");
	vm_json_begin_array(&writer);
	vm_json_end_array(&writer);
	vm_json_member_bool(&writer, "yes", true);
	vm_json_member_string(&writer, "none", NULL);
	vm_json_member_i64(&writer, "i", -1);
	vm_json_member_u64(&writer, "u", 1);
	vm_json_end_object(&writer);
	vm_json_end_line(&writer);
	vm_json_begin_object(&writer);
	vm_json_member_bool(&writer, "b", false);
	vm_json_end_object(&writer);
	assert_string_equal(out.bytes,
			    "{\"name\":\"a\",\"list\":[18446744073709551615,"
			    "-9223372036854775808,{}],\"empty\":[],\"yes\":true,\"none\":null,"
			    "\"i\":-1,\"u\":1}\n{\"b\":false}");
	vm_buf_release(&out);
}

static void strings_are_always_valid(void **state)
{
	struct vm_json_writer writer;
	struct vm_buf out;

	(void)state;
	vm_buf_init(&out, 1000);
	vm_json_writer_init(&writer, &out);
	vm_json_string_n(&writer, "\"\\/\n\r\t\x01\x7f\0 \xc3\xa9\xff\xe2\x82", 15);
	assert_string_equal(out.bytes, "\"\\\"\\\\/\\n\\r\\t\\u0001\\u007f\\u0000 \xc3\xa9"
				       "\\u00ff\\u00e2\\u0082\"");
	vm_buf_release(&out);
}

static void nesting_is_bounded(void **state)
{
	struct vm_json_writer writer;
	struct vm_buf out;

	(void)state;
	vm_buf_init(&out, 1000);
	vm_json_writer_init(&writer, &out);
	for (int i = 0; i < VM_JSON_WRITE_DEPTH; i++)
		vm_json_begin_array(&writer);
	assert_false(out.failed);
	vm_json_begin_array(&writer);
	assert_true(out.failed);
	vm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_lists_and_values_nest),
		cmocka_unit_test(strings_are_always_valid),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
