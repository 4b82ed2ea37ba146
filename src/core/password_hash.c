/* Makes stored passwords and random ones, and answers challenges. */
#include <config.h>

#include "core/password_hash.h"

#include <argon2.h>
#include <crypt.h>
#include <string.h>

#include "core/password_schemes.h"
#include "util/text.h"

enum { SALT_SIZE = 16, ARGON2_KIB = 65536, ARGON2_ROUNDS = 3 };

/* What `password_scheme` may name. */
struct maker {
	const char *name;
	const char *prefix; /* of crypt_gensalt, or what a current text begins with */
	const char *scheme; /* of a {SCHEME} text; NULL for crypt(3) */
};

static const struct maker makers[] = {
	{ "yescrypt", "$y$", NULL },
	{ "gost-yescrypt", "$gy$", NULL },
	{ "scrypt", "$7$", NULL },
	{ "bcrypt", "$2b$", NULL },
	{ "sha512", "$6$", NULL },
	{ "sha256", "$5$", NULL },
	{ "md5", "$1$", NULL },
	{ "des", "", NULL },
	{ "argon2id", "{ARGON2ID}$argon2id$", "ARGON2ID" },
	{ "argon2i", "{ARGON2I}$argon2i$", "ARGON2I" },
	{ "ssha512", "{SSHA512}", "SSHA512" },
	{ "ssha256", "{SSHA256}", "SSHA256" },
	{ "ssha", "{SSHA}", "SSHA" },
};

static const struct maker *find_maker(const char *name)
{
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
		if (strcmp(makers[i].name, name) == 0)
			return &makers[i];
	return NULL;
}

static enum vm_status fail_scheme(const char *scheme, struct vm_error *err)
{
	return vm_fail(err, VM_MISCONFIG,
		       "password_scheme = %s, with this password_cost, cannot be made here",
		       scheme);
}

static enum vm_status make_crypt(const struct vm_secret *clear, const struct maker *maker,
				 uint32_t cost, char *out, struct vm_error *err)
{
	char salt[SALT_SIZE], setting[CRYPT_GENSALT_OUTPUT_SIZE];
	enum vm_status status = VM_INTERNAL;

	if (!vm_random_bytes(salt, sizeof salt))
		return vm_fail(err, VM_TEMPFAIL, "the kernel gives no random bytes");
	if (crypt_gensalt_rn(maker->prefix, cost, salt, sizeof salt, setting, sizeof setting) ==
	    NULL)
		return fail_scheme(maker->name, err);
	status = vm_crypt(clear, setting, out, err);
	return status == VM_INVALID ? fail_scheme(maker->name, err) : status;
}

static enum vm_status make_argon2(const struct vm_secret *clear, const struct maker *maker,
				  uint32_t cost, char *out, struct vm_error *err)
{
	const argon2_type type = strcmp(maker->name, "argon2id") == 0 ? Argon2_id : Argon2_i;
	const uint32_t rounds = cost == 0 ? ARGON2_ROUNDS : cost;
	unsigned char salt[SALT_SIZE];
	char text[VM_HASH_MAX + 1];
	int result = ARGON2_OK;

	if (!vm_random_bytes(salt, sizeof salt))
		return vm_fail(err, VM_TEMPFAIL, "the kernel gives no random bytes");
	result = argon2_hash(rounds, ARGON2_KIB, 1, clear->bytes, clear->length, salt, sizeof salt,
			     NULL, 32, text, sizeof text, type, ARGON2_VERSION_13);
	if (result == ARGON2_MEMORY_ALLOCATION_ERROR)
		return vm_fail_memory(err);
	if (result != ARGON2_OK ||
	    !vm_text_format(out, VM_HASH_MAX + 1, "{%s}%s", maker->scheme, text))
		return fail_scheme(maker->name, err);
	return VM_OK;
}

