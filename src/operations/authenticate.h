/* Decides whether a login is good: the only place that compares passwords. */
#ifndef VM_OPERATIONS_AUTHENTICATE_H
#define VM_OPERATIONS_AUTHENTICATE_H

#include "operations/account_access.h"
#include "util/secret.h"

enum vm_mechanism { VM_MECHANISM_PLAIN, VM_MECHANISM_APOP, VM_MECHANISM_CRAM_MD5 };

struct vm_login {
	struct vm_address address; /* parsed; the domain may be an alias */
	enum vm_service service;
	struct vm_secret response; /* clear password, or the client's digest */
	const char *challenge;     /* "" = none was given; then only PLAIN can match */
	const char *remote_ip;     /* "" unknown */
};

/* Why a definite "no" was said, for log lines and exit codes. Clients see one text for the first two. */
enum vm_login_refusal {
	VM_REFUSAL_NONE,
	VM_REFUSAL_UNKNOWN_USER,
	VM_REFUSAL_WRONG_PASSWORD,
	VM_REFUSAL_NO_PASSWORD_STORED,
	VM_REFUSAL_SERVICE_DISABLED,
	VM_REFUSAL_TOO_SOON, /* min_login_interval */
};

struct vm_login_result {
	struct vm_account account; /* in the arena */
	struct vm_domain domain;
	uint32_t flags;          /* in force: account and domain */
	struct vm_access access; /* which rule let the service through, or not */
	enum vm_mechanism mechanism;
	enum vm_login_refusal refusal;
};

/*
 * VM_OK: the login is good. VM_DENIED: it is not (result->refusal). Indefinite: nobody knows.
 * With a challenge, a response of 32 lower-case hex digits is a digest: POP tries APOP, SMTP tries CRAM-MD5 against the
 * clear password, and nothing else is tried. Every other response is a password. An unknown user takes the time of
 * a known one. learn_passwords stores the first password that the policy allows; one that cannot be stored is
 * indefinite. A failure of rehash_on_login does not spoil the login. min_login_interval counts from the last login
 * that was recorded. Does not record the login (login_record.h) or make the home (account_home.h).
 * After VM_DENIED for a known user result->account and domain are set too.
 */
enum vm_status vm_authenticate(const struct vm_context *context, const struct vm_login *login,
			       struct vm_arena *arena, struct vm_login_result *result,
			       struct vm_error *err);

/*
 * Everything that vm_authenticate() asks but for the password: is there such an account with a password, may it use the
 * service, is it too soon? login->response and challenge do not matter. Nothing is stored. The answers are the same.
 */
enum vm_status vm_login_check(const struct vm_context *context, const struct vm_login *login,
			      struct vm_arena *arena, struct vm_login_result *result,
			      struct vm_error *err);

#endif
