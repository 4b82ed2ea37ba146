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

enum { VM_IDENTITY_GROUPS = 64 };

/* root's identity while it works with the effective ids of somebody else. Private but for its life. */
struct vm_identity_lent {
	gid_t groups[VM_IDENTITY_GROUPS];
	int count;
	bool is_lent;
};

/*
 * As become, but root can be taken back: for what must be written as its owner by a program that goes on as root. Begins as
 * { 0 }. VM_TEMPFAIL when the kernel refuses; VM_DENIED as above.
 */
enum vm_status vm_identity_lend(uid_t uid, gid_t gid, struct vm_identity_lent *lent,
				struct vm_error *err);
/* Harmless when nothing was lent. */
enum vm_status vm_identity_take_back(struct vm_identity_lent *lent, struct vm_error *err);

/* uid and gid of a user and a group name; "" = the running user. VM_MISCONFIG when unknown. */
enum vm_status vm_identity_lookup(const char *user, const char *group, uid_t *uid, gid_t *gid,
				  struct vm_error *err);

#endif
