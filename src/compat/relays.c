/* Roaming users for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <string.h>

#include "core/relay_file.h"
#include "operations/relay_rules.h"
#include "operations/relay_window.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

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

VM_EXPORT int vopen_smtp_relay(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_relay relay = { .since = vm_clock_now() };
	struct vm_error err;
	bool is_new = false;

	if (context == NULL)
		return -1;
	if (!vm_relay_window_is_due(context->config, VM_SERVICE_POP, get_remote_ip()))
		return 0;
	if (!vm_text_copy(relay.ip, sizeof relay.ip, get_remote_ip()) ||
	    vm_compat_answer(vm_store_relay_open(context->store, &relay, &is_new, &err), &err) !=
		    VA_SUCCESS)
		return -1;
	return is_new;
}

VM_EXPORT int update_rules(void)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;
	bool differs = false;

	if (context == NULL)
		return -1;
	if (!context->config->roaming_users || !context->config->rebuild_tcpserver_file)
		return 0;
	return vm_compat_answer(vm_relay_rules_build(context, VM_RELAY_RULES_WRITE, &differs, &err),
				&err) == VA_SUCCESS
		       ? 0
		       : -1;
}

/* One line that tcprules reads. */
static enum vm_status write_rule(void *context, const struct vm_relay *relay)
{
	char line[VM_IP_MAX + sizeof VM_RELAY_INSTRUCTIONS + 3];
	struct vm_error err;

	if (!vm_text_format(line, sizeof line, "%s:%s\n", relay->ip, VM_RELAY_INSTRUCTIONS))
		return VM_INTERNAL;
	return vm_file_write(*(const int *)context, "the rules", line, strlen(line), &err);
}

VM_EXPORT void vupdate_rules(int fd)
{
	const struct vm_context *const context = vm_compat_context();
	struct vm_error err;

	if (context != NULL)
		(void)vm_compat_answer(vm_store_relay_each(context->store, write_rule, &fd, &err),
				       &err);
}
