/* The smallest store module, built as a shared object for the test of the loader. */
#include <config.h>

#include "auth/auth_module.h"

#ifndef MODULE_API
#define MODULE_API VM_AUTH_MODULE_API
#endif
#ifndef MODULE_NAME
#define MODULE_NAME "right"
#endif

extern const struct vm_auth_module vm_auth_module;

const struct vm_auth_module vm_auth_module = { .api = MODULE_API, .name = MODULE_NAME };
