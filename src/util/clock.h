/* Time, so that tests can set it. */
#ifndef VM_UTIL_CLOCK_H
#define VM_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Seconds since the epoch. */
time_t vm_clock_now(void);

/* Seconds and microseconds since the epoch, in one reading. */
void vm_clock_now_precise(time_t *seconds, long *microseconds);

/* Milliseconds of a clock that never steps; for deadlines. */
int64_t vm_clock_monotonic_ms(void);

#endif
