/* Reads lines from a connection that another program will go on with. */
#include "config.h"

#include "mta/common/pop3/line_exact.h"

#include <string.h>
#include <sys/socket.h>

static ssize_t exact_read(void *state, struct vm_stream *stream, void *bytes, size_t length,
			  int64_t deadline)
{
	char *const at = bytes;
	const char *line_end;
	ssize_t got, more;

	(void)state;
	got = vm_stream_wire_read(stream, at, 1, deadline);
	if (got != 1 || length == 1 || at[0] == '\n' || !stream->read_is_socket)
		return got;
	more = recv(stream->read_fd, at + 1, length - 1, MSG_PEEK | MSG_DONTWAIT);
	if (more <= 0)
		return got; /* nothing yet; an error shows at the next read */
	line_end = memchr(at + 1, '\n', (size_t)more);
	if (line_end != NULL)
		more = line_end - at;
	more = recv(stream->read_fd, at + 1, (size_t)more, MSG_DONTWAIT);
	return more > 0 ? got + more : got;
}

static ssize_t exact_write(void *state, struct vm_stream *stream, const void *bytes, size_t length,
			   int64_t deadline)
{
	(void)state;
	return vm_stream_wire_write(stream, bytes, length, deadline);
}

static void exact_close(void *state, struct vm_stream *stream)
{
	(void)state;
	(void)stream;
}

void vm_line_exact_start(struct vm_stream *stream)
{
	static const struct vm_stream_layer layer = { exact_read, exact_write, exact_close };

	vm_stream_set_layer(stream, &layer, NULL);
}

void vm_line_exact_drop_waiting(struct vm_stream *stream)
{
	char block[1024];

	if (!stream->read_is_socket)
		return;
	while (recv(stream->read_fd, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
}
