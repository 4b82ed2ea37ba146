/* Parses command lines by a table of options. */
#include <config.h>

#include "util/option_table.h"

#include <string.h>

#include "util/text.h"

static const struct vm_option common_rows[] = {
	{ .word = "help", .kind = VM_OPTION_HELP, .help = "print this text" },
	{ .word = "version", .kind = VM_OPTION_VERSION, .help = "print the version" },
};
enum { COMMON_ROWS = sizeof common_rows / sizeof common_rows[0] };

struct parse {
	const struct vm_option_table *table;
	char **argv;
	int argc;
	int next; /* the first argument not yet taken */
	char *options;
	struct vm_option_result *result;
};

static bool needs_value(const struct vm_option *row)
{
	return row->kind == VM_OPTION_TEXT || row->kind == VM_OPTION_NUMBER ||
	       (row->kind == VM_OPTION_CALL && row->value != NULL);
}

static bool has_word(const struct vm_option_table *table, const char *word)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].word != NULL && strcmp(table->rows[i].word, word) == 0)
			return true;
	return false;
}

/* The i-th row, the common ones after the table's; NULL after the last. */
static const struct vm_option *row_at(const struct vm_option_table *table, size_t i)
{
	if (i < table->count)
		return &table->rows[i];
	return i < table->count + COMMON_ROWS ? &common_rows[i - table->count] : NULL;
}

static const char *row_name(const struct vm_option *row, char letter_name[2])
{
	if (row->word != NULL)
		return row->word;
	letter_name[0] = row->letter;
	letter_name[1] = '\0';
	return letter_name;
}

static enum vm_status set_number(const struct vm_option *row, void *member, const char *value,
				 struct vm_error *err)
{
	const uint64_t maximum = row->maximum == 0 ? UINT64_MAX : row->maximum;
	char letter_name[2];
	uint64_t number = 0;

	if (!vm_text_parse_u64(value, maximum, &number))
		return vm_fail_field(err, VM_INVALID, row_name(row, letter_name),
				     "option '%s' wants a number up to %llu, not '%s'",
				     row_name(row, letter_name), (unsigned long long)maximum,
				     value);
	memcpy(member, &number, sizeof number);
	return VM_OK;
}

/* Members are reached by offset, so they are copied: the table is the only one that knows their type. */
static enum vm_status apply(struct parse *parse, const struct vm_option *row, const char *value,
			    struct vm_error *err)
{
	void *const member = parse->options + row->offset;
	const struct vm_option_value optional = { .given = true, .text = value };
	const bool yes = true;
	const int choice = (int)row->bits;
	uint32_t bits = 0;

	switch (row->kind) {
	case VM_OPTION_FLAG:
		memcpy(member, &yes, sizeof yes);
		return VM_OK;
	case VM_OPTION_BITS:
		memcpy(&bits, member, sizeof bits);
		bits |= row->bits;
		memcpy(member, &bits, sizeof bits);
		return VM_OK;
	case VM_OPTION_CHOICE:
		memcpy(member, &choice, sizeof choice);
		return VM_OK;
	case VM_OPTION_TEXT:
		memcpy(member, &value, sizeof value);
		return VM_OK;
	case VM_OPTION_NUMBER:
		return set_number(row, member, value, err);
	case VM_OPTION_OPTIONAL:
		memcpy(member, &optional, sizeof optional);
		return VM_OK;
	case VM_OPTION_CALL:
		return row->call(parse->options, value, err);
	case VM_OPTION_HELP:
		parse->result->wants_help = true;
		return VM_OK;
	case VM_OPTION_VERSION:
		parse->result->wants_version = true;
		return VM_OK;
	}
	return vm_fail(err, VM_INTERNAL, "an option row of %s has no kind", parse->table->program);
}

static bool is_answered(const struct parse *parse)
{
	return parse->result->wants_help || parse->result->wants_version;
}

