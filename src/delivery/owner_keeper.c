/* Makes a process of the right user for each delivery to a domain of another user. */
#include <config.h>

#include "delivery/owner_keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/address.h"
#include "delivery/owner_child.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/packet.h"

enum { EXIT_LATER = 111, REAP_MS = 1000, GRACE = 60 };

/* The ones that ended; a status that is not 0 was logged by the child itself. */
static void reap(const struct vm_owner_keeper *keeper, unsigned *children)
{
	int wait_status = 0;
	pid_t pid = 0;

	while (*children > 0 && (pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		(*children)--;
		if (WIFSIGNALED(wait_status))
			vm_log_error(
				keeper->log,
				"event=owner pid=%ld result=tempfail text=\"ended by signal %d\"",
				(long)pid, WTERMSIG(wait_status));
	}
}

/* The worker has given up meanwhile: a keeper that was stopped must not work off what is long answered. */
static bool is_given_up(int socket)
{
	struct pollfd state = { .fd = socket, .events = POLLIN };

	return poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

static void start_child(const struct vm_owner_keeper *keeper, const char *domain, int socket,
			unsigned *children)
{
	pid_t pid = -1;

	if (is_given_up(socket))
		return;
	if (*children >= keeper->children_max) {
		vm_log_warning(keeper->log,
			       "event=owner domain=%s result=limit text=\"%u processes already\"",
			       domain, *children);
		return;
	}
	pid = fork();
	if (pid == 0) {
		(void)close(keeper->socket); /* nobody misses it */
		_exit(vm_owner_child_run(keeper->config, keeper->log, domain, socket));
	}
	if (pid > 0)
		(*children)++;
	else
		vm_log_warning(keeper->log,
			       "event=owner domain=%s result=tempfail "
			       "text=\"cannot fork: error %d\"",
			       domain, errno);
}

unsigned int vm_owner_seconds(const struct vm_config *config)
{
	const unsigned int filters = (config->delivery_filter[0] != '\0' ? 1U : 0U) +
				     (config->spamassassin ? 1U : 0U) +
				     (config->maildrop ? 1U : 0U);

	return config->program_seconds + filters * config->filter_seconds + GRACE;
}

int vm_owner_keeper_run(const struct vm_owner_keeper *keeper)
{
	unsigned children = 0;

	for (;;) {
		char domain[VM_DOMAIN_MAX + 1];
		size_t length = 0;
		int socket = -1;
		struct vm_error err;
		const int64_t deadline = children == 0 ? -1 : vm_clock_monotonic_ms() + REAP_MS;
		const enum vm_status status = vm_packet_receive(keeper->socket, domain,
								sizeof domain - 1, &length, &socket,
								deadline, &err);

		reap(keeper, &children);
		if (status == VM_NOT_FOUND)
			return 0;
		if (status == VM_TEMPFAIL && err.sys_errno != ETIMEDOUT) {
			vm_log_error(keeper->log, "event=owner result=tempfail text=\"%s\"",
				     err.text);
			return EXIT_LATER;
		}
		if (status == VM_OK && socket >= 0) {
			domain[length] = '\0';
			start_child(keeper, domain, socket, &children);
		}
		vm_file_discard(&socket);
	}
}
