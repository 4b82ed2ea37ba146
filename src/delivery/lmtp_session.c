/* Speaks LMTP: commands in, one reply for each recipient out. */
#include <config.h>

#include "delivery/lmtp_session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delivery/lmtp_body.h"
#include "delivery/lmtp_command.h"
#include "util/text.h"

enum { BAD_COMMANDS_MAX = 50 };

struct session {
	struct vm_stream *stream;
	const struct vm_context *context;
	struct vm_owner_client *owners;
	struct vm_error err; /* of the wire */
	bool has_greeted, has_sender, in_chunks, is_over;
	unsigned int bad_commands;
	char sender[VM_LMTP_PATH_MAX + 1];
	struct vm_address recipients[VM_LMTP_RECIPIENTS_MAX];
	size_t recipient_count;
	struct vm_lmtp_body body;
};

static void reply(struct session *session, const char *text)
{
	(void)vm_stream_printf(session->stream, &session->err, "%s\r\n",
			       text); /* the flush tells */
}

static void bad(struct session *session, const char *text)
{
	reply(session, text);
	if (++session->bad_commands < BAD_COMMANDS_MAX)
		return;
	reply(session, "421 4.7.0 Too many errors");
	session->is_over = true;
}

static void reset(struct session *session)
{
	session->has_sender = false;
	session->in_chunks = false;
	session->recipient_count = 0;
	vm_lmtp_body_clear(&session->body);
}

/* What the sender of the message is told; lines of an operator's text become lines of the reply. */
static void reply_result(struct session *session, const struct vm_delivery_result *result)
{
	const bool is_final = vm_status_is_definite(result->status);
	const int code = result->status == VM_OK          ? 250
			 : result->status == VM_LIMIT     ? 552
			 : result->status == VM_NOT_FOUND ? 550
			 : is_final                       ? 554
							  : 451;
	char text[VM_RESOLVE_TEXT_MAX];
	char *line = text, *end = NULL;

	(void)vm_text_copy(text, sizeof text, result->status == VM_OK ? "Delivered" : result->text);
	text[strcspn(text, "\r")] = '\0';
	while ((end = strchr(line, '\n')) != NULL && end[1] != '\0') {
		*end = '\0';
		vm_text_sanitize(line);
		(void)vm_stream_printf(session->stream, &session->err, "%d-%s %s\r\n", code,
				       result->code, line);
		line = end + 1;
	}
	if (end != NULL)
		*end = '\0';
	vm_text_sanitize(line);
	(void)vm_stream_printf(session->stream, &session->err, "%d %s %s\r\n", code, result->code,
			       line);
}

static void greet(struct session *session)
{
	char host[64] = "localhost";
	const uint64_t maximum = session->context->config->message_size_max;

	if (gethostname(host, sizeof host) != 0)
		memcpy(host, "localhost", sizeof "localhost");
	host[sizeof host - 1] = '\0';
	reset(session);
	session->has_greeted = true;
	(void)vm_stream_printf(session->stream, &session->err,
			       "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n", host);
	if (session->context->config->utf8_addresses)
		reply(session, "250-SMTPUTF8");
	(void)vm_stream_printf(session->stream, &session->err,
			       "250-SIZE %" PRIu64
			       "\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n",
			       maximum);
}

static void take_mail(struct session *session, const struct vm_lmtp_command *command)
{
	const uint64_t maximum = session->context->config->message_size_max;

	if (!session->has_greeted)
		bad(session, "503 5.5.1 LHLO first");
	else if (session->has_sender)
		bad(session, "503 5.5.1 There is a sender already; RSET begins anew");
	else if (command->is_utf8 && !session->context->config->utf8_addresses)
		bad(session, "555 5.6.7 SMTPUTF8 is not offered");
	else if (maximum != 0 && command->has_size && command->size > maximum)
		reply(session, "552 5.3.4 The message is too big");
	else {
		memcpy(session->sender, command->path, sizeof session->sender);
		session->has_sender = true;
		reply(session, "250 2.1.0 Sender ok");
	}
}

static void take_recipient(struct session *session, const struct vm_lmtp_command *command)
{
	const struct vm_delivery delivery = {
		.context = session->context,
		.message = { .fd = -1, .sender = session->sender, .delivered_to = "" }
	};
	const struct vm_address_policy policy =
		vm_config_address_policy(session->context->config, "");
	struct vm_address *const address = &session->recipients[session->recipient_count];
	struct vm_delivery_result result;
	struct vm_error err;

	if (!session->has_sender) {
		bad(session, "503 5.5.1 MAIL first");
		return;
	}
	if (session->recipient_count == VM_LMTP_RECIPIENTS_MAX) {
		reply(session, "452 4.5.3 Too many recipients");
		return;
	}
	if (vm_address_parse(command->path, &policy, address, &err) != VM_OK) {
		reply(session, "550 5.1.1 That address cannot be here");
		return;
	}
	vm_owner_check(session->owners, &delivery, address, &result);
	if (result.status == VM_OK) {
		session->recipient_count++;
		reply(session, "250 2.1.5 Recipient ok");
	} else {
		reply_result(session, &result);
	}
}

/* One reply for each recipient, whatever became of the message. */
static void reply_all(struct session *session, const char *text)
{
	for (size_t i = 0; i < session->recipient_count; i++)
		reply(session, text);
}

