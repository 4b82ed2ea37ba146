/* The parts of addresses that are not ASCII. Only core/address.c calls this, when a setting allows it. */
#ifndef VM_CORE_ADDRESS_UNICODE_H
#define VM_CORE_ADDRESS_UNICODE_H

#include "util/status.h"

/*
 * Both load their library at the first call (libunistring, libidn2: a plain program does not pay for them) and
 * answer VM_OK; VM_INVALID (field "address") for text that is not UTF-8, holds control characters, is no
 * legal label or grows too long; VM_MISCONFIG when the library is not there; VM_TEMPFAIL for memory.
 */

/* The local part in NFC (RFC 6532 3.1), not yet folded or checked for ASCII bytes; out has VM_USER_MAX + 1 bytes. */
enum vm_status vm_unicode_user(const char *text, char *out, struct vm_error *err);

/* The domain with its U-labels as A-labels (RFC 5891); out has VM_DOMAIN_MAX + 1 bytes. */
enum vm_status vm_unicode_domain(const char *text, char *out, struct vm_error *err);

#endif
