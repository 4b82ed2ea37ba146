/* Decides what the administrators of a domain may do. */
#include <config.h>

#include "operations/delegation.h"

#include <string.h>

enum { SCRATCH_MAX = 16 * 1024 };

static const char *const names[VM_MATTERS] = {
	[VM_MATTER_ACCOUNT] = "accounts",
	[VM_MATTER_ALIAS] = "aliases",
	[VM_MATTER_FORWARD] = "forwards",
	[VM_MATTER_AUTORESPONDER] = "autoresponders",
	[VM_MATTER_LIST] = "mailing lists",
	[VM_MATTER_LIST_USERS] = "users of mailing lists",
	[VM_MATTER_LIST_MODERATORS] = "moderators of mailing lists",
	[VM_MATTER_QUOTA] = "quotas",
	[VM_MATTER_DEFAULT_QUOTA] = "default quotas",
};

enum vm_admin_level vm_admin_level_of(const struct vm_account *admin)
{
	if ((admin->flags & VM_FLAG_SYSTEM_ADMIN) != 0)
		return VM_ADMIN_SYSTEM;
	if (strcmp(admin->user, "postmaster") == 0)
		return VM_ADMIN_POSTMASTER;
	if ((admin->flags & VM_FLAG_DOMAIN_ADMIN) == 0)
		return VM_ADMIN_NONE;
	return (admin->flags & VM_FLAG_OVERRIDE_LIMITS) != 0 ? VM_ADMIN_POSTMASTER
							     : VM_ADMIN_DOMAIN;
}

uint8_t vm_admin_denied(const struct vm_limits *limits, enum vm_admin_matter matter)
{
	switch (matter) {
	case VM_MATTER_ACCOUNT:
		return limits->perm_account;
	case VM_MATTER_ALIAS:
		return limits->perm_alias;
	case VM_MATTER_FORWARD:
		return limits->perm_forward;
	case VM_MATTER_AUTORESPONDER:
		return limits->perm_autoresponder;
	case VM_MATTER_LIST:
		return limits->perm_list;
	case VM_MATTER_LIST_USERS:
		return limits->perm_list_users;
	case VM_MATTER_LIST_MODERATORS:
		return limits->perm_list_moderators;
	case VM_MATTER_QUOTA:
		return limits->perm_quota;
	case VM_MATTER_DEFAULT_QUOTA:
		return limits->perm_default_quota;
	}
	return VM_DENY_ALL;
}

static enum vm_status check_permission(const struct vm_context *context, const char *domain,
				       enum vm_admin_matter matter, unsigned int acts,
				       struct vm_error *err)
{
	struct vm_limits limits;
	const enum vm_status status = vm_store_limits_get(context->store, domain, &limits, err);
	unsigned int denied = 0;

	if (status != VM_OK)
		return status;
	denied = vm_admin_denied(&limits, matter) & acts;
	if (denied == 0)
		return VM_OK;
	return vm_fail(err, VM_DENIED, "only postmaster may%s%s%s %s of %s",
		       (denied & VM_DENY_CREATE) != 0 ? " create" : "",
		       (denied & VM_DENY_MODIFY) != 0 ? " modify" : "",
		       (denied & VM_DENY_DELETE) != 0 ? " delete" : "", names[matter], domain);
}

static enum vm_status check_domain(const struct vm_context *context, const struct vm_account *admin,
				   const char *domain, struct vm_arena *arena,
				   struct vm_domain *out, struct vm_error *err)
{
	const enum vm_status status = vm_store_domain_get(context->store, domain, arena, out, err);
	const bool is_system = vm_admin_level_of(admin) == VM_ADMIN_SYSTEM;

	if (is_system && status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", domain);
	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	if (status == VM_OK && (is_system || strcmp(out->name, admin->domain) == 0))
		return VM_OK;
	return vm_fail(err, VM_DENIED, "%s@%s does not administer %s", admin->user, admin->domain,
		       domain);
}

enum vm_status vm_admin_check(const struct vm_context *context, const struct vm_account *admin,
			      const char *domain, enum vm_admin_matter matter, unsigned int acts,
			      struct vm_error *err)
{
	const enum vm_admin_level level = vm_admin_level_of(admin);
	struct vm_arena arena;
	struct vm_domain found;
	enum vm_status status = VM_INTERNAL;

	if (level == VM_ADMIN_NONE)
		return vm_fail(err, VM_DENIED, "%s@%s is no administrator", admin->user,
			       admin->domain);
	vm_arena_init(&arena, SCRATCH_MAX);
	status = check_domain(context, admin, domain, &arena, &found, err);
	if (status == VM_OK && level == VM_ADMIN_DOMAIN)
		status = check_permission(context, found.name, matter, acts, err);
	vm_arena_release(&arena);
	return status;
}
