/* Keeps HOME/Maildir/sqwebmail-pass. */
#include <config.h>

#include "operations/sqwebmail_pass.h"

#include <fcntl.h>
#include <string.h>

#include "util/file.h"
#include "util/file_replace.h"
#include "util/secret.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024 };

static enum vm_status write_hash(const struct vm_account *account, struct vm_error *err)
{
	char path[VM_PATH_MAX + 16], text[VM_HASH_MAX + 3];
	int maildir = -1;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] == '\0')
		return VM_OK;
	if (!vm_text_format(path, sizeof path, "%s/Maildir", account->home) ||
	    !vm_text_format(text, sizeof text, "\t%s\n", account->hash))
		return vm_fail(err, VM_INTERNAL, "the hash or the home of %s is too long",
			       account->user);
	status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_file_replace_with(maildir, "sqwebmail-pass", 0600, text, strlen(text),
					      err);
	vm_file_discard(&maildir);
	vm_wipe(text, sizeof text);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_sqwebmail_pass_write(const struct vm_context *context, struct vm_name name,
				       struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	if (!context->config->sqwebmail_pass)
		return VM_OK;
	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_account_get(context->store, name, &arena, &account, err);
	if (status == VM_OK)
		status = write_hash(&account, err);
	vm_arena_release(&arena);
	if (status != VM_OK && vm_status_is_definite(status))
		return vm_fail(err, VM_TEMPFAIL, "sqwebmail-pass of %s@%s could not be written",
			       name.user, name.domain);
	return status;
}

void vm_sqwebmail_pass_try(const struct vm_context *context, struct vm_name name)
{
	struct vm_error err;

	if (vm_sqwebmail_pass_write(context, name, &err) != VM_OK)
		vm_log_warning(context->log, "sqwebmail-pass of %s@%s: %s", name.user, name.domain,
			       err.text);
}
