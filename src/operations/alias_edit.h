/* Adds and removes aliases, forwards, autoresponders and mailing lists: lines of one model, in files or in rows. */
#ifndef VM_OPERATIONS_ALIAS_EDIT_H
#define VM_OPERATIONS_ALIAS_EDIT_H

#include "operations/context.h"

/*
 * Adds a line. VM_LIMIT: the domain has as many of the kind (core/alias_kind.h) as its limits allow, counted in the unit
 * that adds. VM_EXISTS for the same line twice, VM_INVALID ("line"), VM_NOT_FOUND: no such domain.
 */
enum vm_status vm_alias_add(const struct vm_context *context, const struct vm_alias *alias,
			    struct vm_error *err);

/* Removes one line, or all with NULL. VM_NOT_FOUND: there is none. */
enum vm_status vm_alias_remove(const struct vm_context *context, struct vm_name name,
			       const char *line, struct vm_error *err);

#endif
