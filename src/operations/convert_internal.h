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

/* What people call the source of the conversion. */
const char *vm_convert_source(const struct vm_convert *convert);

/* Counts one record; tells it unless it is equal. */
void vm_convert_note(const struct vm_convert *convert, enum vm_convert_kind kind,
		     enum vm_convert_outcome outcome, const char *subject, const char *text);

/* "is missing in NAME" and the like, in a buffer of the caller. */
enum { VM_CONVERT_TEXT_MAX = 256 };

/* VM_OK when two accounts are the same; else the names of the fields that differ are in `text`. */
bool vm_convert_same_account(const struct vm_account *from, const struct vm_account *to,
			     char text[VM_CONVERT_TEXT_MAX]);

/* Is it the same record of limits? */
bool vm_convert_same_limits(const struct vm_limits *a, const struct vm_limits *b);

/* Can the target keep a login of this account? The file form needs the home. */
bool vm_convert_has_place(const struct vm_convert *convert, const struct vm_account *account);

/* Compares the login of change->account, change->login, with the target's, and queues it when it is younger. */
enum vm_status vm_convert_login(struct vm_convert_queue *queue, struct vm_convert_change *change,
				struct vm_error *err);

/*
 * The lines of one alias as they should be and as the target has them (or none). What is there with fewer lines was
 * interrupted and is completed; what has lines of its own was changed, and is left unless told.
 */
enum vm_status vm_convert_alias(struct vm_convert_queue *queue, const struct vm_alias *from,
				size_t from_count, const struct vm_alias *to, size_t to_count,
				struct vm_error *err);

/* The accounts of one store, a page at a time. */
struct vm_convert_cursor {
	struct vm_store *store;
	struct vm_arena arena;
	struct vm_account_list list;
	size_t index;
	char last[VM_USER_MAX + 1];
	bool is_target, has_ended;
};

/* To be released by releasing its arena. */
void vm_convert_cursor_init(struct vm_convert_cursor *cursor, struct vm_store *store,
			    bool is_target);
/* The next account, NULL at the end. What waits borrows from the page, so it is done before that goes. */
enum vm_status vm_convert_cursor_peek(struct vm_convert_cursor *cursor,
				      struct vm_convert_queue *queue, const struct vm_account **out,
				      struct vm_error *err);
/* Passes over it. VM_TEMPFAIL: the store does not list in order. */
enum vm_status vm_convert_cursor_take(struct vm_convert_cursor *cursor, struct vm_error *err);

/* Both stores answer, and what they answer is no older than what was changed before. */
/* `from` may be NULL. */
enum vm_status vm_convert_connect(const struct vm_convert *convert, struct vm_error *err);

/* The parts of vm_convert_records. */
enum vm_status vm_convert_accounts(struct vm_convert_queue *queue, struct vm_error *err);
enum vm_status vm_convert_aliases(struct vm_convert_queue *queue, struct vm_error *err);

#endif
