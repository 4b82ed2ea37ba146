/* Domains and their aliases for programs in C. */
#include <config.h>

#include "installation.h"

#include <stdlib.h>
#include <string.h>

#include "operations/domain_create.h"
#include "operations/domain_remove.h"
#include "util/secret.h"
#include "util/text.h"

enum { PAGE = 1000, PAGE_ARENA_MAX = 64 << 20 };

/* The record and its text in one piece of memory. */
struct kept {
	struct vm_domain_record record;
	char name[VM_DOMAIN_MAX + 1], real[VM_DOMAIN_MAX + 1], folder[VM_PATH_MAX + 1];
};

static enum vm_status keep(const char *name, const struct vm_domain *domain,
			   const struct vm_domain_record **out, struct vm_error *err)
{
	struct kept *const kept = calloc(1, sizeof *kept);

	if (kept == NULL)
		return vm_fail_memory(err);
	/* all of them fit */
	(void)vm_text_copy(kept->name, sizeof kept->name, name);
	(void)vm_text_copy(kept->real, sizeof kept->real, domain->name);
	(void)vm_text_copy(kept->folder, sizeof kept->folder, domain->dir);
	kept->record = (struct vm_domain_record){ kept->name, kept->real, kept->folder, domain->uid,
						  domain->gid };
	*out = &kept->record;
	return VM_OK;
}

VM_EXPORT enum vm_status vm_find_domain(struct vm_installation *installation, const char *name,
					const struct vm_domain_record **out, struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain found;
	enum vm_status status = vm_installation_domain(installation, name, domain, err);

	*out = NULL;
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, domain, &arena, &found, err);
	if (status == VM_OK)
		status = keep(domain, &found, out, err);
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT void vm_free_domain(const struct vm_domain_record **record)
{
	union {
		const struct vm_domain_record *given;
		void *made;
	} const memory = { *record };

	free(memory.made);
	*record = NULL;
}

VM_EXPORT enum vm_status vm_add_domain(struct vm_installation *installation, const char *name,
				       const char *postmaster_password, struct vm_error *err)
{
	const struct vm_config *const config = &installation->config;
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_secret password = { .length = 0 };
	const struct vm_domain_request request = {
		.domain = domain, .uid = config->uid, .gid = config->gid, .password = &password
	};
	enum vm_status status = vm_installation_domain(installation, name, domain, err);

	if (status == VM_OK &&
	    (postmaster_password == NULL ||
	     !vm_secret_set(&password, postmaster_password, strlen(postmaster_password))))
		status = vm_fail_field(err, VM_INVALID, "password",
				       "the postmaster's password is missing or too long");
	if (status == VM_OK)
		status = vm_domain_make_way(&installation->context, domain, err);
	if (status == VM_OK)
		status = vm_domain_create(&installation->context, &request, err);
	vm_secret_wipe(&password);
	return status;
}

VM_EXPORT enum vm_status vm_add_domain_alias(struct vm_installation *installation,
					     const char *alias, const char *name,
					     struct vm_error *err)
{
	char other[VM_DOMAIN_MAX + 1], domain[VM_DOMAIN_MAX + 1];
	enum vm_status status = vm_installation_domain(installation, alias, other, err);

	if (status == VM_OK)
		status = vm_installation_domain(installation, name, domain, err);
	return status == VM_OK ? vm_domain_add_alias(&installation->context, other, domain, err)
			       : status;
}

VM_EXPORT enum vm_status vm_delete_domain(struct vm_installation *installation, const char *name,
					  struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	const enum vm_status status = vm_installation_domain(installation, name, domain, err);

	return status == VM_OK ? vm_domain_remove(&installation->context, domain, err) : status;
}

/* Shows a page. false: the visitor has seen enough. */
static bool show(const struct vm_domain_list *list, vm_domain_visitor visit, void *context)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct vm_domain_entry *const entry = &list->items[i];
		const struct vm_domain_record record = { entry->name, entry->real, entry->dir,
							 entry->uid, entry->gid };

		if (visit(context, &record) != 0)
			return false;
	}
	return true;
}

VM_EXPORT enum vm_status vm_visit_domains(struct vm_installation *installation, const char *after,
					  size_t limit, vm_domain_visitor visit, void *context,
					  struct vm_error *err)
{
	char last[VM_DOMAIN_MAX + 1] = "";
	struct vm_domain_list list = { .more = true };
	struct vm_arena arena;
	size_t left = limit == 0 ? SIZE_MAX : limit;
	enum vm_status status = VM_OK;

	if (after != NULL && after[0] != '\0')
		status = vm_installation_domain(installation, after, last, err);
	vm_arena_init(&arena, PAGE_ARENA_MAX);
	while (status == VM_OK && list.more && left > 0) {
		vm_arena_clear(&arena);
		status = vm_store_domain_list(installation->store,
					      (struct vm_page){ last, left < PAGE ? left : PAGE },
					      &arena, &list, err);
		if (status != VM_OK || list.count == 0 || !show(&list, visit, context))
			break;
		left -= list.count;
		(void)vm_text_copy(last, sizeof last, list.items[list.count - 1].name); /* fits */
	}
	vm_arena_release(&arena);
	return status;
}
