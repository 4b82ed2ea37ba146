/* What happens to mail for unknown recipients: the last word of D/.qmail-default. Source: reference 1.12. */
#ifndef VM_OPERATIONS_CATCH_ALL_H
#define VM_OPERATIONS_CATCH_ALL_H

#include "operations/context.h"

enum { VM_CATCH_ALL_MAX = 1000 };

/*
 * The ACTION of "| PATH/vdelivermail '' ACTION": "bounce-no-mailbox", "delete", an address, a path; out has
 * VM_CATCH_ALL_MAX + 1 bytes. VM_NOT_FOUND: no .qmail-default, or one that does not call vdelivermail.
 */
enum vm_status vm_catch_all_get(const struct vm_domain *domain, char *out, struct vm_error *err);

/* VM_OK: it is one of these. VM_INVALID (field "catchall"): it is none, or has a byte that the shell would read. */
enum vm_status vm_catch_all_check(const struct vm_config *config, const char *action,
				  struct vm_error *err);

/* Writes the file. VM_INVALID as above. */
enum vm_status vm_catch_all_set(const struct vm_context *context, const struct vm_domain *domain,
				const char *action, struct vm_error *err);

/* Does it name this account, by its home or its address? */
enum vm_status vm_catch_all_is_account(const struct vm_domain *domain,
				       const struct vm_account *account, bool *out,
				       struct vm_error *err);

#endif
