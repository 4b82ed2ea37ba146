/* Moves the changes of a domain down its levels. */
#include <config.h>

#include "cdb_fold.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "base_writer.h"
#include "delta.h"
#include "journal.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/text.h"

enum {
	DELTA_LEAST = 1024 * 1024, /* a delta is folded from here on, */
	DELTA_MOST =
		4 * 1024 *
		1024, /* or, in a bigger domain, from an eighth of the base, but at the latest here */
	BASE_SHARE = 8,
	TRIES = 5, /* new starts when others change the base meanwhile */
	WARNING_MAX = 400,
};

static void warn(const struct vm_fold *fold, const char *what)
{
	char text[WARNING_MAX];

	if (fold->warning == NULL || fold->warning->warn == NULL)
		return;
	(void)!vm_text_format(text, sizeof text, "%s: %s", fold->name, what);
	fold->warning->warn(fold->warning->context, text);
}

/* The journal as a set: on top of what `changes` holds already. */
static enum vm_status load_journal(const struct vm_fold *fold, struct vm_changes *changes,
				   bool *is_empty, struct vm_error *err)
{
	struct vm_buf bytes;
	size_t end = 0;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&bytes, 2 * VM_JOURNAL_MAX);
	status = vm_journal_read(fold->folder, &bytes, err);
	*is_empty = bytes.length == 0;
	if (status == VM_OK)
		status = vm_journal_load(bytes.bytes, bytes.length, &end, changes, err);
	vm_buf_release(&bytes);
	return status;
}

static enum vm_status load_delta(const struct vm_fold *fold, struct vm_changes *changes,
				 struct vm_identity *version, struct vm_error *err)
{
	struct vm_cdb delta = { .fd = -1 };
	enum vm_status status = vm_delta_open(fold->folder, &delta, err);

	*version = (struct vm_identity){ .dev = 0 };
	if (status != VM_OK || delta.fd < 0)
		return status;
	*version = vm_identity_of(&delta.opened);
	status = vm_delta_load(&delta, changes, err);
	vm_cdb_close(&delta);
	return status;
}

/* Removes a level that the one below holds now. Synced: an old level that came back would beat younger ones. */
static enum vm_status drop(const struct vm_fold *fold, const char *name, struct vm_error *err)
{
	enum vm_status status = vm_file_remove(fold->folder, name, err);

	if (status == VM_OK)
		status = vm_file_sync(fold->folder, fold->name, err);
	return status;
}

static enum vm_status put_all(struct vm_changes *into, const struct vm_changes *more,
			      struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; i < more->count && status == VM_OK; i++)
		status = vm_changes_put(into, &more->items[i], err);
	return status;
}

enum vm_status vm_cdb_fold_journal(const struct vm_fold *fold, const struct vm_changes *more,
				   struct vm_error *err)
{
	struct vm_changes changes;
	struct vm_identity base, ignored;
	bool is_empty = true;
	enum vm_status status = VM_INTERNAL;

	vm_changes_init(&changes);
	status = vm_identity_read(fold->folder, VM_BASE_TEXT, &base, err);
	if (status == VM_OK)
		status = load_delta(fold, &changes, &ignored, err);
	if (status == VM_OK)
		status = load_journal(fold, &changes, &is_empty, err);
	if (status == VM_OK && more != NULL)
		status = put_all(&changes, more, err);
	if (status == VM_OK && changes.count > 0)
		status = vm_delta_write(fold->folder, &changes, &base, err);
	if (status == VM_OK && !is_empty)
		status = drop(fold, VM_JOURNAL_NAME, err);
	vm_changes_release(&changes);
	return status;
}

/* One attempt at new base files; a vpasswd that is out of order is sorted in memory. */
static enum vm_status build(const struct vm_fold *fold, struct vm_base_cursor *cursor,
			    const struct vm_changes *changes, struct vm_base_writer *writer,
			    struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (cursor->version.size <= VM_BASE_SMALL)
		status = vm_base_cursor_load(cursor, err);
	if (status == VM_OK)
		status = vm_base_writer_build(writer, fold->folder, cursor, changes, err);
	if (status != VM_MISCONFIG || !cursor->is_disordered)
		return status;
	cursor->repeated = 0;
	status = vm_base_cursor_load(cursor, err);
	if (status == VM_OK)
		status = vm_base_writer_build(writer, fold->folder, cursor, changes, err);
	return status;
}

