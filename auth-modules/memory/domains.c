/* Domains in memory. */
#include <config.h>

#include <string.h>

#include "engine.h"
#include "util/text.h"

struct row {
	char name[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1], dir[VM_PATH_MAX + 1];
	uid_t uid;
	gid_t gid;
};

static const struct row *find(const char *name)
{
	const struct vm_memory_row *const row =
		vm_memory_table_find(vm_memory_table_of(VM_MEMORY_DOMAINS), name);

	return row == NULL ? NULL : row->value;
}

static enum vm_status no_domain(const char *name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no domain %s", name);
}

enum vm_status vm_memory_need_domain(const char *name, struct vm_error *err)
{
	const struct row *const row = find(name);

	return row == NULL || strcmp(row->real, row->name) != 0 ? no_domain(name, err) : VM_OK;
}

static enum vm_status get(struct vm_backend *backend, const char *name, struct vm_arena *arena,
			  struct vm_domain *out, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);
	const struct row *const asked = status == VM_OK ? find(name) : NULL;
	const struct row *const row = asked == NULL ? NULL : find(asked->real);

	(void)backend;
	if (status != VM_OK)
		return status;
	if (row == NULL)
		return no_domain(name, err);
	out->name = vm_arena_strdup(arena, row->name);
	out->dir = vm_arena_strdup(arena, row->dir);
	out->uid = row->uid;
	out->gid = row->gid;
	out->is_alias = strcmp(name, row->name) != 0;
	return out->name == NULL || out->dir == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_domain_entry *entry,
			     struct vm_error *err)
{
	struct row row = { .uid = entry->uid, .gid = entry->gid };
	enum vm_status status = vm_memory_enter_change(backend, entry->name, err);

	if (status != VM_OK)
		return status;
	if (find(entry->name) != NULL)
		return vm_fail(err, VM_EXISTS, "domain %s already exists", entry->name);
	if (strcmp(entry->real, entry->name) != 0)
		status = vm_memory_need_domain(entry->real, err);
	if (status != VM_OK)
		return status;
	if (!vm_text_copy(row.name, sizeof row.name, entry->name) ||
	    !vm_text_copy(row.real, sizeof row.real, entry->real) ||
	    !vm_text_copy(row.dir, sizeof row.dir, entry->dir))
		return vm_fail(err, VM_INVALID, "a domain's name or folder is too long");
	status = vm_memory_table_put(vm_memory_table_of(VM_MEMORY_DOMAINS), row.name, &row,
				     sizeof row, err);
	if (status == VM_OK && strcmp(row.name, row.real) == 0)
		status = vm_memory_begin_usage((struct vm_name){ "", row.name }, err);
	return vm_memory_leave_change(status, err);
}

/* Everything that is kept under the domain's name. */
static enum vm_status remove_rows(const char *name, struct vm_error *err)
{
	static const enum vm_memory_group groups[] = { VM_MEMORY_ACCOUNTS, VM_MEMORY_LOGINS,
						       VM_MEMORY_ALIASES, VM_MEMORY_USAGE };
	char prefix[VM_MEMORY_KEY_MAX];
	const enum vm_status status = vm_memory_key(prefix, name, "", err);

	if (status != VM_OK)
		return status;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		vm_memory_table_remove_prefix(vm_memory_table_of(groups[i]), prefix);
	vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_LIMITS), name);
	vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_DIRS), name);
	return VM_OK;
}

static enum vm_status remove_domain(struct vm_backend *backend, const char *name,
				    struct vm_error *err)
{
	const struct row *row = NULL;
	enum vm_status status = vm_memory_enter_change(backend, name, err);

	if (status != VM_OK)
		return status;
	row = find(name);
	if (row == NULL)
		return no_domain(name, err);
	if (strcmp(row->name, row->real) == 0)
		status = remove_rows(name, err);
	if (status == VM_OK)
		vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_DOMAINS), name);
	return vm_memory_leave_change(status, err);
}

static enum vm_status take(const struct row *row, struct vm_arena *arena,
			   struct vm_domain_list *out, struct vm_error *err)
{
	struct vm_domain_entry *const entry = &out->items[out->count];

	entry->name = vm_arena_strdup(arena, row->name);
	entry->real = vm_arena_strdup(arena, row->real);
	entry->dir = vm_arena_strdup(arena, row->dir);
	entry->uid = row->uid;
	entry->gid = row->gid;
	if (entry->name == NULL || entry->real == NULL || entry->dir == NULL)
		return vm_fail_memory(err);
	out->count++;
	return VM_OK;
}

/* A page of all names, or of the aliases of `real`. */
static enum vm_status take_page(const char *real, struct vm_page page, struct vm_arena *arena,
				struct vm_domain_list *out, struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_DOMAINS);
	enum vm_status status = vm_memory_enter(err);

	*out = (struct vm_domain_list){ 0 };
	if (status != VM_OK)
		return status;
	out->items =
		vm_arena_alloc_array(arena,
				     (page.limit < table->count ? page.limit : table->count) + 1,
				     sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = vm_memory_table_seek(table, page.after);
	     i < table->count && status == VM_OK; i++) {
		const struct row *const row = table->rows[i].value;

		if (strcmp(row->name, page.after) == 0 ||
		    (real != NULL &&
		     (strcmp(row->real, real) != 0 || strcmp(row->name, real) == 0)))
			continue;
		if (out->count == page.limit) {
			out->more = true;
			return VM_OK;
		}
		status = take(row, arena, out, err);
	}
	return status;
}

static enum vm_status list(struct vm_backend *backend, struct vm_page page, struct vm_arena *arena,
			   struct vm_domain_list *out, struct vm_error *err)
{
	(void)backend;
	return take_page(NULL, page, arena, out, err);
}

static enum vm_status list_aliases(struct vm_backend *backend, const char *real,
				   struct vm_page page, struct vm_arena *arena,
				   struct vm_domain_list *out, struct vm_error *err)
{
	(void)backend;
	return take_page(real, page, arena, out, err);
}

static enum vm_status get_dirs(struct vm_backend *backend, const char *domain,
			       struct vm_dir_control *out, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);
	const struct vm_memory_row *const row =
		vm_memory_table_find(vm_memory_table_of(VM_MEMORY_DIRS), domain);

	(void)backend;
	if (status != VM_OK)
		return status;
	vm_dir_control_init(out);
	if (row != NULL)
		memcpy(out, row->value, sizeof *out);
	return VM_OK;
}

static enum vm_status change_dirs(struct vm_backend *backend, const char *domain,
				  const struct vm_dirs_change *change, struct vm_error *err)
{
	struct vm_dir_control dirs;
	enum vm_status status = get_dirs(backend, domain, &dirs, err);

	if (status == VM_OK)
		status = vm_memory_enter_change(backend, domain, err);
	if (status != VM_OK)
		return status;
	change->apply(change->context, &dirs);
	return vm_memory_leave_change(vm_memory_table_put(vm_memory_table_of(VM_MEMORY_DIRS),
							  domain, &dirs, sizeof dirs, err),
				      err);
}

const struct vm_domain_ops vm_memory_domain_ops = {
	.get = get,
	.insert = insert,
	.remove = remove_domain,
	.list = list,
	.list_aliases = list_aliases,
	.get_dirs = get_dirs,
	.change_dirs = change_dirs,
};
