/* The growing byte buffer. */
#include <config.h>

#include "util/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/secret.h"

enum { FIRST_CAPACITY = 128 };

/* What bytes points to while nothing is owned; only ever holds its NUL. */
static char no_bytes[1];

void vm_buf_init(struct vm_buf *buf, size_t maximum)
{
	buf->bytes = no_bytes;
	buf->length = 0;
	buf->capacity = 0;
	buf->maximum = maximum;
	buf->failed = false;
}

/* Whatever shortens a buffer wipes what it cuts off: behind its end there was never more than reserved room. */
void vm_buf_release(struct vm_buf *buf)
{
	if (buf->capacity > 0) {
		vm_wipe(buf->bytes, buf->length);
		free(buf->bytes);
	}
	vm_buf_init(buf, buf->maximum);
}

void vm_buf_clear(struct vm_buf *buf)
{
	if (buf->capacity > 0)
		vm_wipe(buf->bytes, buf->length + 1);
	buf->length = 0;
	buf->failed = false;
}

/* Not realloc: it would leave a copy of the old bytes behind, and they may be a password. */
static bool grow(struct vm_buf *buf, size_t needed)
{
	size_t capacity = buf->capacity == 0 ? FIRST_CAPACITY : buf->capacity;
	char *bytes = NULL;

	while (capacity < needed)
		capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
	bytes = malloc(capacity);
	if (bytes == NULL)
		return false;
	memcpy(bytes, buf->bytes, buf->length);
	bytes[buf->length] = '\0';
	if (buf->capacity > 0) {
		vm_wipe(buf->bytes, buf->length);
		free(buf->bytes);
	}
	buf->bytes = bytes;
	buf->capacity = capacity;
	return true;
}

bool vm_buf_reserve(struct vm_buf *buf, size_t extra)
{
	if (buf->failed)
		return false;
	if (extra > buf->maximum - buf->length || extra >= SIZE_MAX - buf->length)
		buf->failed = true;
	else if (buf->capacity < buf->length + extra + 1)
		buf->failed = !grow(buf, buf->length + extra + 1);
	return !buf->failed;
}

void vm_buf_append(struct vm_buf *buf, const void *bytes, size_t length)
{
	if (length == 0 || !vm_buf_reserve(buf, length))
		return;
	memcpy(buf->bytes + buf->length, bytes, length);
	buf->length += length;
	buf->bytes[buf->length] = '\0';
}

void vm_buf_append_text(struct vm_buf *buf, const char *text)
{
	vm_buf_append(buf, text, strlen(text));
}

void vm_buf_append_byte(struct vm_buf *buf, char byte)
{
	vm_buf_append(buf, &byte, 1);
}

void vm_buf_printf(struct vm_buf *buf, const char *format, ...)
{
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		buf->failed = true;
	if (length <= 0 || !vm_buf_reserve(buf, (size_t)length))
		return;
	va_start(arguments, format);
	length = vsnprintf(buf->bytes + buf->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buf->length += length > 0 ? (size_t)length : 0;
}

void vm_buf_consume(struct vm_buf *buf, size_t count)
{
	if (count == 0 || count > buf->length)
		return;
	memmove(buf->bytes, buf->bytes + count, buf->length - count);
	vm_wipe(buf->bytes + buf->length - count, count);
	buf->length -= count;
}

enum vm_status vm_buf_check(const struct vm_buf *buf, const char *what, struct vm_error *err)
{
	if (!buf->failed)
		return VM_OK;
	return vm_fail(err, VM_TEMPFAIL, "%s is longer than %zu bytes, or memory ran out", what,
		       buf->maximum);
}