static enum vm_status make_salted(const struct vm_secret *clear, const struct maker *maker,
				  char *out, struct vm_error *err)
{
	const struct vm_scheme *const scheme = vm_scheme_find(maker->scheme, strlen(maker->scheme));
	const size_t size = vm_digest_size(scheme->digest);
	unsigned char bytes[VM_DIGEST_MAX + SALT_SIZE];
	struct vm_buf text;
	enum vm_status status = VM_OK;

	if (!vm_random_bytes(bytes + size, SALT_SIZE))
		return vm_fail(err, VM_TEMPFAIL, "the kernel gives no random bytes");
	vm_digest_pair(scheme->digest, clear->bytes, clear->length, bytes + size, SALT_SIZE, bytes);
	vm_buf_init(&text, VM_HASH_MAX);
	vm_buf_printf(&text, "{%s}", maker->scheme);
	vm_base64_encode(&text, bytes, size + SALT_SIZE);
	status = vm_buf_check(&text, "the hash", err);
	if (status == VM_OK && !vm_text_copy(out, VM_HASH_MAX + 1, text.bytes))
		status = vm_fail(err, VM_INTERNAL, "the hash does not fit");
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_password_hash(const struct vm_secret *clear, const char *scheme, uint32_t cost,
				char *out, struct vm_error *err)
{
	const struct maker *const maker = find_maker(scheme);

	if (maker == NULL)
		return fail_scheme(scheme, err);
	if (maker->scheme == NULL)
		return make_crypt(clear, maker, cost, out, err);
	if (strncmp(maker->scheme, "ARGON2", 6) == 0)
		return make_argon2(clear, maker, cost, out, err);
	return make_salted(clear, maker, out, err);
}

/* Of a crypt(3) text the part that says kind and cost: what crypt_gensalt writes before the salt. */
static size_t cost_length(const struct maker *maker, const char *setting)
{
	const char *const last = strrchr(setting + strlen(maker->prefix), '$');

	return last == NULL ? strlen(maker->prefix) : (size_t)(last - setting) + 1;
}

bool vm_password_is_current(const char *stored, const char *scheme, uint32_t cost)
{
	static const char no_salt[SALT_SIZE];
	const struct maker *const maker = find_maker(scheme);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (maker == NULL)
		return true; /* nothing could be made */
	if (maker->scheme != NULL || maker->prefix[0] == '\0')
		return maker->prefix[0] == '\0' ? strlen(stored) == 13
						: vm_text_starts_with(stored, maker->prefix);
	if (crypt_gensalt_rn(maker->prefix, cost, no_salt, sizeof no_salt, setting,
			     sizeof setting) == NULL)
		return true;
	return strncmp(stored, setting, cost_length(maker, setting)) == 0;
}

enum vm_status vm_password_check_stored(const char *stored, struct vm_error *err)
{
	const struct vm_scheme *scheme = NULL;
	const char *text = NULL;
	enum vm_encoding encoding = VM_ENCODING_USUAL;

	if (strlen(stored) > VM_HASH_MAX)
		return vm_fail_field(err, VM_INVALID, "password_hash",
				     "the password hash is longer than %d bytes", VM_HASH_MAX);
	for (const char *byte = stored; *byte != '\0'; byte++)
		if (*byte <= ' ' || *byte >= 127 || *byte == ':')
			return vm_fail_field(err, VM_INVALID, "password_hash",
					     "the password hash holds a byte that is not allowed");
	if (stored[0] == '{' && vm_scheme_split(stored, &scheme, &encoding, &text, err) != VM_OK)
		return vm_fail_field(err, VM_INVALID, "password_hash",
				     "the scheme of the password hash is not known here");
	return VM_OK;
}

void vm_password_spend_time(const struct vm_secret *clear, const char *scheme, uint32_t cost)
{
	char ignored[VM_HASH_MAX + 1];
	struct vm_error err;

	/* Its result is of no use to anybody. */
	(void)vm_password_hash(clear, scheme, cost, ignored, &err);
	vm_wipe(ignored, sizeof ignored);
}

enum vm_status vm_password_random(struct vm_secret *out, uint32_t length, struct vm_error *err)
{
	static const char alphabet[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@!#%*";
	const unsigned int letters = sizeof alphabet - 1;
	char text[VM_SECRET_MAX];
	uint32_t done = 0;

	if (length == 0 || length > VM_CLEAR_MAX)
		return vm_fail_field(err, VM_INVALID, "password",
				     "the length of a random password is 1 to %d", VM_CLEAR_MAX);
	while (done < length) {
		unsigned char byte = 0;

		if (!vm_random_bytes(&byte, 1))
			return vm_fail(err, VM_TEMPFAIL, "the kernel gives no random bytes");
		if (byte < 256 / letters * letters) /* else some letters would come more often */
			text[done++] = alphabet[byte % letters];
	}
	if (!vm_secret_set(out, text, length))
		return vm_fail(err, VM_INTERNAL, "the random password does not fit");
	vm_wipe(text, sizeof text);
	return VM_OK;
}

static bool matches_hex(const unsigned char *digest, size_t size, const char *response)
{
	char hex[2 * VM_DIGEST_MAX + 1];

	vm_hex_encode(digest, size, hex);
	return vm_bytes_equal_constant_time(hex, size * 2, response, strlen(response));
}

bool vm_password_apop_matches(const char *challenge, const char *clear, const char *response)
{
	unsigned char digest[VM_DIGEST_MAX];

	if (challenge[0] == '\0')
		return false;
	vm_digest_pair(VM_DIGEST_MD5, challenge, strlen(challenge), clear, strlen(clear), digest);
	return matches_hex(digest, vm_digest_size(VM_DIGEST_MD5), response);
}

bool vm_password_cram_md5_matches(const char *challenge, const char *clear, const char *response)
{
	unsigned char digest[VM_DIGEST_MAX];

	if (challenge[0] == '\0')
		return false;
	vm_digest_hmac(VM_DIGEST_MD5, clear, strlen(clear), challenge, strlen(challenge), digest);
	return matches_hex(digest, vm_digest_size(VM_DIGEST_MD5), response);
}
