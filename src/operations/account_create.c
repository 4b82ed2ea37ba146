/* Adds accounts: checks, home, record. */
#include <config.h>

#include "operations/account_create.h"

#include <fcntl.h>
#include <string.h>

#include "core/dir_tree.h"
#include "core/password_hash.h"
#include "core/password_policy.h"
#include "core/quota.h"
#include "operations/account_home.h"
#include "operations/account_remove.h"
#include "util/clock.h"
#include "util/text.h"

enum { SCRATCH_MAX = 64 * 1024 };

/* What is worked out once for a domain. */
struct target {
	struct vm_domain domain;
	struct vm_limits limits;
};

/* The texts of one account while it is made. */
struct draft {
	char hash[VM_HASH_MAX + 1];
	char quota[VM_QUOTA_MAX + 1];
	char home[VM_PATH_MAX + 1];
	struct vm_account account;
};

static enum vm_status find_target(const struct vm_context *context, const char *domain,
				  struct vm_arena *arena, struct target *target,
				  struct vm_error *err)
{
	enum vm_status status =
		vm_store_domain_get(context->store, domain, arena, &target->domain, err);

	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", domain);
	if (status == VM_OK)
		status = vm_store_limits_get(context->store, target->domain.name, &target->limits,
					     err);
	return status;
}

static enum vm_status draft_password(const struct vm_context *context,
				     const struct vm_account_request *request, struct draft *draft,
				     struct vm_error *err)
{
	enum vm_status status = VM_OK;

	draft->account.clear = "";
	draft->account.hash = draft->hash;
	draft->hash[0] = '\0';
	if (request->password == NULL) {
		if (!vm_text_copy(draft->hash, sizeof draft->hash, request->hash))
			return vm_fail_field(err, VM_INVALID, "password_hash",
					     "the password hash is longer than %d bytes",
					     VM_HASH_MAX);
		return draft->hash[0] == '\0' ? VM_OK : vm_password_check_stored(draft->hash, err);
	}
	status = vm_password_policy_check(context->config, request->password, request->name.user,
					  request->name.domain, err);
	if (status == VM_OK)
		status = vm_password_hash(request->password, context->config->password_scheme,
					  context->config->password_cost, draft->hash, err);
	if (status == VM_OK && context->config->clear_passwords)
		draft->account.clear = request->password->bytes;
	return status;
}

static enum vm_status draft_quota(const struct vm_account_request *request,
				  const struct vm_limits *limits, struct draft *draft,
				  struct vm_error *err)
{
	struct vm_quota quota = { limits->default_quota, limits->default_messages };
	enum vm_status status = VM_OK;

	if (request->quota != NULL)
		status = vm_quota_parse(request->quota, &quota, err);
	if (status == VM_OK)
		vm_quota_print(&quota, draft->quota);
	draft->account.quota = draft->quota;
	return status;
}

static enum vm_status make_draft(const struct vm_context *context,
				 const struct vm_account_request *request,
				 const struct target *target, struct draft *draft,
				 struct vm_error *err)
{
	enum vm_status status = draft_password(context, request, draft, err);

	if (status == VM_OK)
		status = draft_quota(request, &target->limits, draft, err);
	draft->home[0] = '\0';
	draft->account.user = request->name.user;
	draft->account.domain = target->domain.name;
	draft->account.kind = VM_ACCOUNT_POP;
	draft->account.flags = request->flags;
	draft->account.comment = request->comment == NULL ? request->name.user : request->comment;
	draft->account.home = draft->home;
	return status == VM_OK ? vm_account_check(&draft->account, err) : status;
}

/* Asked before anything is made; the insert decides. */
static enum vm_status check_absent(const struct vm_context *context, const struct draft *draft,
				   struct vm_error *err)
{
	const struct vm_name name = { draft->account.user, draft->account.domain };
	struct vm_arena scratch;
	struct vm_account found;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_account_get(context->store, name, &scratch, &found, err);
	vm_arena_release(&scratch);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK)
		return vm_fail_field(err, VM_EXISTS, "address", "%s@%s exists already", name.user,
				     name.domain);
	return status;
}

