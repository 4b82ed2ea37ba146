/* What every operation works with. */
#ifndef VM_OPERATIONS_CONTEXT_H
#define VM_OPERATIONS_CONTEXT_H

#include "auth/store.h"
#include "core/config.h"
#include "util/log.h"

#define VM_HOOK_VARIABLE "VPOPMAIL_ONCHANGE"

struct vm_context {
	const struct vm_config *config;
	struct vm_store *store;
	const struct vm_log *log;
	bool is_nested; /* part of a greater change: see on_change.h */
	bool below_hook; /* the program of on_change.h started this process: VM_HOOK_VARIABLE is set */
};

#endif
