/* Reads and writes the text of a domain's limits. */
#include <config.h>

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/account.h"
#include "util/text.h"

enum { VALUE_MAX = 32 };

/* The name of an int, a u64, a perm or a flag in the file. perm_maillist is apart: it holds three values. */
enum row_kind { ROW_COUNT, ROW_SIZE, ROW_PERM, ROW_PERM_LIST, ROW_FLAG };

struct row {
	const char *name;
	enum row_kind kind;
	size_t offset; /* in struct vm_limits; of a flag: 0 */
	uint32_t flag;
};

/* In the order in which they are written. */
static const struct row rows[] = {
	{ "maxpopaccounts", ROW_COUNT, offsetof(struct vm_limits, max_accounts), 0 },
	{ "maxaliases", ROW_COUNT, offsetof(struct vm_limits, max_aliases), 0 },
	{ "maxforwards", ROW_COUNT, offsetof(struct vm_limits, max_forwards), 0 },
	{ "maxautoresponders", ROW_COUNT, offsetof(struct vm_limits, max_autoresponders), 0 },
	{ "maxmailinglists", ROW_COUNT, offsetof(struct vm_limits, max_lists), 0 },
	{ "quota", ROW_SIZE, offsetof(struct vm_limits, disk_quota_mb), 0 },
	{ "maxmsgcount", ROW_SIZE, offsetof(struct vm_limits, max_messages), 0 },
	{ "default_quota", ROW_SIZE, offsetof(struct vm_limits, default_quota), 0 },
	{ "default_maxmsgcount", ROW_SIZE, offsetof(struct vm_limits, default_messages), 0 },
	{ "disable_pop", ROW_FLAG, 0, VM_FLAG_NO_POP },
	{ "disable_imap", ROW_FLAG, 0, VM_FLAG_NO_IMAP },
	{ "disable_dialup", ROW_FLAG, 0, VM_FLAG_NO_DIALUP },
	{ "disable_password_changing", ROW_FLAG, 0, VM_FLAG_NO_PASSWORD_CHANGE },
	{ "disable_webmail", ROW_FLAG, 0, VM_FLAG_NO_WEBMAIL },
	{ "disable_external_relay", ROW_FLAG, 0, VM_FLAG_NO_RELAY },
	{ "disable_smtp", ROW_FLAG, 0, VM_FLAG_NO_SMTP },
	{ "disable_spamassassin", ROW_FLAG, 0, VM_FLAG_NO_SPAMASSASSIN },
	{ "delete_spam", ROW_FLAG, 0, VM_FLAG_DELETE_SPAM },
	{ "disable_maildrop", ROW_FLAG, 0, VM_FLAG_NO_MAILDROP },
	{ "perm_account", ROW_PERM, offsetof(struct vm_limits, perm_account), 0 },
	{ "perm_alias", ROW_PERM, offsetof(struct vm_limits, perm_alias), 0 },
	{ "perm_forward", ROW_PERM, offsetof(struct vm_limits, perm_forward), 0 },
	{ "perm_autoresponder", ROW_PERM, offsetof(struct vm_limits, perm_autoresponder), 0 },
	{ "perm_maillist", ROW_PERM_LIST, 0, 0 },
	{ "perm_quota", ROW_PERM, offsetof(struct vm_limits, perm_quota), 0 },
	{ "perm_defaultquota", ROW_PERM, offsetof(struct vm_limits, perm_default_quota), 0 },
};

enum { ROW_COUNT_TOTAL = sizeof(rows) / sizeof(rows[0]) };

/* One line taken apart; name and value point into it. */
struct line {
	const char *start;
	size_t length;
	const char *name;
	size_t name_length;
	char value[VALUE_MAX + 1];
	bool value_too_long;
};

void vm_limits_default(struct vm_limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->max_accounts = -1;
	limits->max_aliases = -1;
	limits->max_forwards = -1;
	limits->max_autoresponders = -1;
	limits->max_lists = -1;
}

static bool is_gap(char byte)
{
	return byte == ' ' || byte == '\t' || byte == ':';
}

/* Takes the line at *at, which moves behind its CR or LF; false at the end of the text. */
static bool take_line(const char **at, struct line *out)
{
	const char *value = NULL, *end = NULL;
	size_t value_length = 0;

	memset(out, 0, sizeof(*out));
	if (**at == '\0')
		return false;
	out->start = *at;
	out->length = strcspn(*at, "\r\n");
	end = out->start + out->length;
	*at = *end == '\0' ? end : end + 1;
	out->name = out->start;
	out->name_length = strcspn(out->name, " \t:\r\n");
	for (value = out->name + out->name_length; value < end && is_gap(*value);)
		value++;
	while (end > value && is_gap(end[-1]))
		end--;
	value_length = (size_t)(end - value);
	out->value_too_long = value_length > VALUE_MAX;
	if (!out->value_too_long)
		memcpy(out->value, value, value_length);
	return true;
}

