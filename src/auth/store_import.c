/* Takes what files of this host say about domains into the tables of a new store. */
#include <config.h>

#include <fcntl.h>

#include "auth/store_internal.h"
#include "core/assign_file.h"
#include "core/limits.h"
#include "util/file.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>

enum { PAGE = 1000, PAGE_BYTES = 4 * 1024 * 1024 };

/* Old programs kept the limits of a domain in its folder, unless they were built to keep them in a table. */
static enum vm_status import_limits(struct vm_store *store, const struct vm_domain_entry *entry,
				    struct vm_error *err)
{
	const struct vm_limit_ops *const ops = store->module->limits;
	struct vm_limits limits;
	char path[VM_PATH_MAX * 2];
	struct stat info;
	enum vm_status status = VM_INTERNAL;

	if (!vm_store_keeps(store, VM_STORE_LIMITS) || strcmp(entry->name, entry->real) != 0)
		return VM_OK;
	if (!vm_text_format(path, sizeof path, "%s/.qmailadmin-limits", entry->dir))
		return vm_fail(err, VM_MISCONFIG, "the folder of %s is too long", entry->name);
	status = vm_file_stat(AT_FDCWD, path, &info, err);
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	status = ops->get(store->backend, entry->name, &limits, err);
	if (status != VM_NOT_FOUND)
		return status;
	status = vm_limits_file_get(entry->dir, path, &limits, err);
	return status == VM_OK ? ops->put(store->backend, entry->name, &limits, err) : status;
}

static enum vm_status import_page(struct vm_store *store, const struct vm_domain_list *list,
				  struct vm_error *err)
{
	const struct vm_schema_ops *const schema = store->module->schema;
	enum vm_status status =
		schema->import(store->backend, list->items, list->count, false, err);

	for (size_t i = 0; i < list->count && status == VM_OK; i++)
		status = import_limits(store, &list->items[i], err);
	return status;
}

enum vm_status vm_store_import(struct vm_store *store, struct vm_error *err)
{
	const struct vm_assign assign = { .qmail_dir = store->config->qmail_dir,
					  .cdb_name = store->config->qmail_cdb_name };
	struct vm_domain_list list = { .more = true };
	struct vm_arena arena;
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	while (status == VM_OK && list.more) {
		vm_arena_init(&arena, PAGE_BYTES);
		status = vm_assign_list(&assign, NULL, after, PAGE, &arena, &list, err);
		if (status == VM_OK)
			status = import_page(store, &list, err);
		if (status == VM_OK && list.count > 0 &&
		    !vm_text_copy(after, sizeof after, list.items[list.count - 1].name))
			status = vm_fail(err, VM_MISCONFIG, "users/assign has too long a name");
		vm_arena_release(&arena);
	}
	return status == VM_OK ? store->module->schema->import(store->backend, NULL, 0, true, err)
			       : status;
}
