/* The store modules that are linked into every program. */
#include <config.h>

#include "auth/module_registry.h"

extern const struct vm_auth_module vm_cdb_module;

const struct vm_auth_module *const vm_built_in_modules[] = { &vm_cdb_module, NULL };
