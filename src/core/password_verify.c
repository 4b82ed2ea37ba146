/* Verifies a clear password against any stored form. */
#include <config.h>

#include <argon2.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/md5.h>

#include "core/password_schemes.h"
#include "util/text.h"

enum {
	SALT_MAX = 128,
	ARGON2_KIB_MAX = 1024 * 1024,
	ARGON2_ROUNDS_MAX = 64,
	KDF_ROUNDS_MAX = 10000000
};

static enum vm_status fail_damaged(struct vm_error *err)
{
	return vm_fail(err, VM_INVALID, "the stored password is damaged");
}

static enum vm_status compare(const void *a, size_t a_length, const void *b, size_t b_length,
			      struct vm_error *err)
{
	if (vm_bytes_equal_constant_time(a, a_length, b, b_length))
		return VM_OK;
	return vm_fail(err, VM_DENIED, "the password is wrong");
}

static enum vm_status verify_crypt(const struct vm_secret *clear, const char *stored,
				   struct vm_error *err)
{
	char computed[VM_HASH_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	/* An account is locked by a byte that no hash begins with. */
	if (stored[0] == '\0' || stored[0] == '*' || stored[0] == '!')
		return vm_fail(err, VM_INVALID, "the password is locked");
	status = vm_crypt(clear, stored, computed, err);
	if (status == VM_OK)
		status = compare(computed, strlen(computed), stored, strlen(stored), err);
	vm_wipe(computed, sizeof computed);
	return status;
}

static bool decode(const char *text, bool is_hex, unsigned char *out, size_t size, size_t *length)
{
	if (is_hex)
		return vm_hex_decode(text, strlen(text), out, size, length);
	return vm_base64_decode(text, strlen(text), out, size, length);
}

/* A digest is written in hex or base64; without an explicit encoding the length tells, as in Dovecot. */
static bool decode_digest(const char *text, bool is_hex, size_t size, unsigned char *out,
			  size_t room, size_t *length)
{
	if (!is_hex && strlen(text) == size * 2 && decode(text, true, out, room, length))
		return true;
	return decode(text, is_hex, out, room, length);
}

static enum vm_status verify_digest(const struct vm_secret *clear, const struct vm_scheme *scheme,
				    bool is_hex, const char *text, struct vm_error *err)
{
	const size_t size = vm_digest_size(scheme->digest);
	unsigned char wanted[VM_DIGEST_MAX + SALT_MAX], computed[VM_DIGEST_MAX];
	size_t length = 0;

	if (!decode_digest(text, is_hex, size, wanted, sizeof wanted, &length) || length < size)
		return fail_damaged(err);
	if (scheme->form == VM_SCHEME_DIGEST && length != size)
		return fail_damaged(err);
	vm_digest_pair(scheme->digest, clear->bytes, clear->length, wanted + size, length - size,
		       computed);
	return compare(computed, size, wanted, size, err);
}

/* The cost stands in the text: "$argon2id$v=19$m=65536,t=3,p=1$salt$hash". */
static bool is_argon2_affordable(const char *text)
{
	const char *const memory = strstr(text, "$m=");
	const char *const rounds = memory == NULL ? NULL : strstr(memory, ",t=");
	char digits[12];
	uint64_t value = 0;
	size_t length = 0;

	if (rounds == NULL)
		return false;
	length = strspn(memory + 3, "0123456789");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, memory + 3, length);
	digits[length] = '\0';
	if (!vm_text_parse_u64(digits, ARGON2_KIB_MAX, &value))
		return false;
	length = strspn(rounds + 3, "0123456789");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, rounds + 3, length);
	digits[length] = '\0';
	return vm_text_parse_u64(digits, ARGON2_ROUNDS_MAX, &value);
}

static enum vm_status verify_argon2(const struct vm_secret *clear, const char *text,
				    struct vm_error *err)
{
	const argon2_type type = vm_text_starts_with(text, "$argon2id$") ? Argon2_id : Argon2_i;
	int result = ARGON2_OK;

	if (type == Argon2_i && !vm_text_starts_with(text, "$argon2i$"))
		return fail_damaged(err);
	if (!is_argon2_affordable(text))
		return vm_fail(err, VM_INVALID, "the password hash is too costly to compute");
	result = argon2_verify(text, clear->bytes, clear->length, type);
	if (result == ARGON2_OK)
		return VM_OK;
	if (result == ARGON2_MEMORY_ALLOCATION_ERROR)
		return vm_fail_memory(err);
	if (result == ARGON2_VERIFY_MISMATCH)
		return vm_fail(err, VM_DENIED, "the password is wrong");
	return fail_damaged(err);
}

/* The part of text up to `stop`, copied with a NUL; *text goes on behind it. */
static bool cut(const char **text, char stop, char *out, size_t size)
{
	const char *const end = strchr(*text, stop);
	const size_t length = end == NULL ? strlen(*text) : (size_t)(end - *text);

	if (length >= size)
		return false;
	memcpy(out, *text, length);
	out[length] = '\0';
	*text = end == NULL ? *text + length : end + 1;
	return true;
}

/* Dovecot: "$1$salt$rounds$hex of 20 bytes"; the salt is used as it is written. */
static enum vm_status verify_pbkdf2(const struct vm_secret *clear, const char *text,
				    struct vm_error *err)
{
	char salt[SALT_MAX], rounds_text[12];
	unsigned char wanted[VM_DIGEST_MAX], computed[VM_DIGEST_MAX];
	uint64_t rounds = 0;
	size_t length = 0;

