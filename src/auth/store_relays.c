/* The relay windows behind the door: the module's rows, else etc/open-smtp. */
#include <config.h>

#include "auth/store_internal.h"
#include "core/relay_file.h"
#include "util/file.h"

enum vm_status vm_store_relay_open(struct vm_store *store, const struct vm_relay *relay,
				   bool *is_new, struct vm_error *err)
{
	struct vm_relay clean = { .since = relay->since };
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status == VM_OK)
		status = vm_relay_normalize(relay->ip, clean.ip, err);
	if (status != VM_OK)
		return status;
	if (store->module->relays != NULL)
		return store->module->relays->open(store->backend, &clean, is_new, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_relay_file_open(etc, &clean, is_new, err);
	vm_file_discard(&etc);
	return status;
}

enum vm_status vm_store_relay_expire(struct vm_store *store, time_t before, uint64_t *removed,
				     struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	*removed = 0;
	if (status != VM_OK)
		return status;
	if (store->module->relays != NULL)
		return store->module->relays->expire(store->backend, before, removed, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_relay_file_expire(etc, before, removed, err);
	vm_file_discard(&etc);
	return status;
}

enum vm_status vm_store_relay_each(struct vm_store *store,
				   enum vm_status (*each)(void *, const struct vm_relay *),
				   void *context, struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->relays != NULL)
		return store->module->relays->each(store->backend, each, context, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_relay_file_each(etc, each, context, err);
	vm_file_discard(&etc);
	return status;
}
