/* Domains behind the door, and their big-dir records. */
#include <config.h>

#include <string.h>

#include "auth/store_internal.h"
#include "core/dir_control.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>

/* One message or login asks for its domain again and again; another host's change may be seen so much later. */
enum { KNOWN_MS = 1000 };

void vm_store_forget_known(struct vm_store *store)
{
	store->known.name[0] = '\0';
}

static bool is_known(const struct vm_store *store, const char *name)
{
	return store->known.name[0] != '\0' && strcmp(name, store->known.name) == 0 &&
	       vm_clock_monotonic_ms() - store->known.since < KNOWN_MS;
}

/* As the database would answer: who removes a domain must hear that it is an alias. */
static enum vm_status take_known(const struct vm_store *store, struct vm_arena *arena,
				 struct vm_domain *out, struct vm_error *err)
{
	*out = (struct vm_domain){ .name = vm_arena_strdup(arena, store->known.real),
				   .dir = vm_arena_strdup(arena, store->known.dir),
				   .uid = store->known.uid,
				   .gid = store->known.gid,
				   .is_alias = strcmp(store->known.real, store->known.name) != 0 };
	return out->name == NULL || out->dir == NULL ? vm_fail_memory(err) : VM_OK;
}

static void remember(struct vm_store *store, const char *name, const struct vm_domain *domain)
{
	vm_store_forget_known(store);
	if (!vm_text_copy(store->known.real, sizeof store->known.real, domain->name) ||
	    !vm_text_copy(store->known.dir, sizeof store->known.dir, domain->dir))
		return;
	store->known.uid = domain->uid;
	store->known.gid = domain->gid;
	store->known.since = vm_clock_monotonic_ms();
	(void)vm_text_copy(store->known.name, sizeof store->known.name, name); /* last: or none */
}

static enum vm_status find_domain(struct vm_store *store, const char *name, struct vm_arena *arena,
				  struct vm_domain *out, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (vm_store_domains_are_shared(store) && is_known(store, name))
		return take_known(store, arena, out, err);
	status = store->module->domains->get(store->backend, name, arena, out, err);
	if (status == VM_OK && vm_store_domains_are_shared(store))
		remember(store, name, out);
	return status;
}

enum vm_status vm_store_real_domain(struct vm_store *store, const char *name,
				    struct vm_arena *arena, struct vm_domain *out,
				    struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	/* A unit of many accounts asks for its domain again and again. */
	if (store->in_unit && strcmp(name, store->unit_domain.name) == 0) {
		*out = store->unit_domain;
		return VM_OK;
	}
	return find_domain(store, name, arena, out, err);
}

enum vm_status vm_store_domain_get(struct vm_store *store, const char *name, struct vm_arena *arena,
				   struct vm_domain *out, struct vm_error *err)
{
	return vm_store_real_domain(store, name, arena, out, err);
}

static enum vm_status check_entry(const struct vm_domain_entry *entry, struct vm_error *err)
{
	const size_t length = strlen(entry->dir);

	if (entry->dir[0] != '/' || length > VM_PATH_MAX || vm_text_has_control(entry->dir) ||
	    strchr(entry->dir, ':') != NULL)
		return vm_fail_field(
			err, VM_INVALID, "dir",
			"the folder of a domain is an absolute path of at most %d bytes",
			VM_PATH_MAX);
	return vm_domain_check_new(entry->name, err);
}

enum vm_status vm_store_domain_insert(struct vm_store *store, const struct vm_domain_entry *entry,
				      struct vm_error *err)
{
	enum vm_status status = check_entry(entry, err);

	if (status == VM_OK)
		status = vm_store_ready(store, err);
	if (status != VM_OK)
		return status;
	vm_store_forget_known(store);
	return store->module->domains->insert(store->backend, entry, err);
}

enum vm_status vm_store_domain_remove(struct vm_store *store, const char *name,
				      struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	vm_store_forget_known(store);
	return store->module->domains->remove(store->backend, name, err);
}

enum vm_status vm_store_domain_list(struct vm_store *store, struct vm_page page,
				    struct vm_arena *arena, struct vm_domain_list *out,
				    struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	return store->module->domains->list(store->backend, page, arena, out, err);
}

enum vm_status vm_store_domain_aliases(struct vm_store *store, const char *real,
				       struct vm_page page, struct vm_arena *arena,
				       struct vm_domain_list *out, struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	return store->module->domains->list_aliases(store->backend, real, page, arena, out, err);
}

