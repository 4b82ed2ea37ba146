/*
 * Which filters a message runs through before it is stored: settings, the account's flags, its domain's limits and the
 * override meet here, for deliveries and vexplain alike. Source: reference 1.2, 4.7.
 */
#ifndef VM_OPERATIONS_DELIVERY_FILTER_H
#define VM_OPERATIONS_DELIVERY_FILTER_H

#include "operations/account_access.h"

/* One filter: is it on at all, and does this account want it? */
struct vm_filter_switch {
	bool is_on; /* by the settings, for this kind of mailbox */
	struct vm_access access;
};

struct vm_filter_plan {
	bool program; /* the setting delivery_filter */
	struct vm_filter_switch spam;
	struct vm_filter_switch keep_spam; /* on when `spam` runs; not allowed: spam is deleted */
	struct vm_filter_switch maildrop;  /* stores by itself */
};

/* Where the message would go. */
enum vm_filter_place {
	VM_FILTER_MAILBOX, /* the account's own mailbox, for want of any line */
	VM_FILTER_MAILDIR, /* the Maildir of a line: maildrop has nothing to choose there */
};

/* Does it run? */
bool vm_filter_runs(const struct vm_filter_switch *filter);

/* The decision itself. */
struct vm_filter_plan vm_filter_decide(const struct vm_config *config, uint32_t account_flags,
				       const struct vm_limits *limits, enum vm_filter_place place);

/*
 * The same for a domain whose limits are read when a filter is on; account_flags is 0 where mail is nobody's own. Not VM_OK:
 * nobody knows, and the message has to wait.
 */
enum vm_status vm_filter_plan_make(const struct vm_context *context, const char *domain,
				   uint32_t account_flags, enum vm_filter_place place,
				   struct vm_filter_plan *out, struct vm_error *err);

#endif