/* 5.4's "account created": a first record that says from nowhere. Its loss is harmless. */
static void record_creation(const struct vm_context *context, const struct draft *draft)
{
	const struct vm_last_login created = { .when = vm_clock_now(), .from = "0.0.0.0" };
	struct vm_error ignored;

	if (context->config->auth_logging && draft->home[0] != '\0')
		(void)vm_store_login_record(context->store, &draft->account, &created, &ignored);
}

static void undo_home(const struct vm_context *context, const struct target *target,
		      const struct draft *draft, bool is_made)
{
	struct vm_error ignored; /* a folder that stays is found by vcheck and by the next try */

	if (is_made && vm_dir_tree_is_empty(AT_FDCWD, draft->home))
		(void)vm_dir_tree_remove(AT_FDCWD, draft->home, &ignored);
	(void)vm_store_dirs_change(context->store, &target->domain, -1, NULL, &ignored);
}

static enum vm_status insert(const struct vm_context *context, const struct target *target,
			     struct draft *draft, bool lazy_home, struct vm_error *err)
{
	bool is_made = false;
	enum vm_status status = VM_OK;

	if (!lazy_home) {
		status = vm_account_home_choose(context, &target->domain, draft->account.user,
						draft->home, err);
		if (status != VM_OK)
			return status;
		status = vm_account_home_make(&target->domain, draft->home, err);
		is_made = status == VM_OK;
		if (status == VM_EXISTS)
			status = vm_fail_field(err, VM_EXISTS, "home",
					       "%s is there already and holds files", draft->home);
	}
	if (status == VM_OK)
		status = vm_store_account_insert(context->store, &draft->account,
						 target->limits.max_accounts, err);
	if (status == VM_OK) {
		record_creation(context, draft);
		return VM_OK;
	}
	/* After "later" the record may be there: then its home must stay. */
	if (!lazy_home && vm_status_is_definite(status))
		undo_home(context, target, draft, is_made);
	return status;
}

static enum vm_status create_in(const struct vm_context *context, const struct target *target,
				const struct vm_account_request *request, struct vm_error *err)
{
	struct draft draft;
	enum vm_status status = make_draft(context, request, target, &draft, err);

	if (status == VM_OK)
		status = check_absent(context, &draft, err);
	if (status == VM_OK)
		status = vm_account_remove_finish(&target->domain, request->name.user, err);
	if (status == VM_OK)
		status = insert(context, target, &draft, request->lazy_home, err);
	vm_wipe(&draft, sizeof draft);
	return status;
}

enum vm_status vm_account_create(const struct vm_context *context,
				 const struct vm_account_request *request, struct vm_error *err)
{
	struct vm_arena arena;
	struct target target;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = find_target(context, request->name.domain, &arena, &target, err);
	if (status == VM_OK)
		status = create_in(context, &target, request, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status create_each(const struct vm_context *context, const struct target *target,
				  const struct vm_account_request *requests, size_t count,
				  bool stop_on_error, enum vm_status *statuses,
				  struct vm_error *errors)
{
	enum vm_status first_failure = VM_OK;

	for (size_t i = 0; i < count; i++) {
		statuses[i] = create_in(context, target, &requests[i], &errors[i]);
		if (statuses[i] == VM_OK)
			continue;
		first_failure = statuses[i];
		if (stop_on_error)
			break;
	}
	return first_failure;
}

enum vm_status vm_account_create_many(const struct vm_context *context,
				      const struct vm_account_request *requests, size_t count,
				      bool stop_on_error, enum vm_status *statuses,
				      struct vm_error *errors, struct vm_error *err)
{
	struct vm_arena arena;
	struct target target;
	enum vm_status status = VM_INTERNAL;

	for (size_t i = 0; i < count; i++)
		statuses[i] = VM_INTERNAL;
	vm_arena_init(&arena, SCRATCH_MAX);
	status = find_target(context, requests[0].name.domain, &arena, &target, err);
	if (status == VM_OK)
		status = vm_store_begin(context->store, target.domain.name, err);
	if (status != VM_OK)
		goto out;
	if (create_each(context, &target, requests, count, stop_on_error, statuses, errors) !=
		    VM_OK &&
	    stop_on_error) {
		vm_store_rollback(context->store);
		status = vm_fail(err, VM_INVALID, "nothing was added");
		goto out;
	}
	status = vm_store_commit(context->store, err);
out:
	vm_arena_release(&arena);
	return status;
}
