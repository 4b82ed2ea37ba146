/* Decides which filters a message runs through. */
#include <config.h>

#include "operations/delivery_filter.h"

bool vm_filter_runs(const struct vm_filter_switch *filter)
{
	return filter->is_on && filter->access.is_allowed;
}

struct vm_filter_plan vm_filter_decide(const struct vm_config *config, uint32_t account_flags,
				       const struct vm_limits *limits, enum vm_filter_place place)
{
	struct vm_filter_plan plan = { .program = config->delivery_filter[0] != '\0' };

	plan.spam.is_on = config->spamassassin;
	plan.spam.access = vm_access_decide(account_flags, limits, VM_SERVICE_SPAM_FILTER);
	plan.keep_spam.is_on = vm_filter_runs(&plan.spam);
	plan.keep_spam.access = vm_access_decide(account_flags, limits, VM_SERVICE_KEEP_SPAM);
	plan.maildrop.is_on = config->maildrop && place == VM_FILTER_MAILBOX;
	plan.maildrop.access = vm_access_decide(account_flags, limits, VM_SERVICE_MAILDROP);
	return plan;
}

enum vm_status vm_filter_plan_make(const struct vm_context *context, const char *domain,
				   uint32_t account_flags, enum vm_filter_place place,
				   struct vm_filter_plan *out, struct vm_error *err)
{
	const struct vm_config *const config = context->config;
	struct vm_limits limits;
	enum vm_status status = VM_OK;

	*out = vm_filter_decide(config, account_flags, NULL, place);
	if (!out->spam.is_on && !out->maildrop.is_on)
		return VM_OK;
	status = vm_store_limits_get(context->store, domain, &limits, err);
	if (status == VM_OK)
		*out = vm_filter_decide(config, account_flags, &limits, place);
	return status;
}
