/* The same for many: the domains that are named, or all of them. */
#ifndef VM_CLI_EACH_H
#define VM_CLI_EACH_H

#include "cli/owner_child.h"

/*
 * Calls `take` with the name of each real domain, or of each domain named. What fails for one is told, raises the exit code
 * and does not keep the others. VM_INVALID: an operand is no domain's name.
 */
enum vm_status vm_session_each_domain(struct vm_session *session, char *const *operands, int count,
				      enum vm_status (*take)(void *context, const char *domain,
							     struct vm_error *err),
				      void *context, struct vm_error *err);

/*
 * Finds a domain and does the work as its owner (owner_child.h).
 * VM_NOT_FOUND (field "domain"). An alias is VM_OK and nothing is done.
 */
enum vm_status vm_session_in_domain(struct vm_session *session, const char *name,
				    const struct vm_owner_work *work, struct vm_error *err);

/*
 * The real domains that the operands name in the store, `count` of them, each looked for before anything is done: *names is to
 * be freed, also after a failure, and NULL for none. VM_INVALID; VM_NOT_FOUND (field "domain").
 */
enum vm_status vm_session_find_domains(struct vm_session *session, struct vm_store *store,
				       char *const *operands, int count,
				       char (**names)[VM_DOMAIN_MAX + 1], struct vm_error *err);

/* Tells a failure about one of many and goes on. */
void vm_session_tell_failure(struct vm_session *session, enum vm_status status,
			     const struct vm_error *err);

#endif
