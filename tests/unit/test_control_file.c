/* Tests of core/control_file.h and core/qmail_signal.h. */
#include <config.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "core/control_file.h"
#include "core/qmail_signal.h"
#include "test_folder.h"
#include "util/cdb_file.h"
#include "util/file.h"

static int make(void **state)
{
	const struct test_folder *folder = NULL;

	if (test_folder_make(state) != 0)
		return -1;
	folder = *state;
	return mkdirat(folder->fd, "control", 0755) != 0 || mkdirat(folder->fd, "bin", 0755) != 0;
}

static void add(void **state, const char *name, bool optimize)
{
	const struct test_folder *const folder = *state;
	struct vm_error err = { .status = VM_OK };

	if (vm_control_add(folder->path, &name, 1, optimize, &err) != VM_OK)
		fail_msg("%s", err.text);
}

static void expect(void **state, const char *name, const char *wanted)
{
	char text[8192];

	assert_string_equal(test_folder_read(*state, name, text, sizeof text), wanted);
}

static void a_new_domain_is_named_in_two_files_and_no_local(void **state)
{
	const struct test_folder *const folder = *state;
	struct stat file;

	test_folder_write(folder, "control/locals", "localhost\nExample.com \nhost\n", 0600);
	test_folder_write(folder, "control/rcpthosts", "# mine\nlocalhost", 0600);
	add(state, "example.com", false);
	add(state, "example.com", false);
	expect(state, "control/rcpthosts", "# mine\nlocalhost\nexample.com\n");
	expect(state, "control/virtualdomains", "example.com:example.com\n");
	expect(state, "control/locals", "localhost\nhost\n");
	assert_int_equal(fstatat(folder->fd, "control/rcpthosts", &file, 0), 0);
	assert_int_equal(file.st_mode & 07777, 0644);
}

static void files_that_are_not_there_are_not_made_without_need(void **state)
{
	static const char *const names[] = { "example.com" };
	const struct test_folder *const folder = *state;
	struct vm_error err;
	struct stat file;

	add(state, "example.com", false);
	assert_int_equal(fstatat(folder->fd, "control/locals", &file, 0), -1);
	assert_int_equal(fstatat(folder->fd, "control/morercpthosts", &file, 0), -1);
	assert_int_equal(unlinkat(folder->fd, "control/rcpthosts", 0), 0);
	assert_int_equal(vm_control_remove(folder->path, names, 1, &err), VM_OK);
	assert_int_equal(fstatat(folder->fd, "control/rcpthosts", &file, 0), -1);
}

static void lines_of_others_in_virtualdomains_stay(void **state)
{
	static const char *const names[] = { "example.com" };
	const struct test_folder *const folder = *state;
	struct vm_error err;

	test_folder_write(folder, "control/virtualdomains",
			  "# list\nexample.com:lists\n.example.com:x\nexample.org:example.org\n",
			  0644);
	add(state, "example.com", false);
	expect(state, "control/virtualdomains",
	       "# list\nexample.com:lists\n.example.com:x\nexample.org:example.org\n"
	       "example.com:example.com\n");
	assert_int_equal(vm_control_remove(folder->path, names, 1, &err), VM_OK);
	expect(state, "control/virtualdomains",
	       "# list\nexample.com:lists\n.example.com:x\nexample.org:example.org\n");
}

/* Fills rcpthosts to `count` lines. */
static void fill(void **state, unsigned int count)
{
	char text[4096] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < count; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "d%u.example\n", i);
	test_folder_write(*state, "control/rcpthosts", text, 0644);
}

static bool in_cdb(void **state, const char *name)
{
	const struct test_folder *const folder = *state;
	struct vm_control_presence found;
	struct vm_error err;

	assert_int_equal(vm_control_find(folder->path, name, &found, &err), VM_OK);
	return found.morercpthosts_cdb;
}

static void the_fifty_first_domain_goes_to_morercpthosts(void **state)
{
	static const char *const names[] = { "a.example", "B.example", "c.example" };
	const struct test_folder *const folder = *state;
	struct vm_control_presence found;
	struct vm_error err;

	fill(state, 49);
	assert_int_equal(vm_control_add(folder->path, names, 3, false, &err), VM_OK);
	assert_int_equal(vm_control_find(folder->path, "d1.example", &found, &err), VM_OK);
	assert_true(found.rcpthosts);
	assert_false(found.morercpthosts);
	/* Sorted: "B" is the fiftieth line, the others came after it. */
	expect(state, "control/morercpthosts", "a.example\nc.example\n");
	assert_true(in_cdb(state, "a.example"));
	assert_true(in_cdb(state, "c.example"));
	assert_false(in_cdb(state, "d1.example"));
}

