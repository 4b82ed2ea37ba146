/* The message of an LMTP transaction as it comes in: dots taken away, line ends made LF, kept in memory or a file. */
#ifndef VM_DELIVERY_LMTP_BODY_H
#define VM_DELIVERY_LMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum { VM_LMTP_MEMORY_MAX = 256 * 1024 }; /* bytes; bigger messages go on in an unnamed file */

enum vm_lmtp_body_state {
	VM_LMTP_AT_LINE,
	VM_LMTP_IN_LINE,
	VM_LMTP_AFTER_CR,
	VM_LMTP_AFTER_DOT,
	VM_LMTP_AFTER_DOT_CR
};

struct vm_lmtp_body {
	const char *folder; /* where a file is made */
	uint64_t maximum;   /* bytes; 0 = none */
	struct vm_buf memory;
	int fd;        /* -1 while all is in memory */
	uint64_t size; /* bytes kept */
	enum vm_lmtp_body_state state;
	bool is_complete;  /* DATA: the final dot was seen */
	bool has_bare_end; /* a CR or LF alone: refused at the end, for it is how mail is smuggled */
	bool is_too_big;   /* the rest is read and dropped */
	enum vm_status status; /* the first failure to keep it; VM_OK */
	struct vm_error err;
};

/* `folder` is borrowed. Cannot fail. */
void vm_lmtp_body_init(struct vm_lmtp_body *body, const char *folder, uint64_t maximum);
void vm_lmtp_body_release(struct vm_lmtp_body *body);
/* Ready for the next message; keeps memory. */
void vm_lmtp_body_clear(struct vm_lmtp_body *body);

/*
 * Feeds bytes of DATA; answers how many were used (less than length once the final CRLF.CRLF was seen). Only CRLF.CRLF
 * ends the message.
 */
size_t vm_lmtp_body_feed(struct vm_lmtp_body *body, const char *bytes, size_t length);

/* Feeds bytes of BDAT: no dots, and a CR without LF or the reverse is kept as it is but CRLF becomes LF. */
void vm_lmtp_body_feed_chunk(struct vm_lmtp_body *body, const char *bytes, size_t length);

/* The last chunk was fed: a CR at the very end belongs to the message. */
void vm_lmtp_body_end_chunks(struct vm_lmtp_body *body);

#endif
