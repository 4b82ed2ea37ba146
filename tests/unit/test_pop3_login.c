/* Tests of mta/common/pop3/pop3_login.h. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_login.h"

struct session {
	struct vm_pop3_login login;
	struct vm_buf reply;
};

static int begin(void **state)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return -1;
	session->login.challenge = "<1@host>";
	session->login.tries_left = 3;
	session->login.tls_offered = true;
	vm_buf_init(&session->reply, 4096);
	*state = session;
	return 0;
}

static int end(void **state)
{
	struct session *session = *state;

	vm_buf_release(&session->reply);
	free(session);
	return 0;
}

static enum vm_pop3_action say(struct session *session, const char *text)
{
	char line[VM_POP3_LINE_MAX + 1];
	const size_t length = strlen(text);

	memcpy(line, text, length + 1);
	vm_buf_clear(&session->reply);
	return vm_pop3_login_line(&session->login, line, length, &session->reply);
}

static void assert_refused(struct session *session, const char *text)
{
	assert_int_equal(say(session, text), VM_POP3_GO_ON);
	assert_memory_equal(session->reply.bytes, "-ERR ", 5);
}

static void user_and_pass_ask_for_a_check_without_challenge(void **state)
{
	struct session *session = *state;

	assert_int_equal(say(session, "user bob@example.org\r"), VM_POP3_GO_ON);
	assert_string_equal(session->reply.bytes, "+OK \r\n");
	assert_int_equal(say(session, "PASS  a b \r"), VM_POP3_CHECK);
	assert_string_equal(session->reply.bytes, "");
	assert_string_equal(session->login.name, "bob@example.org");
	assert_string_equal(session->login.response.bytes, " a b ");
	assert_false(session->login.with_challenge);
}

static void apop_asks_for_a_check_with_the_challenge(void **state)
{
	struct session *session = *state;

	assert_int_equal(say(session, "APOP bob c4c9334bac560ecc979e58001b3e22fb"), VM_POP3_CHECK);
	assert_string_equal(session->login.name, "bob");
	assert_string_equal(session->login.response.bytes, "c4c9334bac560ecc979e58001b3e22fb");
	assert_true(session->login.with_challenge);
}

static void auth_plain_works_at_once_and_in_two_steps(void **state)
{
	struct session *session = *state;

	/* NUL bob NUL secret */
	assert_int_equal(say(session, "AUTH PLAIN AGJvYgBzZWNyZXQ="), VM_POP3_CHECK);
	assert_string_equal(session->login.name, "bob");
	assert_string_equal(session->login.response.bytes, "secret");
	assert_int_equal(say(session, "auth plain"), VM_POP3_GO_ON);
	assert_string_equal(session->reply.bytes, "+ \r\n");
	assert_int_equal(say(session, "AGJvYgBzZWNyZXQ=\r"), VM_POP3_CHECK);
	/* bob NUL bob NUL secret: acting for himself */
	assert_int_equal(say(session, "AUTH PLAIN Ym9iAGJvYgBzZWNyZXQ="), VM_POP3_CHECK);
}

static void auth_that_cannot_be_right_is_refused(void **state)
{
	struct session *session = *state;

	assert_refused(session, "AUTH CRAM-MD5");
	assert_refused(session, "AUTH PLAINER");
	assert_refused(session, "AUTH PLAIN !!!!");
	assert_refused(session, "AUTH PLAIN AGJvYg==");             /* no password */
	assert_refused(session, "AUTH PLAIN AABzZWNyZXQ=");         /* no name */
	assert_refused(session, "AUTH PLAIN YW5uAGJvYgBzZWNyZXQ="); /* ann for bob */
	assert_refused(session, "AUTH PLAIN AGJvYgBzZWMAcmV0");     /* a NUL in the password */
	assert_int_equal(say(session, "AUTH PLAIN"), VM_POP3_GO_ON);
	assert_refused(session, "*");
	/* the state is over: a command is a command again */
	assert_int_equal(say(session, "NOOP"), VM_POP3_GO_ON);
	assert_string_equal(session->reply.bytes, "+OK \r\n");
}

static void wrong_order_and_syntax_are_refused(void **state)
{
	struct session *session = *state;

	assert_refused(session, "PASS secret");
	assert_refused(session, "USER");
	assert_refused(session, "USER ");
	assert_refused(session, "PASS secret");
	assert_refused(session, "APOP bob");
	assert_refused(session, "APOP");
	assert_refused(session, "STAT");
	assert_refused(session, "STLS now");
	assert_int_equal(say(session, "USER bob"), VM_POP3_GO_ON);
	assert_refused(session, "PASS ");
}

