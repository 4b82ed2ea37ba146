/* "address or domain": one account, or every account of a domain. */
#ifndef VM_CLI_ACCOUNT_TARGET_H
#define VM_CLI_ACCOUNT_TARGET_H

#include "cli/command.h"
#include "operations/account_modify.h"

/*
 * With '@' in `text` changes that account, else every account of that domain, page by page. Becomes the owner of the
 * domain. VM_NOT_FOUND (field "domain", "address").
 */
enum vm_status vm_account_target_modify(struct vm_session *session, const char *text,
					const struct vm_account_change *change,
					struct vm_error *err);

#endif
