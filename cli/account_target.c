/* Applies one change to an account or to all accounts of a domain. */
#include <config.h>

#include "cli/account_target.h"

#include <string.h>

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024 };

static enum vm_status modify_all(struct vm_session *session, const char *domain,
				 const struct vm_account_change *change, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account_list list = { .more = true };
	char after[VM_USER_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_account_list(session->context.store, domain,
					       (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const char *const user = list.items[i].user;

			status = vm_account_modify(&session->context,
						   (struct vm_name){ user, domain }, change, err);
			if (status == VM_NOT_FOUND) /* removed since the page was read */
				status = VM_OK;
			memcpy(after, user, strlen(user) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_account_target_modify(struct vm_session *session, const char *text,
					const struct vm_account_change *change,
					struct vm_error *err)
{
	const bool is_account = strchr(text, '@') != NULL;
	struct vm_address address = { .user = "" };
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = is_account ? vm_session_address(session, text, &address, err)
					   : vm_session_domain(session, text, address.domain, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_OK && is_account)
		status = vm_account_modify(&session->context, vm_address_name(&address), change,
					   err);
	else if (status == VM_OK)
		status = modify_all(session, domain.name, change, err);
	if (status == VM_OK)
		vm_session_report(session, is_account ? "user" : "domain",
				  is_account ? address.user : domain.name);
	vm_arena_release(&arena);
	return status;
}
