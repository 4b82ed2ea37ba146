/* Checks what is in the folder of a domain. */
#include <config.h>

#include "operations/check_domain.h"

#include <fcntl.h>
#include <string.h>

#include "operations/account_remove.h"
#include "operations/catch_all.h"
#include "operations/check_accounts.h"
#include "operations/check_orphans.h"
#include "operations/check_strays.h"
#include "operations/intent.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 4 * 1024 * 1024, SUBJECT_MAX = 512 };

/* The record still stands: nothing was removed, so the note alone goes. */
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
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status mend_removal(const struct vm_context *context, const struct vm_domain *domain,
				   const struct vm_intent *intent, struct vm_error *err)
{
	const struct vm_name name = { intent->subject, domain->name };
	struct vm_arena scratch;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	if (intent->is_damaged)
		return forget_removal(domain, intent, err);
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_account_get(context->store, name, &scratch, &account, err);
	vm_arena_release(&scratch);
	if (status == VM_OK)
		return forget_removal(domain, intent, err);
	return status == VM_NOT_FOUND ? vm_account_remove_finish(domain, name.user, err) : status;
}

static enum vm_status check_removal(const struct vm_context *context,
				    const struct vm_domain *domain, const struct vm_intent *intent,
				    const struct vm_check *check, size_t *told,
				    struct vm_error *err)
{
	char address[SUBJECT_MAX];
	bool is_held = false;
	enum vm_status status = vm_intent_is_held(domain->dir, intent, &is_held, err);

	if (status != VM_OK || is_held || strcmp(intent->kind, VM_INTENT_REMOVE_ACCOUNT) != 0)
		return status;
	++*told;
	if (check->repair)
		status = mend_removal(context, domain, intent, err);
	if (status == VM_OK &&
	    vm_text_format(address, sizeof address, "%s@%s", intent->subject, domain->name))
		vm_check_tell(check, "unfinished", address,
			      intent->is_damaged ? "forgets the note" : "ends it",
			      intent->is_damaged ? "a note about it was never complete"
						 : "its removal was interrupted");
	return status;
}

static enum vm_status check_removals(const struct vm_context *context,
				     const struct vm_domain *domain, const struct vm_check *check,
				     struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_intent_list list;
	size_t told = 0;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, SCRATCH_MAX);
	do { /* again while there are more than a list holds */
		vm_arena_clear(&arena);
		told = 0;
		status = vm_intent_list(domain->dir, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++)
			status = check_removal(context, domain, &list.items[i], check, &told, err);
	} while (status == VM_OK && check->repair && told > 0 && list.count == VM_INTENT_LIST_MAX);
	vm_arena_release(&arena);
	return status;
}

/* Without it qmail has nowhere to deliver. What a person has written into it is his. */
static enum vm_status check_default(const struct vm_context *context,
				    const struct vm_domain *domain, const struct vm_check *check,
				    struct vm_error *err)
{
	char path[VM_PATH_MAX + 32];
	struct stat info;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(path, sizeof path, "%s/.qmail-default", domain->dir))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", domain->dir);
	status = vm_file_stat(AT_FDCWD, path, &info, err);
	if (status != VM_NOT_FOUND)
		return status;
	status = check->repair ? vm_catch_all_set(context, domain,
						  context->config->new_domain_action, err)
			       : VM_OK;
	if (status == VM_OK)
		vm_check_tell(check, "default", domain->name, "writes the one of a new domain",
			      ".qmail-default is missing: qmail delivers nothing to its accounts");
	return status;
}

static enum vm_status check_temporary(const struct vm_domain *domain, const struct vm_check *check,
				      struct vm_error *err)
{
	char notes[VM_PATH_MAX + 16];
	enum vm_status status = vm_check_temporary_in(check, domain->dir, err);

	if (status == VM_OK && vm_text_format(notes, sizeof notes, "%s/.intents", domain->dir))
		status = vm_check_temporary_in(check, notes, err);
	return status;
}

/* Passes findings on, and counts those that are left. */
struct counter {
	const struct vm_check *check;
	size_t left;
};

static void count_left(void *context, const struct vm_finding *finding)
{
	struct counter *const counter = context;

	if (finding->state != VM_FINDING_MENDED)
		counter->left++;
	counter->check->found(counter->check->context, finding);
}

static enum vm_status check_store(const struct vm_context *context, const struct vm_domain *domain,
				  const struct vm_check *check, size_t *left, struct vm_error *err)
{
	struct counter counter = { .check = check };
	const struct vm_check counting = { .repair = check->repair,
					   .found = count_left,
					   .context = &counter };
	const enum vm_status status = vm_store_check(context->store, domain->name, &counting, err);

	*left = counter.left;
	return status;
}

/* Can the accounts be listed at all? */
static enum vm_status try_listing(const struct vm_context *context, const struct vm_domain *domain,
				  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account_list list;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = vm_store_account_list(context->store, domain->name, (struct vm_page){ "", 1 },
				       &arena, &list, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status check_contents(const struct vm_context *context,
				     const struct vm_domain *domain, const struct vm_check *check,
				     struct vm_error *err)
{
	size_t left = 0;
	bool is_listed = false;
	enum vm_status status = check_temporary(domain, check, err);

	if (status == VM_OK)
		status = check_default(context, domain, check, err);
	if (status == VM_OK)
		status = check_store(context, domain, check, &left, err);
	if (status == VM_OK && left > 0 && try_listing(context, domain, err) != VM_OK)
		return VM_OK; /* what was found is why */
	if (status == VM_OK)
		status = check_removals(context, domain, check, err);
	if (status == VM_OK)
		status = vm_check_accounts(context, domain, check, &is_listed, err);
	if (status == VM_OK && is_listed)
		status = vm_check_orphans(context, domain, check, err);
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
		status = check_contents(context, &domain, check, err);
	vm_arena_release(&arena);
	return status;
}
