/* Tests of operations/authenticate.h: the store and the hashes are counted stand-ins that can fail on demand. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/password_hash.h"
#include "core/password_policy.h"
#include "operations/authenticate.h"
#include "util/text.h"

#define CHALLENGE "<1.2@host>"
#define DIGEST    "0123456789abcdef0123456789abcdef"

struct vm_store {
	struct vm_account account; /* the only one: bob@example.org */
	struct vm_limits limits;
	struct vm_last_login last;
	/* what the next calls answer */
	enum vm_status domain_status, account_status, update_status, limits_status, login_status;
	unsigned int updates;
	char stored_hash[VM_HASH_MAX + 1], stored_clear[VM_CLEAR_MAX + 1];
	struct vm_account expected;
	/* what the primary knows while the reads above come from a copy */
	bool has_copies, is_fresh;
	const char *fresh_hash;      /* NULL: the same */
	enum vm_status fresh_status; /* of reading the account there */
	struct vm_limits fresh_limits;
	unsigned int fresh_reads;
};

/* How many hashes were computed, and what the policy says. */
static unsigned int verifications, spent, hashes;
static enum vm_status policy_answer;

enum vm_status vm_store_domain_get(struct vm_store *store, const char *name, struct vm_arena *arena,
				   struct vm_domain *out, struct vm_error *err)
{
	(void)arena;
	if (store->domain_status != VM_OK)
		return vm_fail(err, store->domain_status, "domain");
	if (strcmp(name, "example.org") != 0 && strcmp(name, "alias.example") != 0)
		return vm_fail(err, VM_NOT_FOUND, "no domain %s", name);
	*out = (struct vm_domain){ .name = "example.org", .dir = "/d", .is_alias = name[0] == 'a' };
	return VM_OK;
}

enum vm_status vm_store_account_get(struct vm_store *store, struct vm_name name,
				    struct vm_arena *arena, struct vm_account *out,
				    struct vm_error *err)
{
	(void)arena;
	if (store->account_status != VM_OK)
		return vm_fail(err, store->account_status, "account");
	assert_string_equal(name.domain, "example.org");
	if (strcmp(name.user, "bob") != 0)
		return vm_fail(err, VM_NOT_FOUND, "no account");
	*out = store->account;
	if (!store->is_fresh)
		return VM_OK;
	store->fresh_reads++;
	if (store->fresh_status != VM_OK)
		return vm_fail(err, store->fresh_status, "the primary");
	if (store->fresh_hash != NULL)
		out->hash = store->fresh_hash;
	return VM_OK;
}

bool vm_store_read_fresh(struct vm_store *store, bool fresh)
{
	store->is_fresh = fresh;
	return store->has_copies;
}

enum vm_status vm_store_account_update(struct vm_store *store, const struct vm_account *account,
				       const struct vm_account *expected, struct vm_error *err)
{
	store->updates++;
	if (store->update_status != VM_OK)
		return vm_fail(err, store->update_status, "update");
	assert_non_null(expected);
	store->expected = *expected;
	assert_true(vm_text_copy(store->stored_hash, sizeof(store->stored_hash), account->hash));
	assert_true(vm_text_copy(store->stored_clear, sizeof(store->stored_clear), account->clear));
	return VM_OK;
}

enum vm_status vm_store_limits_get(struct vm_store *store, const char *domain,
				   struct vm_limits *out, struct vm_error *err)
{
	assert_string_equal(domain, "example.org");
	if (store->limits_status != VM_OK)
		return vm_fail(err, store->limits_status, "limits");
	*out = store->is_fresh ? store->fresh_limits : store->limits;
	return VM_OK;
}

enum vm_status vm_store_login_get(struct vm_store *store, const struct vm_account *account,
				  struct vm_last_login *out, struct vm_error *err)
{
	(void)account;
	if (store->login_status != VM_OK)
		return vm_fail(err, store->login_status, "login");
	*out = store->last;
	return VM_OK;
}

