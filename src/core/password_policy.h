/* Which passwords may be chosen. */
#ifndef VM_CORE_PASSWORD_POLICY_H
#define VM_CORE_PASSWORD_POLICY_H

#include "core/config.h"
#include "core/password_rules.h"
#include "util/secret.h"
#include "util/status.h"

/*
 * VM_OK, or VM_DENIED (field "password") naming the rule that is broken: length, classes of characters, the
 * name itself, or one of etc/password_strength.conf (VM_MISCONFIG, VM_TEMPFAIL: that cannot be read). Control bytes and NUL
 * are VM_INVALID.
 */
enum vm_status vm_password_policy_check(const struct vm_config *config,
					const struct vm_secret *clear, const char *user,
					const char *domain, struct vm_error *err);

/*
 * One sentence that tells a user what is asked for, e.g. "at least 8 bytes": the file's, where it has one. size is
 * VM_PASSWORD_POLICY_TEXT_MAX + 1 or more.
 */
void vm_password_policy_describe(const struct vm_config *config, char *out, size_t size);

#endif
