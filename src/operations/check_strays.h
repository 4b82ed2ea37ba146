/* Temporary files that nobody will finish. */
#ifndef VM_OPERATIONS_CHECK_STRAYS_H
#define VM_OPERATIONS_CHECK_STRAYS_H

#include "core/finding.h"
#include "util/status.h"

/*
 * Temp files of replacements in one open folder, whose writers are gone. `path` names the folder in findings (kind
 * "temporary").
 */
enum vm_status vm_check_temporary(const struct vm_check *check, int folder, const char *path,
				  struct vm_error *err);

/* The same for a folder by its name; absent is VM_OK. */
enum vm_status vm_check_temporary_in(const struct vm_check *check, const char *path,
				     struct vm_error *err);

/*
 * Messages in tmp of a Maildir and of its folders that nobody has written to for 36 hours: their deliveries failed and were
 * tried again (kind "temporary").
 */
enum vm_status vm_check_maildir_tmp(const struct vm_check *check, int maildir, const char *path,
				    struct vm_error *err);

#endif
