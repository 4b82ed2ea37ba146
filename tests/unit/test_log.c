/* log.c */
#include "config.h"

#include "support.h"
#include "util/log.h"

/* What goes to stderr while the log is used. */
static char *caught(const struct test_folder *folder, void (*say)(const struct vm_log *),
		    enum vm_log_target target)
{
	const int saved = dup(STDERR_FILENO);
	const int file = openat(folder->fd, "log", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vm_log log;

	dup2(file, STDERR_FILENO);
	vm_log_open(&log, target, "vtest");
	say(&log);
	vm_log_close(&log);
	vm_log_error(&log, "after close");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
	return read_test_file(folder->fd, "log", NULL);
}

static void say_three(const struct vm_log *log)
{
	vm_log_notice(log, "vchkpw-pop3: login %s", "a@b");
	vm_log_warning(log, "bad %s", "x\ny%n\xff");
	vm_log_error(log, "%s", "last");
}

static void say_long(const struct vm_log *log)
{
	char text[5000];

	memset(text, 'l', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	vm_log_notice(log, "%s", text);
}

static void lines_go_to_stderr_harmless_and_named(void **state)
{
	char *const out = caught(*state, say_three, VM_LOG_STDERR);

	assert_string_equal(out, "vtest: vchkpw-pop3: login a@b\nvtest: bad x?y?n?\nvtest: last\n");
	free(out);
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
	char *const out = caught(*state, say_long, VM_LOG_STDERR);

	assert_int_equal(strlen(out), strlen("vtest: ") + 1000 + 1);
	assert_int_equal(out[strlen(out) - 1], '\n');
	free(out);
}

static void none_says_nothing(void **state)
{
	char *const out = caught(*state, say_three, VM_LOG_NONE);

	assert_string_equal(out, "");
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(lines_go_to_stderr_harmless_and_named),
		IN_FOLDER(a_long_line_is_cut_and_still_ends),
		IN_FOLDER(none_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
