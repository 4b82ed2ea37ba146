/* Tests of the cdb module with several processes at once: no lost update, no false "no", and nothing lost by kill -9. */
#include <config.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base.h"
#include "cdb_fold.h"
#include "cdb_site.h"
#include "journal.h"

enum { BIG = 4000, WRITERS = 4, ADDS = 150, ROUNDS = 40 };

/* In a child: a backend of its own, as another program has. */
static void reopen(struct cdb_site *site)
{
	vm_cdb_module.close(&site->backend);
	site_open(site);
}

static pid_t start(struct cdb_site *site, int (*work)(struct cdb_site *, int), int number)
{
	const pid_t child = fork();

	if (child == 0) {
		reopen(site);
		_exit(work(site, number));
	}
	return child;
}

static void expect_success(pid_t child)
{
	int code = 0;

	assert_int_equal(waitpid(child, &code, 0), child);
	assert_int_equal(code, 0);
}

static int add_many(struct cdb_site *site, int number)
{
	for (int i = 0; i < ADDS; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "w%d-%d", number, i);
		if (site_insert(site, user, user) != VM_OK)
			return 1;
	}
	return 0;
}

/* Reads one account's number, raises it, writes it back expecting what was read; again when somebody was faster. */
static int count_up(struct cdb_site *site, int number)
{
	(void)number;
	for (int i = 0; i < ROUNDS; i++) {
		enum vm_status status = VM_TEMPFAIL;

		while (status == VM_TEMPFAIL) {
			const struct vm_name name = { "counter", SITE_DOMAIN };
			struct vm_account found, raised;
			struct vm_error err;
			char comment[32];

			if (vm_cdb_module.accounts->get(site->backend, name, &site->arena, &found,
							&err) != VM_OK)
				return 1;
			raised = found;
			(void)snprintf(comment, sizeof comment, "%ld",
				       strtol(found.comment, NULL, 10) + 1);
			raised.comment = comment;
			status = vm_cdb_module.accounts->update(site->backend, &raised, &found,
								&err);
		}
		if (status != VM_OK)
			return 2;
	}
	return 0;
}

static int fold_many(struct cdb_site *site, int number)
{
	struct vm_error err;

	(void)number;
	for (int i = 0; i < 20; i++)
		if (site_fold(site, &err) != VM_OK)
			return 1;
	return site->warnings == 0 ? 0 : 2;
}

/* Every account that was there all the time is there at each look. */
static int read_many(struct cdb_site *site, int number)
{
	(void)number;
	for (int i = 0; i < 3000; i++) {
		const struct vm_page page = { "user003990", 100 };
		char user[32];
		struct vm_account_list list;
		struct vm_error err;

		(void)snprintf(user, sizeof user, "user%06d", i % 1000);
		if (site_get(site, user, &err) != VM_OK)
			return 1;
		if (site_get(site, "nobody", &err) != VM_NOT_FOUND)
			return 2;
		if (i % 100 == 0 &&
		    (vm_cdb_module.accounts->list(site->backend, SITE_DOMAIN, page, &site->arena,
						  &list, &err) != VM_OK ||
		     list.count < 9 || strcmp(list.items[0].user, "user003991") != 0))
			return 3;
		vm_arena_clear(&site->arena);
	}
	return 0;
}

static void run_together(struct cdb_site *site)
{
	pid_t children[WRITERS + 4];
	const uint64_t before = site_count(site);
	size_t count = 0;

	assert_int_equal(site_insert(site, "counter", "0"), VM_OK);
	for (int i = 0; i < WRITERS; i++)
		children[count++] = start(site, add_many, i);
	children[count++] = start(site, count_up, 0);
	children[count++] = start(site, count_up, 1);
	children[count++] = start(site, fold_many, 0);
	if (before > 0)
		children[count++] = start(site, read_many, 0);
	for (size_t i = 0; i < count; i++)
		expect_success(children[i]);
	reopen(site);
	assert_string_equal(site_comment(site, "counter"), "80");
	assert_int_equal(site_count(site), before + 1 + WRITERS * ADDS);
	for (int w = 0; w < WRITERS; w++)
		for (int i = 0; i < ADDS; i++) {
			char user[32];

			(void)snprintf(user, sizeof user, "w%d-%d", w, i);
			assert_string_equal(site_comment(site, user), user);
		}
}

static void writers_folders_and_readers_lose_nothing_in_a_big_domain(void **state)
{
	struct cdb_site *const site = *state;

	site_fill(site, 0, BIG);
	run_together(site);
}

static void writers_and_folders_lose_nothing_in_a_small_domain(void **state)
{
	run_together(*state);
}

