/* Tests of core/assign_file.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/assign_file.h"
#include "test_folder.h"

static const struct vm_domain_entry first = {
	.name = "example.com", .real = "example.com", .dir = "/v/example.com", .uid = 89, .gid = 90
};
static const struct vm_domain_entry alias = { .name = "alias.example",
					      .real = "example.com",
					      .dir = "/v/example.com",
					      .uid = 89,
					      .gid = 90 };

static struct vm_assign assign_of(void **state)
{
	const struct test_folder *const folder = *state;

	return (struct vm_assign){ .qmail_dir = folder->path, .cdb_name = "cdb" };
}

static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	return mkdirat(folder->fd, "users", 0755);
}

static enum vm_status lookup(void **state, const char *name, struct vm_domain_entry *out,
			     struct vm_error *err)
{
	static struct vm_arena arena; /* of the last lookup: the test reads *out */
	const struct vm_assign assign = assign_of(state);

	if (arena.maximum == 0)
		vm_arena_init(&arena, 1024 * 1024);
	vm_arena_release(&arena);
	return vm_assign_lookup(&assign, name, &arena, out, err);
}

static void before_the_first_domain_nothing_is_found(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_domain_entry found;
	struct vm_error err;

	assert_int_equal(lookup(state, "example.com", &found, &err), VM_NOT_FOUND);
	assert_int_equal(unlinkat(folder->fd, "users", AT_REMOVEDIR), 0);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_MISCONFIG);
}

static void an_added_domain_and_its_alias_are_found(void **state)
{
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry found;
	struct vm_error err;
	struct stat file;
	const struct test_folder *const folder = *state;

	assert_int_equal(vm_assign_add(&assign, &alias, &err), VM_NOT_FOUND);
	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	assert_int_equal(vm_assign_add(&assign, &alias, &err), VM_OK);
	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_EXISTS);
	assert_int_equal(lookup(state, "alias.example", &found, &err), VM_OK);
	assert_string_equal(found.real, "example.com");
	assert_string_equal(found.dir, "/v/example.com");
	assert_int_equal(found.uid, 89);
	assert_int_equal(found.gid, 90);
	assert_int_equal(lookup(state, "other.example", &found, &err), VM_NOT_FOUND);
	assert_int_equal(fstatat(folder->fd, "users/cdb", &file, 0), 0);
	assert_int_equal(file.st_mode & 07777, 0644);
	assert_int_equal(fstatat(folder->fd, "users/assign", &file, 0), 0);
	assert_int_equal(file.st_mode & 07777, 0644);
	assert_int_equal(vm_assign_verify(&assign, &err), VM_OK);
}

static void an_alias_of_an_alias_is_refused(void **state)
{
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry second = alias;
	struct vm_error err;

	second.name = "second.example";
	second.real = "alias.example";
	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	assert_int_equal(vm_assign_add(&assign, &alias, &err), VM_OK);
	assert_int_equal(vm_assign_add(&assign, &second, &err), VM_INVALID);
}

static void several_names_are_removed_at_once(void **state)
{
	static const char *const names[] = { "example.com", "alias.example" };
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry found;
	struct vm_error err;

	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	assert_int_equal(vm_assign_add(&assign, &alias, &err), VM_OK);
	assert_int_equal(vm_assign_remove(&assign, names, 2, &err), VM_OK);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_NOT_FOUND);
	assert_int_equal(lookup(state, "alias.example", &found, &err), VM_NOT_FOUND);
	assert_int_equal(vm_assign_remove(&assign, names, 2, &err), VM_NOT_FOUND);
}

/* Cuts the cdb at every length: a name that exists is never "not found", one that does not is found missing from the text. */
static void a_cut_cdb_is_answered_from_a_whole_assign(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry found;
	struct vm_error err;
	struct stat file;

	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "users/cdb", &file, 0), 0);
	for (off_t length = file.st_size - 1; length >= 0; length--) {
		const int fd = openat(folder->fd, "users/cdb", O_RDWR);

		assert_int_equal(ftruncate(fd, length), 0);
		close(fd);
		assert_int_equal(lookup(state, "example.com", &found, &err), VM_OK);
		assert_int_equal(lookup(state, "other.example", &found, &err), VM_NOT_FOUND);
	}
	assert_int_equal(unlinkat(folder->fd, "users/cdb", 0), 0);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_OK);
	assert_int_equal(vm_assign_verify(&assign, &err), VM_INVALID);
	assert_int_equal(vm_assign_compile(&assign, &err), VM_OK);
	assert_int_equal(vm_assign_verify(&assign, &err), VM_OK);
}

