/* Obeys the quota of a whole domain. */
#include <config.h>

#include "delivery/domain_quota.h"

#include <fcntl.h>
#include <string.h>

#include "core/quota.h"
#include "operations/usage_count.h"
#include "util/file.h"
#include "util/text.h"

static struct vm_name domain_name(const struct vm_run *run)
{
	return (struct vm_name){ "", run->domain.name };
}

/* Counts the Maildirs and mends the counter. */
static enum vm_status recount(struct vm_run *run, struct vm_usage *sum, struct vm_error *err)
{
	struct vm_usage_count count;
	const enum vm_status status =
		vm_usage_count_domain(run->context, &run->domain, true, NULL, NULL, &count, err);

	*sum = count.there;
	return status;
}

/* The counter, made when it is missing, and counted anew before it refuses. */
static enum vm_status check_room(struct vm_run *run, const struct vm_quota *quota, uint64_t size,
				 struct vm_error *err)
{
	struct vm_usage usage;
	bool is_counted = false;
	enum vm_status status = vm_store_usage_get(run->context->store, &run->domain,
						   domain_name(run), &usage, err);

	if (status == VM_NOT_FOUND) {
		is_counted = true;
		status = recount(run, &usage, err);
	}
	if (status == VM_OK && !is_counted && vm_quota_is_exceeded_by(quota, &usage, size))
		status = recount(run, &usage, err);
	if (status == VM_OK && vm_quota_is_exceeded_by(quota, &usage, size))
		return VM_LIMIT;
	return status;
}

static enum vm_status take_lock(struct vm_run *run, struct vm_domain_hold *hold,
				struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, run->domain.dir, &folder, err);

	if (status == VM_OK)
		status = vm_file_lock_take(&hold->lock, folder, ".domain-quota.lock", err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_TEMPFAIL : status;
}

static enum vm_status get_quota(struct vm_run *run, struct vm_quota *quota, struct vm_error *err)
{
	struct vm_limits limits;
	enum vm_status status = VM_OK;

	*quota = (struct vm_quota){ 0 };
	if (!run->context->config->domain_quotas)
		return VM_OK;
	status = vm_store_limits_get(run->context->store, run->domain.name, &limits, err);
	if (status != VM_OK)
		return status;
	quota->bytes = limits.disk_quota_mb > (UINT64_MAX >> 21) ? UINT64_MAX >> 1
								 : limits.disk_quota_mb << 20;
	quota->messages = limits.max_messages;
	return VM_OK;
}

enum vm_status vm_domain_quota_begin(struct vm_run *run, uint64_t size, struct vm_domain_hold *hold)
{
	struct vm_quota quota;
	struct vm_error err;
	enum vm_status status = get_quota(run, &quota, &err);

	*hold = (struct vm_domain_hold){ .lock = { .fd = -1 } };
	hold->is_active = status == VM_OK && !vm_quota_is_unlimited(&quota);
	if (hold->is_active)
		status = take_lock(run, hold, &err);
	if (status == VM_OK && hold->is_active)
		status = check_room(run, &quota, size, &err);
	if (status == VM_OK)
		return VM_OK;
	vm_file_lock_release(&hold->lock);
	if (status == VM_LIMIT)
		return vm_run_end(run, VM_LIMIT, "5.2.2", "domain is over quota");
	return vm_run_fail(run, VM_TEMPFAIL, &err);
}

static void note(struct vm_run *run, const struct vm_account *account, uint64_t size)
{
	const struct vm_name name = { account == NULL ? "" : account->user, run->domain.name };
	struct vm_error err;
	const enum vm_status status =
		vm_store_usage_add(run->context->store, &run->domain, name, (int64_t)size, 1, &err);

	/* The message is stored: a counter that is wrong now is for vusage, and for the recount before a refusal. */
	if (status != VM_OK && status != VM_NOT_FOUND)
		vm_log_warning(run->context->log, "event=usage address=%s@%s text=\"%s\"",
			       name.user, name.domain, err.text);
}

void vm_domain_usage_note(struct vm_run *run, const struct vm_account *account, uint64_t size)
{
	if (vm_store_keeps_usage(run->context->store))
		note(run, account, size);
}

void vm_domain_quota_end(struct vm_run *run, const struct vm_account *account, uint64_t size,
			 bool is_stored, struct vm_domain_hold *hold)
{
	if (is_stored && (hold->is_active || vm_store_keeps_usage(run->context->store)))
		note(run, account, size);
	vm_file_lock_release(&hold->lock);
}
