/* Tests of operations/account_create.h, account_modify.h and account_remove.h on the cdb store. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/account_modify.h"
#include "operations/account_remove.h"
#include "operations/catch_all.h"
#include "operations/intent.h"
#include "unit/operations_site.h"
#include "util/text.h"

enum { MANY = 120 };

static int make(void **state)
{
	struct operations_site *site = NULL;

	if (site_make(state) != 0)
		return -1;
	site = *state;
	return site_add_domain(site, "example.com", "secret") == VM_OK ? 0 : -1;
}

static enum vm_status remove_user(struct operations_site *site, const char *user)
{
	return vm_account_remove(&site->context, (struct vm_name){ user, "example.com" },
				 &site->err);
}

static void a_new_account_has_its_maildir_and_defaults(void **state)
{
	struct operations_site *const site = *state;
	struct vm_account bob;

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	bob = site_get(site, "bob", "example.com");
	assert_string_equal(bob.hash, "$1$a$b");
	assert_string_equal(bob.comment, "bob");
	assert_string_equal(bob.quota, "NOQUOTA");
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/cur"));
}

static void an_account_that_exists_is_refused(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_EXISTS);
	assert_string_equal(site->err.field, "address");
}

static void an_account_of_an_unknown_domain_is_not_found(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_user(site, "bob", "nowhere.example"), VM_NOT_FOUND);
	assert_string_equal(site->err.field, "domain");
}

static void a_lazy_home_is_not_made(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_request request = { .name = { "bob", "example.com" },
						    .hash = "$1$a$b",
						    .lazy_home = true };

	assert_int_equal(vm_account_create(&site->context, &request, &site->err), VM_OK);
	assert_string_equal(site_get(site, "bob", "example.com").home, "");
	assert_false(site_has(site, "v/domains/example.com/bob"));
}

/* Requests for u000, u001 ...; each with its home. */
static void fill_requests(struct vm_account_request *requests, char (*names)[8], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(vm_text_format(names[i], sizeof names[i], "u%03zu", i));
		requests[i] = (struct vm_account_request){ .name = { names[i], "example.com" },
							   .hash = "$1$a$b" };
	}
}

static uint64_t homes_counted(struct operations_site *site)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_dir_control dirs = { .count = 0 };

	vm_arena_init(&arena, 4096);
	assert_int_equal(vm_store_domain_get(site->store, "example.com", &arena, &domain,
					     &site->err),
			 VM_OK);
	assert_int_equal(vm_store_dirs_get(site->store, &domain, &dirs, &site->err), VM_OK);
	vm_arena_release(&arena);
	return dirs.count;
}

static void many_accounts_are_spread_over_folders_of_a_hundred(void **state)
{
	struct operations_site *const site = *state;
	struct vm_account_request requests[MANY];
	enum vm_status statuses[MANY];
	struct vm_error errors[MANY];
	char names[MANY][8];

	fill_requests(requests, names, MANY);
	assert_int_equal(vm_account_create_many(&site->context, requests, MANY, VM_CREATE_ALL,
						statuses, errors, &site->err),
			 VM_OK);
	assert_true(site_has(site, "v/domains/example.com/u000/Maildir/new"));
	assert_true(site_has(site, "v/domains/example.com/0/u119/Maildir/new"));
	assert_string_equal(site_get(site, "u119", "example.com").hash, "$1$a$b");
	assert_int_equal(homes_counted(site), 1 + MANY);
}

