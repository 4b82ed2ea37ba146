/* Numbers and UTF-8 of util/text.h, held against slower ways to say the same. */
#include "config.h"

#include "fuzz.h"

#include <inttypes.h>
#include <string.h>

#include "util/text.h"

/* What is a number must print as itself again, less leading zeros. */
static void check_number(const char *text)
{
	uint64_t value = 0;
	char printed[32];

	if (!vm_text_parse_u64(text, UINT64_MAX, &value))
		return;
	FUZZ_PROMISE(text[0] != '\0' && strspn(text, "0123456789") == strlen(text));
	while (text[0] == '0' && text[1] != '\0')
		text++;
	snprintf(printed, sizeof printed, "%" PRIu64, value);
	FUZZ_PROMISE(strcmp(printed, text) == 0);
	FUZZ_PROMISE(value == 0 || !vm_text_parse_u64(text, value - 1, &value));
}

/* A text is UTF-8 when it is a row of sequences. */
static void check_utf8(const char *text)
{
	const size_t length = strlen(text);
	size_t done = 0, step = 1;

	while (done < length && (step = vm_text_utf8_sequence(text + done, length - done)) != 0) {
		FUZZ_PROMISE(step <= 4 && step <= length - done);
		done += step;
	}
	FUZZ_PROMISE(vm_text_is_utf8(text) == (done == length));
}

static void check_sanitized(char *text)
{
	const size_t length = strlen(text);

	vm_text_sanitize(text);
	FUZZ_PROMISE(strlen(text) == length && !vm_text_has_control(text) &&
		     strchr(text, '%') == NULL && vm_text_is_utf8(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const text = malloc(length + 1);

	if (text == NULL)
		abort();
	memcpy(text, bytes, length);
	text[length] = '\0';
	check_number(text);
	check_utf8(text);
	check_sanitized(text);
	free(text);
	return 0;
}
