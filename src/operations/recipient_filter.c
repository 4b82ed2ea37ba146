/* Explains which filters a delivery would run. */
#include <config.h>

#include "operations/delivery_filter.h"
#include "operations/recipient_internal.h"

static const char *rule_text(const struct vm_access *access)
{
	switch (access->rule) {
	case VM_ACCESS_NO_FLAG:
		return "no flag forbids it";
	case VM_ACCESS_ACCOUNT_FLAG:
		return "by the account's flag";
	case VM_ACCESS_DOMAIN_FLAG:
		return "by the domain's limits";
	case VM_ACCESS_OVERRIDE:
		return "the account is not subject to the domain's limits";
	}
	return "";
}

static void note_switch(struct vm_resolve *resolve, const char *rule,
			const struct vm_filter_switch *filter, const char *program)
{
	if (!filter->is_on)
		return;
	if (vm_filter_runs(filter))
		vm_resolve_note(resolve, true, rule, "%s is run: %s", program,
				rule_text(&filter->access));
	else
		vm_resolve_note(resolve, false, rule, "%s is not run: %s", program,
				rule_text(&filter->access));
}

static void note_spam(struct vm_resolve *resolve, const struct vm_filter_plan *plan)
{
	const struct vm_config *const config = resolve->context->config;

	if (!plan->keep_spam.is_on)
		return;
	if (!plan->keep_spam.access.is_allowed)
		vm_resolve_note(resolve, true, "spam", "is deleted %s",
				rule_text(&plan->keep_spam.access));
	else if (config->spam_junk_folder[0] != '\0')
		vm_resolve_note(resolve, true, "spam", "goes to the folder %s",
				config->spam_junk_folder);
	else
		vm_resolve_note(resolve, true, "spam", "is stored as other mail");
	if (plan->keep_spam.access.is_allowed && config->spam_delete_level > 0)
		vm_resolve_note(resolve, true, "spam", "is deleted from level %u on",
				(unsigned int)config->spam_delete_level);
}

enum vm_status vm_resolve_explain_filters(struct vm_resolve *resolve,
					  const struct vm_account *account,
					  enum vm_filter_place place)
{
	const struct vm_config *const config = resolve->context->config;
	struct vm_filter_plan plan;
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (resolve->mode != VM_RESOLVE_EXPLAIN)
		return VM_OK;
	status = vm_filter_plan_make(resolve->context, resolve->domain.name,
				     account == NULL ? 0 : account->flags, place, &plan, &err);
	if (status != VM_OK)
		return vm_result_fail(resolve->result, status, &err);
	if (plan.program)
		vm_resolve_note(resolve, true, "delivery-filter", "%s is run",
				config->delivery_filter);
	note_switch(resolve, "spamassassin", &plan.spam, config->spamc_program);
	note_spam(resolve, &plan);
	note_switch(resolve, "maildrop", &plan.maildrop, config->maildrop_program);
	return VM_OK;
}
