/* Tests of core/tcp_rules.h: the records of ucspi-tcp 0.88's tcprules for the same lines, as `cdb -d` prints them. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/tcp_rules.h"
#include "test_folder.h"
#include "util/buf.h"

enum { TEXT_MAX = 64 * 1024 };

/* Compiles into the file "cdb" of the folder. */
static enum vm_status compile(const struct test_folder *folder, const char *text, size_t length,
			      struct vm_error *err)
{
	const int fd = openat(folder->fd, "cdb", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vm_cdb_writer writer;
	enum vm_status status = VM_INTERNAL;

	assert_true(fd >= 0);
	assert_int_equal(vm_cdb_writer_init(&writer, fd, "cdb", err), VM_OK);
	status = vm_tcp_rules_compile(&writer, "tcp.smtp", text, length, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&writer, err);
	vm_cdb_writer_abort(&writer);
	close(fd);
	return status;
}

/* The records as "KEY>DATA;" with 0 bytes as "!". */
static void dump(const struct test_folder *folder, struct vm_buf *out)
{
	struct vm_cdb cdb = { .fd = -1 };
	struct vm_cdb_record record;
	uint32_t position = 0;
	struct vm_error err = { .status = VM_OK };

	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "cdb", &err), VM_OK);
	while (vm_cdb_next(&cdb, &position, &record, &err) == VM_OK) {
		vm_buf_append(out, record.key, record.key_length);
		vm_buf_append_byte(out, '>');
		vm_buf_append(out, record.data, record.data_length);
		vm_buf_append_byte(out, ';');
	}
	vm_cdb_close(&cdb);
	for (size_t i = 0; i < out->length; i++)
		if (out->bytes[i] == '\0')
			out->bytes[i] = '!';
}

static void rules_become_the_records_of_tcprules(void **state)
{
	const struct test_folder *folder = *state;
	static const char *const known[][2] = {
		{ "", "" },
		{ "127.:allow,RELAYCLIENT=\"\"\n", "127.>+RELAYCLIENT=!;" },
		{ "#c:allow\nfoo\n:deny\n", ">D!;" },
		{ "1.2.3.4:allow  \n1.2.3.5:allow\t\n", "1.2.3.4>;1.2.3.5>;" },
		{ "  1.2.3.4:allow\n", "  1.2.3.4>;" },
		{ "10.0.0.1-3:allow\n", "10.0.0.1>;10.0.0.2>;10.0.0.3>;" },
		{ "10.2-3.:deny,A=\"b\"\n", "10.2.>D!+A=b!;10.3.>D!+A=b!;" },
		{ "10.0.0.5-3:allow\n", "" },
		{ "10.0.0.1-:allow\n", "" },
		{ "10.0.0.-3:allow\n", "10.0.0.0>;10.0.0.1>;10.0.0.2>;10.0.0.3>;" },
		{ "10.0.0.08-10:allow\n", "10.0.0.8>;10.0.0.9>;10.0.0.10>;" },
		{ "1.2.3-4.5-6:allow\n", "1.2.3.5-6>;1.2.4.5-6>;" },
		{ "=h-1-2.x:allow\n", "=h-1-2.x>;" },
		{ "u@10.0.0.1-2:allow\n", "u@10.0.0.1-2>;" },
		{ "1:allow,=\"x\"\n", "1>+=x!;" },
		{ "1:allow,A=/b\"c/,D=xyx", "1>+A=b\"c!+D=y!;" },
		/* ucspi-tcp-ipv6 */
		{ "::1:allow\n2001:db8::1:deny,A=\"x:allow\"\n",
		  "::1>;2001:db8::1>D!+A=x:allow!;" },
	};
	struct vm_error err = { .status = VM_OK };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct vm_buf records;

		vm_buf_init(&records, TEXT_MAX);
		assert_int_equal(compile(folder, known[i][0], strlen(known[i][0]), &err), VM_OK);
		dump(folder, &records);
		assert_string_equal(records.bytes, known[i][1]);
		vm_buf_release(&records);
	}
}

static void lines_that_tcprules_refuses_are_invalid(void **state)
{
	const struct test_folder *folder = *state;
	static const char *const bad[] = {
		"10.0.0.1-3,4:allow",
		"a-b:allow",
		"1:allowed",
		"1:allowA=\"x\"",
		"1:allow,A",
		"1:allow,A=\"b",
		"1:allow,A=",
		"1:allow,A=\"b\"x,C=\"d\"",
		"1:first",
		"1:",
		":",
		"1:allow,",
		":allow,A=\"\",",
		"1:denyA",
		"x:y:allow",
		"host-1.example:allow",
		"1.1-3-5:allow",
		"10.x1-3:allow",
		"2001:db8::1-3:allow",
		/* beyond an octet: no address can have it */
		"2-256:allow",
		"10.0.0.1-99999999999999999999:allow",
	};
	char text[200];
	struct vm_error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "1.2.3.4:allow\n%s\n", bad[i]);
		assert_int_equal(compile(folder, text, strlen(text), &err), VM_INVALID);
		assert_non_null(strstr(err.text, "tcp.smtp line 2 "));
		assert_non_null(strstr(err.text, bad[i]));
	}
	assert_int_equal(compile(folder, "1:allow\0x\n", 10, &err), VM_INVALID);
	assert_int_equal(compile(folder, "1:allow\r\n", 9, &err), VM_INVALID);
}

static void line_beyond_the_maximum_is_invalid(void **state)
{
	const struct test_folder *folder = *state;
	struct vm_error err = { .status = VM_OK };
	char *text = malloc(TEXT_MAX);

	assert_non_null(text);
	memset(text, 'x', TEXT_MAX);
	memcpy(text, ":allow,A=", strlen(":allow,A="));
	assert_int_equal(compile(folder, text, TEXT_MAX, &err), VM_INVALID);
	assert_non_null(strstr(err.text, "line 1"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_folder_make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_become_the_records_of_tcprules),
		TEST(lines_that_tcprules_refuses_are_invalid),
		TEST(line_beyond_the_maximum_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
