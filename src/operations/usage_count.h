/* Compares the store's usage counters with the Maildirs they count. */
#ifndef VM_OPERATIONS_USAGE_COUNT_H
#define VM_OPERATIONS_USAGE_COUNT_H

#include "operations/context.h"

/* What a count found. */
struct vm_usage_count {
	struct vm_usage there;   /* in the Maildirs */
	struct vm_usage counter; /* what the store said; 0 when it never counted */
	bool was_counted;
	size_t accounts; /* of a domain */
};

/* there less counter. */
int64_t vm_usage_drift_bytes(const struct vm_usage_count *count);
int64_t vm_usage_drift_messages(const struct vm_usage_count *count);

/*
 * Counts one account's Maildir, whose home may not be made yet, and asks for its counter while nothing changes it.
 * VM_UNSUPPORTED: the store counts domains alone. The caller is the domain's owner.
 */
enum vm_status vm_usage_count_account(const struct vm_context *context,
				      const struct vm_domain *domain,
				      const struct vm_account *account, struct vm_usage_count *out,
				      struct vm_error *err);

/*
 * Counts a domain's Maildirs. With `mend` counters that are wrong twice become right by what they lack, so that mail which
 * comes meanwhile is not lost from them, and what was never counted begins; *out is how it was before. `each` (may be
 * NULL) hears of every account whose counter was wrong.
 */
enum vm_status vm_usage_count_domain(
	const struct vm_context *context, const struct vm_domain *domain, bool mend,
	void (*each)(void *hearer, const char *user, const struct vm_usage_count *count),
	void *hearer, struct vm_usage_count *out, struct vm_error *err);

#endif
