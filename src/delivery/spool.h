/* Where messages on their way are kept: files without a name, gone with their last descriptor. */
#ifndef VM_DELIVERY_SPOOL_H
#define VM_DELIVERY_SPOOL_H

#include "core/config.h"
#include "util/status.h"

enum { VM_SPOOL_PATH_MAX = 4096 };

/* The setting spool_folder, else tmp below the home. VM_INVALID when that is too long. */
enum vm_status vm_spool_folder(const struct vm_config *config, char out[VM_SPOOL_PATH_MAX],
			       struct vm_error *err);

/*
 * Before serving, as root or as the user of the settings: makes tmp below the home, 0700 and that user's, where it is
 * missing. A folder that the setting names is the operator's to make. VM_TEMPFAIL when it cannot be made.
 */
enum vm_status vm_spool_prepare(const struct vm_config *config, struct vm_error *err);

/* A new empty file in `folder`, for reading and writing by its owner only. VM_TEMPFAIL. */
enum vm_status vm_spool_open(const char *folder, int *out, struct vm_error *err);

#endif
