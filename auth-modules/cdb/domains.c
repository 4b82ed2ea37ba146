/* Domains in users/assign and users/cdb. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "util/file.h"
#include "util/text.h"

enum { LOOKUP_MAX = 64 * 1024 };

static enum vm_status check_owner(const struct vm_domain_entry *entry, struct vm_error *err)
{
	if (geteuid() == 0 || geteuid() == entry->uid)
		return VM_OK;
	return vm_fail(err, VM_TEMPFAIL, "domain %s belongs to uid %lu, not to uid %lu",
		       entry->name, (unsigned long)entry->uid, (unsigned long)geteuid());
}

enum vm_status vm_cdb_domain_open(struct vm_cdb_backend *backend, const char *name,
				  struct vm_cdb_domain *out, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_entry entry;
	enum vm_status status = VM_INTERNAL;

	out->folder = -1;
	if (!vm_text_copy(out->name, sizeof out->name, name))
		return vm_fail(err, VM_NOT_FOUND, "no domain has so long a name");
	vm_arena_init(&arena, LOOKUP_MAX);
	status = vm_assign_lookup(&backend->assign, name, &arena, &entry, err);
	if (status == VM_OK)
		status = check_owner(&entry, err);
	if (status == VM_OK) {
		/* Not found here is no answer about an account: the disk may not be mounted. */
		status = vm_file_open_folder(AT_FDCWD, entry.dir, &out->folder, err);
		if (status == VM_NOT_FOUND)
			status = vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing",
					 entry.dir, name);
	}
	vm_arena_release(&arena);
	return status;
}

void vm_cdb_domain_close(struct vm_cdb_domain *domain)
{
	vm_file_discard(&domain->folder);
}

static enum vm_status get(struct vm_backend *opened, const char *name, struct vm_arena *arena,
			  struct vm_domain *out, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_domain_entry entry;
	const enum vm_status status = vm_assign_lookup(&backend->assign, name, arena, &entry, err);

	if (status != VM_OK)
		return status;
	out->name = entry.real;
	out->dir = entry.dir;
	out->uid = entry.uid;
	out->gid = entry.gid;
	out->is_alias = strcmp(entry.real, entry.name) != 0;
	return VM_OK;
}

/* A new domain's folder gets empty base files, so that "no such account" can be told from "no such file". */
static enum vm_status create_base(struct vm_cdb_backend *backend,
				  const struct vm_domain_entry *entry, struct vm_error *err)
{
	struct vm_file_lock lock = { -1 };
	struct vm_fold fold = { .name = entry->name, .warning = &backend->backend.warning };
	enum vm_status status = vm_file_open_folder(AT_FDCWD, entry->dir, &fold.folder, err);

	if (status == VM_NOT_FOUND)
		return VM_OK; /* made later: the first account brings the files */
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, fold.folder, VM_DOMAIN_LOCK, err);
	if (status == VM_OK)
		status = vm_cdb_fold_create(&fold, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&fold.folder);
	return status;
}

static enum vm_status insert(struct vm_backend *opened, const struct vm_domain_entry *entry,
			     struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	enum vm_status status = VM_OK;

	if (strcmp(entry->name, entry->real) == 0)
		status = create_base(backend, entry, err);
	return status == VM_OK ? vm_assign_add(&backend->assign, entry, err) : status;
}

static enum vm_status remove_domain(struct vm_backend *opened, const char *name,
				    struct vm_error *err)
{
	return vm_assign_remove(&vm_cdb_backend_of(opened)->assign, &name, 1, err);
}

static enum vm_status list(struct vm_backend *opened, struct vm_page page, struct vm_arena *arena,
			   struct vm_domain_list *out, struct vm_error *err)
{
	return vm_assign_list(&vm_cdb_backend_of(opened)->assign, NULL, page.after, page.limit,
			      arena, out, err);
}

static enum vm_status list_aliases(struct vm_backend *opened, const char *real, struct vm_page page,
				   struct vm_arena *arena, struct vm_domain_list *out,
				   struct vm_error *err)
{
	return vm_assign_list(&vm_cdb_backend_of(opened)->assign, real, page.after, page.limit,
			      arena, out, err);
}

const struct vm_domain_ops vm_cdb_domain_ops = {
	.get = get,
	.insert = insert,
	.remove = remove_domain,
	.list = list,
	.list_aliases = list_aliases,
};
