/* child_process.c */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "support.h"
#include "util/child_process.h"

static const char *const environment[] = { "A=1", "PATH=/usr/bin:/bin", NULL };

/* Runs `script` by sh with its output in the file "out"; returns that. */
static char *run(const struct test_folder *folder, const char *script,
		 struct vm_child_result *result)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const int out = openat(folder->fd, "out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const struct vm_child child = { .argv = argv,
					.environment = environment,
					.folder = folder->path,
					.stdin_fd = -1,
					.stdout_fd = out,
					.stderr_fd = out };
	struct vm_error err;

	assert_int_equal(vm_child_run(&child, result, &err), VM_OK);
	close(out);
	return read_test_file(folder->fd, "out", NULL);
}

static void exit_code_output_and_folder_are_as_asked(void **state)
{
	const struct test_folder *const folder = *state;
	struct vm_child_result result;
	char *out = run(folder, "cat; env | grep -c '^A=1$'; pwd; echo e >&2; exit 7", &result);
	char expected[128];

	(void)snprintf(expected, sizeof expected, "1\n%s\ne\n", folder->path);
	assert_string_equal(out, expected);
	assert_int_equal(result.code, 7);
	assert_false(result.signalled);
	free(out);
}

/* Also when it has lent its identity: nothing of root is left to be taken back. */
static void a_child_of_root_becomes_its_owner(void **state)
{
	const struct test_folder *const folder = *state;
	const struct vm_child_owner owner = { 65534, 65533 };
	const char *const argv[] = { "/bin/sh", "-c", "sed -n 's/^[UG][ir].*:.//p' /proc/$$/status",
				     NULL };
	struct vm_child child = { .argv = argv,
				  .environment = environment,
				  .stdin_fd = -1,
				  .stderr_fd = -1,
				  .owner = &owner };
	struct vm_child_result result;
	struct vm_error err;
	char *out = NULL;

	if (geteuid() != 0)
		skip();
	for (uid_t lent = 0; lent < 2; lent++) {
		child.stdout_fd =
			openat(folder->fd, "out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_int_equal(seteuid(lent), 0);
		assert_int_equal(vm_child_run(&child, &result, &err), VM_OK);
		assert_int_equal(seteuid(0), 0);
		close(child.stdout_fd);
		out = read_test_file(folder->fd, "out", NULL);
		assert_non_null(
			strstr(out, "65534\t65534\t65534\t65534\n65533\t65533\t65533\t65533"));
		free(out);
	}
}

static void descriptors_and_signals_do_not_leak(void **state)
{
	const struct test_folder *const folder = *state;
	const int leak = open("/dev/null", O_RDONLY);
	struct vm_child_result result;
	char *out = NULL;

	assert_int_equal(dup2(leak, 50), 50);
	(void)signal(SIGPIPE, SIG_IGN);
	out = run(folder, "ls /proc/$$/fd | tr '\\n' ' '; sed -n s/SigIgn.//p /proc/$$/status",
		  &result);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_true(strncmp(out, "0 1 2 ", 6) == 0);
	assert_null(strstr(out, "50"));
	/* Signals 32 and 33 are libc's own and stay what make made them. */
	assert_int_equal(strtoull(strrchr(out, ' '), NULL, 16) & 0x7fffffff, 0);
	free(out);
	close(50);
	close(leak);
}

/* Sources that are themselves 0, 1 or 2 in another order. */
static void standard_descriptors_may_be_crossed(void **state)
{
	const struct test_folder *const folder = *state;
	const char *const argv[] = { "/bin/sh", "-c", "cat; echo out; echo err >&2", NULL };
	const int saved[3] = { dup(0), dup(1), dup(2) };
	struct vm_child child = { .argv = argv,
				  .environment = environment,
				  .stdin_fd = 2,
				  .stdout_fd = 0,
				  .stderr_fd = 1 };
	struct vm_child_result result;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;
	char *out = NULL;

	write_test_file(folder->fd, "in", "input\n", 6);
	(void)fflush(stdout);
	dup2(openat(folder->fd, "in", O_RDONLY | O_CLOEXEC), 2);
	dup2(openat(folder->fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600), 0);
	dup2(openat(folder->fd, "err", O_RDWR | O_CREAT | O_CLOEXEC, 0600), 1);
	status = vm_child_run(&child, &result, &err);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_int_equal(status, VM_OK);
	out = read_test_file(folder->fd, "out", NULL);
	assert_string_equal(out, "input\nout\n");
	free(out);
	out = read_test_file(folder->fd, "err", NULL);
	assert_string_equal(out, "err\n");
	free(out);
}

/* A client of the C library may do so. */
static void an_exit_code_that_went_elsewhere_is_no_success(void **state)
{
	const char *const argv[] = { "/bin/true", NULL };
	const struct vm_child child = { .argv = argv,
					.environment = environment,
					.stdin_fd = -1,
					.stdout_fd = -1,
					.stderr_fd = -1,
					.seconds = 60 };
	struct vm_child_result result;
	struct vm_error err;

	(void)state;
	(void)signal(SIGCHLD, SIG_IGN);
	assert_int_equal(vm_child_run(&child, &result, &err), VM_TEMPFAIL);
	(void)signal(SIGCHLD, SIG_DFL);
	assert_false(result.timed_out);
}

static void a_signal_is_told_apart(void **state)
{
	struct vm_child_result result;
	char *out = run(*state, "kill -USR1 $$", &result);

	assert_true(result.signalled);
	assert_int_equal(result.code, SIGUSR1);
	free(out);
}

static void what_cannot_start_is_tempfail_with_the_reason(void **state)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	struct vm_child child = { .argv = argv,
				  .environment = environment,
				  .stdin_fd = -1,
				  .stdout_fd = -1,
				  .stderr_fd = -1 };
	struct vm_child_result result;
	struct vm_error err;

	(void)state;
	assert_int_equal(vm_child_run(&child, &result, &err), VM_TEMPFAIL);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/program"));
	child.folder = "/nonexistent";
	assert_int_equal(vm_child_run(&child, &result, &err), VM_TEMPFAIL);
}

