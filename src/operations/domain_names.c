/* Loads the names that are served and their control lines. */
#include <config.h>

#include "operations/domain_names.h"

#include <stdlib.h>
#include <string.h>

#include "core/control_check.h"
#include "util/text.h"

enum { NAMES_MAX = 512 * 1024 * 1024, FIRST = 64 };

/* Room for one more item in an array of `count`, which grows by doubling. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count != 0 && (count < FIRST || (count & (count - 1)) != 0))
		return items;
	return reallocarray(items, count == 0 ? FIRST : count * 2, size);
}

static enum vm_status add_entry(struct vm_domain_names *names, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	struct vm_domain_entry *const grown =
		grow(names->entries, names->count, sizeof *names->entries);
	struct vm_domain_entry *added = NULL;

	if (grown == NULL)
		return vm_fail_memory(err);
	names->entries = grown;
	added = &names->entries[names->count++];
	*added = *entry;
	added->name = vm_arena_strdup(&names->arena, entry->name);
	added->real = vm_arena_strdup(&names->arena, entry->real);
	added->dir = vm_arena_strdup(&names->arena, entry->dir);
	if (added->name == NULL || added->real == NULL || added->dir == NULL)
		return vm_fail_memory(err);
	return VM_OK;
}

struct selection {
	struct vm_domain_names *names;
	const char *only; /* a domain, with its aliases; NULL: all */
};

static enum vm_status take_entry(void *context, const struct vm_domain_entry *entry,
				 struct vm_error *err)
{
	const struct selection *const selection = context;

	if (selection->only != NULL && strcmp(entry->real, selection->only) != 0)
		return VM_OK;
	return add_entry(selection->names, entry, err);
}

static enum vm_status load_entries(const struct vm_context *context, const char *only,
				   struct vm_domain_names *names, struct vm_error *err)
{
	struct selection selection = { names, only };

	return vm_store_each_name(context->store, take_entry, &selection, err);
}

static enum vm_status add_text(struct vm_domain_names *names, const char *text, const char ***texts,
			       size_t *count, struct vm_error *err)
{
	const char **const grown = grow(*texts, *count, sizeof **texts);

	if (grown == NULL)
		return vm_fail_memory(err);
	*texts = grown;
	grown[*count] = vm_arena_strdup(&names->arena, text);
	return grown[(*count)++] == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status add_stray(void *context, const char *name, struct vm_error *err)
{
	struct vm_domain_names *const names = context;

	return add_text(names, name, &names->strays, &names->stray_count, err);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct vm_domain_entry *)a)->name,
		      ((const struct vm_domain_entry *)b)->name);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of lines with one name one is enough. */
static void sort_entries(struct vm_domain_names *names)
{
	size_t kept = 0;

	if (names->count > 0)
		qsort(names->entries, names->count, sizeof *names->entries, compare_entries);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->entries[kept - 1].name, names->entries[i].name) != 0)
			names->entries[kept++] = names->entries[i];
	names->count = kept;
}

enum vm_status vm_domain_names_load(const struct vm_context *context, const char *only,
				    struct vm_domain_names *out, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_domain_names){ .count = 0 };
	vm_arena_init(&out->arena, NAMES_MAX);
	status = load_entries(context, only, out, err);
	if (status != VM_OK)
		return status;
	sort_entries(out);
	out->names = calloc(out->count + 1, sizeof *out->names);
	out->presence = calloc(out->count + 1, sizeof *out->presence);
	if (out->names == NULL || out->presence == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < out->count; i++)
		out->names[i] = out->entries[i].name;
	status = vm_control_survey(context->config->qmail_dir, out->names, out->count,
				   out->presence, add_stray, out, err);
	if (only != NULL)
		out->stray_count = 0;
	if (out->stray_count > 0)
		qsort(out->strays, out->stray_count, sizeof *out->strays, compare_texts);
	return status;
}

void vm_domain_names_release(struct vm_domain_names *names)
{
	free(names->lost);
	free(names->strays);
	free(names->presence);
	free(names->names);
	free(names->entries);
	vm_arena_release(&names->arena);
	*names = (struct vm_domain_names){ .count = 0 };
}

static size_t find(const char *const *texts, size_t count, const char *text)
{
	const char *const *const found =
		count == 0 ? NULL : bsearch(&text, texts, count, sizeof *texts, compare_texts);

	return found == NULL ? count : (size_t)(found - texts);
}

size_t vm_domain_names_find(const struct vm_domain_names *names, const char *name)
{
	return find(names->names, names->count, name);
}

bool vm_domain_names_is_stray(const struct vm_domain_names *names, const char *name)
{
	return find(names->strays, names->stray_count, name) < names->stray_count;
}

enum vm_status vm_domain_names_add_lost(struct vm_domain_names *names, const char *name,
					struct vm_error *err)
{
	return add_text(names, name, &names->lost, &names->lost_count, err);
}

/* Few: a search of all is enough. */
bool vm_domain_names_is_lost(const struct vm_domain_names *names, const char *name)
{
	for (size_t i = 0; i < names->lost_count; i++)
		if (strcmp(names->lost[i], name) == 0)
			return true;
	return false;
}