static void one_that_cannot_be_added_leaves_no_home_of_the_others(void **state)
{
	struct operations_site *const site = *state;
	struct vm_account_request requests[MANY];
	enum vm_status statuses[MANY];
	struct vm_error errors[MANY];
	char names[MANY][8];

	fill_requests(requests, names, MANY);
	requests[MANY - 1].quota = "nonsense";
	assert_int_equal(vm_account_create_many(&site->context, requests, MANY, VM_CREATE_ALL,
						statuses, errors, &site->err),
			 VM_INVALID);
	assert_int_equal(statuses[MANY - 1], VM_INVALID);
	assert_false(site_has(site, "v/domains/example.com/u000"));
	assert_int_equal(homes_counted(site), 1);
	assert_int_equal(vm_account_create_many(&site->context, requests, MANY, VM_CREATE_AS_MANY,
						statuses, errors, &site->err),
			 VM_OK);
	assert_int_equal(statuses[0], VM_OK);
	assert_int_equal(statuses[MANY - 1], VM_INVALID);
	assert_int_equal(homes_counted(site), MANY);
}

static void an_empty_leftover_home_is_taken_over(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/bob");
	site_folder(site->home, "/domains/example.com/bob/Maildir");
	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/new"));
}

static void a_leftover_home_with_mail_is_refused_and_kept(void **state)
{
	struct operations_site *const site = *state;

	site_folder(site->home, "/domains/example.com/bob");
	site_write(site, "v/domains/example.com/bob/mail", "precious");
	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_EXISTS);
	assert_string_equal(site->err.field, "home");
	assert_true(site_has(site, "v/domains/example.com/bob/mail"));
}

static void a_refused_value_makes_no_home(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_request request = { .name = { "bob", "example.com" },
						    .hash = "$1$a$b",
						    .comment = "a:b\nc" };

	assert_int_equal(vm_account_create(&site->context, &request, &site->err), VM_INVALID);
	assert_false(site_has(site, "v/domains/example.com/bob"));
}

static void one_bad_account_of_many_is_told_by_its_place(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_request requests[] = {
		{ .name = { "ann", "example.com" }, .hash = "$1$a$b", .lazy_home = true },
		{ .name = { "bob", "example.com" }, .hash = "bad", .lazy_home = true },
		{ .name = { "ann", "example.com" }, .hash = "$1$a$b", .lazy_home = true },
		{ .name = { "cat", "example.com" }, .hash = "$1$a$b", .lazy_home = true },
	};
	enum vm_status statuses[4];
	struct vm_error errors[4];

	assert_int_equal(vm_account_create_many(&site->context, requests, 4, VM_CREATE_AS_MANY,
						statuses, errors, &site->err),
			 VM_OK);
	assert_int_equal(statuses[0], VM_OK);
	assert_int_equal(statuses[1], VM_INVALID);
	assert_int_equal(statuses[2], VM_EXISTS);
	assert_int_equal(statuses[3], VM_OK);
	assert_string_equal(site_get(site, "cat", "example.com").user, "cat");
}

static void stopping_at_an_error_adds_nothing(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_request requests[] = {
		{ .name = { "ann", "example.com" }, .hash = "$1$a$b", .lazy_home = true },
		{ .name = { "bob", "example.com" }, .hash = "bad", .lazy_home = true },
	};
	enum vm_status statuses[2];
	struct vm_error errors[2];
	uint64_t count = 0;

	assert_int_equal(vm_account_create_many(&site->context, requests, 2, VM_CREATE_ALL,
						statuses, errors, &site->err),
			 VM_INVALID);
	assert_int_equal(vm_store_account_count(site->store, "example.com", &count, &site->err),
			 VM_OK);
	assert_int_equal(count, 1);
}

