/* The names of an account's flags, as JSON and vpopmaild's protocol have them. */
#ifndef VM_CORE_ACCOUNT_FLAG_H
#define VM_CORE_ACCOUNT_FLAG_H

#include "core/account.h"

/* The name of one bit; NULL where it has none. */
const char *vm_account_flag_name(uint32_t flag);

/* The bit of a name; 0: there is none of that name. */
uint32_t vm_account_flag_find(const char *name);

/* The bits of `flags` that have no name. */
uint32_t vm_account_flags_unnamed(uint32_t flags);

#endif
