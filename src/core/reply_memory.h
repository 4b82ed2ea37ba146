/* Who had an answer, and when: DIR/.answered, one line "TIME ADDRESS" for each. */
#ifndef VM_CORE_REPLY_MEMORY_H
#define VM_CORE_REPLY_MEMORY_H

#include <stdint.h>
#include <time.h>

#include "util/buf.h"
#include "util/file_lock.h"

enum { VM_REPLY_MEMORY_LINES = 2000 };

/* One answer under way: others who would write to the folder's memory wait. Begins as { .folder = -1 }. */
struct vm_reply_memory {
	int folder;
	struct vm_file_lock lock;
	struct vm_buf lines; /* those that are young enough */
};

/*
 * VM_OK: the sender had fewer than `most` answers in the last `seconds`, and the memory is held until it is ended.
 * VM_LIMIT: enough; nothing is held. VM_NOT_FOUND: there is no such folder. VM_TEMPFAIL.
 */
enum vm_status vm_reply_memory_begin(struct vm_reply_memory *memory, const char *folder,
				     const char *sender, uint64_t seconds, uint64_t most,
				     time_t now, struct vm_error *err);

/* Notes the answer (sender NULL: there was none) and lets others go on. The oldest lines go when there are too many. */
enum vm_status vm_reply_memory_end(struct vm_reply_memory *memory, const char *sender, time_t now,
				   struct vm_error *err);

#endif
