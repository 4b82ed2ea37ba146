/* Texts of users/assign: an edit keeps the text readable, is undone by its reverse, and finds nothing to do twice. */
#include "config.h"

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/assign_text.h"

static const struct vm_domain_entry entry = {
	.name = "fuzz.example", .real = "fuzz.example", .dir = "/v/fuzz", .uid = 1, .gid = 2
};

static enum vm_status edit(const char *text, size_t length, const struct vm_domain_entry *add,
			   struct vm_buf *out, bool *changed)
{
	struct vm_error err;

	vm_buf_init(out, VM_ASSIGN_MAX);
	return vm_assign_edit(text, length, add, &entry.name, add == NULL ? 1 : 0, out, changed,
			      &err);
}

static void check_added(const struct vm_buf *text)
{
	struct vm_buf again, without;
	bool changed = true;

	FUZZ_PROMISE(edit(text->bytes, text->length, &entry, &again, &changed) == VM_OK);
	FUZZ_PROMISE(!changed && again.length == text->length);
	FUZZ_PROMISE(memcmp(again.bytes, text->bytes, text->length) == 0);
	FUZZ_PROMISE(edit(text->bytes, text->length, NULL, &without, &changed) == VM_OK);
	FUZZ_PROMISE(changed && without.length < text->length);
	vm_buf_release(&without);
	vm_buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *const text = malloc(length + 1);
	const int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct vm_buf out;
	struct vm_error err;
	bool changed = false;

	if (text == NULL || fd < 0)
		abort();
	if (length > 0)
		memcpy(text, bytes, length);
	if (edit(text, length, &entry, &out, &changed) == VM_OK) {
		check_added(&out);
		FUZZ_PROMISE(vm_assign_write_cdb(out.bytes, out.length, fd, &err) == VM_OK);
	}
	vm_buf_release(&out);
	close(fd);
	free(text);
	return 0;
}
