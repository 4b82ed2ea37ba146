/* Gives up root for the owner of the mail. */
#include <config.h>

#include "core/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORD_START = 1024, RECORD_MAX = 1024 * 1024 };

/* Is every one of the process's user ids this one? Only then is the way back closed. */
static bool is_user(uid_t uid)
{
	uid_t real = 0, effective = 0, saved = 0;

	return getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid &&
	       saved == uid;
}

static bool is_group(gid_t gid)
{
	gid_t real = 0, effective = 0, saved = 0;

	return getresgid(&real, &effective, &saved) == 0 && real == gid && effective == gid &&
	       saved == gid;
}

enum vm_status vm_identity_become(uid_t uid, gid_t gid, struct vm_error *err)
{
	/* Another group is no hindrance to an owner who could not change it anyway. */
	if (is_user(uid) && (is_group(gid) || uid != 0))
		return VM_OK;
	if (geteuid() != 0)
		return vm_fail(err, VM_DENIED, "this needs user %lu (or root), not user %lu",
			       (unsigned long)uid, (unsigned long)geteuid());
	if (setgroups(1, &gid) != 0)
		return vm_fail_errno(err, errno, "setgroups %lu", (unsigned long)gid);
	if (setresgid(gid, gid, gid) != 0)
		return vm_fail_errno(err, errno, "setgid %lu", (unsigned long)gid);
	if (setresuid(uid, uid, uid) != 0)
		return vm_fail_errno(err, errno, "setuid %lu", (unsigned long)uid);
	if (!is_user(uid) || !is_group(gid))
		return vm_fail(err, VM_INTERNAL, "still not user %lu group %lu", (unsigned long)uid,
			       (unsigned long)gid);
	return VM_OK;
}

/* One of the two databases: its lookup fills the ids and answers as getpwnam_r does. */
typedef int lookup_function(const char *name, char *room, size_t size, bool *found, uid_t *uid,
			    gid_t *gid);

static int lookup_passwd(const char *name, char *room, size_t size, bool *found, uid_t *uid,
			 gid_t *gid)
{
	struct passwd record, *answer = NULL;
	int code = getpwnam_r(name, &record, room, size, &answer);

	*found = answer != NULL;
	if (*found) {
		*uid = record.pw_uid;
		*gid = record.pw_gid;
	}
	return code;
}

static int lookup_group(const char *name, char *room, size_t size, bool *found, uid_t *uid,
			gid_t *gid)
{
	struct group record, *answer = NULL;
	int code = getgrnam_r(name, &record, room, size, &answer);

	(void)uid; /* a group has none */
	*found = answer != NULL;
	if (*found)
		*gid = record.gr_gid;
	return code;
}

/* Does the codes of "no such name" that the manual lists, with room that grows for large groups. */
static enum vm_status lookup(lookup_function *function, const char *kind, const char *name,
			     uid_t *uid, gid_t *gid, struct vm_error *err)
{
	bool found = false;
	int code = ERANGE;

	for (size_t size = RECORD_START; code == ERANGE && size <= RECORD_MAX; size *= 4) {
		char *room = malloc(size);

		if (room == NULL)
			return vm_fail_memory(err);
		code = function(name, room, size, &found, uid, gid);
		free(room);
	}
	if (found)
		return VM_OK;
	if (code == 0 || code == ENOENT || code == ESRCH)
		return vm_fail(err, VM_MISCONFIG, "there is no %s %s on this system", kind, name);
	return vm_fail_errno(err, code, "looking up the %s %s", kind, name);
}

enum vm_status vm_identity_lookup(const char *user, const char *group, uid_t *uid, gid_t *gid,
				  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*uid = geteuid();
	*gid = getegid();
	if (user[0] != '\0')
		status = lookup(lookup_passwd, "user", user, uid, gid, err);
	if (status == VM_OK && group[0] != '\0')
		status = lookup(lookup_group, "group", group, uid, gid, err);
	return status;
}

enum vm_status vm_identity_lend(uid_t uid, gid_t gid, struct vm_identity_lent *lent,
				struct vm_error *err)
{
	if (geteuid() == uid)
		return VM_OK;
	if (geteuid() != 0)
		return vm_fail(err, VM_DENIED, "this needs user %lu (or root), not user %lu",
			       (unsigned long)uid, (unsigned long)geteuid());
	lent->count = getgroups(VM_IDENTITY_GROUPS, lent->groups);
	if (lent->count == -1)
		return vm_fail_errno(err, errno, "getgroups");
	lent->is_lent = true;
	if (setgroups(1, &gid) != 0)
		return vm_fail_errno(err, errno, "setgroups");
	if (setegid(gid) != 0)
		return vm_fail_errno(err, errno, "setegid %u", (unsigned int)gid);
	if (seteuid(uid) != 0)
		return vm_fail_errno(err, errno, "seteuid %u", (unsigned int)uid);
	return VM_OK;
}

enum vm_status vm_identity_take_back(struct vm_identity_lent *lent, struct vm_error *err)
{
	if (!lent->is_lent)
		return VM_OK;
	if (seteuid(0) != 0 || setegid(getgid()) != 0 ||
	    setgroups((size_t)lent->count, lent->groups) != 0)
		return vm_fail_errno(err, errno, "taking root's identity back");
	lent->is_lent = false;
	return VM_OK;
}