static void a_rehearsal_tells_what_would_fail_and_changes_nothing(void **state)
{
	struct operations_site *const site = *state;
	struct vm_secret good;
	const struct vm_account_request requests[] = {
		{ .name = { "ann", "example.com" }, .hash = "$1$a$b" },
		{ .name = { "bob", "example.com" }, .hash = "bad" },
		{ .name = { "ann", "example.com" }, .hash = "$1$a$b" },
		{ .name = { "cat", "example.com" }, .hash = "", .password = &good },
		{ .name = { "postmaster", "example.com" }, .hash = "$1$a$b" },
	};
	enum vm_status statuses[5];
	struct vm_error errors[5];
	uint64_t count = 0;

	assert_true(vm_secret_set(&good, "good enough", strlen("good enough")));
	assert_int_equal(vm_account_create_many(&site->context, requests, 5, VM_CREATE_REHEARSAL,
						statuses, errors, &site->err),
			 VM_OK);
	assert_int_equal(statuses[0], VM_OK);
	assert_int_equal(statuses[1], VM_INVALID);
	assert_int_equal(statuses[2], VM_EXISTS);
	assert_int_equal(statuses[3], VM_OK);
	assert_int_equal(statuses[4], VM_EXISTS);
	assert_int_equal(vm_store_account_count(site->store, "example.com", &count, &site->err),
			 VM_OK);
	assert_int_equal(count, 1);
	assert_int_equal(homes_counted(site), 1);
	assert_false(site_has(site, "v/domains/example.com/ann"));
}

static void a_change_keeps_what_it_does_not_name(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_account_change change = { .quota = "10M", .set_flags = VM_FLAG_NO_POP };
	struct vm_account bob;

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_int_equal(vm_account_modify(&site->context, (struct vm_name){ "bob", "example.com" },
					   &change, &site->err),
			 VM_OK);
	bob = site_get(site, "bob", "example.com");
	assert_string_equal(bob.quota, "10485760S");
	assert_int_equal(bob.flags, VM_FLAG_NO_POP);
	assert_string_equal(bob.hash, "$1$a$b");
}

static void a_forbidden_password_change_is_denied(void **state)
{
	struct operations_site *const site = *state;
	const struct vm_name bob = { "bob", "example.com" };
	const struct vm_account_change forbid = { .set_flags = VM_FLAG_NO_PASSWORD_CHANGE };
	const struct vm_account_change change = { .hash = "$1$new",
						  .obey_no_password_change = true };

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_int_equal(vm_account_modify(&site->context, bob, &forbid, &site->err), VM_OK);
	assert_int_equal(vm_account_modify(&site->context, bob, &change, &site->err), VM_DENIED);
	assert_string_equal(site_get(site, "bob", "example.com").hash, "$1$a$b");
}

static void a_removed_account_takes_its_mail_along(void **state)
{
	struct operations_site *const site = *state;

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	site_write(site, "v/domains/example.com/bob/Maildir/new/1", "mail");
	assert_int_equal(remove_user(site, "bob"), VM_OK);
	assert_false(site_has(site, "v/domains/example.com/bob"));
	assert_false(site_has(site, "v/domains/example.com/.intents/remove-account.bob"));
	assert_int_equal(remove_user(site, "bob"), VM_NOT_FOUND);
	assert_string_equal(site->err.field, "address");
}

static void the_account_for_unknown_recipients_stays(void **state)
{
	struct operations_site *const site = *state;
	struct vm_domain domain;

	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_int_equal(vm_store_domain_get(site->store, "example.com", &site->arena, &domain,
					     &site->err),
			 VM_OK);
	assert_int_equal(vm_catch_all_set(&site->context, &domain, "bob@example.com", &site->err),
			 VM_OK);
	assert_int_equal(remove_user(site, "bob"), VM_DENIED);
	assert_string_equal(site->err.field, "catchall");
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/new"));
}

static void a_catch_all_is_an_address_a_path_or_a_word(void **state)
{
	static const char *const good[] = { "bob@example.com", "bob+x@far.example", "/v/d/bob",
					    "bounce-no-mailbox", "delete" };
	static const char *const bad[] = {
		"",         "bob",     "bob@",         "@far.example", "b b@far.example",
		"/v/$HOME", "deleted", "a@b.example\n"
	};
	struct operations_site *const site = *state;
	struct vm_domain domain;
	char action[VM_CATCH_ALL_MAX + 1];

	assert_int_equal(vm_store_domain_get(site->store, "example.com", &site->arena, &domain,
					     &site->err),
			 VM_OK);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(vm_catch_all_set(&site->context, &domain, good[i], &site->err),
				 VM_OK);
		assert_int_equal(vm_catch_all_get(&domain, action, &site->err), VM_OK);
		assert_string_equal(action, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(vm_catch_all_set(&site->context, &domain, bad[i], &site->err),
				 VM_INVALID);
		assert_string_equal(site->err.field, "catchall");
	}
	assert_int_equal(vm_catch_all_get(&domain, action, &site->err), VM_OK);
	assert_string_equal(action, "delete");
}

