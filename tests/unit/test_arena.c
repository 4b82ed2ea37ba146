/* arena.c */
#include "config.h"

#include <stdalign.h>

#include "support.h"
#include "util/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
	struct vm_arena arena;

	(void)state;
	vm_arena_init(&arena, 1 << 20);
	for (size_t size = 0; size < 300; size++) {
		unsigned char *const memory = vm_arena_alloc(&arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xaa, size);
	}
	vm_arena_release(&arena);
	assert_null(arena.newest);
}

static void maximum_bounds_what_is_handed_out(void **state)
{
	struct vm_arena arena;

	(void)state;
	vm_arena_init(&arena, 100);
	assert_non_null(vm_arena_alloc(&arena, 60));
	assert_null(vm_arena_alloc(&arena, 41));
	assert_non_null(vm_arena_alloc(&arena, 40));
	assert_null(vm_arena_alloc(&arena, 1));
	vm_arena_clear(&arena);
	assert_non_null(vm_arena_alloc(&arena, 100));
	vm_arena_release(&arena);
}

static void array_refuses_overflow(void **state)
{
	struct vm_arena arena;

	(void)state;
	vm_arena_init(&arena, SIZE_MAX);
	assert_null(vm_arena_alloc_array(&arena, SIZE_MAX / 2, 3));
	assert_null(vm_arena_alloc(&arena, SIZE_MAX));
	assert_non_null(vm_arena_alloc_array(&arena, 3, 100000));
	vm_arena_release(&arena);
}

static void cleared_memory_is_zero_again(void **state)
{
	struct vm_arena arena;
	char *first = NULL;

	(void)state;
	vm_arena_init(&arena, 1 << 20);
	for (int i = 0; i < 5; i++)
		memset(vm_arena_alloc(&arena, 3000), 'p', 3000);
	vm_arena_clear(&arena);
	first = vm_arena_alloc(&arena, 3000);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(first[i], 0);
	vm_arena_release(&arena);
}

static void texts_are_copied_and_formatted(void **state)
{
	struct vm_arena arena;

	(void)state;
	vm_arena_init(&arena, 1000);
	assert_string_equal(vm_arena_strdup(&arena, "abc"), "abc");
	assert_string_equal(vm_arena_strndup(&arena, "abcdef", 2), "ab");
	assert_string_equal(vm_arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(vm_arena_printf(&arena, "%s@%s", "u", "d"), "u@d");
	assert_null(vm_arena_printf(&arena, "%2000d", 1));
	vm_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(maximum_bounds_what_is_handed_out),
		cmocka_unit_test(array_refuses_overflow),
		cmocka_unit_test(cleared_memory_is_zero_again),
		cmocka_unit_test(texts_are_copied_and_formatted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
