/* Maildir++ accounting: Maildir/maildirsize, shared with Dovecot and Courier. Source: reference 1.13. */
#ifndef VM_CORE_MAILDIR_SIZE_H
#define VM_CORE_MAILDIR_SIZE_H

#include "core/account.h"
#include "core/quota.h"
#include "util/file_lock.h"
#include "util/status.h"

/*
 * What the Maildir holds: from maildirsize when it is whole and its first line is `quota`'s text, else by a recount
 * (new and cur of the Maildir and its .folders but .Trash; files with flag T do not count; ,S= is believed) that
 * writes the file anew. `maildir` is an open descriptor.
 */
enum vm_status vm_maildir_size_read(int maildir, const struct vm_quota *quota, struct vm_usage *out,
				    struct vm_error *err);

/*
 * Does the file say what is there? VM_OK also where there is no file and no quota or no message. VM_INVALID, and why: it is
 * missing, damaged, of another quota, or its sums are wrong. Nothing is changed. Programs that keep no lock can make a sum wrong for a
 * moment; only what is wrong twice counts.
 */
enum vm_status vm_maildir_size_verify(int maildir, const struct vm_quota *quota,
				      struct vm_error *err);

/* Counts again and writes the file anew. */
enum vm_status vm_maildir_size_recount(int maildir, const struct vm_quota *quota,
				       struct vm_usage *out, struct vm_error *err);

/*
 * One message on its way into new/: the lock is held from the question whether it fits until it is there, so that
 * parallel deliveries never pass the quota together, and a recount sees every message that was counted.
 */
struct vm_maildir_hold {
	struct vm_file_lock lock;
	int maildir;
};

/*
 * Takes Maildir/maildirsize.lock, recounts before it refuses. VM_OK: the hold is taken and must be ended, *out is the usage
 * without the message; VM_LIMIT: over quota; VM_TEMPFAIL.
 */
enum vm_status vm_maildir_size_begin(int maildir, const struct vm_quota *quota, uint64_t bytes,
				     struct vm_maildir_hold *hold, struct vm_usage *out,
				     struct vm_error *err);

/* Ends the hold; with `is_stored` the message of `bytes` bytes is in new/ and a line is appended. */
enum vm_status vm_maildir_size_end(struct vm_maildir_hold *hold, uint64_t bytes, bool is_stored,
				   struct vm_error *err);

/* Appends one line of signed numbers (one write, O_APPEND). Does nothing when there is no maildirsize. */
enum vm_status vm_maildir_size_add(int maildir, int64_t bytes, int64_t messages,
				   struct vm_error *err);

/* The quota changed: rewrites the first line, keeps the sums. */
enum vm_status vm_maildir_size_set_quota(int maildir, const struct vm_quota *quota,
					 struct vm_error *err);

#endif
