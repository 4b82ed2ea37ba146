/* Tests of the cdb module's accounts: what every store promises, and the files that old programs read. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cdb_site.h"
#include "util/cdb_file.h"

static void get_of_missing_account_is_not_found(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;

	assert_int_equal(site_get(site, "nobody", &err), VM_NOT_FOUND);
}

static void an_inserted_account_comes_back_whole(void **state)
{
	struct cdb_site *const site = *state;
	const struct vm_account account = {
		.user = "bob",
		.domain = SITE_DOMAIN,
		.hash = "$6$salt$hash",
		.kind = VM_ACCOUNT_APOP,
		.flags = 0x81002,
		.comment = "Bob",
		.home = "/v/example.com/bob",
		.quota = "10S,5C",
		.clear = "se:cr:et",
	};
	struct vm_account found;
	struct vm_error err;

	assert_int_equal(vm_cdb_module.accounts->insert(site->backend, &account, &err), VM_OK);
	assert_int_equal(vm_cdb_module.accounts->get(site->backend,
						     (struct vm_name){ "bob", SITE_DOMAIN },
						     &site->arena, &found, &err),
			 VM_OK);
	assert_string_equal(found.user, "bob");
	assert_string_equal(found.domain, SITE_DOMAIN);
	assert_string_equal(found.hash, "$6$salt$hash");
	assert_int_equal(found.kind, VM_ACCOUNT_APOP);
	assert_int_equal(found.flags, 0x81002);
	assert_string_equal(found.comment, "Bob");
	assert_string_equal(found.home, "/v/example.com/bob");
	assert_string_equal(found.quota, "10S,5C");
	assert_string_equal(found.clear, "se:cr:et");
}

static void a_second_insert_of_a_name_exists(void **state)
{
	struct cdb_site *const site = *state;

	assert_int_equal(site_insert(site, "bob", "one"), VM_OK);
	assert_int_equal(site_insert(site, "bob", "two"), VM_EXISTS);
	assert_string_equal(site_comment(site, "bob"), "one");
}

static void an_update_with_a_stale_expectation_is_refused(void **state)
{
	struct cdb_site *const site = *state;
	const struct vm_account old = site_account("bob", "one"),
				new = site_account("bob", "three");
	struct vm_error err;

	assert_int_equal(site_insert(site, "bob", "one"), VM_OK);
	assert_int_equal(site_update(site, "bob", "two"), VM_OK);
	assert_int_equal(vm_cdb_module.accounts->update(site->backend, &new, &old, &err),
			 VM_TEMPFAIL);
	assert_string_equal(site_comment(site, "bob"), "two");
}

static void update_and_remove_of_a_missing_account_are_not_found(void **state)
{
	struct cdb_site *const site = *state;

	assert_int_equal(site_update(site, "bob", "x"), VM_NOT_FOUND);
	assert_int_equal(site_delete(site, "bob"), VM_NOT_FOUND);
}

static void a_removed_account_is_gone_and_can_come_again(void **state)
{
	struct cdb_site *const site = *state;

	assert_int_equal(site_insert(site, "bob", "one"), VM_OK);
	assert_int_equal(site_delete(site, "bob"), VM_OK);
	assert_null(site_comment(site, "bob"));
	assert_int_equal(site_count(site), 0);
	assert_int_equal(site_insert(site, "bob", "two"), VM_OK);
	assert_string_equal(site_comment(site, "bob"), "two");
	assert_int_equal(site_count(site), 1);
}

static void accounts_of_an_unknown_domain_are_not_found(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_account account = site_account("bob", "x");
	uint64_t count = 0;
	struct vm_error err;

	account.domain = "other.example";
	assert_int_equal(vm_cdb_module.accounts->insert(site->backend, &account, &err),
			 VM_NOT_FOUND);
	assert_int_equal(vm_cdb_module.accounts->count(site->backend, "other.example", &count,
						       &err),
			 VM_NOT_FOUND);
}

static void a_missing_folder_of_a_domain_is_later(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	char moved[128];

	(void)snprintf(moved, sizeof moved, "%s.moved", site->dir);
	assert_int_equal(rename(site->dir, moved), 0);
	assert_int_equal(site_get(site, "bob", &err), VM_TEMPFAIL);
	assert_int_equal(rename(moved, site->dir), 0);
}

static void the_files_of_a_small_domain_are_those_of_5_4_at_once(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_cdb cdb;
	struct vm_error err;
	char *data = NULL, *text = NULL;
	size_t length = 0;

	assert_int_equal(site_insert(site, "bob", "Bob"), VM_OK);
	assert_int_equal(site_insert(site, "alice", "Alice"), VM_OK);
	text = site_read(site, "vpasswd", NULL);
	assert_string_equal(text, "alice:$1$abcdefgh$0123456789012345678901:1:0:Alice::NOQUOTA\n"
				  "bob:$1$abcdefgh$0123456789012345678901:1:0:Bob::NOQUOTA\n");
	free(text);
	assert_int_equal(vm_cdb_open(&cdb, site->folder, "vpasswd.cdb", &err), VM_OK);
	assert_int_equal(vm_cdb_get(&cdb, "bob", 3, &site->arena, &data, &length, &err), VM_OK);
	assert_string_equal(data, "$1$abcdefgh$0123456789012345678901:1:0:Bob::NOQUOTA");
	vm_cdb_close(&cdb);
	assert_int_equal(site_size(site, ".vpasswd.journal"), -1);
	assert_int_equal(site_size(site, ".vpasswd.delta.cdb"), -1);
}

static void names_that_are_files_of_the_store_are_refused(void **state)
{
	struct cdb_site *const site = *state;

	assert_int_equal(site_insert(site, "vpasswd", "x"), VM_INVALID);
	assert_int_equal(site_insert(site, "vpasswd.cdb", "x"), VM_INVALID);
}

static void a_colon_in_a_field_is_refused(void **state)
{
	struct cdb_site *const site = *state;

	assert_int_equal(site_insert(site, "bob", "x:0:81000"), VM_INVALID);
	assert_int_equal(site_insert(site, "bob", "x\nroot:"), VM_INVALID);
	assert_null(site_comment(site, "bob"));
}

static void a_unit_is_written_whole_or_not_at_all(void **state)
{
	struct cdb_site *const site = *state;
	const struct vm_unit_ops *const units = vm_cdb_module.units;
	struct vm_error err;

	assert_int_equal(units->begin(site->backend, SITE_DOMAIN, &err), VM_OK);
	assert_int_equal(site_insert(site, "a", "1"), VM_OK);
	assert_int_equal(site_insert(site, "b", "1"), VM_OK);
	assert_int_equal(site_insert(site, "a", "2"), VM_EXISTS);
	assert_int_equal(site_count(site), 2);
	assert_string_equal(site_comment(site, "a"), "1");
	units->rollback(site->backend);
	assert_int_equal(site_count(site), 0);
	assert_int_equal(units->begin(site->backend, SITE_DOMAIN, &err), VM_OK);
	assert_int_equal(site_insert(site, "a", "1"), VM_OK);
	assert_int_equal(site_update(site, "a", "2"), VM_OK);
	assert_int_equal(site_insert(site, "b", "1"), VM_OK);
	assert_int_equal(site_delete(site, "b"), VM_OK);
	assert_int_equal(units->commit(site->backend, &err), VM_OK);
	assert_string_equal(site_comment(site, "a"), "2");
	assert_null(site_comment(site, "b"));
	assert_int_equal(site_count(site), 1);
}

static void pages_go_on_after_the_last_name(void **state)
{
	struct cdb_site *const site = *state;
	const char *after = "";
	unsigned int seen = 0;
	bool more = true;
	struct vm_error err;

	site_fill(site, 0, 5000); /* big: above vpasswd stand journal and delta */
	assert_int_equal(site_insert(site, "user002500x", "between"), VM_OK);
	assert_int_equal(site_delete(site, "user004999"), VM_OK);
	assert_int_equal(site_update(site, "user000000", "changed"), VM_OK);
	while (more) {
		const struct vm_page page = { after, 7 };
		struct vm_account_list list;

		assert_int_equal(vm_cdb_module.accounts->list(site->backend, SITE_DOMAIN, page,
							      &site->arena, &list, &err),
				 VM_OK);
		for (size_t i = 0; i < list.count; i++) {
			assert_true(strcmp(after, list.items[i].user) < 0);
			after = list.items[i].user;
			if (seen + i == 0)
				assert_string_equal(list.items[i].comment, "changed");
		}
		seen += (unsigned int)list.count;
		more = list.more;
	}
	assert_int_equal(seen, 5000);
	assert_string_equal(after, "user004998");
	assert_int_equal(site_count(site), 5000);
}

