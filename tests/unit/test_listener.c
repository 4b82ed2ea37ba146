/* listener.c */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "support.h"
#include "util/listener.h"

static int connect_tcp(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

static void tcp_addresses_bind_and_tell_their_port(void **state)
{
	struct vm_connection connection = { 0 };
	struct vm_listener listener, second;
	struct vm_error err;
	unsigned port = 0;
	int client = -1, server = -1;
	char expected[64];

	(void)state;
	assert_int_equal(vm_listener_open(&listener, "127.0.0.1:0", NULL, &err), VM_OK);
	assert_true(strncmp(listener.text, "127.0.0.1:", 10) == 0);
	port = (unsigned)strtoul(listener.text + 10, NULL, 10);
	assert_true(port > 0);
	assert_int_equal(vm_listener_open(&second, listener.text, NULL, &err), VM_EXISTS);
	assert_int_equal(second.fd, -1);
	client = connect_tcp(port);
	server = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	assert_int_equal(vm_connection_describe(&connection, server, &err), VM_OK);
	assert_string_equal(connection.local, listener.text);
	assert_int_equal(connection.local_port, port);
	assert_string_equal(connection.peer_ip, "127.0.0.1");
	(void)snprintf(expected, sizeof expected, "127.0.0.1:%u", connection.peer_port);
	assert_string_equal(connection.peer, expected);
	close(client);
	close(server);
	vm_listener_close(&listener);
	assert_int_equal(vm_listener_open(&second, connection.local, NULL, &err), VM_OK);
	vm_listener_close(&second);
}

static void ipv6_addresses_stand_in_brackets(void **state)
{
	struct vm_listener listener;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	(void)state;
	status = vm_listener_open(&listener, "[::1]:0", NULL, &err);
	if (status == VM_TEMPFAIL)
		skip(); /* a machine without IPv6 */
	assert_int_equal(status, VM_OK);
	assert_true(strncmp(listener.text, "[::1]:", 6) == 0);
	vm_listener_close(&listener);
}

static void other_forms_are_invalid(void **state)
{
	static const char *const bad[] = { "",
					   "25",
					   "127.0.0.1",
					   "127.0.0.1:",
					   "127.0.0.1:65536",
					   "127.0.0.1:-1",
					   "localhost:25",
					   ":25",
					   "::1:25",
					   "[::1]",
					   "[::1:25",
					   "[]:25",
					   "1.2.3:25",
					   "unix:",
					   "unix:relative",
					   "[127.0.0.1]:1" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct vm_listener listener;
		struct vm_error err;

		assert_int_equal(vm_listener_open(&listener, bad[i], NULL, &err), VM_INVALID);
	}
}

static void unix_sockets_have_their_rights_and_go_away(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_listener_rights rights = { .mode = 0660, .group = getegid() };
	struct vm_connection connection = { 0 };
	struct vm_listener listener, second;
	struct vm_error err;
	struct stat found;
	char address[128];
	int client = -1, server = -1;

	(void)snprintf(address, sizeof address, "unix:%s/s", folder->path);
	assert_int_equal(vm_listener_open(&listener, address, &rights, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "s", &found, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(found.st_mode & 07777, 0660);
	assert_int_equal(vm_listener_open(&second, address, &rights, &err), VM_EXISTS);
	client = connect_unix(listener.path);
	assert_true(client >= 0);
	server = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(vm_connection_describe(&connection, server, &err), VM_OK);
	assert_string_equal(connection.peer, "unix:");
	assert_string_equal(connection.peer_ip, "");
	close(client);
	close(server);
	vm_listener_close(&listener);
	vm_listener_close(&listener);
	assert_int_equal(fstatat(folder->fd, "s", &found, AT_SYMLINK_NOFOLLOW), -1);
}

static void a_stale_socket_is_replaced_and_a_file_is_not(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_listener listener;
	struct vm_error err;
	char address[128];

	(void)snprintf(address, sizeof address, "unix:%s/s", folder->path);
	assert_int_equal(vm_listener_open(&listener, address, NULL, &err), VM_OK);
	close(listener.fd); /* as a killed server leaves it */
	assert_int_equal(vm_listener_open(&listener, address, NULL, &err), VM_OK);
	vm_listener_close(&listener);
	write_test_file(folder->fd, "s", "mail", 4);
	assert_int_equal(vm_listener_open(&listener, address, NULL, &err), VM_EXISTS);
	assert_int_equal(faccessat(folder->fd, "s", F_OK, 0), 0);
}

static void a_file_is_no_connection(void **state)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct vm_connection connection = { 0 };
	struct vm_error err;

	(void)state;
	assert_int_equal(vm_connection_describe(&connection, fd, &err), VM_INVALID);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_addresses_bind_and_tell_their_port),
		cmocka_unit_test(ipv6_addresses_stand_in_brackets),
		cmocka_unit_test(other_forms_are_invalid),
		IN_FOLDER(unix_sockets_have_their_rights_and_go_away),
		IN_FOLDER(a_stale_socket_is_replaced_and_a_file_is_not),
		cmocka_unit_test(a_file_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
