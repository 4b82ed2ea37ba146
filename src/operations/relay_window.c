/* Opens and closes the relay windows of roaming users. */
#include <config.h>

#include "operations/relay_window.h"

#include "core/relay_file.h"
#include "operations/relay_rules.h"
#include "util/clock.h"

bool vm_relay_window_is_due(const struct vm_config *config, enum vm_service service,
			    const char *remote_ip)
{
	return config->roaming_users && service != VM_SERVICE_SMTP && remote_ip[0] != '\0';
}

enum vm_status vm_relay_window_open(const struct vm_context *context, const char *ip,
				    struct vm_error *err)
{
	struct vm_relay relay = { .since = vm_clock_now() };
	bool is_new = false;
	enum vm_status status = vm_relay_normalize(ip, relay.ip, err);

	if (status == VM_OK)
		status = vm_store_relay_open(context->store, &relay, &is_new, err);
	/*
	 * Not for a new window alone: another host that shares the store may have opened it, or an earlier build may have
	 * failed. To look costs three system calls.
	 */
	if (status == VM_OK && context->config->rebuild_tcpserver_file)
		status = vm_relay_rules_cover(context, relay.ip, err);
	return status;
}

enum vm_status vm_relay_windows_close(const struct vm_context *context, time_t before,
				      uint64_t *removed, struct vm_error *err)
{
	bool differs = false;
	const enum vm_status status = vm_store_relay_expire(context->store, before, removed, err);

	if (status != VM_OK || !context->config->rebuild_tcpserver_file)
		return status;
	return vm_relay_rules_build(context, VM_RELAY_RULES_WRITE, &differs, err);
}
