/* Answers that programs give: whom to answer, and how the answer looks. Source: RFC 3834, RFC 5322, RFC 2047. */
#ifndef VM_CORE_AUTO_REPLY_H
#define VM_CORE_AUTO_REPLY_H

#include <stdbool.h>
#include <time.h>

#include "util/buf.h"

/* Why a message gets no answer. */
enum vm_reply_refusal {
	VM_REPLY_ANSWER,    /* it gets one */
	VM_REPLY_NO_SENDER, /* a bounce, or an envelope without a whole address */
	VM_REPLY_ITSELF,    /* from the address that would answer */
	VM_REPLY_ROBOT,     /* mailer-daemon, owner-LIST, LIST-request, no-reply ... */
	VM_REPLY_AUTOMATIC, /* Auto-Submitted and its like: a program wrote it */
	VM_REPLY_LIST,      /* List-Id and its like */
	VM_REPLY_BULK,      /* Precedence: bulk, list, junk */
	VM_REPLY_UNWANTED,  /* X-Auto-Response-Suppress */
	VM_REPLY_TOO_LONG,  /* a header whose end was not read: what it says is not known */
	VM_REPLY_NOT_NAMED, /* no header field names the person: a blind copy, or a list */
	VM_REPLY_ENOUGH,    /* the sender had an answer already: core/reply_memory.h */
};

/* "the sender had an answer in this period"; for people. */
const char *vm_reply_refusal_text(enum vm_reply_refusal refusal);

struct vm_reply_question {
	const char *header; /* the message, or the beginning that holds its header; ends with NUL */
	const char *sender; /* of the envelope */
	const char *const *
		names; /* addresses of who answers, NULL at the end; the first is the one that writes */
	bool must_be_named; /* by To, Cc, Bcc or their Resent- forms */
};

/* Everything but VM_REPLY_TOO_LONG and VM_REPLY_ENOUGH. */
enum vm_reply_refusal vm_reply_decide(const struct vm_reply_question *question);

/*
 * Appends the answer to `out`. `text` is what the person wrote: header lines such as From and Subject, an empty line, the
 * body; or a body alone. What is missing is made: From is the first name, Subject "Auto: " and that of the message, text
 * that is not ASCII is told as UTF-8. `token` makes the Message-ID unique. out->failed tells of want of memory.
 */
void vm_reply_write(const struct vm_reply_question *question, const char *text, time_t now,
		    const char *token, struct vm_buf *out);

#endif
