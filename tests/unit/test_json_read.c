/* json_read.c */
#include "config.h"

#include "support.h"
#include "util/json_read.h"

enum { TEXT_MAX = 4096 };

static enum vm_status parse(struct vm_json_object *object, const char *text, struct vm_error *err)
{
	return vm_json_parse(object, text, strlen(text), TEXT_MAX, err);
}

static void members_are_typed(void **state)
{
	struct vm_json_object object;
	struct vm_error err;
	const char *text = NULL;
	uint64_t number = 0;
	size_t count = 0;
	bool yes = false;

	(void)state;
	assert_int_equal(parse(&object,
			       " {\"s\":\"a\\u00e9\\n\",\"p\":\"\\ud83d\\udce8\",\"n\":"
			       "18446744073709551614,\"b\":true,"
			       "\"l\":[\"x\",3],\"z\":null,\"m\":-1,\"f\":1.5,\"h\":1e400,"
			       "\"o\":{\"s\":\"inner\"}} \n",
			       &err),
			 VM_OK);
	assert_int_equal(vm_json_get_string(&object, "s", 4, &text, &err), VM_OK);
	assert_string_equal(text, "a\xc3\xa9\n");
	assert_int_equal(vm_json_get_string(&object, "p", 4, &text, &err), VM_OK);
	assert_string_equal(text, "\xf0\x9f\x93\xa8");
	assert_int_equal(vm_json_get_string(&object, "s", 3, &text, &err), VM_INVALID);
	assert_string_equal(err.field, "s");
	assert_int_equal(vm_json_get_string(&object, "n", 9, &text, &err), VM_INVALID);
	assert_string_equal(err.text, "\"n\" is not a string");
	assert_int_equal(vm_json_get_string(&object, "z", 9, &text, &err), VM_NOT_FOUND);
	assert_int_equal(vm_json_get_string(&object, "absent", 9, &text, &err), VM_NOT_FOUND);
	assert_int_equal(vm_json_get_u64(&object, "n", UINT64_MAX, &number, &err), VM_OK);
	assert_true(number == UINT64_MAX - 1);
	assert_int_equal(vm_json_get_u64(&object, "n", 5, &number, &err), VM_INVALID);
	assert_int_equal(vm_json_get_u64(&object, "m", UINT64_MAX, &number, &err), VM_INVALID);
	assert_int_equal(vm_json_get_u64(&object, "f", UINT64_MAX, &number, &err), VM_INVALID);
	assert_int_equal(vm_json_get_u64(&object, "h", UINT64_MAX, &number, &err), VM_INVALID);
	assert_int_equal(vm_json_get_bool(&object, "b", &yes, &err), VM_OK);
	assert_true(yes);
	assert_int_equal(vm_json_get_bool(&object, "s", &yes, &err), VM_INVALID);
	assert_int_equal(vm_json_get_list(&object, "l", &count, &err), VM_OK);
	assert_int_equal(count, 2);
	assert_int_equal(vm_json_get_list_string(&object, "l", 0, 9, &text, &err), VM_OK);
	assert_string_equal(text, "x");
	assert_int_equal(vm_json_get_list_string(&object, "l", 1, 9, &text, &err), VM_INVALID);
	assert_int_equal(vm_json_get_list(&object, "s", &count, &err), VM_INVALID);
	assert_true(vm_json_is_string(&object, "s"));
	assert_false(vm_json_is_string(&object, "n"));
	vm_json_release(&object);
	vm_json_release(&object);
}

