/*
 * tcp.smtp.cdb, by which this host's tcpserver lets roaming users relay: the administrator's rules (setting tcpserver_file),
 * then a rule for each open window of the store. The first rule of an address counts. Source: reference 1.14.
 */
#ifndef VM_OPERATIONS_RELAY_RULES_H
#define VM_OPERATIONS_RELAY_RULES_H

#include "operations/context.h"

/*
 * Makes sure that the cdb has a rule for this address (vm_relay_normalize's), whose window is open in the store. One that has
 * it is left alone. Else the cdb is built anew, by one process for all that wait; every one of them returns when its own
 * address is in. On a failure the old cdb stands.
 */
enum vm_status vm_relay_rules_cover(const struct vm_context *context, const char *ip,
				    struct vm_error *err);

enum vm_relay_rules_mode {
	VM_RELAY_RULES_LOOK,    /* only compares */
	VM_RELAY_RULES_COMPARE, /* writes what differs */
	VM_RELAY_RULES_WRITE,   /* writes in any case */
};

/* Builds the cdb from the administrator's rules and all open windows; *differs (not in WRITE): it was another. */
enum vm_status vm_relay_rules_build(const struct vm_context *context, enum vm_relay_rules_mode mode,
				    bool *differs, struct vm_error *err);

#endif
