/* The tables of the module's engine behind the door. */
#include <config.h>

#include "auth/store_internal.h"

static enum vm_status need_schema(const struct vm_store *store, struct vm_error *err)
{
	if (store->module->schema != NULL)
		return VM_OK;
	return vm_fail(err, VM_UNSUPPORTED, "store %s has no tables", store->module->name);
}

bool vm_store_has_schema(const struct vm_store *store)
{
	return store->module->schema != NULL;
}

enum vm_status vm_store_schema_state(struct vm_store *store, struct vm_schema_state *out,
				     struct vm_error *err)
{
	enum vm_status status = need_schema(store, err);

	if (status == VM_OK)
		status = vm_store_ready(store, err);
	return status == VM_OK ? store->module->schema->state(store->backend, out, err) : status;
}

enum vm_status vm_store_schema_each(struct vm_store *store,
				    enum vm_status (*each)(void *, const struct vm_schema_step *),
				    void *context, struct vm_error *err)
{
	enum vm_status status = need_schema(store, err);

	if (status == VM_OK)
		status = vm_store_ready(store, err);
	return status == VM_OK ? store->module->schema->each(store->backend, each, context, err)
			       : status;
}

enum vm_status vm_store_schema_prepare(struct vm_store *store, struct vm_error *err)
{
	enum vm_status status = need_schema(store, err);

	if (status == VM_OK && store->module->schema->prepare != NULL)
		status = store->module->schema->prepare(store->config, err);
	return status == VM_OK ? vm_store_ready(store, err) : status;
}

enum vm_status vm_store_schema_apply(struct vm_store *store, size_t *taken, struct vm_error *err)
{
	struct vm_schema_state state = { .has_domains = false };
	enum vm_status status = vm_store_schema_prepare(store, err);

	*taken = 0;
	if (status == VM_OK)
		status = store->module->schema->apply(store->backend, err);
	if (status == VM_OK)
		status = store->module->schema->state(store->backend, &state, err);
	if (status == VM_OK && !state.has_domains)
		status = vm_store_import(store, err);
	return status == VM_OK ? store->module->schema->take_over(store->backend, taken, err)
			       : status;
}
