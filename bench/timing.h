/* Time for bench programs: a clock, the time of many runs, and a program started and waited for. */
#ifndef VM_BENCH_TIMING_H
#define VM_BENCH_TIMING_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of a clock that never goes back. */
uint64_t bench_now(void);

struct bench_summary {
	uint64_t median, p99, minimum; /* nanoseconds */
	double per_second;             /* runs divided by the time from first to last */
};

/* Sorts times (count > 0) and sums them up; elapsed is the time that all of them took together. */
struct bench_summary bench_summarise(uint64_t *times, size_t count, uint64_t elapsed);

/*
 * Starts argv[0] (an absolute path) with our environment, stdin from `input` or /dev/null when NULL, stdout to
 * /dev/null; waits. Returns its exit status, -1 when it could not be started or was killed. *nanoseconds is the
 * time from the start to the end; *peak_kib its greatest resident size, when not NULL.
 */
int bench_run(char *const *argv, const char *input, uint64_t *nanoseconds, long *peak_kib);

#endif
