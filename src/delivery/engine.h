/* The delivery engine: one message to one recipient. vdelivermail and vlmtpd are its two faces. Source: reference 4. */
#ifndef VM_DELIVERY_ENGINE_H
#define VM_DELIVERY_ENGINE_H

#include "delivery/message.h"
#include "operations/recipient_resolve.h"

/* What both faces may set. */
struct vm_delivery {
	const struct vm_context *context;
	struct vm_message message;
	const char *fallback; /* ACTION of vdelivermail's argv; NULL = as D/.qmail-default says */
};

/*
 * Delivers to user@domain (parsed; the domain may be an alias; the user may be an alias, user-extension or unknown). The
 * process must be root or the owner of the domain, else the result is foreign; a forward into a domain of another user goes
 * to qmail-queue as any other. After VM_OK every copy is on disk or handed over.
 */
void vm_deliver(const struct vm_delivery *delivery, const struct vm_address *recipient,
		struct vm_delivery_result *result);

/*
 * May mail for this recipient be accepted? The same search without a message (RCPT). Over quota is found out by size.
 */
void vm_delivery_check(const struct vm_delivery *delivery, const struct vm_address *recipient,
		       struct vm_delivery_result *result);

#endif