/* The state after a crash between the record and the home. */
static void leave_half_removed(struct operations_site *site)
{
	char dir[160], home[192];
	const struct vm_intent intent = { .kind = "remove-account",
					  .subject = "bob",
					  .fields = { home } };
	struct vm_file_lock hold;

	(void)snprintf(dir, sizeof dir, "%s/domains/example.com", site->home);
	(void)snprintf(home, sizeof home, "%s/bob", dir);
	site_folder(home, "");
	site_write(site, "v/domains/example.com/bob/mail", "old mail");
	assert_int_equal(vm_intent_write(dir, &intent, &hold, &site->err), VM_OK);
	/* Nobody adds or removes while somebody is at it. */
	assert_int_equal(remove_user(site, "bob"), VM_TEMPFAIL);
	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_TEMPFAIL);
	vm_file_lock_release(&hold);
}

static void removing_again_ends_an_interrupted_removal(void **state)
{
	struct operations_site *const site = *state;

	leave_half_removed(site);
	assert_int_equal(remove_user(site, "bob"), VM_OK);
	assert_false(site_has(site, "v/domains/example.com/bob"));
	assert_false(site_has(site, "v/domains/example.com/.intents/remove-account.bob"));
	assert_int_equal(remove_user(site, "bob"), VM_NOT_FOUND);
}

static void a_new_account_does_not_inherit_a_half_removed_home(void **state)
{
	struct operations_site *const site = *state;

	leave_half_removed(site);
	assert_int_equal(site_add_user(site, "bob", "example.com"), VM_OK);
	assert_false(site_has(site, "v/domains/example.com/bob/mail"));
	assert_true(site_has(site, "v/domains/example.com/bob/Maildir/new"));
}

#define IN_DOMAIN(test) cmocka_unit_test_setup_teardown(test, make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DOMAIN(a_new_account_has_its_maildir_and_defaults),
		IN_DOMAIN(an_account_that_exists_is_refused),
		IN_DOMAIN(an_account_of_an_unknown_domain_is_not_found),
		IN_DOMAIN(a_lazy_home_is_not_made),
		IN_DOMAIN(many_accounts_are_spread_over_folders_of_a_hundred),
		IN_DOMAIN(one_that_cannot_be_added_leaves_no_home_of_the_others),
		IN_DOMAIN(an_empty_leftover_home_is_taken_over),
		IN_DOMAIN(a_leftover_home_with_mail_is_refused_and_kept),
		IN_DOMAIN(a_refused_value_makes_no_home),
		IN_DOMAIN(one_bad_account_of_many_is_told_by_its_place),
		IN_DOMAIN(stopping_at_an_error_adds_nothing),
		IN_DOMAIN(a_rehearsal_tells_what_would_fail_and_changes_nothing),
		IN_DOMAIN(a_change_keeps_what_it_does_not_name),
		IN_DOMAIN(a_forbidden_password_change_is_denied),
		IN_DOMAIN(a_removed_account_takes_its_mail_along),
		IN_DOMAIN(the_account_for_unknown_recipients_stays),
		IN_DOMAIN(a_catch_all_is_an_address_a_path_or_a_word),
		IN_DOMAIN(removing_again_ends_an_interrupted_removal),
		IN_DOMAIN(a_new_account_does_not_inherit_a_half_removed_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
