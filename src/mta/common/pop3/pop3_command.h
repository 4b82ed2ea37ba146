/* One line of a POP3 client taken apart: pure, no input or output. Source: RFC 1939, 2449, 2595, 5034, 6856. */
#ifndef VM_MTA_COMMON_POP3_POP3_COMMAND_H
#define VM_MTA_COMMON_POP3_POP3_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Longest line that is understood, its line end not counted. RFC 2449 asks for 255, a base64 initial response for
 * more.
 */
enum { VM_POP3_LINE_MAX = 2048 };

enum vm_pop3_verb {
	VM_POP3_UNKNOWN,
	VM_POP3_APOP,
	VM_POP3_AUTH,
	VM_POP3_CAPA,
	VM_POP3_DELE,
	VM_POP3_LAST,
	VM_POP3_LIST,
	VM_POP3_NOOP,
	VM_POP3_PASS,
	VM_POP3_QUIT,
	VM_POP3_RETR,
	VM_POP3_RSET,
	VM_POP3_STAT,
	VM_POP3_STLS,
	VM_POP3_TOP,
	VM_POP3_UIDL,
	VM_POP3_USER,
	VM_POP3_UTF8,
};

struct vm_pop3_request {
	enum vm_pop3_verb verb;
	const char *
		argument; /* what follows the verb and one blank, inside the line; "" when nothing does */
	size_t argument_length;
};

/*
 * Takes a line without its line end apart; a CR at its end is dropped. line must be followed by a NUL and outlive
 * the request. Verbs are case-insensitive. A line with a NUL inside is VM_POP3_UNKNOWN.
 */
void vm_pop3_decode(char *line, size_t length, struct vm_pop3_request *out);

/*
 * Up to `wanted` blank-separated decimal numbers of the argument; returns how many there are, or -1 when there are
 * more or one is no number below 2^31.
 */
int vm_pop3_numbers(const struct vm_pop3_request *request, uint32_t *numbers, int wanted);

#endif
