/* Folders with what is below them: made, owned, removed, without ever following a symlink. */
#ifndef VM_CORE_DIR_TREE_H
#define VM_CORE_DIR_TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/status.h"

/* Removes `name` below `at` and everything in it; a symlink is unlinked itself. Absent is VM_OK. */
enum vm_status vm_dir_tree_remove(int at, const char *name, struct vm_error *err);

/*
 * The same, and durable: the folder that `name` was in is synced, so that what is done afterwards cannot survive a power cut
 * without it.
 */
enum vm_status vm_dir_tree_remove_synced(int at, const char *name, struct vm_error *err);

/* Gives everything below `name` to uid:gid (lchown); symlinks are not followed. */
enum vm_status vm_dir_tree_set_owner(int at, const char *name, uid_t uid, gid_t gid,
				     struct vm_error *err);

/* mkdir -p of a relative path with `mode`; existing parts are kept; owner uid:gid for new ones when root; synced. */
enum vm_status vm_dir_tree_make(int at, const char *path, mode_t mode, uid_t uid, gid_t gid,
				struct vm_error *err);

/*
 * True when `name` is a folder and holds no file at any depth (folders only, at most 8 levels). False also when that
 * cannot be found out.
 */
bool vm_dir_tree_is_empty(int at, const char *name);

#endif
