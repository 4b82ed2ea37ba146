/* Tests of operations/account_access.h: every service against every flag; the limits are a stand-in that can fail. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "operations/account_access.h"

struct vm_store {
	struct vm_limits limits;
	enum vm_status status;
	unsigned int reads;
};

enum vm_status vm_store_limits_get(struct vm_store *store, const char *domain,
				   struct vm_limits *out, struct vm_error *err)
{
	assert_string_equal(domain, "example.org");
	store->reads++;
	*out = store->limits;
	return store->status == VM_OK ? VM_OK : vm_fail(err, store->status, "limits");
}

/* Reference 1.2: the one bit that takes each service away, and whether a domain can set it. */
static const struct {
	const char *name;
	enum vm_service service;
	uint32_t flag;
	bool is_of_domains;
} table[] = {
	{ "pop", VM_SERVICE_POP, 0x00002, true },
	{ "imap", VM_SERVICE_IMAP, 0x00008, true },
	{ "smtp", VM_SERVICE_SMTP, 0x00800, true },
	{ "webmail", VM_SERVICE_WEBMAIL, 0x00004, true },
	{ "any", VM_SERVICE_ANY, 0, false },
	{ "mail", VM_SERVICE_MAIL, 0x00010, false },
	{ "relay", VM_SERVICE_RELAY, 0x00020, true },
	{ "dialup", VM_SERVICE_DIALUP, 0x00040, true },
	{ "password-change", VM_SERVICE_PASSWORD_CHANGE, 0x00001, true },
	{ "spam-filter", VM_SERVICE_SPAM_FILTER, 0x04000, true },
	{ "keep-spam", VM_SERVICE_KEEP_SPAM, 0x08000, true },
	{ "maildrop", VM_SERVICE_MAILDROP, 0x40000, true },
};

enum { ROWS = sizeof table / sizeof table[0], BITS = 32 };

#define OVERRIDE 0x02000U

static struct vm_limits limits_of(uint32_t disabled)
{
	struct vm_limits limits;

	vm_limits_default(&limits);
	limits.disabled = disabled;
	return limits;
}

static void the_table_has_every_service(void **state)
{
	enum vm_service found = VM_SERVICE_ANY;

	(void)state;
	assert_int_equal(ROWS, VM_SERVICES);
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(table[i].service, i);
		assert_string_equal(vm_service_name(table[i].service), table[i].name);
		assert_true(vm_service_of_name(table[i].name, &found));
		assert_int_equal(found, table[i].service);
	}
	assert_false(vm_service_of_name("ftp", &found));
	assert_false(vm_service_of_name("", &found));
}

static void an_accounts_own_flag_takes_its_service_and_no_other(void **state)
{
	const struct vm_limits none = limits_of(0);

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (unsigned int bit = 0; bit < BITS; bit++) {
			const uint32_t flags = UINT32_C(1) << bit;
			const struct vm_access access =
				vm_access_decide(flags, &none, table[i].service);

			assert_int_equal(access.is_allowed, flags != table[i].flag);
			assert_int_equal(access.rule, flags == table[i].flag
							      ? VM_ACCESS_ACCOUNT_FLAG
							      : VM_ACCESS_NO_FLAG);
			assert_int_equal(access.flags, flags);
			assert_int_equal(access.flag, table[i].flag);
		}
}

static void a_domains_flag_takes_its_service_where_domains_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (unsigned int bit = 0; bit < BITS; bit++) {
			const struct vm_limits limits = limits_of(UINT32_C(1) << bit);
			const struct vm_access access =
				vm_access_decide(0, &limits, table[i].service);
			const bool hits = limits.disabled == table[i].flag &&
					  table[i].is_of_domains;

			assert_int_equal(access.is_allowed, !hits);
			assert_int_equal(access.rule,
					 hits ? VM_ACCESS_DOMAIN_FLAG : VM_ACCESS_NO_FLAG);
		}
}

static void the_override_beats_the_domain_and_not_the_account(void **state)
{
	const struct vm_limits all = limits_of(UINT32_MAX);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct vm_access access = vm_access_decide(OVERRIDE, &all, table[i].service);

		assert_true(access.is_allowed);
		assert_int_equal(access.rule,
				 table[i].is_of_domains ? VM_ACCESS_OVERRIDE : VM_ACCESS_NO_FLAG);
		assert_int_equal(access.flags, OVERRIDE);
		access = vm_access_decide(OVERRIDE | table[i].flag, &all, table[i].service);
		assert_int_equal(access.is_allowed, table[i].flag == 0);
	}
}

static void a_domain_gives_its_accounts_no_rights_and_no_locks(void **state)
{
	const struct vm_limits all = limits_of(UINT32_MAX);
	const struct vm_access access = vm_access_decide(0, &all, VM_SERVICE_ANY);

	(void)state;
	assert_int_equal(access.flags, VM_FLAGS_OF_DOMAINS);
	assert_int_equal(access.flags & (VM_FLAG_BOUNCE_MAIL | VM_FLAG_DOMAIN_ADMIN |
					 VM_FLAG_SYSTEM_ADMIN | VM_FLAG_SYSTEM_EXPERT |
					 VM_FLAG_OVERRIDE_LIMITS),
			 0);
}

static enum vm_status ask(struct vm_store *store, enum vm_service service, struct vm_access *out)
{
	const struct vm_context context = { .store = store };
	const struct vm_account account = { .user = "bob", .domain = "example.org", .flags = 0 };
	struct vm_error err;

	return vm_account_access(&context, &account, service, out, &err);
}

static void limits_that_nobody_can_read_are_no_permission(void **state)
{
	struct vm_store store = { .limits = limits_of(0), .status = VM_TEMPFAIL };
	struct vm_access access = { .is_allowed = true };

	(void)state;
	assert_int_equal(ask(&store, VM_SERVICE_POP, &access), VM_TEMPFAIL);
	assert_false(access.is_allowed);
}

static void mail_is_decided_without_the_limits(void **state)
{
	struct vm_store store = { .limits = limits_of(UINT32_MAX), .status = VM_TEMPFAIL };
	struct vm_access access;

	(void)state;
	assert_int_equal(ask(&store, VM_SERVICE_MAIL, &access), VM_OK);
	assert_true(access.is_allowed);
	assert_int_equal(store.reads, 0);
}

static void the_limits_of_the_domain_are_asked(void **state)
{
	struct vm_store store = { .limits = limits_of(VM_FLAG_NO_RELAY), .status = VM_OK };
	struct vm_access access;

	(void)state;
	assert_int_equal(ask(&store, VM_SERVICE_RELAY, &access), VM_OK);
	assert_false(access.is_allowed);
	assert_int_equal(access.rule, VM_ACCESS_DOMAIN_FLAG);
	assert_int_equal(store.reads, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_every_service),
		cmocka_unit_test(an_accounts_own_flag_takes_its_service_and_no_other),
		cmocka_unit_test(a_domains_flag_takes_its_service_where_domains_may),
		cmocka_unit_test(the_override_beats_the_domain_and_not_the_account),
		cmocka_unit_test(a_domain_gives_its_accounts_no_rights_and_no_locks),
		cmocka_unit_test(limits_that_nobody_can_read_are_no_permission),
		cmocka_unit_test(mail_is_decided_without_the_limits),
		cmocka_unit_test(the_limits_of_the_domain_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
