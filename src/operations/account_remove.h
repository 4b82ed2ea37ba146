/* Removes accounts. */
#ifndef VM_OPERATIONS_ACCOUNT_REMOVE_H
#define VM_OPERATIONS_ACCOUNT_REMOVE_H

#include "operations/context.h"

#define VM_INTENT_REMOVE_ACCOUNT "remove-account"

/*
 * Notes the intent, removes the record, then the home with its mail; called again after an interruption it ends what
 * was begun. VM_NOT_FOUND ("domain" or "address"); VM_DENIED ("catchall") for the account that receives the mail for
 * unknown recipients.
 */
enum vm_status vm_account_remove(const struct vm_context *context, struct vm_name name,
				 struct vm_error *err);

/*
 * Ends a removal that was interrupted after its record went: the old home must not become the new account's. VM_OK
 * also when there is none. The account must not exist.
 */
enum vm_status vm_account_remove_finish(const struct vm_domain *domain, const char *user,
					struct vm_error *err);

/* Is there such a removal, interrupted or at work? */
enum vm_status vm_account_remove_is_noted(const struct vm_domain *domain, const char *user,
					  bool *out, struct vm_error *err);

#endif
