/* Changes accounts in one update that loses nobody else's. */
#include <config.h>

#include "operations/account_modify.h"

#include <fcntl.h>
#include <string.h>

#include "core/maildir_size.h"
#include "core/password_hash.h"
#include "core/password_policy.h"
#include "core/quota.h"
#include "operations/account_access.h"
#include "operations/on_change.h"
#include "operations/sqwebmail_pass.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024, TRIES = 5 };

/* The new texts, worked out once: hashing is slow and a second try must not make another salt. */
struct values {
	char hash[VM_HASH_MAX + 1];
	char quota[VM_QUOTA_MAX + 1];
	struct vm_quota parsed_quota;
};

static enum vm_status prepare(const struct vm_context *context, struct vm_name name,
			      const struct vm_account_change *change, struct values *values,
			      struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (change->password != NULL) {
		status = vm_password_policy_check(context->config, change->password, name.user,
						  name.domain, err);
		if (status == VM_OK)
			status =
				vm_password_hash(change->password, context->config->password_scheme,
						 context->config->password_cost, values->hash, err);
	} else if (change->hash != NULL) {
		status = vm_password_check_stored(change->hash, err);
		if (status == VM_OK &&
		    !vm_text_copy(values->hash, sizeof values->hash, change->hash))
			status = vm_fail_field(err, VM_INVALID, "password_hash",
					       "the password hash is longer than %d bytes",
					       VM_HASH_MAX);
	}
	if (status == VM_OK && change->quota != NULL) {
		status = vm_quota_parse(change->quota, &values->parsed_quota, err);
		if (status == VM_OK)
			vm_quota_print(&values->parsed_quota, values->quota);
	}
	return status;
}

static void apply(const struct vm_context *context, const struct vm_account_change *change,
		  const struct values *values, struct vm_account *account)
{
	if (change->password != NULL || change->hash != NULL) {
		account->hash = values->hash;
		account->clear = "";
	}
	if (change->password != NULL && context->config->clear_passwords)
		account->clear = change->password->bytes;
	if (change->quota != NULL)
		account->quota = values->quota;
	if (change->comment != NULL)
		account->comment = change->comment;
	if (change->home != NULL)
		account->home = change->home;
	account->flags = (account->flags & ~change->clear_flags) | change->set_flags;
}

static enum vm_status check_allowed(const struct vm_context *context,
				    const struct vm_account_change *change,
				    const struct vm_account *account, struct vm_error *err)
{
	struct vm_access access;
	enum vm_status status = VM_OK;

	if (!change->obey_no_password_change)
		return VM_OK;
	status = vm_account_access(context, account, VM_SERVICE_PASSWORD_CHANGE, &access, err);
	if (status != VM_OK || access.is_allowed)
		return status;
	return vm_fail_field(err, VM_DENIED, "address", "password can not be changed by user");
}

/* Other software reads the quota from the first line of maildirsize. */
static enum vm_status tell_maildir(const struct vm_account *account, const struct vm_quota *quota,
				   struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] == '\0' ||
	    !vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return VM_OK;
	status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_set_quota(maildir, quota, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status get_account(const struct vm_context *context, struct vm_name name,
				  struct vm_arena *arena, struct vm_account *out,
				  struct vm_error *err)
{
	struct vm_domain domain;
	enum vm_status status =
		vm_store_domain_get(context->store, name.domain, arena, &domain, err);

	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				     name.domain);
	if (status == VM_OK)
		status = vm_store_account_get(context->store, name, arena, out, err);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "address", "there is no account %s@%s",
				     name.user, name.domain);
	return status;
}

static enum vm_status change_once(const struct vm_context *context, struct vm_name name,
				  const struct vm_account_change *change,
				  const struct values *values, bool *read_again,
				  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account old, new;
	enum vm_status status = VM_INTERNAL;

	*read_again = false;
	vm_arena_init(&arena, SCRATCH_MAX);
	status = get_account(context, name, &arena, &old, err);
	if (status == VM_OK)
		status = check_allowed(context, change, &old, err);
	if (status != VM_OK)
		goto out;
	new = old;
	apply(context, change, values, &new);
	status = vm_store_account_update(context->store, &new, &old, err);
	*read_again = status == VM_TEMPFAIL;
	if (status == VM_OK && change->quota != NULL)
		status = tell_maildir(&new, &values->parsed_quota, err);
out:
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_account_modify(const struct vm_context *context, struct vm_name name,
				 const struct vm_account_change *change, struct vm_error *err)
{
	struct values values = { .hash = "" };
	bool read_again = true;
	enum vm_status status = prepare(context, name, change, &values, err);

	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_BEFORE, VM_CHANGE_MOD_USER, name, NULL);
	for (int i = 0; status == VM_OK && read_again && i < TRIES; i++) {
		status = change_once(context, name, change, &values, &read_again, err);
		if (read_again && i + 1 < TRIES)
			status = VM_OK;
	}
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_AFTER, VM_CHANGE_MOD_USER, name, NULL);
	if (status == VM_OK && (change->password != NULL || change->hash != NULL))
		status = vm_sqwebmail_pass_write(context, name, err);
	vm_wipe(&values, sizeof values);
	return status;
}
