/* Obeys the quota of a whole domain. */
#include <config.h>

#include "delivery/domain_quota.h"

#include <fcntl.h>
#include <string.h>

#include "operations/domain_room.h"
#include "util/file.h"
#include "util/text.h"

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

enum vm_status vm_domain_quota_begin(struct vm_run *run, uint64_t size, struct vm_domain_hold *hold)
{
	struct vm_quota quota;
	struct vm_error err;
	enum vm_status status = vm_domain_room_quota(run->context, &run->domain, &quota, &err);

	*hold = (struct vm_domain_hold){ .lock = { .fd = -1 } };
	hold->is_active = status == VM_OK && !vm_quota_is_unlimited(&quota);
	if (hold->is_active)
		status = take_lock(run, hold, &err);
	if (status == VM_OK && hold->is_active)
		status = vm_domain_room_check(run->context, &run->domain, &quota, size, true, &err);
	if (status == VM_OK)
		return VM_OK;
	vm_file_lock_release(&hold->lock);
	if (status == VM_LIMIT)
		return vm_run_end(run, VM_LIMIT, "5.2.2", "%s", err.text);
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
