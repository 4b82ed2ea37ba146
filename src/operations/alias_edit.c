/* Changes aliases within the limits of their domain. */
#include <config.h>

#include "operations/alias_edit.h"

enum vm_status vm_alias_add(const struct vm_context *context, const struct vm_alias *alias,
			    struct vm_error *err)
{
	struct vm_limits limits;
	const enum vm_status status =
		vm_store_limits_get(context->store, alias->domain, &limits, err);

	return status == VM_OK ? vm_store_alias_insert_within(context->store, alias, &limits, err)
			       : status;
}

enum vm_status vm_alias_remove(const struct vm_context *context, struct vm_name name,
			       const char *line, struct vm_error *err)
{
	return vm_store_alias_remove(context->store, name, line, err);
}
