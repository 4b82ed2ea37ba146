/* Removes accounts: note, record, home. */
#include <config.h>

#include "operations/account_remove.h"

#include <fcntl.h>
#include <string.h>

#include "core/dir_control.h"
#include "core/dir_tree.h"
#include "operations/catch_all.h"
#include "operations/intent.h"
#include "operations/on_change.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024 };

/* Only what lies below the domain's folder is ours to remove. */
static enum vm_status remove_home(const struct vm_domain *domain, const char *home,
				  struct vm_error *err)
{
	const size_t length = strlen(domain->dir);
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	if (home[0] == '\0' || strncmp(home, domain->dir, length) != 0 || home[length] != '/' ||
	    home[length + 1] == '\0' || strstr(home, "/../") != NULL ||
	    vm_text_ends_with(home, "/.."))
		return VM_OK;
	status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_OK)
		status = vm_dir_tree_remove_synced(folder, home + length + 1, err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* D/HASH/USER frees a place below HASH. One that is not noted is only not used again. */
static void note_freed(const struct vm_domain *domain, const struct vm_account *account)
{
	const size_t length = strlen(domain->dir);
	const char *const slash = strrchr(account->home, '/');
	char hash[VM_DIR_CONTROL_PATH_MAX + 1];
	struct vm_error ignored;
	int folder = -1;

	if (slash == NULL || strncmp(account->home, domain->dir, length) != 0 ||
	    account->home[length] != '/' || slash <= account->home + length ||
	    strcmp(slash + 1, account->user) != 0 ||
	    !vm_text_format(hash, sizeof hash, "%.*s", (int)(slash - account->home - length - 1),
			    account->home + length + 1))
		return;
	if (vm_file_open_folder(AT_FDCWD, domain->dir, &folder, &ignored) == VM_OK)
		(void)vm_dir_control_note_freed(folder, hash, &ignored);
	vm_file_discard(&folder);
}

static enum vm_status remove_in(const struct vm_context *context, const struct vm_domain *domain,
				const struct vm_account *account, struct vm_error *err)
{
	const struct vm_intent intent = { .kind = VM_INTENT_REMOVE_ACCOUNT,
					  .subject = account->user,
					  .fields = { account->home } };
	struct vm_file_lock hold = { .fd = -1 };
	enum vm_status status = vm_intent_write(domain->dir, &intent, &hold, err);

	if (status == VM_OK)
		status = vm_store_account_remove(context->store,
						 (struct vm_name){ account->user, domain->name },
						 err);
	if (status == VM_OK && account->home[0] != '\0')
		status = vm_store_dirs_change(context->store, domain, -1, NULL, err);
	if (status == VM_OK)
		status = remove_home(domain, account->home, err);
	if (status == VM_OK)
		note_freed(domain, account);
	if (status == VM_OK)
		status = vm_intent_remove(domain->dir, &intent, &hold, err);
	vm_file_lock_release(&hold);
	return status;
}

/* Ends what a note tells of; *was_noted: there was one. */
static enum vm_status finish_noted(const struct vm_domain *domain, const char *user,
				   bool *was_noted, struct vm_error *err)
{
	struct vm_file_lock hold = { .fd = -1 };
	struct vm_arena arena;
	struct vm_intent intent;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_intent_take(domain->dir, VM_INTENT_REMOVE_ACCOUNT, user, &arena, &intent, &hold,
				err);
	*was_noted = status == VM_OK;
	if (status == VM_OK)
		status = remove_home(domain, intent.fields[0], err);
	if (status == VM_OK)
		status = vm_intent_remove(domain->dir, &intent, &hold, err);
	if (status == VM_EXISTS)
		status = vm_fail(err, VM_TEMPFAIL, "another command is at work on %s@%s", user,
				 domain->name);
	vm_file_lock_release(&hold);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_account_remove_finish(const struct vm_domain *domain, const char *user,
					struct vm_error *err)
{
	bool was_noted = false;

	return finish_noted(domain, user, &was_noted, err);
}

enum vm_status vm_account_remove_is_noted(const struct vm_domain *domain, const char *user,
					  bool *out, struct vm_error *err)
{
	struct vm_file_lock hold = { .fd = -1 };
	struct vm_arena arena;
	struct vm_intent intent;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_intent_take(domain->dir, VM_INTENT_REMOVE_ACCOUNT, user, &arena, &intent, &hold,
				err);
	*out = status == VM_OK || status == VM_EXISTS;
	vm_file_lock_release(&hold);
	vm_arena_release(&arena);
	return *out || status == VM_NOT_FOUND ? VM_OK : status;
}

/* Without a record the account is either unknown or half removed: then removing again ends it. */
static enum vm_status finish_or_fail(const struct vm_domain *domain, struct vm_name name,
				     struct vm_error *err)
{
	bool was_noted = false;
	const enum vm_status status = finish_noted(domain, name.user, &was_noted, err);

	if (status != VM_OK || was_noted)
		return status;
	return vm_fail_field(err, VM_NOT_FOUND, "address", "there is no account %s@%s", name.user,
			     name.domain);
}

static enum vm_status remove_and_tell(const struct vm_context *context,
				      const struct vm_domain *domain,
				      const struct vm_account *account, struct vm_error *err)
{
	const struct vm_name name = { account->user, domain->name };
	enum vm_status status = VM_INTERNAL;

	vm_on_change_of(context, VM_CHANGE_BEFORE, VM_CHANGE_DEL_USER, name, NULL);
	status = remove_in(context, domain, account, err);
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_AFTER, VM_CHANGE_DEL_USER, name, NULL);
	return status;
}

enum vm_status vm_account_remove(const struct vm_context *context, struct vm_name name,
				 struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_account account;
	bool is_catch_all = false;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_domain_get(context->store, name.domain, &arena, &domain, err);
	if (status == VM_NOT_FOUND) {
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				       name.domain);
		goto out;
	}
	if (status == VM_OK)
		status = vm_store_account_get(context->store, name, &arena, &account, err);
	if (status == VM_NOT_FOUND) {
		status = finish_or_fail(&domain, name, err);
		goto out;
	}
	if (status == VM_OK)
		status = vm_catch_all_is_account(&domain, &account, &is_catch_all, err);
	if (status == VM_OK && is_catch_all)
		status = vm_fail_field(err, VM_DENIED, "catchall",
				       "%s@%s receives the mail for unknown recipients", name.user,
				       name.domain);
	if (status == VM_OK)
		status = remove_and_tell(context, &domain, &account, err);
out:
	vm_arena_release(&arena);
	return status;
}