/* The writer tells each finished add through a pipe: what it told is there, whenever it was killed. */
static void tell_adds(struct cdb_site *site, int report, unsigned int first)
{
	for (unsigned int i = first;; i++) {
		char user[32];

		(void)snprintf(user, sizeof user, "user%06u", i);
		if (site_insert(site, user, user) != VM_OK || write(report, &i, sizeof i) < 0)
			_exit(1);
	}
}

static void a_writer_killed_at_any_moment_loses_nothing_it_told(void **state)
{
	struct cdb_site *const site = *state;
	unsigned int next = 0, seed = 12345;

	for (int round = 0; round < 60; round++) {
		unsigned int told = next;
		int report[2];
		pid_t child = 0;
		char user[32];

		seed = seed * 1103515245 + 12345;
		assert_int_equal(pipe(report), 0);
		child = fork();
		if (child == 0) {
			reopen(site);
			close(report[0]);
			tell_adds(site, report[1], next);
		}
		close(report[1]);
		for (unsigned int wanted = 1 + seed / 65536 % 7; wanted > 0; wanted--)
			assert_int_equal(read(report[0], &told, sizeof told), sizeof told);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(report[0], &told, sizeof told) == sizeof told)
			continue;
		close(report[0]);
		for (unsigned int i = next; i <= told; i++) {
			(void)snprintf(user, sizeof user, "user%06u", i);
			assert_string_equal(site_comment(site, user), user);
		}
		/* One more may have been made and not told; it is there whole or not at all. */
		(void)snprintf(user, sizeof user, "user%06u", told + 1);
		next = told + (site_comment(site, user) != NULL ? 2 : 1);
		assert_int_equal(site_count(site), next);
	}
}

static void a_writer_killed_in_a_big_domain_loses_nothing_it_told(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;

	site_fill(site, 0, BIG);
	assert_int_equal(site_fold(site, &err), VM_OK);
	for (int round = 0; round < 40; round++) {
		unsigned int told = 0;
		int report[2];
		pid_t child = 0;
		const uint64_t before = site_count(site);
		uint64_t after = 0;

		assert_int_equal(pipe(report), 0);
		child = fork();
		if (child == 0) {
			reopen(site);
			close(report[0]);
			tell_adds(site, report[1], 100000 + (unsigned int)round * 1000);
		}
		close(report[1]);
		for (int wanted = 1 + round % 40; wanted > 0; wanted--)
			assert_int_equal(read(report[0], &told, sizeof told), sizeof told);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(report[0], &told, sizeof told) == sizeof told)
			continue;
		close(report[0]);
		after = site_count(site);
		told = told - 100000 - (unsigned int)round * 1000 + 1;
		assert_true(after == before + told || after == before + told + 1);
	}
}

/* An editor or an old program that does not take the lock changes vpasswd while a fold is being written. */
static int rewrite_base(struct cdb_site *site, int number)
{
	size_t length = 0;
	char *const text = site_read(site, VM_BASE_TEXT, &length);

	(void)number;
	for (int i = 0; i < 30; i++) {
		site_write(site, "vpasswd.edited", text, length);
		if (renameat(site->folder, "vpasswd.edited", site->folder, VM_BASE_TEXT) != 0)
			return 1;
	}
	return 0;
}

static void a_fold_whose_base_is_changed_meanwhile_starts_anew(void **state)
{
	struct cdb_site *const site = *state;
	struct vm_error err;
	pid_t child = 0;

	site_fill(site, 0, BIG);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_int_equal(site_insert(site, "bob", "b"), VM_OK);
	child = start(site, rewrite_base, 0);
	for (int i = 0; i < 30; i++) {
		const enum vm_status status = site_fold(site, &err);

		assert_true(status == VM_OK || status == VM_TEMPFAIL);
		if (status == VM_TEMPFAIL)
			assert_non_null(strstr(err.text, "again and again"));
		if (status == VM_OK &&
		    i == 0) /* from now on bob is in the base, or the editor's is */
			assert_int_equal(site_update(site, "bob", "b"), VM_OK);
	}
	expect_success(child);
	assert_int_equal(site_fold(site, &err), VM_OK);
	assert_int_equal(site_count(site) >= BIG, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_make, site_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writers_folders_and_readers_lose_nothing_in_a_big_domain),
		TEST(writers_and_folders_lose_nothing_in_a_small_domain),
		TEST(a_writer_killed_at_any_moment_loses_nothing_it_told),
		TEST(a_writer_killed_in_a_big_domain_loses_nothing_it_told),
		TEST(a_fold_whose_base_is_changed_meanwhile_starts_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
