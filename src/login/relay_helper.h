/* Opens a relay window as the vpopmail user for a login whose process becomes the owner of another uid's domain. */
#ifndef VM_LOGIN_RELAY_HELPER_H
#define VM_LOGIN_RELAY_HELPER_H

#include "operations/context.h"

struct vm_relay_helper {
	pid_t pid;  /* 0: none was started */
	int socket; /* its end of the talk */
};

/*
 * Starts a child of root that becomes the vpopmail user and waits to be told. To be called before root is given up. The
 * context's store is not used: the child opens its own.
 */
enum vm_status vm_relay_helper_start(struct vm_relay_helper *helper,
				     const struct vm_context *context, const char *ip,
				     struct vm_error *err);

/* Has the window opened, and waits until it is. Ends the helper. */
enum vm_status vm_relay_helper_open(struct vm_relay_helper *helper, struct vm_error *err);

/* Ends a helper that opens nothing; harmless when there is none. */
void vm_relay_helper_stop(struct vm_relay_helper *helper);

#endif
