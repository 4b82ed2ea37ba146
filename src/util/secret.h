/* Text that must not be logged, copied needlessly or left behind. */
#ifndef VM_UTIL_SECRET_H
#define VM_UTIL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { VM_SECRET_MAX = 512 }; /* bytes of a clear password or a client's response */

struct vm_secret {
	size_t length;
	char bytes[VM_SECRET_MAX + 1]; /* NUL after length; may itself hold no NUL */
};

/* Takes a copy; false when too long or when it holds a NUL. */
bool vm_secret_set(struct vm_secret *secret, const void *bytes, size_t length);

/* Overwrites the whole struct so that the compiler cannot leave it out. */
void vm_secret_wipe(struct vm_secret *secret);

/* Overwrites any memory likewise. */
void vm_wipe(void *memory, size_t length);

/* Equality in time that depends on the lengths only. */
bool vm_bytes_equal_constant_time(const void *a, size_t a_length, const void *b, size_t b_length);

/* length bytes from the kernel; false only when the kernel has none to give. */
bool vm_random_bytes(void *out, size_t length);

#endif
