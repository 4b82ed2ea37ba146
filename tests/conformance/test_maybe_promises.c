/* A maybe is never a no: what a store that is away, fails or is damaged answers through the door. */
#include <config.h>

#include "stand.h"

/* Every call of the door that a session makes; the statuses of all must pass `check`. */
static void ask_everything(struct stand *stand, void (*check)(enum vm_status))
{
	struct vm_account account = account_of("a"), found;
	const struct vm_page page = { "", 10 };
	struct vm_account_list accounts;
	struct vm_domain_list domains;
	struct vm_domain domain;
	uint64_t count = 0;

	check(vm_store_ping(stand->store, &stand->err));
	check(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err));
	check(vm_store_domain_list(stand->store, page, &stand->arena, &domains, &stand->err));
	check(vm_store_account_get(stand->store, name_of("a"), &stand->arena, &found, &stand->err));
	check(vm_store_account_list(stand->store, DOMAIN, page, &stand->arena, &accounts,
				    &stand->err));
	check(vm_store_account_count(stand->store, DOMAIN, &count, &stand->err));
	check(vm_store_account_update(stand->store, &account, NULL, &stand->err));
}

static void is_later(enum vm_status status)
{
	assert_int_equal(status, VM_TEMPFAIL);
}

static void is_ok(enum vm_status status)
{
	assert_int_equal(status, VM_OK);
}

static void store_that_is_away_answers_later_and_comes_back(void **state)
{
	struct stand *const stand = *state;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	vm_memory_set_away(true);
	ask_everything(stand, is_later);
	vm_memory_set_away(false);
	ask_everything(stand, is_ok);
}

static void store_opens_while_its_engine_is_away(void **state)
{
	struct stand *const stand = *state;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	vm_store_close(&stand->store);
	vm_memory_set_away(true);
	must(vm_store_open_with(candidate->module, &stand->config, true, &stand->store,
				&stand->err),
	     &stand->err);
	ask_everything(stand, is_later);
	vm_memory_set_away(false);
	ask_everything(stand, is_ok);
}

static void misconfigured_store_does_not_open(void **state)
{
	struct stand *const stand = *state;
	struct vm_store *none = NULL;

	vm_memory_fail(0, VM_MISCONFIG);
	assert_int_equal(vm_store_open_with(candidate->module, &stand->config, true, &none,
					    &stand->err),
			 VM_MISCONFIG);
	assert_null(none);
}

static void definite_answer_to_an_open_is_a_defect(void **state)
{
	struct stand *const stand = *state;
	struct vm_store *none = NULL;

	vm_memory_fail(0, VM_NOT_FOUND);
	assert_int_equal(vm_store_open_with(candidate->module, &stand->config, true, &none,
					    &stand->err),
			 VM_INTERNAL);
	assert_null(none);
}

static void failure_at_any_call_is_passed_on_and_changes_nothing(void **state)
{
	struct stand *const stand = *state;
	const struct vm_account account = account_of("new");
	enum vm_status status = VM_INTERNAL;
	unsigned int failed = 0;

	while (failed < 20) {
		struct vm_account found;

		vm_memory_fail(failed, VM_TEMPFAIL);
		status = vm_store_account_insert(stand->store, &account, 10, &stand->err);
		if (status == VM_OK)
			break;
		assert_int_equal(status, VM_TEMPFAIL);
		assert_int_equal(stand_get(stand, "new", &found), VM_NOT_FOUND);
		failed++;
	}
	assert_int_equal(status, VM_OK);
	assert_true(failed >= 4); /* real name, begin, count, insert */
}

static void lost_answer_is_later_and_the_account_is_there(void **state)
{
	struct stand *const stand = *state;
	const struct vm_account account = account_of("new");
	struct vm_account found;

	vm_memory_lose_answer(1, VM_TEMPFAIL); /* the first call finds the real name */
	assert_int_equal(vm_store_account_insert(stand->store, &account, -1, &stand->err),
			 VM_TEMPFAIL);
	assert_int_equal(stand_get(stand, "new", &found), VM_OK);
	assert_int_equal(vm_store_account_insert(stand->store, &account, -1, &stand->err),
			 VM_EXISTS);
}

static void missing_folder_of_a_domain_is_later(void **state)
{
	struct stand *const stand = *state;
	struct vm_account found;
	char moved[128];

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	(void)snprintf(moved, sizeof moved, "%s.away", stand->dir);
	assert_int_equal(rename(stand->dir, moved), 0);
	assert_int_equal(stand_get(stand, "a", &found), VM_TEMPFAIL);
	assert_int_equal(stand_get(stand, "nobody", &found), VM_TEMPFAIL);
	assert_int_equal(stand_insert(stand, "b"), VM_TEMPFAIL);
	assert_int_equal(rename(moved, stand->dir), 0);
	assert_int_equal(stand_get(stand, "a", &found), VM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_STAND(store_that_is_away_answers_later_and_comes_back),
		AT_STAND(store_opens_while_its_engine_is_away),
		AT_STAND(misconfigured_store_does_not_open),
		AT_STAND(definite_answer_to_an_open_is_a_defect),
		AT_STAND(failure_at_any_call_is_passed_on_and_changes_nothing),
		AT_STAND(lost_answer_is_later_and_the_account_is_there),
	};
	const struct CMUnitTest in_files[] = {
		AT_STAND(missing_folder_of_a_domain_is_later),
	};
	int failures = 0;

	RUN_FOR_MODULES(candidate->module == &vm_memory_module, tests, failures);
	RUN_FOR_MODULES(candidate->module == &vm_cdb_module, in_files, failures);
	return failures;
}
