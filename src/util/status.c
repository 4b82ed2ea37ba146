/* Fills struct vm_error and names statuses. */
#include <config.h>

#include "util/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

/* The text is made aside first: an argument may point into err->text (adding a prefix to it). */
__attribute__((format(printf, 5, 0))) static enum vm_status fail_v(struct vm_error *err,
								   enum vm_status status,
								   int errnum, const char *field,
								   const char *format,
								   va_list arguments)
{
	char text[VM_ERROR_TEXT_MAX];
	char field_copy[VM_ERROR_FIELD_MAX];

	/* A text that is cut at the maximum is still the best text there is. */
	if (vsnprintf(text, sizeof text, format, arguments) < 0)
		text[0] = '\0';
	make_one_line(text);
	(void)snprintf(field_copy, sizeof field_copy, "%s", field); /* cut when too long */
	err->status = status;
	err->sys_errno = errnum;
	memcpy(err->field, field_copy, sizeof err->field);
	memcpy(err->text, text, sizeof err->text);
	return status;
}

enum vm_status vm_fail(struct vm_error *err, enum vm_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail_v(err, status, 0, "", format, arguments);
	va_end(arguments);
	return status;
}

enum vm_status vm_fail_field(struct vm_error *err, enum vm_status status, const char *field,
			     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail_v(err, status, 0, field, format, arguments);
	va_end(arguments);
	return status;
}

enum vm_status vm_fail_errno(struct vm_error *err, int errnum, const char *format, ...)
{
	char reason[96];
	const char *description = strerror_r(errnum, reason, sizeof reason);
	size_t length = 0;
	va_list arguments;

	va_start(arguments, format);
	fail_v(err, VM_TEMPFAIL, errnum, "", format, arguments);
	va_end(arguments);
	/* A long name must not push the reason out of the line. */
	length = strlen(err->text);
	if (length + 2 + strlen(description) >= sizeof err->text)
		length = sizeof err->text - 3 - strlen(description);
	(void)snprintf(err->text + length, sizeof err->text - length, ": %s", description);
	return VM_TEMPFAIL;
}

enum vm_status vm_fail_memory(struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "out of memory");
}

bool vm_status_is_definite(enum vm_status status)
{
	return status < VM_TEMPFAIL;
}

const char *vm_status_name(enum vm_status status)
{
	switch (status) {
	case VM_OK:
		return "ok";
	case VM_NOT_FOUND:
		return "not_found";
	case VM_EXISTS:
		return "exists";
	case VM_INVALID:
		return "invalid";
	case VM_DENIED:
		return "denied";
	case VM_LIMIT:
		return "limit";
	case VM_UNSUPPORTED:
		return "unsupported";
	case VM_TEMPFAIL:
		return "tempfail";
	case VM_MISCONFIG:
		return "misconfig";
	case VM_INTERNAL:
		return "internal";
	}
	return "internal";
}
