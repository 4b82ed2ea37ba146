/* Finds, and mends, what an interruption or a hand edit left in a domain's folder: the checks of vcheck(8). */
#ifndef VM_OPERATIONS_CHECK_DOMAIN_H
#define VM_OPERATIONS_CHECK_DOMAIN_H

#include "operations/context.h"

/*
 * One real domain whose folder is there, as its owner (see check_owner.h for what root does before): what its store module
 * finds, "unfinished" removals of accounts, "default" (no .qmail-default), "temporary" files, and the kinds of
 * check_accounts.h and check_orphans.h. VM_OK also when something was found; where a finding that is left keeps the accounts
 * from being read, they are not looked at. VM_NOT_FOUND (field "domain"); indefinite when nobody can tell or a repair failed.
 * No mail is removed but that of an account whose removal had begun.
 */
enum vm_status vm_check_domain(const struct vm_context *context, const char *name,
			       const struct vm_check *check, struct vm_error *err);

#endif
