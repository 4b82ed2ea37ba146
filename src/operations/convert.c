/* Converts or compares the names of domains and the IP map, and has the rest done domain by domain. */
#include <config.h>

#include "operations/convert.h"

#include <string.h>

#include "core/qmail_signal.h"
#include "operations/convert_internal.h"
#include "operations/host_files.h"
#include "util/text.h"

enum { NAMES_PAGE = 500 };

struct run {
	const struct vm_convert *convert;
	struct vm_arena scratch; /* of one name */
	bool has_new_names;
};

static bool is_alias(const struct vm_domain_entry *entry)
{
	return strcmp(entry->name, entry->real) != 0;
}

static bool is_selected(const struct vm_convert *convert, const char *real)
{
	return convert->selects == NULL || convert->selects(convert->context, real);
}

typedef enum vm_status step_function(struct run *, const struct vm_domain_entry *,
				     struct vm_error *);

struct stepper {
	struct run *run;
	step_function *step;
};

static enum vm_status take_name(void *context, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	const struct stepper *const stepper = context;

	vm_arena_clear(&stepper->run->scratch);
	return is_selected(stepper->run->convert, entry->real)
		       ? stepper->step(stepper->run, entry, err)
		       : VM_OK;
}

static enum vm_status each_name(struct run *run, struct vm_store *store, step_function *step,
				struct vm_error *err)
{
	struct stepper stepper = { run, step };

	return vm_store_each_name(store, take_name, &stepper, err);
}

/* Where the domains of the target are this host's own, qmail is told of them; done before is done. */
static enum vm_status tell_host(struct run *run, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	const struct vm_context context = { .config = convert->config, .store = convert->to };

	if (vm_store_domains_are_shared(convert->to))
		return VM_OK;
	return vm_host_files_add(&context, entry, false, err);
}

static enum vm_status add_name(struct run *run, const struct vm_domain_entry *entry,
			       struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	enum vm_status status = VM_OK;

	if (convert->mode == VM_CONVERT_WRITE)
		status = vm_store_domain_insert(convert->to, entry, err);
	if (status != VM_OK && !vm_status_is_definite(status))
		return status;
	vm_convert_note(convert, VM_CONVERT_DOMAIN,
			status == VM_OK ? VM_CONVERT_ADDED : VM_CONVERT_FAILED, entry->name,
			status == VM_OK ? "" : err->text);
	run->has_new_names = run->has_new_names || status == VM_OK;
	return status;
}

static enum vm_status remove_name(struct run *run, const char *name, struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	const struct vm_context context = { .config = convert->config, .store = convert->to };
	enum vm_status status = VM_OK;

	if (convert->mode != VM_CONVERT_WRITE)
		return VM_OK;
	if (!vm_store_domains_are_shared(convert->to))
		status = vm_host_files_remove(&context, name, err);
	if (status == VM_OK)
		status = vm_store_domain_remove(convert->to, name, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static bool may_overwrite(const struct vm_convert *convert)
{
	return convert->overwrite && convert->mode != VM_CONVERT_VERIFY;
}

static void note_difference(const struct vm_convert *convert, const struct vm_domain_entry *entry,
			    const struct vm_domain *there)
{
	char text[VM_CONVERT_TEXT_MAX];

	if (there->is_alias)
		(void)vm_text_format(text, sizeof text, "is an alias of %.100s in %s", there->name,
				     vm_store_name(convert->to));
	else if (is_alias(entry))
		(void)vm_text_format(text, sizeof text, "is no alias in %s",
				     vm_store_name(convert->to));
	else
		(void)vm_text_format(text, sizeof text, "is %s of %lu:%lu in %s", there->dir,
				     (unsigned long)there->uid, (unsigned long)there->gid,
				     vm_store_name(convert->to));
	vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_DIFFERENT, entry->name, text);
}

/* The name is in both. An alias can be turned; a domain would lose what it has. */
static enum vm_status compare_name(struct run *run, const struct vm_domain_entry *entry,
				   const struct vm_domain *there, struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	const bool is_same_name = there->is_alias == is_alias(entry) &&
				  strcmp(there->name, entry->real) == 0;
	enum vm_status status = VM_OK;

	if (is_same_name &&
	    (is_alias(entry) || (strcmp(there->dir, entry->dir) == 0 && there->uid == entry->uid &&
				 there->gid == entry->gid))) {
		vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_EQUAL, entry->name, "");
		return VM_OK;
	}
	if (!is_alias(entry) || !there->is_alias || !may_overwrite(convert)) {
		note_difference(convert, entry, there);
		return is_same_name ? VM_OK : VM_EXISTS;
	}
	status = remove_name(run, entry->name, err);
	if (status == VM_OK && convert->mode == VM_CONVERT_WRITE)
		status = vm_store_domain_insert(convert->to, entry, err);
	if (status == VM_OK)
		vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_REPLACED, entry->name, "");
	return status;
}

/* VM_OK: the target has the name now, or would. Definite: it was told why not. */
static enum vm_status convert_name(struct run *run, const struct vm_domain_entry *entry,
				   struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	struct vm_domain there;
	enum vm_status status =
		vm_store_domain_get(convert->to, entry->name, &run->scratch, &there, err);

	if (status == VM_OK)
		status = compare_name(run, entry, &there, err);
	else if (status == VM_NOT_FOUND && convert->mode == VM_CONVERT_VERIFY)
		vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_DIFFERENT, entry->name,
				"is missing");
	else if (status == VM_NOT_FOUND)
		status = add_name(run, entry, err);
	if (status == VM_OK && convert->mode == VM_CONVERT_WRITE)
		status = tell_host(run, entry, err);
	return status;
}

