/* The folder of a domain: is it there, and who owns what is in it? */
#ifndef VM_OPERATIONS_CHECK_OWNER_H
#define VM_OPERATIONS_CHECK_OWNER_H

#include "operations/context.h"

/*
 * Kinds "folder" (one finding when it is missing or no folder; *is_there is then false), "owner" and "mode": D itself and
 * everything below. One finding for each account and for each other thing in D, however much in it is wrong. A new owner
 * can only be given by root; nothing is followed, and a file of somebody else that has another name elsewhere is left.
 */
enum vm_status vm_check_owner(const struct vm_domain *domain, const struct vm_check *check,
			      bool *is_there, struct vm_error *err);

#endif
