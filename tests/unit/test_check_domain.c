/* Tests of operations/check_domain.h on the cdb store. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/check_domain.h"
#include "operations/check_installation.h"
#include "operations/check_owner.h"
#include "operations/domain_remove.h"
#include "operations/intent.h"
#include "unit/operations_site.h"

struct heard {
	unsigned int count;
	char kind[32], subject[128];
};

static void hear(void *context, const struct vm_finding *finding)
{
	struct heard *const heard = context;

	heard->count++;
	(void)snprintf(heard->kind, sizeof heard->kind, "%s", finding->kind);
	(void)snprintf(heard->subject, sizeof heard->subject, "%s", finding->subject);
}

static struct heard run(struct operations_site *site, bool repair)
{
	struct heard heard = { 0 };
	const struct vm_check check = { .repair = repair, .found = hear, .context = &heard };
	struct vm_domain domain;
	bool is_listed = false, is_there = false;

	assert_int_equal(vm_check_installation(&site->context, &check, &is_listed, &site->err),
			 VM_OK);
	if (vm_store_domain_get(site->store, "example.com", &site->arena, &domain, &site->err) ==
	    VM_OK) {
		assert_int_equal(vm_check_owner(&domain, &check, &is_there, &site->err), VM_OK);
		if (is_there)
			assert_int_equal(vm_check_domain(&site->context, "example.com", &check,
							 &site->err),
					 VM_OK);
	}
	return heard;
}

/* Exactly one thing is found, twice without a repair; after the repair nothing. */
static void expect_mended(struct operations_site *site, const char *kind, const char *subject)
{
	const bool repair[] = { false, false, true };

	for (size_t i = 0; i < 3; i++) {
		const struct heard heard = run(site, repair[i]);

		assert_int_equal(heard.count, 1);
		assert_string_equal(heard.kind, kind);
		assert_string_equal(heard.subject, subject);
	}
	assert_int_equal(run(site, false).count, 0);
}

static int make(void **state)
{
	if (site_make(state) != 0 || site_add_domain(*state, "example.com", "secret") != VM_OK)
		return -1;
	return site_add_user(*state, "bob", "example.com") == VM_OK ? 0 : -1;
}

static void a_clean_domain_has_no_findings(void **state)
{
	assert_int_equal(run(*state, false).count, 0);
}

static void an_unknown_domain_is_not_found(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_check check = { .found = hear };

	assert_int_equal(vm_check_domain(&site->context, "nowhere.example", &check, &site->err),
			 VM_NOT_FOUND);
}

static void a_missing_control_line_is_mended(void **state)
{
	struct operations_site *const site = *state;

	site_write(site, "q/control/virtualdomains", "");
	expect_mended(site, "control", "example.com");
}

static void a_stale_users_cdb_is_mended(void **state)
{
	struct operations_site *const site = *state;
	char room[1024], text[1200];

	(void)site_read(site, "q/users/assign", room);
	(void)snprintf(text, sizeof text, "=alien:alien:1:1:/nowhere:::\n%s", room);
	site_write(site, "q/users/assign", text);
	expect_mended(site, "assign", "users/cdb");
}

static void a_missing_maildir_is_mended(void **state)
{
	struct operations_site *const site = *state;
	char path[160];

	(void)snprintf(path, sizeof path, "%s/domains/example.com/bob", site->home);
	assert_int_equal(vm_dir_tree_remove(AT_FDCWD, path, &site->err), VM_OK);
	expect_mended(site, "home", "bob@example.com");
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/new"));
}

static void note(struct operations_site *site, const char *kind, const char *base,
		 const char *subject, const char *dir)
{
	char path[256], full[256];
	const struct vm_intent intent = { .kind = kind,
					  .subject = subject,
					  .fields = { full, path } };
	struct vm_file_lock hold;

	(void)snprintf(path, sizeof path, "%s/%s", site->home, base);
	(void)snprintf(full, sizeof full, "%s/%s", site->home, dir);
	assert_int_equal(vm_intent_write(path, &intent, &hold, &site->err), VM_OK);
	vm_file_lock_release(&hold);
}

static void a_removal_that_did_not_begin_is_forgotten(void **state)
{
	struct operations_site *const site = *state;

	note(site, "remove-account", "domains/example.com", "bob", "domains/example.com/bob");
	expect_mended(site, "unfinished", "bob@example.com");
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/new"));
}

static void a_half_removed_account_is_removed(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_name bob = { "bob", "example.com" };
	struct vm_domain domain;

	note(site, "remove-account", "domains/example.com", "bob", "domains/example.com/bob");
	assert_int_equal(vm_store_domain_get(site->store, "example.com", &site->arena, &domain,
					     &site->err),
			 VM_OK);
	assert_int_equal(vm_store_account_remove(site->store, bob, &site->err), VM_OK);
	assert_int_equal(vm_store_dirs_change(site->store, &domain, -1, NULL, &site->err), VM_OK);
	expect_mended(site, "unfinished", "bob@example.com");
	assert_false(site_has(site, "v/domains/example.com/bob"));
}

static void a_half_removed_domain_is_removed(void **state)
{
	struct operations_site *const site = *state;

	note(site, VM_INTENT_REMOVE_DOMAIN, "domains", "example.com", "domains/example.com");
	expect_mended(site, "unfinished", "example.com");
	assert_false(site_has(site, "v/domains/example.com"));
}

#define IN_DOMAIN(test) cmocka_unit_test_setup_teardown(test, make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DOMAIN(a_clean_domain_has_no_findings),
		IN_DOMAIN(an_unknown_domain_is_not_found),
		IN_DOMAIN(a_missing_control_line_is_mended),
		IN_DOMAIN(a_stale_users_cdb_is_mended),
		IN_DOMAIN(a_missing_maildir_is_mended),
		IN_DOMAIN(a_removal_that_did_not_begin_is_forgotten),
		IN_DOMAIN(a_half_removed_account_is_removed),
		IN_DOMAIN(a_half_removed_domain_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
