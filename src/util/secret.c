/* Secrets: wiping, comparing in constant time, random bytes. */
#include <config.h>

#include "util/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

bool vm_secret_set(struct vm_secret *secret, const void *bytes, size_t length)
{
	if (length > VM_SECRET_MAX || (length > 0 && memchr(bytes, '\0', length) != NULL))
		return false;
	if (length > 0)
		memmove(secret->bytes, bytes, length);
	vm_wipe(secret->bytes + length, sizeof secret->bytes - length);
	secret->length = length;
	return true;
}

void vm_secret_wipe(struct vm_secret *secret)
{
	vm_wipe(secret, sizeof *secret);
}

void vm_wipe(void *memory, size_t length)
{
	if (length > 0)
		explicit_bzero(memory, length);
}

bool vm_bytes_equal_constant_time(const void *a, size_t a_length, const void *b, size_t b_length)
{
	const volatile unsigned char *const left = a;
	const volatile unsigned char *const right = b;
	unsigned char difference = 0;

	if (a_length != b_length)
		return false;
	for (size_t i = 0; i < a_length; i++)
		difference |= (unsigned char)(left[i] ^ right[i]);
	return difference == 0;
}

bool vm_random_bytes(void *out, size_t length)
{
	unsigned char *position = out;

	while (length > 0) {
		const ssize_t got = getrandom(position, length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		position += got;
		length -= (size_t)got;
	}
	return true;
}