static void anything_but_one_strict_object_is_invalid(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"[]",
		"1",
		"null",
		"\"a\"",
		"{}x",
		"{} {}",
		"{'a':1}",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{a:1}",
		"{\"a\":1} // x",
		"{/**/}",
		"{\"a\":NaN}",
		"{\"a\":01}",
		"{\"a\":-01}",
		"{\"a\":+1}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":1e}",
		"{\"a\":-}",
		"{\"a\":--1}",
		"{\"a\":TRUE}",
		"{\"a\":nul}",
		"{\"a\":Infinity}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"x\ny\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\udc00\\ud800\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\uD83D\",\"b\":1}",
		"{\"a\\u0000b\":1}",
		"{\"a\":1,\"a\":1}",
		"{\"a\":1,\"\\u0061\":2}",
		"{\"o\":{\"b\":1,\"b\":2}}",
		"{\"o\":[{\"b\":1,\"b\":2}]}",
		"{\"a\":[[[[[[[[[[1]]]]]]]]]]}",
		"{\"a\":\"x}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct vm_json_object object;
		struct vm_error err;

		if (parse(&object, bad[i], &err) != VM_INVALID)
			print_error("taken: %s\n", bad[i]);
		assert_null(object.root);
	}
}

static void colons_and_quotes_in_strings_do_not_confuse(void **state)
{
	struct vm_json_object object;
	struct vm_error err;

	(void)state;
	assert_int_equal(parse(&object, "{\"a:b\":\"c:\\\":d\\\\\",\"e\":{\"f\":[{},{\"g\":0}]}}",
			       &err),
			 VM_OK);
	vm_json_release(&object);
	assert_int_equal(parse(&object, "{}", &err), VM_OK);
	vm_json_release(&object);
}

static void a_raw_nul_is_invalid_and_a_long_text_is_limit(void **state)
{
	struct vm_json_object object;
	struct vm_error err;

	(void)state;
	assert_int_equal(vm_json_parse(&object, "{}\0", 3, TEXT_MAX, &err), VM_INVALID);
	assert_int_equal(vm_json_parse(&object, "{}", 2, 1, &err), VM_LIMIT);
	assert_int_equal(vm_json_parse(&object, "{} ", 3, 3, &err), VM_OK);
	vm_json_release(&object);
}

static void unknown_names_are_named(void **state)
{
	static const char *const names[] = { "address", "password" };
	struct vm_json_object object;
	struct vm_error err;

	(void)state;
	assert_int_equal(parse(&object, "{\"address\":1,\"pasword\":2}", &err), VM_OK);
	assert_int_equal(vm_json_check_names(&object, names, 2, &err), VM_INVALID);
	assert_string_equal(err.field, "pasword");
	vm_json_release(&object);
	assert_int_equal(parse(&object, "{\"password\":1}", &err), VM_OK);
	assert_int_equal(vm_json_check_names(&object, names, 2, &err), VM_OK);
	vm_json_release(&object);
}

static void objects_of_a_list_are_read_as_objects(void **state)
{
	static const char text[] = "{\"l\":[{\"a\":\"x\"},\"y\",null]}";
	struct vm_json_object object, inner;
	struct vm_error err;
	const char *found = NULL;

	(void)state;
	assert_int_equal(vm_json_parse(&object, text, strlen(text), 1000, &err), VM_OK);
	assert_int_equal(vm_json_get_list_object(&object, "l", 0, &inner, &err), VM_OK);
	assert_int_equal(vm_json_get_string(&inner, "a", 9, &found, &err), VM_OK);
	assert_string_equal(found, "x");
	assert_int_equal(vm_json_get_list_object(&object, "l", 1, &inner, &err), VM_INVALID);
	assert_int_equal(vm_json_get_list_object(&object, "l", 2, &inner, &err), VM_INVALID);
	assert_int_equal(vm_json_get_list_object(&object, "m", 0, &inner, &err), VM_NOT_FOUND);
	vm_json_release(&object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_a_list_are_read_as_objects),
		cmocka_unit_test(members_are_typed),
		cmocka_unit_test(anything_but_one_strict_object_is_invalid),
		cmocka_unit_test(colons_and_quotes_in_strings_do_not_confuse),
		cmocka_unit_test(a_raw_nul_is_invalid_and_a_long_text_is_limit),
		cmocka_unit_test(unknown_names_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
