/* Compares a domain's mail with what it may hold. */
#include <config.h>

#include "operations/domain_room.h"

#include "operations/usage_count.h"

enum vm_status vm_domain_room_quota(const struct vm_context *context,
				    const struct vm_domain *domain, struct vm_quota *out,
				    struct vm_error *err)
{
	struct vm_limits limits;
	enum vm_status status = VM_OK;

	*out = (struct vm_quota){ 0 };
	if (!context->config->domain_quotas)
		return VM_OK;
	status = vm_store_limits_get(context->store, domain->name, &limits, err);
	if (status != VM_OK)
		return status;
	out->bytes = limits.disk_quota_mb > (UINT64_MAX >> 21) ? UINT64_MAX >> 1
							       : limits.disk_quota_mb << 20;
	out->messages = limits.max_messages;
	return VM_OK;
}

static enum vm_status recount(const struct vm_context *context, const struct vm_domain *domain,
			      bool mends, struct vm_usage *sum, struct vm_error *err)
{
	struct vm_usage_count count;
	const enum vm_status status =
		vm_usage_count_domain(context, domain, mends, NULL, NULL, &count, err);

	*sum = count.there;
	return status;
}

enum vm_status vm_domain_room_check(const struct vm_context *context,
				    const struct vm_domain *domain, const struct vm_quota *quota,
				    uint64_t size, bool mends, struct vm_error *err)
{
	const struct vm_name name = { "", domain->name };
	struct vm_usage usage;
	bool is_counted = false;
	enum vm_status status = vm_store_usage_get(context->store, domain, name, &usage, err);

	if (status == VM_NOT_FOUND) {
		is_counted = true;
		status = recount(context, domain, mends, &usage, err);
	}
	if (status == VM_OK && !is_counted && vm_quota_is_exceeded_by(quota, &usage, size))
		status = recount(context, domain, mends, &usage, err);
	if (status == VM_OK && vm_quota_is_exceeded_by(quota, &usage, size))
		return vm_fail(err, VM_LIMIT, "domain is over quota");
	return status;
}
