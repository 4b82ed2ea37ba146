/* The one answer type of every fallible function, and the text that goes with it. */
#ifndef VM_UTIL_STATUS_H
#define VM_UTIL_STATUS_H

#include <stdbool.h>

/*
 * Definite answers say what is so; indefinite ones say that nobody knows yet.
 * Only a definite answer may bounce, reject with 5xx, refuse a login or create something.
 */
enum vm_status {
	VM_OK = 0,
	VM_NOT_FOUND,
	VM_EXISTS,
	VM_INVALID,     /* the input can never be right */
	VM_DENIED,      /* a rule or a right forbids it */
	VM_LIMIT,       /* a quota or a maximum is reached */
	VM_UNSUPPORTED, /* this store or build does not do that */
	VM_TEMPFAIL,    /* try later: disk, database, lock, memory */
	VM_MISCONFIG,   /* the operator must mend a setting first */
	VM_INTERNAL,    /* a defect of ours; also what a function starts with */
};

enum { VM_ERROR_TEXT_MAX = 232, VM_ERROR_FIELD_MAX = 24 };

/* What went wrong, for people. Valid only beside a status that is not VM_OK. */
struct vm_error {
	enum vm_status status;
	int sys_errno;                  /* the errno behind it, 0 when none */
	char field[VM_ERROR_FIELD_MAX]; /* the input it is about ("password"), "" when none */
	char text[VM_ERROR_TEXT_MAX];   /* one line, no trailing dot, no secret */
};

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