/* A stored text is "hash:" and the clear password; "locked" is of no known kind. */
enum vm_status vm_password_verify(const struct vm_secret *clear, const char *stored,
				  struct vm_error *err)
{
	if (strcmp(stored, "locked") == 0)
		return vm_fail(err, VM_INVALID, "locked");
	if (strcmp(stored, "memory") == 0)
		return vm_fail_memory(err);
	verifications++;
	assert_true(strncmp(stored, "hash:", 5) == 0 || strncmp(stored, "weak:", 5) == 0);
	return strcmp(stored + 5, clear->bytes) == 0 ? VM_OK : vm_fail(err, VM_DENIED, "wrong");
}

enum vm_status vm_password_hash(const struct vm_secret *clear, const char *scheme, uint32_t cost,
				char *out, struct vm_error *err)
{
	(void)err;
	assert_string_equal(scheme, "testing");
	assert_int_equal(cost, 5);
	hashes++;
	assert_true(vm_text_format(out, VM_HASH_MAX + 1, "hash:%s", clear->bytes));
	return VM_OK;
}

bool vm_password_is_current(const char *stored, const char *scheme, uint32_t cost)
{
	(void)scheme;
	(void)cost;
	return strncmp(stored, "hash:", 5) == 0;
}

void vm_password_spend_time(const struct vm_secret *clear, const char *scheme, uint32_t cost)
{
	(void)clear;
	(void)scheme;
	(void)cost;
	spent++;
}

bool vm_password_apop_matches(const char *challenge, const char *clear, const char *response)
{
	assert_string_equal(challenge, CHALLENGE);
	return strcmp(clear, "secret") == 0 && strcmp(response, DIGEST) == 0;
}

bool vm_password_cram_md5_matches(const char *challenge, const char *clear, const char *response)
{
	return vm_password_apop_matches(challenge, clear, response);
}

enum vm_status vm_password_policy_check(const struct vm_config *config,
					const struct vm_secret *clear, const char *user,
					const char *domain, struct vm_error *err)
{
	(void)config;
	(void)clear;
	(void)user;
	(void)domain;
	return policy_answer == VM_OK ? VM_OK : vm_fail(err, policy_answer, "policy");
}

struct fixture {
	struct vm_config config;
	struct vm_store store;
	struct vm_log log;
	struct vm_context context;
	struct vm_arena arena;
	struct vm_login login;
	struct vm_login_result result;
	struct vm_error err;
};

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL)
		return -1;
	fixture->config = (struct vm_config){ .password_scheme = "testing", .password_cost = 5 };
	fixture->store.account = (struct vm_account){
		.user = "bob",
		.domain = "example.org",
		.hash = "hash:secret",
		.kind = VM_ACCOUNT_POP,
		.comment = "",
		.home = "/d/bob",
		.quota = "",
		.clear = "",
	};
	vm_limits_default(&fixture->store.limits);
	vm_limits_default(&fixture->store.fresh_limits);
	fixture->log.target = VM_LOG_NONE;
	fixture->context = (struct vm_context){ .config = &fixture->config,
						.store = &fixture->store,
						.log = &fixture->log };
	vm_arena_init(&fixture->arena, 65536);
	fixture->login = (struct vm_login){
		.address = { "bob", "example.org" },
		.service = VM_SERVICE_POP,
		.challenge = "",
		.remote_ip = "192.0.2.1",
	};
	verifications = spent = hashes = 0;
	policy_answer = VM_OK;
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	vm_arena_release(&fixture->arena);
	free(fixture);
	return 0;
}

static enum vm_status try_login(struct fixture *fixture, const char *response,
				const char *challenge)
{
	assert_true(vm_secret_set(&fixture->login.response, response, strlen(response)));
	fixture->login.challenge = challenge;
	return vm_authenticate(&fixture->context, &fixture->login, &fixture->arena,
			       &fixture->result, &fixture->err);
}

static void assert_refused(struct fixture *fixture, const char *response, const char *challenge,
			   enum vm_login_refusal why)
{
	assert_int_equal(try_login(fixture, response, challenge), VM_DENIED);
	assert_int_equal(fixture->result.refusal, why);
}