static void deliver_all(struct session *session)
{
	struct vm_delivery delivery = {
		.context = session->context,
		.message = { .memory = session->body.fd < 0 ? session->body.memory.bytes : NULL,
			     .fd = session->body.fd,
			     .size = session->body.size,
			     .sender = session->sender,
			     .delivered_to = "" }
	};

	for (size_t i = 0; i < session->recipient_count; i++) {
		struct vm_delivery_result result;

		vm_owner_deliver(session->owners, &delivery, &session->recipients[i], &result);
		reply_result(session, &result);
	}
}

static void refuse_unkept(struct session *session)
{
	vm_log_error(session->context->log, "event=spool result=%s text=\"%s\"",
		     vm_status_name(session->body.status), session->body.err.text);
	reply_all(session, "451 4.3.0 The message could not be kept; try again later");
}

static void finish_message(struct session *session)
{
	const struct vm_lmtp_body *const body = &session->body;

	if (body->is_too_big)
		reply_all(session, "552 5.3.4 The message is too big");
	else if (body->status != VM_OK)
		refuse_unkept(session);
	else if (body->has_bare_end)
		reply_all(session, "554 5.6.0 A line must end with CR LF");
	else
		deliver_all(session);
	reset(session);
}

static void take_data(struct session *session)
{
	enum vm_status status = VM_OK;

	if (session->in_chunks || session->recipient_count == 0) {
		bad(session, "503 5.5.1 No valid recipients");
		return;
	}
	vm_lmtp_body_clear(&session->body);
	reply(session, "354 Go on");
	while (status == VM_OK && !session->body.is_complete) {
		const char *bytes = NULL;
		size_t length = 0;

		status = vm_stream_peek(session->stream, &bytes, &length, &session->err);
		if (status == VM_OK)
			vm_stream_take(session->stream,
				       vm_lmtp_body_feed(&session->body, bytes, length));
	}
	if (status == VM_OK)
		finish_message(session);
	else
		session->is_over = true;
}

/* The bytes of a chunk are read even when they cannot be used: what follows must be commands again. */
static void take_chunk(struct session *session, const struct vm_lmtp_command *command)
{
	const bool is_wanted = session->recipient_count > 0;
	uint64_t left = command->size;
	enum vm_status status = VM_OK;

	while (status == VM_OK && left > 0) {
		const char *bytes = NULL;
		size_t length = 0;

		status = vm_stream_peek(session->stream, &bytes, &length, &session->err);
		if (status != VM_OK)
			break;
		if (length > left)
			length = (size_t)left;
		if (is_wanted)
			vm_lmtp_body_feed_chunk(&session->body, bytes, length);
		vm_stream_take(session->stream, length);
		left -= length;
	}
	if (status != VM_OK) {
		session->is_over = true;
	} else if (!is_wanted) {
		bad(session, "503 5.5.1 No valid recipients");
	} else if (command->is_last) {
		vm_lmtp_body_end_chunks(&session->body);
		finish_message(session);
	} else {
		session->in_chunks = true;
		reply(session, "250 2.0.0 Go on");
	}
}

static void quit(struct session *session)
{
	reply(session, "221 2.0.0 Bye");
	session->is_over = true;
}

static void run_command(struct session *session, const struct vm_lmtp_command *command)
{
	switch (command->verb) {
	case VM_LMTP_LHLO:
		greet(session);
		return;
	case VM_LMTP_MAIL:
		take_mail(session, command);
		return;
	case VM_LMTP_RCPT:
		take_recipient(session, command);
		return;
	case VM_LMTP_DATA:
		take_data(session);
		return;
	case VM_LMTP_BDAT:
		take_chunk(session, command);
		return;
	case VM_LMTP_RSET:
		reset(session);
		reply(session, "250 2.0.0 Ok");
		return;
	case VM_LMTP_NOOP:
		reply(session, "250 2.0.0 Ok");
		return;
	case VM_LMTP_VRFY:
		reply(session, "252 2.5.0 Send mail to find out");
		return;
	case VM_LMTP_QUIT:
		quit(session);
		return;
	case VM_LMTP_HELO:
		bad(session, "500 5.5.1 This is LMTP: LHLO");
		return;
	case VM_LMTP_UNKNOWN:
		bad(session, "500 5.5.1 Unknown command");
		return;
	case VM_LMTP_BAD_SYNTAX:
		bad(session, command->problem);
		return;
	}
}

static void serve(struct session *session)
{
	reply(session, "220 Virtmail LMTP");
	while (!session->is_over && !session->stream->is_broken) {
		struct vm_lmtp_command command;
		char *line = NULL;
		size_t length = 0;
		enum vm_line_end ending = VM_LINE_CRLF;
		const enum vm_status status = vm_stream_read_line(session->stream, &line, &length,
								  &ending, &session->err);

		if (status == VM_INVALID || (status == VM_OK && length > VM_LMTP_LINE_MAX)) {
			bad(session, "500 5.5.2 The line is too long");
			continue;
		}
		if (status != VM_OK)
			break;
		vm_lmtp_decode(line, length, &command);
		run_command(session, &command);
	}
	(void)vm_stream_flush(session->stream, &session->err); /* nobody is left to tell */
}

void vm_lmtp_session_run(struct vm_stream *stream, const struct vm_context *context,
			 struct vm_owner_client *owners, const char *spool)
{
	struct session *const session = calloc(1, sizeof *session);

	if (session == NULL) {
		struct vm_error err;

		(void)vm_stream_write_text(stream, "421 4.3.0 Out of memory\r\n", &err);
		(void)vm_stream_flush(stream, &err);
		return;
	}
	session->stream = stream;
	session->context = context;
	session->owners = owners;
	vm_lmtp_body_init(&session->body, spool, context->config->message_size_max);
	serve(session);
	vm_lmtp_body_release(&session->body);
	free(session);
}
