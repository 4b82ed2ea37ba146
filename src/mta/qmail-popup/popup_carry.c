/* Carries a session between a client behind TLS and the server behind a socket pair. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "mta/qmail-popup/popup.h"

enum { BLOCK_SIZE = 16384, READ_SECONDS = 1 };

struct carrier {
	struct vm_stream *client;
	int inner, keeper, timeout_seconds;
	bool client_done, server_done;
	size_t start, end; /* of what the server has not taken yet */
	char from_client[BLOCK_SIZE];
	char from_server[BLOCK_SIZE];
};

static void wait_for_event(struct carrier *carrier, struct pollfd events[3])
{
	const bool has_bytes = carrier->end > carrier->start;

	events[0] = (struct pollfd){ .fd = carrier->inner,
				     .events = (short)(POLLIN | (has_bytes ? POLLOUT : 0)) };
	events[1] = (struct pollfd){ .fd = carrier->client_done || has_bytes
						   ? -1
						   : carrier->client->read_fd,
				     .events = POLLIN };
	events[2] = (struct pollfd){ .fd = carrier->keeper, .events = POLLIN };
	if (poll(events, 3, -1) == -1)
		events[0].revents = events[1].revents = events[2].revents = 0;
}

static void take_from_server(struct carrier *carrier)
{
	const ssize_t got = recv(carrier->inner, carrier->from_server, sizeof(carrier->from_server),
				 MSG_DONTWAIT);
	struct vm_error err;

	if (got > 0) {
		vm_stream_set_timeout(carrier->client, carrier->timeout_seconds);
		(void)vm_stream_write(carrier->client, carrier->from_server, (size_t)got, &err);
		if (vm_stream_flush(carrier->client, &err) != VM_OK)
			carrier->client_done = carrier->server_done = true;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		carrier->server_done = true;
	}
}

/* A record that carries no data (a new key) must not hold up the other direction: a short wait, then on. */
static void take_from_client(struct carrier *carrier)
{
	enum vm_status status;
	struct vm_error err;

	vm_stream_set_timeout(carrier->client, READ_SECONDS);
	carrier->start = carrier->end = 0;
	status = vm_stream_read_some(carrier->client, carrier->from_client,
				     sizeof(carrier->from_client), &carrier->end, &err);
	if (status == VM_OK)
		return;
	carrier->end = 0;
	if (status == VM_TEMPFAIL && err.sys_errno == ETIMEDOUT)
		return;
	carrier->client_done = true;
	(void)shutdown(carrier->inner, SHUT_WR); /* the server ends without QUIT's changes */
}

static void give_to_server(struct carrier *carrier)
{
	const ssize_t sent = send(carrier->inner, carrier->from_client + carrier->start,
				  carrier->end - carrier->start, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0)
		carrier->start += (size_t)sent;
	else if (errno != EAGAIN && errno != EINTR)
		carrier->start =
			carrier->end; /* the server is done; what it said is still to come */
}

/* True when the server has spoken first; false when the checker's code came first. */
static bool server_speaks(struct carrier *carrier, int *code)
{
	struct pollfd events[2] = { { .fd = carrier->inner, .events = POLLIN },
				    { .fd = carrier->keeper, .events = POLLIN } };

	while (poll(events, 2, -1) == -1) {
		if (errno != EINTR)
			break;
	}
	if (events[0].revents != 0)
		return true;
	if (recv(carrier->keeper, code, sizeof(*code), 0) != (ssize_t)sizeof(*code))
		*code = -1;
	return false;
}

bool vm_popup_carry(struct vm_stream *client, int inner, int keeper, int timeout_seconds, int *code)
{
	struct carrier carrier = {
		.client = client,
		.inner = inner,
		.keeper = keeper,
		.timeout_seconds = timeout_seconds,
	};
	struct pollfd events[3];

	if (!server_speaks(&carrier, code))
		return false;
	while (!carrier.server_done) {
		if (!carrier.client_done && carrier.start == carrier.end &&
		    vm_stream_buffered(client) > 0)
			take_from_client(&carrier);
		wait_for_event(&carrier, events);
		if ((events[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			take_from_server(&carrier);
		else if (events[2].revents != 0)
			carrier.server_done = true; /* it is gone, and has nothing more to say */
		if ((events[0].revents & POLLOUT) != 0)
			give_to_server(&carrier);
		if ((events[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !carrier.client_done)
			take_from_client(&carrier);
	}
	return true;
}
