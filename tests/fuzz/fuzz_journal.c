/* Journals of the cdb store: what is loaded can be written as one record, and says the same. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "journal.h"

static void write_again(const struct vm_changes *changes)
{
	struct vm_changes again;
	struct vm_buf record;
	struct vm_error err;
	size_t end = 0;

	vm_buf_init(&record, 1024 * 1024);
	vm_changes_init(&again);
	FUZZ_PROMISE(vm_journal_print(changes, 0, &record, &err) == VM_OK);
	FUZZ_PROMISE(vm_journal_load(record.bytes, record.length, &end, &again, &err) == VM_OK);
	FUZZ_PROMISE(end == record.length && again.count == changes->count);
	FUZZ_PROMISE(vm_changes_net(&again) == vm_changes_net(changes));
	vm_changes_release(&again);
	vm_buf_release(&record);
}

/* A record with a true sum, so that the lines inside are reached: the input's bytes are its lines. */
static void walk_lines(const char *bytes, size_t length)
{
	struct vm_changes changes;
	struct vm_buf record;
	struct vm_change change = { .user = "x", .user_length = 1, .in_below = true };
	struct vm_error err;
	size_t end = 0;

	vm_buf_init(&record, 1024 * 1024);
	vm_changes_init(&changes);
	change.fields = bytes;
	change.fields_length = length;
	if (vm_changes_put(&changes, &change, &err) == VM_OK &&
	    vm_journal_print(&changes, 0, &record, &err) == VM_OK) {
		vm_changes_release(&changes);
		(void)vm_journal_load(record.bytes, record.length, &end, &changes, &err);
		FUZZ_PROMISE(end <= record.length);
	}
	vm_changes_release(&changes);
	vm_buf_release(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const copy = malloc(length + 1);
	struct vm_changes changes;
	struct vm_error err;
	size_t end = 0;

	if (copy == NULL)
		abort();
	if (length > 0)
		memcpy(copy, bytes, length);
	vm_changes_init(&changes);
	if (vm_journal_load(copy, length, &end, &changes, &err) == VM_OK) {
		FUZZ_PROMISE(end <= length);
		write_again(&changes);
	}
	vm_changes_release(&changes);
	walk_lines(copy, length);
	free(copy);
	return 0;
}
