/* Adds accounts. */
#ifndef VM_OPERATIONS_ACCOUNT_CREATE_H
#define VM_OPERATIONS_ACCOUNT_CREATE_H

#include "operations/context.h"
#include "util/secret.h"

struct vm_account_request {
	struct vm_name name;              /* parsed; the domain may be an alias */
	const struct vm_secret *password; /* NULL: `hash` is given, or the account has none */
	const char *hash;                 /* stored as it is; "" with a password */
	const char *comment;              /* NULL: the user's name */
	const char *quota;                /* text as typed; NULL: the domain's default */
	uint32_t flags;
	bool lazy_home; /* made at the first delivery or login */
};

/*
 * Policy, limits and names are checked; the home is made and synced; the record is the moment at which the account
 * exists. VM_EXISTS ("address"), VM_NOT_FOUND ("domain"), VM_LIMIT, VM_DENIED ("password": policy), VM_INVALID (the
 * field). After any of these nothing is left behind.
 */
enum vm_status vm_account_create(const struct vm_context *context,
				 const struct vm_account_request *request, struct vm_error *err);

enum vm_create_mode {
	VM_CREATE_AS_MANY,  /* as can be added */
	VM_CREATE_ALL,      /* or none: ends at the first that cannot be added */
	VM_CREATE_REHEARSAL /* none: says what could not be added */
};

/*
 * The same for many accounts of one domain in one unit of work, synced once: `statuses[i]` and `errors[i]` tell of each.
 * VM_OK when the unit was committed, and for a rehearsal when it went to its end.
 */
enum vm_status vm_account_create_many(const struct vm_context *context,
				      const struct vm_account_request *requests, size_t count,
				      enum vm_create_mode mode, enum vm_status *statuses,
				      struct vm_error *errors, struct vm_error *err);

#endif
