/* Reads and applies the rules of etc/password_strength.conf. */
#include <config.h>

#include "core/password_rules.h"

#include <fcntl.h>
#include <string.h>

#include "util/buf.h"
#include "util/file.h"
#include "util/text.h"

enum { FILE_MAX = 64 * 1024, LINE_MAX_BYTES = 512, MILLION = 1000000, DECIMALS = 6, UNITS_MAX = 6 };

static const char *const measure_names[] = {
	[VM_PASSWORD_LENGTH] = "length",          [VM_PASSWORD_ALPHABET] = "alphabet",
	[VM_PASSWORD_NUMERIC] = "numeric",        [VM_PASSWORD_OTHER] = "other",
	[VM_PASSWORD_UPPER_LOWER] = "upperlower",
};

static const char *const test_names[] = {
	[VM_PASSWORD_LESS] = "<",      [VM_PASSWORD_AT_MOST] = "<=", [VM_PASSWORD_EQUAL] = "=",
	[VM_PASSWORD_AT_LEAST] = ">=", [VM_PASSWORD_MORE] = ">",
};

/* The index of a word, -1 when it is none of them. */
static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (vm_text_equals_nocase(words[i], word))
			return (int)i;
	return -1;
}

/* "12" and "0.25", in millionths. */
static bool parse_value(const char *text, uint64_t *out)
{
	const size_t units = strspn(text, "0123456789");
	const char *const point = text + units;
	const size_t decimals = *point == '.' ? strspn(point + 1, "0123456789") : 0;
	uint64_t value = 0;

	if (units == 0 || units > UNITS_MAX || decimals > DECIMALS ||
	    (*point != '\0' && (*point != '.' || decimals == 0 || point[1 + decimals] != '\0')))
		return false;
	for (size_t i = 0; i < units; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < DECIMALS; i++)
		value = value * 10 + (i < decimals ? (uint64_t)(point[1 + i] - '0') : 0);
	*out = value;
	return true;
}

/* The next word of a line, which is cut there; "" at the end. */
static char *take_word(char **line)
{
	char *const word = *line + strspn(*line, " \t");
	char *end = word + strcspn(word, " \t");

	*line = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

static bool add_rule(struct vm_password_rules *rules, const char *name, const char *test,
		     const char *value)
{
	struct vm_password_rule *const rule = &rules->items[rules->count];
	const int measure =
		find_word(measure_names, sizeof measure_names / sizeof *measure_names, name);
	const int comparison = find_word(test_names, sizeof test_names / sizeof *test_names, test);

	if (measure < 0 || comparison < 0 || rules->count == VM_PASSWORD_RULES_MAX ||
	    !parse_value(value, &rule->millionths) ||
	    !vm_text_format(rule->text, sizeof rule->text, "%s %s %s", name, test, value))
		return false;
	rule->measure = (enum vm_password_measure)measure;
	rule->test = (enum vm_password_test)comparison;
	rules->count++;
	return true;
}

static bool set_policy(struct vm_password_rules *rules, const char *test, char *rest)
{
	size_t length = 0;

	rest += strspn(rest, " \t");
	length = strlen(rest);
	while (length > 0 && strchr(" \t", rest[length - 1]) != NULL)
		rest[--length] = '\0';
	return strcmp(test, "=") == 0 && !vm_text_has_control(rest) &&
	       vm_text_copy(rules->policy, sizeof rules->policy, rest);
}

static bool parse_line(struct vm_password_rules *rules, char *line)
{
	const char *name = NULL, *test = NULL, *value = NULL;

	line[strcspn(line, "#\r")] = '\0';
	name = take_word(&line);
	if (name[0] == '\0')
		return true;
	test = take_word(&line);
	if (vm_text_equals_nocase(name, "policy"))
		return set_policy(rules, test, line);
	value = take_word(&line);
	return add_rule(rules, name, test, value) && line[strspn(line, " \t")] == '\0';
}

enum vm_status vm_password_rules_parse(const char *text, const char *file,
				       struct vm_password_rules *out, struct vm_error *err)
{
	char line[LINE_MAX_BYTES + 1];

	*out = (struct vm_password_rules){ .count = 0 };
	for (unsigned int number = 1; *text != '\0'; number++) {
		const size_t length = strcspn(text, "\n");

		if (!vm_text_format(line, sizeof line, "%.*s", (int)length, text))
			return vm_fail(err, VM_MISCONFIG, "%s:%u: the line is too long", file,
				       number);
		if (!parse_line(out, line))
			return vm_fail(err, VM_MISCONFIG, "%s:%u: this is no rule", file, number);
		text += length + (text[length] == '\n');
	}
	return VM_OK;
}

enum vm_status vm_password_rules_read(const char *path, struct vm_password_rules *out,
				      struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_password_rules){ .count = 0 };
	vm_buf_init(&text, FILE_MAX);
	status = vm_file_read_all(AT_FDCWD, path, &text, err);
	if (status == VM_OK && memchr(text.bytes, '\0', text.length) != NULL)
		status = vm_fail(err, VM_MISCONFIG, "%s holds a NUL", path);
	if (status == VM_OK)
		status = vm_password_rules_parse(text.bytes, path, out, err);
	vm_buf_release(&text);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* What is counted, and of how many: a share is compared without dividing. */
struct share {
	uint64_t part, whole;
};

static struct share measure(enum vm_password_measure what, const char *bytes, size_t length)
{
	uint64_t upper = 0, lower = 0, digits = 0;

	for (size_t i = 0; i < length; i++) {
		upper += bytes[i] >= 'A' && bytes[i] <= 'Z';
		lower += bytes[i] >= 'a' && bytes[i] <= 'z';
		digits += bytes[i] >= '0' && bytes[i] <= '9';
	}
	switch (what) {
	case VM_PASSWORD_LENGTH:
		return (struct share){ length, 1 };
	case VM_PASSWORD_ALPHABET:
		return (struct share){ upper + lower, length };
	case VM_PASSWORD_NUMERIC:
		return (struct share){ digits, length };
	case VM_PASSWORD_OTHER:
		return (struct share){ length - upper - lower - digits, length };
	case VM_PASSWORD_UPPER_LOWER:
		return (struct share){ upper > lower ? upper - lower : lower - upper,
				       upper + lower };
	}
	return (struct share){ 0, 1 };
}

static bool keeps(const struct vm_password_rule *rule, const char *bytes, size_t length)
{
	const struct share share = measure(rule->measure, bytes, length);
	const uint64_t have = share.part * MILLION;
	const uint64_t wanted = rule->millionths * (share.whole == 0 ? 1 : share.whole);

	switch (rule->test) {
	case VM_PASSWORD_LESS:
		return have < wanted;
	case VM_PASSWORD_AT_MOST:
		return have <= wanted;
	case VM_PASSWORD_EQUAL:
		return have == wanted;
	case VM_PASSWORD_AT_LEAST:
		return have >= wanted;
	case VM_PASSWORD_MORE:
		return have > wanted;
	}
	return false;
}

const struct vm_password_rule *vm_password_rules_broken(const struct vm_password_rules *rules,
							const char *bytes, size_t length)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!keeps(&rules->items[i], bytes, length))
			return &rules->items[i];
	return NULL;
}
