/* Adds accounts: checks, home, record. */
#include <config.h>

#include "operations/account_create.h"

#include <string.h>

#include "core/password_hash.h"
#include "core/password_policy.h"
#include "core/quota.h"
#include "operations/account_home.h"
#include "operations/account_remove.h"
#include "operations/on_change.h"
#include "operations/sqwebmail_pass.h"
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

/* Folders of homes have names of one byte: as 5.4, an account must not have theirs. */
static enum vm_status check_name(const struct vm_context *context, const char *user,
				 struct vm_error *err)
{
	if (context->config->users_big_dir && strlen(user) == 1)
		return vm_fail_field(err, VM_INVALID, "address",
				     "%s is too short a name: one byte is a folder of homes "
				     "(users_big_dir)",
				     user);
	return VM_OK;
}

static enum vm_status make_draft(const struct vm_context *context,
				 const struct vm_account_request *request,
				 const struct target *target, struct draft *draft,
				 struct vm_error *err)
{
	enum vm_status status = check_name(context, request->name.user, err);

	if (status == VM_OK)
		status = draft_password(context, request, draft, err);
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
static void record_creation(const struct vm_context *context, const struct vm_account *account)
{
	const struct vm_last_login created = { .when = vm_clock_now(), .from = "0.0.0.0" };
	struct vm_error ignored;

	if (context->config->auth_logging)
		(void)vm_store_login_record(context->store, account, &created, NULL, &ignored);
}

/* Tells the store; `maker` has made the home that is undone when the answer is a definite "no". */
static enum vm_status insert(const struct vm_context *context, const struct target *target,
			     const struct draft *draft, struct vm_home_maker *maker,
			     struct vm_error *err)
{
	const enum vm_status status = vm_store_account_insert(context->store, &draft->account,
							      target->limits.max_accounts, err);

	/* After "later" the record may be there: then its home must stay. */
	if (status != VM_OK && maker != NULL && vm_status_is_definite(status))
		vm_home_maker_undo(maker, draft->home);
	return status;
}

/* Everything about an account that can be refused before something is made for it. */
static enum vm_status prepare(const struct vm_context *context, const struct target *target,
			      const struct vm_account_request *request, struct draft *draft,
			      struct vm_error *err)
{
	enum vm_status status = make_draft(context, request, target, draft, err);

	if (status == VM_OK)
		status = check_absent(context, draft, err);
	if (status == VM_OK)
		status = vm_account_remove_finish(&target->domain, request->name.user, err);
	return status;
}

static enum vm_status add_with_home(const struct vm_context *context, const struct target *target,
				    struct draft *draft, struct vm_error *err)
{
	struct vm_home_maker maker;
	enum vm_status status = vm_home_maker_open(&maker, context, &target->domain, 1, err);

	if (status == VM_OK)
		status = vm_home_maker_make(&maker, draft->account.user, draft->home, err);
	if (status == VM_OK)
		status = vm_home_maker_sync(&maker, err);
	if (status == VM_OK)
		status = insert(context, target, draft, &maker, err);
	vm_home_maker_close(&maker);
	if (status == VM_OK) {
		record_creation(context, &draft->account);
		vm_sqwebmail_pass_try(context, (struct vm_name){ draft->account.user,
								 draft->account.domain });
	}
	return status;
}

enum vm_status vm_account_create(const struct vm_context *context,
				 const struct vm_account_request *request, struct vm_error *err)
{
	struct vm_arena arena;
	struct target target;
	struct draft draft;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, SCRATCH_MAX);
	status = find_target(context, request->name.domain, &arena, &target, err);
	if (status == VM_OK)
		status = prepare(context, &target, request, &draft, err);
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_BEFORE, VM_CHANGE_ADD_USER, request->name, NULL);
	if (status == VM_OK && request->lazy_home)
		status = insert(context, &target, &draft, NULL, err);
	else if (status == VM_OK)
		status = add_with_home(context, &target, &draft, err);
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_AFTER, VM_CHANGE_ADD_USER, request->name, NULL);
	vm_wipe(&draft, sizeof draft);
	vm_arena_release(&arena);
	return status;
}

/* Accounts of one domain that are added in one unit of work. */
struct batch {
	const struct vm_context *context;
	enum vm_create_mode mode;
	const struct target *target;
	const struct vm_account_request *requests;
	size_t count;
	struct vm_home_maker maker;
	const char **homes; /* made here, NULL where none was */
	struct vm_arena arena;
	enum vm_status *statuses;
	struct vm_error *errors;
	unsigned int round;
	bool is_undone; /* a conflict took the unit back: it may be done anew */
};