static void the_right_password_logs_in(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_int_equal(fixture->result.mechanism, VM_MECHANISM_PLAIN);
	assert_int_equal(fixture->result.refusal, VM_REFUSAL_NONE);
	assert_string_equal(fixture->result.account.user, "bob");
	assert_int_equal(fixture->store.updates, 0);
}

static void an_alias_domain_leads_to_the_real_one(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->login.address.domain, "alias.example", sizeof("alias.example"));
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_string_equal(fixture->result.domain.name, "example.org");
	assert_true(fixture->result.domain.is_alias);
}

static void a_wrong_password_is_refused(void **state)
{
	assert_refused(*state, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
}

/* D-53: user, domain, no password, locked: each costs exactly one hash, as a wrong password does. */
static void every_refusal_takes_the_time_of_one_hash(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications + spent, 1);
	memcpy(fixture->login.address.user, "ann", 4);
	assert_refused(fixture, "wrong", "", VM_REFUSAL_UNKNOWN_USER);
	assert_int_equal(verifications + spent, 2);
	memcpy(fixture->login.address.domain, "other.example", sizeof("other.example"));
	assert_refused(fixture, "wrong", "", VM_REFUSAL_UNKNOWN_USER);
	assert_int_equal(verifications + spent, 3);
	fixture->login.address = (struct vm_address){ "bob", "example.org" };
	fixture->store.account.hash = "";
	assert_refused(fixture, "wrong", "", VM_REFUSAL_NO_PASSWORD_STORED);
	assert_int_equal(verifications + spent, 4);
	fixture->store.account.hash = "locked";
	assert_refused(fixture, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications + spent, 5);
}

static void a_digest_costs_no_hash_for_anybody(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, DIGEST, CHALLENGE, VM_REFUSAL_WRONG_PASSWORD);
	memcpy(fixture->login.address.user, "ann", 4);
	assert_refused(fixture, DIGEST, CHALLENGE, VM_REFUSAL_UNKNOWN_USER);
	assert_int_equal(verifications + spent, 0);
}

static void apop_and_cram_md5_match_the_clear_password(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.clear = "secret";
	assert_int_equal(try_login(fixture, DIGEST, CHALLENGE), VM_OK);
	assert_int_equal(fixture->result.mechanism, VM_MECHANISM_APOP);
	fixture->login.service = VM_SERVICE_SMTP;
	assert_int_equal(try_login(fixture, DIGEST, CHALLENGE), VM_OK);
	assert_int_equal(fixture->result.mechanism, VM_MECHANISM_CRAM_MD5);
	assert_int_equal(verifications, 0);
	fixture->store.account.clear = "other";
	assert_refused(fixture, DIGEST, CHALLENGE, VM_REFUSAL_WRONG_PASSWORD);
}

/* D-44: without a challenge the digest of nothing would be a second password. */
static void a_digest_without_a_challenge_is_a_password(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.clear = "secret";
	assert_refused(fixture, DIGEST, "", VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications, 1);
	fixture->store.account.hash = "hash:" DIGEST;
	assert_int_equal(try_login(fixture, DIGEST, ""), VM_OK);
}

static void a_failed_digest_is_never_tried_as_a_password(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.hash = "hash:" DIGEST;
	assert_refused(fixture, DIGEST, CHALLENGE, VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications, 0);
}

/* qmail-popup of others hands its challenge over with a password, too. */
static void a_password_with_a_challenge_is_a_password(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(try_login(fixture, "secret", CHALLENGE), VM_OK);
	assert_int_equal(fixture->result.mechanism, VM_MECHANISM_PLAIN);
}

static void imap_knows_no_digest(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.clear = "secret";
	fixture->login.service = VM_SERVICE_IMAP;
	assert_refused(fixture, DIGEST, CHALLENGE, VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications, 1);
}

