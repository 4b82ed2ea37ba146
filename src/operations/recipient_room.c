/* Explains whether a mailbox has room, which a delivery finds out when it stores. */
#include <config.h>

#include <fcntl.h>
#include <inttypes.h>

#include "core/maildir_size.h"
#include "operations/domain_room.h"
#include "operations/domain_text.h"
#include "operations/recipient_internal.h"
#include "util/file.h"
#include "util/text.h"

/* What is in it, counted anew before a refusal, as a delivery does. No Maildir: nothing. */
static enum vm_status measure(const struct vm_resolve *resolve, const struct vm_account *account,
			      const struct vm_quota *quota, struct vm_usage *usage,
			      struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = VM_NOT_FOUND;

	*usage = (struct vm_usage){ 0 };
	if (account->home[0] != '\0' &&
	    vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_read(maildir, quota, usage, err);
	if (status == VM_OK && vm_quota_is_exceeded_by(quota, usage, resolve->size))
		status = vm_maildir_size_recount(maildir, quota, usage, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status explain_account(struct vm_resolve *resolve, const struct vm_account *account)
{
	struct vm_quota quota = { 0 };
	struct vm_usage usage;
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (vm_quota_parse(account->quota, &quota, &err) != VM_OK || vm_quota_is_unlimited(&quota))
		return VM_OK;
	status = measure(resolve, account, &quota, &usage, &err);
	if (status != VM_OK)
		return vm_result_fail(resolve->result, VM_TEMPFAIL, &err);
	vm_resolve_note(resolve, true, "quota",
			"%" PRIu64 " bytes in %" PRIu64 " messages are stored, and %s allowed",
			usage.bytes, usage.messages, account->quota);
	if (!vm_quota_is_exceeded_by(&quota, &usage, resolve->size))
		return VM_OK;
	return vm_result_end(resolve->result, VM_LIMIT, "5.2.2", "%s",
			     vm_domain_text(resolve->context->config, &resolve->domain,
					    resolve->arena, ".over-quota.msg",
					    "user is over quota"));
}

static enum vm_status explain_domain(struct vm_resolve *resolve)
{
	struct vm_quota quota;
	struct vm_error err;
	enum vm_status status =
		vm_domain_room_quota(resolve->context, &resolve->domain, &quota, &err);

	if (status == VM_OK && !vm_quota_is_unlimited(&quota))
		status = vm_domain_room_check(resolve->context, &resolve->domain, &quota,
					      resolve->size, false, &err);
	if (status == VM_OK)
		return VM_OK;
	if (status != VM_LIMIT)
		return vm_result_fail(resolve->result, status, &err);
	vm_resolve_note(resolve, true, "domain-quota", "%s holds what it may",
			resolve->domain.name);
	return vm_result_end(resolve->result, VM_LIMIT, "5.2.2", "%s", err.text);
}

/* The domain first, as a delivery asks. */
enum vm_status vm_resolve_explain_room(struct vm_resolve *resolve, const struct vm_account *account)
{
	const enum vm_status status = explain_domain(resolve);

	return status == VM_OK ? explain_account(resolve, account) : status;
}
