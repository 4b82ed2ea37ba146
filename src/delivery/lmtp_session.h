/* One LMTP conversation (RFC 2033) over a stream. */
#ifndef VM_DELIVERY_LMTP_SESSION_H
#define VM_DELIVERY_LMTP_SESSION_H

#include "delivery/owner_client.h"
#include "util/stream.h"

enum { VM_LMTP_RECIPIENTS_MAX = 1000, VM_LMTP_INPUT = 64 * 1024 };

/*
 * Serves until QUIT, the end of input or an error of the wire. `stream` has an input buffer of VM_LMTP_INPUT bytes;
 * `spool` is the folder for messages that are too big for memory; `owners` is the way to domains of other users.
 */
void vm_lmtp_session_run(struct vm_stream *stream, const struct vm_context *context,
			 struct vm_owner_client *owners, const char *spool);

#endif