/* The grandchild holds the pipe: its end shows that all of them are gone. */
static void the_deadline_ends_the_whole_group(void **state)
{
	const char *const argv[] = { "/bin/sh", "-c", "sleep 600 & wait", NULL };
	struct vm_child child = { .argv = argv,
				  .environment = environment,
				  .stdin_fd = -1,
				  .stderr_fd = -1,
				  .seconds = 1 };
	struct vm_child_result result;
	struct vm_error err;
	int ends[2];
	char byte = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child.stdout_fd = ends[1];
	assert_int_equal(vm_child_run(&child, &result, &err), VM_TEMPFAIL);
	assert_true(result.timed_out);
	assert_true(result.signalled);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

/* Runs `script` with its output copied into a file, at most 100000 bytes of it. */
static enum vm_status copy(const struct test_folder *folder, const char *script, int fd,
			   int seconds, struct vm_child_result *result)
{
	const struct vm_child_copy to = { fd, "the file", 100000 };
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct vm_child child = { .argv = argv,
					.environment = environment,
					.folder = folder->path,
					.stdin_fd = -1,
					.stderr_fd = -1,
					.seconds = seconds,
					.copy = &to };
	struct vm_error err;

	return vm_child_run(&child, result, &err);
}

static void output_is_copied_whole(void **state)
{
	const struct test_folder *const folder = *state;
	const int fd = openat(folder->fd, "copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vm_child_result result;

	assert_int_equal(copy(folder, "head -c 100000 /dev/zero; exit 3", fd, 20, &result), VM_OK);
	assert_int_equal(result.code, 3);
	assert_int_equal(lseek(fd, 0, SEEK_END), 100000);
	close(fd);
}

static void output_that_cannot_be_copied_ends_the_program(void **state)
{
	const struct test_folder *const folder = *state;
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct vm_child_result result;

	assert_int_equal(copy(folder, "echo x; exec tail -f /dev/null", full, 0, &result),
			 VM_TEMPFAIL);
	assert_int_equal(copy(folder, "exec cat /dev/zero", null, 0, &result), VM_TEMPFAIL);
	assert_int_equal(copy(folder, "echo x; exec tail -f /dev/null", null, 1, &result),
			 VM_TEMPFAIL);
	assert_true(result.timed_out);
	close(full);
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(exit_code_output_and_folder_are_as_asked),
		IN_FOLDER(a_child_of_root_becomes_its_owner),
		IN_FOLDER(descriptors_and_signals_do_not_leak),
		IN_FOLDER(standard_descriptors_may_be_crossed),
		IN_FOLDER(a_signal_is_told_apart),
		cmocka_unit_test(an_exit_code_that_went_elsewhere_is_no_success),
		IN_FOLDER(output_is_copied_whole),
		IN_FOLDER(output_that_cannot_be_copied_ends_the_program),
		cmocka_unit_test(what_cannot_start_is_tempfail_with_the_reason),
		IN_FOLDER(the_deadline_ends_the_whole_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
