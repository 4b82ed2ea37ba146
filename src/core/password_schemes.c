/* Tells the kinds of stored passwords apart. */
#include <config.h>

#include "core/password_schemes.h"

#include <string.h>
#include <strings.h>

static const struct vm_scheme schemes[] = {
	{ "PLAIN", VM_SCHEME_PLAIN, VM_DIGEST_MD5, false },
	{ "CLEAR", VM_SCHEME_PLAIN, VM_DIGEST_MD5, false },
	{ "CLEARTEXT", VM_SCHEME_PLAIN, VM_DIGEST_MD5, false },
	{ "CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "DES-CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "MD5-CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "MD5", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "SHA256-CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "SHA512-CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "BLF-CRYPT", VM_SCHEME_CRYPT, VM_DIGEST_MD5, false },
	{ "PLAIN-MD5", VM_SCHEME_DIGEST, VM_DIGEST_MD5, true },
	{ "LDAP-MD5", VM_SCHEME_DIGEST, VM_DIGEST_MD5, false },
	{ "SHA", VM_SCHEME_DIGEST, VM_DIGEST_SHA1, false },
	{ "SHA1", VM_SCHEME_DIGEST, VM_DIGEST_SHA1, false },
	{ "SHA256", VM_SCHEME_DIGEST, VM_DIGEST_SHA256, false },
	{ "SHA512", VM_SCHEME_DIGEST, VM_DIGEST_SHA512, false },
	{ "SMD5", VM_SCHEME_SALTED, VM_DIGEST_MD5, false },
	{ "SSHA", VM_SCHEME_SALTED, VM_DIGEST_SHA1, false },
	{ "SSHA256", VM_SCHEME_SALTED, VM_DIGEST_SHA256, false },
	{ "SSHA512", VM_SCHEME_SALTED, VM_DIGEST_SHA512, false },
	{ "ARGON2I", VM_SCHEME_ARGON2, VM_DIGEST_MD5, false },
	{ "ARGON2ID", VM_SCHEME_ARGON2, VM_DIGEST_MD5, false },
	{ "PBKDF2", VM_SCHEME_PBKDF2, VM_DIGEST_SHA1, false },
	{ "CRAM-MD5", VM_SCHEME_CRAM_MD5, VM_DIGEST_MD5, true },
	{ "SCRAM-SHA-1", VM_SCHEME_SCRAM, VM_DIGEST_SHA1, false },
	{ "SCRAM-SHA-256", VM_SCHEME_SCRAM, VM_DIGEST_SHA256, false },
};

const struct vm_scheme *vm_scheme_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strlen(schemes[i].name) == length &&
		    strncasecmp(schemes[i].name, name, length) == 0)
			return &schemes[i];
	return NULL;
}

static bool set_encoding(const char *name, size_t length, enum vm_encoding *encoding)
{
	if (length == 3 && strncasecmp(name, "HEX", 3) == 0)
		*encoding = VM_ENCODING_HEX;
	else if ((length == 3 && strncasecmp(name, "B64", 3) == 0) ||
		 (length == 6 && strncasecmp(name, "BASE64", 6) == 0))
		*encoding = VM_ENCODING_BASE64;
	else
		return false;
	return true;
}

enum vm_status vm_scheme_split(const char *stored, const struct vm_scheme **scheme,
			       enum vm_encoding *encoding, const char **text, struct vm_error *err)
{
	const char *const end = stored[0] == '{' ? strchr(stored, '}') : NULL;
	const char *dot = NULL;

	if (end == NULL)
		return vm_fail(err, VM_NOT_FOUND, "the stored password names no scheme");
	dot = memchr(stored, '.', (size_t)(end - stored));
	*scheme = vm_scheme_find(stored + 1, (size_t)((dot == NULL ? end : dot) - stored - 1));
	if (*scheme == NULL)
		return vm_fail(err, VM_INVALID, "nobody here knows the scheme of the password");
	*encoding = VM_ENCODING_USUAL;
	if (dot != NULL && !set_encoding(dot + 1, (size_t)(end - dot - 1), encoding))
		return vm_fail(err, VM_INVALID, "nobody here knows the encoding of the password");
	*text = end + 1;
	return VM_OK;
}
