/* Limits behind the door: the module's record, else the domain's file; defaults where there is neither. */
#include <config.h>

#include "auth/store_internal.h"
#include "util/text.h"

enum { SCRATCH_MAX = 16 * 1024 };

static enum vm_status default_file(const struct vm_store *store, char path[VM_PATH_MAX * 2],
				   struct vm_error *err)
{
	if (!vm_text_format(path, VM_PATH_MAX * 2, "%s/etc/vlimits.default", store->config->home))
		return vm_fail(err, VM_MISCONFIG, "the path of vlimits.default is too long");
	return VM_OK;
}

enum vm_status vm_store_limits_get(struct vm_store *store, const char *domain,
				   struct vm_limits *out, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	char path[VM_PATH_MAX * 2];
	enum vm_status status = default_file(store, path, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_LIMITS)) {
		status = store->module->limits->get(store->backend, real.name, out, err);
		if (status == VM_NOT_FOUND)
			status = vm_limits_file_get(NULL, path, out, err);
	} else if (status == VM_OK) {
		status = vm_limits_file_get(real.dir, path, out, err);
	}
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_limits_own(struct vm_store *store, const char *domain,
				   struct vm_limits *out, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_limits_default(out);
	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_LIMITS))
		status = store->module->limits->get(store->backend, real.name, out, err);
	else if (status == VM_OK)
		status = vm_limits_file_own(real.dir, out, err);
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_limits_put(struct vm_store *store, const char *domain,
				   const struct vm_limits *limits, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_LIMITS))
		status = store->module->limits->put(store->backend, real.name, limits, err);
	else if (status == VM_OK)
		status = vm_limits_file_put(real.dir, limits, err);
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_limits_remove(struct vm_store *store, const char *domain,
				      struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_LIMITS))
		status = store->module->limits->remove(store->backend, real.name, err);
	else if (status == VM_OK)
		status = vm_limits_file_remove(real.dir, err);
	vm_arena_release(&scratch);
	return status;
}
