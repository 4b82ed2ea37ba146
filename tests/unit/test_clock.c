/* clock.c */
#include "config.h"

#include "support.h"
#include "util/clock.h"

static void the_clocks_agree_with_the_kernels(void **state)
{
	const time_t before = time(NULL);
	time_t seconds = 0;
	long microseconds = -1;

	(void)state;
	assert_true(vm_clock_now() >= before);
	assert_true(vm_clock_now() <= before + 60);
	vm_clock_now_precise(&seconds, &microseconds);
	assert_true(seconds >= before && seconds <= before + 60);
	assert_true(microseconds >= 0 && microseconds < 1000000);
}

static void monotonic_time_does_not_go_back(void **state)
{
	int64_t last = vm_clock_monotonic_ms();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		const int64_t now = vm_clock_monotonic_ms();

		assert_true(now >= last);
		last = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clocks_agree_with_the_kernels),
		cmocka_unit_test(monotonic_time_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
