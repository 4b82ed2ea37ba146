/* Finds a store module by name: built in, else a shared object. */
#ifndef VM_AUTH_MODULE_REGISTRY_H
#define VM_AUTH_MODULE_REGISTRY_H

#include "auth/auth_module.h"

/*
 * `name` is [a-z0-9_]+. Built-in modules first; else auth_NAME.so in VM_MODULE_DIR, or in lib/virtmail
 * below the home when it is not there; it must be owned by root or the
 * running user, not writable by group or others, export vm_auth_module, and have our api number. VM_MISCONFIG with
 * what to do otherwise. A loaded object stays loaded.
 */
enum vm_status vm_module_find(const char *name, const char *home, const struct vm_auth_module **out,
			      struct vm_error *err);

/* Modules that are linked in; NULL-terminated. */
extern const struct vm_auth_module *const vm_built_in_modules[];

#endif
