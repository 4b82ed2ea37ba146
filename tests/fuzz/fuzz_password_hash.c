/* Stored passwords: whatever stands there, a verification ends soon, and "correct horse" is all it can let in. */
#include "config.h"

#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "core/password_hash.h"

enum { SECONDS_MAX = 30 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const stored = malloc(length + 1);
	struct vm_secret secret;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	if (stored == NULL)
		return 0;
	if (length > 0)
		memcpy(stored, bytes, length);
	stored[length] = '\0';
	FUZZ_PROMISE(vm_secret_set(&secret, "another password", strlen("another password")));
	alarm(SECONDS_MAX); /* a text that costs more than a login may ends the run */
	status = vm_password_verify(&secret, stored, &err);
	alarm(0);
	FUZZ_PROMISE(status == VM_DENIED || status == VM_INVALID || status == VM_TEMPFAIL);
	vm_secret_wipe(&secret);
	if (vm_password_check_stored(stored, &err) == VM_OK)
		FUZZ_PROMISE(strlen(stored) <= VM_HASH_MAX && strchr(stored, ':') == NULL);
	free(stored);
	return 0;
}
