/* Checks the files of a domain: journal, delta and base. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "compare.h"
#include "delta.h"
#include "journal.h"
#include "util/file.h"
#include "util/text.h"

/* What the levels above the base look like. */
struct levels {
	size_t torn;     /* bytes behind the last whole record of the journal */
	size_t whole;    /* bytes of whole records */
	bool is_damaged; /* the journal has a bad record before good ones */
	bool is_bad_delta;
	bool has_delta;
	bool is_folding; /* somebody is at it */
	struct vm_identity base;
	char why[VM_ERROR_TEXT_MAX];
};

/* A domain under check. */
struct subject {
	const struct vm_check *check;
	const struct vm_fold *fold;
	struct levels levels;
	struct vm_base_comparison base;
};

static enum vm_status ignore_change(void *context, const struct vm_change *change,
				    struct vm_error *err)
{
	(void)context;
	(void)change;
	(void)err;
	return VM_OK;
}

/* What a content error says is a finding; what the disk says is not. */
static bool is_about_content(enum vm_status status, const struct vm_error *err)
{
	return status == VM_TEMPFAIL && err->sys_errno == 0;
}

/* The lock of the domain is held: no append is half done. */
static enum vm_status look_at_journal(int folder, struct levels *levels, struct vm_error *err)
{
	struct vm_buf bytes;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&bytes, 2 * VM_JOURNAL_MAX);
	status = vm_journal_read(folder, &bytes, err);
	if (status == VM_OK) {
		status = vm_journal_walk(bytes.bytes, bytes.length, &levels->whole, ignore_change,
					 NULL, err);
		levels->torn = bytes.length - levels->whole;
	}
	if (is_about_content(status, err)) {
		levels->is_damaged = true;
		(void)vm_text_copy(levels->why, sizeof levels->why, err->text);
		status = VM_OK;
	}
	vm_buf_release(&bytes);
	return status;
}

static enum vm_status look_at_delta(int folder, struct levels *levels, struct vm_error *err)
{
	struct vm_cdb delta = { .fd = -1 };
	enum vm_status status = vm_delta_open(folder, &delta, err);

	levels->has_delta = status == VM_OK && delta.fd >= 0;
	if (is_about_content(status, err)) {
		levels->is_bad_delta = true;
		status = VM_OK;
	}
	vm_cdb_close(&delta);
	return status;
}

static enum vm_status cut_torn_end(int folder, const struct levels *levels, struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = VM_OK;

	if (levels->whole == 0) {
		status = vm_file_remove(folder, VM_JOURNAL_NAME, err);
		return status == VM_OK ? vm_file_sync(folder, "the domain's folder", err) : status;
	}
	status = vm_file_open_write(folder, VM_JOURNAL_NAME, &fd, err);
	if (status == VM_OK)
		status = vm_file_truncate(fd, VM_JOURNAL_NAME, (off_t)levels->whole, err);
	if (status == VM_OK)
		status = vm_file_sync(fd, VM_JOURNAL_NAME, err);
	vm_file_discard(&fd);
	return status;
}

static enum vm_status is_somebody_folding(int folder, bool *out, struct vm_error *err)
{
	struct vm_file_lock lock = { -1 };
	const enum vm_status status = vm_file_lock_try(&lock, folder, VM_FOLD_LOCK, err);

	*out = status == VM_EXISTS;
	vm_file_lock_release(&lock);
	return status == VM_EXISTS ? VM_OK : status;
}

static enum vm_status look_at_levels(struct subject *subject, struct vm_error *err)
{
	const int folder = subject->fold->folder;
	struct levels *const levels = &subject->levels;
	struct vm_file_lock lock = { -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, VM_DOMAIN_LOCK, err);

	if (status == VM_OK)
		status = look_at_journal(folder, levels, err);
	if (status == VM_OK && levels->torn > 0 && !levels->is_damaged && subject->check->repair)
		status = cut_torn_end(folder, levels, err);
	if (status == VM_OK)
		status = look_at_delta(folder, levels, err);
	if (status == VM_OK)
		status = vm_identity_read(folder, VM_BASE_TEXT, &levels->base, err);
	vm_file_lock_release(&lock);
	return status == VM_OK ? is_somebody_folding(folder, &levels->is_folding, err) : status;
}

/* A small domain is folded at each change, a big one when its journal is full: less was interrupted. */
static bool needs_fold(const struct levels *levels)
{
	if (levels->is_folding || levels->is_damaged || levels->is_bad_delta)
		return false;
	if (levels->base.size <= VM_BASE_SMALL)
		return levels->whole > 0 || levels->has_delta;
	return levels->whole >= VM_JOURNAL_FULL;
}

static void tell_levels(const struct subject *subject)
{
	const struct levels *const levels = &subject->levels;
	const char *const name = subject->fold->name;

	if (levels->is_damaged)
		vm_check_leave(
			subject->check, "journal", name,
			"move it out of the way, fold with vmkpasswd, and make its changes again",
			"%s", levels->why);
	else if (levels->torn > 0)
		vm_check_tell(subject->check, "journal", name, "cuts them off",
			      VM_JOURNAL_NAME " ends in %zu bytes of a change that was never done",
			      levels->torn);
	if (levels->is_bad_delta)
		vm_check_leave(subject->check, "delta", name, "restore it from a backup",
			       VM_DELTA_NAME " is damaged, and holds what no other file does");
	if (needs_fold(levels))
		vm_check_tell(subject->check, "journal", name, "folds them",
			      "changes wait to be folded into " VM_BASE_TEXT);
}

