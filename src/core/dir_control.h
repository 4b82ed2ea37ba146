/* The big-dir record: how many accounts a domain has and where the next home goes. Source: reference 1.7, 1.8. */
#ifndef VM_CORE_DIR_CONTROL_H
#define VM_CORE_DIR_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/status.h"

enum { VM_DIR_CONTROL_LEVELS = 3, VM_DIR_CONTROL_PATH_MAX = 15, VM_DIR_CONTROL_PER_LEVEL = 100 };

struct vm_dir_control {
	uint64_t count;
	int level_current, level_max;
	int start[VM_DIR_CONTROL_LEVELS], end[VM_DIR_CONTROL_LEVELS];
	int mod[VM_DIR_CONTROL_LEVELS], index[VM_DIR_CONTROL_LEVELS];
	char path[VM_DIR_CONTROL_PATH_MAX + 1]; /* "", "a", "3/k", "0/0/1" */
};

/* The record of an empty domain. */
void vm_dir_control_init(struct vm_dir_control *dirs);

/* One more: count + 1, and the next folder at each multiple of 100. */
void vm_dir_control_advance(struct vm_dir_control *dirs);

/*
 * `change` accounts more (*first is the record after the first of them: advance it for the places of the others), or
 * that many fewer: never below 0, and the folder does not move back; *first is the record then.
 */
void vm_dir_control_apply(struct vm_dir_control *dirs, int change, struct vm_dir_control *first);

/*
 * The record's folder becomes `path`: "", "a", "3/k", "0/0/1". A '/' at the end is what 5.4 wrote in place of a third
 * level ("0/1/"): that level begins. False, and nothing changed, for any other text.
 */
bool vm_dir_control_set_path(struct vm_dir_control *dirs, const char *path);

/*
 * File form in 5.4's eight lines; "0 2 2" is read as "0 2 4". `folder` is an open descriptor of D or V/domains.
 * Absent = an empty domain (VM_OK); damaged = VM_MISCONFIG.
 */
enum vm_status vm_dir_control_read(int folder, struct vm_dir_control *out, struct vm_error *err);
enum vm_status vm_dir_control_write(int folder, const struct vm_dir_control *dirs,
				    struct vm_error *err);

/*
 * Locks .dir-control.lock, reads, applies the change, writes. For one account more first->path is a freed folder noted
 * in .dir_control_free where there is one, which is then struck out there. first may be NULL. A change of 0 is
 * VM_INTERNAL.
 */
enum vm_status vm_dir_control_change(int folder, int change, struct vm_dir_control *first,
				     struct vm_error *err);

/*
 * The file of freed folders, locked as above. A home below `path` is gone: it is noted, unless that is no folder of ours or
 * "". The last that was noted is taken; "" when there is none. Neither is synced: what is lost is a place.
 */
enum vm_status vm_dir_control_note_freed(int folder, const char *path, struct vm_error *err);
enum vm_status vm_dir_control_take_freed(int folder, char path[VM_DIR_CONTROL_PATH_MAX + 1],
					 struct vm_error *err);

/* Replaces the record, locked as above. */
enum vm_status vm_dir_control_put(int folder, const struct vm_dir_control *dirs,
				  struct vm_error *err);

/*
 * Corrects the count: by counted - seen, so that changes since it was seen are kept; a damaged record is made anew for
 * `counted`. Locked as above.
 */
enum vm_status vm_dir_control_correct(int folder, uint64_t seen, uint64_t counted,
				      struct vm_error *err);

#endif
