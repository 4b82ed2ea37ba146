/* Compiles tcpserver's rules. */
#include <config.h>

#include "core/tcp_rules.h"

#include <stdbool.h>
#include <string.h>

#include "util/buf.h"

enum { LINE_MAX_BYTES = 64 * 1024, OCTET_MAX = 255 };

struct rule {
	const char *address;
	size_t address_length;
	struct vm_buf data;
};

static bool begins(const char *text, size_t length, const char *word)
{
	return length >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static bool is_instruction(const char *text, size_t length)
{
	return begins(text, length, "allow") || begins(text, length, "deny");
}

static bool is_ipv6_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr("0123456789abcdefABCDEF:./", text[i]) == NULL)
			return false;
	return true;
}

/* The length of the address: up to the first colon, or for IPv6 up to that before the instructions. 0 also for "". */
static bool find_address(const char *line, size_t length, size_t *out)
{
	for (size_t i = 0; i < length; i++) {
		if (line[i] != ':')
			continue;
		if (is_instruction(line + i + 1, length - i - 1)) {
			*out = i;
			return true;
		}
		if (!is_ipv6_text(line, i))
			return false;
	}
	return false;
}

/* ",NAME=qVALUEq" as often as it comes, to "+NAME=VALUE\0". */
static bool parse_variables(const char *at, const char *end, struct vm_buf *data)
{
	while (at < end) {
		const char *const name = at + 1;
		const char *equal = *at == ',' ? memchr(name, '=', (size_t)(end - name)) : NULL;
		const char *quote = NULL;

		if (equal == NULL || equal + 1 == end)
			return false;
		quote = memchr(equal + 2, equal[1], (size_t)(end - equal - 2));
		if (quote == NULL)
			return false;
		vm_buf_append_byte(data, '+');
		vm_buf_append(data, name, (size_t)(equal + 1 - name));
		vm_buf_append(data, equal + 2, (size_t)(quote - equal - 2));
		vm_buf_append_byte(data, '\0');
		at = quote + 1;
	}
	return true;
}

static bool parse_rule(const char *line, size_t length, struct rule *rule)
{
	const char *instruction;
	bool is_denial;

	if (!find_address(line, length, &rule->address_length))
		return false;
	rule->address = line;
	instruction = line + rule->address_length + 1;
	is_denial = *instruction == 'd';
	if (is_denial)
		vm_buf_append(&rule->data, "D", 2);
	return parse_variables(instruction + (is_denial ? strlen("deny") : strlen("allow")),
			       line + length, &rule->data);
}

/* The decimal number from *at on, which may have no digit (0); false beyond an octet. */
static bool parse_number(const char **at, const char *end, unsigned int *out)
{
	*out = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		*out = *out * 10 + (unsigned int)(**at - '0');
		if (*out > OCTET_MAX)
			return false;
	}
	return true;
}

struct range {
	const char *begin; /* of the first number */
	const char *rest;  /* what follows the second */
	unsigned int first, last;
};

/* The first range of an address; only addresses without names have one. */
static bool parse_range(const struct rule *rule, struct range *range)
{
	const char *const end = rule->address + rule->address_length;
	const char *const minus = memchr(rule->address, '-', rule->address_length);
	const char *at = minus;

	while (at > rule->address && at[-1] != '.')
		at--;
	range->begin = at;
	if (!parse_number(&at, minus, &range->first) || at != minus)
		return false;
	at = minus + 1;
	if (!parse_number(&at, end, &range->last) || (at < end && *at != '.'))
		return false;
	range->rest = at;
	return true;
}

static bool has(const struct rule *rule, char byte)
{
	return rule->address_length > 0 &&
	       memchr(rule->address, byte, rule->address_length) != NULL;
}

static enum vm_status add_range(struct vm_cdb_writer *writer, const struct rule *rule,
				const struct range *range, struct vm_error *err)
{
	const char *const end = rule->address + rule->address_length;
	struct vm_buf key;
	enum vm_status status = VM_OK;

	vm_buf_init(&key, LINE_MAX_BYTES);
	for (unsigned int i = range->first; i <= range->last && status == VM_OK; i++) {
		vm_buf_clear(&key);
		vm_buf_append(&key, rule->address, (size_t)(range->begin - rule->address));
		vm_buf_printf(&key, "%u", i);
		vm_buf_append(&key, range->rest, (size_t)(end - range->rest));
		status = vm_buf_check(&key, "an address", err);
		if (status == VM_OK)
			status = vm_cdb_writer_add(writer, key.bytes, key.length, rule->data.bytes,
						   rule->data.length, err);
	}
	vm_buf_release(&key);
	return status;
}

/* VM_INVALID without a text when the line is no rule. */
static enum vm_status compile_line(struct vm_cdb_writer *writer, const char *line, size_t length,
				   struct vm_error *err)
{
	struct rule rule = { .address = line };
	struct range range;
	enum vm_status status = VM_INVALID;

	vm_buf_init(&rule.data, LINE_MAX_BYTES);
	if (!parse_rule(line, length, &rule))
		goto out;
	status = vm_buf_check(&rule.data, "a rule", err);
	if (status != VM_OK)
		goto out;
	if (!has(&rule, '-') || has(&rule, '=') || has(&rule, '@')) {
		status = vm_cdb_writer_add(writer, rule.address, rule.address_length,
					   rule.data.bytes, rule.data.length, err);
		goto out;
	}
	status = parse_range(&rule, &range) ? add_range(writer, &rule, &range, err) : VM_INVALID;
out:
	vm_buf_release(&rule.data);
	return status;
}

static size_t without_blanks(const char *line, size_t length)
{
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	return length;
}

enum vm_status vm_tcp_rules_compile(struct vm_cdb_writer *writer, const char *name,
				    const char *text, size_t length, struct vm_error *err)
{
	const char *const end = text + length;
	enum vm_status status = VM_OK;
	unsigned long number = 0;

	for (const char *line = text; line < end && status == VM_OK;) {
		const char *const newline = memchr(line, '\n', (size_t)(end - line));
		const char *const stop = newline != NULL ? newline : end;
		const size_t used = without_blanks(line, (size_t)(stop - line));

		number++;
		if (used > LINE_MAX_BYTES / 2)
			status = VM_INVALID;
		else if (used > 0 && *line != '#' && memchr(line, ':', used) != NULL)
			status = compile_line(writer, line, used, err);
		if (status == VM_INVALID)
			vm_fail(err, VM_INVALID, "%s line %lu is not a rule of tcpserver: %.*s",
				name, number, (int)(used < 80 ? used : 80), line);
		line = newline != NULL ? newline + 1 : end;
	}
	return status;
}
