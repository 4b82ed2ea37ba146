/* Aliases behind the door: the module's rows, else .qmail-NAME files. */
#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "auth/store_internal.h"
#include "core/alias_file.h"
#include "util/file.h"
#include "util/text.h"

enum { SCRATCH_MAX = 16 * 1024 };

/* The domain, and its open folder where aliases are files (else -1). */
struct place {
	struct vm_arena arena;
	struct vm_domain domain;
	int folder;
};

static enum vm_status open_place(struct vm_store *store, const char *domain, struct place *place,
				 struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	place->folder = -1;
	vm_arena_init(&place->arena, SCRATCH_MAX);
	status = vm_store_real_domain(store, domain, &place->arena, &place->domain, err);
	if (status != VM_OK || vm_store_keeps(store, VM_STORE_ALIASES))
		return status;
	status = vm_file_open_folder(AT_FDCWD, place->domain.dir, &place->folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing",
			       place->domain.dir, place->domain.name);
	return status;
}

static void close_place(struct place *place)
{
	vm_file_discard(&place->folder);
	vm_arena_release(&place->arena);
}

enum vm_status vm_store_alias_get(struct vm_store *store, struct vm_name name,
				  struct vm_arena *arena, struct vm_alias_list *out,
				  struct vm_error *err)
{
	struct place place;
	enum vm_status status = open_place(store, name.domain, &place, err);

	name.domain = place.domain.name;
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_ALIASES))
		status = store->module->aliases->get(store->backend, name, arena, out, err);
	else if (status == VM_OK)
		status = vm_alias_file_get(place.folder, name, arena, out, err);
	close_place(&place);
	return status;
}

enum vm_status vm_store_alias_insert(struct vm_store *store, const struct vm_alias *alias,
				     struct vm_error *err)
{
	struct vm_alias real = *alias;
	struct place place;
	enum vm_status status = open_place(store, alias->domain, &place, err);

	real.domain = place.domain.name;
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_ALIASES))
		status = store->module->aliases->insert(store->backend, &real, err);
	else if (status == VM_OK)
		status = vm_alias_file_insert(place.folder, &real, err);
	close_place(&place);
	return status;
}

enum vm_status vm_store_alias_remove(struct vm_store *store, struct vm_name name, const char *line,
				     struct vm_error *err)
{
	struct place place;
	enum vm_status status = open_place(store, name.domain, &place, err);

	name.domain = place.domain.name;
	if (status == VM_OK && vm_store_keeps(store, VM_STORE_ALIASES))
		status = store->module->aliases->remove(store->backend, name, line, err);
	else if (status == VM_OK)
		status = vm_alias_file_remove(place.folder, name, line, err);
	close_place(&place);
	return status;
}

enum vm_status vm_store_alias_list(struct vm_store *store, const char *domain, struct vm_page page,
				   struct vm_arena *arena, struct vm_alias_list *out,
				   struct vm_error *err)
{
	struct place place;
	enum vm_status status = open_place(store, domain, &place, err);

	if (status == VM_OK && vm_store_keeps(store, VM_STORE_ALIASES))
		status = store->module->aliases->list(store->backend, place.domain.name, page,
						      arena, out, err);
	else if (status == VM_OK)
		status = vm_alias_file_list(place.folder, place.domain.name, page.after, page.limit,
					    arena, out, err);
	close_place(&place);
	return status;
}
