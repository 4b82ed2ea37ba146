/* Mail addresses: user and domain, validated once at the border. Source: reference rules of 5.4, RFC 5321, RFC 6531. */
#ifndef VM_CORE_ADDRESS_H
#define VM_CORE_ADDRESS_H

#include <stdbool.h>

#include "util/status.h"

enum { VM_USER_MAX = 64, VM_DOMAIN_MAX = 96 }; /* bytes, NUL not counted */
enum { VM_ADDRESS_MAX = VM_USER_MAX + 1 + VM_DOMAIN_MAX };

/* A user of a domain as the store knows it: lower case, valid. Borrowed text. */
struct vm_name {
	const char *user;
	const char *domain;
};

struct vm_address {
	char user[VM_USER_MAX + 1];
	char domain[VM_DOMAIN_MAX + 1];
};

/* Which addresses are legal here. */
struct vm_address_policy {
	const char *default_domain; /* for an address without one; NULL or "" = none */
	bool utf8_users;            /* accept UTF-8 local parts, normalised to NFC (RFC 6531) */
	bool idn_domains;           /* accept U-labels, stored as A-labels (RFC 5891) */
};

/*
 * Splits at the first '@', else the first '%', else the first '/'; folds ASCII to lower case; takes the default
 * domain when there is none. VM_INVALID (err->field "address") names the offending part: empty user, too long,
 * a byte that is not allowed. Local parts never hold '/', a leading '.', or control bytes.
 */
enum vm_status vm_address_parse(const char *text, const struct vm_address_policy *policy,
				struct vm_address *out, struct vm_error *err);

/* Folds and checks one part alone; out has VM_USER_MAX + 1 / VM_DOMAIN_MAX + 1 bytes. */
enum vm_status vm_user_parse(const char *text, const struct vm_address_policy *policy, char *out,
			     struct vm_error *err);
enum vm_status vm_domain_parse(const char *text, const struct vm_address_policy *policy, char *out,
			       struct vm_error *err);

/*
 * The stricter rule for a domain that is created: 3..96 bytes, a dot, labels of 1..63 letters, digits and inner
 * '-', last label of 2 or more. `domain` is already parsed.
 */
enum vm_status vm_domain_check_new(const char *domain, struct vm_error *err);

/* The view that the store takes. */
struct vm_name vm_address_name(const struct vm_address *address);

/*
 * user and extension of an address: cuts `user` at the n-th '-' from the left for the search of a mailbox
 * (`user-extension`). Returns false when there is no such dash. out has VM_USER_MAX + 1 bytes.
 */
bool vm_user_before_dash(const char *user, unsigned int nth, char *out, const char **extension);

#endif