static void other_users_files_are_not_touched(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	pid_t child = 0;
	int code = 0;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(site->root, 0755), 0);
	child = fork();
	if (child == 0) {
		const bool refused = setgid(65534) == 0 && setuid(65534) == 0 &&
				     site_get(site, "bob", &err) == VM_TEMPFAIL &&
				     strstr(err.text, "belongs to uid 0") != NULL;

		_exit(refused ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &code, 0), child);
	assert_int_equal(code, 0);
}

static void domains_are_listed_by_name_with_their_aliases(void **state)
{
	struct cdb_site *const site = *state;
	const struct vm_page page = { "", 2 }, rest = { "example.com", 9 };
	const struct vm_domain_entry alias = { .name = "alias.example",
					       .real = SITE_DOMAIN,
					       .dir = site->dir,
					       .uid = getuid(),
					       .gid = getgid() };
	struct vm_domain_list list;
	struct vm_domain domain;
	struct vm_error err;

	site_add_domain(site, "z.example", site->dir);
	assert_int_equal(vm_cdb_module.domains->insert(site->backend, &alias, &err), VM_OK);
	assert_int_equal(vm_cdb_module.domains->insert(site->backend, &alias, &err), VM_EXISTS);
	assert_int_equal(vm_cdb_module.domains->get(site->backend, "alias.example", &site->arena,
						    &domain, &err),
			 VM_OK);
	assert_true(domain.is_alias);
	assert_string_equal(domain.name, SITE_DOMAIN);
	assert_int_equal(
		vm_cdb_module.domains->list(site->backend, page, &site->arena, &list, &err), VM_OK);
	assert_int_equal(list.count, 2);
	assert_true(list.more);
	assert_string_equal(list.items[0].name, "alias.example");
	assert_int_equal(
		vm_cdb_module.domains->list(site->backend, rest, &site->arena, &list, &err), VM_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(vm_cdb_module.domains->list_aliases(site->backend, SITE_DOMAIN, page,
							     &site->arena, &list, &err),
			 VM_OK);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].name, "alias.example");
	assert_int_equal(vm_cdb_module.domains->remove(site->backend, "alias.example", &err),
			 VM_OK);
	assert_int_equal(vm_cdb_module.domains->remove(site->backend, "alias.example", &err),
			 VM_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(get_of_missing_account_is_not_found),
		TEST(an_inserted_account_comes_back_whole),
		TEST(a_second_insert_of_a_name_exists),
		TEST(an_update_with_a_stale_expectation_is_refused),
		TEST(update_and_remove_of_a_missing_account_are_not_found),
		TEST(a_removed_account_is_gone_and_can_come_again),
		TEST(accounts_of_an_unknown_domain_are_not_found),
		TEST(a_missing_folder_of_a_domain_is_later),
		TEST(the_files_of_a_small_domain_are_those_of_5_4_at_once),
		TEST(names_that_are_files_of_the_store_are_refused),
		TEST(a_colon_in_a_field_is_refused),
		TEST(a_unit_is_written_whole_or_not_at_all),
		TEST(pages_go_on_after_the_last_name),
		TEST(other_users_files_are_not_touched),
		TEST(domains_are_listed_by_name_with_their_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
