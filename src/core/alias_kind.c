/* Tells aliases, forwards, autoresponders and mailing lists apart. */
#include <config.h>

#include "core/alias_kind.h"

#include <string.h>

#include "util/text.h"

static enum vm_alias_kind kind_of_program(const char *command)
{
	if (strstr(command, "/ezmlm-send") != NULL || strstr(command, "/ezmlm-reject") != NULL)
		return VM_ALIAS_LIST;
	if (strstr(command, "/ezmlm-") != NULL)
		return VM_ALIAS_LIST_PART;
	return strstr(command, "autorespond") != NULL ? VM_ALIAS_AUTORESPONDER : VM_ALIAS_LOCAL;
}

enum vm_alias_kind vm_alias_kind_of(const char *line, const char *domain)
{
	const char *at = NULL;

	line += strspn(line, " \t");
	if (line[0] == '|')
		return kind_of_program(line);
	if (line[0] == '#' || line[0] == '/' || line[0] == '.')
		return VM_ALIAS_LOCAL;
	at = strrchr(line, '@');
	return at == NULL || vm_text_equals_nocase(at + 1, domain) ? VM_ALIAS_LOCAL
								   : VM_ALIAS_FORWARD;
}

int32_t vm_alias_kind_limit(enum vm_alias_kind kind, const struct vm_limits *limits)
{
	switch (kind) {
	case VM_ALIAS_LOCAL:
		return limits->max_aliases;
	case VM_ALIAS_LIST_PART:
		return -1;
	case VM_ALIAS_FORWARD:
		return limits->max_forwards;
	case VM_ALIAS_AUTORESPONDER:
		return limits->max_autoresponders;
	case VM_ALIAS_LIST:
		return limits->max_lists;
	}
	return -1;
}

const char *vm_alias_kind_name(enum vm_alias_kind kind)
{
	switch (kind) {
	case VM_ALIAS_LOCAL:
		return "aliases";
	case VM_ALIAS_LIST_PART:
		return "parts of mailing lists";
	case VM_ALIAS_FORWARD:
		return "forwards";
	case VM_ALIAS_AUTORESPONDER:
		return "autoresponders";
	case VM_ALIAS_LIST:
		return "mailing lists";
	}
	return "";
}
