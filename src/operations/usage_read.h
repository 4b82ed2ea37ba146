/* What an account or a domain stores, as a delivery would see it: the store's counter, else maildirsize, else a count. */
#ifndef VM_OPERATIONS_USAGE_READ_H
#define VM_OPERATIONS_USAGE_READ_H

#include "operations/context.h"

/* VM_NOT_FOUND: no such account. A home that is not made yet holds nothing. */
enum vm_status vm_usage_read_account(const struct vm_context *context,
				     const struct vm_domain *domain, const char *user,
				     struct vm_usage *out, struct vm_error *err);

enum vm_status vm_usage_read_domain(const struct vm_context *context,
				    const struct vm_domain *domain, struct vm_usage *out,
				    struct vm_error *err);

#endif
