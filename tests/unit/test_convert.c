/* Tests of operations/convert.h, between the cdb store and the memory store. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory.h"
#include "operations/convert.h"
#include "unit/check_site.h"

enum { TOLD_MAX = 32, CALLS_MAX = 400 };

/* A conversion and what it told. */
struct trial {
	struct operations_site *site;
	struct vm_store *memory;
	struct vm_convert convert;
	struct vm_convert_counts counts;
	char told[TOLD_MAX][256];
	size_t told_count;
	struct vm_error err;
};

static enum vm_status do_records(void *context, const char *domain, struct vm_error *err)
{
	struct trial *const trial = context;

	return vm_convert_records(&trial->convert, domain, err);
}

static void tell(void *context, const struct vm_convert_event *event)
{
	struct trial *const trial = context;

	if ((event->outcome == VM_CONVERT_DIFFERENT || event->outcome == VM_CONVERT_FAILED) &&
	    trial->told_count < TOLD_MAX)
		(void)snprintf(trial->told[trial->told_count++], sizeof trial->told[0], "%s: %s",
			       event->subject, event->text);
}

static void progress(void *context)
{
	(void)context;
}

/* An empty memory store beside the site's. */
static void trial_begin(struct trial *trial, struct operations_site *site)
{
	*trial = (struct trial){ .site = site };
	vm_memory_reset();
	assert_int_equal(vm_store_open_with(&vm_memory_module, &site->config, true, &trial->memory,
					    &trial->err),
			 VM_OK);
	trial->convert = (struct vm_convert){ .config = &site->config,
					      .from = site->store,
					      .to = trial->memory,
					      .records = do_records,
					      .tell = tell,
					      .progress = progress };
}

static void trial_end(struct trial *trial)
{
	vm_store_close(&trial->memory);
	vm_memory_reset();
}

static enum vm_status run(struct trial *trial, enum vm_convert_mode mode)
{
	trial->counts = (struct vm_convert_counts){ { { 0 } } };
	trial->told_count = 0;
	trial->convert.mode = mode;
	trial->convert.counts = &trial->counts;
	trial->convert.context = trial;
	return vm_convert_run(&trial->convert, &trial->err);
}

static void turn(struct trial *trial)
{
	struct vm_store *const from = trial->convert.from;

	trial->convert.from = trial->convert.to;
	trial->convert.to = from;
}

static uint64_t number(const struct trial *trial, enum vm_convert_kind kind,
		       enum vm_convert_outcome outcome)
{
	return trial->counts.number[kind][outcome];
}

static void assert_equal_now(struct trial *trial)
{
	if (run(trial, VM_CONVERT_VERIFY) != VM_OK)
		fail_msg("%s", trial->err.text);
	if (trial->told_count > 0)
		fail_msg("%s", trial->told[0]);
}

static void put_account(struct vm_store *store, struct vm_account account)
{
	struct vm_error err;

	account.domain = "example.com";
	account.kind = VM_ACCOUNT_POP;
	if (vm_store_account_insert(store, &account, -1, &err) != VM_OK)
		fail_msg("%s: %s", account.user, err.text);
}

static struct vm_account plain(const char *user)
{
	return (struct vm_account){
		.user = user, .hash = "$1$a$b", .comment = "", .home = "", .quota = "", .clear = ""
	};
}

/* What each group has: beside postmaster and bob. */
static void fill(struct operations_site *site)
{
	struct vm_limits limits;
	const struct vm_ip_map map = { "192.0.2.1", "example.com" };
	static const struct vm_alias lines[] = { { "info", "example.com", "&a@b.example" },
						 { "info", "example.com", "&c@d.example" },
						 { "sales", "example.com", "|cat" } };

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(vm_store_alias_insert(site->store, &lines[i], &site->err), VM_OK);
	vm_limits_default(&limits);
	limits.max_accounts = 5;
	limits.disabled = VM_FLAG_NO_POP;
	assert_int_equal(vm_store_limits_put(site->store, "example.com", &limits, &site->err),
			 VM_OK);
	assert_int_equal(vm_store_ip_map_put(site->store, &map, &site->err), VM_OK);
	assert_int_equal(vm_domain_add_alias(&site->context, "alias.example", "example.com",
					     &site->err),
			 VM_OK);
	assert_int_equal(site_add_user(site, "joe", "example.com"), VM_OK);
}

