/* Tests of mta/common/pop3/pop3_transaction.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_transaction.h"
#include "test_folder.h"

enum { SAID_MAX = 8192 };

struct session {
	void *folder;
	int fd; /* takes what the server says */
	bool over;
	struct vm_pop3_mailbox mailbox;
	struct vm_stream client;
	struct vm_pop3_transaction transaction;
	char said[SAID_MAX];
};

static int begin(void **state)
{
	static const char *const parts[] = { "M", "M/new", "M/cur", "M/tmp" };
	struct session *session = calloc(1, sizeof(*session));
	const struct test_folder *folder;
	struct vm_error err;
	char path[128];

	if (session == NULL || test_folder_make(&session->folder) != 0)
		return -1;
	folder = session->folder;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_int_equal(mkdirat(folder->fd, parts[i], 0700), 0);
	test_folder_write(folder, "M/new/1.a", "h: 1\n\n.one\n", 0600);
	test_folder_write(folder, "M/cur/2.b:2,S", "h: 2\n\ntwo\nlines\n", 0600);
	test_folder_write(folder, "M/new/3.c", "h: 3\n\nthree\n", 0600);
	snprintf(path, sizeof(path), "%s/M", folder->path);
	session->fd = memfd_create("said", MFD_CLOEXEC);
	assert_int_equal(vm_pop3_mailbox_open(&session->mailbox, path, &err), VM_OK);
	assert_int_equal(vm_stream_init(&session->client, session->fd, session->fd, 128, 60, &err),
			 VM_OK);
	session->transaction.mailbox = &session->mailbox;
	session->transaction.output = &session->client;
	*state = session;
	return 0;
}

static int end(void **state)
{
	struct session *session = *state;
	int result;

	vm_pop3_mailbox_release(&session->mailbox);
	vm_stream_release(&session->client);
	close(session->fd);
	result = test_folder_remove(&session->folder);
	free(session);
	return result;
}

/* Says a line; what was answered. */
static const char *ask(struct session *session, const char *text)
{
	char line[VM_POP3_LINE_MAX + 1];
	struct vm_error err;
	ssize_t got;

	assert_false(session->over);
	assert_int_equal(ftruncate(session->fd, 0), 0);
	assert_int_equal(lseek(session->fd, 0, SEEK_SET), 0);
	memcpy(line, text, strlen(text) + 1);
	session->over = !vm_pop3_transaction_line(&session->transaction, line, strlen(text));
	assert_int_equal(vm_stream_flush(&session->client, &err), VM_OK);
	got = pread(session->fd, session->said, sizeof(session->said) - 1, 0);
	assert_true(got >= 0);
	session->said[got] = '\0';
	return session->said;
}

static void assert_refused(struct session *session, const char *text)
{
	assert_memory_equal(ask(session, text), "-ERR ", 5);
	assert_false(session->over);
}

static void stat_counts_what_is_not_deleted(void **state)
{
	struct session *session = *state;

	assert_string_equal(ask(session, "STAT"), "+OK 3 49\r\n");
	assert_string_equal(ask(session, "DELE 2"), "+OK \r\n");
	assert_string_equal(ask(session, "STAT"), "+OK 2 29\r\n");
	assert_string_equal(ask(session, "RSET"), "+OK \r\n");
	assert_string_equal(ask(session, "STAT"), "+OK 3 49\r\n");
}

static void list_and_uidl_answer_for_all_and_for_one(void **state)
{
	struct session *session = *state;

	assert_string_equal(ask(session, "LIST"), "+OK \r\n1 14\r\n2 20\r\n3 15\r\n.\r\n");
	assert_string_equal(ask(session, "UIDL"), "+OK \r\n1 1.a\r\n2 2.b\r\n3 3.c\r\n.\r\n");
	assert_string_equal(ask(session, "LIST 2"), "+OK 2 20\r\n");
	assert_string_equal(ask(session, "UIDL 3"), "+OK 3 3.c\r\n");
	(void)ask(session, "DELE 2");
	assert_string_equal(ask(session, "LIST"), "+OK \r\n1 14\r\n3 15\r\n.\r\n");
	assert_string_equal(ask(session, "UIDL"), "+OK \r\n1 1.a\r\n3 3.c\r\n.\r\n");
	assert_refused(session, "LIST 2");
	assert_refused(session, "UIDL 2");
}

static void retr_sends_as_many_octets_as_list_promised(void **state)
{
	struct session *session = *state;

	/* 14 octets, one doubled dot, the last line; no empty line before it */
	assert_string_equal(ask(session, "RETR 1"), "+OK \r\nh: 1\r\n\r\n..one\r\n.\r\n");
	assert_string_equal(ask(session, "RETR 2"), "+OK \r\nh: 2\r\n\r\ntwo\r\nlines\r\n.\r\n");
	assert_string_equal(ask(session, "TOP 2 0"), "+OK \r\nh: 2\r\n\r\n.\r\n");
	assert_string_equal(ask(session, "TOP 2 1"), "+OK \r\nh: 2\r\n\r\ntwo\r\n.\r\n");
}

