/* Maildir++ accounting: Maildir/maildirsize, shared with Dovecot and Courier. Source: reference 1.13. */
#ifndef VM_CORE_MAILDIR_SIZE_H
#define VM_CORE_MAILDIR_SIZE_H

#include "core/account.h"
#include "core/quota.h"
#include "util/status.h"

/*
 * What the Maildir holds: from maildirsize when it is whole and its first line is `quota`'s text, else by a recount
 * (new and cur of the Maildir and its .folders but .Trash; files with flag T do not count; ,S= is believed) that
 * writes the file anew. `maildir` is an open descriptor.
 */
enum vm_status vm_maildir_size_read(int maildir, const struct vm_quota *quota, struct vm_usage *out,
				    struct vm_error *err);

/* Counts again and writes the file anew. */
enum vm_status vm_maildir_size_recount(int maildir, const struct vm_quota *quota,
				       struct vm_usage *out, struct vm_error *err);

/*
 * Reserves room for one message: under the lock Maildir/maildirsize.lock reads, recounts before it refuses,
 * and appends "bytes 1". VM_LIMIT: over quota (usage in *out). So parallel deliveries never pass the quota together.
 * Release with vm_maildir_size_add(-bytes, -1) when the message is not stored after all.
 */
enum vm_status vm_maildir_size_reserve(int maildir, const struct vm_quota *quota, uint64_t bytes,
				       struct vm_usage *out, struct vm_error *err);

/* Appends one line of signed numbers (one write, O_APPEND). Does nothing when there is no maildirsize. */
enum vm_status vm_maildir_size_add(int maildir, int64_t bytes, int64_t messages,
				   struct vm_error *err);

/* The quota changed: rewrites the first line, keeps the sums. */
enum vm_status vm_maildir_size_set_quota(int maildir, const struct vm_quota *quota,
					 struct vm_error *err);

#endif
