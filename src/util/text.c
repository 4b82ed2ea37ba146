/* Small questions and conversions on text. */
#include <config.h>

#include "util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void vm_text_lower(char *text)
{
	for (; *text != '\0'; text++)
		/* Written only where it changes: the text may be a literal (5.4's callers). */
		if (*text >= 'A' && *text <= 'Z')
			*text = lower(*text);
}

bool vm_text_copy(char *destination, size_t size, const char *text)
{
	const size_t length = strlen(text);

	if (size == 0)
		return false;
	if (length >= size) {
		destination[0] = '\0';
		return false;
	}
	memmove(destination, text, length + 1);
	return true;
}

bool vm_text_format(char *destination, size_t size, const char *format, ...)
{
	va_list arguments;
	int length = 0;

	if (size == 0)
		return false;
	va_start(arguments, format);
	length = vsnprintf(destination, size, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < size)
		return true;
	destination[0] = '\0';
	return false;
}

bool vm_text_has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 32 || *text == 127)
			return true;
	return false;
}

/* RFC 3629 section 4: the length of the well-formed sequence at p, 0 when there is none. */
size_t vm_text_utf8_sequence(const char *text, size_t available)
{
	const unsigned char *const p = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length = 0;

	if (available == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	if (length == 0 || length > available)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* shorter forms exist below */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

bool vm_text_is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		const size_t length = vm_text_utf8_sequence(text, left);

		if (length == 0)
			return false;
		text += length;
		left -= length;
	}
	return true;
}

bool vm_text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool vm_text_ends_with(const char *text, const char *suffix)
{
	const size_t length = strlen(text);
	const size_t suffix_length = strlen(suffix);

	return suffix_length <= length && strcmp(text + length - suffix_length, suffix) == 0;
}

bool vm_text_equals_nocase(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool vm_text_parse_u64(const char *text, uint64_t maximum, uint64_t *out)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		const uint64_t digit = (uint64_t)((unsigned char)*text - (unsigned)'0');

		if (*text < '0' || *text > '9' || digit > maximum || value > (maximum - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool vm_text_parse_i64(const char *text, int64_t minimum, int64_t maximum, int64_t *out)
{
	const bool negative = *text == '-';
	uint64_t magnitude = 0;
	int64_t value = 0;

	if (!vm_text_parse_u64(text + (negative ? 1 : 0), (uint64_t)INT64_MAX + (negative ? 1 : 0),
			       &magnitude))
		return false;
	if (negative && magnitude > 0)
		value = -(int64_t)(magnitude - 1) - 1; /* INT64_MIN has no positive twin */
	else
		value = (int64_t)magnitude;
	if (value < minimum || value > maximum)
		return false;
	*out = value;
	return true;
}

void vm_text_sanitize(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 32 || (unsigned char)*text >= 127 || *text == '%')
			*text = '?';
}
