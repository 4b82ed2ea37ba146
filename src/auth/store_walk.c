/* Goes through all names or accounts of a store, a page at a time. */
#include <config.h>

#include "auth/store.h"
#include "util/text.h"

/* A page of names reads the whole of a file where they are in one. */
enum { NAMES = 5000, ACCOUNTS = 500, ARENA_MAX = 64 * 1024 * 1024 };

enum vm_status vm_store_each_name(struct vm_store *store,
				  enum vm_status (*each)(void *, const struct vm_domain_entry *,
							 struct vm_error *),
				  void *context, struct vm_error *err)
{
	char after[VM_DOMAIN_MAX + 1] = "";
	struct vm_domain_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_list(store, (struct vm_page){ after, NAMES }, &arena,
					      &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			(void)vm_text_copy(after, sizeof after, list.items[i].name); /* fits */
			status = each(context, &list.items[i], err);
		}
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_store_each_account(struct vm_store *store, const char *domain,
				     enum vm_status (*each)(void *, const struct vm_account *,
							    struct vm_error *),
				     void *context, struct vm_error *err)
{
	char after[VM_USER_MAX + 1] = "";
	struct vm_account_list list = { .more = true };
	struct vm_arena arena;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_account_list(store, domain, (struct vm_page){ after, ACCOUNTS },
					       &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			(void)vm_text_copy(after, sizeof after, list.items[i].user); /* fits */
			status = each(context, &list.items[i], err);
		}
	}
	vm_arena_release(&arena);
	return status;
}
