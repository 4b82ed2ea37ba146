/* How a worker of vlmtpd delivers to domains of other users: it asks the keeper (owner_keeper.h) for a process of theirs. */
#ifndef VM_DELIVERY_OWNER_CLIENT_H
#define VM_DELIVERY_OWNER_CLIENT_H

#include "delivery/engine.h"
#include "delivery/owner_request.h"

struct vm_owner_client {
	int keeper; /* our end of its socket; -1: there is none, for we were not started by root */
	struct vm_owner_answer answer; /* the last one */
};

/*
 * As vm_deliver(), also where the result would be foreign. What goes wrong on the way to the owner is VM_TEMPFAIL and a
 * line in the log; it takes at most 10 seconds (io_timeout, when that is shorter) until the owner's process is there, and
 * then the time that it has. result->code is valid until the next call with this client.
 */
void vm_owner_deliver(struct vm_owner_client *client, const struct vm_delivery *delivery,
		      const struct vm_address *recipient, struct vm_delivery_result *result);

/* As vm_delivery_check(), likewise. */
void vm_owner_check(struct vm_owner_client *client, const struct vm_delivery *delivery,
		    const struct vm_address *recipient, struct vm_delivery_result *result);

#endif
