/* Sends an answer where one is to be given. */
#include <config.h>

#include "delivery/answer.h"

#include <string.h>

#include "core/maildir.h"
#include "core/reply_memory.h"
#include "delivery/queue.h"
#include "util/clock.h"
#include "util/file.h"

enum { ORIGINAL_MAX = 65536, HEADER_ROOM = 16384 };

/* The message behind the text, as much as is shown. */
static enum vm_status add_original(const struct vm_message *message, struct vm_buf *out,
				   struct vm_error *err)
{
	vm_buf_append_text(out, "\n--- the message\n\n");
	return vm_message_read_beginning(message, ORIGINAL_MAX, out, err);
}

static enum vm_status queue(const struct vm_answer *answer, const struct vm_buf *text,
			    struct vm_error *err)
{
	const char *const recipients[] = { answer->message->sender };
	const struct vm_queue_request request = {
		.config = answer->config,
		.sender = "",
		.recipients = recipients,
		.count = 1,
		/* Nobody's message waits a day for an answer to it. */
		.seconds = (int)answer->config->program_seconds
	};
	const struct vm_message message = { .memory = text->bytes, .fd = -1, .size = text->length };
	struct vm_child_result ended;
	int fd = -1;
	enum vm_status status = vm_message_open_copy(&message, "", 0, &fd, err);

	if (status == VM_OK)
		status = vm_queue_message(&request, fd, &ended, err);
	vm_file_discard(&fd);
	if (status == VM_OK && (ended.signalled || ended.code != 0))
		status = vm_fail(err, VM_TEMPFAIL, "the answer could not be queued (%s %d)",
				 ended.signalled ? "signal" : "exit", ended.code);
	return status;
}

static enum vm_status write_and_queue(const struct vm_answer *answer,
				      const struct vm_reply_question *question,
				      struct vm_error *err)
{
	char token[VM_MAILDIR_NAME_MAX + 1];
	struct vm_buf text;
	enum vm_status status = VM_OK;

	vm_maildir_unique_name(token);
	vm_buf_init(&text, strlen(answer->text) + HEADER_ROOM + ORIGINAL_MAX);
	vm_reply_write(question, answer->text, vm_clock_now(), token, &text);
	if (answer->adds_original)
		status = add_original(answer->message, &text, err);
	if (status == VM_OK)
		status = vm_buf_check(&text, "the answer", err);
	if (status == VM_OK)
		status = queue(answer, &text, err);
	vm_buf_release(&text);
	return status;
}

static enum vm_status answer_once(const struct vm_answer *answer,
				  const struct vm_reply_question *question,
				  enum vm_reply_refusal *refusal, struct vm_error *err)
{
	const time_t now = vm_clock_now();
	struct vm_reply_memory memory;
	struct vm_error ignored;
	enum vm_status status = vm_reply_memory_begin(&memory, answer->folder, question->sender,
						      answer->seconds, answer->most, now, err);

	if (status == VM_LIMIT) {
		*refusal = VM_REPLY_ENOUGH;
		return VM_DENIED;
	}
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_TEMPFAIL : status;
	status = write_and_queue(answer, question, err);
	(void)vm_reply_memory_end(&memory, status == VM_OK ? question->sender : NULL, now,
				  &ignored); /* see answer.h */
	return status;
}

/*
 * Reads the header. A NUL would hide the fields behind it, such as List-Id, and is a blank; *is_whole: the end was reached.
 */
static enum vm_status read_header(const struct vm_message *message, struct vm_buf *out,
				  bool *is_whole, struct vm_error *err)
{
	const enum vm_status status = vm_message_read_header(message, out, err);

	for (size_t i = 0; i < out->length; i++)
		if (out->bytes[i] == '\0')
			out->bytes[i] = ' ';
	*is_whole = out->length >= message->size || strstr(out->bytes, "\n\n") != NULL ||
		    strstr(out->bytes, "\n\r\n") != NULL;
	return status;
}

enum vm_status vm_answer_send(const struct vm_answer *answer, enum vm_reply_refusal *refusal,
			      struct vm_error *err)
{
	struct vm_reply_question question = { .sender = answer->message->sender,
					      .names = answer->names,
					      .must_be_named = answer->must_be_named };
	struct vm_buf header;
	bool is_whole = false;
	enum vm_status status = VM_INTERNAL;

	*refusal = VM_REPLY_NO_SENDER;
	if (question.sender[0] == '\0')
		return VM_DENIED;
	vm_buf_init(&header, VM_HEADER_MAX);
	status = read_header(answer->message, &header, &is_whole, err);
	question.header = header.bytes;
	if (status == VM_OK) {
		*refusal = is_whole ? vm_reply_decide(&question) : VM_REPLY_TOO_LONG;
		status = *refusal == VM_REPLY_ANSWER ? answer_once(answer, &question, refusal, err)
						     : VM_DENIED;
	}
	vm_buf_release(&header);
	return status;
}
