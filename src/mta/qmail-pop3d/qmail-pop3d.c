/* Serves the Maildir of one user over POP3, after the login. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/home.h"
#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_transaction.h"
#include "operations/usage_removed.h"
#include "util/text.h"

/* Seconds; RFC 1939 allows no less than ten minutes, qmail's always waited twenty. */
enum { TIMEOUT_DEFAULT = 1200, TIMEOUT_MAX = 86400, LOGIN_DELAY_MAX = 86400 };
enum { EXIT_MISUSED = 100, EXIT_LATER = 111 };

/* qmail-popup passes its settings on; one that is no number is as if absent. */
static uint32_t number_from_environment(const char *name, uint32_t maximum, uint32_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value;

	return text != NULL && vm_text_parse_u64(text, maximum, &value) ? (uint32_t)value
									: otherwise;
}

static void talk(struct vm_pop3_transaction *session, struct vm_stream *client)
{
	enum vm_line_end ending;
	enum vm_status status;
	struct vm_error err;
	bool go_on = true;
	size_t length;
	char *line;

	(void)vm_stream_write_text(client, "+OK \r\n", &err); /* a failure shows at the read */
	while (go_on) {
		status = vm_stream_read_line(client, &line, &length, &ending, &err);
		if (status == VM_INVALID)
			go_on = vm_pop3_transaction_long_line(session);
		else if (status == VM_OK)
			go_on = vm_pop3_transaction_line(session, line, length);
		else
			go_on = false; /* without QUIT nothing is removed or moved */
	}
	(void)vm_stream_flush(client, &err); /* nobody is left to hear of a failure */
}

/* vchkpw has left the name in VPOPUSER. */
static void count_removed(const struct vm_usage *removed)
{
	const char *const login = getenv("VPOPUSER");
	struct vm_config config = { .home = NULL };
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (removed->messages == 0 || login == NULL)
		return;
	(void)close(0); /* the client is not to wait for a database */
	(void)close(1);
	status = vm_config_load(vm_home_from_environment(), &config, &err);
	if (status == VM_OK)
		status = vm_usage_removed(&config, login, removed, &err);
	if (status != VM_OK)
		(void)fprintf(stderr, "qmail-pop3d: %s\n", err.text);
	vm_config_release(&config);
}

/* The client is told here, so that the one who started us need not: always 0. */
static int serve(const char *maildir)
{
	const uint32_t timeout =
		number_from_environment("POP3_TIMEOUT", TIMEOUT_MAX, TIMEOUT_DEFAULT);
	struct vm_pop3_mailbox mailbox = { .removed = { 0, 0 } };
	struct vm_usage removed;
	struct vm_stream client;
	struct vm_pop3_transaction session = {
		.mailbox = &mailbox,
		.output = &client,
		.login_delay = number_from_environment("POP3_LOGIN_DELAY", LOGIN_DELAY_MAX, 0),
	};
	struct vm_error err;

	if (vm_stream_init(&client, 0, 1, VM_POP3_LINE_MAX + 2, (int)timeout, &err) != VM_OK)
		return EXIT_LATER;
	if (vm_pop3_mailbox_open(&mailbox, maildir, &err) == VM_OK) {
		talk(&session, &client);
		/* Forgotten sizes cost the next session time, nothing else. */
		if (vm_pop3_mailbox_remember(&mailbox, &err) != VM_OK)
			(void)fprintf(stderr, "qmail-pop3d: %s\n", err.text);
	} else {
		(void)fprintf(stderr, "qmail-pop3d: %s\n", err.text);
		(void)vm_stream_write_text(
			&client, "-ERR [SYS/TEMP] this user's mailbox cannot be opened\r\n", &err);
		(void)vm_stream_flush(&client, &err); /* nobody is left to hear of a failure */
	}
	removed = mailbox.removed;
	vm_pop3_mailbox_release(&mailbox);
	vm_stream_release(&client);
	count_removed(&removed);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "usage: qmail-pop3d Maildir\n");
		return EXIT_MISUSED;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail; a client that is gone shows at the write */
	return serve(argv[1]);
}
