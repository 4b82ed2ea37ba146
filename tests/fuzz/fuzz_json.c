/* Any bytes as a JSON object of a command's input. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "util/json_read.h"
#include "util/text.h"

enum { LENGTH_MAX = 65536, STRING_MAX = 255 };

static void check_members(const struct vm_json_object *object)
{
	struct vm_error err;
	const char *text = NULL;
	size_t count = 0;

	if (vm_json_get_string(object, "address", STRING_MAX, &text, &err) == VM_OK)
		FUZZ_PROMISE(strlen(text) <= STRING_MAX && vm_text_is_utf8(text) &&
			     vm_json_is_string(object, "address"));
	if (vm_json_get_list(object, "lines", &count, &err) != VM_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		if (vm_json_get_list_string(object, "lines", i, STRING_MAX, &text, &err) == VM_OK)
			FUZZ_PROMISE(strlen(text) <= STRING_MAX && vm_text_is_utf8(text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct vm_json_object object;
	struct vm_error err;
	const enum vm_status status =
		vm_json_parse(&object, (const char *)bytes, length, LENGTH_MAX, &err);

	FUZZ_PROMISE(status == VM_OK || status == VM_INVALID || status == VM_LIMIT);
	FUZZ_PROMISE(length <= LENGTH_MAX || status == VM_LIMIT);
	if (status != VM_OK)
		return 0;
	check_members(&object);
	vm_json_release(&object);
	return 0;
}
