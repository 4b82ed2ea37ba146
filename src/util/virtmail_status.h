/* The one answer type of every fallible function, and the text that goes with it. Installed: C programs see it too. */
#ifndef VIRTMAIL_STATUS_H
#define VIRTMAIL_STATUS_H

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

#endif
