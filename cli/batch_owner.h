/*
 * Accounts of a batch are added by the owner of their domain. Root starts a process that has become him for good, and that is
 * told the accounts of his domains and nobody else's; it lives until a domain of another owner comes.
 */
#ifndef VM_CLI_BATCH_OWNER_H
#define VM_CLI_BATCH_OWNER_H

#include <sys/types.h>

#include "cli/command.h"
#include "operations/account_create.h"

struct vm_batch_owner {
	struct vm_session *session;
	pid_t child; /* 0: none */
	int socket;
	uid_t uid; /* the child's */
	gid_t gid;
};

/* What vm_account_create_many is given. */
struct vm_batch_work {
	const struct vm_account_request *requests; /* of one domain, one at least */
	size_t count;
	enum vm_create_mode mode;
	enum vm_status *statuses;
	struct vm_error *errors;
};

void vm_batch_owner_init(struct vm_batch_owner *owner, struct vm_session *session);

/* Ends the process of the last owner. */
void vm_batch_owner_release(struct vm_batch_owner *owner);

/*
 * vm_account_create_many as the owner of the domain: here when we are he, in his process when we are root. VM_NOT_FOUND (field
 * "domain"); VM_TEMPFAIL also when we are neither, and when the process ended without an answer: then it may have happened.
 */
enum vm_status vm_batch_owner_create_many(struct vm_batch_owner *owner,
					  const struct vm_batch_work *work, struct vm_error *err);

#endif
