/* Names that are served against qmail's control files. */
#ifndef VM_OPERATIONS_CHECK_LINES_H
#define VM_OPERATIONS_CHECK_LINES_H

#include "operations/domain_names.h"

/*
 * "alias": one whose domain is not there or whose line differs from the domain's. "control": lines that are missing, and
 * lines of names that are not served. What names->lost holds is left alone. *is_changed: qmail-send should hear of it.
 */
enum vm_status vm_check_lines(const struct vm_context *context, const struct vm_check *check,
			      const struct vm_domain_names *names, bool *is_changed,
			      struct vm_error *err);

#endif
