/* The TRANSACTION state of POP3. */
#include "config.h"

#include "mta/common/pop3/pop3_transaction.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "mta/common/pop3/pop3_command.h"
#include "mta/common/pop3/pop3_encoder.h"
#include "util/file.h"

enum { MISTAKES_MAX = 50, READ_SIZE = 16384, REPLY_MAX = 600 };

/* False ends the session. */
typedef bool command_function(struct vm_pop3_transaction *, const struct vm_pop3_request *);

/* A failure stays in the stream (is_broken) and ends the session after the command. */
static void say(struct vm_pop3_transaction *session, const char *text)
{
	struct vm_error err;

	(void)vm_stream_write_text(session->output, text, &err);
}

static void print(struct vm_pop3_transaction *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void print(struct vm_pop3_transaction *session, const char *format, ...)
{
	char text[REPLY_MAX + 1];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0 && length <= REPLY_MAX)
		say(session, text);
}

static void ok(struct vm_pop3_transaction *session)
{
	say(session, "+OK \r\n");
}

static bool refuse(struct vm_pop3_transaction *session, const char *why)
{
	print(session, "-ERR %s\r\n", why);
	return ++session->mistakes <= MISTAKES_MAX;
}

static bool fail_later(struct vm_pop3_transaction *session, const char *why)
{
	print(session, "-ERR [SYS/TEMP] %s\r\n", why);
	return true;
}

/* The message with this number, NULL (and the reply given) when there is none. */
static struct vm_pop3_message *find_message(struct vm_pop3_transaction *session, uint32_t number,
					    bool *go_on)
{
	struct vm_pop3_mailbox *mailbox = session->mailbox;

	if (number == 0)
		*go_on = refuse(session, "messages are counted from 1");
	else if (number > mailbox->count)
		*go_on = refuse(session, "not that many messages");
	else if (mailbox->messages[number - 1].is_deleted)
		*go_on = refuse(session, "already deleted");
	else
		return &mailbox->messages[number - 1];
	return NULL;
}

static bool do_stat(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	const struct vm_pop3_mailbox *mailbox = session->mailbox;
	uint64_t octets = 0;
	size_t count = 0;
	struct vm_error err;

	(void)request;
	if (vm_pop3_mailbox_measure(session->mailbox, &err) != VM_OK)
		return fail_later(session, "unable to read the messages");
	for (size_t i = 0; i < mailbox->count; i++) {
		if (mailbox->messages[i].is_deleted)
			continue;
		octets += mailbox->messages[i].octets;
		count++;
	}
	print(session, "+OK %zu %llu\r\n", count, (unsigned long long)octets);
	return true;
}

static void print_size(struct vm_pop3_transaction *session, const char *before, size_t index)
{
	print(session, "%s%zu %llu\r\n", before, index + 1,
	      (unsigned long long)session->mailbox->messages[index].octets);
}

static void print_uid(struct vm_pop3_transaction *session, const char *before, size_t index)
{
	char uid[VM_POP3_UID_MAX + 1];

	vm_pop3_mailbox_uid(session->mailbox, index, uid);
	print(session, "%s%zu ", before, index + 1);
	say(session, uid);
	say(session, "\r\n");
}

static bool list_with(struct vm_pop3_transaction *session, const struct vm_pop3_request *request,
		      void (*print_item)(struct vm_pop3_transaction *, const char *, size_t))
{
	uint32_t number = 0;
	const int numbers = vm_pop3_numbers(request, &number, 1);
	bool go_on = true;

	if (numbers < 0)
		return refuse(session, "syntax error");
	if (numbers == 1) {
		if (find_message(session, number, &go_on) != NULL)
			print_item(session, "+OK ", number - 1);
		return go_on;
	}
	ok(session);
	for (size_t i = 0; i < session->mailbox->count; i++) {
		if (!session->mailbox->messages[i].is_deleted)
			print_item(session, "", i);
	}
	say(session, ".\r\n");
	return true;
}

static bool do_list(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	struct vm_error err;

	if (vm_pop3_mailbox_measure(session->mailbox, &err) != VM_OK)
		return fail_later(session, "unable to read the messages");
	return list_with(session, request, print_size);
}

static bool do_uidl(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	return list_with(session, request, print_uid);
}

