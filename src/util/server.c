/* The loop of a server: a process per connection, or workers that share the listeners. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/listener.h"

/* A worker that dies at once must not make the parent spin. */
enum { EVENTS_AT_ONCE = 16, RESPAWN_PAUSE_MS = 1000, ACCEPT_PAUSE_MS = 100 };

struct loop {
	struct vm_server *server;
	sigset_t before; /* the mask of the caller */
	int signal_fd;
	int epoll_fd;
	bool is_listening; /* the listeners are in the epoll set */
	bool is_draining;
	int64_t drain_until;
	int64_t pause_until; /* no accept, no new worker before */
	pid_t *pids;         /* of the children or workers; 0 = free */
	size_t pid_count, running;
	pid_t helper;
	int64_t helper_began; /* its next one is not begun too soon */
};

static bool watch(int epoll_fd, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_listeners(const struct vm_server *server, int epoll_fd, uint32_t events)
{
	for (size_t i = 0; i < server->listener_count; i++)
		if (!watch(epoll_fd, server->listeners[i].fd, events))
			return false;
	return true;
}

static void unwatch_listeners(const struct vm_server *server, int epoll_fd)
{
	for (size_t i = 0; i < server->listener_count; i++)
		/* Not in the set is as good. */
		(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, server->listeners[i].fd, NULL);
}

static struct vm_listener *listener_of(const struct vm_server *server, int fd)
{
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].fd == fd)
			return &server->listeners[i];
	return NULL;
}

/* An ignored signal, as a shell leaves them in the background, would never reach the signalfd. */
static void server_signals(sigset_t *set)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

	(void)sigemptyset(set); /* none of these can fail with such numbers */
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		(void)sigaddset(set, numbers[i]);
		(void)signal(numbers[i], SIG_DFL);
	}
}

/* A child starts with nothing of the loop. */
static void leave_loop(struct loop *loop)
{
	vm_file_discard(&loop->signal_fd);
	vm_file_discard(&loop->epoll_fd);
	(void)sigprocmask(SIG_SETMASK, &loop->before, NULL); /* was accepted before */
}

/* Serves and closes; the result is serve()'s. */
static int serve_connection(const struct vm_server *server, const struct vm_listener *listener,
			    int fd)
{
	struct vm_connection connection = { .fd = fd, .listener = listener };
	struct vm_error err;
	int code = 111;

	/* A client that left already has no address any more. */
	if (vm_connection_describe(&connection, fd, &err) == VM_OK)
		code = server->serve(server->context, &connection);
	vm_file_discard(&fd);
	return code;
}

static int accept_one(const struct vm_listener *listener)
{
	int fd = -1;

	do {
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd;
}

static void remember(struct loop *loop, pid_t pid)
{
	for (size_t i = 0; i < loop->pid_count; i++) {
		if (loop->pids[i] != 0)
			continue;
		loop->pids[i] = pid;
		loop->running++;
		return;
	}
}

static void tell_all(const struct loop *loop, int number)
{
	for (size_t i = 0; i < loop->pid_count; i++)
		if (loop->pids[i] != 0)
			(void)kill(loop->pids[i], number); /* ended meanwhile is fine */
}

static void reap_helper(struct loop *loop, int wait_status)
{
	loop->helper = 0;
	/* KILL is how we end it. */
	if (!WIFSIGNALED(wait_status) || WTERMSIG(wait_status) != SIGKILL)
		vm_log_error(loop->server->log, "the helper ended with status %d", wait_status);
}

static void reap_children(struct loop *loop)
{
	int wait_status = 0;
	pid_t pid = 0;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		if (pid == loop->helper)
			reap_helper(loop, wait_status);
		for (size_t i = 0; i < loop->pid_count; i++) {
			if (loop->pids[i] != pid)
				continue;
			loop->pids[i] = 0;
			loop->running--;
			/* A worker that ends by itself has trouble; so has a child that crashed. */
			if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) != SIGTERM)
				vm_log_error(loop->server->log, "process %ld ended by signal %d",
					     (long)pid, WTERMSIG(wait_status));
			if (loop->server->workers > 0 && WIFEXITED(wait_status) &&
			    WEXITSTATUS(wait_status) != 0)
				loop->pause_until = vm_clock_monotonic_ms() + RESPAWN_PAUSE_MS;
			break;
		}
	}
}

