/* Takes messages that their owner removed out of the store's counters. */
#ifndef VM_OPERATIONS_USAGE_REMOVED_H
#define VM_OPERATIONS_USAGE_REMOVED_H

#include "operations/context.h"

/*
 * `login` is the name as the user typed it. VM_OK also where nothing is counted. A failure is the caller's to log: vusage and
 * the recount before a refusal find what is missing.
 */
enum vm_status vm_usage_removed(const struct vm_config *config, const char *login,
				const struct vm_usage *removed, struct vm_error *err);

#endif
