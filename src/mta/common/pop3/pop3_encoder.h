/* A stored message as POP3 transmits it: line ends are CRLF, a dot that begins a line is doubled. RFC 1939 section 3. */
#ifndef VM_MTA_COMMON_POP3_POP3_ENCODER_H
#define VM_MTA_COMMON_POP3_POP3_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/stream.h"

struct vm_pop3_encoder {
	struct vm_stream *output;
	uint64_t body_lines_left; /* TOP; UINT64_MAX for all */
	uint64_t octets;          /* transmitted, doubled dots not counted: what LIST promises */
	bool at_line_start, after_cr;
	bool in_body, line_is_empty, finished;
};

/* body_lines: how many lines after the header are wanted, UINT64_MAX for the whole message. */
void vm_pop3_encoder_init(struct vm_pop3_encoder *encoder, struct vm_stream *output,
			  uint64_t body_lines);

/*
 * The next part of the stored message. A CRLF that is stored is not doubled; a bare CR stays. A client that is gone
 * shows in output->is_broken.
 */
void vm_pop3_encoder_feed(struct vm_pop3_encoder *encoder, const char *bytes, size_t length);

/* Completes a last line without an end, and writes the line with the dot. */
void vm_pop3_encoder_finish(struct vm_pop3_encoder *encoder);

/*
 * Octets that the stored bytes add, found without building them: for a message's size. *after_cr is carried from
 * part to part; false at first.
 */
uint64_t vm_pop3_count_octets(const char *bytes, size_t length, bool *after_cr);

#endif
