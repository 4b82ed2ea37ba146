/* How functions make their answers: util/virtmail_status.h says what those mean. */
#ifndef VM_UTIL_STATUS_H
#define VM_UTIL_STATUS_H

#include <stdbool.h>

#include "util/virtmail_status.h"

/* Fills err (never NULL) and returns status, so that callers write `return vm_fail(...)`. */
enum vm_status vm_fail(struct vm_error *err, enum vm_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As vm_fail, naming the input field that is at fault. */
enum vm_status vm_fail_field(struct vm_error *err, enum vm_status status, const char *field,
			     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* VM_TEMPFAIL with ": strerror(errnum)" appended; keeps errnum in err->sys_errno. */
enum vm_status vm_fail_errno(struct vm_error *err, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* VM_TEMPFAIL "out of memory". */
enum vm_status vm_fail_memory(struct vm_error *err);

/* True when the answer is known: everything before VM_TEMPFAIL. */
bool vm_status_is_definite(enum vm_status status);

/* The status in lower case as scripts see it: "ok", "not_found", ... */
const char *vm_status_name(enum vm_status status);

#endif
