/* Stored passwords: making and verifying every kind. */
#ifndef VM_CORE_PASSWORD_HASH_H
#define VM_CORE_PASSWORD_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/account.h"
#include "util/secret.h"
#include "util/status.h"

/*
 * Compares in constant time. VM_OK: it matches; VM_DENIED: it does not; VM_INVALID: the stored text is of a kind
 * nobody here knows, damaged, locked ("*", "!"), or too costly to try; VM_TEMPFAIL: memory.
 * Kinds: whatever the system's crypt(3) knows, and {SCHEME}text with Dovecot's names (PLAIN, CLEARTEXT, CRYPT,
 * MD5-CRYPT, MD5, PLAIN-MD5, SMD5, SHA, SHA1, SSHA, SHA256, SSHA256, SHA512, SSHA512, SHA256-CRYPT, SHA512-CRYPT,
 * BLF-CRYPT, DES-CRYPT, ARGON2I, ARGON2ID, PBKDF2, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256), optionally .HEX, .B64.
 */
enum vm_status vm_password_verify(const struct vm_secret *clear, const char *stored,
				  struct vm_error *err);

/*
 * A new stored text (VM_HASH_MAX + 1 bytes) by scheme name ("yescrypt", "gost-yescrypt", "scrypt", "bcrypt",
 * "sha512", "sha256", "md5", "des", "argon2id", "argon2i", "ssha512", ...) with a salt from the kernel. cost 0 =
 * the scheme's default. VM_MISCONFIG for a scheme or cost that does not exist here.
 */
enum vm_status vm_password_hash(const struct vm_secret *clear, const char *scheme, uint32_t cost,
				char *out, struct vm_error *err);

/* Is `stored` what scheme and cost would make today? False when a rehash would raise it. */
bool vm_password_is_current(const char *stored, const char *scheme, uint32_t cost);

/* May this text be stored as a hash: printable, no ':', <= VM_HASH_MAX, of a known form? */
enum vm_status vm_password_check_stored(const char *stored, struct vm_error *err);

/* Spends the time of one verification of that scheme: for unknown users. */
void vm_password_spend_time(const struct vm_secret *clear, const char *scheme, uint32_t cost);

/* A random password of `length` characters of 5.4's alphabet (a-zA-Z0-9.@!#%*), unbiased. */
enum vm_status vm_password_random(struct vm_secret *out, uint32_t length, struct vm_error *err);

/* Responses: lower-hex MD5(challenge clear) and lower-hex HMAC-MD5(clear, challenge). challenge is not empty. */
bool vm_password_apop_matches(const char *challenge, const char *clear, const char *response);
bool vm_password_cram_md5_matches(const char *challenge, const char *clear, const char *response);

#endif
