/* What who administers a domain may do there: perm_* of its limits, for everybody but postmaster. Source: reference 1.2, 1.11, 7.2. */
#ifndef VM_OPERATIONS_DELEGATION_H
#define VM_OPERATIONS_DELEGATION_H

#include "operations/context.h"

/* Each may what those before it may. */
enum vm_admin_level {
	VM_ADMIN_NONE,       /* an account like others */
	VM_ADMIN_DOMAIN,     /* of its domain, by its flag; obeys the permissions */
	VM_ADMIN_POSTMASTER, /* of its domain, by its name, or not subject to the domain's limits */
	VM_ADMIN_SYSTEM,     /* of all domains, by its flag */
};

/* What the permissions speak of. */
enum vm_admin_matter {
	VM_MATTER_ACCOUNT,
	VM_MATTER_ALIAS,
	VM_MATTER_FORWARD,
	VM_MATTER_AUTORESPONDER,
	VM_MATTER_LIST,
	VM_MATTER_LIST_USERS,
	VM_MATTER_LIST_MODERATORS,
	VM_MATTER_QUOTA, /* of an account */
	VM_MATTER_DEFAULT_QUOTA,
};
enum { VM_MATTERS = VM_MATTER_DEFAULT_QUOTA + 1 };

enum vm_admin_level vm_admin_level_of(const struct vm_account *admin);

/* The bits VM_DENY_* that the limits hold for the matter. */
uint8_t vm_admin_denied(const struct vm_limits *limits, enum vm_admin_matter matter);

/*
 * May the account do `acts` (VM_DENY_CREATE, VM_DENY_MODIFY, VM_DENY_DELETE, or several) to the matter in the domain, which
 * may be named by an alias? VM_OK; VM_DENIED, and why; VM_NOT_FOUND ("domain"): only who may ask about all domains
 * hears that there is none.
 */
enum vm_status vm_admin_check(const struct vm_context *context, const struct vm_account *admin,
			      const char *domain, enum vm_admin_matter matter, unsigned int acts,
			      struct vm_error *err);

#endif
