/* owner_client.c: what a worker makes of owners that answer, say nonsense, or say nothing */
#include "config.h"

#include <sys/wait.h>

#include "core/assign_file.h"
#include "core/identity.h"
#include "delivery/owner_client.h"
#include "delivery/owner_keeper.h"
#include "support.h"
#include "util/clock.h"
#include "util/packet.h"

#define TEXT               "Subject: x\n\nbody\n"
#define SEND(socket, text) send_bytes(socket, text, sizeof(text) - 1)

enum { WAIT_MS = 20000, ORDINARY_UID = 54321 };

struct site {
	struct test_folder *folder;
	struct vm_config config;
	struct vm_log log;
	struct vm_store *store;
	struct vm_context context;
	struct vm_owner_client client;
	int keeper; /* its end */
	pid_t owner;
	struct vm_delivery_result result;
	struct vm_error err;
};

static int begin(void **state)
{
	struct site *const site = calloc(1, sizeof *site);
	int ends[2];

	if (site == NULL || make_test_folder((void **)&site->folder) != 0)
		return -1;
	*state = site;
	vm_log_open(&site->log, VM_LOG_NONE, "test");
	site->config = (struct vm_config){ .home = site->folder->path,
					   .qmail_dir = site->folder->path,
					   .qmail_cdb_name = "cdb",
					   .domains_dir = "domains",
					   .auth = "cdb",
					   .program_seconds = 10,
					   .delivery_filter = "",
					   .io_timeout = 20 };
	if (mkdirat(site->folder->fd, "users", 0755) != 0 ||
	    vm_packet_pair(ends, &site->err) != VM_OK ||
	    vm_store_open(&site->config, true, &site->store, &site->err) != VM_OK)
		return -1;
	site->keeper = ends[0];
	site->client.keeper = ends[1];
	site->context = (struct vm_context){ .config = &site->config,
					     .store = site->store,
					     .log = &site->log };
	return vm_assign_add(&(struct vm_assign){ site->folder->path, "cdb" },
			     &(struct vm_domain_entry){ "red.example", "red.example",
							"/nonexistent", geteuid() + 1, 1 },
			     &site->err) == VM_OK
		       ? 0
		       : -1;
}

static int end(void **state)
{
	struct site *const site = *state;
	int result = 0;

	close(site->keeper);
	close(site->client.keeper);
	vm_store_close(&site->store);
	result = remove_test_folder((void **)&site->folder);
	free(site);
	return result;
}

static bool send_bytes(int socket, const char *bytes, size_t length)
{
	struct vm_error err;

	return vm_packet_send(socket, bytes, length, -1, vm_clock_monotonic_ms() + WAIT_MS, &err) ==
	       VM_OK;
}

static int hear(int socket, char *bytes, size_t size, size_t *length)
{
	struct vm_error err;
	int fd = -1;

	if (vm_packet_receive(socket, bytes, size, length, &fd, vm_clock_monotonic_ms() + WAIT_MS,
			      &err) != VM_OK)
		_exit(90);
	return fd;
}

/* A process in the place of keeper and owner. `act` has the socket of one delivery; its result is the exit code. */
static void start_owner(struct site *site, int (*act)(int socket))
{
	site->owner = fork();
	assert_true(site->owner >= 0);
	if (site->owner == 0) {
		char name[VM_DOMAIN_MAX + 1] = "";
		size_t length = 0;

		close(site->client.keeper);
		const int socket = hear(site->keeper, name, sizeof name - 1, &length);

		if (socket < 0 || strcmp(name, "red.example") != 0)
			_exit(91);
		_exit(act(socket));
	}
}

static void assert_owner_is_content(struct site *site)
{
	int wait_status = -1;

	assert_int_equal(waitpid(site->owner, &wait_status, 0), site->owner);
	assert_true(WIFEXITED(wait_status));
	assert_int_equal(WEXITSTATUS(wait_status), 0);
}

static void deliver(struct site *site, const struct vm_message *message)
{
	const struct vm_delivery delivery = { .context = &site->context, .message = *message };
	const struct vm_address recipient = { "ann", "red.example" };

	if (message->size == 0)
		vm_owner_check(&site->client, &delivery, &recipient, &site->result);
	else
		vm_owner_deliver(&site->client, &delivery, &recipient, &site->result);
}

static void check(struct site *site)
{
	deliver(site, &(struct vm_message){ .fd = -1, .sender = "a@b", .delivered_to = "" });
}

static void assert_later(struct site *site)
{
	assert_int_equal(site->result.status, VM_TEMPFAIL);
	assert_string_equal(site->result.code, "4.3.0");
}

static int answer_not_found(int socket)
{
	static const char wanted[] = "check\0a@b\0ann@red.example";
	char request[VM_OWNER_PACKET_MAX];
	size_t length = 0;

	if (!SEND(socket, VM_OWNER_READY) || hear(socket, request, sizeof request, &length) != -1)
		return 1;
	if (length != sizeof wanted || memcmp(request, wanted, length) != 0)
		return 2;
	return SEND(socket, "not_found\0005.1.1\0nobody\0") ? 0 : 3;
}

