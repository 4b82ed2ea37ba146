/* owner_keeper.c: what the process that is root does with packets, also with those that no worker of ours would send */
#include "config.h"

#include <sys/wait.h>

#include "core/assign_file.h"
#include "delivery/owner_keeper.h"
#include "delivery/owner_request.h"
#include "support.h"
#include "util/clock.h"
#include "util/packet.h"

enum { OWNER_UID = 47011, OWNER_GID = 48011, WAIT_MS = 20000, MANY = 100 };

struct site {
	struct test_folder *folder;
	struct vm_config config;
	struct vm_log log;
	pid_t keeper;
	int socket; /* the workers' end */
	struct vm_error err;
};

static void add_domain(struct site *site, const char *name, uid_t uid, gid_t gid)
{
	const struct vm_assign assign = { site->config.qmail_dir, site->config.qmail_cdb_name };
	const struct vm_domain_entry entry = { name, name, "/nonexistent", uid, gid };

	assert_int_equal(vm_assign_add(&assign, &entry, &site->err), VM_OK);
}

static void start_keeper(struct site *site, unsigned children_max)
{
	int ends[2];

	assert_int_equal(vm_packet_pair(ends, &site->err), VM_OK);
	site->socket = ends[1];
	site->keeper = fork();
	assert_true(site->keeper >= 0);
	if (site->keeper == 0) {
		const struct vm_owner_keeper keeper = { .config = &site->config,
							.log = &site->log,
							.socket = ends[0],
							.children_max = children_max };

		close(ends[1]);
		_exit(vm_owner_keeper_run(&keeper));
	}
	close(ends[0]);
}

/* The exit code of the keeper, once nobody holds the other end. */
static int end_keeper(struct site *site)
{
	int wait_status = -1;

	close(site->socket);
	assert_int_equal(waitpid(site->keeper, &wait_status, 0), site->keeper);
	assert_true(WIFEXITED(wait_status));
	site->keeper = 0;
	return WEXITSTATUS(wait_status);
}

static int begin_with(void **state, unsigned children_max)
{
	struct site *const site = calloc(1, sizeof *site);

	if (site == NULL || make_test_folder((void **)&site->folder) != 0)
		return -1;
	*state = site;
	vm_log_open(&site->log, VM_LOG_NONE, "test");
	site->config.program_seconds = 10;
	site->config.delivery_filter = "";
	site->config.qmail_dir = site->folder->path;
	site->config.qmail_cdb_name = "cdb";
	site->config.home = site->folder->path;
	site->config.domains_dir = "domains";
	site->config.auth = "cdb";
	if (mkdirat(site->folder->fd, "users", 0755) != 0)
		return -1;
	add_domain(site, "red.example", OWNER_UID, OWNER_GID);
	add_domain(site, "root.example", 0, OWNER_GID);
	add_domain(site, "wheel.example", OWNER_UID, 0);
	start_keeper(site, children_max);
	return 0;
}

static int begin(void **state)
{
	return begin_with(state, MANY);
}

static int begin_with_one_child(void **state)
{
	return begin_with(state, 1);
}

static int end(void **state)
{
	struct site *const site = *state;
	int result = 0;

	if (site->keeper > 0)
		(void)end_keeper(site);
	result = remove_test_folder((void **)&site->folder);
	free(site);
	return result;
}

/* Our end of a pair whose other end the keeper was given. */
static int call(struct site *site, const char *name, size_t length)
{
	int ends[2];

	assert_int_equal(vm_packet_pair(ends, &site->err), VM_OK);
	assert_int_equal(vm_packet_send(site->socket, name, length, ends[1],
					vm_clock_monotonic_ms() + WAIT_MS, &site->err),
			 VM_OK);
	close(ends[1]);
	return ends[0];
}

/* VM_OK: the word came. VM_NOT_FOUND: the socket was closed without one. */
static enum vm_status hear(struct site *site, int socket)
{
	char word[64] = "";
	size_t length = 0;
	int fd = -1;
	const enum vm_status status = vm_packet_receive(socket, word, sizeof word - 1, &length, &fd,
							vm_clock_monotonic_ms() + WAIT_MS,
							&site->err);

	if (status == VM_OK)
		assert_string_equal(word, VM_OWNER_READY);
	return status;
}

static void assert_refused(struct site *site, const char *name, size_t length)
{
	const int socket = call(site, name, length);

	assert_int_equal(hear(site, socket), VM_NOT_FOUND);
	close(socket);
}

static int call_owner(struct site *site)
{
	const int socket = call(site, "red.example", strlen("red.example"));

	assert_int_equal(hear(site, socket), VM_OK);
	return socket;
}

static void owner_of_a_domain_is_ready(void **state)
{
	struct site *const site = *state;
	const int socket = call_owner(site);

	close(socket);
	assert_int_equal(end_keeper(site), 0);
}

static void domains_of_root_are_refused(void **state)
{
	struct site *const site = *state;

	assert_refused(site, "root.example", strlen("root.example"));
	assert_refused(site, "wheel.example", strlen("wheel.example"));
	close(call_owner(site));
}

static void names_that_nobody_serves_are_refused(void **state)
{
	static const char names[][40] = {
		"blue.example",   "../red.example", "red.example\n", "+red.example-", "@",
		"red.example:0:0"
	};
	char long_name[VM_DOMAIN_MAX + 64];

	memset(long_name, 'a', sizeof long_name);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_refused(*state, names[i], strlen(names[i]));
	assert_refused(*state, long_name, VM_DOMAIN_MAX);
	assert_refused(*state, long_name, sizeof long_name);
	close(call_owner(*state));
}

static void packet_without_a_socket_is_dropped(void **state)
{
	struct site *const site = *state;

	assert_int_equal(vm_packet_send(site->socket, "red.example", strlen("red.example"), -1,
					vm_clock_monotonic_ms() + WAIT_MS, &site->err),
			 VM_OK);
	close(call_owner(site));
}

static void nonsense_behind_ready_ends_the_child_without_an_answer(void **state)
{
	struct site *const site = *state;
	const int socket = call_owner(site);

	assert_int_equal(vm_packet_send(socket, "nonsense", 8, -1,
					vm_clock_monotonic_ms() + WAIT_MS, &site->err),
			 VM_OK);
	assert_int_equal(hear(site, socket), VM_NOT_FOUND);
	close(socket);
}

static void children_beyond_the_maximum_are_turned_away(void **state)
{
	const int socket = call_owner(*state);

	assert_refused(*state, "red.example", strlen("red.example"));
	close(socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(owner_of_a_domain_is_ready, begin, end),
		cmocka_unit_test_setup_teardown(domains_of_root_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(names_that_nobody_serves_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(packet_without_a_socket_is_dropped, begin, end),
		cmocka_unit_test_setup_teardown(
			nonsense_behind_ready_ends_the_child_without_an_answer, begin, end),
		cmocka_unit_test_setup_teardown(children_beyond_the_maximum_are_turned_away,
						begin_with_one_child, end),
	};

	if (geteuid() != 0)
		return 77; /* only root can become others */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
