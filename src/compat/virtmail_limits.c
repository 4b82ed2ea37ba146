/* Limits of domains for programs in C. */
#include <config.h>

#include "installation.h"

#include "core/limits.h"
#include "operations/account_access.h"
#include "util/text.h"

enum { MIB_SHIFT = 20 };

_Static_assert(VM_MAY_NOT_CREATE == (uint32_t)VM_DENY_CREATE &&
		       VM_MAY_NOT_MODIFY == (uint32_t)VM_DENY_MODIFY &&
		       VM_MAY_NOT_DELETE == (uint32_t)VM_DENY_DELETE,
	       "the bits of virtmail.h are those of core/limits.h");

static void to_client(const struct vm_limits *from, struct vm_domain_limits *to)
{
	*to = (struct vm_domain_limits){
		.size = to->size,
		.max_accounts = from->max_accounts,
		.max_aliases = from->max_aliases,
		.max_forwards = from->max_forwards,
		.max_autoresponders = from->max_autoresponders,
		.max_lists = from->max_lists,
		.disk_mib = from->disk_quota_mb,
		.max_messages = from->max_messages,
		.default_bytes = from->default_quota,
		.default_messages = from->default_messages,
		.disabled_flags = from->disabled,
		.perm_account = from->perm_account,
		.perm_alias = from->perm_alias,
		.perm_forward = from->perm_forward,
		.perm_autoresponder = from->perm_autoresponder,
		.perm_list = from->perm_list,
		.perm_list_users = from->perm_list_users,
		.perm_list_moderators = from->perm_list_moderators,
		.perm_quota = from->perm_quota,
		.perm_default_quota = from->perm_default_quota,
	};
}

static enum vm_status check_counts(const struct vm_domain_limits *limits, struct vm_error *err)
{
	const struct {
		const char *name;
		int32_t value;
	} counts[] = { { "max_accounts", limits->max_accounts },
		       { "max_aliases", limits->max_aliases },
		       { "max_forwards", limits->max_forwards },
		       { "max_autoresponders", limits->max_autoresponders },
		       { "max_lists", limits->max_lists } };

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (counts[i].value < -1)
			return vm_fail_field(err, VM_INVALID, counts[i].name,
					     "%s is -1 for any number, or a number",
					     counts[i].name);
	return VM_OK;
}

static enum vm_status check_sizes(const struct vm_domain_limits *limits, struct vm_error *err)
{
	const struct {
		const char *name;
		uint64_t value, maximum;
	} sizes[] = { { "disk_mib", limits->disk_mib, INT64_MAX >> MIB_SHIFT },
		      { "max_messages", limits->max_messages, INT64_MAX },
		      { "default_bytes", limits->default_bytes, INT64_MAX },
		      { "default_messages", limits->default_messages, INT64_MAX } };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (sizes[i].value > sizes[i].maximum)
			return vm_fail_field(err, VM_INVALID, sizes[i].name, "%s is too large",
					     sizes[i].name);
	return VM_OK;
}

static enum vm_status check_bits(const struct vm_domain_limits *limits, struct vm_error *err)
{
	const struct {
		const char *name;
		uint32_t value;
	} permissions[] = { { "perm_account", limits->perm_account },
			    { "perm_alias", limits->perm_alias },
			    { "perm_forward", limits->perm_forward },
			    { "perm_autoresponder", limits->perm_autoresponder },
			    { "perm_list", limits->perm_list },
			    { "perm_list_users", limits->perm_list_users },
			    { "perm_list_moderators", limits->perm_list_moderators },
			    { "perm_quota", limits->perm_quota },
			    { "perm_default_quota", limits->perm_default_quota } };

	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		if ((permissions[i].value & ~(uint32_t)VM_DENY_ALL) != 0)
			return vm_fail_field(err, VM_INVALID, permissions[i].name,
					     "%s has a bit that is none of VM_MAY_NOT_*",
					     permissions[i].name);
	return (limits->disabled_flags & ~VM_FLAGS_OF_DOMAINS) != 0
		       ? vm_fail_field(err, VM_INVALID, "disabled_flags",
				       "disabled_flags has a flag that no domain can set")
		       : VM_OK;
}

static enum vm_status from_client(const struct vm_domain_limits *from, struct vm_limits *to,
				  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (from->size < sizeof *from)
		return vm_fail(err, VM_INVALID, "the size of the limits is not set");
	status = check_counts(from, err);
	if (status == VM_OK)
		status = check_sizes(from, err);
	if (status == VM_OK)
		status = check_bits(from, err);
	*to = (struct vm_limits){
		.max_accounts = from->max_accounts,
		.max_aliases = from->max_aliases,
		.max_forwards = from->max_forwards,
		.max_autoresponders = from->max_autoresponders,
		.max_lists = from->max_lists,
		.disk_quota_mb = from->disk_mib,
		.max_messages = from->max_messages,
		.default_quota = from->default_bytes,
		.default_messages = from->default_messages,
		.disabled = from->disabled_flags,
		.perm_account = (uint8_t)from->perm_account,
		.perm_alias = (uint8_t)from->perm_alias,
		.perm_forward = (uint8_t)from->perm_forward,
		.perm_autoresponder = (uint8_t)from->perm_autoresponder,
		.perm_list = (uint8_t)from->perm_list,
		.perm_list_users = (uint8_t)from->perm_list_users,
		.perm_list_moderators = (uint8_t)from->perm_list_moderators,
		.perm_quota = (uint8_t)from->perm_quota,
		.perm_default_quota = (uint8_t)from->perm_default_quota,
	};
	return status;
}

/* The real domain that a name means: limits are its own. */
static enum vm_status find(struct vm_installation *installation, const char *domain,
			   char out[VM_DOMAIN_MAX + 1], struct vm_error *err)
{
	const struct vm_domain_record *found = NULL;
	enum vm_status status = vm_find_domain(installation, domain, &found, err);

	if (status == VM_OK && !vm_text_copy(out, VM_DOMAIN_MAX + 1, found->real))
		status = vm_fail(err, VM_INTERNAL, "the name of the domain is too long");
	vm_free_domain(&found);
	return status;
}

VM_EXPORT enum vm_status vm_read_limits(struct vm_installation *installation, const char *domain,
					struct vm_domain_limits *out, int *are_own,
					struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_limits limits;
	enum vm_status status = VM_OK, own = VM_OK;

	if (out == NULL || out->size < sizeof *out)
		return vm_fail(err, VM_INVALID, "the size of the limits is not set");
	status = find(installation, domain, name, err);
	if (status == VM_OK && are_own != NULL)
		own = vm_store_limits_own(installation->store, name, &limits, err);
	if (own != VM_OK && own != VM_NOT_FOUND)
		return own;
	if (status == VM_OK)
		status = vm_store_limits_get(installation->store, name, &limits, err);
	if (status != VM_OK)
		return status;
	if (are_own != NULL)
		*are_own = own == VM_OK;
	to_client(&limits, out);
	return VM_OK;
}

VM_EXPORT enum vm_status vm_change_limits(struct vm_installation *installation, const char *domain,
					  const struct vm_domain_limits *limits,
					  struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_limits wanted;
	enum vm_status status = limits != NULL ? from_client(limits, &wanted, err) : VM_OK;

	if (status == VM_OK)
		status = find(installation, domain, name, err);
	if (status != VM_OK)
		return status;
	if (limits != NULL)
		return vm_store_limits_put(installation->store, name, &wanted, err);
	status = vm_store_limits_remove(installation->store, name, err);
	return status == VM_NOT_FOUND ? VM_OK : status; /* it had none of its own */
}
