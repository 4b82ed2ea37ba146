/* Buffered conversations with timeouts. */
#include <config.h>

#include "util/stream.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/secret.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static bool is_socket(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode);
}

enum vm_status vm_stream_init(struct vm_stream *stream, int read_fd, int write_fd,
			      size_t input_size, int timeout_seconds, struct vm_error *err)
{
	const int yes = 1;

	*stream = (struct vm_stream){
		.read_fd = read_fd,
		.write_fd = write_fd,
		.read_is_socket = is_socket(read_fd),
		.write_is_socket = is_socket(write_fd),
		.timeout_seconds = timeout_seconds,
		.input_size = input_size,
	};
	vm_buf_init(&stream->output, OUTPUT_MAX);
	stream->input = malloc(input_size + 1);
	if (stream->input == NULL)
		return vm_fail_memory(err);
	if (stream->write_is_socket)
		/* Refused by Unix sockets, which do not delay either. */
		(void)setsockopt(write_fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	return VM_OK;
}

static void drop_layer(struct vm_stream *stream)
{
	const struct vm_stream_layer *const layer = stream->layer;

	if (layer != NULL)
		layer->close(stream->layer_state, stream);
	stream->layer = NULL;
	stream->layer_state = NULL;
}

void vm_stream_release(struct vm_stream *stream)
{
	drop_layer(stream);
	if (stream->input != NULL)
		vm_wipe(stream->input, stream->input_size + 1);
	free(stream->input);
	stream->input = NULL;
	stream->input_start = 0;
	stream->input_end = 0;
	vm_buf_release(&stream->output);
}

void vm_stream_set_timeout(struct vm_stream *stream, int seconds)
{
	stream->timeout_seconds = seconds;
}

static int64_t deadline_of(const struct vm_stream *stream)
{
	return vm_clock_monotonic_ms() + (int64_t)stream->timeout_seconds * 1000;
}

/* False with errno ETIMEDOUT when the deadline came first. */
static bool wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	for (;;) {
		const int64_t left = deadline - vm_clock_monotonic_ms();
		const int ready = poll(&poll_fd, 1,
				       left <= 0        ? 0
				       : left > INT_MAX ? INT_MAX
							: (int)left);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
		if (left <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

ssize_t vm_stream_wire_read(struct vm_stream *stream, void *bytes, size_t length, int64_t deadline)
{
	for (;;) {
		ssize_t got = 0;

		if (!wait_for(stream->read_fd, POLLIN, deadline))
			return -1;
		got = stream->read_is_socket ? recv(stream->read_fd, bytes, length, MSG_DONTWAIT)
					     : read(stream->read_fd, bytes, length);
		if (got >= 0 || (errno != EINTR && errno != EAGAIN))
			return got;
	}
}

/* One step of a write that never blocks longer than we wait. */
static ssize_t write_step(const struct vm_stream *stream, const char *bytes, size_t length)
{
	if (stream->write_is_socket)
		return send(stream->write_fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A pipe that polls writable takes this much without blocking. */
	return write(stream->write_fd, bytes, length < PIPE_BUF ? length : PIPE_BUF);
}

ssize_t vm_stream_wire_write(struct vm_stream *stream, const void *bytes, size_t length,
			     int64_t deadline)
{
	const char *const from = bytes;
	size_t done = 0;

	while (done < length) {
		ssize_t written = -1;

		/* A socket is tried first: it nearly always has room. */
		if (!stream->write_is_socket && !wait_for(stream->write_fd, POLLOUT, deadline))
			return -1;
		written = write_step(stream, from + done, length - done);
		if (written >= 0)
			done += (size_t)written;
		else if (errno == EAGAIN && !wait_for(stream->write_fd, POLLOUT, deadline))
			return -1;
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return (ssize_t)length;
}

static ssize_t layered_read(struct vm_stream *stream, void *bytes, size_t length, int64_t deadline)
{
	if (stream->layer != NULL)
		return stream->layer->read(stream->layer_state, stream, bytes, length, deadline);
	return vm_stream_wire_read(stream, bytes, length, deadline);
}

/* Reads once behind what is buffered; the caller has seen to it that there is room. */
static enum vm_status fill(struct vm_stream *stream, int64_t deadline, struct vm_error *err)
{
	const size_t held = stream->input_end - stream->input_start;
	enum vm_status status = VM_OK;
	ssize_t got = 0;

	if (stream->output.length > 0)
		status = vm_stream_flush(stream, err);
	if (status != VM_OK)
		return status;
	if (stream->input_start > 0 && held > 0)
		memmove(stream->input, stream->input + stream->input_start, held);
	stream->input_start = 0;
	stream->input_end = held;
	got = layered_read(stream, stream->input + held, stream->input_size - held, deadline);
	if (got == 0)
		return vm_fail(err, VM_NOT_FOUND, "the other side has closed the connection");
	if (got < 0 && errno == ECONNRESET)
		return vm_fail(err, VM_NOT_FOUND, "the other side has broken the connection");
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot read from the connection");
	stream->input_end += (size_t)got;
	return VM_OK;
}

/* Takes a line of `length` bytes with its LF out of the buffer. */
static char *take_line(struct vm_stream *stream, size_t *length, enum vm_line_end *ending)
{
	char *const line = stream->input + stream->input_start;

	stream->input_start += *length + 1;
	*ending = VM_LINE_LF;
	if (*length > 0 && line[*length - 1] == '\r') {
		(*length)--;
		*ending = VM_LINE_CRLF;
	}
	line[*length] = '\0';
	return line;
}

static enum vm_status fail_long_line(struct vm_stream *stream, struct vm_error *err)
{
	stream->skips_line = false;
	return vm_fail(err, VM_INVALID, "a line is longer than %zu bytes", stream->input_size);
}

enum vm_status vm_stream_read_line(struct vm_stream *stream, char **line, size_t *length,
				   enum vm_line_end *ending, struct vm_error *err)
{
	const int64_t deadline = deadline_of(stream);
	size_t searched = 0;

	for (;;) {
		const char *const start = stream->input + stream->input_start;
		const size_t held = stream->input_end - stream->input_start;
		const char *const lf = memchr(start + searched, '\n', held - searched);
		enum vm_status status = VM_INTERNAL;

		if (lf != NULL) {
			*length = (size_t)(lf - start);
			*line = take_line(stream, length, ending);
			return stream->skips_line ? fail_long_line(stream, err) : VM_OK;
		}
		searched = held;
		if (held == stream->input_size || stream->skips_line) {
			stream->skips_line = true;
			vm_stream_discard_input(stream);
			searched = 0;
		}
		status = fill(stream, deadline, err);
		if (status != VM_OK)
			return status;
	}
}

enum vm_status vm_stream_peek(struct vm_stream *stream, const char **bytes, size_t *length,
			      struct vm_error *err)
{
	return vm_stream_peek_more(stream, 0, bytes, length, err);
}

enum vm_status vm_stream_peek_more(struct vm_stream *stream, size_t held, const char **bytes,
				   size_t *length, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (held >= stream->input_size)
		return vm_fail(err, VM_LIMIT, "more than %zu bytes are asked for at once",
			       stream->input_size);
	if (vm_stream_buffered(stream) <= held)
		status = fill(stream, deadline_of(stream), err);
	*bytes = stream->input + stream->input_start;
	*length = vm_stream_buffered(stream);
	return status;
}

void vm_stream_take(struct vm_stream *stream, size_t count)
{
	const size_t held = vm_stream_buffered(stream);

	stream->input_start += count < held ? count : held;
}

enum vm_status vm_stream_read_some(struct vm_stream *stream, void *bytes, size_t maximum,
				   size_t *length, struct vm_error *err)
{
	const char *shown = "";
	size_t available = 0;
	const enum vm_status status = vm_stream_peek(stream, &shown, &available, err);

	*length = 0;
	if (status != VM_OK)
		return status;
	*length = available < maximum ? available : maximum;
	memcpy(bytes, shown, *length);
	vm_stream_take(stream, *length);
	return VM_OK;
}

enum vm_status vm_stream_read_exact(struct vm_stream *stream, void *bytes, size_t length,
				    struct vm_error *err)
{
	char *out = bytes;

	while (length > 0) {
		size_t got = 0;
		const enum vm_status status = vm_stream_read_some(stream, out, length, &got, err);

		if (status != VM_OK)
			return status;
		out += got;
		length -= got;
	}
	return VM_OK;
}

size_t vm_stream_buffered(const struct vm_stream *stream)
{
	return stream->input_end - stream->input_start;
}

void vm_stream_discard_input(struct vm_stream *stream)
{
	stream->input_start = 0;
	stream->input_end = 0;
}

static enum vm_status after_append(struct vm_stream *stream, struct vm_error *err)
{
	if (stream->is_broken)
		return vm_fail(err, VM_TEMPFAIL, "the connection is broken");
	if (stream->output.failed) {
		stream->is_broken = true; /* half a reply must not go out */
		return vm_buf_check(&stream->output, "a reply", err);
	}
	return stream->output.length > VM_STREAM_OUTPUT_FULL ? vm_stream_flush(stream, err) : VM_OK;
}

enum vm_status vm_stream_write(struct vm_stream *stream, const void *bytes, size_t length,
			       struct vm_error *err)
{
	const char *from = bytes;
	enum vm_status status = VM_OK;

	do {
		const size_t step = length < VM_STREAM_OUTPUT_FULL ? length
								   : (size_t)VM_STREAM_OUTPUT_FULL;

		vm_buf_append(&stream->output, from, step);
		status = after_append(stream, err);
		from += step;
		length -= step;
	} while (length > 0 && status == VM_OK);
	return status;
}

enum vm_status vm_stream_write_text(struct vm_stream *stream, const char *text,
				    struct vm_error *err)
{
	return vm_stream_write(stream, text, strlen(text), err);
}

enum vm_status vm_stream_printf(struct vm_stream *stream, struct vm_error *err, const char *format,
				...)
{
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return vm_fail(err, VM_INTERNAL, "a reply cannot be formatted");
	if (vm_buf_reserve(&stream->output, (size_t)length)) {
		char *const end = stream->output.bytes + stream->output.length;

		va_start(arguments, format);
		(void)vsnprintf(end, (size_t)length + 1, format, arguments); /* as counted */
		va_end(arguments);
		stream->output.length += (size_t)length;
	}
	return after_append(stream, err);
}

enum vm_status vm_stream_flush(struct vm_stream *stream, struct vm_error *err)
{
	const int64_t deadline = deadline_of(stream);
	ssize_t written = 0;

	if (stream->is_broken)
		return vm_fail(err, VM_TEMPFAIL, "the connection is broken");
	if (stream->output.length == 0)
		return VM_OK;
	if (stream->layer != NULL)
		written = stream->layer->write(stream->layer_state, stream, stream->output.bytes,
					       stream->output.length, deadline);
	else
		written = vm_stream_wire_write(stream, stream->output.bytes, stream->output.length,
					       deadline);
	if (written < 0) {
		stream->is_broken = true;
		return vm_fail_errno(err, errno, "cannot write to the connection");
	}
	vm_buf_clear(&stream->output);
	return VM_OK;
}

void vm_stream_set_layer(struct vm_stream *stream, const struct vm_stream_layer *layer, void *state)
{
	drop_layer(stream);
	vm_stream_discard_input(stream);
	stream->skips_line = false;
	stream->layer = layer;
	stream->layer_state = state;
}
