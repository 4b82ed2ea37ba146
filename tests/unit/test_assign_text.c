/* Tests of core/assign_text.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/assign_text.h"
#include "test_folder.h"
#include "util/cdb_file.h"

static const struct vm_domain_entry entry = {
	.name = "m.example.com", .real = "m.example.com", .dir = "/v/m", .uid = 89, .gid = 90
};

/* The text with the entry added (or NULL) and one name removed (or NULL). */
static enum vm_status edit(const char *text, const struct vm_domain_entry *add, const char *name,
			   struct vm_buf *out, bool *changed, struct vm_error *err)
{
	vm_buf_init(out, VM_ASSIGN_MAX);
	return vm_assign_edit(text, strlen(text), add, &name, name == NULL ? 0 : 1, out, changed,
			      err);
}

static void expect_edit(const char *text, const struct vm_domain_entry *add, const char *name,
			const char *wanted, bool is_change)
{
	struct vm_buf out;
	struct vm_error err = { .status = VM_OK };
	bool changed = !is_change;

	assert_int_equal(edit(text, add, name, &out, &changed, &err), VM_OK);
	assert_string_equal(out.bytes, wanted);
	assert_int_equal(changed, is_change);
	vm_buf_release(&out);
}

static void a_domain_goes_where_its_labels_put_it(void **state)
{
	(void)state;
	expect_edit("+a.net-:a.net:1:1:/v:-::\n"
		    "+example.com-:example.com:1:1:/v:-::\n"
		    "+a.example.com-:a.example.com:1:1:/v:-::\n"
		    "+a.z.example.com-:a.z.example.com:1:1:/v:-::\n"
		    "+z.org-:z.org:1:1:/v:-::\n.\n",
		    &entry, NULL,
		    "+a.net-:a.net:1:1:/v:-::\n"
		    "+example.com-:example.com:1:1:/v:-::\n"
		    "+a.example.com-:a.example.com:1:1:/v:-::\n"
		    "+m.example.com-:m.example.com:89:90:/v/m:-::\n"
		    "+a.z.example.com-:a.z.example.com:1:1:/v:-::\n"
		    "+z.org-:z.org:1:1:/v:-::\n.\n",
		    true);
}

static void an_empty_file_gets_its_final_dot(void **state)
{
	(void)state;
	expect_edit("", &entry, NULL, "+m.example.com-:m.example.com:89:90:/v/m:-::\n.\n", true);
}

static void lines_of_others_stay_where_they_are(void **state)
{
	(void)state;
	expect_edit("=root:root:0:0:/root:::\n+z.org-:z.org:1:1:/v:-::\n+list:al:7:7:/l:-::\n"
		    "+zz.org-:zz.org:1:1:/v:-::\n.\n",
		    &entry, "z.org",
		    "=root:root:0:0:/root:::\n+list:al:7:7:/l:-::\n"
		    "+m.example.com-:m.example.com:89:90:/v/m:-::\n+zz.org-:zz.org:1:1:/v:-::\n.\n",
		    true);
}

static void lines_out_of_order_are_sorted(void **state)
{
	(void)state;
	expect_edit("+z.org-:z.org:1:1:/v:-::\n=root:root:0:0:/root:::\n"
		    "+a.net-:a.net:1:1:/v:-::\n.\n",
		    &entry, NULL,
		    "=root:root:0:0:/root:::\n+a.net-:a.net:1:1:/v:-::\n"
		    "+m.example.com-:m.example.com:89:90:/v/m:-::\n+z.org-:z.org:1:1:/v:-::\n.\n",
		    true);
}

static void the_same_line_twice_is_no_change(void **state)
{
	(void)state;
	expect_edit("+m.example.com-:m.example.com:89:90:/v/m:-::\n.\n", &entry, NULL,
		    "+m.example.com-:m.example.com:89:90:/v/m:-::\n.\n", false);
	expect_edit("+m.example.com-:m.example.com:89:90:/v/m:-::\n.\n", NULL, "gone.example",
		    "+m.example.com-:m.example.com:89:90:/v/m:-::\n.\n", false);
}

static void another_line_of_the_name_exists(void **state)
{
	struct vm_buf out;
	struct vm_error err;
	bool changed = false;

	(void)state;
	assert_int_equal(edit("+m.example.com-:m.example.com:89:90:/elsewhere:-::\n.\n", &entry,
			      NULL, &out, &changed, &err),
			 VM_EXISTS);
	vm_buf_release(&out);
}

