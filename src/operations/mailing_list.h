/* ezmlm's mailing lists in a domain: found by their files, made and changed by ezmlm's programs. Source: reference 1.15, 2.26. */
#ifndef VM_OPERATIONS_MAILING_LIST_H
#define VM_OPERATIONS_MAILING_LIST_H

#include "operations/context.h"

/* Whom a list knows. */
enum vm_list_part {
	VM_LIST_SUBSCRIBERS,
	VM_LIST_MODERATORS,
	VM_LIST_DIGEST,
	VM_LIST_DENIED,
};

/* The caller is the domain's owner in all of them. */

/* Calls `each` with the name of every list of the domain, in no order; its status that is not VM_OK ends it. */
enum vm_status vm_mailing_list_each(const struct vm_domain *domain,
				    enum vm_status (*each)(void *context, const char *name,
							   struct vm_error *err),
				    void *context, struct vm_error *err);

/*
 * Makes a list with ezmlm-make. VM_EXISTS (field "list"): an account, an alias or a folder has the name; VM_LIMIT: the
 * domain has as many lists as it may, aliases that send to ezmlm among them. After a failure nothing of it is there.
 */
enum vm_status vm_mailing_list_create(const struct vm_context *context,
				      const struct vm_domain *domain, const char *name,
				      struct vm_error *err);

/*
 * Adds a line that makes an alias a list (core/alias_kind.h). VM_LIMIT when the domain has as many lists as it may, those of
 * files among them; else what vm_store_alias_insert_within answers.
 */
enum vm_status vm_mailing_list_alias_add(const struct vm_context *context,
					 const struct vm_alias *alias,
					 const struct vm_limits *limits, struct vm_error *err);

/*
 * Removes its files and its folder; the file by which it is known goes last, so the same call ends what was interrupted.
 * VM_NOT_FOUND (field "list").
 */
enum vm_status vm_mailing_list_remove(const struct vm_domain *domain, const char *name,
				      struct vm_error *err);

/* VM_NOT_FOUND (field "list"); VM_TEMPFAIL when ezmlm's program cannot be run or fails. */
enum vm_status vm_mailing_list_add(const struct vm_context *context, const struct vm_domain *domain,
				   const char *name, enum vm_list_part part, const char *address,
				   struct vm_error *err);
enum vm_status vm_mailing_list_drop(const struct vm_context *context,
				    const struct vm_domain *domain, const char *name,
				    enum vm_list_part part, const char *address,
				    struct vm_error *err);
/* Calls `each` with every address that ezmlm-list prints. */
enum vm_status vm_mailing_list_addresses(const struct vm_context *context,
					 const struct vm_domain *domain, const char *name,
					 enum vm_list_part part,
					 void (*each)(void *context, const char *address),
					 void *hearer, struct vm_error *err);

#endif