static void optimize_leaves_the_cdb_to_the_caller(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err;

	fill(state, 50);
	add(state, "a.example", false);
	add(state, "b.example", true);
	assert_false(in_cdb(state, "b.example"));
	assert_int_equal(vm_control_compile(folder->path, &err), VM_OK);
	assert_true(in_cdb(state, "b.example"));
}

static void the_cdb_is_what_qmail_newmrh_makes(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_cdb cdb;
	struct vm_cdb_record record;
	struct vm_error err;
	uint32_t position = 0;

	test_folder_write(folder, "control/morercpthosts", "# c\nA.Example \n\n.B.example\n", 0644);
	assert_int_equal(vm_control_compile(folder->path, &err), VM_OK);
	assert_int_equal(vm_cdb_open(&cdb, folder->fd, "control/morercpthosts.cdb", &err), VM_OK);
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_OK);
	assert_int_equal(record.key_length, 9);
	assert_memory_equal(record.key, "a.example", 9);
	assert_int_equal(record.data_length, 0);
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_OK);
	assert_memory_equal(record.key, ".b.example", 10);
	assert_int_equal(vm_cdb_next(&cdb, &position, &record, &err), VM_NOT_FOUND);
	vm_cdb_close(&cdb);
}

static void a_removed_domain_is_gone_from_all_files(void **state)
{
	static const char *const names[] = { "d3.example", "a.example", "not.there" };
	const struct test_folder *const folder = *state;
	struct vm_control_presence found;
	struct vm_error err;
	struct stat file;

	fill(state, 50);
	add(state, "a.example", false);
	add(state, "d3.example", false);
	assert_int_equal(vm_control_remove(folder->path, names, 3, &err), VM_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(vm_control_find(folder->path, names[i], &found, &err), VM_OK);
		assert_false(found.rcpthosts || found.morercpthosts || found.morercpthosts_cdb ||
			     found.virtualdomains);
	}
	/* The last line took file and cdb with it. */
	assert_int_equal(fstatat(folder->fd, "control/morercpthosts", &file, 0), -1);
	assert_int_equal(fstatat(folder->fd, "control/morercpthosts.cdb", &file, 0), -1);
}

static void names_that_cannot_be_domains_are_invalid(void **state)
{
	static const char *const bad[] = { "", "a b", "a:b", "#a", "a\nb.example" };
	const struct test_folder *const folder = *state;
	struct vm_error err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(vm_control_add(folder->path, &bad[i], 1, false, &err), VM_INVALID);
}

static void copy_program(const struct test_folder *folder, const char *name)
{
	char block[65536];
	ssize_t got = 0;
	const int from = open("/bin/sleep", O_RDONLY);
	const int to = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0700);

	assert_true(from >= 0 && to >= 0);
	while ((got = read(from, block, sizeof block)) > 0)
		assert_int_equal(write(to, block, (size_t)got), got);
	close(from);
	close(to);
}

static pid_t start(const struct test_folder *folder, const char *name)
{
	char path[128];
	int ready[2];
	char byte = 0;
	pid_t child = 0;

	(void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		signal(SIGHUP, SIG_DFL); /* whoever started the tests may have it ignored */
		execl(path, "qmail-send", "30", (char *)NULL);
		_exit(111);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0); /* closed by the exec: it runs */
	close(ready[0]);
	return child;
}

static void only_the_real_qmail_send_is_signalled(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_error err = { .status = VM_OK };
	unsigned int signalled = 9;
	pid_t real = 0, other = 0;
	int code = 0;

	assert_int_equal(vm_qmail_send_reload(folder->path, &signalled, &err), VM_OK);
	assert_int_equal(signalled, 0);
	copy_program(folder, "bin/qmail-send");
	copy_program(folder, "qmail-send");
	real = start(folder, "bin/qmail-send");
	other = start(folder, "qmail-send");
	assert_int_equal(vm_qmail_send_reload(folder->path, &signalled, &err), VM_OK);
	assert_int_equal(signalled, 1);
	assert_int_equal(waitpid(real, &code, 0), real);
	assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGHUP);
	assert_int_equal(waitpid(other, &code, WNOHANG), 0);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(waitpid(other, &code, 0), other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, test_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_domain_is_named_in_two_files_and_no_local),
		TEST(files_that_are_not_there_are_not_made_without_need),
		TEST(lines_of_others_in_virtualdomains_stay),
		TEST(the_fifty_first_domain_goes_to_morercpthosts),
		TEST(optimize_leaves_the_cdb_to_the_caller),
		TEST(the_cdb_is_what_qmail_newmrh_makes),
		TEST(a_removed_domain_is_gone_from_all_files),
		TEST(names_that_cannot_be_domains_are_invalid),
		TEST(only_the_real_qmail_send_is_signalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
