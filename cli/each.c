/* Goes through domains and accounts. */
#include <config.h>

#include "cli/each.h"

#include <string.h>

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024 };

void vm_session_tell_failure(struct vm_session *session, enum vm_status status,
			     const struct vm_error *err)
{
	vm_session_raise_exit_code(session, vm_session_complain(session, status, err));
}

static enum vm_status each_of_all(struct vm_session *session,
				  enum vm_status (*take)(void *, const char *, struct vm_error *),
				  void *context, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_list(session->context.store,
					      (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_domain_entry *const entry = &list.items[i];
			struct vm_error why = { .status = VM_OK };
			enum vm_status one = VM_OK;

			if (strcmp(entry->name, entry->real) == 0)
				one = take(context, entry->name, &why);
			if (one != VM_OK)
				vm_session_tell_failure(session, one, &why);
			memcpy(after, entry->name, strlen(entry->name) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_session_each_domain(struct vm_session *session, char *const *operands, int count,
				      enum vm_status (*take)(void *context, const char *domain,
							     struct vm_error *err),
				      void *context, struct vm_error *err)
{
	if (count == 0)
		return each_of_all(session, take, context, err);
	for (int i = 0; i < count; i++) {
		char domain[VM_DOMAIN_MAX + 1];
		struct vm_error why = { .status = VM_OK };
		enum vm_status status = vm_session_domain(session, operands[i], domain, err);

		if (status != VM_OK)
			return status;
		status = take(context, domain, &why);
		if (status != VM_OK)
			vm_session_tell_failure(session, status, &why);
	}
	return VM_OK;
}

enum vm_status vm_session_in_domain(struct vm_session *session, const char *name,
				    const struct vm_owner_work *work, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
	if (status == VM_OK && !domain.is_alias)
		status = vm_session_as_owner(session, &domain, work, err);
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_session_each_account(struct vm_session *session, const char *domain,
				       enum vm_status (*take)(void *context,
							      struct vm_account *account,
							      struct vm_error *err),
				       void *context, struct vm_error *err)
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
			memcpy(after, list.items[i].user, strlen(list.items[i].user) + 1);
			status = take(context, &list.items[i], err);
		}
	}
	vm_arena_release(&arena);
	return status;
}
