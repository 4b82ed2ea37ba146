/* Takes LMTP command lines apart. */
#include <config.h>

#include "delivery/lmtp_command.h"

#include <string.h>
#include <strings.h>

#include "util/text.h"

struct verb_row {
	const char *word;
	enum vm_lmtp_verb verb;
};

static const struct verb_row verbs[] = {
	{ "LHLO", VM_LMTP_LHLO }, { "MAIL", VM_LMTP_MAIL }, { "RCPT", VM_LMTP_RCPT },
	{ "DATA", VM_LMTP_DATA }, { "BDAT", VM_LMTP_BDAT }, { "RSET", VM_LMTP_RSET },
	{ "NOOP", VM_LMTP_NOOP }, { "VRFY", VM_LMTP_VRFY }, { "QUIT", VM_LMTP_QUIT },
	{ "HELO", VM_LMTP_HELO }, { "EHLO", VM_LMTP_HELO },
};

static enum vm_lmtp_verb find_verb(const char *line, size_t length)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strlen(verbs[i].word) == length &&
		    strncasecmp(verbs[i].word, line, length) == 0)
			return verbs[i].verb;
	return VM_LMTP_UNKNOWN;
}

static void fail(struct vm_lmtp_command *out, const char *problem)
{
	out->verb = VM_LMTP_BAD_SYNTAX;
	out->problem = problem;
}

/* "<@a,@b:user@domain>" to "user@domain"; the text behind it, or NULL. Quoted parts may hold '>'. */
static const char *take_path(const char *text, struct vm_lmtp_command *out)
{
	const char *start = NULL, *end = NULL;
	bool is_quoted = false;

	text += strspn(text, " ");
	if (*text != '<')
		return NULL;
	start = text + 1;
	for (end = start; *end != '\0' && (is_quoted || *end != '>'); end++) {
		if (*end == '\\' && is_quoted && end[1] != '\0')
			end++;
		else if (*end == '"')
			is_quoted = !is_quoted;
	}
	if (*end != '>')
		return NULL;
	if (*start == '@') { /* RFC 5321: a source route is to be ignored */
		const char *const colon = memchr(start, ':', (size_t)(end - start));

		if (colon == NULL)
			return NULL;
		start = colon + 1;
	}
	if ((size_t)(end - start) > VM_LMTP_PATH_MAX)
		return NULL;
	memcpy(out->path, start, (size_t)(end - start));
	out->path[end - start] = '\0';
	return vm_text_has_control(out->path) ? NULL : end + 1;
}

static bool take_parameter(const char *text, size_t length, struct vm_lmtp_command *out)
{
	char digits[24];

	if (length > 5 && strncasecmp(text, "SIZE=", 5) == 0) {
		if (length - 5 >= sizeof digits)
			return false;
		memcpy(digits, text + 5, length - 5);
		digits[length - 5] = '\0';
		out->has_size = true;
		return vm_text_parse_u64(digits, INT64_MAX, &out->size);
	}
	if (length == 8 && strncasecmp(text, "SMTPUTF8", 8) == 0) {
		out->is_utf8 = true;
		return true;
	}
	return (length == 9 && strncasecmp(text, "BODY=7BIT", 9) == 0) ||
	       (length == 13 && strncasecmp(text, "BODY=8BITMIME", 13) == 0);
}

static bool take_parameters(const char *text, struct vm_lmtp_command *out)
{
	while (*(text += strspn(text, " ")) != '\0') {
		const size_t length = strcspn(text, " ");

		if (!take_parameter(text, length, out))
			return false;
		text += length;
	}
	return true;
}

/* "FROM:<...> parameters" or "TO:<...>". */
static void decode_path(const char *rest, const char *word, struct vm_lmtp_command *out)
{
	const size_t length = strlen(word);

	rest += strspn(rest, " ");
	if (strncasecmp(rest, word, length) != 0) {
		fail(out, "501 5.5.4 Syntax: MAIL FROM:<address> or RCPT TO:<address>");
		return;
	}
	rest = take_path(rest + length, out);
	if (rest == NULL || (*rest != '\0' && *rest != ' '))
		fail(out, "501 5.1.3 That is not an address");
	else if (!take_parameters(rest, out) || (out->has_size && out->verb == VM_LMTP_RCPT))
		fail(out, "555 5.5.4 That parameter is not supported");
}

static void decode_bdat(const char *rest, struct vm_lmtp_command *out)
{
	char digits[24];
	size_t length = 0;

	rest += strspn(rest, " ");
	length = strspn(rest, "0123456789");
	if (length == 0 || length >= sizeof digits) {
		fail(out, "501 5.5.4 Syntax: BDAT bytes [LAST]");
		return;
	}
	memcpy(digits, rest, length);
	digits[length] = '\0';
	rest += length;
	rest += strspn(rest, " ");
	out->is_last = strcasecmp(rest, "LAST") == 0;
	if (!vm_text_parse_u64(digits, INT64_MAX, &out->size) || (*rest != '\0' && !out->is_last))
		fail(out, "501 5.5.4 Syntax: BDAT bytes [LAST]");
}

void vm_lmtp_decode(const char *line, size_t length, struct vm_lmtp_command *out)
{
	const size_t word = strcspn(line, " \t");
	const char *const rest = line + word;

	*out = (struct vm_lmtp_command){ .verb = find_verb(line, word) };
	if (strlen(line) != length) {
		fail(out, "501 5.5.4 A NUL is not allowed");
		return;
	}
	if (out->verb == VM_LMTP_MAIL)
		decode_path(rest, "FROM:", out);
	else if (out->verb == VM_LMTP_RCPT)
		decode_path(rest, "TO:", out);
	else if (out->verb == VM_LMTP_BDAT)
		decode_bdat(rest, out);
	else if (out->verb == VM_LMTP_DATA && rest[strspn(rest, " ")] != '\0')
		fail(out, "501 5.5.4 DATA takes no argument");
}
