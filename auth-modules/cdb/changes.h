/* A set of changed accounts in memory: what a journal, a delta or an open unit of work says. */
#ifndef VM_CDB_CHANGES_H
#define VM_CDB_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/status.h"

/* One account as it is after the change. Texts are not NUL-terminated. */
struct vm_change {
	const char *user;
	size_t user_length;
	const char *fields; /* vpasswd's text behind "name:"; NULL = the account is removed */
	size_t fields_length;
	bool in_below; /* the levels below hold an account of this name */
};

/* The letter that stands for a change in files: '+' new, '=' changed, '-' removed, '~' came and went. */
char vm_change_letter(const struct vm_change *change);

/* The reverse: sets in_below and tells through *live whether there are fields. False for another letter. */
bool vm_change_from_letter(char letter, struct vm_change *change, bool *live);

struct vm_changes {
	struct vm_change *items; /* in order of first arrival until sorted */
	size_t count, capacity;
	uint32_t *slots; /* index + 1 of the item; 0 = free */
	size_t slot_count;
	size_t bytes; /* of all names and fields ever put: what a file of them would take, about */
	struct vm_arena arena;
};

void vm_changes_init(struct vm_changes *changes);
void vm_changes_release(struct vm_changes *changes);

/* Copies one in; a younger change of a name replaces the older, and keeps what the older knew of the levels below. */
enum vm_status vm_changes_put(struct vm_changes *changes, const struct vm_change *change,
			      struct vm_error *err);

/* NULL when the set says nothing of this name. */
const struct vm_change *vm_changes_find(const struct vm_changes *changes, const char *user,
					size_t user_length);

/* Puts the items in byte order of the names; find and put go on working. */
void vm_changes_sort(struct vm_changes *changes);

/* By how many the set raises the number of accounts. */
int64_t vm_changes_net(const struct vm_changes *changes);

/* memcmp order of two names. */
int vm_user_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
