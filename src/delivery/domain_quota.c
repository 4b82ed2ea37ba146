/* Obeys the quota of a whole domain. */
#include <config.h>

#include "delivery/domain_quota.h"

#include <fcntl.h>
#include <string.h>

#include "core/maildir_size.h"
#include "core/quota.h"
#include "util/file.h"
#include "util/text.h"

enum { PAGE = 500, PAGE_ARENA = 4 * 1024 * 1024 };

static struct vm_name domain_name(const struct vm_run *run)
{
	return (struct vm_name){ "", run->domain.name };
}

static enum vm_status add_account(const struct vm_account *account, struct vm_usage *sum,
				  struct vm_error *err)
{
	struct vm_quota quota = { 0 };
	struct vm_usage usage;
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] == '\0' ||
	    !vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return VM_OK;
	if (vm_quota_parse(account->quota, &quota, err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_recount(maildir, &quota, &usage, err);
	vm_file_discard(&maildir);
	if (status == VM_OK) {
		sum->bytes += usage.bytes;
		sum->messages += usage.messages;
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* Walks the accounts and sets the counter anew. */
static enum vm_status recount(struct vm_run *run, struct vm_usage *sum, struct vm_error *err)
{
	struct vm_store *const store = run->context->store;
	struct vm_arena arena;
	struct vm_account_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	*sum = (struct vm_usage){ 0 };
	vm_arena_init(&arena, PAGE_ARENA);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_account_list(store, run->domain.name,
					       (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			status = add_account(&list.items[i], sum, err);
			memcpy(after, list.items[i].user, strlen(list.items[i].user) + 1);
		}
	}
	vm_arena_release(&arena);
	if (status == VM_OK)
		status = vm_store_usage_set(store, &run->domain, domain_name(run), sum, err);
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

void vm_domain_quota_end(struct vm_run *run, uint64_t size, bool is_stored,
			 struct vm_domain_hold *hold)
{
	struct vm_error ignored;

	if (hold->is_active && is_stored)
		(void)vm_store_usage_add(run->context->store, &run->domain, domain_name(run),
					 (int64_t)size, 1, &ignored);
	vm_file_lock_release(&hold->lock);
}