static void each_service_has_its_flag_after_the_password(void **state)
{
	static const struct {
		enum vm_service service;
		uint32_t flag;
	} rows[] = {
		{ VM_SERVICE_POP, VM_FLAG_NO_POP },
		{ VM_SERVICE_IMAP, VM_FLAG_NO_IMAP },
		{ VM_SERVICE_SMTP, VM_FLAG_NO_SMTP },
		{ VM_SERVICE_WEBMAIL, VM_FLAG_NO_WEBMAIL },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture->login.service = rows[i].service;
		fixture->store.account.flags = rows[i].flag;
		assert_refused(fixture, "secret", "", VM_REFUSAL_SERVICE_DISABLED);
		assert_refused(fixture, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
		fixture->store.account.flags = ~rows[i].flag & ~(uint32_t)VM_FLAG_OVERRIDE_LIMITS;
		assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	}
	fixture->login.service = VM_SERVICE_ANY;
	fixture->store.account.flags = 0x7ffff;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
}

static void the_flags_of_the_domain_count_unless_overridden(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.limits.disabled = VM_FLAG_NO_POP;
	assert_refused(fixture, "secret", "", VM_REFUSAL_SERVICE_DISABLED);
	fixture->store.account.flags = VM_FLAG_OVERRIDE_LIMITS;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
}

/* The rule of the house: a store that cannot answer refuses nobody. */
static void a_store_that_fails_is_never_a_no(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.domain_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "secret", ""), VM_TEMPFAIL);
	fixture->store.domain_status = VM_OK;
	fixture->store.account_status = VM_MISCONFIG;
	assert_int_equal(try_login(fixture, "secret", ""), VM_MISCONFIG);
	fixture->store.account_status = VM_UNSUPPORTED;
	assert_int_equal(try_login(fixture, "secret", ""), VM_TEMPFAIL);
	fixture->store.account_status = VM_OK;
	fixture->store.limits_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "secret", ""), VM_TEMPFAIL);
	fixture->store.limits_status = VM_OK;
	fixture->store.account.hash = "memory";
	assert_int_equal(try_login(fixture, "secret", ""), VM_TEMPFAIL);
	assert_int_equal(fixture->result.refusal, VM_REFUSAL_NONE);
}

static void an_empty_hash_learns_the_first_password(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.hash = "";
	fixture->config.learn_passwords = true;
	assert_int_equal(try_login(fixture, "first", ""), VM_OK);
	assert_string_equal(fixture->store.stored_hash, "hash:first");
	assert_string_equal(fixture->store.stored_clear, "");
	assert_string_equal(fixture->store.expected.hash, "");
	assert_string_equal(fixture->result.account.hash, "hash:first");
}

static void learning_obeys_the_policy_and_needs_the_store(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.hash = "";
	fixture->config.learn_passwords = true;
	policy_answer = VM_DENIED;
	assert_refused(fixture, "short", "", VM_REFUSAL_NO_PASSWORD_STORED);
	policy_answer = VM_INVALID;
	assert_refused(fixture, "a\nb", "", VM_REFUSAL_NO_PASSWORD_STORED);
	assert_int_equal(fixture->store.updates, 0);
	policy_answer = VM_OK;
	fixture->store.update_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "first", ""), VM_TEMPFAIL);
	fixture->store.update_status = VM_NOT_FOUND;
	assert_int_equal(try_login(fixture, "first", ""), VM_TEMPFAIL);
}

static void a_weak_hash_is_replaced_only_after_a_good_login(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.account.hash = "weak:secret";
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_int_equal(fixture->store.updates, 0);
	fixture->config.rehash_on_login = true;
	assert_refused(fixture, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(fixture->store.updates, 0);
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_string_equal(fixture->store.stored_hash, "hash:secret");
	fixture->store.update_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	fixture->store.account.hash = "hash:secret";
	fixture->store.updates = 0;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_int_equal(fixture->store.updates, 0);
}

static void a_missing_clear_password_is_learned(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.clear_passwords = true;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_int_equal(fixture->store.updates, 0);
	fixture->config.learn_passwords = true;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	assert_string_equal(fixture->store.stored_hash, "hash:secret");
	assert_string_equal(fixture->store.stored_clear, "secret");
	assert_int_equal(hashes, 0);
}

static void a_login_too_soon_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct vm_last_login *last = &fixture->store.last;

	fixture->config.min_login_interval = 600;
	*last = (struct vm_last_login){ .when = time(NULL) - 10, .from = "192.0.2.1" };
	assert_refused(fixture, "secret", "", VM_REFUSAL_TOO_SOON);
	last->when = time(NULL) - 700;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	last->when = time(NULL) + 100000; /* a clock that was wrong */
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	*last = (struct vm_last_login){ .when = time(NULL), .from = "0.0.0.0" }; /* just made */
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	last->when = 0;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
	fixture->store.login_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "secret", ""), VM_TEMPFAIL);
}

