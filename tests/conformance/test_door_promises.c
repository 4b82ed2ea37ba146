/* What store.h promises, whatever module is behind it: names made real, values checked, a maybe never a no. */
#include <config.h>

#include "stand.h"

static enum vm_status door_insert(struct stand *stand, const char *user, const char *domain,
				  int64_t limit)
{
	struct vm_account account = account_of(user);

	account.domain = domain;
	return vm_store_account_insert(stand->store, &account, limit, &stand->err);
}

static void alias_domain_reaches_the_accounts_of_the_real_one(void **state)
{
	struct stand *const stand = *state;
	const struct vm_name name = { "a", ALIAS };
	const struct vm_page page = { "", 10 };
	struct vm_account found;
	struct vm_account_list list;
	uint64_t count = 0;

	must(door_insert(stand, "a", ALIAS, -1), &stand->err);
	assert_int_equal(door_insert(stand, "a", DOMAIN, -1), VM_EXISTS);
	must(vm_store_account_get(stand->store, name, &stand->arena, &found, &stand->err),
	     &stand->err);
	assert_string_equal(found.domain, DOMAIN);
	found.domain = ALIAS;
	found.comment = "changed";
	must(vm_store_account_update(stand->store, &found, NULL, &stand->err), &stand->err);
	must(stand_get(stand, "a", &found), &stand->err);
	assert_string_equal(found.comment, "changed");
	must(vm_store_account_list(stand->store, ALIAS, page, &stand->arena, &list, &stand->err),
	     &stand->err);
	assert_int_equal(list.count, 1);
	must(vm_store_account_count(stand->store, ALIAS, &count, &stand->err), &stand->err);
	assert_int_equal(count, 1);
	must(vm_store_account_remove(stand->store, name, &stand->err), &stand->err);
	assert_int_equal(stand_get(stand, "a", &found), VM_NOT_FOUND);
}

static void alias_is_one_however_often_it_is_asked_for(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain domain;

	for (int i = 0; i < 3; i++) {
		must(vm_store_domain_get(stand->store, ALIAS, &stand->arena, &domain, &stand->err),
		     &stand->err);
		assert_true(domain.is_alias);
		assert_string_equal(domain.name, DOMAIN);
	}
	for (int i = 0; i < 2; i++) {
		must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
		     &stand->err);
		assert_false(domain.is_alias);
	}
}

static void unit_on_an_alias_is_one_on_the_real_domain(void **state)
{
	struct stand *const stand = *state;

	must(vm_store_begin(stand->store, ALIAS, &stand->err), &stand->err);
	must(door_insert(stand, "a", DOMAIN, -1), &stand->err);
	must(door_insert(stand, "b", ALIAS, 2), &stand->err);
	assert_int_equal(door_insert(stand, "c", ALIAS, 2), VM_LIMIT);
	must(vm_store_commit(stand->store, &stand->err), &stand->err);
	assert_int_equal(stand_count(stand), 2);
	vm_store_rollback(stand->store); /* harmless */
	assert_int_equal(stand_count(stand), 2);
}

static void many_accounts_are_added_all_or_none(void **state)
{
	struct stand *const stand = *state;
	struct vm_account accounts[VM_ACCOUNTS_MANY];
	char names[VM_ACCOUNTS_MANY][8];

	if (!vm_store_inserts_many(stand->store)) {
		assert_int_equal(vm_store_account_insert_many(stand->store, accounts, &stand->err),
				 VM_UNSUPPORTED);
		return;
	}
	for (size_t i = 0; i < VM_ACCOUNTS_MANY; i++) {
		snprintf(names[i], sizeof names[i], "many%zu", i);
		accounts[i] = account_of(names[i]);
	}
	must(door_insert(stand, "many9", DOMAIN, -1), &stand->err);
	must(vm_store_begin(stand->store, DOMAIN, &stand->err), &stand->err);
	assert_int_equal(vm_store_account_insert_many(stand->store, accounts, &stand->err),
			 VM_EXISTS);
	must(door_insert(stand, "between", DOMAIN, -1), &stand->err); /* the unit goes on */
	accounts[9].user = "many8";
	assert_int_equal(vm_store_account_insert_many(stand->store, accounts, &stand->err),
			 VM_EXISTS);
	accounts[9].user = "nine";
	must(vm_store_account_insert_many(stand->store, accounts, &stand->err), &stand->err);
	must(vm_store_commit(stand->store, &stand->err), &stand->err);
	assert_int_equal(stand_count(stand), VM_ACCOUNTS_MANY + 2);
	assert_int_equal(vm_store_account_insert_many(stand->store, accounts, &stand->err),
			 VM_INTERNAL); /* outside a unit */
}