bool vm_store_domains_are_shared(const struct vm_store *store)
{
	return store->module->domains->revision != NULL;
}

enum vm_status vm_store_domain_revision(struct vm_store *store, uint64_t *out, struct vm_error *err)
{
	const enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (!vm_store_domains_are_shared(store))
		return vm_fail(err, VM_UNSUPPORTED, "store %s keeps its domains in users/assign",
			       store->module->name);
	return store->module->domains->revision(store->backend, out, err);
}

struct addition {
	int change;
	struct vm_dir_control *first;
};

static void apply_addition(void *context, struct vm_dir_control *dirs)
{
	const struct addition *const addition = context;

	vm_dir_control_apply(dirs, addition->change, addition->first);
}

struct correction {
	uint64_t seen, counted;
};

static void apply_correction(void *context, struct vm_dir_control *dirs)
{
	const struct correction *const correction = context;

	dirs->count += correction->counted -
		       correction->seen; /* unsigned: wraps to the right sum */
}

static enum vm_status change_dirs_file(const struct vm_domain *domain, int change,
				       struct vm_dir_control *first, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status == VM_OK)
		status = vm_dir_control_change(folder, change, first, err);
	vm_file_discard(&folder);
	return status;
}

/* Freed folders are a file on every store. */
static enum vm_status reuse_freed(const struct vm_domain *domain, struct vm_dir_control *first,
				  struct vm_error *err)
{
	char path[VM_DIR_CONTROL_PATH_MAX + 1];
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);

	if (status == VM_NOT_FOUND) /* who makes the home will say so */
		return VM_OK;
	if (status == VM_OK)
		status = vm_dir_control_take_freed(folder, path, err);
	if (status == VM_OK && path[0] != '\0' &&
	    !vm_text_copy(first->path, sizeof first->path, path))
		status = vm_fail(err, VM_INTERNAL, "a folder name too long");
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_store_dirs_change(struct vm_store *store, const struct vm_domain *domain,
				    int change, struct vm_dir_control *first, struct vm_error *err)
{
	struct vm_dir_control unused;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (first == NULL)
		first = &unused;
	if (store->module->domains->change_dirs != NULL) {
		struct addition addition = { change, first };

		status = store->module->domains->change_dirs(
			store->backend, domain->name,
			&(struct vm_dirs_change){ apply_addition, &addition }, err);
		return status == VM_OK && change == 1 ? reuse_freed(domain, first, err) : status;
	}
	return change_dirs_file(domain, change, first, err);
}

enum vm_status vm_store_dirs_get(struct vm_store *store, const struct vm_domain *domain,
				 struct vm_dir_control *out, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->domains->get_dirs != NULL)
		return store->module->domains->get_dirs(store->backend, domain->name, out, err);
	status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status == VM_OK)
		status = vm_dir_control_read(folder, out, err);
	vm_file_discard(&folder);
	return status;
}

enum vm_status vm_store_dirs_correct(struct vm_store *store, const struct vm_domain *domain,
				     uint64_t seen, uint64_t counted, struct vm_error *err)
{
	struct correction correction = { seen, counted };
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->domains->change_dirs != NULL)
		return store->module->domains->change_dirs(
			store->backend, domain->name,
			&(struct vm_dirs_change){ apply_correction, &correction }, err);
	status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status == VM_OK)
		status = vm_dir_control_correct(folder, seen, counted, err);
	vm_file_discard(&folder);
	return status;
}

static void apply_record(void *context, struct vm_dir_control *dirs)
{
	*dirs = *(const struct vm_dir_control *)context;
}

enum vm_status vm_store_dirs_put(struct vm_store *store, const struct vm_domain *domain,
				 const struct vm_dir_control *dirs, struct vm_error *err)
{
	struct vm_dir_control wanted = *dirs;
	int folder = -1;
	enum vm_status status = vm_store_ready(store, err);

	if (status != VM_OK)
		return status;
	if (store->module->domains->change_dirs != NULL)
		return store->module->domains->change_dirs(
			store->backend, domain->name,
			&(struct vm_dirs_change){ apply_record, &wanted }, err);
	status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status == VM_OK)
		status = vm_dir_control_put(folder, dirs, err);
	vm_file_discard(&folder);
	return status;
}
