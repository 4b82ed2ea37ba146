/*
 * Logins of roaming users: medians of one from a known address, of one without roaming and of one from a new address, taken
 * in turn, in microseconds; then the logins per second that end while RATE new addresses log in each second, with roaming
 * and without.
 *
 * usage: bench_roaming COUNT RATE SECONDS LOGIN PASSWORD HOME-WITH HOME-WITHOUT VCHKPW...
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

enum { LOGIN_MAX = 1200, COUNT_MAX = 100000, FIRST_ARGUMENT = 8 };

struct bench {
	char login[LOGIN_MAX];
	size_t length;
	char **argv;
	unsigned int next; /* address that nobody had */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_roaming: %s\n", what);
	exit(111);
}

static void use(const char *home, unsigned int number)
{
	char ip[32];

	(void)snprintf(ip, sizeof ip, "11.%u.%u.%u", number >> 16 & 255, number >> 8 & 255,
		       number & 255);
	if (setenv("VPOPMAIL_HOME", home, 1) != 0 || setenv("TCPREMOTEIP", ip, 1) != 0)
		fail("no memory");
}

static pid_t start(const struct bench *bench)
{
	posix_spawn_file_actions_t actions;
	int ends[2];
	pid_t child = -1;

	if (pipe(ends) != 0 ||
	    write(ends[1], bench->login, bench->length) != (ssize_t)bench->length)
		fail("no pipe");
	close(ends[1]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 3);
	if (posix_spawn(&child, bench->argv[0], &actions, NULL, bench->argv, environ) != 0)
		fail("vchkpw does not start");
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	return child;
}

static double log_in(const struct bench *bench)
{
	const double began = now();
	int status = 0;

	if (waitpid(start(bench), &status, 0) == -1 || status != 0)
		fail("the login was refused");
	return now() - began;
}

static int compare(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *times, size_t count)
{
	qsort(times, count, sizeof *times, compare);
	return times[count / 2];
}

static void compare_logins(struct bench *bench, size_t count, const char *with, const char *without)
{
	double *const times = calloc(count * 3, sizeof *times);

	if (times == NULL)
		fail("no memory");
	use(with, 0);
	(void)log_in(bench);
	for (size_t i = 0; i < count; i++) {
		use(with, 0);
		times[i] = log_in(bench);
		use(without, 0);
		times[count + i] = log_in(bench);
		use(with, bench->next++);
		times[2 * count + i] = log_in(bench);
	}
	printf("%.1f %.1f %.1f\n", median(times, count), median(times + count, count),
	       median(times + 2 * count, count));
	free(times);
}

static void reap(int flags, size_t *done)
{
	int status = 0;

	if (waitpid(-1, &status, flags) <= 0)
		return;
	if (status != 0)
		fail("a login was refused");
	(*done)++;
}

static void hold_rate(struct bench *bench, size_t rate, size_t seconds, const char *home)
{
	const size_t count = rate * seconds;
	const double began = now();
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		while (now() < began + (double)i * 1e6 / (double)rate) {
			reap(WNOHANG, &done);
			usleep(200);
		}
		use(home, bench->next++);
		(void)start(bench);
	}
	while (done < count)
		reap(0, &done);
	printf("%.1f\n", (double)count * 1e6 / (now() - began));
}

int main(int argc, char **argv)
{
	struct bench bench = { .next = 1 };
	const size_t count = argc > FIRST_ARGUMENT ? strtoul(argv[1], NULL, 10) : 0;
	const size_t rate = count > 0 ? strtoul(argv[2], NULL, 10) : 0;
	const size_t seconds = count > 0 ? strtoul(argv[3], NULL, 10) : 0;
	int length = 0;

	if (count == 0 || count > COUNT_MAX || rate == 0 || seconds == 0) {
		fprintf(stderr, "usage: bench_roaming COUNT RATE SECONDS LOGIN PASSWORD HOME-WITH "
				"HOME-WITHOUT VCHKPW...\n");
		return 100;
	}
	length = snprintf(bench.login, sizeof bench.login, "%s%c%s%c%c", argv[4], 0, argv[5], 0, 0);
	if (length < 0 || (size_t)length >= sizeof bench.login)
		fail("the login is too long");
	bench.length = (size_t)length;
	bench.argv = argv + FIRST_ARGUMENT;
	compare_logins(&bench, count, argv[6], argv[7]);
	hold_rate(&bench, rate, seconds, argv[6]);
	hold_rate(&bench, rate, seconds, argv[7]);
	return 0;
}
