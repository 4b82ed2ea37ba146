/* Normalises addresses beyond ASCII with libraries that are loaded when the first such address comes. */
#include <config.h>

#include "core/address_unicode.h"

#include <dlfcn.h>
#include <errno.h>
#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "core/address.h"
#include "util/text.h"

/* Longest text that is looked at: NFC can shrink, but not a page to a name. */
enum { TEXT_MAX = 1024 };

typedef uint8_t *normalize_function(uninorm_t, const uint8_t *, size_t, uint8_t *, size_t *);
typedef int lookup_function(const uint8_t *, uint8_t **, int);
typedef void free_function(void *);

/*
 * The library stays loaded: a second dlopen only counts, and leak checkers can still name its code. Not linked,
 * since each of the two would cost every program start more than all of core does.
 */
static enum vm_status load(const char *library, void **handle, struct vm_error *err)
{
	*handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (*handle == NULL)
		return vm_fail(err, VM_MISCONFIG,
			       "%s, which addresses beyond ASCII need, is missing", library);
	return VM_OK;
}

/* A function pointer out of dlsym's void *, which ISO C does not convert by a cast. */
static bool find(void *handle, const char *name, void *pointer)
{
	void *symbol = dlsym(handle, name);

	memcpy(pointer, &symbol, sizeof(symbol));
	return symbol != NULL;
}

/* U+0080..U+009F are control characters as much as those below 32. */
static bool has_c1_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0)
			return true;
	}
	return false;
}

static enum vm_status check_text(const char *part, const char *text, struct vm_error *err)
{
	if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX)
		return vm_fail_field(err, VM_INVALID, "address", "the %s is too long", part);
	if (!vm_text_is_utf8(text))
		return vm_fail_field(err, VM_INVALID, "address", "the %s is not UTF-8", part);
	if (vm_text_has_control(text) || has_c1_control(text))
		return vm_fail_field(err, VM_INVALID, "address", "the %s holds a control character",
				     part);
	return VM_OK;
}

enum vm_status vm_unicode_user(const char *text, char *out, struct vm_error *err)
{
	normalize_function *normalize = NULL;
	uint8_t room[VM_USER_MAX];
	size_t length = sizeof(room);
	uint8_t *result = NULL;
	void *library = NULL;
	const void *form = NULL;
	enum vm_status status = check_text("user", text, err);

	if (status == VM_OK)
		status = load("libunistring.so.2", &library, err);
	if (status != VM_OK)
		return status;
	if (!find(library, "u8_normalize", &normalize) || !find(library, "uninorm_nfc", &form))
		return vm_fail(err, VM_MISCONFIG, "libunistring.so.2 lacks u8_normalize");
	result = normalize(form, (const uint8_t *)text, strlen(text), room, &length);
	if (result == NULL)
		return errno == EILSEQ
			       ? vm_fail_field(err, VM_INVALID, "address", "the user is not UTF-8")
			       : vm_fail_memory(err);
	if (length > VM_USER_MAX) {
		status = vm_fail_field(err, VM_INVALID, "address",
				       "the user is longer than %d bytes", VM_USER_MAX);
	} else {
		memcpy(out, result, length);
		out[length] = '\0';
	}
	if (result != room)
		free(result);
	return status;
}

enum vm_status vm_unicode_domain(const char *text, char *out, struct vm_error *err)
{
	lookup_function *lookup = NULL;
	free_function *release = NULL;
	uint8_t *result = NULL;
	void *library = NULL;
	int code = IDN2_MALLOC;
	enum vm_status status = check_text("domain", text, err);

	if (status == VM_OK)
		status = load("libidn2.so.0", &library, err);
	if (status != VM_OK)
		return status;
	if (!find(library, "idn2_lookup_u8", &lookup) || !find(library, "idn2_free", &release))
		return vm_fail(err, VM_MISCONFIG, "libidn2.so.0 lacks idn2_lookup_u8");
	code = lookup((const uint8_t *)text, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (code == IDN2_MALLOC)
		return vm_fail_memory(err);
	if (code != IDN2_OK)
		return vm_fail_field(err, VM_INVALID, "address",
				     "the domain is no internationalised domain name (RFC 5891)");
	if (!vm_text_copy(out, VM_DOMAIN_MAX + 1, (const char *)result))
		status = vm_fail_field(err, VM_INVALID, "address",
				       "the domain is longer than %d bytes as A-labels",
				       VM_DOMAIN_MAX);
	release(result);
	return status;
}