/* After the first byte of a message only the end of the connection can say that the rest is missing. */
static bool transmit(struct vm_pop3_transaction *session, struct vm_pop3_message *message, int fd,
		     uint64_t body_lines)
{
	struct vm_pop3_encoder encoder;
	char block[READ_SIZE];
	ssize_t got;

	ok(session);
	vm_pop3_encoder_init(&encoder, session->output, body_lines);
	while (!encoder.finished && (got = read(fd, block, sizeof(block))) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return false;
		vm_pop3_encoder_feed(&encoder, block, (size_t)got);
		if (session->output->is_broken)
			return false;
	}
	vm_pop3_encoder_finish(&encoder);
	if (body_lines == UINT64_MAX && message->octets != encoder.octets) {
		session->mailbox->sizes_changed = message->octets != UINT64_MAX ||
						  session->mailbox->sizes_changed;
		message->octets = encoder.octets;
	}
	return true;
}

static bool send_message(struct vm_pop3_transaction *session, uint32_t number, uint64_t body_lines)
{
	bool go_on = true;
	struct vm_pop3_message *message = find_message(session, number, &go_on);
	struct vm_error err;
	int fd = -1;

	if (message == NULL)
		return go_on;
	switch (vm_pop3_mailbox_open_message(session->mailbox, number - 1, &fd, &err)) {
	case VM_OK:
		break;
	case VM_NOT_FOUND:
		say(session, "-ERR this message was removed by another program\r\n");
		return true;
	case VM_EXISTS:
	case VM_INVALID:
	case VM_DENIED:
	case VM_LIMIT:
	case VM_UNSUPPORTED:
	case VM_TEMPFAIL:
	case VM_MISCONFIG:
	case VM_INTERNAL:
		return fail_later(session, "unable to open that message");
	}
	go_on = transmit(session, message, fd, body_lines);
	vm_file_discard(&fd);
	return go_on;
}

static bool do_retr(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	uint32_t number;

	if (vm_pop3_numbers(request, &number, 1) != 1)
		return refuse(session, "syntax error");
	return send_message(session, number, UINT64_MAX);
}

static bool do_top(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	uint32_t numbers[2];

	if (vm_pop3_numbers(request, numbers, 2) != 2)
		return refuse(session, "syntax error");
	return send_message(session, numbers[0], numbers[1]);
}

static bool do_dele(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	struct vm_pop3_message *message;
	uint32_t number;
	bool go_on = true;

	if (vm_pop3_numbers(request, &number, 1) != 1)
		return refuse(session, "syntax error");
	message = find_message(session, number, &go_on);
	if (message == NULL)
		return go_on;
	message->is_deleted = true;
	if (number > session->last)
		session->last = number;
	ok(session);
	return true;
}

static bool do_rset(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	(void)request;
	for (size_t i = 0; i < session->mailbox->count; i++)
		session->mailbox->messages[i].is_deleted = false;
	session->last = 0;
	ok(session);
	return true;
}

static bool do_last(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	(void)request;
	print(session, "+OK %zu\r\n", session->last);
	return true;
}

static bool do_ok(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	(void)request;
	ok(session);
	return true;
}

static bool do_capa(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	(void)request;
	print(session,
	      "+OK \r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
	      "LOGIN-DELAY %u\r\nUTF8\r\nIMPLEMENTATION Virtmail\r\n.\r\n",
	      session->login_delay);
	return true;
}

static bool do_quit(struct vm_pop3_transaction *session, const struct vm_pop3_request *request)
{
	struct vm_error err;

	(void)request;
	if (vm_pop3_mailbox_apply(session->mailbox, &err) == VM_OK)
		ok(session);
	else
		(void)fail_later(session, "some deleted messages are not removed");
	return false;
}

static const struct {
	enum vm_pop3_verb verb;
	command_function *run;
	bool takes_argument;
} commands[] = {
	{ VM_POP3_CAPA, do_capa, false }, { VM_POP3_DELE, do_dele, true },
	{ VM_POP3_LAST, do_last, false }, { VM_POP3_LIST, do_list, true },
	{ VM_POP3_NOOP, do_ok, false },   { VM_POP3_QUIT, do_quit, false },
	{ VM_POP3_RETR, do_retr, true },  { VM_POP3_RSET, do_rset, false },
	{ VM_POP3_STAT, do_stat, false }, { VM_POP3_TOP, do_top, true },
	{ VM_POP3_UIDL, do_uidl, true },  { VM_POP3_UTF8, do_ok, false },
};

bool vm_pop3_transaction_line(struct vm_pop3_transaction *session, char *line, size_t length)
{
	struct vm_pop3_request request;
	bool go_on;

	vm_pop3_decode(line, length, &request);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].verb != request.verb)
			continue;
		if (!commands[i].takes_argument && request.argument_length > 0)
			return refuse(session, "syntax error");
		go_on = commands[i].run(session, &request);
		return go_on && !session->output->is_broken;
	}
	return refuse(session, "unimplemented");
}

bool vm_pop3_transaction_long_line(struct vm_pop3_transaction *session)
{
	return refuse(session, "line too long");
}