/* Is vpasswd still the one that was folded? */
static enum vm_status is_same_base(const struct vm_fold *fold, const struct vm_base_cursor *cursor,
				   bool *out, struct vm_error *err)
{
	struct vm_identity now;
	const enum vm_status status = vm_identity_read(fold->folder, VM_BASE_TEXT, &now, err);

	*out = status == VM_OK && vm_identity_equals(&now, &cursor->version);
	return status;
}

static void tell_repeated(const struct vm_fold *fold, const struct vm_base_writer *writer)
{
	char text[WARNING_MAX];

	if (writer->repeated == 0)
		return;
	(void)!vm_text_format(text, sizeof text,
			      "vpasswd had %zu lines whose name came twice; the first ones count",
			      writer->repeated);
	warn(fold, text);
}

/* VM_EXISTS: somebody changed vpasswd meanwhile, nothing is published. Both locks are held. */
static enum vm_status publish_base(const struct vm_fold *fold, const struct vm_base_cursor *cursor,
				   struct vm_base_writer *writer, struct vm_error *err)
{
	bool is_same = false;
	enum vm_status status = is_same_base(fold, cursor, &is_same, err);

	if (status == VM_OK && !is_same) {
		warn(fold,
		     "vpasswd was changed by another program during a fold, which starts anew");
		status = vm_fail(err, VM_EXISTS, "vpasswd changed");
	}
	if (status == VM_OK)
		status = vm_base_writer_publish(writer, err);
	if (status == VM_OK)
		tell_repeated(fold, writer);
	return status;
}

/* Says the set something of every account of the cdb? */
static enum vm_status check_covered(struct vm_cdb *cdb, const struct vm_changes *changes,
				    struct vm_error *err)
{
	struct vm_cdb_record record;
	uint32_t position = 0;
	enum vm_status status = VM_OK;

	while ((status = vm_cdb_next(cdb, &position, &record, err)) == VM_OK)
		if (vm_changes_find(changes, record.key, record.key_length) == NULL)
			return vm_fail(err, VM_TEMPFAIL,
				       "%s is missing or empty beside a %s with accounts; vcheck "
				       "--repair writes it anew",
				       VM_BASE_TEXT, VM_BASE_CDB);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/*
 * A vpasswd that is missing or empty beside a cdb with accounts was lost, nobody edits like that: it would take all accounts with
 * it. Only a fold cut short between its two files leaves such a pair, and then the changes speak of each account.
 */
static enum vm_status check_lost(const struct vm_fold *fold, const struct vm_base_cursor *cursor,
				 const struct vm_changes *changes, struct vm_error *err)
{
	struct vm_cdb cdb = { .fd = -1 };
	enum vm_status status = VM_INTERNAL;

	if (cursor->fd >= 0 && cursor->version.size > 0)
		return VM_OK;
	status = vm_cdb_open(&cdb, fold->folder, VM_BASE_CDB, err);
	if (status == VM_NOT_FOUND)
		return cursor->fd >= 0 ? VM_OK
				       : vm_fail(err, VM_TEMPFAIL, "there is no %s and no %s",
						 VM_BASE_TEXT, VM_BASE_CDB);
	if (status == VM_OK)
		status = check_covered(&cdb, changes, err);
	vm_cdb_close(&cdb);
	return status;
}

/* Everything at once, with both locks held: for small domains. is_new: no file is there yet. */
static enum vm_status fold_held_once(const struct vm_fold *fold, bool is_new, struct vm_error *err)
{
	struct vm_changes changes;
	struct vm_identity delta = { .dev = 0 };
	struct vm_base_cursor cursor = { .fd = -1 };
	struct vm_base_writer writer;
	bool is_empty = true;
	enum vm_status status = VM_INTERNAL;

