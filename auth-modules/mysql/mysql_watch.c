/* A thread that watches the time while the client library does not. */
#include <config.h>

#include "mysql_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"

static void *wait_for_deadline(void *opaque)
{
	const struct vm_mysql_watch *const watch = opaque;
	struct pollfd end = { .fd = watch->end, .events = POLLIN };
	int64_t left = watch->deadline - vm_clock_monotonic_ms();
	int ready = 0;

	do {
		ready = poll(&end, 1, left > 0 ? (int)left : 0);
		left = watch->deadline - vm_clock_monotonic_ms();
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		(void)shutdown(watch->socket, SHUT_RDWR); /* gone already is as good */
	return NULL;
}

/* The program's signals are for its own thread. */
static bool start_thread(struct vm_mysql_watch *watch)
{
	sigset_t all, before;
	bool has_started = false;

	(void)sigfillset(&all); /* cannot fail */
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	has_started = pthread_create(&watch->thread, NULL, wait_for_deadline, watch) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* was accepted before */
	return has_started;
}

void vm_mysql_watch_begin(struct vm_mysql_watch *watch, int socket, int64_t deadline)
{
	*watch = (struct vm_mysql_watch){ .deadline = deadline };
	watch->socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
	watch->end = eventfd(0, EFD_CLOEXEC);
	watch->is_on = watch->socket >= 0 && watch->end >= 0 && start_thread(watch);
	if (watch->is_on)
		return;
	vm_file_discard(&watch->socket);
	vm_file_discard(&watch->end);
}

void vm_mysql_watch_end(struct vm_mysql_watch *watch)
{
	if (!watch->is_on)
		return;
	(void)eventfd_write(watch->end, 1); /* a counter of 0 takes it */
	(void)pthread_join(watch->thread, NULL);
	vm_file_discard(&watch->socket);
	vm_file_discard(&watch->end);
	watch->is_on = false;
}