static enum vm_status convert_domain(struct run *run, const struct vm_domain_entry *entry,
				     struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (is_alias(entry))
		return VM_OK;
	status = convert_name(run, entry, err);
	if (status == VM_OK)
		return run->convert->records(run->convert->context, entry->name, err);
	return vm_status_is_definite(status) ? VM_OK : status;
}

static enum vm_status convert_alias(struct run *run, const struct vm_domain_entry *entry,
				    struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (is_alias(entry))
		status = convert_name(run, entry, err);
	return vm_status_is_definite(status) ? VM_OK : status;
}

/* A name that only the target has. A real domain is more than its name, and vdeldomain's to remove. */
static enum vm_status find_extra(struct run *run, const struct vm_domain_entry *entry,
				 struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	char text[VM_CONVERT_TEXT_MAX];
	struct vm_domain found;
	enum vm_status status =
		vm_store_domain_get(convert->from, entry->name, &run->scratch, &found, err);

	if (status != VM_NOT_FOUND)
		return status;
	if (is_alias(entry) && may_overwrite(convert)) {
		status = remove_name(run, entry->name, err);
		if (status == VM_OK)
			vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_REMOVED, entry->name,
					"");
		return status;
	}
	(void)vm_text_format(text, sizeof text, "is only in %s", vm_store_name(convert->to));
	vm_convert_note(convert, VM_CONVERT_DOMAIN, VM_CONVERT_DIFFERENT, entry->name, text);
	return VM_OK;
}

static enum vm_status convert_map(struct run *run, const struct vm_ip_map *map,
				  struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	struct vm_ip_map there;
	enum vm_convert_outcome outcome = VM_CONVERT_ADDED;
	enum vm_status status = vm_store_ip_map_get(convert->to, map->ip, &there, err);

	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	if (status == VM_OK && strcmp(map->domain, there.domain) == 0) {
		vm_convert_note(convert, VM_CONVERT_IP_MAP, VM_CONVERT_EQUAL, map->ip, "");
		return VM_OK;
	}
	if (convert->mode == VM_CONVERT_VERIFY || (status == VM_OK && !convert->overwrite)) {
		vm_convert_note(convert, VM_CONVERT_IP_MAP, VM_CONVERT_DIFFERENT, map->ip,
				status == VM_OK ? "is mapped elsewhere" : "is missing");
		return VM_OK;
	}
	if (status == VM_OK)
		outcome = VM_CONVERT_REPLACED;
	status = VM_OK;
	if (convert->mode == VM_CONVERT_WRITE)
		status = vm_store_ip_map_put(convert->to, map, err);
	if (status != VM_OK && !vm_status_is_definite(status))
		return status;
	vm_convert_note(convert, VM_CONVERT_IP_MAP, status == VM_OK ? outcome : VM_CONVERT_FAILED,
			map->ip, status == VM_OK ? "" : err->text);
	return VM_OK;
}

static enum vm_status find_extra_map(struct run *run, const struct vm_ip_map *map,
				     struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	char text[VM_CONVERT_TEXT_MAX];
	struct vm_ip_map found;
	enum vm_status status = vm_store_ip_map_get(convert->from, map->ip, &found, err);

	if (status != VM_NOT_FOUND)
		return status;
	if (!may_overwrite(convert)) {
		(void)vm_text_format(text, sizeof text, "is only in %s",
				     vm_store_name(convert->to));
		vm_convert_note(convert, VM_CONVERT_IP_MAP, VM_CONVERT_DIFFERENT, map->ip, text);
		return VM_OK;
	}
	status = VM_OK;
	if (convert->mode == VM_CONVERT_WRITE)
		status = vm_store_ip_map_remove(convert->to, map->ip, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		vm_convert_note(convert, VM_CONVERT_IP_MAP, VM_CONVERT_REMOVED, map->ip, "");
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status each_map(struct run *run, struct vm_store *store,
			       enum vm_status (*step)(struct run *, const struct vm_ip_map *,
						      struct vm_error *),
			       struct vm_error *err)
{
	char after[VM_IP_MAX + 1] = "";
	struct vm_ip_map_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, VM_CONVERT_ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_ip_map_list(store, (struct vm_page){ after, NAMES_PAGE }, &arena,
					      &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			if (is_selected(run->convert, list.items[i].domain))
				status = step(run, &list.items[i], err);
			memcpy(after, list.items[i].ip, sizeof after);
		}
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status convert_maps(struct run *run, struct vm_error *err)
{
	const struct vm_convert *const convert = run->convert;
	enum vm_status status = VM_OK;

	if (!vm_store_keeps(convert->from, VM_STORE_IP_MAPS) &&
	    !vm_store_keeps(convert->to, VM_STORE_IP_MAPS))
		return VM_OK;
	status = each_map(run, convert->from, convert_map, err);
	return status == VM_OK ? each_map(run, convert->to, find_extra_map, err) : status;
}

enum vm_status vm_convert_run(const struct vm_convert *convert, struct vm_error *err)
{
	struct run run = { .convert = convert };
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&run.scratch, VM_CONVERT_ARENA_MAX);
	status = vm_convert_connect(convert, err);
	if (status == VM_OK)
		status = each_name(&run, convert->from, convert_domain, err);
	if (status == VM_OK)
		status = each_name(&run, convert->from, convert_alias, err);
	if (status == VM_OK)
		status = each_name(&run, convert->to, find_extra, err);
	if (status == VM_OK)
		status = convert_maps(&run, err);
	if (status == VM_OK && run.has_new_names && convert->mode == VM_CONVERT_WRITE &&
	    !vm_store_domains_are_shared(convert->to))
		status = vm_qmail_send_reload(convert->config->qmail_dir, NULL, err);
	vm_arena_release(&run.scratch);
	return status;
}
