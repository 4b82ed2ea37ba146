/* Units of work on one domain: lock, look, collect changes, write them as one record. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "delta.h"
#include "journal.h"
#include "util/file.h"

bool vm_cdb_unit_covers(const struct vm_cdb_backend *backend, const char *domain)
{
	return backend->unit.is_open && strcmp(backend->unit.domain.name, domain) == 0;
}

static struct vm_fold fold_of(struct vm_cdb_backend *backend)
{
	return (struct vm_fold){ .folder = backend->unit.domain.folder,
				 .name = backend->unit.domain.name,
				 .warning = &backend->backend.warning };
}

static void release(struct vm_cdb_unit *unit)
{
	vm_cdb_close(&unit->base);
	vm_cdb_close(&unit->delta);
	vm_changes_release(&unit->journal);
	vm_changes_release(&unit->pending);
	vm_file_lock_release(&unit->lock);
	vm_cdb_domain_close(&unit->domain);
	unit->is_open = false;
}

/* The levels as they are now that the lock is held. */
static enum vm_status read_levels(struct vm_cdb_backend *backend, struct vm_error *err)
{
	struct vm_cdb_unit *const unit = &backend->unit;
	const struct vm_fold fold = fold_of(backend);
	struct vm_error ignored;
	struct vm_buf bytes;
	enum vm_status status = vm_cdb_fold_create(&fold, err);

	vm_buf_init(&bytes, 2 * VM_JOURNAL_MAX);
	if (status == VM_OK)
		status = vm_journal_read(unit->domain.folder, &bytes, err);
	if (status == VM_OK)
		status = vm_journal_load(bytes.bytes, bytes.length, &unit->journal_end,
					 &unit->journal, err);
	vm_buf_release(&bytes);
	if (status == VM_OK)
		status = vm_delta_open(unit->domain.folder, &unit->delta, err);
	/* A base that is not sane is asked through vm_base_find each time, which knows the other way. */
	if (status == VM_OK &&
	    vm_cdb_open(&unit->base, unit->domain.folder, VM_BASE_CDB, &ignored) != VM_OK)
		unit->base.fd = -1;
	return status;
}

static enum vm_status begin(struct vm_backend *opened, const char *domain, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_unit *const unit = &backend->unit;
	enum vm_status status = VM_INTERNAL;

	if (unit->is_open)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open already");
	*unit = (struct vm_cdb_unit){ .lock = { -1 }, .delta = { .fd = -1 }, .base = { .fd = -1 } };
	vm_changes_init(&unit->pending);
	vm_changes_init(&unit->journal);
	status = vm_cdb_domain_open(backend, domain, &unit->domain, err);
	if (status == VM_OK)
		status = vm_file_lock_take(&unit->lock, unit->domain.folder, VM_DOMAIN_LOCK, err);
	if (status == VM_OK)
		status = read_levels(backend, err);
	if (status == VM_OK)
		unit->is_open = true;
	else
		release(unit);
	return status;
}

static enum vm_status answer_change(const struct vm_change *change, const char *user,
				    struct vm_arena *arena, char **fields, size_t *length,
				    struct vm_error *err)
{
	if (change->fields == NULL)
		return vm_fail(err, VM_NOT_FOUND, "no account %s", user);
	*fields = vm_arena_strndup(arena, change->fields, change->fields_length);
	*length = change->fields_length;
	return *fields == NULL ? vm_fail_memory(err) : VM_OK;
}

enum vm_status vm_cdb_unit_find(struct vm_cdb_unit *unit, const char *user, struct vm_arena *arena,
				char **fields, size_t *length, struct vm_error *err)
{
	const struct vm_change *known = vm_changes_find(&unit->pending, user, strlen(user));
	struct vm_change change = { .user = NULL };
	enum vm_status status = VM_INTERNAL;

	if (known == NULL)
		known = vm_changes_find(&unit->journal, user, strlen(user));
	if (known != NULL)
		return answer_change(known, user, arena, fields, length, err);
	if (unit->delta.fd >= 0) {
		status = vm_delta_find(&unit->delta, user, arena, &change, err);
		if (status == VM_OK)
			return answer_change(&change, user, arena, fields, length, err);
		if (status != VM_NOT_FOUND)
			return status;
	}
	if (unit->base.fd >= 0) {
		status = vm_cdb_get(&unit->base, user, strlen(user), arena, fields, length, err);
		if (status == VM_OK)
			return VM_OK;
	}
	/* "Not there" of an empty cdb, and a damaged one, are looked into. */
	if (unit->base.fd < 0 || status != VM_NOT_FOUND || unit->base.opened.st_size <= 2048)
		return vm_base_find(unit->domain.folder, user, arena, fields, length, err);
	return vm_fail(err, VM_NOT_FOUND, "no account %s", user);
}

/* One record at the end of the journal; a set too big for one goes straight into a new delta. */
static enum vm_status write_pending(struct vm_cdb_backend *backend, size_t *journal_length,
				    struct vm_error *err)
{
	struct vm_cdb_unit *const unit = &backend->unit;
	const struct vm_fold fold = fold_of(backend);
	struct vm_buf record;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&record, VM_JOURNAL_FULL);
	status = vm_journal_print(&unit->pending, unit->journal_end, &record, err);
	*journal_length = 0;
	if (status == VM_OK && unit->journal_end + record.length <= VM_JOURNAL_MAX) {
		status = vm_journal_append(unit->domain.folder, unit->journal_end, &record, err);
		*journal_length = unit->journal_end + record.length;
	} else if (status == VM_OK || record.failed) {
		status = vm_cdb_fold_journal(&fold, &unit->pending, err);
	}
	vm_buf_release(&record);
	return status;
}

static enum vm_status commit(struct vm_backend *opened, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_unit *const unit = &backend->unit;
	const struct vm_fold fold = fold_of(backend);
	size_t journal_length = 0;
	struct vm_error why;
	enum vm_status status = VM_OK;

	if (!unit->is_open)
		return vm_fail(err, VM_INTERNAL, "no unit of work is open");
	if (unit->pending.count > 0)
		status = write_pending(backend, &journal_length, err);
	/* The change is durable; folding it is housekeeping, and can be done by the next writer too. */
	if (status == VM_OK && unit->pending.count > 0 &&
	    vm_cdb_fold_after_change(&fold, &unit->lock, journal_length, &why) != VM_OK &&
	    backend->backend.warning.warn != NULL)
		backend->backend.warning.warn(backend->backend.warning.context, why.text);
	release(unit);
	return status;
}

static void rollback(struct vm_backend *opened)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);

	if (backend->unit.is_open)
		release(&backend->unit);
}

const struct vm_unit_ops vm_cdb_unit_ops = {
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
};
