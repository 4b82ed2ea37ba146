/* Owner and modes of a folder with what is below it: counted, and mended without ever following a symlink. */
#ifndef VM_CORE_TREE_CHECK_H
#define VM_CORE_TREE_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/status.h"

enum { VM_TREE_PATH_MAX = 255, VM_TREE_DEPTH_MAX = 64 };

struct vm_tree_rule {
	uid_t uid;
	gid_t gid;        /* given with the owner, not asked for */
	mode_t forbidden; /* bits that nothing may have: 0002, or 0077 */
	bool repair;
};

/* How many, and the first of them: its path below the top, "" for the top itself, cut when it is too long. */
struct vm_tree_count {
	uint64_t count;
	char first[VM_TREE_PATH_MAX + 1];
};

struct vm_tree_result {
	struct vm_tree_count foreign; /* belong to somebody else */
	struct vm_tree_count mode;    /* closed to their owner, or open as forbidden */
	/* Not mended or not looked into: no right to, or a file of somebody else that has another name elsewhere. */
	struct vm_tree_count stuck;
};

/*
 * Looks at `name` and everything in it; counts are added to *result. An owner must be able to read files, and to read, write
 * and enter folders. Other modes are left alone, and so are modes of what is neither file nor folder. What vanishes meanwhile
 * does not count. VM_TEMPFAIL when a folder cannot be read to its end.
 */
enum vm_status vm_tree_check(int at, const char *name, const struct vm_tree_rule *rule,
			     struct vm_tree_result *result, struct vm_error *err);

/* The one thing `name`, not what is in it. */
enum vm_status vm_tree_check_one(int at, const char *name, const struct vm_tree_rule *rule,
				 struct vm_tree_result *result, struct vm_error *err);

#endif
