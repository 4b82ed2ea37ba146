/* The AUTHORIZATION state of POP3: a line in, a reply and an action out. Source: RFC 1939, 2449, 2595, 3206, 5034. */
#ifndef VM_MTA_COMMON_POP3_POP3_LOGIN_H
#define VM_MTA_COMMON_POP3_POP3_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/secret.h"

enum { VM_POP3_NAME_MAX = 512, VM_POP3_BANNER_MAX = 300 };

enum vm_pop3_action {
	VM_POP3_GO_ON,     /* send the reply, read the next line */
	VM_POP3_START_TLS, /* send the reply, then negotiate; what was read after the line is dropped */
	VM_POP3_CHECK,     /* no reply yet: name, response and challenge are to be checked */
	VM_POP3_END,       /* send the reply, close */
};

struct vm_pop3_login {
	const char *challenge; /* "<...@host>" of the banner */
	bool tls_offered, tls_required, tls_active, utf8_names;
	uint32_t login_delay; /* seconds, for CAPA */
	uint32_t tries_left;  /* refused logins before the end */
	unsigned int mistakes;
	bool has_name;       /* USER was given */
	bool in_auth;        /* the next line answers AUTH PLAIN */
	bool with_challenge; /* the attempt is APOP */
	char name[VM_POP3_NAME_MAX + 1];
	struct vm_secret response;
};

/*
 * Answers one line (length bytes and a NUL, without its line end), which may be wiped in it. The reply is appended.
 */
enum vm_pop3_action vm_pop3_login_line(struct vm_pop3_login *login, char *line, size_t length,
				       struct vm_buf *reply);

/* Answers a line that was too long. */
enum vm_pop3_action vm_pop3_login_long_line(struct vm_pop3_login *login, struct vm_buf *reply);

/*
 * What the client hears when the checker refused: exit 111 or a crash (code < 0) is "later" and costs no try. The attempt's
 * secret is wiped. VM_POP3_END after the last try.
 */
enum vm_pop3_action vm_pop3_login_refused(struct vm_pop3_login *login, int code,
					  struct vm_buf *reply);

/* TLS is up: what was said before it counts no more. */
void vm_pop3_login_tls_started(struct vm_pop3_login *login);

/* "<random.time@host>", new at each call; size >= VM_POP3_BANNER_MAX. False when the kernel has no random bytes. */
bool vm_pop3_login_make_challenge(const char *host, char *out, size_t size);

#endif
