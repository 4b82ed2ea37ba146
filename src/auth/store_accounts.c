/* Accounts behind the door: names made real, values checked, limits obeyed in one unit. */
#include <config.h>

#include <string.h>

#include "auth/store_internal.h"

enum { SCRATCH_MAX = 16 * 1024 };

static void end_unit(struct vm_store *store)
{
	store->in_unit = false;
	vm_arena_release(&store->unit_arena);
}

enum vm_status vm_store_begin(struct vm_store *store, const char *domain, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (store->module->units == NULL)
		return vm_fail(err, VM_UNSUPPORTED, "store %s has no units of work",
			       store->module->name);
	if (store->in_unit)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open already");
	vm_arena_init(&store->unit_arena, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &store->unit_arena, &store->unit_domain, err);
	if (status == VM_OK)
		status = store->module->units->begin(store->backend, store->unit_domain.name, err);
	store->unit_domain.is_alias = false; /* its real name is what it is asked for by */
	if (status == VM_OK)
		store->in_unit = true;
	else
		end_unit(store);
	return status;
}

enum vm_status vm_store_commit(struct vm_store *store, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (!store->in_unit)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	status = store->module->units->commit(store->backend, err);
	end_unit(store);
	return status;
}

void vm_store_rollback(struct vm_store *store)
{
	if (!store->in_unit)
		return;
	store->module->units->rollback(store->backend);
	end_unit(store);
}

bool vm_store_may_repeat(struct vm_store *store, unsigned int round)
{
	return store->module->units != NULL && store->module->units->may_repeat != NULL &&
	       store->backend != NULL && store->module->units->may_repeat(store->backend, round);
}

enum vm_status vm_store_account_get(struct vm_store *store, struct vm_name name,
				    struct vm_arena *arena, struct vm_account *out,
				    struct vm_error *err)
{
	struct vm_domain domain;
	bool is_asked = false;
	enum vm_status status = vm_store_ready(store, err);

	/* Most domains are no aliases: their accounts are found without asking first. */
	if (status == VM_OK && vm_store_domains_are_shared(store)) {
		status = store->module->accounts->get(store->backend, name, arena, out, err);
		if (status != VM_NOT_FOUND)
			return status;
	}
	is_asked = status == VM_NOT_FOUND;
	if (status == VM_OK || is_asked)
		status = vm_store_real_domain(store, name.domain, arena, &domain, err);
	if (status != VM_OK)
		return status;
	if (is_asked && strcmp(domain.name, name.domain) == 0)
		return vm_fail(err, VM_NOT_FOUND, "there is no account %s@%s", name.user,
			       name.domain);
	name.domain = domain.name;
	return store->module->accounts->get(store->backend, name, arena, out, err);
}

static enum vm_status check_room(struct vm_store *store, const char *domain, int64_t max_accounts,
				 struct vm_error *err)
{
	uint64_t count = 0;
	enum vm_status status = VM_OK;

	if (max_accounts < 0)
		return VM_OK;
	status = store->module->accounts->count(store->backend, domain, &count, err);
	if (status != VM_OK || count < (uint64_t)max_accounts)
		return status;
	return vm_fail(err, VM_LIMIT, "%s may have %lld accounts and has them", domain,
		       (long long)max_accounts);
}

static enum vm_status check_and_insert(struct vm_store *store, const struct vm_account *account,
				       int64_t max_accounts, struct vm_error *err)
{
	const enum vm_status status = check_room(store, account->domain, max_accounts, err);

	return status == VM_OK ? store->module->accounts->insert(store->backend, account, err)
			       : status;
}

/* Counting and inserting must not be parted: inside the caller's unit, or in one of our own. */
static enum vm_status insert_within_limit(struct vm_store *store, const struct vm_account *account,
					  int64_t max_accounts, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (store->in_unit || max_accounts < 0)
		return check_and_insert(store, account, max_accounts, err);
	for (unsigned int round = 0;; round++) {
		status = vm_store_begin(store, account->domain, err);
		if (status == VM_OK)
			status = check_and_insert(store, account, max_accounts, err);
		if (status == VM_OK)
			status = vm_store_commit(store, err);
		vm_store_rollback(store);
		if (status == VM_OK || vm_status_is_definite(status) ||
		    !vm_store_may_repeat(store, round))
			return status;
	}
}

enum vm_status vm_store_account_insert(struct vm_store *store, const struct vm_account *account,
				       int64_t max_accounts, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain domain;
	struct vm_account real = *account;
	enum vm_status status = vm_account_check(account, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, account->domain, &scratch, &domain, err);
	if (status == VM_OK) {
		real.domain = domain.name;
		status = insert_within_limit(store, &real, max_accounts, err);
	}
	vm_arena_release(&scratch);
	return status;
}

bool vm_store_inserts_many(const struct vm_store *store)
{
	return store->module->accounts->insert_many != NULL;
}

enum vm_status vm_store_account_insert_many(struct vm_store *store,
					    const struct vm_account *accounts, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (!vm_store_inserts_many(store))
		return vm_fail(err, VM_UNSUPPORTED, "store %s adds accounts one by one",
			       store->module->name);
	if (!store->in_unit)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	for (size_t i = 0; i < VM_ACCOUNTS_MANY && status == VM_OK; i++) {
		status = vm_account_check(&accounts[i], err);
		if (status == VM_OK && strcmp(accounts[i].domain, store->unit_domain.name) != 0)
			status = vm_fail(err, VM_INTERNAL, "%s is not the unit's domain",
					 accounts[i].domain);
	}
	if (status != VM_OK)
		return status;
	return store->module->accounts->insert_many(store->backend, accounts, err);
}

enum vm_status vm_store_account_update(struct vm_store *store, const struct vm_account *account,
				       const struct vm_account *expected, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain domain;
	struct vm_account real = *account;
	enum vm_status status = vm_account_check(account, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, account->domain, &scratch, &domain, err);
	if (status == VM_OK) {
		real.domain = domain.name;
		status = store->module->accounts->update(store->backend, &real, expected, err);
	}
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_account_remove(struct vm_store *store, struct vm_name name,
				       struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, name.domain, &scratch, &domain, err);
	if (status == VM_OK) {
		name.domain = domain.name;
		status = store->module->accounts->remove(store->backend, name, err);
	}
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_account_list(struct vm_store *store, const char *domain,
				     struct vm_page page, struct vm_arena *arena,
				     struct vm_account_list *out, struct vm_error *err)
{
	struct vm_domain real;
	const enum vm_status status = vm_store_real_domain(store, domain, arena, &real, err);

	if (status != VM_OK)
		return status;
	return store->module->accounts->list(store->backend, real.name, page, arena, out, err);
}

enum vm_status vm_store_account_count(struct vm_store *store, const char *domain, uint64_t *out,
				      struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK)
		status = store->module->accounts->count(store->backend, real.name, out, err);
	vm_arena_release(&scratch);
	return status;
}
