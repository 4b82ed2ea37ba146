/* Folders that hold domains against the names that are served. */
#ifndef VM_OPERATIONS_CHECK_FOLDERS_H
#define VM_OPERATIONS_CHECK_FOLDERS_H

#include "operations/domain_names.h"

/*
 * Looks through V/domains and every other folder that holds a domain. "domain": a folder with accounts that users/assign does
 * not name. Where an alias or a line of virtualdomains still tells of it, its line was lost and is put back (it is added to
 * names->lost, with or without a repair); else a person must decide. "alias": a symlink for a name that leads nowhere or
 * elsewhere.
 */
enum vm_status vm_check_folders(const struct vm_context *context, const struct vm_check *check,
				struct vm_domain_names *names, struct vm_error *err);

/* "count": .dir-control of each such folder against the domains in it. */
enum vm_status vm_check_domain_counts(const struct vm_context *context,
				      const struct vm_check *check,
				      const struct vm_domain_names *names, struct vm_error *err);

#endif
