/*
 * The open relay windows of roaming users: etc/open-smtp, one line `IP:allow,RELAYCLIENT="",RBLSMTPD=""` TAB UNIXTIME for
 * each client. Source: reference 1.14. Nothing here is synced: a window that is lost opens again at the next login.
 */
#ifndef VM_CORE_RELAY_FILE_H
#define VM_CORE_RELAY_FILE_H

#include <stdbool.h>

#include "core/account.h"
#include "util/status.h"

/* What a window sets for its client, as the instructions of a tcprules line and as 5.4 writes them. */
#define VM_RELAY_INSTRUCTIONS "allow,RELAYCLIENT=\"\",RBLSMTPD=\"\""

/* `folder` is an open descriptor of V/etc; changes hold open-smtp.lock. relay->ip is vm_relay_normalize's. */

/*
 * Makes `text` an address as TCPREMOTEIP has it: RFC 5952 for IPv6, the IPv4 part of a mapped one. VM_INVALID
 * (field "ip") for no address.
 */
enum vm_status vm_relay_normalize(const char *text, char out[VM_IP_MAX + 1], struct vm_error *err);

/* Sets the time of a known window in its place (*is_new = false), or appends a line (0600 when the file is new). */
enum vm_status vm_relay_file_open(int folder, const struct vm_relay *relay, bool *is_new,
				  struct vm_error *err);

/*
 * Rewrites the file without the windows opened before `before`, and without the lines that are no windows (a cut one is
 * what a killed login leaves). *removed counts the windows.
 */
enum vm_status vm_relay_file_expire(int folder, time_t before, uint64_t *removed,
				    struct vm_error *err);

/* Calls `each` for every window in the file's order; stops at the first status that is not VM_OK and returns it. */
enum vm_status vm_relay_file_each(int folder,
				  enum vm_status (*each)(void *, const struct vm_relay *),
				  void *context, struct vm_error *err);

#endif
