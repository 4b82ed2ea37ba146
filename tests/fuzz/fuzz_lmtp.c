/* What an LMTP client says: each line decodes, and a message is the same in whatever pieces it comes. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "delivery/lmtp_body.h"
#include "delivery/lmtp_command.h"

enum { BODY_MAX = 1 << 20 };

static void decode_lines(const char *text, size_t length)
{
	struct vm_lmtp_command command;
	char copy[VM_LMTP_LINE_MAX + 1];

	while (length > 0) {
		const char *const end = memchr(text, '\n', length);
		const size_t line = end == NULL ? length : (size_t)(end - text);
		const size_t whole = line + (end != NULL);

		if (line <= VM_LMTP_LINE_MAX) {
			memcpy(copy, text, line);
			copy[line] = '\0';
			vm_lmtp_decode(copy, line, &command);
			FUZZ_PROMISE(strlen(command.path) <= VM_LMTP_PATH_MAX);
			FUZZ_PROMISE(command.verb != VM_LMTP_BAD_SYNTAX || command.problem != NULL);
		}
		text += whole;
		length -= whole;
	}
}

/* Feeds in pieces of `step` bytes; how many bytes the message took. */
static size_t feed(struct vm_lmtp_body *body, const char *text, size_t length, size_t step)
{
	size_t used = 0;

	vm_lmtp_body_init(body, "/tmp", BODY_MAX);
	while (used < length && !body->is_complete) {
		const size_t piece = length - used < step ? length - used : step;

		used += vm_lmtp_body_feed(body, text + used, piece);
	}
	return used;
}

static void feed_in_pieces(const char *text, size_t length)
{
	struct vm_lmtp_body whole, pieces;
	const size_t used = feed(&whole, text, length, length);

	for (size_t step = 1; step <= 3; step++) {
		FUZZ_PROMISE(feed(&pieces, text, length, step) == used);
		FUZZ_PROMISE(pieces.is_complete == whole.is_complete);
		FUZZ_PROMISE(pieces.size == whole.size &&
			     pieces.has_bare_end == whole.has_bare_end);
		vm_lmtp_body_release(&pieces);
	}
	vm_lmtp_body_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0 || length > BODY_MAX)
		return 0;
	decode_lines((const char *)bytes, length);
	feed_in_pieces((const char *)bytes, length);
	return 0;
}