/* vpasswd is the truth of the two; without it a whole vpasswd.cdb says the same. */
static bool can_restore(const struct vm_base_comparison *base)
{
	return (base->text == VM_BASE_ABSENT || base->text == VM_BASE_EMPTY) &&
	       base->cdb == VM_BASE_WHOLE;
}

static bool is_lost(const struct vm_base_comparison *base)
{
	return base->text == VM_BASE_ABSENT && base->cdb != VM_BASE_WHOLE;
}

static bool is_sorted_wrongly(const struct vm_base_comparison *base)
{
	return base->is_disordered && base->version.size > VM_BASE_SMALL;
}

static bool is_cdb_wrong(const struct vm_base_comparison *base)
{
	if (base->text == VM_BASE_EMPTY && base->cdb == VM_BASE_EMPTY)
		return false;
	return base->cdb != VM_BASE_WHOLE || base->different > 0;
}

/* What a person must mend first stands in the way of the rest, which is told then. */
static bool is_foldable(const struct subject *subject)
{
	return !subject->levels.is_damaged && !subject->levels.is_bad_delta &&
	       subject->base.text != VM_BASE_DAMAGED && !is_lost(&subject->base);
}

static void tell_cdb(const struct subject *subject)
{
	const struct vm_base_comparison *const base = &subject->base;
	const char *const name = subject->fold->name;
	static const char action[] = "makes it from " VM_BASE_TEXT;

	if (base->cdb == VM_BASE_ABSENT)
		vm_check_tell(subject->check, "vpasswd.cdb", name, action,
			      VM_BASE_CDB " is missing");
	else if (base->cdb == VM_BASE_DAMAGED)
		vm_check_tell(subject->check, "vpasswd.cdb", name, action,
			      VM_BASE_CDB " is damaged");
	else if (base->first[0] != '\0')
		vm_check_tell(subject->check, "vpasswd.cdb", name, action,
			      VM_BASE_CDB " and " VM_BASE_TEXT
					  " differ in %llu accounts, the first is %s",
			      (unsigned long long)base->different, base->first);
	else
		vm_check_tell(subject->check, "vpasswd.cdb", name, action,
			      VM_BASE_CDB " and " VM_BASE_TEXT " differ in %llu accounts",
			      (unsigned long long)base->different);
}

static void tell_base(const struct subject *subject)
{
	const struct vm_base_comparison *const base = &subject->base;
	const char *const name = subject->fold->name;

	if (is_lost(base)) {
		vm_check_leave(subject->check, "vpasswd", name, "restore them from a backup",
			       "neither " VM_BASE_TEXT " nor " VM_BASE_CDB " is there");
	} else if (can_restore(base) && is_foldable(subject)) {
		vm_check_tell(subject->check, "vpasswd", name, "writes it from " VM_BASE_CDB,
			      VM_BASE_TEXT " is %s",
			      base->text == VM_BASE_ABSENT ? "missing" : "empty");
	} else if (base->text == VM_BASE_DAMAGED) {
		vm_check_leave(subject->check, "vpasswd", name,
			       "correct the line, then run vmkpasswd", "%s", base->why);
	} else if (is_foldable(subject)) {
		if (is_sorted_wrongly(base))
			vm_check_tell(subject->check, "vpasswd", name, "sorts it",
				      VM_BASE_TEXT " is out of order");
		if (base->repeated > 0)
			vm_check_tell(subject->check, "vpasswd", name, "keeps the first of each",
				      "%llu lines of " VM_BASE_TEXT " have a name that came before",
				      (unsigned long long)base->repeated);
		if (is_cdb_wrong(base))
			tell_cdb(subject);
	}
}

static enum vm_status restore(const struct subject *subject, struct vm_error *err)
{
	struct vm_file_lock lock = { -1 };
	struct vm_identity now;
	enum vm_status status =
		vm_file_lock_take(&lock, subject->fold->folder, VM_DOMAIN_LOCK, err);

	if (status == VM_OK)
		status = vm_identity_read(subject->fold->folder, VM_BASE_TEXT, &now, err);
	if (status == VM_OK && vm_identity_equals(&now, &subject->base.version))
		status = vm_base_restore(subject->fold->folder, err);
	vm_file_lock_release(&lock);
	return status;
}

static enum vm_status mend(const struct subject *subject, struct vm_error *err)
{
	const struct vm_base_comparison *const base = &subject->base;
	enum vm_status status = VM_OK;

	if (!is_foldable(subject))
		return VM_OK;
	if (can_restore(base))
		status = restore(subject, err);
	if (status == VM_OK &&
	    (needs_fold(&subject->levels) || can_restore(base) || is_cdb_wrong(base) ||
	     is_sorted_wrongly(base) || base->repeated > 0))
		status = vm_cdb_fold_domain(subject->fold, err);
	return status;
}

static enum vm_status check_files(struct subject *subject, struct vm_error *err)
{
	enum vm_status status = look_at_levels(subject, err);

	if (status == VM_OK)
		status = vm_base_compare(subject->fold->folder, &subject->base, err);
	if (status == VM_OK && subject->check->repair)
		status = mend(subject, err);
	if (status != VM_OK)
		return status;
	tell_levels(subject);
	tell_base(subject);
	return VM_OK;
}

enum vm_status vm_cdb_check(struct vm_backend *opened, const char *domain,
			    const struct vm_check *check, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_domain folder;
	struct vm_fold fold = { .name = domain, .warning = &opened->warning };
	struct subject subject = { .check = check, .fold = &fold };
	enum vm_status status = VM_INTERNAL;

	if (backend->unit.is_open)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open");
	status = vm_cdb_domain_open(backend, domain, &folder, err);
	if (status != VM_OK)
		return status;
	fold.folder = folder.folder;
	status = check_files(&subject, err);
	vm_cdb_domain_close(&folder);
	return status;
}
