/* The kinds of {SCHEME} password texts, and what each needs to be verified. Shared by the password_*.c files. */
#ifndef VM_CORE_PASSWORD_SCHEMES_H
#define VM_CORE_PASSWORD_SCHEMES_H

#include "core/password_hash.h"
#include "util/digest.h"

enum vm_scheme_form {
	VM_SCHEME_PLAIN,    /* the clear password itself */
	VM_SCHEME_CRYPT,    /* crypt(3) text */
	VM_SCHEME_DIGEST,   /* digest of the password */
	VM_SCHEME_SALTED,   /* digest of password and salt, then the salt */
	VM_SCHEME_ARGON2,   /* "$argon2id$..." */
	VM_SCHEME_PBKDF2,   /* "$1$salt$rounds$hex" with SHA-1 */
	VM_SCHEME_CRAM_MD5, /* the two inner states of HMAC-MD5 in hex */
	VM_SCHEME_SCRAM,    /* "rounds,salt,stored key,server key" */
};

/* What the braces say about how binary text is written. */
enum vm_encoding { VM_ENCODING_USUAL, VM_ENCODING_HEX, VM_ENCODING_BASE64 };

struct vm_scheme {
	const char *name;
	enum vm_scheme_form form;
	enum vm_digest_kind digest;
	bool is_hex; /* without .HEX or .B64: is the usual form hex, else base64? */
};

/* The row for a name of `length` bytes in any case; NULL when nobody here knows it. */
const struct vm_scheme *vm_scheme_find(const char *name, size_t length);

/*
 * Splits "{NAME.ENC}text". VM_OK, VM_INVALID for an unknown name or encoding, VM_NOT_FOUND when there are no braces.
 */
enum vm_status vm_scheme_split(const char *stored, const struct vm_scheme **scheme,
			       enum vm_encoding *encoding, const char **text, struct vm_error *err);

/* crypt(3) with the costs bounded. VM_OK and the text in out (VM_HASH_MAX + 1 bytes); VM_INVALID; VM_TEMPFAIL. */
enum vm_status vm_crypt(const struct vm_secret *clear, const char *setting, char *out,
			struct vm_error *err);

/* True when verifying against this crypt(3) text would cost no more than a login may. */
bool vm_crypt_is_affordable(const char *setting);

#endif