static int count_homes(const struct batch *batch)
{
	int homes = 0;

	if (batch->mode == VM_CREATE_REHEARSAL)
		return 0;
	for (size_t i = 0; i < batch->count; i++)
		homes += !batch->requests[i].lazy_home;
	return homes;
}

/* The same without its costs: a password is only checked, a home not made. */
static enum vm_status rehearse_one(struct batch *batch, size_t index, struct draft *draft)
{
	struct vm_account_request request = batch->requests[index];
	struct vm_error *const err = &batch->errors[index];
	enum vm_status status = VM_OK;

	if (request.password != NULL)
		status = vm_password_policy_check(batch->context->config, request.password,
						  request.name.user, request.name.domain, err);
	if (request.password != NULL)
		request.hash = "";
	request.password = NULL;
	if (status == VM_OK)
		status = make_draft(batch->context, &request, batch->target, draft, err);
	if (status == VM_OK)
		status = check_absent(batch->context, draft, err);
	return status == VM_OK ? insert(batch->context, batch->target, draft, NULL, err) : status;
}

static enum vm_status add_one(struct batch *batch, size_t index, struct draft *draft)
{
	const struct vm_account_request *const request = &batch->requests[index];
	struct vm_home_maker *const maker = request->lazy_home ? NULL : &batch->maker;
	struct vm_error *const err = &batch->errors[index];
	enum vm_status status = prepare(batch->context, batch->target, request, draft, err);

	if (status == VM_OK && maker != NULL)
		status = vm_home_maker_make(maker, request->name.user, draft->home, err);
	if (status == VM_OK)
		status = insert(batch->context, batch->target, draft, maker, err);
	if (status != VM_OK || maker == NULL)
		return status;
	batch->homes[index] = vm_arena_strdup(&batch->arena, draft->home);
	return batch->homes[index] == NULL ? vm_fail_memory(err) : VM_OK;
}

/* A rehearsal goes on to say what else is wrong, but nothing can be said after a "later". */
static bool ends_all(const struct batch *batch, enum vm_status status)
{
	switch (batch->mode) {
	case VM_CREATE_AS_MANY:
		return false;
	case VM_CREATE_ALL:
		return status != VM_OK;
	case VM_CREATE_REHEARSAL:
		return !vm_status_is_definite(status);
	}
	return true;
}

/* A "later" about one is a "later" about all. */
static enum vm_status end_of_all(enum vm_status status, const struct vm_error *reason,
				 struct vm_error *err)
{
	if (vm_status_is_definite(status))
		return vm_fail(err, VM_INVALID, "nothing was added");
	*err = *reason;
	return status;
}

/* Accounts whose homes are made later and whose number has no limit need no look at each. */
static bool may_add_together(const struct batch *batch, size_t first)
{
	if (!vm_store_inserts_many(batch->context->store) || batch->mode == VM_CREATE_REHEARSAL ||
	    batch->target->limits.max_accounts >= 0 || batch->count - first < VM_ACCOUNTS_MANY)
		return false;
	for (size_t i = first; i < first + VM_ACCOUNTS_MANY; i++)
		if (!batch->requests[i].lazy_home)
			return false;
	return true;
}

static bool make_drafts(const struct batch *batch, size_t first, struct draft *drafts)
{
	struct vm_error ignored;
	bool is_noted = false;

	for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++)
		if (make_draft(batch->context, &batch->requests[first + i], batch->target,
			       &drafts[i], &ignored) != VM_OK ||
		    vm_account_remove_is_noted(&batch->target->domain,
					       batch->requests[first + i].name.user, &is_noted,
					       &ignored) != VM_OK ||
		    is_noted)
			return false;
	return true;
}

/* Some in one go. What is in the way of one of them is found when they are added one by one: false. */
static bool add_together(struct batch *batch, size_t first)
{
	struct draft drafts[VM_ACCOUNTS_MANY];
	struct vm_account accounts[VM_ACCOUNTS_MANY];
	struct vm_error ignored;
	bool are_added = false;

	if (!may_add_together(batch, first))
		return false;
	if (make_drafts(batch, first, drafts)) {
		for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++)
			accounts[i] = drafts[i].account;
		are_added = vm_store_account_insert_many(batch->context->store, accounts,
							 &ignored) == VM_OK;
	}
	for (size_t i = first; are_added && i < first + VM_ACCOUNTS_MANY; i++)
		batch->statuses[i] = VM_OK;
	vm_wipe(drafts, sizeof drafts);
	return are_added;
}

/* VM_INVALID: one could not be added and the others are not wanted without it. */
static enum vm_status add_each(struct batch *batch, struct vm_error *err)
{
	struct draft draft;
	enum vm_status status = VM_OK;
	size_t alone = 0; /* those before are not tried together again */