static void every_group_is_brought_over(void **state)
{
	struct trial trial;
	struct vm_limits limits;
	struct vm_dir_control here, there;
	struct vm_domain domain;

	fill(*state);
	trial_begin(&trial, *state);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_int_equal(trial.told_count, 0);
	assert_int_equal(number(&trial, VM_CONVERT_DOMAIN, VM_CONVERT_ADDED), 2);
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_ADDED), 3);
	assert_int_equal(number(&trial, VM_CONVERT_ALIAS, VM_CONVERT_ADDED), 3);
	assert_int_equal(number(&trial, VM_CONVERT_IP_MAP, VM_CONVERT_ADDED), 1);
	assert_int_equal(vm_store_limits_own(trial.memory, "alias.example", &limits, &trial.err),
			 VM_OK);
	assert_true(limits.max_accounts == 5 && limits.disabled == VM_FLAG_NO_POP);
	assert_int_equal(vm_store_domain_get(trial.memory, "example.com", &trial.site->arena,
					     &domain, &trial.err),
			 VM_OK);
	assert_int_equal(vm_store_dirs_get(trial.site->store, &domain, &here, &trial.err), VM_OK);
	assert_int_equal(vm_store_dirs_get(trial.memory, &domain, &there, &trial.err), VM_OK);
	assert_int_equal(here.count, there.count);
	assert_string_equal(here.path, there.path);
	assert_equal_now(&trial);
	turn(&trial);
	assert_equal_now(&trial);
	trial_end(&trial);
}

static void usage_of_a_domain_goes_from_tables_to_files_and_not_back(void **state)
{
	const struct vm_name name = { "", "example.com" };
	struct vm_usage usage = { 4711, 3 };
	struct vm_domain domain;
	struct trial trial;

	trial_begin(&trial, *state);
	assert_int_equal(vm_store_domain_get(trial.site->store, "example.com", &trial.site->arena,
					     &domain, &trial.err),
			 VM_OK);
	assert_int_equal(vm_store_usage_set(trial.site->store, &domain, name, &usage, &trial.err),
			 VM_OK);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_int_equal(vm_store_usage_get(trial.memory, &domain, name, &usage, &trial.err),
			 VM_NOT_FOUND);
	usage = (struct vm_usage){ 99, 1 };
	assert_int_equal(vm_store_usage_set(trial.memory, &domain, name, &usage, &trial.err),
			 VM_OK);
	turn(&trial);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	usage = (struct vm_usage){ 0 };
	assert_int_equal(vm_store_usage_get(trial.site->store, &domain, name, &usage, &trial.err),
			 VM_OK);
	assert_true(usage.bytes == 99 && usage.messages == 1);
	trial_end(&trial);
}

static void rehearsal_counts_all_and_changes_nothing(void **state)
{
	struct trial trial;
	struct vm_domain_list list;

	fill(*state);
	trial_begin(&trial, *state);
	assert_int_equal(run(&trial, VM_CONVERT_REHEARSE), VM_OK);
	assert_int_equal(number(&trial, VM_CONVERT_DOMAIN, VM_CONVERT_ADDED), 2);
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_ADDED), 3);
	assert_int_equal(number(&trial, VM_CONVERT_LIMITS, VM_CONVERT_ADDED), 1);
	assert_int_equal(number(&trial, VM_CONVERT_DIRS, VM_CONVERT_ADDED), 1);
	assert_int_equal(vm_store_domain_list(trial.memory, (struct vm_page){ "", 10 },
					      &trial.site->arena, &list, &trial.err),
			 VM_OK);
	assert_int_equal(list.count, 0);
	trial_end(&trial);
}

static void call_that_fails_at_any_place_is_made_good_by_the_next_run(void **state)
{
	struct trial trial;
	bool is_over = false;

	fill(*state);
	for (unsigned int skip = 0; !is_over; skip++) {
		enum vm_status status = VM_INTERNAL;

		assert_true(skip < CALLS_MAX);
		trial_begin(&trial, *state);
		vm_memory_fail(skip, VM_TEMPFAIL);
		status = run(&trial, VM_CONVERT_WRITE);
		assert_int_equal(trial.told_count, 0); /* "later" is no difference */
		assert_true(status == VM_OK || status == VM_TEMPFAIL);
		is_over = vm_memory_calls() <= skip;
		vm_memory_fail(CALLS_MAX * CALLS_MAX, VM_TEMPFAIL);
		assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
		assert_equal_now(&trial);
		trial_end(&trial);
	}
}

static void answer_lost_at_any_place_is_made_good_by_the_next_run(void **state)
{
	struct trial trial;
	bool is_over = false;

	fill(*state);
	for (unsigned int skip = 0; !is_over; skip++) {
		assert_true(skip < CALLS_MAX);
		trial_begin(&trial, *state);
		vm_memory_lose_answer(skip, VM_TEMPFAIL);
		(void)run(&trial, VM_CONVERT_WRITE);
		assert_int_equal(trial.told_count, 0);
		is_over = vm_memory_calls() <= skip;
		vm_memory_lose_answer(CALLS_MAX * CALLS_MAX, VM_TEMPFAIL);
		assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
		assert_equal_now(&trial);
		trial_end(&trial);
	}
}

