/* The quota of a whole domain, where the setting domain_quotas is on. */
#ifndef VM_DELIVERY_DOMAIN_QUOTA_H
#define VM_DELIVERY_DOMAIN_QUOTA_H

#include "delivery/delivery_internal.h"

/* Takes room for one message of `size` bytes; counted again before it is refused. VM_LIMIT, or an indefinite status. */
enum vm_status vm_domain_quota_reserve(struct vm_run *run, uint64_t size);

/* Gives it back when the message was not stored. */
void vm_domain_quota_release(struct vm_run *run, uint64_t size);

#endif
