/* Roaming users for libvpopmail. */
#include <config.h>

#include "compat.h"

#include "operations/relay_window.h"

VM_EXPORT int open_smtp_relay(void)
{
	const struct vm_context *const context = vm_compat_context();
	const char *const ip = get_remote_ip();
	struct vm_error err;

	if (context == NULL)
		return VA_NO_AUTH_CONNECTION;
	if (!vm_relay_window_is_due(context->config, VM_SERVICE_POP, ip))
		return VA_SUCCESS;
	return vm_compat_answer(vm_relay_window_open(context, ip, &err), &err);
}

VM_EXPORT void vclear_open_smtp(time_t clear_minus_time, time_t mytime)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;
	uint64_t removed = 0;

	if (context != NULL)
		(void)vm_compat_answer(vm_relay_windows_close(context, mytime - clear_minus_time,
							      &removed, &err),
				       &err);
}
