/* Reads and writes quota texts and compares them with what is stored. */
#include <config.h>

#include "core/quota.h"

#include <limits.h>
#include <string.h>

#include "util/text.h"

/* Both printed with their letters and a comma fit VM_QUOTA_MAX; Dovecot keeps quotas in signed 64 bits. */
static const uint64_t bytes_max = INT64_MAX;
static const uint64_t messages_max = UINT64_C(999999999999999999);

/* A quota under construction: which parts were said already. */
struct quota_parts {
	struct vm_quota value;
	bool has_bytes, has_messages;
};

static enum vm_status fail_quota(struct vm_error *err)
{
	return vm_fail_field(err, VM_INVALID, "quota",
			     "a quota is NOQUOTA, a size like 10M, a number of messages like "
			     "1000C, or both with a comma between");
}

/* The digits at *at, which it moves behind them; false when there are none or too many. */
static bool take_number(const char **at, uint64_t *out)
{
	const char *text = *at;
	uint64_t value = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (value > (bytes_max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*at = text;
	*out = value;
	return true;
}

/* Moves behind the letter when it stands at *at in either case. */
static bool take_letter(const char **at, char upper)
{
	if (**at != upper && **at != upper + ('a' - 'A'))
		return false;
	(*at)++;
	return true;
}

static unsigned int take_multiplier(const char **at)
{
	static const char letters[] = "KMGT";

	for (unsigned int i = 0; letters[i] != '\0'; i++) {
		if (take_letter(at, letters[i]))
			return 10 * (i + 1);
	}
	return 0;
}

/* One part, up to a comma or the end. */
static bool take_part(const char **at, struct quota_parts *parts)
{
	uint64_t number = 0;
	unsigned int shift = 0;

	if (!take_number(at, &number))
		return false;
	if (take_letter(at, 'C')) {
		if (parts->has_messages || number > messages_max)
			return false;
		parts->has_messages = true;
		parts->value.messages = number;
		return true;
	}
	shift = take_multiplier(at);
	(void)take_letter(at, 'B'); /* both are optional */
	(void)take_letter(at, 'S');
	if (parts->has_bytes || number > bytes_max >> shift)
		return false;
	parts->has_bytes = true;
	parts->value.bytes = number << shift;
	return true;
}

enum vm_status vm_quota_parse(const char *text, struct vm_quota *out, struct vm_error *err)
{
	struct quota_parts parts = { { 0, 0 }, false, false };
	const char *at = text;

	*out = parts.value;
	if (text[0] == '\0' || vm_text_equals_nocase(text, "NOQUOTA"))
		return VM_OK;
	for (;;) {
		if (!take_part(&at, &parts))
			return fail_quota(err);
		if (*at == '\0')
			break;
		if (*at != ',')
			return fail_quota(err);
		at++;
	}
	*out = parts.value;
	return VM_OK;
}

void vm_quota_print(const struct vm_quota *quota, char *out)
{
	/* Values that did not come from the parser are cut to what it would take, so that the text fits. */
	unsigned long long bytes = quota->bytes < bytes_max ? quota->bytes : bytes_max;
	unsigned long long messages = quota->messages < messages_max ? quota->messages
								     : messages_max;
	bool fits = false;

	if (bytes != 0 && messages != 0)
		fits = vm_text_format(out, VM_QUOTA_MAX + 1, "%lluS,%lluC", bytes, messages);
	else if (bytes != 0)
		fits = vm_text_format(out, VM_QUOTA_MAX + 1, "%lluS", bytes);
	else if (messages != 0)
		fits = vm_text_format(out, VM_QUOTA_MAX + 1, "%lluC", messages);
	else
		fits = vm_text_copy(out, VM_QUOTA_MAX + 1, "NOQUOTA");
	(void)fits; /* 19 + 18 digits, two letters, a comma: always */
}

bool vm_quota_is_unlimited(const struct vm_quota *quota)
{
	return quota->bytes == 0 && quota->messages == 0;
}

bool vm_quota_is_exceeded_by(const struct vm_quota *quota, const struct vm_usage *usage,
			     uint64_t more)
{
	if (quota->bytes != 0 &&
	    (usage->bytes > quota->bytes || more > quota->bytes - usage->bytes))
		return true;
	return quota->messages != 0 && usage->messages >= quota->messages;
}

/* used * 100 / limit without overflow; limit is not 0. */
static unsigned int percent_of(uint64_t used, uint64_t limit)
{
	uint64_t whole = used / limit, rest = used % limit;
	uint64_t part = limit > UINT64_MAX / 100 ? rest / (limit / 100) : rest * 100 / limit;

	if (whole >= UINT_MAX / 100 - 1)
		return UINT_MAX;
	return (unsigned int)(whole * 100 + part);
}

unsigned int vm_quota_percent(const struct vm_quota *quota, const struct vm_usage *usage)
{
	unsigned int bytes = 0, messages = 0;

	if (quota->bytes != 0)
		bytes = percent_of(usage->bytes, quota->bytes);
	if (quota->messages != 0)
		messages = percent_of(usage->messages, quota->messages);
	return bytes > messages ? bytes : messages;
}
