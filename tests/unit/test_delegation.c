/* Tests of operations/delegation.h; the store is a stand-in with one domain and its alias. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "operations/delegation.h"

struct vm_store {
	struct vm_limits limits;
	enum vm_status domain_status, limits_status;
};

enum vm_status vm_store_domain_get(struct vm_store *store, const char *name, struct vm_arena *arena,
				   struct vm_domain *out, struct vm_error *err)
{
	(void)arena;
	if (store->domain_status != VM_OK)
		return vm_fail(err, store->domain_status, "domain");
	if (strcmp(name, "alias.example") == 0)
		name = "example.org";
	if (strcmp(name, "example.org") != 0 && strcmp(name, "other.example") != 0)
		return vm_fail(err, VM_NOT_FOUND, "domain");
	*out = (struct vm_domain){ .name = name, .dir = "/d" };
	return VM_OK;
}

enum vm_status vm_store_limits_get(struct vm_store *store, const char *domain,
				   struct vm_limits *out, struct vm_error *err)
{
	assert_string_equal(domain, "example.org");
	*out = store->limits;
	return store->limits_status == VM_OK ? VM_OK : vm_fail(err, store->limits_status, "limits");
}

#define FIELD(name) offsetof(struct vm_limits, name)

/* Each matter and where its bits are. */
static const size_t fields[VM_MATTERS] = {
	[VM_MATTER_ACCOUNT] = FIELD(perm_account),
	[VM_MATTER_ALIAS] = FIELD(perm_alias),
	[VM_MATTER_FORWARD] = FIELD(perm_forward),
	[VM_MATTER_AUTORESPONDER] = FIELD(perm_autoresponder),
	[VM_MATTER_LIST] = FIELD(perm_list),
	[VM_MATTER_LIST_USERS] = FIELD(perm_list_users),
	[VM_MATTER_LIST_MODERATORS] = FIELD(perm_list_moderators),
	[VM_MATTER_QUOTA] = FIELD(perm_quota),
	[VM_MATTER_DEFAULT_QUOTA] = FIELD(perm_default_quota),
};

static enum vm_status ask(struct vm_store *store, const char *user, uint32_t flags,
			  const char *domain, enum vm_admin_matter matter, unsigned int acts)
{
	const struct vm_context context = { .store = store };
	const struct vm_account admin = { .user = user, .domain = "example.org", .flags = flags };
	struct vm_error err;

	return vm_admin_check(&context, &admin, domain, matter, acts, &err);
}

static void each_matter_and_act_has_its_bit_and_no_other(void **state)
{
	(void)state;
	for (unsigned int matter = 0; matter < VM_MATTERS; matter++)
		for (unsigned int bit = 1; bit <= VM_DENY_DELETE; bit <<= 1) {
			struct vm_store store = { .domain_status = VM_OK };

			((uint8_t *)&store.limits)[fields[matter]] = (uint8_t)bit;
			for (unsigned int other = 0; other < VM_MATTERS; other++)
				for (unsigned int act = 1; act <= VM_DENY_DELETE; act <<= 1)
					assert_int_equal(ask(&store, "ann", VM_FLAG_DOMAIN_ADMIN,
							     "example.org",
							     (enum vm_admin_matter)other, act),
							 other == matter && act == bit ? VM_DENIED
										       : VM_OK);
		}
}

static void only_plain_administrators_obey_the_permissions(void **state)
{
	static const struct {
		const char *user;
		uint32_t flags;
		enum vm_status status;
	} table[] = {
		{ "ann", VM_FLAG_DOMAIN_ADMIN, VM_DENIED },
		{ "ann", VM_FLAG_DOMAIN_ADMIN | VM_FLAG_OVERRIDE_LIMITS, VM_OK },
		{ "ann", VM_FLAG_OVERRIDE_LIMITS, VM_DENIED },
		{ "ann", 0, VM_DENIED },
		{ "ann", VM_FLAG_SYSTEM_ADMIN, VM_OK },
		{ "ann", VM_FLAG_SYSTEM_EXPERT, VM_DENIED },
		{ "postmaster", 0, VM_OK },
		{ "postmaster2", 0, VM_DENIED },
	};
	struct vm_store store = { .limits = { .perm_account = VM_DENY_ALL } };

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_int_equal(ask(&store, table[i].user, table[i].flags, "example.org",
				     VM_MATTER_ACCOUNT, VM_DENY_CREATE),
				 table[i].status);
}

static void an_administrator_has_his_own_domain_by_each_of_its_names(void **state)
{
	struct vm_store store = { .domain_status = VM_OK };

	(void)state;
	assert_int_equal(ask(&store, "postmaster", 0, "alias.example", VM_MATTER_ALIAS, 1), VM_OK);
	assert_int_equal(ask(&store, "postmaster", 0, "other.example", VM_MATTER_ALIAS, 1),
			 VM_DENIED);
	assert_int_equal(ask(&store, "ann", VM_FLAG_SYSTEM_ADMIN, "other.example", VM_MATTER_ALIAS,
			     1),
			 VM_OK);
}

static void only_the_systems_administrator_hears_which_domains_there_are(void **state)
{
	struct vm_store store = { .domain_status = VM_OK };

	(void)state;
	assert_int_equal(ask(&store, "postmaster", 0, "no.example", VM_MATTER_LIST, 1), VM_DENIED);
	assert_int_equal(ask(&store, "ann", VM_FLAG_SYSTEM_ADMIN, "no.example", VM_MATTER_LIST, 1),
			 VM_NOT_FOUND);
}

static void what_nobody_can_tell_is_no_permission_and_no_refusal(void **state)
{
	struct vm_store domain = { .domain_status = VM_TEMPFAIL };
	struct vm_store limits = { .limits_status = VM_TEMPFAIL };

	(void)state;
	assert_int_equal(ask(&domain, "postmaster", 0, "example.org", VM_MATTER_QUOTA, 1),
			 VM_TEMPFAIL);
	assert_int_equal(ask(&limits, "ann", VM_FLAG_DOMAIN_ADMIN, "example.org", VM_MATTER_QUOTA,
			     1),
			 VM_TEMPFAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_matter_and_act_has_its_bit_and_no_other),
		cmocka_unit_test(only_plain_administrators_obey_the_permissions),
		cmocka_unit_test(an_administrator_has_his_own_domain_by_each_of_its_names),
		cmocka_unit_test(only_the_systems_administrator_hears_which_domains_there_are),
		cmocka_unit_test(what_nobody_can_tell_is_no_permission_and_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
