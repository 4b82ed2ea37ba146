/* The addresses of a batch, to find those that stand in it twice before anything is changed. */
#ifndef VM_CLI_BATCH_NAMES_H
#define VM_CLI_BATCH_NAMES_H

#include <stddef.h>

#include "core/address.h"
#include "util/status.h"

enum { VM_BATCH_DIGEST = 16 };

struct vm_batch_name {
	unsigned char
		digest[VM_BATCH_DIGEST]; /* of the address: a name may be long, a batch longer */
	size_t line;
};

/* Begins as { 0 }. */
struct vm_batch_names {
	struct vm_batch_name *items;
	size_t count, capacity;
};

/* VM_TEMPFAIL without memory. */
enum vm_status vm_batch_names_add(struct vm_batch_names *names, const struct vm_address *address,
				  size_t line, struct vm_error *err);

/* Calls `twice` for each line whose address stands in an earlier one. Sorts the items. */
void vm_batch_names_check(struct vm_batch_names *names,
			  void (*twice)(void *context, size_t line, size_t first), void *context);

void vm_batch_names_release(struct vm_batch_names *names);

#endif
