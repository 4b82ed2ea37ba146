/* Message digests, keyed digests, key derivation, hex and base64; all over libnettle. */
#ifndef VM_UTIL_DIGEST_H
#define VM_UTIL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum vm_digest_kind { VM_DIGEST_MD5, VM_DIGEST_SHA1, VM_DIGEST_SHA256, VM_DIGEST_SHA512 };

enum { VM_DIGEST_MAX = 64 }; /* bytes of the longest */

/* Bytes of a digest of this kind: 16, 20, 32, 64. */
size_t vm_digest_size(enum vm_digest_kind kind);

/* The digest of the bytes; out has vm_digest_size(kind) bytes. */
void vm_digest(enum vm_digest_kind kind, const void *bytes, size_t length, unsigned char *out);

/* The digest of a followed by b (salted passwords). */
void vm_digest_pair(enum vm_digest_kind kind, const void *a, size_t a_length, const void *b,
		    size_t b_length, unsigned char *out);

/* HMAC (RFC 2104). */
void vm_digest_hmac(enum vm_digest_kind kind, const void *key, size_t key_length, const void *bytes,
		    size_t length, unsigned char *out);

/*
 * PBKDF2 (RFC 8018) with HMAC of this kind; rounds >= 1. False for MD5, which nobody should derive keys with, and
 * for 0 rounds.
 */
bool vm_digest_pbkdf2(enum vm_digest_kind kind, const void *password, size_t password_length,
		      const void *salt, size_t salt_length, unsigned rounds, unsigned char *out,
		      size_t out_length);

/* Lower-case hex with a NUL; out has 2 * length + 1 bytes. */
void vm_hex_encode(const void *bytes, size_t length, char *out);

/*
 * Hex of either case, an even number of digits, nothing else; false (and nothing written beyond `size`)
 * otherwise or when it does not fit. text need not end in NUL.
 */
bool vm_hex_decode(const char *text, size_t text_length, void *out, size_t size, size_t *length);

/* Base64 (RFC 4648 section 4) with padding, appended. */
void vm_base64_encode(struct vm_buf *out, const void *bytes, size_t length);

/*
 * Strict: alphabet of section 4, no blanks or line ends, right padding, unused bits zero. False otherwise or when
 * it does not fit into `size`. text need not end in NUL; the empty text is the empty result.
 */
bool vm_base64_decode(const char *text, size_t text_length, void *out, size_t size, size_t *length);

#endif
