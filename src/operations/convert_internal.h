/* What the files of vm_convert share; nobody else includes it. */
#ifndef VM_OPERATIONS_CONVERT_INTERNAL_H
#define VM_OPERATIONS_CONVERT_INTERNAL_H

#include "operations/convert.h"

/* A page, and with it a unit of work; the memory of one page. */
enum { VM_CONVERT_PAGE = 1000, VM_CONVERT_ARENA_MAX = 16 * 1024 * 1024 };

/* One change of the target. Its texts are borrowed until the queue is flushed. */
enum vm_convert_act {
	VM_CONVERT_INSERT,
	VM_CONVERT_UPDATE,
	VM_CONVERT_REMOVE,
	VM_CONVERT_RECORD_LOGIN, /* the login alone */
	VM_CONVERT_ADD_LINE,
	VM_CONVERT_REMOVE_LINE,
};

struct vm_convert_change {
	enum vm_convert_act act;
	const struct vm_account *account;
	const struct vm_account *expected; /* VM_CONVERT_UPDATE: as the target has it */
	const struct vm_alias *alias;
	struct vm_last_login login; /* goes with the account when login.when != 0 */
	enum vm_convert_outcome login_outcome;
};

/* Changes of one domain that wait for their unit of work. */
struct vm_convert_queue {
	const struct vm_convert *convert;
	const char *domain; /* the real one */
	struct vm_convert_change *items;
	size_t count;
};

enum vm_status vm_convert_queue_init(struct vm_convert_queue *queue,
				     const struct vm_convert *convert, const char *domain,
				     struct vm_error *err);
void vm_convert_queue_release(struct vm_convert_queue *queue);

/* Adds one; a full queue is flushed before. Indefinite statuses only. */
enum vm_status vm_convert_push(struct vm_convert_queue *queue,
			       const struct vm_convert_change *change, struct vm_error *err);

/*
 * Does what waits in one unit, or one by one when the unit is refused, and counts it. In VM_CONVERT_REHEARSE it only counts.
 * A definite refusal of one change is told and is no failure of this.
 */
enum vm_status vm_convert_flush(struct vm_convert_queue *queue, struct vm_error *err);

/* Counts one record; tells it unless it is equal. */
void vm_convert_note(const struct vm_convert *convert, enum vm_convert_kind kind,
		     enum vm_convert_outcome outcome, const char *subject, const char *text);

/* "is missing in NAME" and the like, in a buffer of the caller. */
enum { VM_CONVERT_TEXT_MAX = 256 };

/* VM_OK when two accounts are the same; else the names of the fields that differ are in `text`. */
bool vm_convert_same_account(const struct vm_account *from, const struct vm_account *to,
			     char text[VM_CONVERT_TEXT_MAX]);

/* Both stores answer, and what they answer is no older than what was changed before. */
enum vm_status vm_convert_connect(const struct vm_convert *convert, struct vm_error *err);

/* The parts of vm_convert_records. */
enum vm_status vm_convert_accounts(struct vm_convert_queue *queue, struct vm_error *err);
enum vm_status vm_convert_aliases(struct vm_convert_queue *queue, struct vm_error *err);

#endif
