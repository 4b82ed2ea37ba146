/*
 * Moves changes down the levels of a domain: journal -> delta -> base files. A new level is published before the old one
 * goes, so that readers, who look from young to old, never miss a change.
 *
 * Two locks: D/.vpasswd.lock (5.4's; guards every change of every level) and D/.vpasswd.fold.lock (one base fold at a
 * time). Nobody waits for the fold lock while holding .vpasswd.lock: it is only tried.
 */
#ifndef VM_CDB_FOLD_H
#define VM_CDB_FOLD_H

#include "auth/auth_module.h"
#include "changes.h"
#include "util/file_lock.h"
#include "util/status.h"

#define VM_DOMAIN_LOCK ".vpasswd.lock"
#define VM_FOLD_LOCK   ".vpasswd.fold.lock"

/* A domain whose levels are moved. */
struct vm_fold {
	int folder;       /* borrowed: D */
	const char *name; /* of the domain, for messages */
	const struct vm_warning_hook *warning;
};

/*
 * Folds everything into vpasswd and vpasswd.cdb, sorted, hand edits taken in. Takes and waits for both locks.
 * VM_MISCONFIG names the damaged line of vpasswd; a base that others keep changing meanwhile is VM_TEMPFAIL. Nothing is
 * lost by a failure: the levels stay as they are.
 */
enum vm_status vm_cdb_fold_domain(const struct vm_fold *fold, struct vm_error *err);

/*
 * To be called with .vpasswd.lock held: journal and `more` (may be NULL) become a new delta, durably, and the journal
 * goes.
 */
enum vm_status vm_cdb_fold_journal(const struct vm_fold *fold, const struct vm_changes *more,
				   struct vm_error *err);

/*
 * After a durable change, with .vpasswd.lock held: does what is due. A small domain is folded at once; else a full journal
 * becomes a delta, and a grown delta is folded into the base, for which the lock is released (lock->fd is then -1).
 */
enum vm_status vm_cdb_fold_after_change(const struct vm_fold *fold, struct vm_file_lock *lock,
					size_t journal_length, struct vm_error *err);

/* Gives a folder that never had an account its empty base files. With .vpasswd.lock held. */
enum vm_status vm_cdb_fold_create(const struct vm_fold *fold, struct vm_error *err);

#endif
