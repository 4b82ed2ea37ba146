/* Goes through domains and accounts. */
#include <config.h>

#include "cli/each.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum { ARENA_MAX = 65536 };

void vm_session_tell_failure(struct vm_session *session, enum vm_status status,
			     const struct vm_error *err)
{
	vm_session_raise_exit_code(session, vm_session_complain(session, status, err));
}

struct taker {
	struct vm_session *session;
	enum vm_status (*take)(void *context, const char *domain, struct vm_error *err);
	void *context;
};

static enum vm_status take_name(void *context, const struct vm_domain_entry *entry,
				struct vm_error *err)
{
	const struct taker *const taker = context;
	enum vm_status status = VM_OK;

	if (strcmp(entry->name, entry->real) == 0)
		status = taker->take(taker->context, entry->name, err);
	if (status != VM_OK)
		vm_session_tell_failure(taker->session, status, err);
	return VM_OK;
}

enum vm_status vm_session_each_domain(struct vm_session *session, char *const *operands, int count,
				      enum vm_status (*take)(void *context, const char *domain,
							     struct vm_error *err),
				      void *context, struct vm_error *err)
{
	struct taker taker = { session, take, context };

	if (count == 0)
		return vm_store_each_name(session->context.store, take_name, &taker, err);
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

static enum vm_status find_domain(struct vm_session *session, struct vm_store *store,
				  const char *operand, char name[VM_DOMAIN_MAX + 1],
				  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain = { .name = "" };
	enum vm_status status = vm_session_domain(session, operand, name, err);

	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(store, name, &arena, &domain, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s in %s",
				       operand, vm_store_name(store));
	if (status == VM_OK && !vm_text_copy(name, VM_DOMAIN_MAX + 1, domain.name))
		status = vm_fail(err, VM_INTERNAL, "a name that is too long");
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_session_find_domains(struct vm_session *session, struct vm_store *store,
				       char *const *operands, int count,
				       char (**names)[VM_DOMAIN_MAX + 1], struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*names = NULL;
	if (count == 0)
		return VM_OK;
	*names = calloc((size_t)count, sizeof **names);
	if (*names == NULL)
		return vm_fail_memory(err);
	for (int i = 0; i < count && status == VM_OK; i++)
		status = find_domain(session, store, operands[i], (*names)[i], err);
	return status;
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