static const struct row *find_row(const struct line *line)
{
	for (size_t i = 0; i < ROW_COUNT_TOTAL; i++) {
		if (strlen(rows[i].name) == line->name_length &&
		    memcmp(rows[i].name, line->name, line->name_length) == 0)
			return &rows[i];
	}
	return NULL;
}

static void *field_of(struct vm_limits *limits, const struct row *row)
{
	return (char *)limits + row->offset;
}

static const void *const_field_of(const struct vm_limits *limits, const struct row *row)
{
	return (const char *)limits + row->offset;
}

static bool set_number(const struct row *row, const char *text, struct vm_limits *limits)
{
	uint64_t number = 0;
	int64_t count = 0;

	if (row->kind == ROW_COUNT) {
		if (!vm_text_parse_i64(text, INT32_MIN, INT32_MAX, &count))
			return false;
		*(int32_t *)field_of(limits, row) = (int32_t)count;
		return true;
	}
	if (!vm_text_parse_u64(text, row->kind == ROW_SIZE ? UINT64_MAX : UINT32_MAX, &number))
		return false;
	if (row->kind == ROW_SIZE) {
		*(uint64_t *)field_of(limits, row) = number;
	} else if (row->kind == ROW_PERM) {
		*(uint8_t *)field_of(limits, row) = number & VM_DENY_ALL;
	} else {
		limits->perm_list = number & VM_DENY_ALL;
		limits->perm_list_users = (number >> 3) & VM_DENY_ALL;
		limits->perm_list_moderators = (number >> 6) & VM_DENY_ALL;
	}
	return true;
}

enum vm_status vm_limits_parse(const char *text, struct vm_limits *limits, struct vm_error *err)
{
	struct line line;

	/* A bare CR ends a line too, so a CR LF leaves an empty line behind, which has no name; numbers count LFs. */
	for (unsigned int number = 1; take_line(&text, &line);) {
		const struct row *row = line.start[0] == '#' ? NULL : find_row(&line);

		if (row != NULL && row->kind == ROW_FLAG)
			limits->disabled |= row->flag;
		else if (row != NULL &&
			 (line.value_too_long || !set_number(row, line.value, limits)))
			return vm_fail(err, VM_MISCONFIG, "limits, line %u: %s needs a number",
				       number, row->name);
		if (line.start[line.length] == '\n')
			number++;
	}
	return VM_OK;
}

static void print_row(const struct vm_limits *limits, const struct row *row, struct vm_buf *out)
{
	switch (row->kind) {
	case ROW_COUNT:
		vm_buf_printf(out, "%s: %ld\n", row->name,
			      (long)*(const int32_t *)const_field_of(limits, row));
		break;
	case ROW_SIZE:
		vm_buf_printf(out, "%s: %llu\n", row->name,
			      (unsigned long long)*(const uint64_t *)const_field_of(limits, row));
		break;
	case ROW_PERM:
		vm_buf_printf(out, "%s: %u\n", row->name,
			      *(const uint8_t *)const_field_of(limits, row) & 7U);
		break;
	case ROW_PERM_LIST:
		vm_buf_printf(out, "%s: %u\n", row->name,
			      (limits->perm_list & 7U) | (limits->perm_list_users & 7U) << 3 |
				      (limits->perm_list_moderators & 7U) << 6);
		break;
	case ROW_FLAG:
		if ((limits->disabled & row->flag) != 0)
			vm_buf_printf(out, "%s\n", row->name);
		break;
	}
}

enum vm_status vm_limits_print(const struct vm_limits *limits, const char *old_text,
			       struct vm_buf *out, struct vm_error *err)
{
	struct line line;

	for (size_t i = 0; i < ROW_COUNT_TOTAL; i++)
		print_row(limits, &rows[i], out);
	while (take_line(&old_text, &line)) {
		if (line.length == 0 || (line.start[0] != '#' && find_row(&line) != NULL))
			continue;
		vm_buf_append(out, line.start, line.length);
		vm_buf_append_byte(out, '\n');
	}
	return vm_buf_check(out, "limits", err);
}
