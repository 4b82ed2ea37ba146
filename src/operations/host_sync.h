/* Brings this host's files up to the domains of a shared store. */
#ifndef VM_OPERATIONS_HOST_SYNC_H
#define VM_OPERATIONS_HOST_SYNC_H

#include "core/assign_file.h"
#include "operations/context.h"

struct vm_host_sync {
	size_t domains;                 /* names in the store, aliases included */
	size_t added, removed, altered; /* lines of users/assign */
	size_t control;                 /* names that qmail's control files lacked */
	size_t folders;                 /* that were missing */
};

/*
 * Writes tcp.smtp.cdb from the store's relay windows, where roaming_users and rebuild_tcpserver_file say so.
 * VM_SYNC_LOOK only compares. A file that is right is not touched.
 */
enum vm_status vm_host_sync_relays(const struct vm_context *context, enum vm_sync_mode mode,
				   bool *differs, struct vm_error *err);

/*
 * Writes users/assign, its cdb, rcpthosts and virtualdomains from the store, makes the folders of domains that have none
 * here, and tells qmail-send when something changed. Files that are right are not touched; folders are never removed.
 * VM_SYNC_LOOK only counts. VM_UNSUPPORTED: the domains are this host's own. VM_DENIED, and nothing changed: more than a
 * tenth of the domains, or all, would go by VM_SYNC_WRITE. An answer of the store that is not certain changes nothing.
 */
enum vm_status vm_host_sync(const struct vm_context *context, enum vm_sync_mode mode,
			    struct vm_host_sync *out, struct vm_error *err);

#endif
