/* Writes what qmail reads about one name. */
#include <config.h>

#include "operations/host_files.h"

#include "core/assign_file.h"
#include "core/control_file.h"

static struct vm_assign assign_of(const struct vm_context *context)
{
	return (struct vm_assign){ .qmail_dir = context->config->qmail_dir,
				   .cdb_name = context->config->qmail_cdb_name };
}

enum vm_status vm_host_files_add(const struct vm_context *context,
				 const struct vm_domain_entry *entry, bool optimize,
				 struct vm_error *err)
{
	const struct vm_assign assign = assign_of(context);
	enum vm_status status = VM_OK;

	if (vm_store_domains_are_shared(context->store))
		status = vm_assign_put(&assign, entry, err);
	if (status == VM_OK)
		status = vm_control_add(context->config->qmail_dir, &entry->name, 1, optimize, err);
	return status;
}

enum vm_status vm_host_files_remove(const struct vm_context *context, const char *name,
				    struct vm_error *err)
{
	const struct vm_assign assign = assign_of(context);
	enum vm_status status = vm_control_remove(context->config->qmail_dir, &name, 1, err);

	if (status == VM_OK && vm_store_domains_are_shared(context->store))
		status = vm_assign_remove(&assign, &name, 1, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}
