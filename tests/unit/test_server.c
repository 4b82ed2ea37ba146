/* server.c: a server in a process of its own, talked to over a Unix socket */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "support.h"
#include "util/listener.h"

static const struct vm_log no_log = { VM_LOG_NONE, "test" };

/* What the server process works with. */
struct served {
	int generation;
	int helper_fd; /* where the helper tells its pid; -1 = there is none */
};

/* "g" greets with pid and generation, "x" ends the process, anything else waits for the client to hang up. */
static int serve(void *context, struct vm_connection *connection)
{
	const struct served *const served = context;
	char byte = 0, text[32];
	int length = 0;

	while (read(connection->fd, &byte, 1) == 1) {
		if (byte == 'x')
			_exit(3);
		length = snprintf(text, sizeof text, "%d %d\n", (int)getpid(), served->generation);
		if (write(connection->fd, text, (size_t)length) != length)
			return 1;
	}
	return 0;
}

static void reload(void *context)
{
	struct served *const served = context;

	served->generation++;
}

/* Tells who it is and stays. */
static int help(void *context)
{
	const struct served *const served = context;
	const pid_t own = getpid();

	if (write(served->helper_fd, &own, sizeof own) != (ssize_t)sizeof own)
		return 1;
	for (;;)
		(void)pause();
}

struct running {
	char path[100];
	pid_t server;
};

static void start_with(struct running *running, const struct test_folder *folder, unsigned children,
		       unsigned workers, int drain_seconds, int helper_fd)
{
	struct vm_listener listener;
	struct vm_error err;
	char address[128];
	struct served served = { 0, helper_fd };

	(void)snprintf(running->path, sizeof running->path, "%s/s", folder->path);
	(void)snprintf(address, sizeof address, "unix:%s", running->path);
	assert_int_equal(vm_listener_open(&listener, address, NULL, &err), VM_OK);
	(void)fflush(stdout);
	running->server = fork();
	assert_true(running->server >= 0);
	if (running->server == 0) {
		struct vm_server server = { .listeners = &listener,
					    .listener_count = 1,
					    .children = children,
					    .workers = workers,
					    .drain_seconds = drain_seconds,
					    .log = &no_log,
					    .context = &served,
					    .serve = serve,
					    .helper = helper_fd < 0 ? NULL : help,
					    .reload = reload };

		listener.owner = getpid();
		_exit(vm_server_run(&server, &err) == VM_OK ? 0 : 1);
	}
	close(listener.fd);
}

static void start(struct running *running, const struct test_folder *folder, unsigned children,
		  unsigned workers, int drain_seconds)
{
	start_with(running, folder, children, workers, drain_seconds, -1);
}

static int connect_to(const struct running *running)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, running->path, sizeof running->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* Asks the process at the other end who it is; *generation may be NULL. */
static pid_t ask(int fd, int *generation)
{
	char text[32] = "";
	char *end = NULL;
	long pid = 0;

	assert_int_equal(send(fd, "g", 1, MSG_NOSIGNAL), 1);
	assert_true(recv(fd, text, sizeof text - 1, 0) > 0);
	pid = strtol(text, &end, 10);
	if (generation != NULL)
		*generation = (int)strtol(end, NULL, 10);
	return (pid_t)pid;
}

static bool is_silent(int fd, int milliseconds)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, milliseconds) == 0;
}

