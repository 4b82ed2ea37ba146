/* Reads what is stored, from the first place that knows it. */
#include <config.h>

#include "operations/usage_read.h"

#include <fcntl.h>

#include "core/maildir_size.h"
#include "operations/usage_count.h"
#include "util/file.h"
#include "util/text.h"

enum { ARENA_MAX = 65536 };

static enum vm_status read_maildir(const struct vm_account *account, struct vm_usage *out,
				   struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	struct vm_quota quota = { 0 };
	int maildir = -1;
	enum vm_status status = VM_NOT_FOUND;

	*out = (struct vm_usage){ 0 };
	if (vm_quota_parse(account->quota, &quota, err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	if (account->home[0] != '\0' &&
	    vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_read(maildir, &quota, out, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_usage_read_account(const struct vm_context *context,
				     const struct vm_domain *domain, const char *user,
				     struct vm_usage *out, struct vm_error *err)
{
	struct vm_store *const store = context->store;
	const struct vm_name name = { user, domain->name };
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_account_get(store, name, &arena, &account, err);
	if (status == VM_OK && vm_store_keeps_usage(store)) {
		status = vm_store_usage_get(store, domain, name, out, err);
		if (status == VM_NOT_FOUND)
			status = read_maildir(&account, out, err);
	} else if (status == VM_OK) {
		status = read_maildir(&account, out, err);
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_usage_read_domain(const struct vm_context *context,
				    const struct vm_domain *domain, struct vm_usage *out,
				    struct vm_error *err)
{
	struct vm_usage_count count;
	enum vm_status status = vm_store_usage_get(context->store, domain,
						   (struct vm_name){ "", domain->name }, out, err);

	if (status != VM_NOT_FOUND)
		return status;
	status = vm_usage_count_domain(context, domain, false, NULL, NULL, &count, err);
	*out = count.there;
	return status;
}
