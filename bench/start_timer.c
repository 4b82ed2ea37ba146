/*
 * Times a program that is started again and again, one process each.
 *
 * start_timer COUNT JOBS STATUS INPUT PROGRAM ARGUMENT...
 *   JOBS processes at a time start PROGRAM COUNT times in all. "%" in an argument becomes the number of the run,
 *   from 0. INPUT is a file for its standard input, or "-" for none. Each run must end with exit status STATUS.
 * Prints one line: median, 99th percentile, least (microseconds), runs per second, greatest resident size (KiB).
 */
#include "config.h"

#include "timing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_ARGUMENT = 5, ARGUMENTS_MAX = 64, ARGUMENT_SIZE = 1024, JOBS_MAX = 64 };

struct run {
	uint64_t nanoseconds;
	long peak_kib;
};

struct plan {
	size_t count, jobs;
	int status;
	const char *input;
	char **command;   /* ends with NULL */
	struct run *runs; /* shared by the jobs */
};

/* Copies an argument with the number of the run in the place of "%". */
static void fill_in(char *out, const char *argument, size_t number)
{
	const char *percent = strchr(argument, '%');
	int length;

	if (percent == NULL)
		length = snprintf(out, ARGUMENT_SIZE, "%s", argument);
	else
		length = snprintf(out, ARGUMENT_SIZE, "%.*s%zu%s", (int)(percent - argument),
				  argument, number, percent + 1);
	if (length >= ARGUMENT_SIZE) {
		fprintf(stderr, "start_timer: an argument is too long\n");
		exit(100);
	}
}

static int run_once(const struct plan *plan, size_t number)
{
	static char texts[ARGUMENTS_MAX][ARGUMENT_SIZE];
	char *argv[ARGUMENTS_MAX + 1] = { NULL };
	struct run *const run = &plan->runs[number];
	int status;

	for (size_t i = 0; plan->command[i] != NULL; i++) {
		fill_in(texts[i], plan->command[i], number);
		argv[i] = texts[i];
	}
	status = bench_run(argv, plan->input, &run->nanoseconds, &run->peak_kib);
	if (status != plan->status)
		fprintf(stderr, "start_timer: run %zu of %s ended with %d\n", number, argv[0],
			status);
	return status == plan->status ? 0 : 1;
}

static int run_job(const struct plan *plan, size_t job)
{
	for (size_t number = job; number < plan->count; number += plan->jobs)
		if (run_once(plan, number) != 0)
			return 1;
	return 0;
}

static int run_all(const struct plan *plan)
{
	int failures = 0, status;

	if (plan->jobs == 1)
		return run_job(plan, 0);
	for (size_t job = 0; job < plan->jobs; job++) {
		const pid_t pid = fork();

		if (pid == 0)
			_exit(run_job(plan, job));
		failures += pid < 0;
	}
	while (wait(&status) > 0 || errno == EINTR)
		failures += status != 0;
	return failures;
}

static int report(const struct plan *plan, uint64_t elapsed)
{
	uint64_t *const times = calloc(plan->count, sizeof *times);
	struct bench_summary summary;
	long peak = 0;

	if (times == NULL)
		return 111;
	for (size_t i = 0; i < plan->count; i++) {
		times[i] = plan->runs[i].nanoseconds;
		peak = plan->runs[i].peak_kib > peak ? plan->runs[i].peak_kib : peak;
	}
	summary = bench_summarise(times, plan->count, elapsed);
	printf("%.1f %.1f %.1f %.1f %ld\n", (double)summary.median / 1e3, (double)summary.p99 / 1e3,
	       (double)summary.minimum / 1e3, summary.per_second, peak);
	free(times);
	return 0;
}

/* Zeroed, for us and our children; NULL when there is none. */
static void *shared_memory(size_t size)
{
	void *const memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int main(int argc, char **argv)
{
	struct plan plan = { .input = NULL };
	uint64_t began;
	int status;

	if (argc > FIRST_ARGUMENT) {
		plan.count = strtoul(argv[1], NULL, 10);
		plan.jobs = strtoul(argv[2], NULL, 10);
		plan.status = (int)strtol(argv[3], NULL, 10);
		plan.input = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
		plan.command = argv + FIRST_ARGUMENT;
	}
	if (plan.count == 0 || plan.jobs == 0 || plan.jobs > JOBS_MAX ||
	    argc - FIRST_ARGUMENT > ARGUMENTS_MAX) {
		fprintf(stderr, "usage: start_timer COUNT JOBS STATUS INPUT PROGRAM ARGUMENT...\n");
		return 100;
	}
	plan.runs = shared_memory(plan.count * sizeof *plan.runs);
	if (plan.runs == NULL)
		return 111;
	began = bench_now();
	status = run_all(&plan) != 0 ? 1 : report(&plan, bench_now() - began);
	(void)munmap(plan.runs, plan.count * sizeof *plan.runs); /* the process ends */
	return status;
}
