/* The quota of a whole domain, where the setting domain_quotas is on. */
#ifndef VM_DELIVERY_DOMAIN_QUOTA_H
#define VM_DELIVERY_DOMAIN_QUOTA_H

#include "delivery/delivery_internal.h"
#include "util/file_lock.h"

/* One delivery of the domain decides at a time: until the hold ends no other one can take the same room. */
struct vm_domain_hold {
	struct vm_file_lock lock;
	bool is_active; /* there is a domain quota to obey */
};

/*
 * Waits for the domain and asks for room for one message of `size` bytes; counts the accounts again before it is refused.
 * VM_OK: the hold is taken and must be ended; VM_LIMIT or an indefinite status: it is not.
 */
enum vm_status vm_domain_quota_begin(struct vm_run *run, uint64_t size,
				     struct vm_domain_hold *hold);

/*
 * One message more of `size` bytes is in the Maildir of `account` (NULL: of nobody): in the store's counters, where those
 * are kept. What fails is logged.
 */
void vm_domain_usage_note(struct vm_run *run, const struct vm_account *account, uint64_t size);

/*
 * Ends the hold; `is_stored` says that the message is in its Maildir, which is that of `account` (NULL: of nobody). A count
 * that cannot be changed is made anew before the next refusal.
 */
void vm_domain_quota_end(struct vm_run *run, const struct vm_account *account, uint64_t size,
			 bool is_stored, struct vm_domain_hold *hold);

#endif
