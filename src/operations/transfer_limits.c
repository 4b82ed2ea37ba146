/* Knows the members of a limits line. */
#include <config.h>

#include "operations/transfer_limits.h"

#include <stddef.h>

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
