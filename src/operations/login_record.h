/* Notes a good login: when it was, and from where. */
#ifndef VM_OPERATIONS_LOGIN_RECORD_H
#define VM_OPERATIONS_LOGIN_RECORD_H

#include "operations/authenticate.h"

/*
 * Records time and address when auth_logging is on, and with them the login's event (may be NULL) in the store's log. A
 * failure is the caller's to log, never to refuse for.
 */
enum vm_status vm_login_record(const struct vm_context *context, const struct vm_login *login,
			       const struct vm_login_result *result,
			       const struct vm_log_event *event, struct vm_error *err);

#endif
