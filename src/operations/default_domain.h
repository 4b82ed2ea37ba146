/* The domain of an address that names none. Source: reference 0.2 of 5.4's behaviour. */
#ifndef VM_OPERATIONS_DEFAULT_DOMAIN_H
#define VM_OPERATIONS_DEFAULT_DOMAIN_H

#include "operations/context.h"

/*
 * In this order: `wanted` (the caller's VPOPMAIL_DOMAIN; bytes that no domain has become '_'), the domain that the ip
 * map gives for `local_ip` (with ip_alias_domains, and unless that domain is in control/locals), the setting
 * default_domain, the first line of etc/defaultdomain. Both texts may be NULL or "".
 * VM_OK with out (VM_DOMAIN_MAX + 1 bytes) "" when there is none; indefinite when a file or the store cannot tell.
 */
enum vm_status vm_default_domain(const struct vm_context *context, const char *wanted,
				 const char *local_ip, char *out, struct vm_error *err);

#endif
