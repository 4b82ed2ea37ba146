/* Which passwords may be chosen. */
#ifndef VM_CORE_PASSWORD_POLICY_H
#define VM_CORE_PASSWORD_POLICY_H

#include "core/config.h"
#include "util/secret.h"
#include "util/status.h"

/*
 * VM_OK, or VM_DENIED (field "password") naming the rule that is broken: length, classes of characters, the
 * name itself. Control bytes and NUL are VM_INVALID.
 */
enum vm_status vm_password_policy_check(const struct vm_config *config,
					const struct vm_secret *clear, const char *user,
					const char *domain, struct vm_error *err);

/* One sentence that tells a user what is asked for, e.g. "at least 8 bytes". size >= 200. */
void vm_password_policy_describe(const struct vm_config *config, char *out, size_t size);

#endif
