/* Tests of core/linked_file.h: files of a domain's folder, and links within it. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/linked_file.h"
#include "test_folder.h"

static enum vm_status read_it(const struct test_folder *folder, const char *name, char text[64])
{
	char path[128];
	struct vm_buf found;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	snprintf(path, sizeof path, "%s/%s", folder->path, name);
	vm_buf_init(&found, 63);
	status = vm_linked_file_read(folder->path, path, &found, &err);
	snprintf(text, 64, "%s", found.bytes);
	vm_buf_release(&found);
	return status;
}

static void link_to(const struct test_folder *folder, const char *target, const char *name)
{
	assert_int_equal(symlinkat(target, folder->fd, name), 0);
}

static void files_and_links_within_the_folder_are_read(void **state)
{
	const struct test_folder *const folder = *state;
	char text[64], target[128];

	assert_int_equal(mkdirat(folder->fd, "list", 0700), 0);
	test_folder_write(folder, "list/editor", "whole", 0600);
	test_folder_write(folder, "plain", "text", 0600);
	snprintf(target, sizeof target, "%s/list/editor", folder->path);
	link_to(folder, target, "absolute");
	link_to(folder, "list/editor", "relative");
	assert_int_equal(read_it(folder, "plain", text), VM_OK);
	assert_string_equal(text, "text");
	assert_int_equal(read_it(folder, "absolute", text), VM_OK);
	assert_string_equal(text, "whole");
	assert_int_equal(read_it(folder, "relative", text), VM_OK);
	assert_string_equal(text, "whole");
}

static void a_link_that_leads_out_is_denied(void **state)
{
	const struct test_folder *const folder = *state;
	char text[64], beside[128];

	snprintf(beside, sizeof beside, "%sx/file", folder->path);
	link_to(folder, "/etc/passwd", "away");
	link_to(folder, "../../etc/passwd", "up");
	link_to(folder, beside, "beside");
	assert_int_equal(read_it(folder, "away", text), VM_DENIED);
	assert_int_equal(read_it(folder, "up", text), VM_DENIED);
	assert_int_equal(read_it(folder, "beside", text), VM_DENIED);
	assert_string_equal(text, "");
}

static void what_is_not_there_is_not_found_and_a_second_link_is_later(void **state)
{
	const struct test_folder *const folder = *state;
	char text[64];

	link_to(folder, "gone", "dangling");
	link_to(folder, "dangling", "twice");
	assert_int_equal(read_it(folder, "nothing", text), VM_NOT_FOUND);
	assert_int_equal(read_it(folder, "dangling", text), VM_NOT_FOUND);
	assert_int_equal(read_it(folder, "twice", text), VM_TEMPFAIL);
}

#define WITH_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(files_and_links_within_the_folder_are_read),
		WITH_FOLDER(a_link_that_leads_out_is_denied),
		WITH_FOLDER(what_is_not_there_is_not_found_and_a_second_link_is_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