	vm_changes_init(&changes);
	status = load_delta(fold, &changes, &delta, err);
	if (status == VM_OK)
		status = load_journal(fold, &changes, &is_empty, err);
	vm_changes_sort(&changes);
	if (status == VM_OK)
		status = vm_base_cursor_open(&cursor, fold->folder, err);
	if (status == VM_OK && !is_new)
		status = check_lost(fold, &cursor, &changes, err);
	if (status == VM_OK)
		status = build(fold, &cursor, &changes, &writer, err);
	if (status == VM_OK) {
		status = publish_base(fold, &cursor, &writer, err);
		vm_base_writer_abort(&writer);
	}
	if (status == VM_OK && delta.ino != 0)
		status = vm_file_remove(fold->folder, VM_DELTA_NAME, err);
	if (status == VM_OK && !is_empty)
		status = vm_file_remove(fold->folder, VM_JOURNAL_NAME, err);
	/* A journal that came back says what the base says; a delta might be older than that. */
	if (status == VM_OK && delta.ino != 0)
		status = vm_file_sync(fold->folder, fold->name, err);
	vm_base_cursor_close(&cursor);
	vm_changes_release(&changes);
	return status;
}

static enum vm_status fail_busy(struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "vpasswd is changed again and again by another program");
}

static enum vm_status fold_held(const struct vm_fold *fold, bool is_new, struct vm_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		const enum vm_status status = fold_held_once(fold, is_new, err);

		if (status != VM_EXISTS)
			return status;
	}
	return fail_busy(err);
}

static bool is_same_change(const struct vm_change *a, const struct vm_change *b)
{
	if (a->fields == NULL || b->fields == NULL)
		return a->fields == b->fields;
	return a->fields_length == b->fields_length &&
	       memcmp(a->fields, b->fields, a->fields_length) == 0;
}

/* Takes what the new base holds out of the delta, which others may have replaced meanwhile. */
static enum vm_status shrink_delta(const struct vm_fold *fold, const struct vm_changes *folded,
				   const struct vm_identity *folded_version,
				   const struct vm_identity *base, struct vm_error *err)
{
	struct vm_changes now, rest;
	struct vm_identity version;
	enum vm_status status = VM_INTERNAL;

	vm_changes_init(&now);
	vm_changes_init(&rest);
	status = load_delta(fold, &now, &version, err);
	if (status == VM_OK && !vm_identity_equals(&version, folded_version))
		for (size_t i = 0; i < now.count && status == VM_OK; i++) {
			struct vm_change change = now.items[i];
			const struct vm_change *const old =
				vm_changes_find(folded, change.user, change.user_length);

			if (old != NULL && is_same_change(old, &change))
				continue;
			if (old != NULL)
				change.in_below = old->fields != NULL;
			status = vm_changes_put(&rest, &change, err);
		}
	if (status == VM_OK && rest.count > 0)
		status = vm_delta_write(fold->folder, &rest, base, err);
	else if (status == VM_OK && version.ino != 0)
		status = drop(fold, VM_DELTA_NAME, err);
	vm_changes_release(&rest);
	vm_changes_release(&now);
	return status;
}

/*
 * The delta into the base while others go on. The fold lock is held; *lock is held at first and at the end of a success,
 * not in between. VM_EXISTS: vpasswd was changed by somebody else.
 */
static enum vm_status fold_aside_once(const struct vm_fold *fold, struct vm_file_lock *lock,
				      struct vm_error *err)
{
	struct vm_changes changes;
	struct vm_identity delta = { .dev = 0 };
	struct vm_base_cursor cursor = { .fd = -1 };
	struct vm_base_writer writer;
	enum vm_status status = VM_INTERNAL;

	vm_changes_init(&changes);
	status = load_delta(fold, &changes, &delta, err);
	if (status == VM_OK)
		status = vm_base_cursor_open(&cursor, fold->folder, err);
	if (status != VM_OK)
		goto out;
	vm_file_lock_release(lock);
	vm_changes_sort(&changes);
	status = build(fold, &cursor, &changes, &writer, err);
	if (status != VM_OK)
		goto out;
	status = vm_base_writer_sync(&writer, err);
	if (status == VM_OK)
		status = vm_file_lock_take(lock, fold->folder, VM_DOMAIN_LOCK, err);
	if (status == VM_OK)
		status = publish_base(fold, &cursor, &writer, err);
	vm_base_writer_abort(&writer);
	if (status == VM_OK)
		status = shrink_delta(fold, &changes, &delta, &writer.record.text, err);
out:
	vm_base_cursor_close(&cursor);
	vm_changes_release(&changes);
	return status;
}

