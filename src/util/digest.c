/* Digests and text encodings of bytes. */
#include <config.h>

#include "util/digest.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "util/secret.h"

union state {
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

union hmac_state {
	struct hmac_md5_ctx md5;
	struct hmac_sha1_ctx sha1;
	struct hmac_sha256_ctx sha256;
	struct hmac_sha512_ctx sha512;
};

size_t vm_digest_size(enum vm_digest_kind kind)
{
	switch (kind) {
	case VM_DIGEST_MD5:
		return MD5_DIGEST_SIZE;
	case VM_DIGEST_SHA1:
		return SHA1_DIGEST_SIZE;
	case VM_DIGEST_SHA256:
		return SHA256_DIGEST_SIZE;
	case VM_DIGEST_SHA512:
		return SHA512_DIGEST_SIZE;
	}
	return 0;
}

void vm_digest(enum vm_digest_kind kind, const void *bytes, size_t length, unsigned char *out)
{
	vm_digest_pair(kind, bytes, length, "", 0, out);
}

void vm_digest_pair(enum vm_digest_kind kind, const void *a, size_t a_length, const void *b,
		    size_t b_length, unsigned char *out)
{
	union state state;

	switch (kind) {
	case VM_DIGEST_MD5:
		md5_init(&state.md5);
		md5_update(&state.md5, a_length, a);
		md5_update(&state.md5, b_length, b);
		md5_digest(&state.md5, MD5_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA1:
		sha1_init(&state.sha1);
		sha1_update(&state.sha1, a_length, a);
		sha1_update(&state.sha1, b_length, b);
		sha1_digest(&state.sha1, SHA1_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA256:
		sha256_init(&state.sha256);
		sha256_update(&state.sha256, a_length, a);
		sha256_update(&state.sha256, b_length, b);
		sha256_digest(&state.sha256, SHA256_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA512:
		sha512_init(&state.sha512);
		sha512_update(&state.sha512, a_length, a);
		sha512_update(&state.sha512, b_length, b);
		sha512_digest(&state.sha512, SHA512_DIGEST_SIZE, out);
		break;
	}
	vm_wipe(&state, sizeof state);
}

void vm_digest_hmac(enum vm_digest_kind kind, const void *key, size_t key_length, const void *bytes,
		    size_t length, unsigned char *out)
{
	union hmac_state state;

	switch (kind) {
	case VM_DIGEST_MD5:
		hmac_md5_set_key(&state.md5, key_length, key);
		hmac_md5_update(&state.md5, length, bytes);
		hmac_md5_digest(&state.md5, MD5_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA1:
		hmac_sha1_set_key(&state.sha1, key_length, key);
		hmac_sha1_update(&state.sha1, length, bytes);
		hmac_sha1_digest(&state.sha1, SHA1_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA256:
		hmac_sha256_set_key(&state.sha256, key_length, key);
		hmac_sha256_update(&state.sha256, length, bytes);
		hmac_sha256_digest(&state.sha256, SHA256_DIGEST_SIZE, out);
		break;
	case VM_DIGEST_SHA512:
		hmac_sha512_set_key(&state.sha512, key_length, key);
		hmac_sha512_update(&state.sha512, length, bytes);
		hmac_sha512_digest(&state.sha512, SHA512_DIGEST_SIZE, out);
		break;
	}
	vm_wipe(&state, sizeof state);
}

/* nettle has no pbkdf2_hmac_sha512 before 3.7; its macro takes any HMAC. */
bool vm_digest_pbkdf2(enum vm_digest_kind kind, const void *password, size_t password_length,
		      const void *salt, size_t salt_length, unsigned rounds, unsigned char *out,
		      size_t out_length)
{
	union hmac_state state;
	bool is_known = false;

	if (rounds == 0)
		return false;
	switch (kind) {
	case VM_DIGEST_MD5:
		return false;
	case VM_DIGEST_SHA1:
		hmac_sha1_set_key(&state.sha1, password_length, password);
		PBKDF2(&state.sha1, hmac_sha1_update, hmac_sha1_digest, SHA1_DIGEST_SIZE, rounds,
		       salt_length, salt, out_length, out);
		is_known = true;
		break;
	case VM_DIGEST_SHA256:
		hmac_sha256_set_key(&state.sha256, password_length, password);
		PBKDF2(&state.sha256, hmac_sha256_update, hmac_sha256_digest, SHA256_DIGEST_SIZE,
		       rounds, salt_length, salt, out_length, out);
		is_known = true;
		break;
	case VM_DIGEST_SHA512:
		hmac_sha512_set_key(&state.sha512, password_length, password);
		PBKDF2(&state.sha512, hmac_sha512_update, hmac_sha512_digest, SHA512_DIGEST_SIZE,
		       rounds, salt_length, salt, out_length, out);
		is_known = true;
		break;
	}
	vm_wipe(&state, sizeof state);
	return is_known;
}

void vm_hex_encode(const void *bytes, size_t length, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *const in = bytes;

	for (size_t i = 0; i < length; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * length] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool vm_hex_decode(const char *text, size_t text_length, void *out, size_t size, size_t *length)
{
	unsigned char *const bytes = out;

	if (text_length % 2 != 0 || text_length / 2 > size)
		return false;
	for (size_t i = 0; i < text_length / 2; i++) {
		const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	*length = text_length / 2;
	return true;
}

/* Own and not nettle's: its decoder skips blanks, and a password hash must have one spelling only. */
static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void vm_base64_encode(struct vm_buf *out, const void *bytes, size_t length)
{
	const unsigned char *in = bytes;

	while (length > 0) {
		const size_t step = length < 3 ? length : 3;
		const unsigned long group = (unsigned long)in[0] << 16 |
					    (step > 1 ? (unsigned long)in[1] << 8 : 0) |
					    (step > 2 ? (unsigned long)in[2] : 0);
		const char four[4] = {
			base64_alphabet[group >> 18],
			base64_alphabet[group >> 12 & 63],
			step > 1 ? base64_alphabet[group >> 6 & 63] : '=',
			step > 2 ? base64_alphabet[group & 63] : '=',
		};

		vm_buf_append(out, four, sizeof four);
		in += step;
		length -= step;
	}
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four characters of which the last `padding` are '='. */
static bool decode_group(const char *four, size_t padding, unsigned char *three)
{
	unsigned long group = 0;

	for (size_t i = 0; i < 4; i++) {
		const int value = i < 4 - padding ? base64_value(four[i]) : 0;

		if (value < 0)
			return false;
		group = group << 6 | (unsigned long)value;
	}
	three[0] = (unsigned char)(group >> 16);
	three[1] = (unsigned char)(group >> 8);
	three[2] = (unsigned char)group;
	/* Bits behind the last byte must be zero, or two texts would mean the same. */
	return (padding < 1 || three[2] == 0) && (padding < 2 || three[1] == 0);
}

bool vm_base64_decode(const char *text, size_t text_length, void *out, size_t size, size_t *length)
{
	unsigned char *const bytes = out;
	size_t padding = 0, done = 0;

	if (text_length % 4 != 0)
		return false;
	if (text_length > 0 && text[text_length - 1] == '=')
		padding = text[text_length - 2] == '=' ? 2 : 1;
	if (text_length / 4 * 3 - padding > size)
		return false;
	for (size_t i = 0; i < text_length; i += 4) {
		const size_t missing = i + 4 == text_length ? padding : 0;
		unsigned char three[3];

		if (!decode_group(text + i, missing, three))
			return false;
		memcpy(bytes + done, three, 3 - missing);
		done += 3 - missing;
	}
	*length = done;
	return true;
}
