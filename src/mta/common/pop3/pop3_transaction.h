/* The TRANSACTION state of POP3: a line in, a reply out. Source: RFC 1939, 2449, 6856. */
#ifndef VM_MTA_COMMON_POP3_POP3_TRANSACTION_H
#define VM_MTA_COMMON_POP3_POP3_TRANSACTION_H

#include "mta/common/pop3/pop3_mailbox.h"
#include "util/stream.h"

struct vm_pop3_transaction {
	struct vm_pop3_mailbox *mailbox;
	struct vm_stream *output;
	uint32_t login_delay; /* seconds, for CAPA */
	size_t last;          /* highest number that was deleted, as LAST answers it */
	unsigned int mistakes;
};

/*
 * Answers one line (length bytes and a NUL, without its line end) into the output. False when the session is over: QUIT
 * (the mailbox is changed then), too many mistakes, or a client that is gone.
 */
bool vm_pop3_transaction_line(struct vm_pop3_transaction *session, char *line, size_t length);

/* Answers a line that was too long; as above. */
bool vm_pop3_transaction_long_line(struct vm_pop3_transaction *session);

#endif
