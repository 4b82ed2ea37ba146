/* Knows the members of each type of line. */
#include <config.h>

#include "operations/transfer_members.h"

#include <stddef.h>

enum { NAMES_MAX = 24 };

/* Names that are allowed; NULL ends each list. "type" is always. */
static const char *const allowed[VM_TRANSFER_TYPES][NAMES_MAX] = {
	[VM_TRANSFER_EXPORT] = { "type", "version", "source" },
	[VM_TRANSFER_DOMAIN] = { "type", "domain", "dir", "uid", "gid", "catch_all", "default",
				 "dir_count", "dir_path" },
	[VM_TRANSFER_ALIAS_DOMAIN] = { "type", "name", "domain" },
	[VM_TRANSFER_DOMAIN_ADMIN] = { "type", "address", "domain" },
	[VM_TRANSFER_LIMITS] = { "type",
				 "domain",
				 "max_accounts",
				 "max_aliases",
				 "max_forwards",
				 "max_autoresponders",
				 "max_lists",
				 "disk_quota_mb",
				 "max_messages",
				 "default_quota",
				 "default_messages",
				 "disabled_flags",
				 "other_disabled_flags",
				 "perm_account",
				 "perm_alias",
				 "perm_forward",
				 "perm_autoresponder",
				 "perm_list",
				 "perm_list_users",
				 "perm_list_moderators",
				 "perm_quota",
				 "perm_default_quota" },
	[VM_TRANSFER_ACCOUNT] = { "type", "address", "hash", "clear", "apop", "quota", "comment",
				  "flags", "other_flags", "home", "maildir", "last_login",
				  "last_login_from" },
	[VM_TRANSFER_ALIAS] = { "type", "address", "destinations" },
	[VM_TRANSFER_VACATION] = { "type", "address", "subject", "text", "from", "until",
				   "interval", "active" },
	[VM_TRANSFER_IP_MAP] = { "type", "ip", "domain" },
	[VM_TRANSFER_END] = { "type" },
};

struct row {
	const char *name;
	size_t offset;
};

#define ROW(member)                                          \
	{                                                    \
#member, offsetof(struct vm_limits, member), \
	}

static const struct row maxima[VM_LIMIT_MAXIMA] = {
	ROW(max_accounts),       ROW(max_aliases), ROW(max_forwards),
	ROW(max_autoresponders), ROW(max_lists),
};

static const struct row sizes[VM_LIMIT_SIZES] = {
	ROW(disk_quota_mb),
	ROW(max_messages),
	ROW(default_quota),
	ROW(default_messages),
};

static const struct row permissions[VM_LIMIT_PERMISSIONS] = {
	ROW(perm_account),         ROW(perm_alias), ROW(perm_forward),
	ROW(perm_autoresponder),   ROW(perm_list),  ROW(perm_list_users),
	ROW(perm_list_moderators), ROW(perm_quota), ROW(perm_default_quota),
};

/* In the order of their bits VM_DENY_*. */
static const char *const acts[VM_LIMIT_ACTS] = { "create", "modify", "delete" };

static const void *place(const struct vm_limits *limits, const struct row *row)
{
	return (const char *)limits + row->offset;
}

const int32_t *vm_limit_maximum(const struct vm_limits *limits, size_t index)
{
	return place(limits, &maxima[index]);
}

const char *vm_limit_maximum_name(size_t index)
{
	return maxima[index].name;
}

const uint64_t *vm_limit_size(const struct vm_limits *limits, size_t index)
{
	return place(limits, &sizes[index]);
}

const char *vm_limit_size_name(size_t index)
{
	return sizes[index].name;
}

const uint8_t *vm_limit_permission(const struct vm_limits *limits, size_t index)
{
	return place(limits, &permissions[index]);
}

const char *vm_limit_permission_name(size_t index)
{
	return permissions[index].name;
}

const char *vm_limit_act_name(size_t index)
{
	return acts[index];
}

void vm_limit_set_maximum(struct vm_limits *limits, size_t index, int32_t value)
{
	int32_t *const to = (void *)((char *)limits + maxima[index].offset);

	*to = value;
}

void vm_limit_set_size(struct vm_limits *limits, size_t index, uint64_t value)
{
	uint64_t *const to = (void *)((char *)limits + sizes[index].offset);

	*to = value;
}

void vm_limit_set_permission(struct vm_limits *limits, size_t index, uint8_t value)
{
	uint8_t *const to = (void *)((char *)limits + permissions[index].offset);

	*to = value;
}

const char *const *vm_transfer_members(enum vm_transfer_type type, size_t *count)
{
	*count = 0;
	while (*count < NAMES_MAX && allowed[type][*count] != NULL)
		(*count)++;
	return allowed[type];
}
