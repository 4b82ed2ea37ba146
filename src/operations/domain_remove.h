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
 * Does the steps of a removal for a held note about adding or removing, each harmless when it was done before, and takes
 * the note away.
 */
enum vm_status vm_domain_remove_finish(const struct vm_context *context,
				       const struct vm_intent *intent, struct vm_file_lock *hold,
				       struct vm_error *err);

/*
 * Ends what a note about this domain tells of: a removal is completed; an addition is completed when its postmaster is
 * there, else undone. *was_noted (may be NULL) tells whether there was one; VM_OK also when there is none. VM_EXISTS: a
 * command is at work on it.
 */
enum vm_status vm_domain_finish_interrupted(const struct vm_context *context, const char *name,
					    bool *was_noted, struct vm_error *err);

/* The folder of domains that a domain's folder is in: what comes before the first part behind "domains". */
enum vm_status vm_domain_base(const struct vm_context *context, const char *dir, char *out,
			      struct vm_error *err);

/*
 * The folder below which all notes about domains are kept, V/domains, wherever the domains themselves are: out has
 * VM_PATH_MAX + 1 bytes. A note's fields are the domain's folder and the folder of domains it is in.
 */
enum vm_status vm_domain_notes(const struct vm_context *context, char *out, struct vm_error *err);

#endif
