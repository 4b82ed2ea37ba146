/* Sends and receives packets with descriptors. */
#include <config.h>

#include "util/packet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "util/clock.h"
#include "util/file.h"

/* Room for more descriptors than are wanted: those that do not fit would be lost, but one too many must be seen. */
enum { DESCRIPTORS_MAX = 4 };

union control {
	char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
	struct cmsghdr aligned;
};

enum vm_status vm_packet_pair(int ends[2], struct vm_error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return vm_fail_errno(err, errno, "cannot make a socket pair");
	return VM_OK;
}

/* What poll says once the socket is ready for `events`; an error or a hang-up is also readiness. */
static enum vm_status wait_ready(int socket, short events, int64_t deadline, struct vm_error *err)
{
	struct pollfd ready = { .fd = socket, .events = events };
	int count = 0;

	do {
		const int64_t left = deadline < 0 ? -1 : deadline - vm_clock_monotonic_ms();

		count = poll(&ready, 1,
			     deadline < 0     ? -1
			     : left < 0       ? 0
			     : left > INT_MAX ? INT_MAX
					      : (int)left);
	} while (count < 0 && errno == EINTR);
	if (count > 0)
		return VM_OK;
	return vm_fail_errno(err, count < 0 ? errno : ETIMEDOUT, "waiting for another process");
}

static void attach(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *header = NULL;

	memset(control, 0, sizeof *control);
	message->msg_control = control->bytes;
	message->msg_controllen = CMSG_SPACE(sizeof fd);
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

enum vm_status vm_packet_send(int socket, const void *bytes, size_t length, int fd,
			      int64_t deadline, struct vm_error *err)
{
	struct iovec part = { (void *)(uintptr_t)bytes, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t sent = -1;

	if (fd >= 0)
		attach(&message, &control, fd);
	for (;;) {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent == (ssize_t)length)
			return VM_OK;
		if (sent >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
		if (errno == EAGAIN && wait_ready(socket, POLLOUT, deadline, err) != VM_OK)
			return VM_TEMPFAIL;
	}
	return vm_fail_errno(err, sent >= 0 ? EIO : errno, "cannot reach another process");
}

/* Takes the descriptors out; all but a single one are closed. How many there were. */
static size_t take_descriptors(struct msghdr *message, int *fd)
{
	size_t count = 0;

	*fd = -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		const size_t here = header->cmsg_level == SOL_SOCKET &&
						    header->cmsg_type == SCM_RIGHTS
					    ? (header->cmsg_len - CMSG_LEN(0)) / sizeof *fd
					    : 0;

		for (size_t i = 0; i < here; i++, count++) {
			vm_file_discard(fd);
			memcpy(fd, CMSG_DATA(header) + i * sizeof *fd, sizeof *fd);
		}
	}
	if (count > 1)
		vm_file_discard(fd);
	return count;
}

/* No bytes: an empty packet, or the end. */
static bool is_gone(int socket)
{
	struct pollfd state = { .fd = socket, .events = POLLIN };

	return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

enum vm_status vm_packet_receive(int socket, void *bytes, size_t size, size_t *length, int *fd,
				 int64_t deadline, struct vm_error *err)
{
	struct iovec part = { bytes, size };
	union control control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };
	ssize_t got = -1;
	size_t count = 0;

	*fd = -1;
	do {
		if (wait_ready(socket, POLLIN, deadline, err) != VM_OK)
			return VM_TEMPFAIL;
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0 && errno == ECONNRESET)
		return vm_fail(err, VM_NOT_FOUND, "the other process is gone");
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot hear another process");
	count = take_descriptors(&message, fd);
	if (got == 0 && is_gone(socket))
		return vm_fail(err, VM_NOT_FOUND, "the other process is gone");
	if (got > 0 && count <= 1 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		*length = (size_t)got;
		return VM_OK;
	}
	vm_file_discard(fd);
	return vm_fail(err, VM_INVALID, "a packet of another process is not as it should be");
}
