/* Compares qmail's control files with the domains that should be in them: all at once, each file read once. */
#ifndef VM_CORE_CONTROL_CHECK_H
#define VM_CORE_CONTROL_CHECK_H

#include "core/control_file.h"

/*
 * Fills out[i] for names[i] (sorted by strcmp, lower case; morercpthosts_cdb is left out, see vm_control_verify) and calls
 * `stray` for each other name with a "NAME:NAME" line of a domain in virtualdomains. Nothing is locked: the files are
 * replaced whole.
 */
enum vm_status vm_control_survey(const char *qmail_dir, const char *const *names, size_t count,
				 struct vm_control_presence *out,
				 enum vm_status (*stray)(void *context, const char *name,
							 struct vm_error *err),
				 void *context, struct vm_error *err);

/*
 * VM_OK when morercpthosts.cdb holds exactly the lines of morercpthosts, or neither is there; VM_INVALID and why when it does
 * not.
 */
enum vm_status vm_control_verify(const char *qmail_dir, struct vm_error *err);

#endif
