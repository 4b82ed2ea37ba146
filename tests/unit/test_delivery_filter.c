/* Tests of operations/delivery_filter.h; the limits are a stand-in that can fail. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operations/delivery_filter.h"

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

static const struct vm_config off = { .delivery_filter = "" };
static const struct vm_config all = { .delivery_filter = "/x",
				      .spamassassin = true,
				      .maildrop = true };

static struct vm_limits limits_of(uint32_t disabled)
{
	struct vm_limits limits;

	vm_limits_default(&limits);
	limits.disabled = disabled;
	return limits;
}

static struct vm_filter_plan decide(uint32_t flags, uint32_t disabled)
{
	const struct vm_limits limits = limits_of(disabled);

	return vm_filter_decide(&all, flags, &limits, VM_FILTER_MAILBOX);
}

static void nothing_runs_that_no_setting_turns_on(void **state)
{
	const struct vm_limits limits = limits_of(0);
	const struct vm_filter_plan plan =
		vm_filter_decide(&off, VM_FLAG_DELETE_SPAM, &limits, VM_FILTER_MAILBOX);

	(void)state;
	assert_false(plan.program);
	assert_false(vm_filter_runs(&plan.spam));
	assert_false(plan.keep_spam.is_on);
	assert_false(vm_filter_runs(&plan.maildrop));
}

static void everything_runs_that_no_flag_turns_off(void **state)
{
	const struct vm_filter_plan plan = decide(0, 0);

	(void)state;
	assert_true(plan.program);
	assert_true(vm_filter_runs(&plan.spam));
	assert_true(vm_filter_runs(&plan.keep_spam));
	assert_true(vm_filter_runs(&plan.maildrop));
}

/* The flag alone, of the account or of the domain, and of a domain that the account is not subject to. */
static void each_flag_turns_off_its_filter_alone(void **state)
{
	static const uint32_t flags[] = { VM_FLAG_NO_SPAMASSASSIN, VM_FLAG_DELETE_SPAM,
					  VM_FLAG_NO_MAILDROP };

	(void)state;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		for (unsigned int way = 0; way < 3; way++) {
			const bool by_account = way == 0, is_subject = way != 2;
			const struct vm_filter_plan plan =
				decide((by_account ? flags[i] : 0) |
					       (is_subject ? 0 : VM_FLAG_OVERRIDE_LIMITS),
				       by_account ? 0 : flags[i]);
			const bool hits = is_subject;

			assert_true(plan.program);
			assert_int_equal(vm_filter_runs(&plan.spam),
					 !(hits && flags[i] == VM_FLAG_NO_SPAMASSASSIN));
			assert_int_equal(plan.keep_spam.access.is_allowed,
					 !(hits && flags[i] == VM_FLAG_DELETE_SPAM));
			assert_int_equal(vm_filter_runs(&plan.maildrop),
					 !(hits && flags[i] == VM_FLAG_NO_MAILDROP));
		}
}

static void spam_is_nobodys_to_delete_when_nobody_looked(void **state)
{
	const struct vm_filter_plan plan = decide(VM_FLAG_NO_SPAMASSASSIN | VM_FLAG_DELETE_SPAM, 0);

	(void)state;
	assert_false(plan.keep_spam.is_on);
}

static void maildrop_has_no_say_in_the_maildir_of_a_line(void **state)
{
	const struct vm_limits limits = limits_of(0);
	const struct vm_filter_plan plan = vm_filter_decide(&all, 0, &limits, VM_FILTER_MAILDIR);

	(void)state;
	assert_true(vm_filter_runs(&plan.spam));
	assert_false(vm_filter_runs(&plan.maildrop));
}

static enum vm_status make(struct vm_store *store, const struct vm_config *config,
			   struct vm_filter_plan *plan)
{
	const struct vm_context context = { .config = config, .store = store };
	struct vm_error err;

	return vm_filter_plan_make(&context, "example.org", 0, VM_FILTER_MAILBOX, plan, &err);
}

static void limits_are_read_only_when_a_switch_matters(void **state)
{
	static const struct vm_config program = { .delivery_filter = "/x" };
	struct vm_store store = { .status = VM_TEMPFAIL };
	struct vm_filter_plan plan;

	(void)state;
	assert_int_equal(make(&store, &off, &plan), VM_OK);
	assert_int_equal(make(&store, &program, &plan), VM_OK);
	assert_true(plan.program);
	assert_int_equal(store.reads, 0);
}

static void limits_that_nobody_can_read_let_the_message_wait(void **state)
{
	struct vm_store store = { .status = VM_TEMPFAIL };
	struct vm_filter_plan plan;

	(void)state;
	assert_int_equal(make(&store, &all, &plan), VM_TEMPFAIL);
	assert_int_equal(store.reads, 1);
}

static void the_limits_of_the_domain_are_asked(void **state)
{
	struct vm_store store = { .limits = limits_of(VM_FLAG_NO_MAILDROP), .status = VM_OK };
	struct vm_filter_plan plan;

	(void)state;
	assert_int_equal(make(&store, &all, &plan), VM_OK);
	assert_false(vm_filter_runs(&plan.maildrop));
	assert_int_equal(plan.maildrop.access.rule, VM_ACCESS_DOMAIN_FLAG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_runs_that_no_setting_turns_on),
		cmocka_unit_test(everything_runs_that_no_flag_turns_off),
		cmocka_unit_test(each_flag_turns_off_its_filter_alone),
		cmocka_unit_test(spam_is_nobodys_to_delete_when_nobody_looked),
		cmocka_unit_test(maildrop_has_no_say_in_the_maildir_of_a_line),
		cmocka_unit_test(limits_are_read_only_when_a_switch_matters),
		cmocka_unit_test(limits_that_nobody_can_read_let_the_message_wait),
		cmocka_unit_test(the_limits_of_the_domain_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
