/* Any bytes as a line of the neutral format. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "operations/transfer.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static const struct vm_address_policy policy = { .utf8_users = true, .idn_domains = true };

static void check_destinations(const struct vm_destination_list *list)
{
	char line[VM_ALIAS_LINE_MAX + 1];
	struct vm_error err;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].kind == VM_DESTINATION_MAILBOX)
			continue;
		FUZZ_PROMISE(vm_destination_print(&list->items[i], line, &err) == VM_OK);
		FUZZ_PROMISE((line[0] == '|') == vm_destination_is_program(&list->items[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct vm_arena arena;
	struct vm_transfer first, second;
	struct vm_buf line, again;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	vm_buf_init(&line, ARENA_MAX);
	vm_buf_init(&again, ARENA_MAX);
	status = vm_transfer_parse((const char *)bytes, length, &policy, &arena, &first, &err);
	FUZZ_PROMISE(status == VM_OK || status == VM_INVALID || status == VM_LIMIT);
	if (status == VM_OK) {
		check_destinations(&first.destinations);
		check_destinations(&first.about.fallback);
		vm_transfer_print(&first, &line);
		FUZZ_PROMISE(!line.failed &&
			     strchr(line.bytes, '\n') == line.bytes + line.length - 1);
	}
	if (status == VM_OK) {
		FUZZ_PROMISE(vm_transfer_parse(line.bytes, line.length, &policy, &arena, &second,
					       &err) == VM_OK);
		vm_transfer_print(&second, &again);
		FUZZ_PROMISE(strcmp(line.bytes, again.bytes) == 0);
	}
	vm_buf_release(&again);
	vm_buf_release(&line);
	vm_arena_release(&arena);
	return 0;
}
