/* Changes aliases within the limits of their domain. */
#include <config.h>

#include "operations/alias_edit.h"

#include "core/alias_kind.h"
#include "operations/mailing_list.h"
#include "operations/on_change.h"

/* ezmlm makes lists of its own beside those of aliases, and they have one limit. */
static enum vm_status insert(const struct vm_context *context, const struct vm_alias *alias,
			     const struct vm_limits *limits, struct vm_error *err)
{
	if (limits->max_lists >= 0 && vm_alias_kind_of(alias->line, alias->domain) == VM_ALIAS_LIST)
		return vm_mailing_list_alias_add(context, alias, limits, err);
	return vm_store_alias_insert_within(context->store, alias, limits, err);
}

enum vm_status vm_alias_add(const struct vm_context *context, const struct vm_alias *alias,
			    struct vm_error *err)
{
	const struct vm_name name = { alias->user, alias->domain };
	struct vm_limits limits;
	enum vm_status status = vm_store_limits_get(context->store, alias->domain, &limits, err);

	if (status != VM_OK)
		return status;
	vm_on_change_of(context, VM_CHANGE_BEFORE, VM_CHANGE_ALIAS_INSERT, name, alias->line);
	status = insert(context, alias, &limits, err);
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_AFTER, VM_CHANGE_ALIAS_INSERT, name,
				alias->line);
	return status;
}

enum vm_status vm_alias_remove(const struct vm_context *context, struct vm_name name,
			       const char *line, struct vm_error *err)
{
	const char *const command = line == NULL ? VM_CHANGE_ALIAS_DELETE : VM_CHANGE_ALIAS_REMOVE;
	enum vm_status status = VM_INTERNAL;

	vm_on_change_of(context, VM_CHANGE_BEFORE, command, name, line);
	status = vm_store_alias_remove(context->store, name, line, err);
	if (status == VM_OK)
		vm_on_change_of(context, VM_CHANGE_AFTER, command, name, line);
	return status;
}