static void new_password_that_a_copy_has_not_seen_logs_in(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.has_copies = true;
	fixture->store.fresh_hash = "hash:changed";
	assert_int_equal(try_login(fixture, "changed", ""), VM_OK);
	assert_string_equal(fixture->result.account.hash, "hash:changed");
	assert_false(fixture->store.is_fresh);
}

static void wrong_password_that_the_primary_confirms_is_computed_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.has_copies = true;
	assert_refused(fixture, "wrong", "", VM_REFUSAL_WRONG_PASSWORD);
	assert_int_equal(verifications, 1);
	assert_int_equal(fixture->store.fresh_reads, 1);
	assert_string_equal(fixture->err.text, "no such user or wrong password");
}

static void wrong_password_is_a_maybe_while_the_primary_is_away(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.has_copies = true;
	fixture->store.fresh_status = VM_TEMPFAIL;
	assert_int_equal(try_login(fixture, "wrong", ""), VM_TEMPFAIL);
	assert_false(fixture->store.is_fresh);
}

static void service_that_was_opened_again_at_the_primary_logs_in(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.has_copies = true;
	fixture->store.limits.disabled = VM_FLAG_NO_POP;
	assert_int_equal(try_login(fixture, "secret", ""), VM_OK);
}

static void account_that_is_gone_at_the_primary_is_unknown(void **state)
{
	struct fixture *fixture = *state;

	fixture->store.has_copies = true;
	fixture->store.fresh_status = VM_NOT_FOUND;
	assert_refused(fixture, "wrong", "", VM_REFUSAL_UNKNOWN_USER);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(the_right_password_logs_in),
		WITH_FIXTURE(an_alias_domain_leads_to_the_real_one),
		WITH_FIXTURE(a_wrong_password_is_refused),
		WITH_FIXTURE(every_refusal_takes_the_time_of_one_hash),
		WITH_FIXTURE(a_digest_costs_no_hash_for_anybody),
		WITH_FIXTURE(apop_and_cram_md5_match_the_clear_password),
		WITH_FIXTURE(a_digest_without_a_challenge_is_a_password),
		WITH_FIXTURE(a_failed_digest_is_never_tried_as_a_password),
		WITH_FIXTURE(a_password_with_a_challenge_is_a_password),
		WITH_FIXTURE(imap_knows_no_digest),
		WITH_FIXTURE(each_service_has_its_flag_after_the_password),
		WITH_FIXTURE(the_flags_of_the_domain_count_unless_overridden),
		WITH_FIXTURE(a_store_that_fails_is_never_a_no),
		WITH_FIXTURE(an_empty_hash_learns_the_first_password),
		WITH_FIXTURE(learning_obeys_the_policy_and_needs_the_store),
		WITH_FIXTURE(a_weak_hash_is_replaced_only_after_a_good_login),
		WITH_FIXTURE(a_missing_clear_password_is_learned),
		WITH_FIXTURE(a_login_too_soon_is_refused),
		WITH_FIXTURE(new_password_that_a_copy_has_not_seen_logs_in),
		WITH_FIXTURE(wrong_password_that_the_primary_confirms_is_computed_once),
		WITH_FIXTURE(wrong_password_is_a_maybe_while_the_primary_is_away),
		WITH_FIXTURE(service_that_was_opened_again_at_the_primary_logs_in),
		WITH_FIXTURE(account_that_is_gone_at_the_primary_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