static enum vm_status fold_aside(const struct vm_fold *fold, struct vm_file_lock *lock,
				 struct vm_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		enum vm_status status = fold_aside_once(fold, lock, err);

		if (status != VM_EXISTS)
			return status;
	}
	return fail_busy(err);
}

enum vm_status vm_cdb_fold_domain(const struct vm_fold *fold, struct vm_error *err)
{
	struct vm_file_lock fold_lock = { -1 }, lock = { -1 };
	struct vm_identity base;
	enum vm_status status = vm_file_lock_take(&fold_lock, fold->folder, VM_FOLD_LOCK, err);

	if (status == VM_OK)
		status = vm_file_lock_take(&lock, fold->folder, VM_DOMAIN_LOCK, err);
	if (status == VM_OK)
		status = vm_identity_read(fold->folder, VM_BASE_TEXT, &base, err);
	if (status == VM_OK && base.size <= VM_BASE_SMALL) {
		status = fold_held(fold, false, err);
	} else if (status == VM_OK) {
		status = vm_cdb_fold_journal(fold, NULL, err);
		if (status == VM_OK)
			status = fold_aside(fold, &lock, err);
	}
	vm_file_lock_release(&lock);
	vm_file_lock_release(&fold_lock);
	return status;
}

static bool is_delta_grown(const struct vm_identity *delta, const struct vm_identity *base)
{
	uint64_t bound = base->size / BASE_SHARE;

	if (bound < DELTA_LEAST)
		bound = DELTA_LEAST;
	if (bound > DELTA_MOST)
		bound = DELTA_MOST;
	return delta->size >= bound;
}

static enum vm_status fold_grown_delta(const struct vm_fold *fold, struct vm_file_lock *lock,
				       const struct vm_identity *base, struct vm_error *err)
{
	struct vm_file_lock fold_lock = { -1 };
	struct vm_identity delta;
	enum vm_status status = vm_identity_read(fold->folder, VM_DELTA_NAME, &delta, err);

	if (status != VM_OK || !is_delta_grown(&delta, base))
		return status;
	status = vm_file_lock_try(&fold_lock, fold->folder, VM_FOLD_LOCK, err);
	if (status == VM_EXISTS)
		return VM_OK; /* somebody is at it */
	if (status == VM_OK)
		status = fold_aside(fold, lock, err);
	vm_file_lock_release(&fold_lock);
	return status;
}

static enum vm_status fold_small(const struct vm_fold *fold, struct vm_error *err)
{
	struct vm_file_lock fold_lock = { -1 };
	enum vm_status status = vm_file_lock_try(&fold_lock, fold->folder, VM_FOLD_LOCK, err);

	if (status == VM_EXISTS)
		return VM_OK; /* vmkpasswd is at it, or waits for our lock to begin */
	if (status == VM_OK)
		status = fold_held(fold, false, err);
	vm_file_lock_release(&fold_lock);
	return status;
}

enum vm_status vm_cdb_fold_after_change(const struct vm_fold *fold, struct vm_file_lock *lock,
					size_t journal_length, struct vm_error *err)
{
	struct vm_identity base;
	enum vm_status status = vm_identity_read(fold->folder, VM_BASE_TEXT, &base, err);

	if (status != VM_OK)
		return status;
	if (base.size <= VM_BASE_SMALL)
		return fold_small(fold, err);
	if (journal_length > 0 && journal_length < VM_JOURNAL_FULL)
		return VM_OK;
	if (journal_length > 0)
		status = vm_cdb_fold_journal(fold, NULL, err);
	if (status == VM_OK)
		status = fold_grown_delta(fold, lock, &base, err);
	return status;
}

enum vm_status vm_cdb_fold_create(const struct vm_fold *fold, struct vm_error *err)
{
	static const char *const names[] = { VM_BASE_TEXT, VM_BASE_CDB, VM_DELTA_NAME,
					     VM_JOURNAL_NAME };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct vm_identity found;
		const enum vm_status status = vm_identity_read(fold->folder, names[i], &found, err);

		if (status != VM_OK || found.ino != 0)
			return status;
	}
	return fold_held(fold, true, err);
}
