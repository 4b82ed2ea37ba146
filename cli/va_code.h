/* 5.4's error numbers and texts for a definite "no". Source: reference 6.4. */
#ifndef VM_CLI_VA_CODE_H
#define VM_CLI_VA_CODE_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/status.h"

/* What 5.4 answers to a definite "no". */
struct vm_va_answer {
	enum vm_status status; /* VM_OK ends a table */
	const char *field;
	int number;       /* VA_... */
	const char *text; /* NULL: ours says more */
	bool is_bare;     /* without "Error: " before it */
};

/* 5.4's number, 0 or negative, for VM_OK and a definite no; -1 for one that has none. own as below. */
int vm_va_number(const struct vm_va_answer *own, enum vm_status status, const struct vm_error *err);

/*
 * 111 for every maybe; for a definite no 256 less 5.4's number, found by status and err->field, first in a command's
 * own answers (NULL: it has none); 255 for others.
 */
int vm_va_exit_code(const struct vm_va_answer *own, enum vm_status status,
		    const struct vm_error *err);

/* The line to print for a definite no, without its LF: 5.4's text where there is one that says as much as ours. */
void vm_va_print(const struct vm_va_answer *own, enum vm_status status, const struct vm_error *err,
		 struct vm_buf *out);

#endif
