/* Lines of an LMTP client, taken apart without any input or output. Source: RFC 2033, RFC 5321, RFC 3030, RFC 6531. */
#ifndef VM_DELIVERY_LMTP_COMMAND_H
#define VM_DELIVERY_LMTP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VM_LMTP_LINE_MAX = 4096, VM_LMTP_PATH_MAX = 1000 };

enum vm_lmtp_verb {
	VM_LMTP_LHLO,
	VM_LMTP_MAIL,
	VM_LMTP_RCPT,
	VM_LMTP_DATA,
	VM_LMTP_BDAT,
	VM_LMTP_RSET,
	VM_LMTP_NOOP,
	VM_LMTP_VRFY,
	VM_LMTP_QUIT,
	VM_LMTP_HELO, /* SMTP's greetings: refused by name */
	VM_LMTP_UNKNOWN,
	VM_LMTP_BAD_SYNTAX, /* the verb is known, its arguments are not */
};

struct vm_lmtp_command {
	enum vm_lmtp_verb verb;
	char path[VM_LMTP_PATH_MAX + 1]; /* between < and >, without a source route */
	uint64_t size;                   /* SIZE= of MAIL, or the bytes of BDAT */
	bool has_size, is_last, is_utf8;
	const char *problem; /* for VM_LMTP_BAD_SYNTAX: what to tell the client */
};

/* Decodes one line without its end; line[length] is NUL. Never fails: what cannot be understood has a verb of its own. */
void vm_lmtp_decode(const char *line, size_t length, struct vm_lmtp_command *out);

#endif
