/* Tests of core/control_check.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/control_check.h"
#include "test_folder.h"

static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	return mkdirat(folder->fd, "control", 0755);
}

static enum vm_status note_stray(void *context, const char *name, struct vm_error *err)
{
	char *const strays = context;

	(void)err;
	(void)snprintf(strays + strlen(strays), 100 - strlen(strays), "%s ", name);
	return VM_OK;
}

static void one_reading_tells_of_all_names(void **state)
{
	static const char *const names[] = { "a.example", "b.example", "c.example" };
	const struct test_folder *const folder = *state;
	struct vm_control_presence found[3];
	char strays[100] = "";
	struct vm_error err;

	test_folder_write(folder, "control/rcpthosts", "# a comment\nA.Example \t\n\nx.example",
			  0644);
	test_folder_write(folder, "control/morercpthosts", "b.example\n", 0644);
	test_folder_write(folder, "control/locals", "c.example\n", 0644);
	test_folder_write(folder, "control/virtualdomains",
			  "a.example:a.example\nb.example:user\nstray.example:Stray.example\n"
			  "nodot:nodot\n:x\n#d.example:d.example\n",
			  0644);
	assert_int_equal(vm_control_survey(folder->path, names, 3, found, note_stray, strays, &err),
			 VM_OK);
	assert_true(found[0].rcpthosts && found[0].virtualdomains && !found[0].morercpthosts);
	assert_true(found[1].morercpthosts && !found[1].virtualdomains && !found[1].rcpthosts);
	assert_true(found[2].locals && !found[2].rcpthosts);
	assert_string_equal(strays, "stray.example ");
}

static void missing_files_name_nothing_and_a_missing_folder_is_misconfig(void **state)
{
	static const char *const names[] = { "a.example" };
	const struct test_folder *const folder = *state;
	struct vm_control_presence found[1];
	char strays[100] = "";
	struct vm_error err;

	assert_int_equal(vm_control_survey(folder->path, names, 1, found, note_stray, strays, &err),
			 VM_OK);
	assert_false(found[0].rcpthosts || found[0].virtualdomains || found[0].locals);
	assert_int_equal(vm_control_survey("/nowhere", names, 1, found, note_stray, strays, &err),
			 VM_MISCONFIG);
	assert_int_equal(vm_control_verify("/nowhere", &err), VM_MISCONFIG);
}

static void the_cdb_must_hold_each_line_and_no_more(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	assert_int_equal(vm_control_verify(folder->path, &err), VM_OK);
	test_folder_write(folder, "control/morercpthosts", "a.example\nB.example\n", 0644);
	assert_int_equal(vm_control_verify(folder->path, &err), VM_INVALID);
	assert_int_equal(vm_control_compile(folder->path, &err), VM_OK);
	assert_int_equal(vm_control_verify(folder->path, &err), VM_OK);
	test_folder_write(folder, "control/morercpthosts", "a.example\n", 0644);
	assert_int_equal(vm_control_verify(folder->path, &err), VM_INVALID);
	test_folder_write(folder, "control/morercpthosts", "a.example\nc.example\n", 0644);
	assert_int_equal(vm_control_verify(folder->path, &err), VM_INVALID);
	test_folder_write(folder, "control/morercpthosts.cdb", "junk", 0644);
	assert_int_equal(vm_control_verify(folder->path, &err), VM_INVALID);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(one_reading_tells_of_all_names),
		WITH_FOLDER(missing_files_name_nothing_and_a_missing_folder_is_misconfig),
		WITH_FOLDER(the_cdb_must_hold_each_line_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