/* "vpasswd" cannot be an account where that is the name of a file. */
static void account_that_is_refused_is_told_and_the_others_come(void **state)
{
	struct trial trial;

	trial_begin(&trial, *state);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	put_account(trial.memory, plain("aaron"));
	put_account(trial.memory, plain("vpasswd"));
	put_account(trial.memory, plain("zoe"));
	turn(&trial);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_FAILED), 1);
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_ADDED), 2);
	assert_int_equal(trial.told_count, 1);
	assert_string_equal(trial.told[0], "vpasswd@example.com: the name vpasswd is reserved");
	(void)site_get(trial.site, "zoe", "example.com");
	trial_end(&trial);
}

static void difference_in_any_field_is_told_by_its_name(void **state)
{
	static const char *const names[] = { "password", "flags",          "comment", "home",
					     "quota",    "clear password", "kind" };
	const struct vm_account same = plain("joe");
	struct trial trial;

	put_account(((struct operations_site *)*state)->store, same);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct vm_account other = plain("joe");
		char wanted[64];

		trial_begin(&trial, *state);
		assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
		other.domain = "example.com";
		other.kind = i == 6 ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP;
		other.hash = i == 0 ? "$1$x$y" : same.hash;
		other.flags = i == 1 ? 0x80000000U : 0;
		other.comment = i == 2 ? "x" : "";
		other.home = i == 3 ? "/x" : "";
		other.quota = i == 4 ? "NOQUOTA" : "";
		other.clear = i == 5 ? "x" : "";
		assert_int_equal(vm_store_account_update(trial.memory, &other, NULL, &trial.err),
				 VM_OK);
		assert_int_equal(run(&trial, VM_CONVERT_VERIFY), VM_OK);
		(void)snprintf(wanted, sizeof wanted, "joe@example.com: differs: %s", names[i]);
		assert_int_equal(trial.told_count, 1);
		assert_string_equal(trial.told[0], wanted);
		trial_end(&trial);
	}
}

/* Decision of the project: a store need not keep it. */
static void clear_password_that_the_target_does_not_keep_is_no_difference(void **state)
{
	struct trial trial;
	struct vm_account account = plain("joe");

	trial_begin(&trial, *state);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	put_account(trial.memory, account);
	account.clear = "secret";
	put_account(trial.site->store, account);
	assert_equal_now(&trial);
	trial_end(&trial);
}

static void overwriting_removes_what_only_the_target_has(void **state)
{
	struct trial trial;
	struct vm_arena *const arena = &((struct operations_site *)*state)->arena;
	struct vm_account found;

	trial_begin(&trial, *state);
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	put_account(trial.memory, plain("extra"));
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_string_equal(trial.told[0], "extra@example.com: is only in memory");
	trial.convert.overwrite = true;
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_REMOVED), 1);
	assert_int_equal(vm_store_account_get(trial.memory,
					      (struct vm_name){ "extra", "example.com" }, arena,
					      &found, &trial.err),
			 VM_NOT_FOUND);
	trial_end(&trial);
}

static void domain_that_is_an_alias_there_is_told_and_left(void **state)
{
	struct trial trial;
	const struct vm_domain_entry other = { "other.example", "other.example", "/x", 1, 1 };
	const struct vm_domain_entry alias = { "example.com", "other.example", "/x", 1, 1 };

	trial_begin(&trial, *state);
	assert_int_equal(vm_store_domain_insert(trial.memory, &other, &trial.err), VM_OK);
	assert_int_equal(vm_store_domain_insert(trial.memory, &alias, &trial.err), VM_OK);
	trial.convert.overwrite = true;
	assert_int_equal(run(&trial, VM_CONVERT_WRITE), VM_OK);
	assert_int_equal(trial.told_count, 2);
	assert_string_equal(trial.told[0], "example.com: is an alias of other.example in memory");
	assert_string_equal(trial.told[1], "other.example: is only in memory");
	assert_int_equal(number(&trial, VM_CONVERT_ACCOUNT, VM_CONVERT_ADDED), 0);
	trial_end(&trial);
}

static int make(void **state)
{
	if (check_site_make(state) != 0)
		return -1;
	site_folder(((struct operations_site *)*state)->home, "/etc");
	return 0;
}

#define ON_SITE(test) cmocka_unit_test_setup_teardown(test, make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SITE(every_group_is_brought_over),
		ON_SITE(usage_of_a_domain_goes_from_tables_to_files_and_not_back),
		ON_SITE(rehearsal_counts_all_and_changes_nothing),
		ON_SITE(call_that_fails_at_any_place_is_made_good_by_the_next_run),
		ON_SITE(answer_lost_at_any_place_is_made_good_by_the_next_run),
		ON_SITE(account_that_is_refused_is_told_and_the_others_come),
		ON_SITE(difference_in_any_field_is_told_by_its_name),
		ON_SITE(clear_password_that_the_target_does_not_keep_is_no_difference),
		ON_SITE(overwriting_removes_what_only_the_target_has),
		ON_SITE(domain_that_is_an_alias_there_is_told_and_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
