/* Receives the bytes of a message. */
#include <config.h>

#include "delivery/lmtp_body.h"

#include "delivery/spool.h"
#include "util/file.h"

void vm_lmtp_body_init(struct vm_lmtp_body *body, const char *folder, uint64_t maximum)
{
	*body = (struct vm_lmtp_body){ .folder = folder, .maximum = maximum, .fd = -1 };
	vm_buf_init(&body->memory, VM_LMTP_MEMORY_MAX);
}

void vm_lmtp_body_release(struct vm_lmtp_body *body)
{
	vm_buf_release(&body->memory);
	vm_file_discard(&body->fd);
}

void vm_lmtp_body_clear(struct vm_lmtp_body *body)
{
	vm_buf_clear(&body->memory);
	vm_file_discard(&body->fd);
	body->size = 0;
	body->state = VM_LMTP_AT_LINE;
	body->is_complete = false;
	body->has_bare_end = false;
	body->is_too_big = false;
	body->status = VM_OK;
}

/* What was in memory goes on in a file. */
static void spill(struct vm_lmtp_body *body)
{
	body->status = vm_spool_open(body->folder, &body->fd, &body->err);
	if (body->status == VM_OK)
		body->status = vm_file_write(body->fd, "a temporary file", body->memory.bytes,
					     body->memory.length, &body->err);
	vm_buf_clear(&body->memory);
}

static void keep(struct vm_lmtp_body *body, const char *bytes, size_t length)
{
	if (body->maximum != 0 && length > body->maximum - body->size)
		body->is_too_big = true;
	if (length == 0 || body->is_too_big || body->status != VM_OK)
		return;
	if (body->fd < 0 && length > VM_LMTP_MEMORY_MAX - body->memory.length)
		spill(body);
	if (body->status != VM_OK)
		return;
	if (body->fd < 0) {
		vm_buf_append(&body->memory, bytes, length);
		if (body->memory.failed)
			body->status = vm_fail_memory(&body->err);
	} else {
		body->status =
			vm_file_write(body->fd, "a temporary file", bytes, length, &body->err);
	}
	body->size += length;
}

/* The bytes of a line up to its end go on in one piece. */
static size_t keep_run(struct vm_lmtp_body *body, const char *bytes, size_t length)
{
	size_t run = 0;

	while (run < length && bytes[run] != '\r' && bytes[run] != '\n')
		run++;
	keep(body, bytes, run);
	return run;
}

/* One byte that is not inside a plain run. */
static void feed_byte(struct vm_lmtp_body *body, char byte)
{
	const bool after_cr = body->state == VM_LMTP_AFTER_CR ||
			      body->state == VM_LMTP_AFTER_DOT_CR;

	if (byte == '\n' && body->state == VM_LMTP_AFTER_DOT_CR) {
		body->is_complete = true;
	} else if (byte == '\n' && after_cr) {
		keep(body, "\n", 1);
		body->state = VM_LMTP_AT_LINE;
	} else if (byte == '\n') {
		body->has_bare_end =
			true; /* LF alone is no line end: a dot behind it is not ours to read */
		keep(body, "\n", 1);
		body->state = VM_LMTP_IN_LINE;
	} else if (after_cr) {
		body->has_bare_end = true;
		keep(body, "\r", 1);
		body->state = byte == '\r' ? VM_LMTP_AFTER_CR : VM_LMTP_IN_LINE;
		if (byte != '\r')
			keep(body, &byte, 1);
	} else if (byte == '\r') {
		body->state = body->state == VM_LMTP_AFTER_DOT ? VM_LMTP_AFTER_DOT_CR
							       : VM_LMTP_AFTER_CR;
	} else if (byte == '.' && body->state == VM_LMTP_AT_LINE) {
		body->state =
			VM_LMTP_AFTER_DOT; /* the first dot of a line is never the message's own */
	} else {
		keep(body, &byte, 1);
		body->state = VM_LMTP_IN_LINE;
	}
}

size_t vm_lmtp_body_feed(struct vm_lmtp_body *body, const char *bytes, size_t length)
{
	size_t used = 0;

	while (used < length && !body->is_complete) {
		if (body->state == VM_LMTP_IN_LINE)
			used += keep_run(body, bytes + used, length - used);
		if (used < length)
			feed_byte(body, bytes[used++]);
	}
	return used;
}

void vm_lmtp_body_feed_chunk(struct vm_lmtp_body *body, const char *bytes, size_t length)
{
	for (size_t used = 0; used < length;) {
		if (body->state == VM_LMTP_AFTER_CR && bytes[used] != '\n')
			keep(body, "\r", 1);
		if (bytes[used] == '\r') {
			body->state = VM_LMTP_AFTER_CR;
			used++;
		} else if (bytes[used] == '\n') {
			keep(body, "\n", 1);
			body->state = VM_LMTP_IN_LINE;
			used++;
		} else {
			body->state = VM_LMTP_IN_LINE;
			used += keep_run(body, bytes + used, length - used);
		}
	}
}

void vm_lmtp_body_end_chunks(struct vm_lmtp_body *body)
{
	if (body->state == VM_LMTP_AFTER_CR)
		keep(body, "\r", 1);
	body->state = VM_LMTP_AT_LINE;
}
