/* One POP3 connection before the login: a speaker without rights and a keeper that never reads the network. */
#ifndef VM_MTA_QMAIL_POPUP_POPUP_H
#define VM_MTA_QMAIL_POPUP_POPUP_H

#include "core/config.h"
#include "util/log.h"
#include "util/stream.h"

struct vm_popup {
	const struct vm_config *config;
	const struct vm_log *log;
	const char *host; /* for the challenge */
	char *const *
		checker; /* program and arguments: checks a login on fd 3, then becomes the POP3 server */
};

/*
 * Serves the client on descriptors 0 and 1 to the end. The speaker, a child that gives root's rights away, talks to the
 * client; the keeper runs the checker with what the speaker asks for. The exit code: 0, or 111 when it could not begin.
 */
int vm_popup_serve(const struct vm_popup *popup);

/* A login as the speaker hands it to the keeper: this struct, then name NUL response NUL challenge NUL. */
struct vm_popup_request {
	bool through_inner; /* the server's descriptors are the inner socket, for TLS lies on the client's */
};

enum { VM_POPUP_MESSAGE_MAX = 2048 };

/*
 * The speaker. keeper: a SOCK_SEQPACKET socket that takes a request and answers with the checker's exit code as an int,
 * < 0 for a crash. inner: the near end of the inner socket, -1 where there is none. To the end of the conversation.
 */
void vm_popup_speak(const struct vm_popup *popup, int keeper, int inner);

/*
 * Carries bytes between the client's stream and the server behind `inner` until the server is done. False, with
 * nothing carried, when the checker refused first: *code is what the keeper said.
 */
bool vm_popup_carry(struct vm_stream *client, int inner, int keeper, int timeout_seconds,
		    int *code);

#endif
