/* What every store promises about logins: the last one, and the log of all. */
#include <config.h>

#include "stand.h"

static void last_login_is_never_until_it_is_recorded(void **state)
{
	struct stand *const stand = *state;
	struct vm_account account = account_of("a");
	const struct vm_last_login login = { .when = 1700000000, .from = "2001:db8::7" };
	struct vm_last_login found;

	account.home = stand->dir;
	must(vm_store_login_get(stand->store, &account, &found, &stand->err), &stand->err);
	assert_int_equal(found.when, 0);
	must(vm_store_login_record(stand->store, &account, &login, NULL, &stand->err), &stand->err);
	must(vm_store_login_get(stand->store, &account, &found, &stand->err), &stand->err);
	assert_int_equal(found.when, login.when);
	assert_string_equal(found.from, login.from);
}

/* An event of a login at `when`. */
static struct vm_log_event event_of(const char *logon, time_t when)
{
	return (struct vm_log_event){ .user = "a",
				      .domain = DOMAIN,
				      .logon = logon,
				      .remote_ip = "2001:db8::7",
				      .message = "password fail",
				      .when = when,
				      .kind = 3 };
}

static void write_event(struct stand *stand, const char *logon, time_t when)
{
	const struct vm_log_event event = event_of(logon, when);

	must(vm_store_log_write(stand->store, &event, &stand->err), &stand->err);
}

static struct vm_log_list newest_events(struct stand *stand, uint64_t before, size_t limit)
{
	struct vm_log_list list;

	must(vm_store_log_list(stand->store, before, limit, &stand->arena, &list, &stand->err),
	     &stand->err);
	return list;
}

static void log_is_read_from_its_end(void **state)
{
	struct stand *const stand = *state;
	struct vm_log_list list = newest_events(stand, VM_LOG_NEWEST, 5);

	assert_true(list.count == 0 && !list.more);
	write_event(stand, "first", 100);
	write_event(stand, "second", 300);
	write_event(stand, "third", 200);
	list = newest_events(stand, VM_LOG_NEWEST, 2);
	assert_true(list.count == 2 && list.more);
	assert_string_equal(list.items[0].event.logon, "third");
	assert_string_equal(list.items[1].event.logon, "second");
	list = newest_events(stand, list.items[1].number, 2);
	assert_true(list.count == 1 && !list.more);
	assert_string_equal(list.items[0].event.logon, "first");
	assert_string_equal(list.items[0].event.user, "a");
	assert_string_equal(list.items[0].event.domain, DOMAIN);
	assert_string_equal(list.items[0].event.remote_ip, "2001:db8::7");
	assert_string_equal(list.items[0].event.message, "password fail");
	assert_true(list.items[0].event.when == 100 && list.items[0].event.kind == 3);
}

static void log_is_purged_by_age(void **state)
{
	struct stand *const stand = *state;
	uint64_t removed = 0;

	for (int i = 0; i < 1050; i++)
		write_event(stand, "old", 100 + i % 7);
	write_event(stand, "young", 107);
	must(vm_store_log_purge(stand->store, 107, &removed, &stand->err), &stand->err);
	assert_int_equal(removed, 1050);
	assert_int_equal(newest_events(stand, VM_LOG_NEWEST, 5).count, 1);
	must(vm_store_log_purge(stand->store, 107, &removed, &stand->err), &stand->err);
	assert_int_equal(removed, 0);
}

static void what_a_stranger_typed_is_logged_whatever_it_is(void **state)
{
	struct stand *const stand = *state;
	char name[600];

	memset(name, 'x', sizeof name - 1);
	memcpy(name, "\xf0\x9f\x98\xff\'; --\n", 11);
	name[sizeof name - 1] = '\0';
	write_event(stand, name, 100);
	assert_int_equal(newest_events(stand, VM_LOG_NEWEST, 5).count, 1);
}

static void login_and_its_event_are_noted_at_once(void **state)
{
	struct stand *const stand = *state;
	struct vm_account account = account_of("a");
	const struct vm_last_login login = { .when = 1700000000, .from = "2001:db8::7" };
	const struct vm_log_event event = event_of("a@" DOMAIN, login.when);
	struct vm_last_login found;

	for (int i = 1; i <= 2; i++) {
		must(vm_store_login_record(stand->store, &account, &login, &event, &stand->err),
		     &stand->err);
		must(vm_store_login_get(stand->store, &account, &found, &stand->err), &stand->err);
		assert_int_equal(found.when, login.when);
		assert_int_equal(newest_events(stand, VM_LOG_NEWEST, 5).count, i);
	}
}

static void store_without_a_log_says_so(void **state)
{
	struct stand *const stand = *state;
	struct vm_log_list list;
	uint64_t removed = 1;

	write_event(stand, "kept nowhere", 100);
	assert_int_equal(vm_store_log_list(stand->store, VM_LOG_NEWEST, 5, &stand->arena, &list,
					   &stand->err),
			 VM_UNSUPPORTED);
	assert_int_equal(vm_store_log_purge(stand->store, 1, &removed, &stand->err),
			 VM_UNSUPPORTED);
	assert_int_equal(removed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_STAND(last_login_is_never_until_it_is_recorded),
	};
	const struct CMUnitTest logged[] = {
		AT_STAND(log_is_read_from_its_end),
		AT_STAND(log_is_purged_by_age),
		AT_STAND(what_a_stranger_typed_is_logged_whatever_it_is),
		AT_STAND(login_and_its_event_are_noted_at_once),
	};
	const struct CMUnitTest not_logged[] = {
		AT_STAND(store_without_a_log_says_so),
	};
	int failures = 0;

	RUN_FOR_EACH_MODULE(tests, failures);
	RUN_FOR_MODULES(candidate->module->log != NULL, logged, failures);
	RUN_FOR_MODULES(candidate->module->log == NULL, not_logged, failures);
	return failures;
}