static void numbers_that_are_none_are_refused(void **state)
{
	static const char *const lines[] = {
		"RETR",   "RETR 0",   "RETR 4",      "RETR -1",  "RETR 1 2",
		"RETR x", "TOP 1",    "TOP",         "TOP 1 -1", "DELE",
		"DELE 0", "DELE 4",   "LIST 0",      "LIST 4",   "UIDL 0",
		"UIDL x", "LIST 1 2", "STAT 1",      "QUIT 1",   "RETR 18446744073709551617",
		"XYZZY",  "",         "PASS secret",
	};
	struct session *session = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_refused(session, lines[i]);
	(void)ask(session, "DELE 1");
	assert_refused(session, "DELE 1");
	assert_refused(session, "RETR 1");
	assert_refused(session, "TOP 1 0");
}

static void last_is_the_highest_deleted(void **state)
{
	struct session *session = *state;

	assert_string_equal(ask(session, "LAST"), "+OK 0\r\n");
	(void)ask(session, "DELE 3");
	(void)ask(session, "DELE 1");
	assert_string_equal(ask(session, "LAST"), "+OK 3\r\n");
	(void)ask(session, "RSET");
	assert_string_equal(ask(session, "LAST"), "+OK 0\r\n");
}

static void quit_applies_and_nothing_else_does(void **state)
{
	struct session *session = *state;
	const struct test_folder *folder = session->folder;

	(void)ask(session, "DELE 1");
	assert_int_equal(faccessat(folder->fd, "M/new/1.a", F_OK, 0), 0);
	assert_string_equal(ask(session, "quit"), "+OK \r\n");
	assert_true(session->over);
	assert_int_not_equal(faccessat(folder->fd, "M/new/1.a", F_OK, 0), 0);
	assert_int_equal(faccessat(folder->fd, "M/cur/3.c:2,", F_OK, 0), 0);
}

static void a_message_that_went_away_is_refused_and_the_rest_goes_on(void **state)
{
	struct session *session = *state;
	const struct test_folder *folder = session->folder;

	assert_int_equal(unlinkat(folder->fd, "M/new/1.a", 0), 0);
	assert_refused(session, "RETR 1");
	assert_string_equal(ask(session, "RETR 3"), "+OK \r\nh: 3\r\n\r\nthree\r\n.\r\n");
	assert_string_equal(ask(session, "STAT"), "+OK 3 35\r\n");
	(void)ask(session, "DELE 1");
	assert_string_equal(ask(session, "QUIT"), "+OK \r\n");
}

static void a_file_that_cannot_be_read_is_a_maybe(void **state)
{
	struct session *session = *state;
	const struct test_folder *folder = session->folder;

	assert_int_equal(unlinkat(folder->fd, "M/new/1.a", 0), 0);
	assert_int_equal(mkdirat(folder->fd, "M/new/1.a", 0700), 0);
	assert_memory_equal(ask(session, "RETR 1"), "-ERR [SYS/TEMP] ", 16);
	assert_memory_equal(ask(session, "STAT"), "-ERR [SYS/TEMP] ", 16);
}

static void capa_and_utf8_and_noop_are_answered(void **state)
{
	struct session *session = *state;

	session->transaction.login_delay = 30;
	assert_string_equal(ask(session, "CAPA"),
			    "+OK \r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
			    "LOGIN-DELAY 30\r\nUTF8\r\nIMPLEMENTATION Virtmail\r\n.\r\n");
	assert_string_equal(ask(session, "UTF8"), "+OK \r\n");
	assert_string_equal(ask(session, "NOOP"), "+OK \r\n");
}

static void mistakes_are_bounded(void **state)
{
	struct session *session = *state;
	int lines = 0;

	while (!session->over) {
		(void)ask(session, "nonsense");
		assert_true(++lines < 1000);
	}
	assert_true(lines >= 20);
}

#define WITH_SESSION(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SESSION(stat_counts_what_is_not_deleted),
		WITH_SESSION(list_and_uidl_answer_for_all_and_for_one),
		WITH_SESSION(retr_sends_as_many_octets_as_list_promised),
		WITH_SESSION(numbers_that_are_none_are_refused),
		WITH_SESSION(last_is_the_highest_deleted),
		WITH_SESSION(quit_applies_and_nothing_else_does),
		WITH_SESSION(a_message_that_went_away_is_refused_and_the_rest_goes_on),
		WITH_SESSION(a_file_that_cannot_be_read_is_a_maybe),
		WITH_SESSION(capa_and_utf8_and_noop_are_answered),
		WITH_SESSION(mistakes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
