/* crypt(3) with a bound on what a stored text may make us compute. */
#include <config.h>

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/password_schemes.h"
#include "util/text.h"

/* A login must not be made to run for minutes, or to fill the memory, by a text that somebody stored. */
enum { BCRYPT_COST_MAX = 15, ROUNDS_MAX = 2000000, BLOCKS_MAX = 32, LANES_MAX = 16, LOG2_MAX = 20 };

static const uint64_t memory_max = UINT64_C(1) << 30;

static bool is_bcrypt_affordable(const char *setting)
{
	char cost[3] = "";
	uint64_t value = 0;

	memcpy(cost, setting + 4, strnlen(setting + 4, 2));
	return vm_text_parse_u64(cost, BCRYPT_COST_MAX, &value);
}

static bool are_rounds_affordable(const char *digits)
{
	char copy[24];
	uint64_t value = 0;
	const size_t length = strspn(digits, "0123456789");

	if (length >= sizeof copy)
		return false;
	memcpy(copy, digits, length);
	copy[length] = '\0';
	return vm_text_parse_u64(copy, ROUNDS_MAX, &value);
}

/* "$5$rounds=N$", "$6$rounds=N$", "$md5,rounds=N$": without rounds the default holds, which is cheap. */
static bool are_named_rounds_affordable(const char *text)
{
	static const char key[] = "rounds=";

	return !vm_text_starts_with(text, key) || are_rounds_affordable(text + strlen(key));
}

/* The place of a byte in crypt's alphabet, -1 when it is none of it. */
static int crypt64(char byte)
{
	static const char alphabet[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *const found = byte == '\0' ? NULL : strchr(alphabet, byte);

	return found == NULL ? -1 : (int)(found - alphabet);
}

/* scrypt and its kin fill 128 * r * N bytes. */
static bool is_memory_affordable(int log2_n, int blocks)
{
	return log2_n >= 0 && log2_n <= LOG2_MAX && blocks > 0 && blocks <= BLOCKS_MAX &&
	       (UINT64_C(128) * (unsigned)blocks) << log2_n <= memory_max;
}

/*
 * "jNr$": flavour, log2 of N less one, r less one, in crypt's alphabet. Longer forms (more lanes, more passes, a ROM)
 * are made by nobody's crypt_gensalt and are refused.
 */
static bool is_yescrypt_affordable(const char *text)
{
	if (strnlen(text, 4) < 4 || text[3] != '$')
		return false;
	return crypt64(text[1]) >= 0 && crypt64(text[2]) >= 0 &&
	       is_memory_affordable(crypt64(text[1]) + 1, crypt64(text[2]) + 1);
}

/* A number of five digits of crypt's alphabet, the lowest first; only its first digit may be other than 0. */
static int small_number(const char *digits)
{
	return memcmp(digits + 1, "....", 4) == 0 ? crypt64(digits[0]) : -1;
}

/* "Nrrrrrppppp": log2 of N, r, p. */
static bool is_scrypt_affordable(const char *text)
{
	enum { N_AND_R = 6, ALL = 11 };

	return strnlen(text, ALL) == ALL && small_number(text + N_AND_R) > 0 &&
	       small_number(text + N_AND_R) <= LANES_MAX &&
	       is_memory_affordable(crypt64(text[0]), small_number(text + 1));
}

bool vm_crypt_is_affordable(const char *setting)
{
	if (vm_text_starts_with(setting, "$2"))
		return strlen(setting) > 6 && is_bcrypt_affordable(setting);
	if (vm_text_starts_with(setting, "$5$") || vm_text_starts_with(setting, "$6$"))
		return are_named_rounds_affordable(setting + strlen("$5$"));
	if (vm_text_starts_with(setting, "$md5,"))
		return are_named_rounds_affordable(setting + strlen("$md5,"));
	if (vm_text_starts_with(setting, "$sha1$"))
		return are_rounds_affordable(setting + strlen("$sha1$"));
	if (vm_text_starts_with(setting, "$y$"))
		return is_yescrypt_affordable(setting + strlen("$y$"));
	if (vm_text_starts_with(setting, "$gy$"))
		return is_yescrypt_affordable(setting + strlen("$gy$"));
	if (vm_text_starts_with(setting, "$7$"))
		return is_scrypt_affordable(setting + strlen("$7$"));
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