static void limit_of_accounts_is_exact(void **state)
{
	struct stand *const stand = *state;

	assert_int_equal(door_insert(stand, "a", DOMAIN, 0), VM_LIMIT);
	must(door_insert(stand, "a", DOMAIN, 2), &stand->err);
	must(door_insert(stand, "b", DOMAIN, 2), &stand->err);
	assert_int_equal(door_insert(stand, "c", DOMAIN, 2), VM_LIMIT);
	assert_int_equal(stand_count(stand), 2);
	must(door_insert(stand, "c", DOMAIN, 3), &stand->err);
}

/* A text of `length` letters that begins with `first`, in the stand's arena. */
static const char *text_of(struct stand *stand, char first, size_t length)
{
	char *const text = vm_arena_alloc(&stand->arena, length + 1);

	assert_non_null(text);
	memset(text, 'x', length);
	text[0] = first;
	return text;
}

static void values_beyond_their_maximum_are_refused(void **state)
{
	static const size_t excess[] = { 1, 64 * 1024, 16 * 1024 * 1024 };
	struct stand *const stand = *state;

	for (size_t i = 0; i < sizeof excess / sizeof *excess; i++) {
		struct vm_account accounts[5];

		for (size_t j = 0; j < 5; j++)
			accounts[j] = account_of("a");
		accounts[0].hash = text_of(stand, '$', VM_HASH_MAX + excess[i]);
		accounts[1].comment = text_of(stand, 'c', VM_COMMENT_MAX + excess[i]);
		accounts[2].home = text_of(stand, '/', VM_PATH_MAX + excess[i]);
		accounts[3].quota = text_of(stand, '1', VM_QUOTA_MAX + excess[i]);
		accounts[4].clear = text_of(stand, 'p', VM_CLEAR_MAX + excess[i]);
		for (size_t j = 0; j < 5; j++)
			assert_int_equal(vm_store_account_insert(stand->store, &accounts[j], -1,
								 &stand->err),
					 VM_INVALID);
	}
	assert_int_equal(stand_count(stand), 0);
}

static void control_bytes_are_refused(void **state)
{
	static const char *const bad[] = { "line\nfeed", "return\r", "bell\a", "esc\033[0m" };
	struct stand *const stand = *state;
	struct vm_account account = account_of("a");

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		account.comment = bad[i];
		assert_int_equal(vm_store_account_insert(stand->store, &account, -1, &stand->err),
				 VM_INVALID);
	}
	account.comment = "a:b";
	assert_int_equal(vm_store_account_insert(stand->store, &account, -1, &stand->err),
			 VM_INVALID);
	assert_int_equal(stand_count(stand), 0);
}

