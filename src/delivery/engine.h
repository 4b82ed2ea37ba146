/* The delivery engine: one message to one recipient. vdelivermail and vlmtpd are its two faces. Source: reference 4. */
#ifndef VM_DELIVERY_ENGINE_H
#define VM_DELIVERY_ENGINE_H

#include "delivery/message.h"
#include "operations/context.h"

enum { VM_DELIVERY_TEXT_MAX = 600 };

struct vm_delivery_result {
	/*
	 * VM_OK: delivered, forwarded or discarded as told. VM_NOT_FOUND: no such mailbox (5.1.1). VM_LIMIT: over quota
	 * (5.2.2). VM_DENIED: refused for good (5.7.1, a loop 5.4.6). VM_INVALID: an address that can never be (5.1.3).
	 * Indefinite: later (4.x.x).
	 */
	enum vm_status status;
	const char *code;                /* enhanced status code (RFC 3463), e.g. "5.1.1" */
	char text[VM_DELIVERY_TEXT_MAX]; /* for the sender of the message; may have several lines */
	bool stop;                       /* a program exited 99 */
	bool is_foreign; /* nothing was done (VM_TEMPFAIL): the domain is another user's, who alone may */
	char domain[VM_DOMAIN_MAX + 1]; /* that domain, not its alias; "" unless is_foreign */
};

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
