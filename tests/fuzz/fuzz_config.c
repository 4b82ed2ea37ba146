/* etc/vpopmail.conf: settings or an error that names the file, and nothing left behind. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const text = malloc(length + 1);
	struct vm_config config = { 0 };
	struct vm_error err = { .status = VM_OK };
	enum vm_status status = VM_INTERNAL;

	if (text == NULL)
		return 0;
	if (length > 0)
		memcpy(text, bytes, length);
	text[length] = '\0';
	status = vm_config_parse(text, "fuzzed.conf", "/nonexistent", &config, &err);
	FUZZ_PROMISE(status == VM_OK || status == VM_MISCONFIG || status == VM_TEMPFAIL);
	FUZZ_PROMISE(status != VM_MISCONFIG || strstr(err.text, "fuzzed.conf") != NULL);
	vm_config_release(&config);
	free(text);
	return 0;
}
