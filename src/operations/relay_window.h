/* Relay windows of roaming users: after a good login its address may send mail through this host for a while. */
#ifndef VM_OPERATIONS_RELAY_WINDOW_H
#define VM_OPERATIONS_RELAY_WINDOW_H

#include "operations/authenticate.h"

/*
 * May a login open a window? Only with roaming_users, from an address that is known, and not one at SMTP: who can log in there
 * needs none. VM_FLAG_NO_RELAY of the account forbids it too.
 */
bool vm_relay_window_is_due(const struct vm_config *config, enum vm_service service,
			    const char *remote_ip);

/*
 * Opens the window of an address in the store, or gives a known one the time of now, and sees that tcp.smtp.cdb has it (unless
 * rebuild_tcpserver_file says no). The process is the vpopmail user. VM_INVALID (field "ip"): no address. A failure is the
 * caller's to log, never to refuse a login for.
 */
enum vm_status vm_relay_window_open(const struct vm_context *context, const char *ip,
				    struct vm_error *err);

/* Closes the windows that were opened before `before`, and builds tcp.smtp.cdb anew even if none was. */
enum vm_status vm_relay_windows_close(const struct vm_context *context, time_t before,
				      uint64_t *removed, struct vm_error *err);

#endif
