/* Keeps HOME/Maildir/sqwebmail-pass, which old webmail programs read. Source: reference 1.15. */
#ifndef VM_OPERATIONS_SQWEBMAIL_PASS_H
#define VM_OPERATIONS_SQWEBMAIL_PASS_H

#include "operations/context.h"

/*
 * Writes the account's hash as the store has it: a tab, the hash, a line feed. Nothing is done where the setting
 * sqwebmail_pass is off or there is no Maildir. VM_TEMPFAIL: the file has still the old hash; doing it again is safe.
 */
enum vm_status vm_sqwebmail_pass_write(const struct vm_context *context, struct vm_name name,
				       struct vm_error *err);

/* The same where nobody can be told: a failure is logged. */
void vm_sqwebmail_pass_try(const struct vm_context *context, struct vm_name name);

#endif
