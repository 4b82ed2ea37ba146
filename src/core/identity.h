/* Which unix identity the process has, and the way down from root. */
#ifndef VM_CORE_IDENTITY_H
#define VM_CORE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/status.h"

/*
 * Becomes uid:gid for good (setgroups, setgid, setuid, each checked). Nothing to do when it is so already.
 * VM_DENIED naming both users when the process is neither root nor that user: the caller answers "later".
 */
enum vm_status vm_identity_become(uid_t uid, gid_t gid, struct vm_error *err);

/* uid and gid of a user and a group name; "" = the running user. VM_MISCONFIG when unknown. */
enum vm_status vm_identity_lookup(const char *user, const char *group, uid_t *uid, gid_t *gid,
				  struct vm_error *err);

#endif