/* "-abc": letters up to one that takes the rest, or the next argument, as its value. */
static enum vm_status parse_letters(struct parse *parse, const char *letters, struct vm_error *err)
{
	while (*letters != '\0' && !is_answered(parse)) {
		const char letter = *letters++;
		const char field[2] = { letter, '\0' };
		const struct vm_option *row = NULL;
		const char *value = NULL;
		enum vm_status status = VM_INTERNAL;

		for (size_t i = 0; row == NULL && i < parse->table->count; i++)
			if (parse->table->rows[i].letter == letter)
				row = &parse->table->rows[i];
		if (row == NULL)
			return vm_fail_field(err, VM_INVALID, field, "invalid option -- '%c'",
					     letter);
		if (needs_value(row) || row->kind == VM_OPTION_OPTIONAL) {
			if (*letters != '\0')
				value = letters;
			else if (needs_value(row) && parse->next < parse->argc)
				value = parse->argv[parse->next++];
			letters += strlen(letters);
		}
		if (value == NULL && needs_value(row))
			return vm_fail_field(err, VM_INVALID, field,
					     "option requires an argument -- '%c'", letter);
		status = apply(parse, row, value, err);
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

/* The row of that word, or the only one that begins so; NULL with err filled otherwise. */
static const struct vm_option *find_word(const struct parse *parse, const char *word, size_t length,
					 struct vm_error *err)
{
	const struct vm_option *row = NULL, *found = NULL;
	bool ambiguous = false;

	for (size_t i = 0; (row = row_at(parse->table, i)) != NULL; i++) {
		if (row->word == NULL || strncmp(row->word, word, length) != 0)
			continue;
		if (row->word[length] == '\0')
			return row;
		/* The table's own --help stands before the common one. */
		ambiguous = ambiguous || (found != NULL && strcmp(found->word, row->word) != 0);
		found = found == NULL ? row : found;
	}
	if (found != NULL && !ambiguous && length > 0)
		return found;
	vm_fail(err, VM_INVALID,
		ambiguous && length > 0 ? "option '--%.*s' is ambiguous"
					: "unrecognized option '--%.*s'",
		(int)length, word);
	return NULL;
}

static enum vm_status parse_word(struct parse *parse, const char *word, struct vm_error *err)
{
	const char *const equals = strchr(word, '=');
	const size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const char *value = equals != NULL ? equals + 1 : NULL;
	const struct vm_option *row = NULL;

	if (length > 64)
		return vm_fail(err, VM_INVALID, "unrecognized option '--%.64s...'", word);
	row = find_word(parse, word, length, err);
	if (row == NULL)
		return VM_INVALID;
	if (needs_value(row) && value == NULL && parse->next < parse->argc)
		value = parse->argv[parse->next++];
	if (needs_value(row) && value == NULL)
		return vm_fail_field(err, VM_INVALID, row->word,
				     "option '--%s' requires an argument", row->word);
	if (!needs_value(row) && row->kind != VM_OPTION_OPTIONAL && value != NULL)
		return vm_fail_field(err, VM_INVALID, row->word,
				     "option '--%s' doesn't allow an argument", row->word);
	return apply(parse, row, value, err);
}

/* Operands move to the front of argv; that place has been read already. */
static void take_operand(struct parse *parse, char *argument)
{
	parse->argv[1 + parse->result->count++] = argument;
}

enum vm_status vm_option_parse(const struct vm_option_table *table, int argc, char **argv,
			       void *options, struct vm_option_result *result, struct vm_error *err)
{
	struct parse parse = { table, argv, argc, 1, options, result };
	bool only_operands = false;

	*result = (struct vm_option_result){ .operands = argc > 0 ? argv + 1 : argv };
	while (parse.next < argc && !is_answered(&parse)) {
		char *const argument = argv[parse.next++];
		enum vm_status status = VM_OK;

		if (only_operands || argument[0] != '-' || argument[1] == '\0') {
			take_operand(&parse, argument);
			only_operands = only_operands || table->stop_at_operand;
		} else if (strcmp(argument, "--") == 0) {
			only_operands = true;
		} else if (argument[1] == '-') {
			status = parse_word(&parse, argument + 2, err);
		} else {
			status = parse_letters(&parse, argument + 1, err);
		}
		if (status != VM_OK)
			return status;
	}
	if (argc > 0)
		argv[1 + result->count] = NULL;
	return VM_OK;
}

/* "  -q, --quota=QUOTA" */
static void append_row_name(const struct vm_option *row, struct vm_buf *out)
{
	const bool optional = row->kind == VM_OPTION_OPTIONAL;
	const char *const value = row->value != NULL ? row->value : "";

	if (row->letter != '\0')
		vm_buf_printf(out, "  -%c%s", row->letter, row->word != NULL ? ", " : "");
	else
		vm_buf_append_text(out, "      ");
	if (row->word != NULL)
		vm_buf_printf(out, "--%s", row->word);
	if (*value == '\0')
		return;
	if (row->word != NULL)
		vm_buf_printf(out, optional ? "[=%s]" : "=%s", value);
	else
		vm_buf_printf(out, optional ? "[%s]" : " %s", value);
}

void vm_option_usage(const struct vm_option_table *table, struct vm_buf *out)
{
	enum { HELP_COLUMN = 30 };
	const struct vm_option *row = NULL;

	vm_buf_printf(out, "usage: %s [options]%s%s\n", table->program,
		      *table->operands != '\0' ? " " : "", table->operands);
	if (table->summary != NULL)
		vm_buf_printf(out, "%s\n", table->summary);
	for (size_t i = 0; (row = row_at(table, i)) != NULL; i++) {
		const size_t start = out->length;
		size_t width = 0;

		if (row->help == NULL || (i >= table->count && has_word(table, row->word)))
			continue;
		append_row_name(row, out);
		width = out->length - start;
		vm_buf_printf(out, "%*s%s\n",
			      width + 2 <= HELP_COLUMN ? (int)(HELP_COLUMN - width) : 2, "",
			      row->help);
	}
}

void vm_option_version(const struct vm_option_table *table, struct vm_buf *out)
{
	vm_buf_printf(out, "%s (%s) %s\n", table->program, PACKAGE_NAME, PACKAGE_VERSION);
}
