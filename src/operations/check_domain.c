/* Checks a domain against the store, qmail's files and the disk. */
#include <config.h>

#include "operations/check_domain.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/assign_file.h"
#include "core/control_file.h"
#include "operations/account_home.h"
#include "operations/account_remove.h"
#include "operations/domain_remove.h"
#include "operations/intent.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 4 * 1024 * 1024, PAGE = 500 };

static void tell(const struct vm_check *check, const char *kind, const char *subject,
		 const char *text)
{
	const struct vm_finding finding = {
		.kind = kind, .subject = subject, .text = text, .is_repaired = check->repair
	};

	check->found(check->context, &finding);
}

static enum vm_status forget_removal(const struct vm_domain *domain, const struct vm_intent *intent,
				     struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_file_lock hold = { .fd = -1 };
	struct vm_intent taken;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_intent_take(domain->dir, intent->kind, intent->subject, &arena, &taken, &hold,
				err);
	if (status == VM_OK)
		status = vm_intent_remove(domain->dir, &taken, &hold, err);
	vm_file_lock_release(&hold);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status mend_removal(const struct vm_context *context, const struct vm_domain *domain,
				   const struct vm_intent *intent, struct vm_error *err)
{
	const struct vm_name name = { intent->subject, domain->name };
	struct vm_arena scratch;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_account_get(context->store, name, &scratch, &account, err);
	vm_arena_release(&scratch);
	/* The record still stands: nothing was removed, so the note alone goes. */
	if (status == VM_OK)
		return forget_removal(domain, intent, err);
	return status == VM_NOT_FOUND ? vm_account_remove_finish(domain, name.user, err) : status;
}

static enum vm_status check_removals(const struct vm_context *context,
				     const struct vm_domain *domain, const struct vm_check *check,
				     struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_intent_list list;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_intent_list(domain->dir, &arena, &list, err);
	for (size_t i = 0; status == VM_OK && i < list.count; i++) {
		char address[VM_ADDRESS_MAX + 1];

		if (!vm_text_format(address, sizeof address, "%s@%s", list.items[i].subject,
				    domain->name))
			continue; /* no account has so long a name */
		if (check->repair)
			status = mend_removal(context, domain, &list.items[i], err);
		if (status == VM_OK)
			tell(check, "unfinished", address, "its removal was interrupted");
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status check_folder(const struct vm_domain *domain, const struct vm_check *check,
				   struct vm_error *err)
{
	struct stat info;
	enum vm_status status = vm_file_stat(AT_FDCWD, domain->dir, &info, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status != VM_OK || (info.st_uid == domain->uid && info.st_gid == domain->gid))
		return status;
	if (check->repair)
		status = vm_file_set_owner(AT_FDCWD, domain->dir, domain->uid, domain->gid, err);
	if (status == VM_OK)
		tell(check, "owner", domain->name, "its folder belongs to somebody else");
	return status;
}

static enum vm_status check_control(const struct vm_context *context, const char *name,
				    const struct vm_check *check, struct vm_error *err)
{
	const char *const qmail = context->config->qmail_dir;
	struct vm_control_presence found;
	enum vm_status status = vm_control_find(qmail, name, &found, err);

	if (status != VM_OK)
		return status;
	if ((found.rcpthosts || (found.morercpthosts && found.morercpthosts_cdb)) &&
	    found.virtualdomains && !found.locals)
		return VM_OK;
	if (check->repair)
		status = vm_control_add(qmail, &name, 1, false, err);
	if (status == VM_OK && check->repair)
		status = vm_control_compile(qmail, err);
	if (status == VM_OK)
		tell(check, "control", name,
		     "rcpthosts, virtualdomains or locals do not say that it is served here");
	return status;
}

static enum vm_status check_home(const struct vm_context *context, const struct vm_domain *domain,
				 struct vm_account *account, const struct vm_check *check,
				 struct vm_arena *arena, struct vm_error *err)
{
	char path[VM_PATH_MAX + 32], address[VM_ADDRESS_MAX + 1];
	struct stat info;
	enum vm_status status = VM_INTERNAL;

	if (account->home[0] == '\0')
		return VM_OK;
	if (!vm_text_format(path, sizeof path, "%s/Maildir/new", account->home) ||
	    !vm_text_format(address, sizeof address, "%s@%s", account->user, domain->name))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", account->user);
	status = vm_file_stat(AT_FDCWD, path, &info, err);
	if (status != VM_NOT_FOUND)
		return status;
	status = check->repair ? vm_account_home_ensure(context, domain, account, arena, err)
			       : VM_OK;
	if (status == VM_OK)
		tell(check, "home", address, "its Maildir is missing");
	return status;
}

static enum vm_status check_homes(const struct vm_context *context, const struct vm_domain *domain,
				  const struct vm_check *check, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_account_list(context->store, domain->name,
					       (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = check_home(context, domain, &list.items[i], check, &arena, err);
		if (status == VM_OK && list.count > 0 &&
		    !vm_text_copy(after, sizeof after, list.items[list.count - 1].user))
			status = vm_fail(err, VM_INTERNAL, "a name does not fit");
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_check_domain(const struct vm_context *context, const char *name,
			       const struct vm_check *check, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_domain_get(context->store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
	if (status == VM_OK)
		status = check_folder(&domain, check, err);
	if (status == VM_OK)
		status = check_removals(context, &domain, check, err);
	if (status == VM_OK)
		status = check_control(context, name, check, err);
	if (status == VM_OK)
		status = check_homes(context, &domain, check, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status check_assign(const struct vm_context *context, const struct vm_check *check,
				   struct vm_error *err)
{
	const struct vm_assign assign = { context->config->qmail_dir,
					  context->config->qmail_cdb_name };
	enum vm_status status = vm_assign_verify(&assign, err);

	if (status != VM_INVALID)
		return status == VM_NOT_FOUND ? VM_OK : status;
	status = check->repair ? vm_assign_compile(&assign, err) : VM_OK;
	if (status == VM_OK)
		tell(check, "assign", "users/cdb", "it does not hold what users/assign says");
	return status;
}

enum vm_status vm_check_installation(const struct vm_context *context, const struct vm_check *check,
				     struct vm_error *err)
{
	char domains[VM_PATH_MAX + 1];
	struct vm_arena arena;
	struct vm_intent_list list;
	enum vm_status status = check_assign(context, check, err);

	if (status != VM_OK)
		return status;
	if (!vm_text_format(domains, sizeof domains, "%s/%s", context->config->home,
			    context->config->domains_dir))
		return vm_fail(err, VM_MISCONFIG, "domains_dir is too long");
	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_intent_list(domains, &arena, &list, err);
	for (size_t i = 0; status == VM_OK && i < list.count; i++) {
		if (check->repair)
			status = vm_domain_finish_interrupted(context, list.items[i].subject, NULL,
							      err);
		if (status == VM_OK)
			tell(check, "unfinished", list.items[i].subject,
			     "adding or removing it was interrupted");
	}
	vm_arena_release(&arena);
	return status;
}
