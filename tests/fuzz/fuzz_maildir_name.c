/* Names of files in a Maildir: a size is what its digits say, a flag is where flags stand. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "core/maildir.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const name = malloc(length + 1);
	uint64_t size = 0;

	if (name == NULL)
		return 0;
	if (length > 0)
		memcpy(name, bytes, length);
	name[length] = '\0';
	if (vm_maildir_name_size(name, &size))
		FUZZ_PROMISE(strstr(name, ",S=") != NULL);
	if (vm_maildir_name_has_flag(name, 'T'))
		FUZZ_PROMISE(strstr(name, ":2,") != NULL && strchr(name, 'T') != NULL);
	free(name);
	return 0;
}
