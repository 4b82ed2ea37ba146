/* What a whole domain stores: D/.usage, "BYTES MESSAGES\n". */
#ifndef VM_CORE_USAGE_FILE_H
#define VM_CORE_USAGE_FILE_H

#include "core/account.h"
#include "util/status.h"

/* A counter after a change: never below 0 nor above INT64_MAX. */
uint64_t vm_usage_move(uint64_t value, int64_t change);

/* `folder` is an open descriptor of D. */

/* VM_NOT_FOUND: never counted, or the file is damaged: count again with vm_usage_file_set. */
enum vm_status vm_usage_file_get(int folder, struct vm_usage *out, struct vm_error *err);

/* Adds signed deltas under the lock .usage.lock; never below 0. VM_NOT_FOUND, nothing done: never counted. */
enum vm_status vm_usage_file_add(int folder, int64_t bytes, int64_t messages, struct vm_error *err);

/* Replaces the counter with a counted value. */
enum vm_status vm_usage_file_set(int folder, const struct vm_usage *usage, struct vm_error *err);

/* Never counted from now on, which is no failure where it never was. */
enum vm_status vm_usage_file_forget(int folder, struct vm_error *err);

#endif
