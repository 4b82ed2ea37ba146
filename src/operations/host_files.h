/* This host's files about a domain's name: qmail's control files, and users/assign where the store does not keep it. */
#ifndef VM_OPERATIONS_HOST_FILES_H
#define VM_OPERATIONS_HOST_FILES_H

#include "operations/context.h"

/*
 * Makes this host accept and deliver mail for a name that the store has. Done already is VM_OK; `optimize` as
 * vm_control_add. qmail-send is not told.
 */
enum vm_status vm_host_files_add(const struct vm_context *context,
				 const struct vm_domain_entry *entry, bool optimize,
				 struct vm_error *err);

/* The contrary; gone already is VM_OK. Before the store forgets the name, so that an interruption leaves it to be found. */
enum vm_status vm_host_files_remove(const struct vm_context *context, const char *name,
				    struct vm_error *err);

#endif
