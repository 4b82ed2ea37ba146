/* packet.c: both ends in one process */
#include "config.h"

#include <sys/socket.h>

#include "support.h"
#include "util/clock.h"
#include "util/packet.h"

struct pair {
	int ends[2];
	char bytes[16];
	size_t length;
	int fd;
	struct vm_error err;
};

static int begin(void **state)
{
	struct pair *const pair = calloc(1, sizeof *pair);

	*state = pair;
	return pair != NULL && vm_packet_pair(pair->ends, &pair->err) == VM_OK ? 0 : -1;
}

static int end(void **state)
{
	struct pair *const pair = *state;

	close(pair->ends[0]);
	close(pair->ends[1]);
	free(pair);
	return 0;
}

static enum vm_status receive(struct pair *pair)
{
	return vm_packet_receive(pair->ends[1], pair->bytes, sizeof pair->bytes, &pair->length,
				 &pair->fd, vm_clock_monotonic_ms() + 10000, &pair->err);
}

/* Sends as a process does that keeps no rule. */
static void send_raw(struct pair *pair, const char *text, size_t length, const int *fds,
		     size_t count)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 8)];
		struct cmsghdr aligned;
	} control = { { 0 } };
	char copy[64];
	struct iovec part = { copy, length };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(sizeof(int) * count) };
	struct cmsghdr *const header = CMSG_FIRSTHDR(&message);

	memcpy(copy, text, length);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	assert_int_equal(sendmsg(pair->ends[0], &message, 0), (ssize_t)length);
}

/* The number that the next descriptor will have: equal before and after when nothing leaked. */
static int next_fd(void)
{
	const int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}

static void packets_stay_apart(void **state)
{
	struct pair *const pair = *state;

	assert_int_equal(vm_packet_send(pair->ends[0], "one", 3, -1, 0, &pair->err), VM_OK);
	assert_int_equal(vm_packet_send(pair->ends[0], "two!", 4, -1, 0, &pair->err), VM_OK);
	assert_int_equal(receive(pair), VM_OK);
	assert_int_equal(pair->length, 3);
	assert_memory_equal(pair->bytes, "one", 3);
	assert_int_equal(pair->fd, -1);
	assert_int_equal(receive(pair), VM_OK);
	assert_int_equal(pair->length, 4);
}

static void descriptor_arrives_and_is_close_on_exec(void **state)
{
	struct pair *const pair = *state;
	int ends[2];
	char byte = 0;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(vm_packet_send(pair->ends[0], "x", 1, ends[1], 0, &pair->err), VM_OK);
	assert_int_equal(receive(pair), VM_OK);
	assert_true(pair->fd >= 0);
	assert_int_equal(fcntl(pair->fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(pair->fd, "y", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	close(pair->fd);
	close(ends[0]);
	close(ends[1]);
}

static void several_descriptors_are_refused_and_closed(void **state)
{
	struct pair *const pair = *state;
	const int fds[6] = { 0, 0, 0, 0, 0, 0 };
	const int before = next_fd();

	for (size_t count = 2; count <= 6; count++) {
		send_raw(pair, "x", 1, fds, count);
		assert_int_equal(receive(pair), VM_INVALID);
		assert_int_equal(pair->fd, -1);
		assert_int_equal(next_fd(), before);
	}
}

static void long_packet_is_refused_and_its_descriptor_closed(void **state)
{
	struct pair *const pair = *state;
	const int fd = 0, before = next_fd();

	send_raw(pair, "seventeen bytes..", 17, &fd, 1);
	assert_int_equal(receive(pair), VM_INVALID);
	assert_int_equal(next_fd(), before);
	send_raw(pair, "sixteen bytes...", 16, &fd, 1);
	assert_int_equal(receive(pair), VM_OK);
	close(pair->fd);
}

static void empty_packet_is_not_the_end(void **state)
{
	struct pair *const pair = *state;

	assert_int_equal(send(pair->ends[0], "", 0, 0), 0);
	assert_int_equal(receive(pair), VM_INVALID);
	assert_int_equal(vm_packet_send(pair->ends[0], "x", 1, -1, 0, &pair->err), VM_OK);
	assert_int_equal(receive(pair), VM_OK);
}

static void end_of_the_other_side_is_seen(void **state)
{
	struct pair *const pair = *state;

	assert_int_equal(vm_packet_send(pair->ends[0], "last", 4, -1, 0, &pair->err), VM_OK);
	close(pair->ends[0]);
	assert_int_equal(receive(pair), VM_OK);
	assert_int_equal(receive(pair), VM_NOT_FOUND);
	assert_int_equal(vm_packet_send(pair->ends[1], "x", 1, -1, 0, &pair->err), VM_TEMPFAIL);
	pair->ends[0] = dup(0);
}

static void silence_ends_at_the_deadline(void **state)
{
	struct pair *const pair = *state;

	assert_int_equal(vm_packet_receive(pair->ends[1], pair->bytes, sizeof pair->bytes,
					   &pair->length, &pair->fd, vm_clock_monotonic_ms() + 20,
					   &pair->err),
			 VM_TEMPFAIL);
}

static void full_socket_ends_at_the_deadline(void **state)
{
	struct pair *const pair = *state;
	enum vm_status status = VM_OK;

	for (int i = 0; i < 100000 && status == VM_OK; i++)
		status = vm_packet_send(pair->ends[0], "x", 1, -1, 0, &pair->err);
	assert_int_equal(status, VM_TEMPFAIL);
}

#define IN_PAIR(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PAIR(packets_stay_apart),
		IN_PAIR(descriptor_arrives_and_is_close_on_exec),
		IN_PAIR(several_descriptors_are_refused_and_closed),
		IN_PAIR(long_packet_is_refused_and_its_descriptor_closed),
		IN_PAIR(empty_packet_is_not_the_end),
		IN_PAIR(end_of_the_other_side_is_seen),
		IN_PAIR(silence_ends_at_the_deadline),
		IN_PAIR(full_socket_ends_at_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
