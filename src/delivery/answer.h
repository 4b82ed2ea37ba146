/* Answers a message: decides, remembers, writes, queues. autorespond and the engine are its two faces. */
#ifndef VM_DELIVERY_ANSWER_H
#define VM_DELIVERY_ANSWER_H

#include "core/auto_reply.h"
#include "core/config.h"
#include "delivery/message.h"

struct vm_answer {
	const struct vm_config *config;
	const struct vm_message *message;
	const char *const *names; /* as in struct vm_reply_question */
	bool must_be_named;
	const char *text;       /* see core/auto_reply.h */
	const char *folder;     /* of the memory */
	uint64_t seconds, most; /* so many answers to a sender in so long */
	bool adds_original;     /* the message behind the answer's text */
};

/*
 * VM_OK: the answer is queued, with the null sender, and noted. VM_DENIED: there is none to give, and *refusal says why.
 * VM_TEMPFAIL: it could not be queued, and is not noted. An answer that is queued and cannot be noted is VM_OK: at worst
 * the sender gets another.
 */
enum vm_status vm_answer_send(const struct vm_answer *answer, enum vm_reply_refusal *refusal,
			      struct vm_error *err);

#endif
