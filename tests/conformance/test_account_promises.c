/* What auth_module.h promises about accounts and units of work, asked of every module. */
#include <config.h>

#include "stand.h"

#include <sys/wait.h>

static void get_of_missing_account_is_not_found(void **state)
{
	struct vm_account found;

	assert_int_equal(stand_get(*state, "nobody", &found), VM_NOT_FOUND);
	assert_int_equal(stand_insert(*state, "nobod"), VM_OK);
	assert_int_equal(stand_insert(*state, "nobodyelse"), VM_OK);
	assert_int_equal(stand_get(*state, "nobody", &found), VM_NOT_FOUND);
}

static void account_of_unknown_domain_is_not_found(void **state)
{
	struct stand *const stand = *state;
	const struct vm_name name = { "a", "unknown.example" };
	struct vm_account account = account_of("a"), found;
	struct vm_account_list list;
	const struct vm_page page = { "", 10 };
	uint64_t count = 0;

	account.domain = name.domain;
	assert_int_equal(OPS(accounts)->get(stand->backend, name, &stand->arena, &found,
					    &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->insert(stand->backend, &account, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->update(stand->backend, &account, NULL, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->remove(stand->backend, name, &stand->err), VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->list(stand->backend, name.domain, page, &stand->arena,
					     &list, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->count(stand->backend, name.domain, &count, &stand->err),
			 VM_NOT_FOUND);
}

static void second_insert_of_an_account_exists(void **state)
{
	struct stand *const stand = *state;
	struct vm_account account = account_of("a"), found;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	account.comment = "another";
	assert_int_equal(OPS(accounts)->insert(stand->second, &account, &stand->err), VM_EXISTS);
	must(stand_get(stand, "a", &found), &stand->err);
	assert_string_equal(found.comment, "somebody");
}

static void fields_come_back_as_they_were_stored(void **state)
{
	struct stand *const stand = *state;
	static char hash[VM_HASH_MAX + 1], comment[VM_COMMENT_MAX + 1], home[VM_PATH_MAX + 1];
	struct vm_account full = {
		.user = "u-v_w.x+y=z'#%n$!&",
		.domain = DOMAIN,
		.hash = hash,
		.kind = VM_ACCOUNT_APOP,
		.flags = 0xfffffff,
		.comment = comment,
		.home = home,
		.quota = "9223372036854775807S,999999999999C",
		.clear = "pass \"word' %s \\ \xc3\xa9 $(x)",
	};
	struct vm_account found;

	memset(hash, '$', VM_HASH_MAX);
	memset(comment, 'c', VM_COMMENT_MAX);
	memset(home, 'h', VM_PATH_MAX);
	home[0] = '/';
	must(OPS(accounts)->insert(stand->backend, &full, &stand->err), &stand->err);
	must(OPS(accounts)->get(stand->second, name_of(full.user), &stand->arena, &found,
				&stand->err),
	     &stand->err);
	assert_same_account(&found, &full);
	full.comment = "-x%d\xc3\xa4\"',;";
	full.hash = "";
	full.home = "";
	full.quota = "";
	full.clear = "";
	full.flags = 0;
	full.kind = VM_ACCOUNT_POP;
	must(OPS(accounts)->update(stand->second, &full, NULL, &stand->err), &stand->err);
	must(stand_get(stand, full.user, &found), &stand->err);
	assert_same_account(&found, &full);
}

static void update_of_missing_account_is_not_found(void **state)
{
	struct stand *const stand = *state;
	const struct vm_account account = account_of("a");

	assert_int_equal(OPS(accounts)->update(stand->backend, &account, NULL, &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->update(stand->backend, &account, &account, &stand->err),
			 VM_NOT_FOUND);
}

static void update_of_what_changed_meanwhile_is_refused(void **state)
{
	struct stand *const stand = *state;
	struct vm_account read, change, found;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	must(stand_get(stand, "a", &read), &stand->err);
	change = read;
	change.quota = "1000S";
	must(OPS(accounts)->update(stand->second, &change, &read, &stand->err), &stand->err);
	change = read;
	change.comment = "the second writer";
	assert_int_equal(OPS(accounts)->update(stand->backend, &change, &read, &stand->err),
			 VM_TEMPFAIL);
	must(stand_get(stand, "a", &found), &stand->err);
	assert_string_equal(found.quota, "1000S");
	assert_string_equal(found.comment, "somebody");
}

static void removed_account_is_gone_and_can_be_made_anew(void **state)
{
	struct stand *const stand = *state;
	struct vm_account account = account_of("a"), found;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	must(OPS(accounts)->remove(stand->second, name_of("a"), &stand->err), &stand->err);
	assert_int_equal(stand_get(stand, "a", &found), VM_NOT_FOUND);
	assert_int_equal(OPS(accounts)->remove(stand->backend, name_of("a"), &stand->err),
			 VM_NOT_FOUND);
	assert_int_equal(stand_count(stand), 0);
	account.comment = "made anew";
	must(OPS(accounts)->insert(stand->backend, &account, &stand->err), &stand->err);
	must(stand_get(stand, "a", &found), &stand->err);
	assert_string_equal(found.comment, "made anew");
	assert_int_equal(stand_count(stand), 1);
}

static void list_of_empty_domain_is_empty(void **state)
{
	struct stand *const stand = *state;
	struct vm_account_list list = { .count = 9, .more = true };
	const struct vm_page page = { "", 10 };

	must(OPS(accounts)->list(stand->backend, DOMAIN, page, &stand->arena, &list, &stand->err),
	     &stand->err);
	assert_int_equal(list.count, 0);
	assert_false(list.more);
	assert_int_equal(stand_count(stand), 0);
}

/* Reads the whole domain in pages and compares with the names, which are in byte order. */
static void read_in_pages(struct stand *stand, const char *const *names, size_t count, size_t limit)
{
	struct vm_page page = { "", limit };
	size_t seen = 0;
	bool more = true;

	while (more) {
		struct vm_account_list list;

		must(OPS(accounts)->list(stand->backend, DOMAIN, page, &stand->arena, &list,
					 &stand->err),
		     &stand->err);
		assert_true(list.count <= limit);
		assert_true(seen + list.count <= count);
		for (size_t i = 0; i < list.count; i++)
			assert_string_equal(list.items[i].user, names[seen + i]);
		seen += list.count;
		more = list.more;
		if (more)
			assert_true(list.count > 0);
		page.after = list.count > 0 ? list.items[list.count - 1].user : page.after;
	}
	assert_int_equal(seen, count);
}

static void pages_of_every_size_give_each_account_once(void **state)
{
	static const char *const names[] = { "!",   "#",  "+",  "-a", "0",   "00", "1",
					     "10",  "2",  "a",  "a!", "a+b", "a-", "a-b",
					     "a.b", "a0", "aa", "ab", "b",   "z",  "~" };
	const size_t count = sizeof names / sizeof *names;

	for (size_t i = 0; i < count; i++) /* 8 and 21 have no common divisor: all, out of order */
		assert_int_equal(stand_insert(*state, names[i * 8 % count]), VM_OK);
	for (size_t limit = 1; limit <= count + 2; limit++)
		read_in_pages(*state, names, count, limit);
}

static void page_goes_on_after_a_name_that_is_gone(void **state)
{
	struct stand *const stand = *state;
	struct vm_account_list list;
	const struct vm_page page = { "b", 10 };

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	assert_int_equal(stand_insert(stand, "b"), VM_OK);
	assert_int_equal(stand_insert(stand, "c"), VM_OK);
	must(OPS(accounts)->remove(stand->backend, name_of("b"), &stand->err), &stand->err);
	must(OPS(accounts)->list(stand->backend, DOMAIN, page, &stand->arena, &list, &stand->err),
	     &stand->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].user, "c");
}

static void domains_do_not_see_each_others_accounts(void **state)
{
	struct stand *const stand = *state;
	const struct vm_name name = { "a", OTHER };
	struct vm_account found;
	uint64_t count = 9;

	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	assert_int_equal(OPS(accounts)->get(stand->backend, name, &stand->arena, &found,
					    &stand->err),
			 VM_NOT_FOUND);
	must(OPS(accounts)->count(stand->backend, OTHER, &count, &stand->err), &stand->err);
	assert_int_equal(count, 0);
}

static void rolled_back_unit_leaves_nothing(void **state)
{
	struct stand *const stand = *state;
	struct vm_account found;

	assert_int_equal(stand_insert(stand, "before"), VM_OK);
	must(OPS(units)->begin(stand->backend, DOMAIN, &stand->err), &stand->err);
	assert_int_equal(stand_insert(stand, "within"), VM_OK);
	must(OPS(accounts)->remove(stand->backend, name_of("before"), &stand->err), &stand->err);
	OPS(units)->rollback(stand->backend);
	OPS(units)->rollback(stand->backend); /* harmless */
	assert_int_equal(stand_get(stand, "within", &found), VM_NOT_FOUND);
	assert_int_equal(stand_get(stand, "before", &found), VM_OK);
	assert_int_equal(stand_count(stand), 1);
}

static void unit_counts_what_it_has_done_and_commits_it(void **state)
{
	struct stand *const stand = *state;
	struct vm_account found;

	must(OPS(units)->begin(stand->backend, DOMAIN, &stand->err), &stand->err);
	assert_int_equal(stand_insert(stand, "a"), VM_OK);
	assert_int_equal(stand_insert(stand, "a"), VM_EXISTS);
	assert_int_equal(stand_insert(stand, "b"), VM_OK);
	must(OPS(accounts)->remove(stand->backend, name_of("a"), &stand->err), &stand->err);
	assert_int_equal(stand_count(stand), 1);
	must(OPS(units)->commit(stand->backend, &stand->err), &stand->err);
	must(OPS(accounts)->get(stand->second, name_of("b"), &stand->arena, &found, &stand->err),
	     &stand->err);
	assert_int_equal(stand_count(stand), 1);
}

static void unit_on_unknown_domain_is_not_found(void **state)
{
	struct stand *const stand = *state;

	assert_int_equal(OPS(units)->begin(stand->backend, "unknown.example", &stand->err),
			 VM_NOT_FOUND);
	must(OPS(units)->begin(stand->backend, DOMAIN, &stand->err), &stand->err);
	OPS(units)->rollback(stand->backend);
}

/* In a child with a connection of its own: how many of its adds answered VM_OK, 255 for any other surprise. */
static int add_many(struct stand *stand, const char *prefix, unsigned int count, int64_t limit)
{
	struct vm_store *store = NULL;
	unsigned int added = 0;

	if (vm_store_open_with(candidate->module, &stand->config, true, &store, &stand->err) !=
	    VM_OK)
		return 255;
	for (unsigned int i = 0; i < count; i++) {
		char user[32];
		const struct vm_account account = account_of(user);
		enum vm_status status = VM_INTERNAL;

		(void)snprintf(user, sizeof user, "%s%u", prefix, i);
		status = vm_store_account_insert(store, &account, limit, &stand->err);
		added += status == VM_OK;
		if (status != VM_OK && status != VM_EXISTS && status != VM_LIMIT)
			return 255;
	}
	vm_store_close(&store);
	return (int)added;
}

/* Four writers at once; the sum of what they added. */
static unsigned int add_in_parallel(struct stand *stand, bool same_names, unsigned int count,
				    int64_t limit)
{
	static const char *const prefixes[] = { "a", "b", "c", "d" };
	pid_t children[4];
	unsigned int sum = 0;

	for (size_t i = 0; i < 4; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(add_many(stand, prefixes[same_names ? 0 : i], count, limit));
	}
	for (size_t i = 0; i < 4; i++) {
		int how = 0;

		assert_int_equal(waitpid(children[i], &how, 0), children[i]);
		assert_true(WIFEXITED(how) && WEXITSTATUS(how) != 255);
		sum += (unsigned int)WEXITSTATUS(how);
	}
	return sum;
}

static void parallel_writers_lose_no_account(void **state)
{
	assert_int_equal(add_in_parallel(*state, false, 25, -1), 100);
	assert_int_equal(stand_count(*state), 100);
}

static void of_parallel_inserts_of_one_account_one_wins(void **state)
{
	assert_int_equal(add_in_parallel(*state, true, 25, -1), 25);
	assert_int_equal(stand_count(*state), 25);
}

static void limit_is_exact_under_parallel_adders(void **state)
{
	assert_int_equal(add_in_parallel(*state, false, 25, 37), 37);
	assert_int_equal(stand_count(*state), 37);
}

static void big_domain_is_listed_whole(void **state)
{
	struct stand *const stand = *state;
	enum { MANY = 20000 };
	struct vm_page page = { "", 777 };
	size_t seen = 0;
	bool more = true;

	must(OPS(units)->begin(stand->backend, DOMAIN, &stand->err), &stand->err);
	for (unsigned int i = 0; i < MANY; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "user%05u", i * 7919 % MANY);
		assert_int_equal(stand_insert(stand, user), VM_OK);
	}
	must(OPS(units)->commit(stand->backend, &stand->err), &stand->err);
	assert_int_equal(stand_count(stand), MANY);
	while (more) {
		struct vm_account_list list;

		must(OPS(accounts)->list(stand->second, DOMAIN, page, &stand->arena, &list,
					 &stand->err),
		     &stand->err);
		for (size_t i = 0; i < list.count; i++, seen++) {
			char user[32];

			(void)snprintf(user, sizeof user, "user%05zu", seen);
			assert_string_equal(list.items[i].user, user);
		}
		more = list.more;
		page.after = list.items[list.count - 1].user;
	}
	assert_int_equal(seen, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_STAND(get_of_missing_account_is_not_found),
		AT_STAND(account_of_unknown_domain_is_not_found),
		AT_STAND(second_insert_of_an_account_exists),
		AT_STAND(fields_come_back_as_they_were_stored),
		AT_STAND(update_of_missing_account_is_not_found),
		AT_STAND(update_of_what_changed_meanwhile_is_refused),
		AT_STAND(removed_account_is_gone_and_can_be_made_anew),
		AT_STAND(list_of_empty_domain_is_empty),
		AT_STAND(pages_of_every_size_give_each_account_once),
		AT_STAND(page_goes_on_after_a_name_that_is_gone),
		AT_STAND(domains_do_not_see_each_others_accounts),
		AT_STAND(rolled_back_unit_leaves_nothing),
		AT_STAND(unit_counts_what_it_has_done_and_commits_it),
		AT_STAND(unit_on_unknown_domain_is_not_found),
		AT_STAND(big_domain_is_listed_whole),
	};
	const struct CMUnitTest shared[] = {
		AT_STAND(parallel_writers_lose_no_account),
		AT_STAND(of_parallel_inserts_of_one_account_one_wins),
		AT_STAND(limit_is_exact_under_parallel_adders),
	};
	int failures = 0;

	RUN_FOR_EACH_MODULE(tests, failures);
	RUN_FOR_MODULES(candidate->is_shared, shared, failures);
	return failures;
}
