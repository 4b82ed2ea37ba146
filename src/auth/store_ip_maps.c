/* The IP map behind the door: the module's rows, else etc/ip_alias_map. */
#include <config.h>

#include "auth/store_internal.h"
#include "core/ip_map_file.h"
#include "util/file.h"

enum vm_status vm_store_ip_map_get(struct vm_store *store, const char *ip, struct vm_ip_map *out,
				   struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->ip_maps != NULL)
		return store->module->ip_maps->get(store->backend, ip, out, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_ip_map_file_get(etc, ip, out, err);
	vm_file_discard(&etc);
	return status;
}

enum vm_status vm_store_ip_map_put(struct vm_store *store, const struct vm_ip_map *map,
				   struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status == VM_OK)
		status = vm_ip_map_check(map, err);
	if (status != VM_OK)
		return status;
	if (store->module->ip_maps != NULL)
		return store->module->ip_maps->put(store->backend, map, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_ip_map_file_put(etc, map, err);
	vm_file_discard(&etc);
	return status;
}

enum vm_status vm_store_ip_map_remove(struct vm_store *store, const char *ip, struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->ip_maps != NULL)
		return store->module->ip_maps->remove(store->backend, ip, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_ip_map_file_remove(etc, ip, err);
	vm_file_discard(&etc);
	return status;
}

enum vm_status vm_store_ip_map_list(struct vm_store *store, struct vm_page page,
				    struct vm_arena *arena, struct vm_ip_map_list *out,
				    struct vm_error *err)
{
	int etc = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->ip_maps != NULL)
		return store->module->ip_maps->list(store->backend, page, arena, out, err);
	status = vm_store_open_etc(store, &etc, err);
	if (status == VM_OK)
		status = vm_ip_map_file_list(etc, page.after, page.limit, arena, out, err);
	vm_file_discard(&etc);
	return status;
}
