/*
 * Delivers messages of 4 KiB with several threads, and nothing else: the floor under every delivering server.
 *
 * usage: bare_deliver MAILDIR THREADS COUNT
 *   open, write, fsync, close, rename           each message, whole or not there
 *   open, fsync, close of new                   its name
 * Prints messages per second.
 */
#include "config.h"

#include "bare.h"
#include "timing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 4096, THREADS_MAX = 64 };

static const char *maildir;
static unsigned long count;
static atomic_ulong next;
static atomic_bool failed;

static void *deliver(void *message)
{
	for (unsigned long number = next++; number < count && !failed; number = next++)
		if (!bare_deliver(maildir, number, message, SIZE))
			failed = true;
	return NULL;
}

int main(int argc, char **argv)
{
	static char message[SIZE];
	pthread_t threads[THREADS_MAX];
	const unsigned long wanted = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	const uint64_t began = bench_now();

	if (wanted == 0 || wanted > THREADS_MAX)
		return 100;
	maildir = argv[1];
	count = strtoul(argv[3], NULL, 10);
	memset(message, 'x', sizeof(message));
	for (unsigned long i = 0; i < wanted; i++)
		if (pthread_create(&threads[i], NULL, deliver, message) != 0)
			return 111;
	for (unsigned long i = 0; i < wanted; i++)
		pthread_join(threads[i], NULL);
	if (failed)
		return 111;
	printf("%.1f\n", (double)count * 1e9 / (double)(bench_now() - began));
	return 0;
}
