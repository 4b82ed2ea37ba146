/* Applies one change to an account or to all accounts of a domain. */
#include <config.h>

#include "cli/account_target.h"

#include <string.h>

struct modifier {
	struct vm_session *session;
	const struct vm_account_change *change;
};

static enum vm_status modify(void *context, const struct vm_account *account, struct vm_error *err)
{
	const struct modifier *const modifier = context;
	const enum vm_status status =
		vm_account_modify(&modifier->session->context,
				  (struct vm_name){ account->user, account->domain },
				  modifier->change, err);

	return status == VM_NOT_FOUND ? VM_OK : status; /* removed since the page was read */
}

static enum vm_status modify_all(struct vm_session *session, const char *domain,
				 const struct vm_account_change *change, struct vm_error *err)
{
	struct modifier modifier = { session, change };

	return vm_store_each_account(session->context.store, domain, modify, &modifier, err);
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