/* Accepts one connection and gives it to a new child. */
static void fork_for_connection(struct loop *loop, const struct vm_listener *listener)
{
	const struct vm_server *const server = loop->server;
	int fd = accept_one(listener);
	pid_t pid = -1;

	if (fd < 0) {
		if (errno != EAGAIN) {
			vm_log_warning(server->log, "cannot accept at %s: error %d", listener->text,
				       errno);
			loop->pause_until = vm_clock_monotonic_ms() + ACCEPT_PAUSE_MS;
		}
		return;
	}
	pid = fork();
	if (pid == 0) {
		leave_loop(loop);
		for (size_t i = 0; i < server->listener_count; i++)
			vm_file_discard(&server->listeners[i].fd);
		_exit(serve_connection(server, listener, fd));
	}
	if (pid < 0) {
		vm_log_warning(server->log, "cannot fork for a connection: error %d", errno);
		loop->pause_until = vm_clock_monotonic_ms() + ACCEPT_PAUSE_MS;
	} else {
		remember(loop, pid);
	}
	vm_file_discard(&fd);
}

/* TERM or INT: the connection under way is finished first, since signals are only looked at between two. */
static int work(struct loop *loop)
{
	const struct vm_server *const server = loop->server;

	for (;;) {
		struct epoll_event event;
		const struct vm_listener *listener = NULL;
		int fd = -1;

		if (epoll_wait(loop->epoll_fd, &event, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return 111;
		}
		if (event.data.fd == loop->signal_fd)
			return 0;
		listener = listener_of(server, event.data.fd);
		fd = listener != NULL ? accept_one(listener) : -1;
		if (fd >= 0)
			(void)serve_connection(server, listener,
					       fd); /* it has logged its outcome */
		else if (errno != EAGAIN)
			return 111;
	}
}

/* A worker has sets of its own: one of the parent's would tell it the parent's events. */
static int run_worker(struct loop *loop)
{
	const struct vm_server *const server = loop->server;
	sigset_t stop;

	leave_loop(loop);
	(void)sigemptyset(&stop); /* as above */
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	loop->signal_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* EXCLUSIVE: one connection wakes one worker. */
	if (loop->signal_fd < 0 || loop->epoll_fd < 0 ||
	    !watch(loop->epoll_fd, loop->signal_fd, EPOLLIN) ||
	    !watch_listeners(server, loop->epoll_fd, EPOLLIN | EPOLLEXCLUSIVE))
		return 111;
	if (server->begin_worker != NULL && server->begin_worker(server->context) != 0)
		return 111;
	return work(loop);
}

static void start_workers(struct loop *loop)
{
	while (loop->running < loop->server->workers &&
	       vm_clock_monotonic_ms() >= loop->pause_until) {
		const pid_t pid = fork();

		if (pid == 0)
			_exit(run_worker(loop));
		if (pid < 0) {
			vm_log_warning(loop->server->log, "cannot fork a worker: error %d", errno);
			loop->pause_until = vm_clock_monotonic_ms() + RESPAWN_PAUSE_MS;
			return;
		}
		remember(loop, pid);
	}
}

static int run_helper(struct loop *loop)
{
	const struct vm_server *const server = loop->server;

	(void)signal(SIGTERM, SIG_IGN); /* it is needed until the last worker has ended */
	(void)signal(SIGINT, SIG_IGN);
	leave_loop(loop);
	for (size_t i = 0; i < server->listener_count; i++)
		vm_file_discard(&server->listeners[i].fd);
	return server->helper(server->context);
}

/* When the next helper may begin: at once, but not again and again. */
static int64_t helper_due(const struct loop *loop)
{
	return loop->helper_began == 0 ? 0 : loop->helper_began + RESPAWN_PAUSE_MS;
}

static bool needs_helper(const struct loop *loop)
{
	return loop->server->helper != NULL && loop->helper == 0;
}

static void start_helper(struct loop *loop)
{
	if (!needs_helper(loop) || vm_clock_monotonic_ms() < helper_due(loop))
		return;
	loop->helper_began = vm_clock_monotonic_ms();
	loop->helper = fork();
	if (loop->helper == 0)
		_exit(run_helper(loop));
	if (loop->helper < 0) {
		vm_log_warning(loop->server->log, "cannot fork the helper: error %d", errno);
		loop->helper = 0;
	}
}

static void end_helper(const struct loop *loop)
{
	if (loop->helper > 0)
		(void)kill(loop->helper, SIGKILL); /* ended meanwhile is fine */
}

static void begin_drain(struct loop *loop)
{
	struct vm_server *const server = loop->server;

	if (loop->is_draining) {
		loop->drain_until = 0; /* told twice: at once */
		return;
	}
	loop->is_draining = true;
	loop->drain_until = vm_clock_monotonic_ms() + (int64_t)server->drain_seconds * 1000;
	unwatch_listeners(server, loop->epoll_fd);
	for (size_t i = 0; i < server->listener_count; i++)
		vm_listener_close(&server->listeners[i]);
	if (server->workers > 0)
		tell_all(loop, SIGTERM); /* they finish what they serve */
}

static void reload(struct loop *loop)
{
	if (loop->server->reload != NULL)
		loop->server->reload(loop->server->context);
	loop->helper_began = 0; /* this end is no trouble */
	end_helper(loop);
	if (loop->server->workers > 0)
		tell_all(loop, SIGTERM); /* new ones take their places */
}

static void take_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			reap_children(loop);
		else if (info.ssi_signo == SIGHUP && !loop->is_draining)
			reload(loop);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			begin_drain(loop);
	}
}

