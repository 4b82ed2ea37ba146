/* A Maildir as a POP3 session sees it: messages numbered once, deleted and moved only at the end. */
#ifndef VM_MTA_COMMON_POP3_POP3_MAILBOX_H
#define VM_MTA_COMMON_POP3_POP3_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account.h"
#include "util/status.h"

/* A file name of POSIX has at most 255 bytes; each may need three in a unique id. */
enum { VM_POP3_UID_MAX = 3 * 255 };

struct vm_pop3_message {
	uint64_t order;  /* time of delivery in microseconds */
	uint64_t octets; /* as transmitted, UINT64_MAX = not known yet */
	uint32_t name;   /* offset in names */
	uint8_t base_length;
	bool is_new : 1; /* in new/, else in cur/ */
	bool is_deleted : 1;
	bool is_gone : 1; /* another program removed it */
};

struct vm_pop3_mailbox {
	int maildir, folders[2]; /* new, cur */
	struct vm_pop3_message *messages;
	size_t count, capacity;
	char *names; /* all file names, each with its NUL */
	size_t names_length, names_capacity;
	bool sizes_loaded, sizes_changed;
	struct vm_usage removed; /* by vm_pop3_mailbox_apply */
};

/*
 * Opens the Maildir, removes what lies in tmp/ for more than 36 hours, and numbers the messages of new/ and cur/ by time
 * of delivery. Names without a time are ordered by their file's. VM_TEMPFAIL: something is missing, not a folder,
 * not ours, or memory is short. Release in every case.
 */
enum vm_status vm_pop3_mailbox_open(struct vm_pop3_mailbox *mailbox, const char *path,
				    struct vm_error *err);
void vm_pop3_mailbox_release(struct vm_pop3_mailbox *mailbox);

/*
 * The sizes of all messages as they will be transmitted, from pop3sizes or by reading them once. A message that is gone
 * has size 0.
 */
enum vm_status vm_pop3_mailbox_measure(struct vm_pop3_mailbox *mailbox, struct vm_error *err);

/* Remembers the sizes for the next session when they changed. A failure costs that session time only. */
enum vm_status vm_pop3_mailbox_remember(struct vm_pop3_mailbox *mailbox, struct vm_error *err);

/* The unique id: the file's base name up to ':'; bytes that RFC 1939 does not allow as %XX. */
void vm_pop3_mailbox_uid(const struct vm_pop3_mailbox *mailbox, size_t index,
			 char out[VM_POP3_UID_MAX + 1]);

/*
 * Opens a message for reading, also when another program has renamed it meanwhile. VM_NOT_FOUND: it is gone for
 * good (and marked so).
 */
enum vm_status vm_pop3_mailbox_open_message(struct vm_pop3_mailbox *mailbox, size_t index, int *fd,
					    struct vm_error *err);

/*
 * The session ended well: removes what is deleted, moves the rest of new/ to cur/, notes the removed bytes in
 * maildirsize. VM_TEMPFAIL when a deleted message could not be removed; all others are.
 */
enum vm_status vm_pop3_mailbox_apply(struct vm_pop3_mailbox *mailbox, struct vm_error *err);

#endif
