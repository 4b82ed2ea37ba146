/* Decides whether a login is good. */
#include "config.h"

#include "operations/authenticate.h"

#include <string.h>

#include "core/password_hash.h"
#include "core/password_policy.h"
#include "operations/on_change.h"
#include "operations/sqwebmail_pass.h"
#include "util/clock.h"

enum { DIGEST_HEX_LENGTH = 32 };

/* What the functions below share during one decision. */
struct attempt {
	const struct vm_context *context;
	const struct vm_login *login;
	struct vm_arena *arena;
	struct vm_login_result *result;
};

static enum vm_status refuse(struct attempt *attempt, enum vm_login_refusal why,
			     struct vm_error *err)
{
	static const char *const texts[] = {
		[VM_REFUSAL_NONE] = "no reason",
		[VM_REFUSAL_UNKNOWN_USER] = "no such user or wrong password",
		[VM_REFUSAL_WRONG_PASSWORD] = "no such user or wrong password",
		[VM_REFUSAL_NO_PASSWORD_STORED] = "the account has no password",
		[VM_REFUSAL_SERVICE_DISABLED] = "this service is disabled for the account",
		[VM_REFUSAL_TOO_SOON] = "logged in a moment ago",
	};

	attempt->result->refusal = why;
	return vm_fail(err, VM_DENIED, "%s", texts[why]);
}

/*
 * A server that passes its challenge along does so for passwords too, so the form decides: a digest of APOP or
 * CRAM-MD5 is 32 lower-case hex digits, and it means nothing without a challenge.
 */
static bool is_digest(const struct vm_login *login)
{
	if (login->challenge[0] == '\0')
		return false;
	if (login->service != VM_SERVICE_POP && login->service != VM_SERVICE_SMTP &&
	    login->service != VM_SERVICE_WEBMAIL)
		return false;
	return login->response.length == DIGEST_HEX_LENGTH &&
	       strspn(login->response.bytes, "0123456789abcdef") == DIGEST_HEX_LENGTH;
}

/* So that an unknown user, or one without a password, cannot be told from one with a wrong password by the clock. */
static void spend_time(const struct attempt *attempt)
{
	const struct vm_config *config = attempt->context->config;

	vm_password_spend_time(&attempt->login->response, config->password_scheme,
			       config->password_cost);
}

static enum vm_status check_digest(struct attempt *attempt, struct vm_error *err)
{
	const struct vm_login *login = attempt->login;
	const char *clear = attempt->result->account.clear;
	bool matches;

	if (clear[0] == '\0')
		return refuse(attempt, VM_REFUSAL_WRONG_PASSWORD, err);
	if (login->service == VM_SERVICE_SMTP) {
		attempt->result->mechanism = VM_MECHANISM_CRAM_MD5;
		matches = vm_password_cram_md5_matches(login->challenge, clear,
						       login->response.bytes);
	} else {
		attempt->result->mechanism = VM_MECHANISM_APOP;
		matches = vm_password_apop_matches(login->challenge, clear, login->response.bytes);
	}
	return matches ? VM_OK : refuse(attempt, VM_REFUSAL_WRONG_PASSWORD, err);
}

/*
 * Stores the account with a new hash (NULL keeps the old one) and, where clear passwords are kept, the clear one.
 * Compared with what was read, so that a password changed meanwhile is never overwritten.
 */
static enum vm_status store_password(struct attempt *attempt, const char *hash,
				     struct vm_error *err)
{
	const struct vm_account *old = &attempt->result->account;
	const struct vm_secret *clear = &attempt->login->response;
	struct vm_account changed = *old;
	enum vm_status status;

	if (hash != NULL)
		changed.hash = vm_arena_strdup(attempt->arena, hash);
	if (attempt->context->config->clear_passwords && clear->length <= VM_CLEAR_MAX)
		changed.clear = vm_arena_strdup(attempt->arena, clear->bytes);
	if (changed.hash == NULL || changed.clear == NULL)
		return vm_fail_memory(err);
	status = vm_store_account_update(attempt->context->store, &changed, old, err);
	if (status != VM_OK)
		return status;
	attempt->result->account = changed;
	if (hash != NULL)
		vm_sqwebmail_pass_try(attempt->context,
				      (struct vm_name){ changed.user, changed.domain });
	return VM_OK;
}

static enum vm_status make_hash(const struct attempt *attempt, char *hash, struct vm_error *err)
{
	const struct vm_config *config = attempt->context->config;