/* Accepts only where there is a place for the child and no pause is on; workers accept for themselves. */
static void arrange_listening(struct loop *loop)
{
	const struct vm_server *const server = loop->server;
	const bool should = server->workers == 0 && !loop->is_draining &&
			    loop->running < loop->pid_count &&
			    vm_clock_monotonic_ms() >= loop->pause_until;

	if (should && !loop->is_listening)
		loop->is_listening = watch_listeners(server, loop->epoll_fd, EPOLLIN);
	else if (!should && loop->is_listening) {
		unwatch_listeners(server, loop->epoll_fd);
		loop->is_listening = false;
	}
}

/* Milliseconds until something is due by itself; -1 = nothing is. */
static int next_due(const struct loop *loop)
{
	const int64_t now = vm_clock_monotonic_ms();
	int64_t due = INT64_MAX, left = 0;

	if (loop->is_draining)
		due = loop->drain_until;
	else if (loop->pause_until > now)
		due = loop->pause_until;
	if (needs_helper(loop) && helper_due(loop) < due)
		due = helper_due(loop);
	if (due == INT64_MAX)
		return -1;
	left = due - now;
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
}

static void run_loop(struct loop *loop)
{
	const struct vm_server *const server = loop->server;

	while (!loop->is_draining ||
	       (loop->running > 0 && vm_clock_monotonic_ms() < loop->drain_until)) {
		struct epoll_event events[EVENTS_AT_ONCE];
		int count = 0;

		start_helper(loop);
		if (server->workers > 0 && !loop->is_draining)
			start_workers(loop);
		arrange_listening(loop);
		count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, next_due(loop));
		for (int i = 0; i < count; i++) {
			const struct vm_listener *const listener =
				listener_of(server, events[i].data.fd);

			if (events[i].data.fd == loop->signal_fd)
				take_signals(loop);
			else if (listener != NULL && loop->running < loop->pid_count)
				fork_for_connection(loop, listener);
		}
	}
}

/* What outlived the drain. */
static void end_children(struct loop *loop)
{
	tell_all(loop, loop->server->workers > 0 ? SIGKILL : SIGTERM);
	for (size_t i = 0; i < loop->pid_count; i++)
		while (loop->pids[i] != 0 && waitpid(loop->pids[i], NULL, 0) < 0 && errno == EINTR)
			continue;
	end_helper(loop);
	while (loop->helper > 0 && waitpid(loop->helper, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static enum vm_status begin_loop(struct loop *loop, struct vm_error *err)
{
	sigset_t signals;

	loop->pids = calloc(loop->pid_count == 0 ? 1 : loop->pid_count, sizeof *loop->pids);
	if (loop->pids == NULL)
		return vm_fail_memory(err);
	server_signals(&signals);
	if (sigprocmask(SIG_BLOCK, &signals, &loop->before) != 0)
		return vm_fail_errno(err, errno, "cannot block signals");
	loop->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->signal_fd < 0 || loop->epoll_fd < 0 ||
	    !watch(loop->epoll_fd, loop->signal_fd, EPOLLIN))
		return vm_fail_errno(err, errno, "cannot watch for signals");
	return VM_OK;
}

enum vm_status vm_server_run(struct vm_server *server, struct vm_error *err)
{
	struct loop loop = {
		.server = server,
		.signal_fd = -1,
		.epoll_fd = -1,
		.pid_count = server->workers > 0 ? server->workers : server->children,
	};
	enum vm_status status = VM_INTERNAL;

	(void)sigprocmask(SIG_SETMASK, NULL, &loop.before); /* only asks */
	status = begin_loop(&loop, err);
	if (status == VM_OK) {
		run_loop(&loop);
		end_children(&loop);
	}
	leave_loop(&loop);
	free(loop.pids);
	return status;
}