static void what_qmail_newu_would_refuse_names_its_line(void **state)
{
	static const char *const texts[] = {
		"+a.b-:u:1:1:/v:-::\n", /* no final dot */
		"+a.b-:u:1:1:/v:-::\n+c.d-:u:1\n.\n",
		"+a.b-:u:1:1:/v:-::\nhello\n.\n",
		"+a.b-:u:1:1:/v:-::\n\n.\n",
		"+a.b-:u:1:1:/v:-::\n.\n+c.d-:u:1:1:/v:-::\n",
		"+a.b-:u:1:1:/v:-::\n+c.d-:u:x:1:/v:-::\n.\n",
	};
	struct vm_error err;
	bool changed = false;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct vm_buf out;

		assert_int_equal(edit(texts[i], &entry, NULL, &out, &changed, &err), VM_INVALID);
		assert_non_null(strstr(err.text, i == 0 ? "line 1" : "line 2"));
		vm_buf_release(&out);
	}
}

static void long_lines_are_kept_and_longer_ones_refused(void **state)
{
	struct vm_buf text, out;
	struct vm_error err;
	bool changed = false;

	(void)state;
	vm_buf_init(&text, VM_ASSIGN_MAX);
	vm_buf_append_text(&text, "=x:u:1:1:/");
	while (text.length < VM_ASSIGN_LINE_MAX - 3)
		vm_buf_append_byte(&text, 'h');
	vm_buf_append_text(&text, ":::\n.\n");
	assert_int_equal(edit(text.bytes, &entry, NULL, &out, &changed, &err), VM_OK);
	assert_int_equal(strncmp(out.bytes, text.bytes, VM_ASSIGN_LINE_MAX), 0);
	vm_buf_release(&out);
	vm_buf_consume(&text, 1);
	vm_buf_release(&text);
	vm_buf_append_text(&text, "=xxxx:u:1:1:/");
	while (text.length < VM_ASSIGN_LINE_MAX)
		vm_buf_append_byte(&text, 'h');
	vm_buf_append_text(&text, ":::\n.\n");
	assert_int_equal(edit(text.bytes, &entry, NULL, &out, &changed, &err), VM_INVALID);
	vm_buf_release(&out);
	vm_buf_release(&text);
}

static void entries_that_cannot_be_a_line_are_invalid(void **state)
{
	static const struct vm_domain_entry bad[] = {
		{ .name = "a:b.c", .real = "a:b.c", .dir = "/v" },
		{ .name = "a.b", .real = "a.b", .dir = "/v\n+x" },
		{ .name = "a.b", .real = "a.b", .dir = "v" },
		{ .name = "nodot", .real = "nodot", .dir = "/v" },
		{ .name = "", .real = "a.b", .dir = "/v" },
	};
	struct vm_error err;
	bool changed = false;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct vm_buf out;

		assert_int_equal(edit("", &bad[i], NULL, &out, &changed, &err), VM_INVALID);
		vm_buf_release(&out);
	}
}

static void the_cdb_is_what_qmail_newu_makes(void **state)
{
	static const char text[] =
		"=Root:root:0:0:/root:::\n+example.org-:example.org:89:89:/v:-::\n"
		"+list_:al:7:7:/l:-:pre:more\n.\n";
	const struct {
		const char *key;
		size_t key_length;
		const char *data;
		size_t data_length;
	} wanted[] = {
		{ "!root\0", 6,
		  "root\0"
		  "0\0"
		  "0\0/root\0\0",
		  16 },
		{ "!example.org-", 13,
		  "example.org\0"
		  "89\0"
		  "89\0/v\0-\0",
		  23 },
		{ "!list_", 6,
		  "al\0"
		  "7\0"
		  "7\0/l\0-\0pre",
		  15 },
		{ "", 0, "-_", 2 },
	};
	const struct test_folder *const folder = *state;
	const int fd = openat(folder->fd, "cdb", O_RDWR | O_CREAT, 0600);
	struct vm_cdb cdb;
	struct vm_cdb_record record;
	struct vm_error err;
	uint32_t position = 0;

	assert_int_equal(vm_assign_write_cdb(text, strlen(text), fd, &err), VM_OK);
	close(fd);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "cdb", &err), VM_OK);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_OK);
		assert_int_equal(record.key_length, wanted[i].key_length);
		assert_memory_equal(record.key, wanted[i].key, wanted[i].key_length);
		assert_int_equal(record.data_length, wanted[i].data_length);
		assert_memory_equal(record.data, wanted[i].data, wanted[i].data_length);
	}
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_NOT_FOUND);
	vm_cdb_close(&cdb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_goes_where_its_labels_put_it),
		cmocka_unit_test(an_empty_file_gets_its_final_dot),
		cmocka_unit_test(lines_of_others_stay_where_they_are),
		cmocka_unit_test(lines_out_of_order_are_sorted),
		cmocka_unit_test(the_same_line_twice_is_no_change),
		cmocka_unit_test(another_line_of_the_name_exists),
		cmocka_unit_test(what_qmail_newu_would_refuse_names_its_line),
		cmocka_unit_test(long_lines_are_kept_and_longer_ones_refused),
		cmocka_unit_test(entries_that_cannot_be_a_line_are_invalid),
		cmocka_unit_test_setup_teardown(the_cdb_is_what_qmail_newu_makes, test_folder_make,
						test_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
