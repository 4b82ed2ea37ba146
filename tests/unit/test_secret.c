/* secret.c */
#include "config.h"

#include "support.h"
#include "util/secret.h"

static void set_takes_up_to_the_maximum_and_no_nul(void **state)
{
	struct vm_secret secret;
	char bytes[VM_SECRET_MAX + 1];

	(void)state;
	memset(bytes, 'p', sizeof bytes);
	assert_true(vm_secret_set(&secret, bytes, VM_SECRET_MAX));
	assert_int_equal(strlen(secret.bytes), VM_SECRET_MAX);
	assert_false(vm_secret_set(&secret, bytes, VM_SECRET_MAX + 1));
	assert_false(vm_secret_set(&secret, "a\0b", 3));
	assert_true(vm_secret_set(&secret, "", 0));
	assert_string_equal(secret.bytes, "");
}

static void a_shorter_secret_leaves_nothing_of_the_longer(void **state)
{
	struct vm_secret secret;

	(void)state;
	assert_true(vm_secret_set(&secret, "long password", 13));
	assert_true(vm_secret_set(&secret, "x", 1));
	for (size_t i = 1; i < sizeof secret.bytes; i++)
		assert_int_equal(secret.bytes[i], 0);
}

static void wipe_overwrites_all(void **state)
{
	struct vm_secret secret;
	static const struct vm_secret nothing;

	(void)state;
	assert_true(vm_secret_set(&secret, "password", 8));
	vm_secret_wipe(&secret);
	assert_memory_equal(&secret, &nothing, sizeof secret);
}

static void equality_compares_lengths_and_bytes(void **state)
{
	(void)state;
	assert_true(vm_bytes_equal_constant_time("abc", 3, "abc", 3));
	assert_false(vm_bytes_equal_constant_time("abc", 3, "abd", 3));
	assert_false(vm_bytes_equal_constant_time("abc", 3, "abc", 2));
	assert_true(vm_bytes_equal_constant_time("", 0, "", 0));
}

static void random_bytes_differ(void **state)
{
	unsigned char a[1000], b[1000];

	(void)state;
	assert_true(vm_random_bytes(a, sizeof a));
	assert_true(vm_random_bytes(b, sizeof b));
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a + 500, b + 500, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_takes_up_to_the_maximum_and_no_nul),
		cmocka_unit_test(a_shorter_secret_leaves_nothing_of_the_longer),
		cmocka_unit_test(wipe_overwrites_all),
		cmocka_unit_test(equality_compares_lengths_and_bytes),
		cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
