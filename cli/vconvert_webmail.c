/* vconvert -S: writes the hash of each account into its sqwebmail-pass. */
#include <config.h>

#include "cli/vconvert_webmail.h"

#include "cli/each.h"
#include "operations/sqwebmail_pass.h"

static enum vm_status take_account(void *context, const struct vm_account *account,
				   struct vm_error *err)
{
	struct vm_session *const session = context;
	const struct vm_name name = { account->user, account->domain };
	const enum vm_status status = vm_sqwebmail_pass_write(&session->context, name, err);

	if (status != VM_OK) {
		vm_name_domain(err, account->user);
		vm_session_tell_failure(session, status, err);
	}
	return VM_OK;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	(void)context; /* nothing differs from one domain to the next */
	if (is_child)
		status =
			vm_store_open(session->context.config, false, &session->context.store, err);
	if (status == VM_OK)
		status = vm_store_each_account(session->context.store, domain->name, take_account,
					       session, err);
	if (status == VM_OK && !session->json)
		vm_session_printf(session, "converting %s...    done\n", domain->name);
	else if (status == VM_OK)
		vm_session_report(session, "domain", domain->name);
	return status;
}

static enum vm_status take_domain(void *context, const char *name, struct vm_error *err)
{
	return vm_session_in_domain(context, name, &(struct vm_owner_work){ work, NULL }, err);
}

enum vm_status vm_vconvert_webmail(struct vm_session *session, char *const *operands, int count,
				   struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (!session->context.config->sqwebmail_pass)
		return vm_fail(err, VM_UNSUPPORTED, "the setting sqwebmail_pass is off");
	status = vm_store_open(session->context.config, false, &session->context.store, err);
	if (status == VM_OK)
		status =
			vm_session_each_domain(session, operands, count, take_domain, session, err);
	vm_store_close(&session->context.store);
	return status;
}
