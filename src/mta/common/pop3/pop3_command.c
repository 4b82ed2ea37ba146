/* Takes one line of a POP3 client apart. */
#include "config.h"

#include "mta/common/pop3/pop3_command.h"

#include <string.h>

#include "util/text.h"

enum { VERB_MAX = 4, NUMBER_MAX = 0x7fffffff };

static const struct {
	const char *word;
	enum vm_pop3_verb verb;
} verbs[] = {
	{ "APOP", VM_POP3_APOP }, { "AUTH", VM_POP3_AUTH }, { "CAPA", VM_POP3_CAPA },
	{ "DELE", VM_POP3_DELE }, { "LAST", VM_POP3_LAST }, { "LIST", VM_POP3_LIST },
	{ "NOOP", VM_POP3_NOOP }, { "PASS", VM_POP3_PASS }, { "QUIT", VM_POP3_QUIT },
	{ "RETR", VM_POP3_RETR }, { "RSET", VM_POP3_RSET }, { "STAT", VM_POP3_STAT },
	{ "STLS", VM_POP3_STLS }, { "TOP", VM_POP3_TOP },   { "UIDL", VM_POP3_UIDL },
	{ "USER", VM_POP3_USER }, { "UTF8", VM_POP3_UTF8 },
};

void vm_pop3_decode(char *line, size_t length, struct vm_pop3_request *out)
{
	char word[VERB_MAX + 1];
	size_t verb_length;

	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	*out = (struct vm_pop3_request){ VM_POP3_UNKNOWN, line + length, 0 };
	if (memchr(line, '\0', length) != NULL)
		return;
	verb_length = strcspn(line, " ");
	if (verb_length < length) {
		out->argument = line + verb_length + 1;
		out->argument_length = length - verb_length - 1;
	}
	if (verb_length > VERB_MAX)
		return;
	memcpy(word, line, verb_length);
	word[verb_length] = '\0';
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (vm_text_equals_nocase(word, verbs[i].word))
			out->verb = verbs[i].verb;
	}
}

int vm_pop3_numbers(const struct vm_pop3_request *request, uint32_t *numbers, int wanted)
{
	const char *at = request->argument + strspn(request->argument, " ");
	int count = 0;

	while (*at != '\0') {
		const size_t length = strspn(at, "0123456789");
		uint64_t value = 0;

		if (length == 0 || count == wanted)
			return -1;
		for (size_t i = 0; i < length; i++) {
			value = value * 10 + (uint64_t)(at[i] - '0');
			if (value > NUMBER_MAX)
				return -1;
		}
		numbers[count++] = (uint32_t)value;
		at += length;
		if (*at != '\0' && *at != ' ')
			return -1;
		at += strspn(at, " ");
	}
	return count;
}
