/* Time. A test that needs another time links its own three functions instead of this file. */
#include <config.h>

#include "util/clock.h"

time_t vm_clock_now(void)
{
	struct timespec now = { 0 };

	/* CLOCK_REALTIME with a valid pointer has no way to fail. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

void vm_clock_now_precise(time_t *seconds, long *microseconds)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now); /* as above */
	*seconds = now.tv_sec;
	*microseconds = now.tv_nsec / 1000;
}

int64_t vm_clock_monotonic_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* as above */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
