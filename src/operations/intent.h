/*
 * Notes on disk about what is being done in several steps, so that an interrupted operation can be finished or undone.
 * One small synced file per operation: BASE/.intents/KIND.SUBJECT, one field a line, locked while the operation runs.
 */
#ifndef VM_OPERATIONS_INTENT_H
#define VM_OPERATIONS_INTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/file_lock.h"
#include "util/status.h"

enum { VM_INTENT_FIELDS = 4, VM_INTENT_MAX = 1000, VM_INTENT_LIST_MAX = 1000 };

struct vm_intent {
	const char *kind;                     /* "add-domain", "remove-domain", "remove-account" */
	const char *subject;                  /* the domain or the user */
	const char *fields[VM_INTENT_FIELDS]; /* "" where there is none; no control bytes */
	bool is_damaged;                      /* in a list: its fields cannot be read */
};

struct vm_intent_list {
	struct vm_intent *items;
	size_t count;
};

/*
 * Durable after VM_OK, with *hold locked from its first moment: who holds a note is at work on what it tells of. An older
 * note of the same name is replaced. VM_TEMPFAIL also while somebody else holds that one.
 */
enum vm_status vm_intent_write(const char *base, const struct vm_intent *intent,
			       struct vm_file_lock *hold, struct vm_error *err);

/*
 * Reads a note that nobody is at work on, and holds it. VM_NOT_FOUND: no such note; one that is damaged was never complete:
 * it is removed and counts as none. VM_EXISTS: somebody else holds it.
 */
enum vm_status vm_intent_take(const char *base, const char *kind, const char *subject,
			      struct vm_arena *arena, struct vm_intent *out,
			      struct vm_file_lock *hold, struct vm_error *err);

/* The notes below a base, held and damaged ones too, at most VM_INTENT_LIST_MAX. */
enum vm_status vm_intent_list(const char *base, struct vm_arena *arena, struct vm_intent_list *out,
			      struct vm_error *err);

/* Is a command at work on what a listed note tells of? A note that is gone is not held. */
enum vm_status vm_intent_is_held(const char *base, const struct vm_intent *intent, bool *out,
				 struct vm_error *err);

/* Removes a held note, durably: one that came back would undo what was made in its place since. Absent is VM_OK. */
enum vm_status vm_intent_remove(const char *base, const struct vm_intent *intent,
				struct vm_file_lock *hold, struct vm_error *err);

#endif
