/*
 * Logs in with two programs in turn and prints the two medians in microseconds.
 *
 * usage: bench_vchkpw COUNT LOGIN PASSWORD VCHKPW... -- BARE...
 */
#include "config.h"

#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { LOGIN_MAX = 1200, COUNT_MAX = 100000 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Microseconds of one login; ends the bench when it is refused. */
static double log_in(char **argv, const char *login, size_t length)
{
	posix_spawn_file_actions_t actions;
	const double began = now();
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) != 0 || write(ends[1], login, length) != (ssize_t)length)
		exit(111);
	close(ends[1]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 3);
	if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ) != 0)
		exit(111);
	waitpid(child, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (status != 0) {
		fprintf(stderr, "%s: status %x\n", argv[0], (unsigned)status);
		exit(111);
	}
	return now() - began;
}

static int compare(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *times, size_t count)
{
	qsort(times, count, sizeof(*times), compare);
	return times[count / 2];
}

int main(int argc, char **argv)
{
	char login[LOGIN_MAX];
	char **bare = argv + 4;
	const size_t count = argc > 6 ? strtoul(argv[1], NULL, 10) : 0;
	double *ours, *other;
	int length;

	while (argc > 6 && *bare != NULL && strcmp(*bare, "--") != 0)
		bare++;
	if (count == 0 || count > COUNT_MAX || *bare == NULL || bare[1] == NULL) {
		fprintf(stderr, "usage: bench_vchkpw COUNT LOGIN PASSWORD VCHKPW... -- BARE...\n");
		return 100;
	}
	*bare++ = NULL;
	length = snprintf(login, sizeof(login), "%s%c%s%c%c", argv[2], 0, argv[3], 0, 0);
	ours = calloc(count, sizeof(*ours));
	other = calloc(count, sizeof(*other));
	if (ours == NULL || other == NULL || length < 0 || (size_t)length >= sizeof(login))
		return 111;
	for (size_t i = 0; i < count; i++) {
		ours[i] = log_in(argv + 4, login, (size_t)length);
		other[i] = log_in(bare, login, (size_t)length);
	}
	printf("%.1f %.1f\n", median(ours, count), median(other, count));
	free(ours);
	free(other);
	return 0;
}