static int wait_for_end(const struct running *running)
{
	int wait_status = 0;

	assert_int_equal(waitpid(running->server, &wait_status, 0), running->server);
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

static int stop(const struct running *running)
{
	assert_int_equal(kill(running->server, SIGTERM), 0);
	return wait_for_end(running);
}

static void each_connection_has_a_process_of_its_own(void **state)
{
	struct running running;
	int first = -1, second = -1;

	start(&running, *state, 10, 0, 0);
	first = connect_to(&running);
	second = connect_to(&running);
	assert_int_not_equal(ask(first, NULL), ask(second, NULL));
	assert_int_not_equal(ask(first, NULL), running.server);
	close(first);
	close(second);
	assert_int_equal(stop(&running), 0);
	assert_int_equal(access(running.path, F_OK), -1);
}

static void the_number_of_children_is_bounded_and_the_rest_wait(void **state)
{
	struct running running;
	int clients[3];

	start(&running, *state, 2, 0, 0);
	for (int i = 0; i < 3; i++)
		clients[i] = connect_to(&running);
	(void)ask(clients[0], NULL);
	(void)ask(clients[1], NULL);
	assert_int_equal(send(clients[2], "g", 1, MSG_NOSIGNAL), 1);
	assert_true(is_silent(clients[2], 100));
	close(clients[0]);
	assert_false(is_silent(clients[2], 20000));
	close(clients[1]);
	close(clients[2]);
	assert_int_equal(stop(&running), 0);
}

static void term_waits_for_the_connection_under_way(void **state)
{
	struct running running;
	int client = -1;

	start(&running, *state, 2, 0, 60);
	client = connect_to(&running);
	(void)ask(client, NULL);
	assert_int_equal(kill(running.server, SIGTERM), 0);
	while (access(running.path, F_OK) == 0)
		(void)poll(NULL, 0, 1);
	(void)ask(client, NULL);
	close(client);
	assert_int_equal(wait_for_end(&running), 0);
}

static void a_second_term_waits_for_nobody(void **state)
{
	struct running running;
	int client = -1;

	start(&running, *state, 2, 0, 600);
	client = connect_to(&running);
	(void)ask(client, NULL);
	assert_int_equal(kill(running.server, SIGTERM), 0);
	while (access(running.path, F_OK) == 0)
		(void)poll(NULL, 0, 1);
	assert_int_equal(stop(&running), 0);
	close(client);
}

static void hup_reloads_for_the_next_connection(void **state)
{
	struct running running;
	int client = -1, generation = 0;

	start(&running, *state, 10, 0, 0);
	client = connect_to(&running);
	(void)ask(client, &generation);
	assert_int_equal(generation, 0);
	close(client);
	assert_int_equal(kill(running.server, SIGHUP), 0);
	for (int i = 0; i < 2000 && generation == 0; i++) {
		client = connect_to(&running);
		(void)ask(client, &generation);
		close(client);
	}
	assert_int_equal(generation, 1);
	assert_int_equal(stop(&running), 0);
}

static void workers_serve_one_connection_after_the_other(void **state)
{
	struct running running;
	pid_t first = 0;
	int client = -1;

	start(&running, *state, 0, 1, 60);
	client = connect_to(&running);
	first = ask(client, NULL);
	close(client);
	client = connect_to(&running);
	assert_int_equal(ask(client, NULL), first);
	close(client);
	assert_int_equal(stop(&running), 0);
}

static void a_worker_that_dies_is_replaced(void **state)
{
	struct running running;
	int client = -1, generation = 0;
	pid_t first = 0;

	start(&running, *state, 0, 1, 60);
	client = connect_to(&running);
	first = ask(client, NULL);
	assert_int_equal(kill(first, SIGKILL), 0);
	close(client);
	client = connect_to(&running);
	assert_int_not_equal(ask(client, NULL), first);
	close(client);
	assert_int_equal(kill(running.server, SIGHUP), 0);
	for (int i = 0; i < 2000 && generation == 0; i++) {
		client = connect_to(&running);
		(void)ask(client, &generation);
		close(client);
	}
	assert_int_equal(generation, 1);
	assert_int_equal(stop(&running), 0);
}

static pid_t helper_of(int fd)
{
	pid_t helper = 0;

	assert_int_equal(read(fd, &helper, sizeof helper), (ssize_t)sizeof helper);
	return helper;
}

static void a_helper_that_dies_is_begun_again(void **state)
{
	struct running running;
	int ends[2];
	pid_t helper = 0;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	start_with(&running, *state, 0, 1, 60, ends[1]);
	helper = helper_of(ends[0]);
	assert_int_equal(kill(helper, SIGKILL), 0);
	assert_int_not_equal(helper_of(ends[0]), helper);
	assert_int_equal(stop(&running), 0);
	close(ends[0]);
	close(ends[1]);
}

static void hup_renews_the_helper(void **state)
{
	struct running running;
	int ends[2];
	pid_t helper = 0;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	start_with(&running, *state, 0, 1, 60, ends[1]);
	helper = helper_of(ends[0]);
	assert_int_equal(kill(running.server, SIGHUP), 0);
	assert_int_not_equal(helper_of(ends[0]), helper);
	assert_int_equal(stop(&running), 0);
	close(ends[0]);
	close(ends[1]);
}

static void the_helper_stays_until_the_last_connection_ends(void **state)
{
	struct running running;
	int ends[2], client = -1;
	pid_t helper = 0;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	start_with(&running, *state, 0, 1, 60, ends[1]);
	helper = helper_of(ends[0]);
	client = connect_to(&running);
	(void)ask(client, NULL);
	assert_int_equal(kill(running.server, SIGTERM), 0);
	assert_int_equal(kill(helper, SIGTERM),
			 0); /* as a supervisor does that tells the whole group */
	while (access(running.path, F_OK) == 0)
		(void)poll(NULL, 0, 1);
	(void)ask(client, NULL);
	assert_int_equal(kill(helper, 0), 0);
	close(client);
	assert_int_equal(wait_for_end(&running), 0);
	assert_int_equal(kill(helper, 0), -1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(each_connection_has_a_process_of_its_own),
		IN_FOLDER(the_number_of_children_is_bounded_and_the_rest_wait),
		IN_FOLDER(term_waits_for_the_connection_under_way),
		IN_FOLDER(a_second_term_waits_for_nobody),
		IN_FOLDER(hup_reloads_for_the_next_connection),
		IN_FOLDER(workers_serve_one_connection_after_the_other),
		IN_FOLDER(a_worker_that_dies_is_replaced),
		IN_FOLDER(a_helper_that_dies_is_begun_again),
		IN_FOLDER(hup_renews_the_helper),
		IN_FOLDER(the_helper_stays_until_the_last_connection_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
