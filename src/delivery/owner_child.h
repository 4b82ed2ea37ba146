/* The process that delivers one message, or checks one recipient, as the owner of a domain. */
#ifndef VM_DELIVERY_OWNER_CHILD_H
#define VM_DELIVERY_OWNER_CHILD_H

#include "core/config.h"
#include "util/log.h"

/*
 * The whole life of the child, as owner_keeper.h tells it; begun by root, whose right is given up at once. The exit code:
 * 0 after an answer, 111 (and a line in the log) without one.
 */
int vm_owner_child_run(const struct vm_config *config, const struct vm_log *log, const char *domain,
		       int socket);

#endif
