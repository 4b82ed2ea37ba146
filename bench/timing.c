/* Measures programs and loops for bench/. */
#include "config.h"

#include "timing.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t bench_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail on Linux */
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct bench_summary bench_summarise(uint64_t *times, size_t count, uint64_t elapsed)
{
	struct bench_summary summary;

	qsort(times, count, sizeof *times, compare);
	summary.minimum = times[0];
	summary.median = times[count / 2];
	summary.p99 = times[(count - 1) * 99 / 100];
	summary.per_second = elapsed == 0 ? 0 : (double)count * 1e9 / (double)elapsed;
	return summary;
}

int bench_run(char *const *argv, const char *input, uint64_t *nanoseconds, long *peak_kib)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	const uint64_t began = bench_now();
	int status = -1, error;
	pid_t pid, ended;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
						 input == NULL ? "/dev/null" : input, O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
							 O_WRONLY, 0);
	if (error == 0)
		error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* always 0 in glibc */
	if (error != 0)
		return -1;
	do {
		ended = wait4(pid, &status, 0, &usage);
	} while (ended < 0 && errno == EINTR);
	*nanoseconds = bench_now() - began;
	if (ended != pid || !WIFEXITED(status))
		return -1;
	if (peak_kib != NULL)
		*peak_kib = usage.ru_maxrss;
	return WEXITSTATUS(status);
}
