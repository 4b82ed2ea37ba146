/* The cdb store: 5.4's files, with levels above them so that a change costs the same however many accounts there are. */
#include <config.h>

#include <stdlib.h>

#include "backend.h"

extern const struct vm_auth_module
	vm_cdb_module; /* named by the generated list of built-in modules */

struct vm_cdb_backend *vm_cdb_backend_of(struct vm_backend *backend)
{
	return (struct vm_cdb_backend *)backend; /* its first member */
}

static enum vm_status open_backend(const struct vm_config *config, bool writable,
				   struct vm_backend **out, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = calloc(1, sizeof *backend);

	(void)writable; /* nothing is held open between calls */
	*out = NULL;
	if (backend == NULL)
		return vm_fail_memory(err);
	backend->backend.module = &vm_cdb_module;
	backend->assign.qmail_dir = config->qmail_dir;
	backend->assign.cdb_name = config->qmail_cdb_name;
	vm_changes_init(&backend->overlay.changes);
	*out = &backend->backend;
	return VM_OK;
}

static void close_backend(struct vm_backend **opened)
{
	struct vm_cdb_backend *backend = NULL;

	if (*opened == NULL)
		return;
	backend = vm_cdb_backend_of(*opened);
	vm_cdb_unit_ops.rollback(*opened);
	vm_cdb_overlay_release(&backend->overlay);
	free(backend);
	*opened = NULL;
}

/* Any name asks the question; what the answer is does not matter, that there is one does. */
static enum vm_status ping(struct vm_backend *opened, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_domain_entry entry;
	struct vm_arena arena;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, VM_PATH_MAX * 16);
	status = vm_assign_lookup(&backend->assign, "ping.invalid", &arena, &entry, err);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

const struct vm_auth_module vm_cdb_module = {
	.api = VM_AUTH_MODULE_API,
	.name = "cdb",
	.open = open_backend,
	.close = close_backend,
	.ping = ping,
	.fold = vm_cdb_fold,
	.check = vm_cdb_check,
	.accounts = &vm_cdb_account_ops,
	.domains = &vm_cdb_domain_ops,
	.units = &vm_cdb_unit_ops,
};
