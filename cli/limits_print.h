/* The letters and words of vmoddomlimits. Source: reference 2.12. */
#ifndef VM_CLI_LIMITS_PRINT_H
#define VM_CLI_LIMITS_PRINT_H

#include "cli/command.h"
#include "core/quota.h"

/* "a", or letters of c, m, d: bits of VM_DENY_*. VM_INVALID (field "limit") for another letter. */
enum vm_status vm_permission_parse(const char *letters, uint8_t *out, struct vm_error *err);

/* Letters of services that are off: the whole mask anew. VM_INVALID (field "limit"). */
enum vm_status vm_service_letters_parse(const char *letters, uint32_t *out, struct vm_error *err);

/* 5.4's -S output, or one JSON object. `what` is "Domain" or "Default limits". */
void vm_limits_show(struct vm_session *session, const char *what, const char *name,
		    const struct vm_limits *limits);

#endif