	if (!vm_text_starts_with(text, "$1$"))
		return fail_damaged(err);
	text += strlen("$1$");
	if (!cut(&text, '$', salt, sizeof salt) ||
	    !cut(&text, '$', rounds_text, sizeof rounds_text) ||
	    !vm_text_parse_u64(rounds_text, KDF_ROUNDS_MAX, &rounds) || rounds == 0 ||
	    !vm_hex_decode(text, strlen(text), wanted, sizeof wanted, &length) ||
	    length != vm_digest_size(VM_DIGEST_SHA1))
		return fail_damaged(err);
	if (!vm_digest_pbkdf2(VM_DIGEST_SHA1, clear->bytes, clear->length, salt, strlen(salt),
			      (unsigned)rounds, computed, length))
		return fail_damaged(err);
	return compare(computed, length, wanted, length, err);
}

/* RFC 5802: StoredKey = H(HMAC(SaltedPassword, "Client Key")). */
static enum vm_status verify_scram(const struct vm_secret *clear, const struct vm_scheme *scheme,
				   const char *text, struct vm_error *err)
{
	static const char client_key[] = "Client Key";
	const size_t size = vm_digest_size(scheme->digest);
	char rounds_text[12], salt_text[SALT_MAX * 2], stored_text[SALT_MAX];
	unsigned char salt[SALT_MAX], wanted[VM_DIGEST_MAX], key[VM_DIGEST_MAX];
	uint64_t rounds = 0;
	size_t salt_length = 0, length = 0;

	if (!cut(&text, ',', rounds_text, sizeof rounds_text) ||
	    !cut(&text, ',', salt_text, sizeof salt_text) ||
	    !cut(&text, ',', stored_text, sizeof stored_text) ||
	    !vm_text_parse_u64(rounds_text, KDF_ROUNDS_MAX, &rounds) || rounds == 0 ||
	    !vm_base64_decode(salt_text, strlen(salt_text), salt, sizeof salt, &salt_length) ||
	    !vm_base64_decode(stored_text, strlen(stored_text), wanted, sizeof wanted, &length) ||
	    length != size)
		return fail_damaged(err);
	if (!vm_digest_pbkdf2(scheme->digest, clear->bytes, clear->length, salt, salt_length,
			      (unsigned)rounds, key, size))
		return fail_damaged(err);
	vm_digest_hmac(scheme->digest, key, size, client_key, strlen(client_key), key);
	vm_digest(scheme->digest, key, size, key);
	return compare(key, size, wanted, size, err);
}

static void put_state(const struct md5_ctx *context, unsigned char *out)
{
	for (size_t i = 0; i < 4; i++)
		for (size_t byte = 0; byte < 4; byte++)
			*out++ = (unsigned char)(context->state[i] >> (8 * byte));
}

/* The states of MD5 after one block of the key with opad and with ipad, as Dovecot keeps them. */
static enum vm_status verify_cram_md5(const struct vm_secret *clear, const char *text,
				      struct vm_error *err)
{
	unsigned char key[MD5_BLOCK_SIZE] = { 0 }, pad[MD5_BLOCK_SIZE];
	unsigned char wanted[2 * MD5_DIGEST_SIZE], computed[2 * MD5_DIGEST_SIZE];
	static const unsigned char pads[] = { 0x5c, 0x36 };
	size_t length = 0;

	if (!vm_hex_decode(text, strlen(text), wanted, sizeof wanted, &length) ||
	    length != sizeof wanted)
		return fail_damaged(err);
	if (clear->length > sizeof key)
		vm_digest(VM_DIGEST_MD5, clear->bytes, clear->length, key);
	else
		memcpy(key, clear->bytes, clear->length);
	for (size_t i = 0; i < 2; i++) {
		struct md5_ctx context;

		for (size_t j = 0; j < sizeof pad; j++)
			pad[j] = key[j] ^ pads[i];
		md5_init(&context);
		md5_update(&context, sizeof pad, pad);
		put_state(&context, computed + i * MD5_DIGEST_SIZE);
	}
	vm_wipe(key, sizeof key);
	return compare(computed, sizeof computed, wanted, sizeof wanted, err);
}

static enum vm_status verify_scheme(const struct vm_secret *clear, const struct vm_scheme *scheme,
				    bool is_hex, const char *text, struct vm_error *err)
{
	switch (scheme->form) {
	case VM_SCHEME_PLAIN:
		return compare(clear->bytes, clear->length, text, strlen(text), err);
	case VM_SCHEME_CRYPT:
		return verify_crypt(clear, text, err);
	case VM_SCHEME_DIGEST:
	case VM_SCHEME_SALTED:
		return verify_digest(clear, scheme, is_hex, text, err);
	case VM_SCHEME_ARGON2:
		return verify_argon2(clear, text, err);
	case VM_SCHEME_PBKDF2:
		return verify_pbkdf2(clear, text, err);
	case VM_SCHEME_CRAM_MD5:
		return verify_cram_md5(clear, text, err);
	case VM_SCHEME_SCRAM:
		return verify_scram(clear, scheme, text, err);
	}
	return vm_fail(err, VM_INTERNAL, "a scheme without a form");
}

enum vm_status vm_password_verify(const struct vm_secret *clear, const char *stored,
				  struct vm_error *err)
{
	const struct vm_scheme *scheme = NULL;
	const char *text = NULL;
	bool is_hex = false;
	enum vm_status status = VM_INTERNAL;

	if (vm_text_starts_with(stored, "$argon2"))
		return verify_argon2(clear, stored, err);
	status = vm_scheme_split(stored, &scheme, &is_hex, &text, err);
	if (status == VM_NOT_FOUND)
		return verify_crypt(clear, stored, err);
	if (status != VM_OK)
		return status;
	if (text[0] == '\0') /* an empty text is no password that anybody could know */
		return fail_damaged(err);
	return verify_scheme(clear, scheme, is_hex, text, err);
}
