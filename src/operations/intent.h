/*
 * Notes on disk about what is being done in several steps, so that an interrupted operation can be finished or undone.
 * One small synced file per operation: BASE/.intents/KIND.SUBJECT, one field a line.
 */
#ifndef VM_OPERATIONS_INTENT_H
#define VM_OPERATIONS_INTENT_H

#include <stddef.h>

#include "util/arena.h"
#include "util/status.h"

enum { VM_INTENT_FIELDS = 4, VM_INTENT_MAX = 1000 };

struct vm_intent {
	const char *kind;                     /* "add-domain", "remove-domain", "remove-account" */
	const char *subject;                  /* the domain or the user */
	const char *fields[VM_INTENT_FIELDS]; /* "" where there is none; no control bytes */
};

struct vm_intent_list {
	struct vm_intent *items;
	size_t count;
};

/* Durable after VM_OK. An older note of the same name is replaced. */
enum vm_status vm_intent_write(const char *base, const struct vm_intent *intent,
			       struct vm_error *err);

/* VM_NOT_FOUND: no such note; one that is damaged was never complete and counts as none. */
enum vm_status vm_intent_read(const char *base, const char *kind, const char *subject,
			      struct vm_arena *arena, struct vm_intent *out, struct vm_error *err);

/* All notes below a base. */
enum vm_status vm_intent_list(const char *base, struct vm_arena *arena, struct vm_intent_list *out,
			      struct vm_error *err);

/* Absent is VM_OK. Not synced: a note that comes back is only done again. */
enum vm_status vm_intent_remove(const char *base, const struct vm_intent *intent,
				struct vm_error *err);

#endif
