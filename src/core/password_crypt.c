/* crypt(3) with a bound on what a stored text may make us compute. */
#include <config.h>

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/password_schemes.h"
#include "util/text.h"

/* A login must not be made to run for minutes by a text that somebody stored. */
enum {
	BCRYPT_COST_MAX = 15,
	SHA_ROUNDS_MAX = 2000000,
	YESCRYPT_N_MAX = 'F' - 'A' + 12, /* "$y$jF": 2^17 blocks, some 128 MiB */
	SCRYPT_N_MAX = 20,               /* log2 */
};

static bool is_bcrypt_affordable(const char *setting)
{
	char cost[3] = "";
	uint64_t value = 0;

	memcpy(cost, setting + 4, strnlen(setting + 4, 2));
	return vm_text_parse_u64(cost, BCRYPT_COST_MAX, &value);
}

static bool are_rounds_affordable(const char *setting)
{
	static const char key[] = "rounds=";
	char digits[24];
	const char *const start = setting + strlen("$5$");
	uint64_t value = 0;
	size_t length = 0;

	if (!vm_text_starts_with(start, key))
		return true;
	length = strspn(start + strlen(key), "0123456789");
	if (length >= sizeof digits)
		return false;
	memcpy(digits, start + strlen(key), length);
	digits[length] = '\0';
	return vm_text_parse_u64(digits, SHA_ROUNDS_MAX, &value);
}

/* The place of a byte in crypt's alphabet, -1 when it is none of it. */
static int crypt64(char byte)
{
	static const char alphabet[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *const found = byte == '\0' ? NULL : strchr(alphabet, byte);

	return found == NULL ? -1 : (int)(found - alphabet);
}

bool vm_crypt_is_affordable(const char *setting)
{
	const size_t length = strlen(setting);

	if (vm_text_starts_with(setting, "$2") && length > 6)
		return is_bcrypt_affordable(setting);
	if (vm_text_starts_with(setting, "$5$") || vm_text_starts_with(setting, "$6$"))
		return are_rounds_affordable(setting);
	/* "$y$jN...": flavour, then log2 of N less one, in crypt's alphabet; longer forms start with a letter beyond. */
	if (vm_text_starts_with(setting, "$y$") && length > 5)
		return crypt64(setting[4]) >= 0 && crypt64(setting[4]) <= YESCRYPT_N_MAX;
	if (vm_text_starts_with(setting, "$gy$") && length > 6)
		return crypt64(setting[5]) >= 0 && crypt64(setting[5]) <= YESCRYPT_N_MAX;
	if (vm_text_starts_with(setting, "$7$") && length > 4)
		return crypt64(setting[3]) >= 0 && crypt64(setting[3]) <= SCRYPT_N_MAX;
	return true;
}

enum vm_status vm_crypt(const struct vm_secret *clear, const char *setting, char *out,
			struct vm_error *err)
{
	struct crypt_data *data = NULL;
	const char *text = NULL;
	enum vm_status status = VM_INTERNAL;

	if (!vm_crypt_is_affordable(setting))
		return vm_fail(err, VM_INVALID, "the password hash is too costly to compute");
	data = calloc(1, sizeof *data);
	if (data == NULL)
		return vm_fail_memory(err);
	errno = 0;
	text = crypt_r(clear->bytes, setting, data);
	if (text == NULL && errno == ENOMEM)
		status = vm_fail_memory(err);
	else if (text == NULL || text[0] == '*' || !vm_text_copy(out, VM_HASH_MAX + 1, text))
		status = vm_fail(err, VM_INVALID, "crypt(3) does not know this kind of hash");
	else
		status = VM_OK;
	vm_wipe(data, sizeof *data);
	free(data);
	return status;
}
