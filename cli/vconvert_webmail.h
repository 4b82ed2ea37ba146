/* vconvert -S: writes the hash of each account into its sqwebmail-pass. */
#ifndef VM_CLI_VCONVERT_WEBMAIL_H
#define VM_CLI_VCONVERT_WEBMAIL_H

#include "cli/command.h"

/* For the domains named, or all. VM_UNSUPPORTED: the setting sqwebmail_pass is off. */
enum vm_status vm_vconvert_webmail(struct vm_session *session, char *const *operands, int count,
				   struct vm_error *err);

#endif
