/* The names in a folder, one after the other, in constant memory. */
#ifndef VM_UTIL_FOLDER_NAMES_H
#define VM_UTIL_FOLDER_NAMES_H

#include "util/status.h"

/*
 * Calls `each` for every name but "." and ".." of the open folder, until one answers other than VM_OK, which is then the
 * answer; VM_NOT_FOUND, the name is gone meanwhile, is no reason to end. It may remove the name it is called for. `path`
 * names the folder in errors.
 */
enum vm_status vm_folder_each_name(int folder, const char *path,
				   enum vm_status (*each)(void *context, int folder,
							  const char *name, struct vm_error *err),
				   void *context, struct vm_error *err);

#endif
