/*
 * Put before each source when clang-tidy reads it, and never compiled: tells the analyzer what it cannot see across
 * files, that a failure is never VM_OK.
 */
#ifndef VM_LINT_ANALYZER_H
#define VM_LINT_ANALYZER_H

#include "config.h"

#include "util/status.h"

#define vm_fail(err, status, ...) ((void)(vm_fail)((err), (status), __VA_ARGS__), (status))
#define vm_fail_field(err, status, ...) \
	((void)(vm_fail_field)((err), (status), __VA_ARGS__), (status))
#define vm_fail_errno(err, ...) ((void)(vm_fail_errno)((err), __VA_ARGS__), VM_TEMPFAIL)
#define vm_fail_memory(err)     ((void)(vm_fail_memory)(err), VM_TEMPFAIL)

#endif
