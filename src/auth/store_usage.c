/* Usage of domains behind the door: the module's counters, else D/.usage. */
#include <config.h>

#include <fcntl.h>

#include "auth/store_internal.h"
#include "core/usage_file.h"
#include "util/file.h"

static enum vm_status open_domain(const struct vm_domain *domain, int *out, struct vm_error *err)
{
	const enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, out, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	return status;
}

bool vm_store_keeps_usage(const struct vm_store *store)
{
	return store->module->usage != NULL;
}

enum vm_status vm_store_usage_get(struct vm_store *store, const struct vm_domain *domain,
				  struct vm_name name, struct vm_usage *out, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->usage != NULL)
		return store->module->usage->get(store->backend, name, out, err);
	if (name.user[0] != '\0') /* an account's usage is its Maildir's maildirsize */
		return vm_fail(err, VM_UNSUPPORTED, "usage of accounts is kept in their Maildirs");
	status = open_domain(domain, &folder, err);
	if (status == VM_OK)
		status = vm_usage_file_get(folder, out, err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_store_usage_add(struct vm_store *store, const struct vm_domain *domain,
				  struct vm_name name, int64_t bytes, int64_t messages,
				  struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->usage != NULL)
		return store->module->usage->add(store->backend, name, bytes, messages, err);
	status = open_domain(domain, &folder, err);
	if (status == VM_OK)
		status = vm_usage_file_add(folder, bytes, messages, err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_store_usage_set(struct vm_store *store, const struct vm_domain *domain,
				  struct vm_name name, const struct vm_usage *usage,
				  struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->usage != NULL)
		return store->module->usage->set(store->backend, name, usage, err);
	if (name.user[0] != '\0')
		return vm_fail(err, VM_UNSUPPORTED, "usage of accounts is kept in their Maildirs");
	status = open_domain(domain, &folder, err);
	if (status == VM_OK)
		status = vm_usage_file_set(folder, usage, err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_store_usage_forget(struct vm_store *store, const struct vm_domain *domain,
				     struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->usage != NULL)
		return store->module->usage->forget(store->backend, domain->name, err);
	status = open_domain(domain, &folder, err);
	if (status == VM_OK)
		status = vm_usage_file_forget(folder, err);
	vm_file_discard(&folder);
	return status;
}
