/* Binds listening sockets and describes connections. */
#include <config.h>

#include "util/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un path;
	struct sockaddr_storage storage;
};

/* "HOST:PORT" or "[HOST]:PORT" into an address; 0 when it has another form. */
static socklen_t parse_inet(const char *text, union address *out)
{
	char host[64];
	const char *const colon = strrchr(text, ':');
	const bool is_v6 = text[0] == '[';
	uint64_t port = 0;
	size_t length = 0;

	memset(out, 0, sizeof *out);
	if (colon == NULL || !vm_text_parse_u64(colon + 1, 65535, &port))
		return 0;
	length = (size_t)(colon - text);
	if (is_v6 && (length < 2 || colon[-1] != ']'))
		return 0;
	if (is_v6) {
		text++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof host)
		return 0;
	memcpy(host, text, length);
	host[length] = '\0';
	if (is_v6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1 ? sizeof out->v6 : 0;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1 ? sizeof out->v4 : 0;
}

/* The three texts of an address; an IPv4 address that came through an IPv6 socket is shown as IPv4. */
static void describe(const union address *address, char *text, char *ip, size_t ip_size,
		     unsigned *port)
{
	const void *bytes = NULL;
	int family = address->any.sa_family;

	*port = 0;
	ip[0] = '\0';
	if (family == AF_INET) {
		bytes = &address->v4.sin_addr;
		*port = ntohs(address->v4.sin_port);
	} else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
		bytes = address->v6.sin6_addr.s6_addr + 12;
		family = AF_INET;
		*port = ntohs(address->v6.sin6_port);
	} else if (family == AF_INET6) {
		bytes = &address->v6.sin6_addr;
		*port = ntohs(address->v6.sin6_port);
	}
	if (bytes == NULL || inet_ntop(family, bytes, ip, (socklen_t)ip_size) == NULL) {
		(void)vm_text_copy(text, VM_ADDRESS_TEXT_MAX, "unix:"); /* fits */
		return;
	}
	/* 46 bytes, brackets and a port fit. */
	(void)vm_text_format(text, VM_ADDRESS_TEXT_MAX, family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			     ip, *port);
}

static enum vm_status fail_bind(const char *address, struct vm_error *err)
{
	const int errnum = errno;

	vm_fail_errno(err, errnum, "cannot listen at %s", address);
	if (errnum == EADDRINUSE)
		err->status = VM_EXISTS;
	return err->status;
}

static enum vm_status open_inet(struct vm_listener *listener, const char *address,
				struct vm_error *err)
{
	const int yes = 1;
	union address bound;
	socklen_t length = parse_inet(address, &bound);
	char ip[46];
	unsigned port = 0;

	if (length == 0)
		return vm_fail(err, VM_INVALID,
			       "\"%s\" is not ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH", address);
	listener->fd = socket(bound.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return vm_fail_errno(err, errno, "cannot make a socket for %s", address);
	if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    (bound.any.sa_family == AF_INET6 &&
	     setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0))
		return vm_fail_errno(err, errno, "cannot set up the socket of %s", address);
	if (bind(listener->fd, &bound.any, length) != 0 ||
	    listen(listener->fd, VM_LISTENER_BACKLOG) != 0)
		return fail_bind(address, err);
	length = sizeof bound;
	if (getsockname(listener->fd, &bound.any, &length) != 0)
		return vm_fail_errno(err, errno, "cannot ask the address of %s", address);
	describe(&bound, listener->text, ip, sizeof ip, &port);
	return VM_OK;
}

/* A socket file is stale when nobody accepts there. */
static bool is_stale(const union address *address)
{
	struct stat found;
	int fd = -1;
	bool is_refused = false;

	if (lstat(address->path.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		is_refused = connect(fd, &address->any, sizeof address->path) != 0 &&
			     errno == ECONNREFUSED;
	vm_file_discard(&fd);
	return is_refused;
}

static enum vm_status give_rights(const struct vm_listener *listener,
				  const struct vm_listener_rights *rights, struct vm_error *err)
{
	if (rights == NULL)
		return VM_OK;
	if (rights->group != (gid_t)-1 &&
	    fchownat(AT_FDCWD, listener->path, (uid_t)-1, rights->group, AT_SYMLINK_NOFOLLOW) != 0)
		return vm_fail_errno(err, errno, "cannot change the group of %s", listener->path);
	if (chmod(listener->path, rights->mode) != 0)
		return vm_fail_errno(err, errno, "cannot set the mode of %s", listener->path);
	return VM_OK;
}

static enum vm_status open_unix(struct vm_listener *listener, const char *address,
				const struct vm_listener_rights *rights, struct vm_error *err)
{
	union address bound = { .storage = { 0 } };
	const char *const path = address + strlen("unix:");
	enum vm_status status = VM_INTERNAL;
	mode_t umask_before = 0;
	int bind_result = -1;

	bound.path.sun_family = AF_UNIX;
	if (path[0] != '/' ||
	    !vm_text_copy(bound.path.sun_path, sizeof bound.path.sun_path, path) ||
	    !vm_text_copy(listener->text, sizeof listener->text, address))
		return vm_fail(err, VM_INVALID, "\"%s\" is not unix:/PATH of at most %zu bytes",
			       address, sizeof bound.path.sun_path - 1);
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return vm_fail_errno(err, errno, "cannot make a socket for %s", address);
	if (is_stale(&bound) && unlink(path) != 0)
		return vm_fail_errno(err, errno, "cannot remove the stale %s", path);
	/* Nobody may connect before the rights are what they shall be. */
	umask_before = umask(0177);
	bind_result = bind(listener->fd, &bound.any, sizeof bound.path);
	umask(umask_before);
	if (bind_result != 0)
		return fail_bind(address, err);
	listener->path = listener->text + strlen("unix:");
	listener->owner = getpid();
	status = give_rights(listener, rights, err);
	if (status == VM_OK && listen(listener->fd, VM_LISTENER_BACKLOG) != 0)
		return fail_bind(address, err);
	return status;
}

enum vm_status vm_listener_open(struct vm_listener *listener, const char *address,
				const struct vm_listener_rights *rights, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	*listener = (struct vm_listener){ .fd = -1 };
	if (vm_text_starts_with(address, "unix:"))
		status = open_unix(listener, address, rights, err);
	else
		status = open_inet(listener, address, err);
	if (status != VM_OK)
		vm_listener_close(listener);
	return status;
}

void vm_listener_close(struct vm_listener *listener)
{
	vm_file_discard(&listener->fd);
	if (listener->path != NULL && listener->owner == getpid())
		(void)unlink(listener->path); /* a stale one is replaced at the next start */
	listener->path = NULL;
}

enum vm_status vm_connection_describe(struct vm_connection *connection, int fd,
				      struct vm_error *err)
{
	union address peer = { .storage = { 0 } }, local = { .storage = { 0 } };
	socklen_t peer_length = sizeof peer, local_length = sizeof local;

	connection->fd = fd;
	if (getpeername(fd, &peer.any, &peer_length) != 0) {
		const int errnum = errno;

		vm_fail_errno(err, errnum, "cannot ask who is connected");
		if (errnum == ENOTSOCK)
			err->status = VM_INVALID;
		return err->status;
	}
	if (getsockname(fd, &local.any, &local_length) != 0)
		return vm_fail_errno(err, errno, "cannot ask where a client is connected");
	describe(&peer, connection->peer, connection->peer_ip, sizeof connection->peer_ip,
		 &connection->peer_port);
	describe(&local, connection->local, connection->local_ip, sizeof connection->local_ip,
		 &connection->local_port);
	return VM_OK;
}
