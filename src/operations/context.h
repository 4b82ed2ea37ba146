/* What every operation works with. */
#ifndef VM_OPERATIONS_CONTEXT_H
#define VM_OPERATIONS_CONTEXT_H

#include "auth/store.h"
#include "core/config.h"
#include "util/log.h"

struct vm_context {
	const struct vm_config *config;
	struct vm_store *store;
	const struct vm_log *log;
};

#endif