	return vm_password_hash(&attempt->login->response, config->password_scheme,
				config->password_cost, hash, err);
}

/* The account has no password yet: the first one that is offered becomes its password. */
static enum vm_status learn_password(struct attempt *attempt, struct vm_error *err)
{
	const struct vm_account *account = &attempt->result->account;
	const struct vm_name name = { account->user, account->domain };
	char hash[VM_HASH_MAX + 1];
	enum vm_status status;

	status = vm_password_policy_check(attempt->context->config, &attempt->login->response,
					  account->user, account->domain, err);
	if (status == VM_DENIED || status == VM_INVALID)
		return refuse(attempt, VM_REFUSAL_NO_PASSWORD_STORED, err);
	if (status == VM_OK)
		status = make_hash(attempt, hash, err);
	if (status == VM_OK) {
		vm_on_change_of(attempt->context, VM_CHANGE_BEFORE, VM_CHANGE_MOD_USER, name, NULL);
		status = store_password(attempt, hash, err);
	}
	if (status == VM_OK)
		vm_on_change_of(attempt->context, VM_CHANGE_AFTER, VM_CHANGE_MOD_USER, name, NULL);
	if (status != VM_OK && vm_status_is_definite(status))
		return vm_fail(err, VM_TEMPFAIL, "the password could not be stored");
	return status;
}

/* After a good password: a stronger hash, or the clear text that is wanted and missing. */
static void refresh_password(struct attempt *attempt)
{
	const struct vm_config *config = attempt->context->config;
	const struct vm_account *account = &attempt->result->account;
	const bool wants_clear = config->learn_passwords && config->clear_passwords &&
				 account->clear[0] == '\0';
	const bool wants_hash = config->rehash_on_login &&
				!vm_password_is_current(account->hash, config->password_scheme,
							config->password_cost);
	char hash[VM_HASH_MAX + 1];
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_OK;

	if (!wants_clear && !wants_hash)
		return;
	if (wants_hash)
		status = make_hash(attempt, hash, &err);
	if (status == VM_OK)
		status = store_password(attempt, wants_hash ? hash : NULL, &err);
	if (status != VM_OK)
		vm_log_warning(attempt->context->log, "new hash of %s@%s not stored: %s",
			       account->user, account->domain, err.text);
}

static enum vm_status check_password(struct attempt *attempt, struct vm_error *err)
{
	const struct vm_account *account = &attempt->result->account;
	enum vm_status status;

	attempt->result->mechanism = VM_MECHANISM_PLAIN;
	if (account->hash[0] == '\0') {
		if (attempt->context->config->learn_passwords)
			return learn_password(attempt, err);
		spend_time(attempt);
		return refuse(attempt, VM_REFUSAL_NO_PASSWORD_STORED, err);
	}
	status = vm_password_verify(&attempt->login->response, account->hash, err);
	if (status == VM_INVALID)
		spend_time(attempt); /* locked or unknown: nothing was computed yet */
	if (status == VM_DENIED || status == VM_INVALID)
		return refuse(attempt, VM_REFUSAL_WRONG_PASSWORD, err);
	return status;
}

static enum vm_status check_service(struct attempt *attempt, struct vm_error *err)
{
	struct vm_login_result *result = attempt->result;
	const enum vm_status status = vm_account_access(attempt->context, &result->account,
							attempt->login->service, &result->access,
							err);

	if (status != VM_OK)
		return status;
	result->flags = result->access.flags;
	return result->access.is_allowed ? VM_OK
					 : refuse(attempt, VM_REFUSAL_SERVICE_DISABLED, err);
}

/* "0.0.0.0" is written when the account is made; it is no login. */
static enum vm_status check_interval(struct attempt *attempt, struct vm_error *err)
{
	const uint32_t interval = attempt->context->config->min_login_interval;
	struct vm_last_login last;
	enum vm_status status;
	time_t now;

	if (interval == 0 || attempt->login->service == VM_SERVICE_ANY)
		return VM_OK;
	status = vm_store_login_get(attempt->context->store, &attempt->result->account, &last, err);
	if (status != VM_OK)
		return status;
	now = vm_clock_now();
	/* A login in the future is a stepped clock: that must not lock anybody out. */
	if (last.when == 0 || strcmp(last.from, "0.0.0.0") == 0 || last.when > now)
		return VM_OK;
	if (now - last.when < (time_t)interval)
		return refuse(attempt, VM_REFUSAL_TOO_SOON, err);
	return VM_OK;
}