	for (size_t i = 0; i < batch->count && status == VM_OK; i++) {
		if (i >= alone && add_together(batch, i)) {
			i += VM_ACCOUNTS_MANY - 1;
			continue;
		}
		if (i >= alone)
			alone = i + VM_ACCOUNTS_MANY;
		batch->statuses[i] = batch->mode == VM_CREATE_REHEARSAL
					     ? rehearse_one(batch, i, &draft)
					     : add_one(batch, i, &draft);
		if (ends_all(batch, batch->statuses[i]))
			status = end_of_all(batch->statuses[i], &batch->errors[i], err);
		vm_wipe(&draft, sizeof draft);
	}
	return status;
}

static void undo_homes(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->homes[i] != NULL)
			vm_home_maker_undo(&batch->maker, batch->homes[i]);
}

static void record_creations(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct vm_account account = { .user = batch->requests[i].name.user,
						    .domain = batch->target->domain.name,
						    .home = batch->homes[i] };

		if (batch->statuses[i] != VM_OK || batch->homes[i] == NULL)
			continue;
		record_creation(batch->context, &account);
		vm_sqwebmail_pass_try(batch->context,
				      (struct vm_name){ account.user, account.domain });
	}
}

/* After a unit that did not end well. */
static bool may_repeat(struct batch *batch)
{
	return vm_store_may_repeat(batch->context->store, batch->round++);
}

static enum vm_status add_in_unit(struct batch *batch, struct vm_error *err)
{
	struct vm_store *const store = batch->context->store;
	const int homes = count_homes(batch);
	enum vm_status status = VM_OK;
	bool is_wanted = false;

	if (homes > 0)
		status = vm_home_maker_open(&batch->maker, batch->context, &batch->target->domain,
					    homes, err);
	if (status == VM_OK)
		status = add_each(batch, err);
	if (status == VM_OK && homes > 0)
		status = vm_home_maker_sync(&batch->maker, err);
	is_wanted = status == VM_OK && batch->mode != VM_CREATE_REHEARSAL;
	if (is_wanted)
		status = vm_store_commit(store, err);
	else
		vm_store_rollback(store);
	batch->is_undone = status != VM_OK && may_repeat(batch);
	if (!is_wanted || batch->is_undone)
		undo_homes(batch);
	if (homes > 0)
		vm_home_maker_close(&batch->maker);
	if (status == VM_OK && homes > 0)
		record_creations(batch);
	return status;
}

static enum vm_status try_batch(struct batch *batch, struct vm_error *err)
{
	struct target target;
	enum vm_status status = VM_INTERNAL;

	batch->target = &target;
	batch->is_undone = false;
	for (size_t i = 0; i < batch->count; i++)
		batch->statuses[i] = VM_INTERNAL;
	vm_arena_init(&batch->arena,
		      SCRATCH_MAX + batch->count * (sizeof(char *) + VM_PATH_MAX + 1));
	batch->homes = vm_arena_alloc_array(&batch->arena, batch->count, sizeof *batch->homes);
	if (batch->homes == NULL)
		status = vm_fail_memory(err);
	else
		status = find_target(batch->context, batch->requests[0].name.domain, &batch->arena,
				     &target, err);
	if (status == VM_OK) {
		status = vm_store_begin(batch->context->store, target.domain.name, err);
		if (status == VM_OK)
			status = add_in_unit(batch, err);
		else
			batch->is_undone = may_repeat(batch);
	}
	vm_arena_release(&batch->arena);
	return status;
}

/* Of those that were added; before the unit nobody knows which these will be. */
static void tell_of_batch(const struct batch *batch, enum vm_change_moment moment)
{
	for (size_t i = 0; i < batch->count; i++)
		if (moment == VM_CHANGE_BEFORE || batch->statuses[i] == VM_OK)
			vm_on_change_of(batch->context, moment, VM_CHANGE_ADD_USER,
					batch->requests[i].name, NULL);
}

enum vm_status vm_account_create_many(const struct vm_context *context,
				      const struct vm_account_request *requests, size_t count,
				      enum vm_create_mode mode, enum vm_status *statuses,
				      struct vm_error *errors, struct vm_error *err)
{
	struct batch batch = { .context = context,
			       .mode = mode,
			       .requests = requests,
			       .count = count,
			       .statuses = statuses,
			       .errors = errors };
	enum vm_status status = VM_INTERNAL;

	if (mode != VM_CREATE_REHEARSAL)
		tell_of_batch(&batch, VM_CHANGE_BEFORE);
	do
		status = try_batch(&batch, err);
	while (batch.is_undone);
	if (status == VM_OK && mode != VM_CREATE_REHEARSAL)
		tell_of_batch(&batch, VM_CHANGE_AFTER);
	return status;
}
