/* Aliases for programs in C. */
#include <config.h>

#include "installation.h"

#include <string.h>

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

struct visit {
	vm_alias_visitor visit;
	void *context;
	size_t left; /* aliases, not lines */
	char last[VM_USER_MAX + 1];
};

/* Shows a page, which parts no alias. false: that was enough. */
static bool show(const struct vm_alias_list *list, struct visit *visit)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct vm_alias *const line = &list->items[i];

		if (strcmp(line->user, visit->last) != 0) {
			if (visit->left == 0)
				return false;
			visit->left--;
			(void)vm_text_copy(visit->last, sizeof visit->last, line->user); /* fits */
		}
		if (visit->visit(visit->context, line->user, line->line) != 0)
			return false;
	}
	return visit->left > 0;
}

static enum vm_status show_pages(struct vm_installation *installation, const char *domain,
				 struct visit *visit, struct vm_error *err)
{
	struct vm_alias_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, PAGE_ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_alias_list(installation->store, domain,
					     (struct vm_page){ visit->last, PAGE }, &arena, &list,
					     err);
		if (status != VM_OK || list.count == 0 || !show(&list, visit))
			break;
	}
	vm_arena_release(&arena);
	return status;
}

VM_EXPORT enum vm_status vm_visit_aliases(struct vm_installation *installation, const char *domain,
					  const char *after, size_t limit, vm_alias_visitor visit,
					  void *context, struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct visit state = { visit, context, limit == 0 ? SIZE_MAX : limit, "" };
	struct vm_arena arena;
	struct vm_domain found;
	enum vm_status status = vm_installation_domain(installation, domain, name, err);

	if (status != VM_OK)
		return status;
	if (after != NULL && !vm_text_copy(state.last, sizeof state.last, after))
		return vm_fail_field(err, VM_INVALID, "after", "the name is too long");
	vm_arena_init(&arena, VM_RECORD_ARENA_MAX);
	status = vm_installation_find(installation, name, &arena, &found, err);
	if (status == VM_OK)
		status = show_pages(installation, found.name, &state, err);
	vm_arena_release(&arena);
	return status;
}
