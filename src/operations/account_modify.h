/* Changes accounts: password, quota, comment, flags, home. */
#ifndef VM_OPERATIONS_ACCOUNT_MODIFY_H
#define VM_OPERATIONS_ACCOUNT_MODIFY_H

#include "operations/context.h"
#include "util/secret.h"

/* What is to change; NULL and false leave a thing as it is. */
struct vm_account_change {
	const struct vm_secret *password; /* policy is checked */
	bool obey_no_password_change;     /* VM_DENIED (field "address") when the flag is set */
	const char *hash;
	const char *quota; /* as typed */
	const char *comment;
	const char *home;
	uint32_t clear_flags; /* bits that go, before those of set_flags come */
	uint32_t set_flags;
};

/*
 * One update; when someone else changes the account meanwhile it is read again and tried anew. maildirsize follows a
 * quota. VM_NOT_FOUND ("domain", "address"), VM_DENIED ("password", "address"), VM_INVALID (the field).
 */
enum vm_status vm_account_modify(const struct vm_context *context, struct vm_name name,
				 const struct vm_account_change *change, struct vm_error *err);

#endif
