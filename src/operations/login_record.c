/* Notes a good login. */
#include "config.h"

#include "operations/login_record.h"

#include "util/clock.h"
#include "util/text.h"

enum vm_status vm_login_record(const struct vm_context *context, const struct vm_login *login,
			       const struct vm_login_result *result,
			       const struct vm_log_event *event, struct vm_error *err)
{
	struct vm_last_login last = { .when = vm_clock_now() };

	if (!context->config->auth_logging)
		return event != NULL ? vm_store_log_write(context->store, event, err) : VM_OK;
	if (!vm_text_copy(last.from, sizeof(last.from), login->remote_ip))
		return vm_fail(err, VM_INVALID, "the client's address is too long");
	return vm_store_login_record(context->store, &result->account, &last, event, err);
}
