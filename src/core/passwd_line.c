/* Reads and prints the lines of vpasswd. */
#include <config.h>

#include "core/passwd_line.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "util/text.h"

/* A byte that can only be damage: the fields hold no control bytes, and a NUL would cut the line. */
static bool has_control(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)bytes[i] < 32 || bytes[i] == 127)
			return true;
	return false;
}

/* Cuts the text at the first ':' and moves on; the last field keeps its own. */
static char *next_field(char **rest)
{
	char *const field = *rest;
	char *const colon = strchr(field, ':');

	if (colon == NULL) {
		*rest = field + strlen(field);
		return field;
	}
	*colon = '\0';
	*rest = colon + 1;
	return field;
}

/* Empty is 0: lookups of 5.4 take missing fields as empty. */
static bool parse_number(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	if (*text != '\0' && !vm_text_parse_u64(text, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static enum vm_status check_fields(const struct vm_account *account, struct vm_error *err)
{
	if (strlen(account->hash) > VM_HASH_MAX)
		return vm_fail(err, VM_INVALID, "the password hash is too long");
	if (account->home[0] != '\0' && account->home[0] != '/')
		return vm_fail(err, VM_INVALID, "the home folder is not an absolute path");
	if (strlen(account->home) >= VM_PASSWD_LINE_MAX)
		return vm_fail(err, VM_INVALID, "the home folder is too long");
	return VM_OK;
}

enum vm_status vm_passwd_fields_parse(const char *user, char *fields, size_t length,
				      struct vm_account *out, struct vm_error *err)
{
	uint32_t kind = 0;
	const char *kind_text = NULL;
	const char *flags_text = NULL;

	if (length > VM_PASSWD_LINE_MAX)
		return vm_fail(err, VM_INVALID, "it is longer than %d bytes", VM_PASSWD_LINE_MAX);
	if (has_control(fields, length))
		return vm_fail(err, VM_INVALID, "it holds a control byte");
	*out = (struct vm_account){ .user = user, .domain = "" };
	out->hash = next_field(&fields);
	kind_text = next_field(&fields);
	flags_text = next_field(&fields);
	out->comment = next_field(&fields);
	out->home = next_field(&fields);
	out->quota = next_field(&fields);
	out->clear = fields;
	if (!parse_number(kind_text, &kind))
		return vm_fail(err, VM_INVALID, "field 3 is no number");
	if (!parse_number(flags_text, &out->flags))
		return vm_fail(err, VM_INVALID, "field 4 is no number");
	/* SQL stores wrote 0 and 1 here, very old ones a unix uid: everything but 2 is a POP account. */
	out->kind = kind == VM_ACCOUNT_APOP ? VM_ACCOUNT_APOP : VM_ACCOUNT_POP;
	return check_fields(out, err);
}

static enum vm_status parse_line(char *line, size_t length, struct vm_account *out,
				 struct vm_error *err)
{
	char *const colon = memchr(line, ':', length);

	if (length > VM_PASSWD_LINE_MAX)
		return vm_fail(err, VM_INVALID, "it is longer than %d bytes", VM_PASSWD_LINE_MAX);
	if (colon == NULL)
		return vm_fail(err, VM_INVALID, "it has no ':'");
	if (colon == line)
		return vm_fail(err, VM_INVALID, "it has no name");
	if (colon - line > VM_USER_MAX)
		return vm_fail(err, VM_INVALID, "its name is longer than %d bytes", VM_USER_MAX);
	if (has_control(line, (size_t)(colon - line)))
		return vm_fail(err, VM_INVALID, "it holds a control byte");
	*colon = '\0';
	return vm_passwd_fields_parse(line, colon + 1, length - (size_t)(colon + 1 - line), out,
				      err);
}

enum vm_status vm_passwd_line_parse(char *line, size_t length, size_t number,
				    struct vm_account *out, struct vm_error *err)
{
	struct vm_error why;
	const enum vm_status status = parse_line(line, length, out, &why);

	if (status != VM_OK)
		return vm_fail(err, status, "line %zu: %s", number, why.text);
	return VM_OK;
}

enum vm_status vm_passwd_line_print(const struct vm_account *account, struct vm_buf *out,
				    struct vm_error *err)
{
	const enum vm_status status = vm_account_check(account, err);

	if (status != VM_OK)
		return status;
	vm_buf_append_text(out, account->user);
	vm_buf_append_byte(out, ':');
	vm_buf_append_text(out, account->hash);
	vm_buf_printf(out, ":%d:%" PRIu32 ":", (int)account->kind, account->flags);
	vm_buf_append_text(out, account->comment);
	vm_buf_append_byte(out, ':');
	vm_buf_append_text(out, account->home);
	vm_buf_append_byte(out, ':');
	vm_buf_append_text(out, account->quota);
	if (account->clear[0] != '\0') {
		vm_buf_append_byte(out, ':');
		vm_buf_append_text(out, account->clear);
	}
	return vm_buf_check(out, "a line of vpasswd", err);
}
