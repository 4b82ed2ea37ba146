/* Subtracts removed messages. */
#include <config.h>

#include "operations/usage_removed.h"

#include <string.h>

enum { ARENA_MAX = 64 * 1024 };

static enum vm_status subtract(struct vm_store *store, const struct vm_address *address,
			       const struct vm_usage *removed, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(store, address->domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_store_usage_add(store, &domain,
					    (struct vm_name){ address->user, domain.name },
					    -(int64_t)removed->bytes, -(int64_t)removed->messages,
					    err);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_usage_removed(const struct vm_config *config, const char *login,
				const struct vm_usage *removed, struct vm_error *err)
{
	const struct vm_address_policy policy = vm_config_address_policy(config, "");
	struct vm_address address;
	struct vm_store *store = NULL;
	enum vm_status status = VM_INTERNAL;

	/* Without a domain's quota files count nothing, and no store need be opened. */
	if (strcmp(config->auth, "cdb") == 0 && !config->domain_quotas)
		return VM_OK;
	if (vm_address_parse(login, &policy, &address, err) != VM_OK)
		return VM_OK;
	status = vm_store_open(config, true, &store, err);
	if (status == VM_OK)
		status = subtract(store, &address, removed, err);
	vm_store_close(&store);
	return status;
}
