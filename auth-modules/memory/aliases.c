/* Alias lines in memory. */
#include <config.h>

#include <string.h>

#include "engine.h"
#include "util/text.h"

/* "DOMAIN USER " with the part marks: what all lines of one alias begin with. */
static enum vm_status prefix_of(char prefix[VM_MEMORY_KEY_MAX], struct vm_name name,
				struct vm_error *err)
{
	if (!vm_text_format(prefix, VM_MEMORY_KEY_MAX, "%s" VM_MEMORY_PART "%s" VM_MEMORY_PART,
			    name.domain, name.user))
		return vm_fail(err, VM_INTERNAL, "a name passes its maximum");
	return VM_OK;
}

static bool has_prefix(const struct vm_memory_table *table, size_t index, const char *prefix)
{
	return index < table->count && vm_text_starts_with(table->rows[index].key, prefix);
}

static enum vm_status no_alias(struct vm_name name, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no alias %s@%s", name.user, name.domain);
}

/* The rows [from, from + count) as a list. */
static enum vm_status take(const struct vm_memory_table *table, size_t from, size_t count,
			   const char *domain, struct vm_arena *arena, struct vm_alias_list *out,
			   struct vm_error *err)
{
	out->items = vm_arena_alloc_array(arena, count + 1, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (out->count = 0; out->count < count; out->count++) {
		const struct vm_memory_row *const row = &table->rows[from + out->count];
		const char *const user = row->key + strlen(domain) + 1;
		struct vm_alias *const alias = &out->items[out->count];

		alias->user = vm_arena_strndup(arena, user, strcspn(user, VM_MEMORY_PART));
		alias->domain = vm_arena_strdup(arena, domain);
		alias->line = vm_arena_strdup(arena, row->value);
		if (alias->user == NULL || alias->domain == NULL || alias->line == NULL)
			return vm_fail_memory(err);
	}
	return VM_OK;
}

static enum vm_status get(struct vm_backend *backend, struct vm_name name, struct vm_arena *arena,
			  struct vm_alias_list *out, struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ALIASES);
	char prefix[VM_MEMORY_KEY_MAX];
	size_t from = 0, count = 0;
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = (struct vm_alias_list){ 0 };
	if (status == VM_OK)
		status = prefix_of(prefix, name, err);
	if (status != VM_OK)
		return status;
	from = vm_memory_table_seek(table, prefix);
	while (has_prefix(table, from + count, prefix))
		count++;
	return count == 0 ? no_alias(name, err)
			  : take(table, from, count, name.domain, arena, out, err);
}

static enum vm_status insert(struct vm_backend *backend, const struct vm_alias *alias,
			     struct vm_error *err)
{
	const struct vm_name name = { alias->user, alias->domain };
	struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ALIASES);
	char prefix[VM_MEMORY_KEY_MAX], key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, alias->domain, err);

	if (status == VM_OK)
		status = prefix_of(prefix, name, err);
	if (status != VM_OK)
		return status;
	for (size_t i = vm_memory_table_seek(table, prefix); has_prefix(table, i, prefix); i++)
		if (strcmp(table->rows[i].value, alias->line) == 0)
			return vm_fail(err, VM_EXISTS, "alias %s@%s -> %s already exists",
				       name.user, name.domain, alias->line);
	if (!vm_text_format(key, sizeof key, "%s%016lx", prefix, vm_memory_next_number()))
		return vm_fail(err, VM_INTERNAL, "a name passes its maximum");
	return vm_memory_leave_change(
		vm_memory_table_put(table, key, alias->line, strlen(alias->line) + 1, err), err);
}

static enum vm_status remove_line(struct vm_memory_table *table, const char *prefix,
				  struct vm_name name, const char *line, struct vm_error *err)
{
	for (size_t i = vm_memory_table_seek(table, prefix); has_prefix(table, i, prefix); i++) {
		if (strcmp(table->rows[i].value, line) != 0)
			continue;
		vm_memory_table_remove(table, table->rows[i].key);
		return VM_OK;
	}
	return no_alias(name, err);
}

static enum vm_status remove_alias(struct vm_backend *backend, struct vm_name name,
				   const char *line, struct vm_error *err)
{
	struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ALIASES);
	char prefix[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, name.domain, err);

	if (status == VM_OK)
		status = prefix_of(prefix, name, err);
	if (status != VM_OK)
		return status;
	if (line != NULL)
		status = remove_line(table, prefix, name, line, err);
	else if (vm_memory_table_remove_prefix(table, prefix) == 0)
		status = no_alias(name, err);
	return vm_memory_leave_change(status, err);
}

/* The first row after all lines of the alias at `index`. */
static size_t end_of_alias(const struct vm_memory_table *table, size_t index, const char *domain)
{
	const char *const key = table->rows[index].key;
	const char *const user = key + strlen(domain) + 1;
	const size_t length = (size_t)(user - key) + strcspn(user, VM_MEMORY_PART) + 1;

	while (index < table->count && strncmp(table->rows[index].key, key, length) == 0)
		index++;
	return index;
}

static enum vm_status list(struct vm_backend *backend, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_alias_list *out, struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_ALIASES);
	const struct vm_name after = { page.after, domain };
	char prefix[VM_MEMORY_KEY_MAX], key[VM_MEMORY_KEY_MAX];
	size_t from = 0, end = 0;
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = (struct vm_alias_list){ 0 };
	if (status == VM_OK)
		status = vm_memory_key(prefix, domain, "", err);
	if (status == VM_OK)
		status = prefix_of(key, after, err);
	if (status != VM_OK)
		return status;
	from = vm_memory_table_seek(table, page.after[0] == '\0' ? prefix : key);
	if (page.after[0] != '\0' && has_prefix(table, from, key))
		from = end_of_alias(table, from, domain);
	for (end = from; end - from < page.limit && has_prefix(table, end, prefix);)
		end = end_of_alias(table, end, domain);
	out->more = has_prefix(table, end, prefix);
	return take(table, from, end - from, domain, arena, out, err);
}

const struct vm_alias_ops vm_memory_alias_ops = {
	.get = get,
	.insert = insert,
	.remove = remove_alias,
	.list = list,
};