/* What is asked besides the password. */
static enum vm_status check_rules(struct attempt *attempt, struct vm_error *err)
{
	const enum vm_status status = check_service(attempt, err);

	return status == VM_OK ? check_interval(attempt, err) : status;
}

/* VM_NOT_FOUND when the store said that there is no such domain or account. */
static enum vm_status fetch(struct attempt *attempt, struct vm_error *err)
{
	struct vm_store *store = attempt->context->store;
	struct vm_login_result *result = attempt->result;
	struct vm_name name = vm_address_name(&attempt->login->address);
	enum vm_status status;

	status = vm_store_domain_get(store, name.domain, attempt->arena, &result->domain, err);
	if (status != VM_OK)
		return status;
	name.domain = result->domain.name;
	return vm_store_account_get(store, name, attempt->arena, &result->account, err);
}

static enum vm_status decide(struct attempt *attempt, bool digest, struct vm_error *err)
{
	enum vm_status status = fetch(attempt, err);

	if (status == VM_NOT_FOUND) {
		if (!digest)
			spend_time(attempt);
		return refuse(attempt, VM_REFUSAL_UNKNOWN_USER, err);
	}
	if (status != VM_OK)
		return vm_status_is_definite(status)
			       ? vm_fail(err, VM_TEMPFAIL, "the store could not look the user up")
			       : status;
	status = digest ? check_digest(attempt, err) : check_password(attempt, err);
	return status == VM_OK ? check_rules(attempt, err) : status;
}

/*
 * A replica may not have seen the new password, or that a service was opened again: a "no" by what it said is asked for once
 * more where changes are made. Where that knows the same account the "no" stands, and nothing slow is computed twice.
 */
static enum vm_status decide_again(struct attempt *attempt, bool digest, struct vm_error *err)
{
	const struct vm_login_result first = *attempt->result;
	const struct vm_error why = *err;
	enum vm_status status = fetch(attempt, err);

	if (status == VM_OK && first.refusal == VM_REFUSAL_WRONG_PASSWORD &&
	    strcmp(first.account.hash, attempt->result->account.hash) == 0 &&
	    strcmp(first.account.clear, attempt->result->account.clear) == 0) {
		*attempt->result = first;
		*err = why;
		return VM_DENIED;
	}
	if (!vm_status_is_definite(status))
		return status;
	attempt->result->refusal = VM_REFUSAL_NONE;
	return decide(attempt, digest, err);
}

enum vm_status vm_authenticate(const struct vm_context *context, const struct vm_login *login,
			       struct vm_arena *arena, struct vm_login_result *result,
			       struct vm_error *err)
{
	struct attempt attempt = { context, login, arena, result };
	const bool digest = is_digest(login);
	enum vm_status status;

	memset(result, 0, sizeof(*result));
	status = decide(&attempt, digest, err);
	if (status == VM_DENIED && result->refusal != VM_REFUSAL_UNKNOWN_USER &&
	    vm_store_read_fresh(context->store, true)) {
		status = decide_again(&attempt, digest, err);
		(void)vm_store_read_fresh(context->store, false); /* known: there are copies */
	}
	if (status == VM_OK && !digest)
		refresh_password(&attempt);
	return status;
}

static enum vm_status check_login(struct attempt *attempt, struct vm_error *err)
{
	enum vm_status status = fetch(attempt, err);

	if (status == VM_NOT_FOUND)
		return refuse(attempt, VM_REFUSAL_UNKNOWN_USER, err);
	if (status == VM_OK && attempt->result->account.hash[0] == '\0' &&
	    !attempt->context->config->learn_passwords)
		return refuse(attempt, VM_REFUSAL_NO_PASSWORD_STORED, err);
	return status == VM_OK ? check_rules(attempt, err) : status;
}

enum vm_status vm_login_check(const struct vm_context *context, const struct vm_login *login,
			      struct vm_arena *arena, struct vm_login_result *result,
			      struct vm_error *err)
{
	struct attempt attempt = { context, login, arena, result };
	enum vm_status status = VM_INTERNAL;

	memset(result, 0, sizeof(*result));
	status = check_login(&attempt, err);
	if (status == VM_DENIED && vm_store_read_fresh(context->store, true)) {
		memset(result, 0, sizeof(*result));
		status = check_login(&attempt, err);
		(void)vm_store_read_fresh(context->store, false); /* known: there are copies */
	}
	return status;
}
