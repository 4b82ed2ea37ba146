/* Headers of messages that may be answered: an answer's header is ours, whatever stood in theirs. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "core/auto_reply.h"

enum { OUT_MAX = 1 << 20, HEADER_LINES_MAX = 16 };

static const char *const names[] = { "bob@example.org", NULL };

/* What the sender wrote makes no line of its own: all lines of the header begin as ours do. */
static void check_header(const char *answer)
{
	static const char *const beginnings[] = { "Date: ",        "Message-ID: ", "To: ",
						  "Subject: ",     "Auto-",        "Precedence: ",
						  "In-Reply-To: ", "References: ", "From: ",
						  "MIME-Version",  "Content-T",    " " };
	const char *line = answer;
	size_t lines = 0;

	while (*line != '\n' && *line != '\0') {
		bool is_ours = false;

		for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
			is_ours = is_ours ||
				  strncmp(line, beginnings[i], strlen(beginnings[i])) == 0;
		FUZZ_PROMISE(is_ours);
		line += strcspn(line, "\n");
		line += *line == '\n';
		lines++;
	}
	FUZZ_PROMISE(*line == '\n');
	FUZZ_PROMISE(lines >= HEADER_LINES_MAX / 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct vm_reply_question question = { .sender = "ann@example.net", .names = names };
	struct vm_buf out;
	char *const header = malloc(length + 1);

	if (header == NULL)
		return 0;
	memcpy(header, bytes, length);
	header[length] = '\0';
	question.header = header;
	question.must_be_named = length % 2 == 1;
	FUZZ_PROMISE(vm_reply_decide(&question) != VM_REPLY_ENOUGH);
	vm_buf_init(&out, OUT_MAX);
	vm_reply_write(&question, "I am away.\n", 1000000000, "1.2", &out);
	FUZZ_PROMISE(!out.failed && strlen(out.bytes) == out.length);
	check_header(out.bytes);
	vm_buf_clear(&out);
	question.header = "Subject: q\n\n";
	vm_reply_write(&question, header, 1000000000, "1.2", &out);
	question.header = "";
	question.sender = header;
	FUZZ_PROMISE(vm_reply_decide(&question) != VM_REPLY_ENOUGH);
	vm_buf_release(&out);
	free(header);
	return 0;
}
