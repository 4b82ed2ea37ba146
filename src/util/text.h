/* Small questions and conversions on text; no locale, ASCII only. */
#ifndef VM_UTIL_TEXT_H
#define VM_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lower-cases A-Z in place. */
void vm_text_lower(char *text);

/* Copies text into a destination of size bytes with its NUL; false (and "") when it does not fit. */
bool vm_text_copy(char *destination, size_t size, const char *text);

/* snprintf that answers false (and "") when the result does not fit. */
bool vm_text_format(char *destination, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True when any byte is below 32 or is 127. */
bool vm_text_has_control(const char *text);

/* True when every byte sequence is well-formed UTF-8 (RFC 3629). */
bool vm_text_is_utf8(const char *text);

/* Bytes of the well-formed UTF-8 sequence at text, of which `available` may be read; 0 when there is none. */
size_t vm_text_utf8_sequence(const char *text, size_t available);

bool vm_text_starts_with(const char *text, const char *prefix);
bool vm_text_ends_with(const char *text, const char *suffix);

/* ASCII case-insensitive equality. */
bool vm_text_equals_nocase(const char *a, const char *b);

/* The one strict number parser: decimal digits only, no sign, no blank, nothing after; <= maximum. */
bool vm_text_parse_u64(const char *text, uint64_t maximum, uint64_t *out);

/* The same with an optional leading '-', minimum <= value <= maximum. */
bool vm_text_parse_i64(const char *text, int64_t minimum, int64_t maximum, int64_t *out);

/* Replaces control bytes, bytes >= 127 and '%' by '?' in place: text that enters a log line. */
void vm_text_sanitize(char *text);

#endif
