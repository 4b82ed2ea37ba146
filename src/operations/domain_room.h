/* Has a domain room for more mail? Its limits say how much it may hold (setting domain_quotas). */
#ifndef VM_OPERATIONS_DOMAIN_ROOM_H
#define VM_OPERATIONS_DOMAIN_ROOM_H

#include "core/quota.h"
#include "operations/context.h"

/* What the domain may hold; unlimited where domain_quotas is off. */
enum vm_status vm_domain_room_quota(const struct vm_context *context,
				    const struct vm_domain *domain, struct vm_quota *out,
				    struct vm_error *err);

/*
 * VM_LIMIT: a message of `size` bytes would pass the quota. A counter that is missing, or that would refuse, is counted anew
 * from the Maildirs first, and with `mends` set right. Two that ask at once both hear yes: who stores holds a lock.
 */
enum vm_status vm_domain_room_check(const struct vm_context *context,
				    const struct vm_domain *domain, const struct vm_quota *quota,
				    uint64_t size, bool mends, struct vm_error *err);

#endif
