/* A buffered conversation over a socket or a pair of pipes, with timeouts; TLS can be put under it (tls.h). */
#ifndef VM_UTIL_STREAM_H
#define VM_UTIL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/status.h"

struct vm_stream;

/*
 * What may lie between the buffers and the descriptors. read and write answer as the system calls do, with errno
 * (ETIMEDOUT after the deadline, in vm_clock_monotonic_ms), and do their input and output by vm_stream_wire_*.
 */
struct vm_stream_layer {
	ssize_t (*read)(void *state, struct vm_stream *stream, void *bytes, size_t length,
			int64_t deadline);
	ssize_t (*write)(void *state, struct vm_stream *stream, const void *bytes, size_t length,
			 int64_t deadline);
	/* Says goodbye as far as that is possible without waiting, and frees state. */
	void (*close)(void *state, struct vm_stream *stream);
};

enum vm_line_end { VM_LINE_LF, VM_LINE_CRLF };

struct vm_stream {
	int read_fd, write_fd; /* borrowed; the same for a socket */
	bool read_is_socket, write_is_socket;
	bool is_broken;  /* sticky: a write failed */
	bool skips_line; /* the rest of an over-long line is still to come */
	int timeout_seconds;
	char *input; /* unread bytes are [input_start, input_end) */
	size_t input_size, input_start, input_end;
	struct vm_buf output;
	const struct vm_stream_layer *layer; /* NULL = plain */
	void *layer_state;
};

enum {
	VM_STREAM_OUTPUT_FULL = 32768
}; /* more waiting output than this is sent without being asked */

/*
 * input_size bytes of input buffer bound the longest line (its end included). Sets TCP_NODELAY where there is such
 * a thing. The descriptors stay as they are (blocking or not). VM_TEMPFAIL without memory.
 */
enum vm_status vm_stream_init(struct vm_stream *stream, int read_fd, int write_fd,
			      size_t input_size, int timeout_seconds, struct vm_error *err);

/* Closes the layer, wipes and frees; output that was not flushed is lost. The descriptors stay open. */
void vm_stream_release(struct vm_stream *stream);

/* Every wait from now on: for a line, a block or room to write. */
void vm_stream_set_timeout(struct vm_stream *stream, int seconds);

/*
 * The next line without its LF or CRLF, a NUL behind it (*length tells where the line may hold others), valid
 * until the next call. Waiting output is flushed before it blocks, so that replies to a pipelined group leave in one
 * packet. The whole line has the timeout, not each byte.
 * VM_OK; VM_NOT_FOUND at the end of input (a part of a line is dropped); VM_INVALID for a line that does not fit: it
 * is dropped whole, and the next call goes on after it; VM_TEMPFAIL on errors, err->sys_errno ETIMEDOUT when time
 * ran out.
 */
enum vm_status vm_stream_read_line(struct vm_stream *stream, char **line, size_t *length,
				   enum vm_line_end *ending, struct vm_error *err);

/*
 * Waits until at least one byte is there and shows all that is buffered, without copying; vm_stream_take() uses it
 * up. Waiting output is flushed before it blocks. Statuses as above (never VM_INVALID).
 */
enum vm_status vm_stream_peek(struct vm_stream *stream, const char **bytes, size_t *length,
			      struct vm_error *err);

/* As peek, but waits for more than the `held` bytes already shown; VM_LIMIT when the buffer is full. */
enum vm_status vm_stream_peek_more(struct vm_stream *stream, size_t held, const char **bytes,
				   size_t *length, struct vm_error *err);

/* Drops count shown bytes (at most what peek showed). */
void vm_stream_take(struct vm_stream *stream, size_t count);

/* 1 to maximum bytes. Statuses as peek. */
enum vm_status vm_stream_read_some(struct vm_stream *stream, void *bytes, size_t maximum,
				   size_t *length, struct vm_error *err);

/* Exactly length bytes; an earlier end is VM_NOT_FOUND. */
enum vm_status vm_stream_read_exact(struct vm_stream *stream, void *bytes, size_t length,
				    struct vm_error *err);

/* Bytes that can be read without waiting for the wire. */
size_t vm_stream_buffered(const struct vm_stream *stream);

/* Forgets input that has been received and not read. */
void vm_stream_discard_input(struct vm_stream *stream);

/*
 * Adds to the output; it leaves with the next flush, in one write, or when VM_STREAM_OUTPUT_FULL is passed.
 * VM_TEMPFAIL once the other side is gone; so only the flush needs asking.
 */
enum vm_status vm_stream_write(struct vm_stream *stream, const void *bytes, size_t length,
			       struct vm_error *err);
enum vm_status vm_stream_write_text(struct vm_stream *stream, const char *text,
				    struct vm_error *err);
enum vm_status vm_stream_printf(struct vm_stream *stream, struct vm_error *err, const char *format,
				...) __attribute__((format(printf, 3, 4)));
enum vm_status vm_stream_flush(struct vm_stream *stream, struct vm_error *err);

/*
 * Puts a layer in place; the stream owns state from then on. Input received before is discarded: it came
 * unprotected and must not be taken for protected (CVE-2021-33515).
 */
void vm_stream_set_layer(struct vm_stream *stream, const struct vm_stream_layer *layer,
			 void *state);

/* For layers: the descriptors with a deadline; as read(2) and write(2), the write whole. */
ssize_t vm_stream_wire_read(struct vm_stream *stream, void *bytes, size_t length, int64_t deadline);
ssize_t vm_stream_wire_write(struct vm_stream *stream, const void *bytes, size_t length,
			     int64_t deadline);

#endif
