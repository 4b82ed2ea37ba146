/* The accounts of a domain against their homes, one after the other. */
#ifndef VM_OPERATIONS_CHECK_ACCOUNTS_H
#define VM_OPERATIONS_CHECK_ACCOUNTS_H

#include "operations/context.h"

/*
 * Kinds "home" (a Maildir or a part of it is missing), "maildirsize", "temporary" (in home, Maildir and tmp), "count" (the
 * record of how many accounts there are), "accounts" (a line that cannot be understood). *is_listed is false when the
 * accounts cannot all be read, which is then told. Runs as the domain's owner or root.
 */
enum vm_status vm_check_accounts(const struct vm_context *context, const struct vm_domain *domain,
				 const struct vm_check *check, bool *is_listed,
				 struct vm_error *err);

#endif
