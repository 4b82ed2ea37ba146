/* Finds addresses that stand twice in a batch. */
#include <config.h>

#include "cli/batch_names.h"

#include <stdlib.h>
#include <string.h>

#include "util/digest.h"
#include "util/text.h"

enum { FIRST_CAPACITY = 1024 };

static enum vm_status grow(struct vm_batch_names *names, struct vm_error *err)
{
	const size_t capacity = names->capacity == 0 ? FIRST_CAPACITY : names->capacity * 2;
	struct vm_batch_name *const items =
		reallocarray(names->items, capacity, sizeof(*names->items));

	if (items == NULL)
		return vm_fail_memory(err);
	names->items = items;
	names->capacity = capacity;
	return VM_OK;
}

enum vm_status vm_batch_names_add(struct vm_batch_names *names, const struct vm_address *address,
				  size_t line, struct vm_error *err)
{
	char text[VM_ADDRESS_MAX + 1];
	enum vm_status status = VM_OK;

	if (!vm_text_format(text, sizeof(text), "%s@%s", address->user, address->domain))
		return vm_fail(err, VM_INTERNAL, "an address is longer than it may be");
	if (names->count == names->capacity)
		status = grow(names, err);
	if (status != VM_OK)
		return status;
	vm_digest(VM_DIGEST_MD5, text, strlen(text), names->items[names->count].digest);
	names->items[names->count++].line = line;
	return VM_OK;
}

static int compare(const void *a, const void *b)
{
	const struct vm_batch_name *const left = a, *const right = b;
	const int order = memcmp(left->digest, right->digest, sizeof(left->digest));

	return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

void vm_batch_names_check(struct vm_batch_names *names,
			  void (*twice)(void *context, size_t line, size_t first), void *context)
{
	if (names->count < 2)
		return;
	qsort(names->items, names->count, sizeof(*names->items), compare);
	for (size_t first = 0, i = 1; i < names->count; i++) {
		if (memcmp(names->items[i].digest, names->items[first].digest, VM_BATCH_DIGEST) ==
		    0)
			twice(context, names->items[i].line, names->items[first].line);
		else
			first = i;
	}
}

void vm_batch_names_release(struct vm_batch_names *names)
{
	free(names->items);
	*names = (struct vm_batch_names){ 0 };
}