static void without_a_sane_cdb_a_cut_assign_is_later(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_domain_entry found;
	struct vm_error err;

	test_folder_write(folder, "users/assign", "+example.com-:example.com:89:90:/v:-::\n", 0644);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_TEMPFAIL);
	assert_int_equal(lookup(state, "other.example", &found, &err), VM_TEMPFAIL);
	test_folder_write(folder, "users/assign", "", 0644);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_TEMPFAIL);
}

static void a_cdb_of_zeros_is_never_an_answer(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_assign assign = assign_of(state);
	static const char zeros[2048];
	struct vm_domain_entry found;
	struct vm_error err;
	const int fd = openat(folder->fd, "users/cdb", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, zeros, sizeof zeros), sizeof zeros);
	close(fd);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_TEMPFAIL);
	/* The next change mends it. */
	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	assert_int_equal(lookup(state, "example.com", &found, &err), VM_OK);
}

static void an_interrupted_add_is_completed(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry found;
	struct vm_error err;

	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	/* As after a crash between the two renames. */
	test_folder_write(folder, "users/assign",
			  "+new.example-:new.example:89:90:/v/new:-::\n"
			  "+example.com-:example.com:89:90:/v/example.com:-::\n.\n",
			  0644);
	assert_int_equal(lookup(state, "new.example", &found, &err), VM_NOT_FOUND);
	assert_int_equal(vm_assign_add(&assign,
				       &(struct vm_domain_entry){ .name = "new.example",
								  .real = "new.example",
								  .dir = "/v/new",
								  .uid = 89,
								  .gid = 90 },
				       &err),
			 VM_OK);
	assert_int_equal(lookup(state, "new.example", &found, &err), VM_OK);
}

static void a_damaged_assign_is_left_alone(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_assign assign = assign_of(state);
	struct vm_error err;
	char text[256];

	assert_int_equal(vm_assign_add(&assign, &first, &err), VM_OK);
	test_folder_write(folder, "users/assign", "+example.com-:exa", 0644);
	assert_int_equal(vm_assign_add(&assign,
				       &(struct vm_domain_entry){ .name = "new.example",
								  .real = "new.example",
								  .dir = "/v/new" },
				       &err),
			 VM_MISCONFIG);
	assert_non_null(strstr(err.text, "line 1"));
	assert_string_equal(test_folder_read(folder, "users/assign", text, sizeof text),
			    "+example.com-:exa");
}

static void putting_a_line_replaces_the_one_of_its_name(void **state)
{
	const struct vm_assign assign = assign_of(state);
	struct vm_domain_entry moved = alias, found;
	struct vm_arena arena;
	struct vm_error err;

	vm_arena_init(&arena, 65536);
	assert_int_equal(vm_assign_put(&assign, &first, &err), VM_OK);
	assert_int_equal(vm_assign_put(&assign, &alias, &err), VM_OK);
	moved.dir = "/w/example.com";
	moved.uid = 7;
	assert_int_equal(vm_assign_put(&assign, &moved, &err), VM_OK);
	assert_int_equal(vm_assign_lookup(&assign, "alias.example", &arena, &found, &err), VM_OK);
	assert_string_equal(found.dir, "/w/example.com");
	assert_int_equal(found.uid, 7);
	assert_int_equal(vm_assign_verify(&assign, &err), VM_OK);
	moved.real = "nowhere.example";
	assert_int_equal(vm_assign_put(&assign, &moved, &err), VM_NOT_FOUND);
	vm_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(before_the_first_domain_nothing_is_found, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(an_added_domain_and_its_alias_are_found, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(an_alias_of_an_alias_is_refused, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(several_names_are_removed_at_once, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(a_cut_cdb_is_answered_from_a_whole_assign, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(without_a_sane_cdb_a_cut_assign_is_later, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(a_cdb_of_zeros_is_never_an_answer, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(an_interrupted_add_is_completed, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(putting_a_line_replaces_the_one_of_its_name, make,
						test_folder_remove),
		cmocka_unit_test_setup_teardown(a_damaged_assign_is_left_alone, make,
						test_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
