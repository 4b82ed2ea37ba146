/* A growing byte buffer that is born with a maximum and remembers that it failed. */
#ifndef VM_UTIL_BUF_H
#define VM_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "util/status.h"

struct vm_buf {
	char *bytes; /* never NULL after init; always followed by a NUL that is not counted */
	size_t length;
	size_t capacity;
	size_t maximum; /* length never passes this */
	bool failed;    /* sticky: memory or the maximum ran out, content is incomplete */
};

/* Empty, owns nothing yet. Cannot fail. */
void vm_buf_init(struct vm_buf *buf, size_t maximum);

/* Wipes and frees; the buffer is then as after init. */
void vm_buf_release(struct vm_buf *buf);

/* Length 0 and not failed; keeps (and wipes) the memory. */
void vm_buf_clear(struct vm_buf *buf);

/* Appends; after a failure these do nothing. Ask vm_buf_check() once at the end. */
void vm_buf_append(struct vm_buf *buf, const void *bytes, size_t length);
void vm_buf_append_text(struct vm_buf *buf, const char *text);
void vm_buf_append_byte(struct vm_buf *buf, char byte);
void vm_buf_printf(struct vm_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Room for `extra` bytes behind length, so that a caller may read() straight into bytes + length and then add to
 * length (and set the NUL). False, and failed, when the maximum or memory is exhausted.
 */
bool vm_buf_reserve(struct vm_buf *buf, size_t extra);

/* Drops the first count bytes (count <= length). */
void vm_buf_consume(struct vm_buf *buf, size_t count);

/* VM_OK, or VM_TEMPFAIL when an append failed: `what` names the thing that grew too long. */
enum vm_status vm_buf_check(const struct vm_buf *buf, const char *what, struct vm_error *err);

#endif
