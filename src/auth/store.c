/* Opens the store that the settings name, and again whenever its engine was away. */
#include <config.h>

#include "auth/store.h"

#include <fcntl.h>
#include <stdlib.h>

#include "auth/module_registry.h"
#include "auth/store_internal.h"
#include "util/file.h"
#include "util/text.h"

enum { FOLD_SCRATCH_MAX = 16 * 1024 };

enum vm_status vm_store_ready(struct vm_store *store, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (store->backend == NULL)
		status = store->module->open(store->config, store->writable, &store->backend, err);
	if (status == VM_OK)
		store->backend->warning = store->warning;
	if (status == VM_OK || !vm_status_is_definite(status))
		return status;
	/* A module that says "no" to an open has not understood the question. */
	return vm_fail(err, VM_INTERNAL, "store %s cannot be opened: %s", store->module->name,
		       vm_status_name(status));
}

enum vm_status vm_store_open_with(const struct vm_auth_module *module,
				  const struct vm_config *config, bool writable,
				  struct vm_store **out, struct vm_error *err)
{
	struct vm_store *store = NULL;
	enum vm_status status = VM_INTERNAL;

	*out = NULL;
	store = calloc(1, sizeof *store);
	if (store == NULL)
		return vm_fail_memory(err);
	store->config = config;
	store->module = module;
	store->writable = writable;
	status = vm_store_ready(store, err);
	if (status != VM_OK && status != VM_TEMPFAIL) {
		free(store);
		return status;
	}
	*out = store;
	return VM_OK;
}

enum vm_status vm_store_open(const struct vm_config *config, bool writable, struct vm_store **out,
			     struct vm_error *err)
{
	const struct vm_auth_module *module = NULL;
	const enum vm_status status = vm_module_find(config->auth, config->home, &module, err);

	*out = NULL;
	if (status != VM_OK)
		return status;
	return vm_store_open_with(module, config, writable, out, err);
}

void vm_store_close(struct vm_store **store)
{
	if (*store == NULL)
		return;
	(*store)->module->close(&(*store)->backend);
	free(*store);
	*store = NULL;
}

enum vm_status vm_store_ping(struct vm_store *store, struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	return status == VM_OK ? store->module->ping(store->backend, err) : status;
}

void vm_store_set_warning(struct vm_store *store, void (*warn)(void *, const char *), void *context)
{
	store->warning = (struct vm_warning_hook){ .warn = warn, .context = context };
	if (store->backend != NULL)
		store->backend->warning = store->warning;
}

enum vm_status vm_store_fold(struct vm_store *store, const char *domain, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, FOLD_SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && store->module->fold != NULL)
		status = store->module->fold(store->backend, real.name, err);
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_store_check(struct vm_store *store, const char *domain,
			      const struct vm_check *check, struct vm_error *err)
{
	struct vm_arena scratch;
	struct vm_domain real;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, FOLD_SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &scratch, &real, err);
	if (status == VM_OK && store->module->check != NULL)
		status = store->module->check(store->backend, real.name, check, err);
	vm_arena_release(&scratch);
	return status;
}

const struct vm_config *vm_store_config(const struct vm_store *store)
{
	return store->config;
}

const char *vm_store_name(const struct vm_store *store)
{
	return store->module->name;
}

bool vm_store_keeps(const struct vm_store *store, enum vm_store_group group)
{
	const struct vm_auth_module *const module = store->module;

	switch (group) {
	case VM_STORE_ALIASES:
		return module->aliases != NULL && !store->config->alias_files;
	case VM_STORE_DIRS:
		return module->domains->change_dirs != NULL;
	case VM_STORE_IP_MAPS:
		return module->ip_maps != NULL;
	case VM_STORE_LIMITS:
		return module->limits != NULL && !store->config->limits_files;
	case VM_STORE_LOGINS:
		return module->logins != NULL;
	case VM_STORE_USAGE:
		return module->usage != NULL;
	}
	return false;
}

enum vm_status vm_store_open_etc(const struct vm_store *store, int *out, struct vm_error *err)
{
	char path[VM_PATH_MAX * 2];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(path, sizeof path, "%s/etc", store->config->home))
		return vm_fail(err, VM_MISCONFIG, "the path of etc is too long");
	status = vm_file_open_folder(AT_FDCWD, path, out, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "the folder %s is missing", path);
	return status;
}

bool vm_store_read_fresh(struct vm_store *store, bool fresh)
{
	return store->module->read_fresh != NULL && store->backend != NULL &&
	       store->module->read_fresh(store->backend, fresh);
}
