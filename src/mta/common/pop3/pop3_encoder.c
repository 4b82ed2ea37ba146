/* Encodes a stored message for transmission. */
#include "config.h"

#include "mta/common/pop3/pop3_encoder.h"

#include <string.h>

void vm_pop3_encoder_init(struct vm_pop3_encoder *encoder, struct vm_stream *output,
			  uint64_t body_lines)
{
	*encoder = (struct vm_pop3_encoder){
		.output = output,
		.body_lines_left = body_lines,
		.at_line_start = true,
		.line_is_empty = true,
	};
}

static void put(struct vm_pop3_encoder *encoder, const char *bytes, size_t length)
{
	struct vm_error err;

	/* A failure stays in the stream. */
	(void)vm_stream_write(encoder->output, bytes, length, &err);
}

/* The part of a line that is there; the doubled dot is not a part of the message. */
static void put_line_part(struct vm_pop3_encoder *encoder, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (encoder->at_line_start && bytes[0] == '.')
		put(encoder, ".", 1);
	put(encoder, bytes, length);
	encoder->octets += length;
	encoder->at_line_start = false;
	encoder->after_cr = bytes[length - 1] == '\r';
	/* A line of nothing but the CR of its own end is empty too. */
	if (length > 1 || bytes[0] != '\r')
		encoder->line_is_empty = false;
}

static void end_line(struct vm_pop3_encoder *encoder)
{
	const size_t length = encoder->after_cr ? 1 : 2;

	put(encoder, encoder->after_cr ? "\n" : "\r\n", length);
	encoder->octets += length;
	if (encoder->in_body && encoder->body_lines_left != UINT64_MAX)
		encoder->body_lines_left--;
	if (encoder->line_is_empty)
		encoder->in_body = true;
	encoder->at_line_start = true;
	encoder->after_cr = false;
	encoder->line_is_empty = true;
}

void vm_pop3_encoder_feed(struct vm_pop3_encoder *encoder, const char *bytes, size_t length)
{
	while (length > 0 && !encoder->finished) {
		const char *line_end = memchr(bytes, '\n', length);
		const size_t part = line_end != NULL ? (size_t)(line_end - bytes) : length;

		if (encoder->in_body && encoder->body_lines_left == 0) {
			encoder->finished = true;
			return;
		}
		put_line_part(encoder, bytes, part);
		if (line_end == NULL)
			return;
		end_line(encoder);
		bytes += part + 1;
		length -= part + 1;
	}
}

void vm_pop3_encoder_finish(struct vm_pop3_encoder *encoder)
{
	if (!encoder->at_line_start)
		end_line(encoder);
	put(encoder, ".\r\n", 3);
	encoder->finished = true;
}

uint64_t vm_pop3_count_octets(const char *bytes, size_t length, bool *after_cr)
{
	const char *at = bytes;
	const char *end = bytes + length;
	uint64_t octets = length;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		if (line_end == NULL)
			break;
		if (line_end > bytes ? line_end[-1] != '\r' : !*after_cr)
			octets++;
		at = line_end + 1;
	}
	if (length > 0)
		*after_cr = end[-1] == '\r';
	return octets;
}
