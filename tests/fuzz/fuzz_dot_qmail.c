/* .qmail files: what is read has a kind and a text without control of lines. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "core/dot_qmail.h"

enum { ARENA_MAX = 8 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct vm_arena arena;
	struct vm_dot_qmail file;
	struct vm_error err;

	vm_arena_init(&arena, ARENA_MAX);
	if (vm_dot_qmail_parse((const char *)bytes, length, &arena, &file, &err) == VM_OK) {
		FUZZ_PROMISE(length == 0 || memchr(bytes, '\0', length) == NULL);
		FUZZ_PROMISE(file.count <= VM_DOT_QMAIL_LINES);
		for (size_t i = 0; i < file.count; i++) {
			FUZZ_PROMISE(strchr(file.lines[i].text, '\n') == NULL);
			FUZZ_PROMISE(strlen(file.lines[i].text) <= length);
		}
	}
	vm_arena_release(&arena);
	return 0;
}
