/* 5.4's error numbers and texts for a definite "no". Source: reference 6.4. */
#ifndef VM_CLI_VA_CODE_H
#define VM_CLI_VA_CODE_H

#include "util/status.h"

/* 111 for every maybe; for a definite no 256 less 5.4's number, found by status and err->field; 255 for others. */
int vm_va_exit_code(enum vm_status status, const struct vm_error *err);

/* 5.4's text where there is one that says as much as ours, else err->text. */
const char *vm_va_text(enum vm_status status, const struct vm_error *err);

#endif
