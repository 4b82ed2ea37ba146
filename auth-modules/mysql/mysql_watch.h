/* Ends a conversation that a blocking library would otherwise hold for longer than was said. */
#ifndef VM_MYSQL_WATCH_H
#define VM_MYSQL_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct vm_mysql_watch {
	bool is_on;
	pthread_t thread;
	int socket, end; /* a second descriptor of the socket; what wakes the thread */
	int64_t deadline;
};

/*
 * Until vm_mysql_watch_end() a thread waits for the deadline (of vm_clock_monotonic_ms) and then shuts the socket down, so
 * that whoever reads from it finds its end. Nothing happens where there is no room for a thread: the library's own limits
 * hold then.
 */
void vm_mysql_watch_begin(struct vm_mysql_watch *watch, int socket, int64_t deadline);

/* Harmless on a watch that never began. */
void vm_mysql_watch_end(struct vm_mysql_watch *watch);

#endif
