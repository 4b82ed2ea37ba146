/* Removes domains and aliases of domains, and ends what was interrupted. */
#ifndef VM_OPERATIONS_DOMAIN_REMOVE_H
#define VM_OPERATIONS_DOMAIN_REMOVE_H

#include "operations/context.h"
#include "operations/intent.h"

#define VM_INTENT_ADD_DOMAIN    "add-domain"
#define VM_INTENT_REMOVE_DOMAIN "remove-domain"

/*
 * Removes an alias, or a real domain with its aliases, accounts and mail. VM_NOT_FOUND (field "domain"). After an
 * indefinite answer the note stays: the same call, or vcheck --repair, ends it.
 */
enum vm_status vm_domain_remove(const struct vm_context *context, const char *name,
				struct vm_error *err);

/*
 * Does the steps of a removal for a note about adding or removing, each harmless when it was done before, and takes the
 * note away. `domains` is the folder that holds the note.
 */
enum vm_status vm_domain_remove_finish(const struct vm_context *context, const char *domains,
				       const struct vm_intent *intent, struct vm_error *err);

/*
 * Ends what a note about this domain tells of: a removal is completed; an addition is completed when its postmaster is
 * there, else undone. VM_OK also when there is no note.
 */
enum vm_status vm_domain_finish_interrupted(const struct vm_context *context, const char *domains,
					    const char *name, struct vm_error *err);

#endif
