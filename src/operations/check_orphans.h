/* Folders of accounts that no account has. */
#ifndef VM_OPERATIONS_CHECK_ORPHANS_H
#define VM_OPERATIONS_CHECK_ORPHANS_H

#include "operations/context.h"

/*
 * Kind "orphan": a folder in D, or in a hash folder of it, that holds a Maildir or nothing at all and is nobody's home. One
 * with files in it is left to a person: mail is never removed. One of empty folders only, left by a vadduser that was
 * interrupted, is removed once it is older than ten minutes. What a note about a removal names is not told here.
 */
enum vm_status vm_check_orphans(const struct vm_context *context, const struct vm_domain *domain,
				const struct vm_check *check, struct vm_error *err);

#endif
