/* Finds, and mends, what belongs to no single domain's folder: qmail's files, notes, names, folders of domains. */
#ifndef VM_OPERATIONS_CHECK_INSTALLATION_H
#define VM_OPERATIONS_CHECK_INSTALLATION_H

#include "operations/context.h"

/*
 * "assign" (users/assign, also against a store that has the domains, and users/cdb), "unfinished" (notes about domains, wherever these are), "domain" (a folder that
 * holds a domain which users/assign does not name), "alias" (one of a domain that is not there or has moved, a stale
 * symlink), "control" (lines that are missing or name what is not served), "morercpthosts", "temporary", "count" (of the
 * domains in a folder). *is_listed is false when users/assign is damaged, which is then told, so that the domains cannot be
 * listed. VM_OK also when something was found.
 */
enum vm_status vm_check_installation(const struct vm_context *context, const struct vm_check *check,
				     bool *is_listed, struct vm_error *err);

/* The same of one domain and its aliases alone: "unfinished", "alias", "control". VM_OK when there is no such domain. */
enum vm_status vm_check_names(const struct vm_context *context, const char *name,
			      const struct vm_check *check, struct vm_error *err);

#endif