static void aliases_keep_their_lines_in_order(void **state)
{
	static const char *const lines[] = { "&b@example.com", "|program 'x' \"y\"", "/box/",
					     "#n" };
	struct stand *const stand = *state;
	struct vm_alias_list list;

	for (size_t i = 0; i < 4; i++) {
		const struct vm_alias alias = { "first.last", ALIAS, lines[i] };

		must(vm_store_alias_insert(stand->store, &alias, &stand->err), &stand->err);
		assert_int_equal(vm_store_alias_insert(stand->store, &alias, &stand->err),
				 VM_EXISTS);
	}
	must(vm_store_alias_get(stand->store, name_of("first.last"), &stand->arena, &list,
				&stand->err),
	     &stand->err);
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(list.items[i].line, lines[i]);
	must(vm_store_alias_remove(stand->store, name_of("first.last"), lines[1], &stand->err),
	     &stand->err);
	assert_int_equal(vm_store_alias_remove(stand->store, name_of("first.last"), lines[1],
					       &stand->err),
			 VM_NOT_FOUND);
	must(vm_store_alias_remove(stand->store, name_of("first.last"), NULL, &stand->err),
	     &stand->err);
	assert_int_equal(vm_store_alias_get(stand->store, name_of("first.last"), &stand->arena,
					    &list, &stand->err),
			 VM_NOT_FOUND);
}

static void pages_of_aliases_never_part_one(void **state)
{
	static const char *const names[] = { "a", "a-b", "a.b", "b" };
	struct stand *const stand = *state;

	for (size_t i = 0; i < 12; i++) {
		struct vm_alias alias = { names[i % 4], DOMAIN, "&0@x.example" };
		char line[] = "&0@x.example";

		line[1] = (char)('0' + i / 4);
		alias.line = line;
		must(vm_store_alias_insert(stand->store, &alias, &stand->err), &stand->err);
	}
	for (size_t limit = 1; limit < 14; limit++) {
		struct vm_page page = { "", limit };
		size_t seen = 0;
		bool more = true;

		while (more) {
			struct vm_alias_list list;

			must(vm_store_alias_list(stand->store, DOMAIN, page, &stand->arena, &list,
						 &stand->err),
			     &stand->err);
			assert_int_equal(list.count % 3, 0);
			for (size_t i = 0; i < list.count; i++, seen++)
				assert_string_equal(list.items[i].user, names[seen / 3]);
			more = list.more;
			if (more)
				page.after = list.items[list.count - 1].user;
		}
		assert_int_equal(seen, 12);
	}
}

static void limits_are_defaults_until_they_are_put(void **state)
{
	struct stand *const stand = *state;
	struct vm_limits limits, found;

	must(vm_store_limits_get(stand->store, DOMAIN, &found, &stand->err), &stand->err);
	assert_int_equal(found.max_accounts, -1);
	limits = found;
	limits.max_accounts = 7;
	limits.disk_quota_mb = 5000000000;
	limits.perm_alias = VM_DENY_DELETE;
	limits.disabled = VM_FLAG_NO_POP;
	must(vm_store_limits_put(stand->store, ALIAS, &limits, &stand->err), &stand->err);
	must(vm_store_limits_get(stand->store, DOMAIN, &found, &stand->err), &stand->err);
	assert_int_equal(found.max_accounts, 7);
	assert_int_equal(found.disk_quota_mb, 5000000000);
	assert_int_equal(found.perm_alias, VM_DENY_DELETE);
	assert_int_equal(found.disabled, VM_FLAG_NO_POP);
	must(vm_store_limits_remove(stand->store, DOMAIN, &stand->err), &stand->err);
	must(vm_store_limits_get(stand->store, DOMAIN, &found, &stand->err), &stand->err);
	assert_int_equal(found.max_accounts, -1);
}