static void capa_tells_what_is_possible_now(void **state)
{
	struct session *session = *state;

	session->login.login_delay = 60;
	assert_int_equal(say(session, "CAPA"), VM_POP3_GO_ON);
	assert_non_null(strstr(session->reply.bytes, "\r\nSTLS\r\n"));
	assert_non_null(strstr(session->reply.bytes, "\r\nUSER\r\n"));
	assert_non_null(strstr(session->reply.bytes, "\r\nLOGIN-DELAY 60\r\n"));
	assert_non_null(strstr(session->reply.bytes, "\r\nUTF8\r\n"));
	session->login.tls_required = session->login.utf8_names = true;
	(void)say(session, "CAPA");
	assert_null(strstr(session->reply.bytes, "\r\nUSER\r\n"));
	assert_null(strstr(session->reply.bytes, "SASL"));
	assert_non_null(strstr(session->reply.bytes, "\r\nUTF8 USER\r\n"));
	vm_pop3_login_tls_started(&session->login);
	(void)say(session, "CAPA");
	assert_null(strstr(session->reply.bytes, "STLS"));
	assert_non_null(strstr(session->reply.bytes, "SASL PLAIN"));
}

static void no_password_is_taken_before_tls_where_tls_is_required(void **state)
{
	struct session *session = *state;

	session->login.tls_required = true;
	assert_refused(session, "USER bob");
	assert_refused(session, "PASS secret");
	assert_refused(session, "APOP bob c4c9334bac560ecc979e58001b3e22fb");
	assert_refused(session, "AUTH PLAIN AGJvYgBzZWNyZXQ=");
	vm_pop3_login_tls_started(&session->login);
	assert_int_equal(say(session, "AUTH PLAIN AGJvYgBzZWNyZXQ="), VM_POP3_CHECK);
}

static void tls_forgets_what_was_said_before(void **state)
{
	struct session *session = *state;

	(void)say(session, "USER bob");
	assert_int_equal(say(session, "STLS"), VM_POP3_START_TLS);
	vm_pop3_login_tls_started(&session->login);
	assert_refused(session, "PASS secret");
	assert_refused(session, "STLS");
	session->login.tls_active = session->login.tls_offered = false;
	assert_refused(session, "STLS");
}

static void a_refusal_names_its_kind_and_tries_are_bounded(void **state)
{
	struct session *session = *state;

	vm_buf_clear(&session->reply);
	assert_int_equal(vm_pop3_login_refused(&session->login, 111, &session->reply),
			 VM_POP3_GO_ON);
	assert_memory_equal(session->reply.bytes, "-ERR [SYS/TEMP] ", 16);
	for (int i = 0; i < 3; i++) {
		(void)say(session, "USER bob");
		(void)say(session, "PASS wrong");
		assert_int_equal(vm_pop3_login_refused(&session->login, 3, &session->reply),
				 i < 2 ? VM_POP3_GO_ON : VM_POP3_END);
		assert_memory_equal(session->reply.bytes, "-ERR [AUTH] ", 12);
		assert_int_equal(session->login.response.length, 0);
	}
}

static void mistakes_are_bounded(void **state)
{
	struct session *session = *state;
	int lines = 0;

	while (say(session, "nonsense") == VM_POP3_GO_ON)
		assert_true(++lines < 100);
	assert_true(lines >= 10);
}

static void a_challenge_is_new_each_time(void **state)
{
	char a[VM_POP3_BANNER_MAX], b[VM_POP3_BANNER_MAX];

	(void)state;
	assert_true(vm_pop3_login_make_challenge("mail.example.org", a, sizeof(a)));
	assert_true(vm_pop3_login_make_challenge("mail.example.org", b, sizeof(b)));
	assert_string_not_equal(a, b);
	assert_int_equal(a[0], '<');
	assert_non_null(strstr(a, "@mail.example.org>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(user_and_pass_ask_for_a_check_without_challenge,
						begin, end),
		cmocka_unit_test_setup_teardown(apop_asks_for_a_check_with_the_challenge, begin,
						end),
		cmocka_unit_test_setup_teardown(auth_plain_works_at_once_and_in_two_steps, begin,
						end),
		cmocka_unit_test_setup_teardown(auth_that_cannot_be_right_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(wrong_order_and_syntax_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(capa_tells_what_is_possible_now, begin, end),
		cmocka_unit_test_setup_teardown(
			no_password_is_taken_before_tls_where_tls_is_required, begin, end),
		cmocka_unit_test_setup_teardown(tls_forgets_what_was_said_before, begin, end),
		cmocka_unit_test_setup_teardown(a_refusal_names_its_kind_and_tries_are_bounded,
						begin, end),
		cmocka_unit_test_setup_teardown(mistakes_are_bounded, begin, end),
		cmocka_unit_test(a_challenge_is_new_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
