/* Aliases for programs in C. */
#include <config.h>

#include "installation.h"

#include "operations/alias_edit.h"
#include "util/text.h"

enum { PAGE = 500, PAGE_ARENA_MAX = 16 << 20 };

/* The real domain of an address, which its aliases belong to. */
static enum vm_status find(struct vm_installation *installation, const char *text,
			   struct vm_address *out, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = vm_installation_address(installation, text, out, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, out->domain, &arena, &domain, err);
	if (status == VM_OK)
		(void)vm_text_copy(out->domain, sizeof out->domain, domain.name); /* fits */
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT enum vm_status vm_add_alias(struct vm_installation *installation, const char *address,
				      const char *line, struct vm_error *err)
{
	struct vm_address parsed;
	const struct vm_alias alias = { parsed.user, parsed.domain, line };
	const enum vm_status status = find(installation, address, &parsed, err);

	if (line == NULL)
		return vm_fail_field(err, VM_INVALID, "line", "no line is given");
	return status == VM_OK ? vm_alias_add(&installation->context, &alias, err) : status;
}

VM_EXPORT enum vm_status vm_delete_alias(struct vm_installation *installation, const char *address,
					 const char *line, struct vm_error *err)
{
	struct vm_address parsed;
	enum vm_status status = find(installation, address, &parsed, err);

	if (status != VM_OK)
		return status;
	status = vm_alias_remove(&installation->context, vm_address_name(&parsed), line, err);
	return status == VM_NOT_FOUND
		       ? vm_fail_field(err, status, "address", "%s@%s has no such alias line",
				       parsed.user, parsed.domain)
		       : status;
}

static bool show(const struct vm_alias_list *list, vm_alias_visitor visit, void *context)
{
	for (size_t i = 0; i < list->count; i++)
		if (visit(context, list->items[i].user, list->items[i].line) != 0)
			return false;
	return true;
}

static enum vm_status show_pages(struct vm_installation *installation, const char *domain,
				 vm_alias_visitor visit, void *context, struct vm_error *err)
{
	char last[VM_USER_MAX + 1] = "";
	struct vm_alias_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, PAGE_ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_alias_list(installation->store, domain,
					     (struct vm_page){ last, PAGE }, &arena, &list, err);
		if (status != VM_OK || list.count == 0 || !show(&list, visit, context))
			break;
		(void)vm_text_copy(last, sizeof last, list.items[list.count - 1].user); /* fits */
	}
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT enum vm_status vm_visit_aliases(struct vm_installation *installation, const char *domain,
					  vm_alias_visitor visit, void *context,
					  struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain found;
	enum vm_status status = vm_installation_domain(installation, domain, name, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, name, &arena, &found, err);
	if (status == VM_OK)
		status = show_pages(installation, found.name, visit, context, err);
	vm_arena_release(&arena);
	return status;
}
