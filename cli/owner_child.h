/* Work on a domain's files by its owner: root starts a child that has become him, for the way back would be closed. */
#ifndef VM_CLI_OWNER_CHILD_H
#define VM_CLI_OWNER_CHILD_H

#include "cli/command.h"

/* What is done for a domain. In root's child the session's store is not open: a connection has one user. */
struct vm_owner_work {
	enum vm_status (*run)(void *context, struct vm_session *session,
			      const struct vm_domain *domain, bool is_child, struct vm_error *err);
	void *context;
};

/*
 * Runs the work as the owner of the domain: here when we are he, in a child when we are root. What a child prints and its
 * exit code become the session's, and it tells its failures itself. VM_TEMPFAIL when we are neither, or the child was
 * killed.
 */
enum vm_status vm_session_as_owner(struct vm_session *session, const struct vm_domain *domain,
				   const struct vm_owner_work *work, struct vm_error *err);

/* The exit code becomes the greater of the two: "later" about one thing beats what was found about others. */
void vm_session_raise_exit_code(struct vm_session *session, int code);

/* Puts the domain's name before an error's text that does not have it: what fails deep down does not know whose it was. */
void vm_name_domain(struct vm_error *err, const char *name);

#endif