static void what_the_owner_says_is_the_result(void **state)
{
	struct site *const site = *state;

	start_owner(site, answer_not_found);
	check(site);
	assert_owner_is_content(site);
	assert_int_equal(site->result.status, VM_NOT_FOUND);
	assert_string_equal(site->result.code, "5.1.1");
	assert_string_equal(site->result.text, "nobody");
	assert_false(site->result.is_foreign);
}

/* Writes by every way there is; 0 when each is refused and the text is there. */
static int try_to_change(int socket)
{
	char request[VM_OWNER_PACKET_MAX], text[64] = "";
	size_t length = 0;
	int fd = -1;

	if (!SEND(socket, VM_OWNER_READY))
		return 1;
	fd = hear(socket, request, sizeof request, &length);
	if (fd < 0 || strcmp(request, "deliver") != 0)
		return 2;
	if (pwrite(fd, "x", 1, 0) >= 0 || pwrite(fd, "x", 1, sizeof TEXT - 1) >= 0)
		return 3;
	if (ftruncate(fd, 0) == 0)
		return 4;
	if (pread(fd, text, sizeof text - 1, 0) != sizeof TEXT - 1 || strcmp(text, TEXT) != 0)
		return 5;
	return SEND(socket, "ok\0002.1.5\0\0") ? 0 : 6;
}

/* A file in memory may be opened anew for writing: only its seals protect it. */
static int try_to_change_anew(int socket)
{
	char request[VM_OWNER_PACKET_MAX], path[64];
	size_t length = 0;
	int fd = -1;

	if (!SEND(socket, VM_OWNER_READY))
		return 1;
	fd = hear(socket, request, sizeof request, &length);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && (pwrite(fd, "x", 1, 0) >= 0 || ftruncate(fd, 0) == 0))
		return 2;
	return SEND(socket, "ok\0002.1.5\0\0") ? 0 : 3;
}

static void message_in_memory_cannot_be_changed(void **state)
{
	const struct vm_message message = {
		.memory = TEXT, .size = sizeof TEXT - 1, .fd = -1, .sender = "", .delivered_to = ""
	};
	struct site *const site = *state;

	start_owner(site, try_to_change);
	deliver(site, &message);
	assert_owner_is_content(site);
	assert_int_equal(site->result.status, VM_OK);
	start_owner(site, try_to_change_anew);
	deliver(site, &message);
	assert_owner_is_content(site);
	assert_int_equal(site->result.status, VM_OK);
}

static void message_in_a_file_cannot_be_changed(void **state)
{
	struct site *const site = *state;
	struct vm_message message = { .size = sizeof TEXT - 1, .sender = "", .delivered_to = "" };

	message.fd = open(site->folder->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_true(message.fd >= 0);
	assert_int_equal(write(message.fd, TEXT, sizeof TEXT - 1), sizeof TEXT - 1);
	start_owner(site, try_to_change);
	deliver(site, &message);
	close(message.fd);
	assert_owner_is_content(site);
	assert_int_equal(site->result.status, VM_OK);
}

static int leave_at_once(int socket)
{
	return close(socket);
}

static int say_another_word(int socket)
{
	return SEND(socket, "readyx") ? 0 : 1;
}

static int leave_after_the_request(int socket)
{
	char request[VM_OWNER_PACKET_MAX];
	size_t length = 0;

	if (!SEND(socket, VM_OWNER_READY))
		return 1;
	(void)hear(socket, request, sizeof request, &length);
	return close(socket);
}

static int answer_nonsense(int socket)
{
	return SEND(socket, VM_OWNER_READY) && SEND(socket, "nonsense") ? 0 : 1;
}

static int answer_a_bounce_as_later(int socket)
{
	return SEND(socket, VM_OWNER_READY) && SEND(socket, "tempfail\0005.1.1\0x\0") ? 0 : 1;
}

static void owners_that_fail_mean_later(void **state)
{
	static int (*const acts[])(int) = { leave_at_once, say_another_word,
					    leave_after_the_request, answer_nonsense,
					    answer_a_bounce_as_later };
	struct site *const site = *state;

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		start_owner(site, acts[i]);
		check(site);
		assert_owner_is_content(site);
		assert_later(site);
	}
}

static void keeper_that_does_not_listen_means_later(void **state)
{
	struct site *const site = *state;

	site->config.io_timeout = 1;
	check(site);
	assert_later(site);
}

static void without_a_keeper_it_is_later(void **state)
{
	struct site *const site = *state;
	const int keeper = site->client.keeper;

	site->client.keeper = -1;
	check(site);
	site->client.keeper = keeper;
	assert_later(site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_the_owner_says_is_the_result, begin, end),
		cmocka_unit_test_setup_teardown(message_in_memory_cannot_be_changed, begin, end),
		cmocka_unit_test_setup_teardown(message_in_a_file_cannot_be_changed, begin, end),
		cmocka_unit_test_setup_teardown(owners_that_fail_mean_later, begin, end),
		cmocka_unit_test_setup_teardown(keeper_that_does_not_listen_means_later, begin,
						end),
		cmocka_unit_test_setup_teardown(without_a_keeper_it_is_later, begin, end),
	};
	struct vm_error err;

	/* To root no domain is another user's. */
	if (geteuid() == 0 && vm_identity_become(ORDINARY_UID, ORDINARY_UID, &err) != VM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
