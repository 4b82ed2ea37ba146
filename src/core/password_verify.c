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
	ARGON2_WORK_MAX = 4 * ARGON2_KIB_MAX, /* memory times passes */
	ARGON2_LANES_MAX = 16,
	KDF_ROUNDS_MAX = 2000000
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

static bool decode(const char *text, bool as_hex, unsigned char *out, size_t size, size_t *length)
{
	if (as_hex)
		return vm_hex_decode(text, strlen(text), out, size, length);
	return vm_base64_decode(text, strlen(text), out, size, length);
}

static bool is_hex(const struct vm_scheme *scheme, enum vm_encoding encoding)
{
	return encoding == VM_ENCODING_HEX || (encoding == VM_ENCODING_USUAL && scheme->is_hex);
}

/* A digest is written in hex or base64; without an explicit encoding the length tells, as in Dovecot. */
static bool decode_digest(const char *text, bool as_hex, size_t size, unsigned char *out,
			  size_t room, size_t *length)
{
	if (!as_hex && strlen(text) == size * 2 && decode(text, true, out, room, length))
		return true;
	return decode(text, as_hex, out, room, length);
}

static enum vm_status verify_digest(const struct vm_secret *clear, const struct vm_scheme *scheme,
				    bool as_hex, const char *text, struct vm_error *err)
{
	const size_t size = vm_digest_size(scheme->digest);
	unsigned char wanted[VM_DIGEST_MAX + SALT_MAX], computed[VM_DIGEST_MAX];
	size_t length = 0;

	if (!decode_digest(text, as_hex, size, wanted, sizeof wanted, &length) || length < size)
		return fail_damaged(err);
	if (scheme->form == VM_SCHEME_DIGEST && length != size)
		return fail_damaged(err);
	vm_digest_pair(scheme->digest, clear->bytes, clear->length, wanted + size, length - size,
		       computed);
	return compare(computed, size, wanted, size, err);
}

/* The number behind `key` in the text; 0 when there is none or it is beyond `maximum`. */
static uint64_t cost_of(const char *text, const char *key, uint64_t maximum)
{
	const char *const found = strstr(text, key);
	char digits[12];
	uint64_t value = 0;
	size_t length = 0;

	if (found == NULL)
		return 0;
	length = strspn(found + strlen(key), "0123456789");
	if (length >= sizeof digits)
		return 0;
	memcpy(digits, found + strlen(key), length);
	digits[length] = '\0';
	return vm_text_parse_u64(digits, maximum, &value) ? value : 0;
}

/* The cost stands in the text: "$argon2id$v=19$m=65536,t=3,p=1$salt$hash". */
static bool is_argon2_affordable(const char *text)
{
	const uint64_t kib = cost_of(text, "$m=", ARGON2_KIB_MAX);
	const uint64_t passes = cost_of(text, ",t=", ARGON2_WORK_MAX);

	return kib > 0 && passes > 0 && kib * passes <= ARGON2_WORK_MAX &&
	       cost_of(text, ",p=", ARGON2_LANES_MAX) > 0;
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

/* HMAC(salted, name), hashed once more when it is the client's key: RFC 5802 section 3. */
static void scram_key(const struct vm_scheme *scheme, const unsigned char *salted, const char *name,
		      bool is_client, unsigned char *out)
{
	const size_t size = vm_digest_size(scheme->digest);

	vm_digest_hmac(scheme->digest, salted, size, name, strlen(name), out);
	if (is_client)
		vm_digest(scheme->digest, out, size, out);
}

/* "ROUNDS,SALT,StoredKey,ServerKey": both keys must be those of the password. */
static enum vm_status verify_scram(const struct vm_secret *clear, const struct vm_scheme *scheme,
				   const char *text, struct vm_error *err)
{
	const size_t size = vm_digest_size(scheme->digest);
	char rounds_text[12], salt_text[SALT_MAX * 2], stored_text[SALT_MAX];
	unsigned char salt[SALT_MAX], wanted[2 * VM_DIGEST_MAX], computed[2 * VM_DIGEST_MAX];
	unsigned char salted[VM_DIGEST_MAX];
	uint64_t rounds = 0;
	size_t salt_length = 0, stored_length = 0, server_length = 0;

	if (!cut(&text, ',', rounds_text, sizeof rounds_text) ||
	    !cut(&text, ',', salt_text, sizeof salt_text) ||
	    !cut(&text, ',', stored_text, sizeof stored_text) ||
	    !vm_text_parse_u64(rounds_text, KDF_ROUNDS_MAX, &rounds) || rounds == 0 ||
	    !vm_base64_decode(salt_text, strlen(salt_text), salt, sizeof salt, &salt_length) ||
	    !vm_base64_decode(stored_text, strlen(stored_text), wanted, VM_DIGEST_MAX,
			      &stored_length) ||
	    stored_length != size ||
	    !vm_base64_decode(text, strlen(text), wanted + size, VM_DIGEST_MAX, &server_length) ||
	    server_length != size)
		return fail_damaged(err);
	if (!vm_digest_pbkdf2(scheme->digest, clear->bytes, clear->length, salt, salt_length,
			      (unsigned)rounds, salted, size))
		return fail_damaged(err);
	scram_key(scheme, salted, "Client Key", true, computed);
	scram_key(scheme, salted, "Server Key", false, computed + size);
	vm_wipe(salted, sizeof salted);
	return compare(computed, 2 * size, wanted, 2 * size, err);
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

static enum vm_status verify_plain(const struct vm_secret *clear, enum vm_encoding encoding,
				   const char *text, struct vm_error *err)
{
	unsigned char wanted[VM_HASH_MAX + 1];
	size_t length = 0;
	enum vm_status status = VM_INTERNAL;

	if (encoding == VM_ENCODING_USUAL)
		return compare(clear->bytes, clear->length, text, strlen(text), err);
	if (!decode(text, encoding == VM_ENCODING_HEX, wanted, sizeof wanted, &length))
		return fail_damaged(err);
	status = compare(clear->bytes, clear->length, wanted, length, err);
	vm_wipe(wanted, sizeof wanted);
	return status;
}

static enum vm_status verify_scheme(const struct vm_secret *clear, const struct vm_scheme *scheme,
				    enum vm_encoding encoding, const char *text,
				    struct vm_error *err)
{
	switch (scheme->form) {
	case VM_SCHEME_PLAIN:
		return verify_plain(clear, encoding, text, err);
	case VM_SCHEME_CRYPT:
		return verify_crypt(clear, text, err);
	case VM_SCHEME_DIGEST:
	case VM_SCHEME_SALTED:
		return verify_digest(clear, scheme, is_hex(scheme, encoding), text, err);
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
	enum vm_encoding encoding = VM_ENCODING_USUAL;
	enum vm_status status = VM_INTERNAL;

	if (vm_text_starts_with(stored, "$argon2"))
		return verify_argon2(clear, stored, err);
	status = vm_scheme_split(stored, &scheme, &encoding, &text, err);
	if (status == VM_NOT_FOUND)
		return verify_crypt(clear, stored, err);
	if (status != VM_OK)
		return status;
	if (text[0] == '\0') /* an empty text is no password that anybody could know */
		return fail_damaged(err);
	return verify_scheme(clear, scheme, encoding, text, err);
}