static void address_map_is_changed_listed_and_emptied(void **state)
{
	struct stand *const stand = *state;
	struct vm_ip_map map = { "192.0.2.1", DOMAIN };
	const struct vm_ip_map six = { "2001:db8::1", DOMAIN }, junk = { "192.0.2", DOMAIN };
	const struct vm_page page = { "", 1 }, rest = { "192.0.2.1", 5 };
	struct vm_ip_map_list list;

	assert_int_equal(vm_store_ip_map_get(stand->store, map.ip, &map, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(vm_store_ip_map_put(stand->store, &junk, &stand->err), VM_INVALID);
	map = (struct vm_ip_map){ "192.0.2.1", DOMAIN };
	must(vm_store_ip_map_put(stand->store, &six, &stand->err), &stand->err);
	must(vm_store_ip_map_put(stand->store, &map, &stand->err), &stand->err);
	memcpy(map.domain, OTHER, sizeof OTHER);
	must(vm_store_ip_map_put(stand->store, &map, &stand->err), &stand->err);
	must(vm_store_ip_map_list(stand->store, page, &stand->arena, &list, &stand->err),
	     &stand->err);
	assert_int_equal(list.count, 1);
	assert_true(list.more);
	assert_string_equal(list.items[0].domain, OTHER);
	must(vm_store_ip_map_list(stand->store, rest, &stand->arena, &list, &stand->err),
	     &stand->err);
	assert_int_equal(list.count, 1);
	assert_false(list.more);
	assert_string_equal(list.items[0].ip, six.ip);
	must(vm_store_ip_map_remove(stand->store, six.ip, &stand->err), &stand->err);
	assert_int_equal(vm_store_ip_map_remove(stand->store, six.ip, &stand->err), VM_NOT_FOUND);
}

struct windows {
	size_t count, stop_at;
	struct vm_relay seen[4];
};

static enum vm_status see_window(void *context, const struct vm_relay *relay)
{
	struct windows *const windows = context;

	assert_true(windows->count < 4);
	windows->seen[windows->count++] = *relay;
	return windows->count == windows->stop_at ? VM_LIMIT : VM_OK;
}

/* The time of an address's window; 0 when it has none. */
static time_t window_of(struct stand *stand, const char *ip)
{
	struct windows windows = { 0 };

	must(vm_store_relay_each(stand->store, see_window, &windows, &stand->err), &stand->err);
	for (size_t i = 0; i < windows.count; i++)
		if (strcmp(windows.seen[i].ip, ip) == 0)
			return windows.seen[i].since;
	return 0;
}

static bool open_window(struct stand *stand, const char *ip, time_t since)
{
	struct vm_relay relay = { .since = since };
	bool is_new = false;

	memcpy(relay.ip, ip, strlen(ip) + 1);
	must(vm_store_relay_open(stand->store, &relay, &is_new, &stand->err), &stand->err);
	return is_new;
}

static void relay_window_opens_once_and_keeps_the_latest_time(void **state)
{
	struct stand *const stand = *state;

	assert_true(open_window(stand, "192.0.2.1", 1700000000));
	assert_true(open_window(stand, "192.0.2.11", 1700000001));
	assert_false(open_window(stand, "192.0.2.1", 1700000100));
	assert_int_equal(window_of(stand, "192.0.2.1"), 1700000100);
	assert_false(open_window(stand, "192.0.2.1", 1700000050));
	assert_int_equal(window_of(stand, "192.0.2.1"), 1700000100);
	assert_int_equal(window_of(stand, "192.0.2.11"), 1700000001);
}

static void relay_window_is_one_however_its_address_is_written(void **state)
{
	static const char *const bad[] = { "", "192.0.2", "example.net", "192.0.2.1 ", "1:2" };
	struct stand *const stand = *state;

	assert_true(open_window(stand, "2001:DB8:0::1", 1700000000));
	assert_false(open_window(stand, "2001:db8::1", 1700000001));
	assert_int_equal(window_of(stand, "2001:db8::1"), 1700000001);
	assert_true(open_window(stand, "::ffff:192.0.2.5", 1700000000));
	assert_false(open_window(stand, "192.0.2.5", 1700000001));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct vm_relay relay = { .since = 1 };
		bool is_new = false;

		memcpy(relay.ip, bad[i], strlen(bad[i]) + 1);
		assert_int_equal(vm_store_relay_open(stand->store, &relay, &is_new, &stand->err),
				 VM_INVALID);
		assert_string_equal(stand->err.field, "ip");
	}
}

static void relay_windows_expire_by_age(void **state)
{
	struct stand *const stand = *state;
	uint64_t removed = 9;

	must(vm_store_relay_expire(stand->store, 1700000000, &removed, &stand->err), &stand->err);
	assert_int_equal(removed, 0);
	open_window(stand, "192.0.2.1", 1700000000);
	open_window(stand, "192.0.2.2", 1700000001);
	open_window(stand, "192.0.2.3", 1700000002);
	must(vm_store_relay_expire(stand->store, 1700000001, &removed, &stand->err), &stand->err);
	assert_int_equal(removed, 1);
	assert_int_equal(window_of(stand, "192.0.2.1"), 0);
	assert_int_equal(window_of(stand, "192.0.2.2"), 1700000001);
	assert_true(open_window(stand, "192.0.2.1", 1700000003));
}

static void walk_over_relay_windows_stops_when_told(void **state)
{
	struct stand *const stand = *state;
	struct windows windows = { .stop_at = 1 };

	open_window(stand, "192.0.2.1", 1700000000);
	open_window(stand, "192.0.2.2", 1700000001);
	assert_int_equal(vm_store_relay_each(stand->store, see_window, &windows, &stand->err),
			 VM_LIMIT);
	assert_int_equal(windows.count, 1);
}

static void usage_of_a_domain_moves_by_what_is_added(void **state)
{
	struct stand *const stand = *state;
	const struct vm_name name = { "", DOMAIN };
	const struct vm_usage counted = { 1000, 10 };
	struct vm_domain domain;
	struct vm_usage found;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	must(vm_store_usage_set(stand->store, &domain, name, &counted, &stand->err), &stand->err);
	must(vm_store_usage_add(stand->store, &domain, name, 500, 1, &stand->err), &stand->err);
	must(vm_store_usage_add(stand->store, &domain, name, -200, -2, &stand->err), &stand->err);
	must(vm_store_usage_get(stand->store, &domain, name, &found, &stand->err), &stand->err);
	assert_int_equal(found.bytes, 1300);
	assert_int_equal(found.messages, 9);
	must(vm_store_usage_add(stand->store, &domain, name, -9999, -99, &stand->err), &stand->err);
	must(vm_store_usage_get(stand->store, &domain, name, &found, &stand->err), &stand->err);
	assert_int_equal(found.bytes, 0);
	assert_int_equal(found.messages, 0);
}

static void adding_begins_no_counter(void **state)
{
	struct stand *const stand = *state;
	const struct vm_name name = { "", DOMAIN };
	struct vm_domain domain;
	struct vm_usage found;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	must(vm_store_usage_forget(stand->store, &domain, &stand->err), &stand->err);
	must(vm_store_usage_forget(stand->store, &domain, &stand->err), &stand->err);
	assert_int_equal(vm_store_usage_add(stand->store, &domain, name, 500, 1, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(vm_store_usage_get(stand->store, &domain, name, &found, &stand->err),
			 VM_NOT_FOUND);
}

static void assert_usage(struct stand *stand, const char *user, uint64_t bytes, uint64_t messages)
{
	struct vm_domain domain;
	struct vm_usage found;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	must(vm_store_usage_get(stand->store, &domain, (struct vm_name){ user, DOMAIN }, &found,
				&stand->err),
	     &stand->err);
	assert_int_equal(found.bytes, bytes);
	assert_int_equal(found.messages, messages);
}

static void usage_of_accounts_adds_up_to_that_of_their_domain(void **state)
{
	struct stand *const stand = *state;
	const struct vm_usage counted = { 300, 2 };
	struct vm_domain domain;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	must(stand_insert(stand, "a"), &stand->err);
	must(stand_insert(stand, "b"), &stand->err);
	assert_usage(stand, "a", 0, 0);
	must(vm_store_usage_add(stand->store, &domain, name_of("a"), 500, 1, &stand->err),
	     &stand->err);
	must(vm_store_usage_add(stand->store, &domain, name_of("b"), 70, 1, &stand->err),
	     &stand->err);
	assert_usage(stand, "a", 500, 1);
	assert_usage(stand, "", 570, 2);
	must(vm_store_usage_set(stand->store, &domain, name_of("a"), &counted, &stand->err),
	     &stand->err);
	assert_usage(stand, "", 370, 3);
	must(OPS(accounts)->remove(stand->backend, name_of("a"), &stand->err), &stand->err);
	assert_usage(stand, "", 70, 1);
	assert_int_equal(vm_store_usage_add(stand->store, &domain, name_of("a"), 1, 1, &stand->err),
			 VM_NOT_FOUND);
	assert_usage(stand, "", 70, 1);
}

static void limits_may_be_removed_twice(void **state)
{
	struct stand *const stand = *state;

	must(vm_store_limits_remove(stand->store, DOMAIN, &stand->err), &stand->err);
	must(vm_store_limits_remove(stand->store, DOMAIN, &stand->err), &stand->err);
	assert_int_equal(vm_store_limits_remove(stand->store, "none.example", &stand->err),
			 VM_NOT_FOUND);
}

static void folder_of_the_hundredth_account_is_a_new_one(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain domain;
	struct vm_dir_control dirs;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	for (int i = 0; i < 101; i++)
		must(vm_store_dirs_change(stand->store, &domain, 1, &dirs, &stand->err),
		     &stand->err);
	assert_string_not_equal(dirs.path, "");
	must(vm_store_dirs_change(stand->store, &domain, -1, NULL, &stand->err), &stand->err);
	must(vm_store_dirs_get(stand->store, &domain, &dirs, &stand->err), &stand->err);
	assert_int_equal(dirs.count, 100);
}

static void places_of_many_accounts_are_taken_at_once(void **state)
{
	struct stand *const stand = *state;
	struct vm_domain domain;
	struct vm_dir_control first, after;

	must(vm_store_domain_get(stand->store, DOMAIN, &stand->arena, &domain, &stand->err),
	     &stand->err);
	must(vm_store_dirs_change(stand->store, &domain, 250, &first, &stand->err), &stand->err);
	assert_int_equal(first.count, 1);
	assert_string_equal(first.path, "");
	must(vm_store_dirs_get(stand->store, &domain, &after, &stand->err), &stand->err);
	assert_int_equal(after.count, 250);
	for (int i = 1; i < 250; i++)
		vm_dir_control_advance(&first);
	assert_string_equal(first.path, after.path);
	must(vm_store_dirs_change(stand->store, &domain, -50, NULL, &stand->err), &stand->err);
	must(vm_store_dirs_get(stand->store, &domain, &after, &stand->err), &stand->err);
	assert_int_equal(after.count, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_STAND(alias_domain_reaches_the_accounts_of_the_real_one),
		AT_STAND(alias_is_one_however_often_it_is_asked_for),
		AT_STAND(unit_on_an_alias_is_one_on_the_real_domain),
		AT_STAND(many_accounts_are_added_all_or_none),
		AT_STAND(limit_of_accounts_is_exact),
		AT_STAND(values_beyond_their_maximum_are_refused),
		AT_STAND(control_bytes_are_refused),
		AT_STAND(aliases_keep_their_lines_in_order),
		AT_STAND(pages_of_aliases_never_part_one),
		AT_STAND(limits_are_defaults_until_they_are_put),
		AT_STAND(address_map_is_changed_listed_and_emptied),
		AT_STAND(relay_window_opens_once_and_keeps_the_latest_time),
		AT_STAND(relay_window_is_one_however_its_address_is_written),
		AT_STAND(relay_windows_expire_by_age),
		AT_STAND(walk_over_relay_windows_stops_when_told),
		AT_STAND(usage_of_a_domain_moves_by_what_is_added),
		AT_STAND(adding_begins_no_counter),
		AT_STAND(limits_may_be_removed_twice),
		AT_STAND(folder_of_the_hundredth_account_is_a_new_one),
		AT_STAND(places_of_many_accounts_are_taken_at_once),
	};
	const struct CMUnitTest counted[] = {
		AT_STAND(usage_of_accounts_adds_up_to_that_of_their_domain),
	};
	int failures = 0;

	RUN_FOR_EACH_MODULE(tests, failures);
	RUN_FOR_MODULES(candidate->module->usage != NULL, counted, failures);
	return failures;
}
