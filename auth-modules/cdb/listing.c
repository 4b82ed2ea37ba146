/* Lists and counts the accounts of a domain: vpasswd read in order, with delta and journal merged in. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "backend.h"
#include "core/passwd_line.h"
#include "delta.h"
#include "journal.h"
#include "util/text.h"

static void overlay_forget(struct vm_cdb_overlay *overlay)
{
	vm_changes_release(&overlay->changes);
	overlay->domain[0] = '\0';
	overlay->delta = (struct vm_identity){ .dev = 0 };
	overlay->journal = (struct vm_identity){ .dev = 0 };
}

void vm_cdb_overlay_release(struct vm_cdb_overlay *overlay)
{
	overlay_forget(overlay);
}

static enum vm_status load_delta(int folder, struct vm_changes *changes, struct vm_error *err)
{
	struct vm_cdb delta = { .fd = -1 };
	enum vm_status status = vm_delta_open(folder, &delta, err);

	if (status == VM_OK)
		status = vm_delta_load(&delta, changes, err);
	vm_cdb_close(&delta);
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

/* The journal is read before the delta is opened, and beats it. */
static enum vm_status load_levels(int folder, struct vm_changes *changes, struct vm_error *err)
{
	struct vm_changes journal;
	struct vm_buf bytes;
	size_t end = 0;
	enum vm_status status = VM_INTERNAL;

	vm_changes_init(&journal);
	vm_buf_init(&bytes, 2 * VM_JOURNAL_MAX);
	status = vm_journal_read(folder, &bytes, err);
	if (status == VM_OK)
		status = vm_journal_load(bytes.bytes, bytes.length, &end, &journal, err);
	vm_buf_release(&bytes);
	if (status == VM_OK)
		status = load_delta(folder, changes, err);
	if (status == VM_OK)
		status = put_all(changes, &journal, err);
	vm_changes_release(&journal);
	return status;
}

/* Sets overlay->changes to what stands above the base now; what an earlier page read is used again. */
static enum vm_status refresh_overlay(struct vm_cdb_overlay *overlay,
				      const struct vm_cdb_domain *domain, struct vm_error *err)
{
	struct vm_identity delta, journal;
	enum vm_status status = vm_identity_read(domain->folder, VM_JOURNAL_NAME, &journal, err);

	if (status == VM_OK)
		status = vm_identity_read(domain->folder, VM_DELTA_NAME, &delta, err);
	if (status != VM_OK)
		return status;
	if (strcmp(overlay->domain, domain->name) == 0 &&
	    vm_identity_equals(&delta, &overlay->delta) &&
	    vm_identity_equals(&journal, &overlay->journal))
		return VM_OK;
	overlay_forget(overlay);
	status = load_levels(domain->folder, &overlay->changes, err);
	if (status != VM_OK) {
		overlay_forget(overlay);
		return status;
	}
	vm_changes_sort(&overlay->changes);
	(void)vm_text_copy(overlay->domain, sizeof overlay->domain, domain->name); /* same size */
	overlay->delta = delta;
	overlay->journal = journal;
	return VM_OK;
}

/* What a listing reads from: the base cursor, and the changes above it in order. */
struct source {
	struct vm_base_cursor cursor;
	const struct vm_changes *changes;
	struct vm_changes own; /* of an open unit; else empty */
	size_t next;           /* in changes */
	struct vm_base_line line;
	bool has_line;
};

/* Only a fold of ours, or a look at every line, tells that a big vpasswd is in order. */
static enum vm_status check_sorted(struct vm_cdb_backend *backend, int folder,
				   const struct vm_base_cursor *cursor, struct vm_error *err)
{
	struct vm_base_record record;
	struct vm_base_cursor all = { .fd = -1 };
	struct vm_base_line line;
	struct vm_error ignored;
	enum vm_status status = VM_INTERNAL;

	if (vm_identity_equals(&cursor->version, &backend->overlay.sorted))
		return VM_OK;
	status = vm_base_record_read(folder, &record, &ignored);
	if (status != VM_OK || !vm_identity_equals(&record.text, &cursor->version)) {
		status = vm_base_cursor_open(&all, folder, err);
		while (status == VM_OK)
			status = vm_base_cursor_next(&all, &line, err);
		vm_base_cursor_close(&all);
	}
	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	backend->overlay.sorted = cursor->version;
	return VM_OK;
}

/* No vpasswd at all where other levels or a cdb are: somebody took it away. */
static enum vm_status check_present(int folder, const struct vm_base_cursor *cursor,
				    struct vm_error *err)
{
	struct vm_identity cdb;
	enum vm_status status = VM_OK;

	if (cursor->fd >= 0 && cursor->version.size > 0)
		return VM_OK;
	status = vm_identity_read(folder, VM_BASE_CDB, &cdb, err);
	if (status != VM_OK)
		return status;
	if (cursor->fd < 0 || cdb.size != 2048)
		return vm_fail(err, VM_TEMPFAIL, "%s is missing or empty", VM_BASE_TEXT);
	return VM_OK;
}

static enum vm_status open_base(struct vm_cdb_backend *backend, int folder, struct source *source,
				const char *after, struct vm_error *err)
{
	enum vm_status status = vm_base_cursor_open(&source->cursor, folder, err);

	if (status == VM_OK)
		status = check_present(folder, &source->cursor, err);
	if (status == VM_OK && source->cursor.version.size <= VM_BASE_SMALL)
		status = vm_base_cursor_load(&source->cursor, err);
	else if (status == VM_OK)
		status = check_sorted(backend, folder, &source->cursor, err);
	if (status == VM_OK)
		status = vm_base_cursor_seek(&source->cursor, after, err);
	return status;
}

static void skip_changes(struct source *source, const char *after)
{
	size_t low = 0, high = source->changes->count;

	while (*after != '\0' && low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct vm_change *const item = &source->changes->items[middle];

		if (vm_user_compare(item->user, item->user_length, after, strlen(after)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	source->next = low;
}

static enum vm_status source_open(struct vm_cdb_backend *backend,
				  const struct vm_cdb_domain *domain, const char *after,
				  struct source *source, struct vm_error *err)
{
	enum vm_status status = refresh_overlay(&backend->overlay, domain, err);

	*source = (struct source){ .cursor = { .fd = -1 }, .changes = &backend->overlay.changes };
	vm_changes_init(&source->own);
	if (status == VM_OK && vm_cdb_unit_covers(backend, domain->name) &&
	    backend->unit.pending.count > 0) {
		status = put_all(&source->own, &backend->overlay.changes, err);
		if (status == VM_OK)
			status = put_all(&source->own, &backend->unit.pending, err);
		vm_changes_sort(&source->own);
		source->changes = &source->own;
	}
	if (status == VM_OK)
		status = open_base(backend, domain->folder, source, after, err);
	if (status == VM_OK)
		skip_changes(source, after);
	return status;
}

static void source_close(struct source *source)
{
	vm_base_cursor_close(&source->cursor);
	vm_changes_release(&source->own);
}

/* The next account that is there: VM_NOT_FOUND at the end. */
static enum vm_status source_next(struct source *source, struct vm_base_line *out,
				  struct vm_error *err)
{
	for (;;) {
		const struct vm_change *change = NULL;
		int order = 1;

		if (!source->has_line && source->cursor.fd >= 0) {
			const enum vm_status status =
				vm_base_cursor_next(&source->cursor, &source->line, err);

			if (status != VM_OK && status != VM_NOT_FOUND)
				return status;
			source->has_line = status == VM_OK;
		}
		if (source->next < source->changes->count)
			change = &source->changes->items[source->next];
		if (change == NULL && !source->has_line)
			return vm_fail(err, VM_NOT_FOUND, "no more accounts");
		if (change == NULL)
			order = -1;
		else if (source->has_line)
			order = vm_user_compare(source->line.user, source->line.user_length,
						change->user, change->user_length);
		if (order <= 0)
			source->has_line = false; /* taken, or beaten by the change */
		if (order < 0) {
			*out = source->line;
			return VM_OK;
		}
		source->next++;
		if (change == NULL || change->fields == NULL)
			continue;
		*out = (struct vm_base_line){ .user = change->user,
					      .user_length = change->user_length,
					      .fields = change->fields,
					      .fields_length = change->fields_length };
		return VM_OK;
	}
}

static enum vm_status add_item(const struct vm_base_line *line, const char *domain,
			       struct vm_arena *arena, struct vm_account_list *out,
			       struct vm_error *err)
{
	char *const user = vm_arena_strndup(arena, line->user, line->user_length);
	char *const fields = vm_arena_strndup(arena, line->fields, line->fields_length);
	struct vm_account *const account = &out->items[out->count];
	struct vm_error why;

	if (user == NULL || fields == NULL)
		return vm_fail_memory(err);
	if (vm_passwd_fields_parse(user, fields, line->fields_length, account, &why) != VM_OK)
		return vm_fail(err, VM_MISCONFIG, "the line of %s@%s is damaged: %s", user, domain,
			       why.text);
	account->domain = domain;
	out->count++;
	return VM_OK;
}

static enum vm_status fill_page(struct source *source, const char *domain, size_t limit,
				struct vm_arena *arena, struct vm_account_list *out,
				struct vm_error *err)
{
	size_t capacity = limit < 1024 ? limit : 1024;
	struct vm_base_line line;
	enum vm_status status = VM_INTERNAL;

	out->items = vm_arena_alloc_array(arena, capacity, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	while ((status = source_next(source, &line, err)) == VM_OK) {
		if (out->count == limit) {
			out->more = true;
			return VM_OK;
		}
		if (out->count == capacity) {
			struct vm_account *const items =
				vm_arena_alloc_array(arena, capacity * 2, sizeof *items);

			if (items == NULL)
				return vm_fail_memory(err);
			memcpy(items, out->items, out->count * sizeof *items);
			out->items = items;
			capacity *= 2;
		}
		status = add_item(&line, domain, arena, out, err);
		if (status != VM_OK)
			return status;
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_cdb_list(struct vm_backend *opened, const char *domain, struct vm_page page,
			   struct vm_arena *arena, struct vm_account_list *out,
			   struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_domain folder;
	struct source source;
	const char *name = NULL;
	enum vm_status status = vm_cdb_domain_open(backend, domain, &folder, err);

	*out = (struct vm_account_list){ .items = NULL };
	if (status != VM_OK)
		return status;
	status = source_open(backend, &folder, page.after, &source, err);
	name = vm_arena_strdup(arena, domain);
	if (status == VM_OK && name == NULL)
		status = vm_fail_memory(err);
	if (status == VM_OK)
		status = fill_page(&source, name, page.limit, arena, out, err);
	source_close(&source);
	vm_cdb_domain_close(&folder);
	return status;
}

static enum vm_status count_all(struct vm_cdb_backend *backend, const struct vm_cdb_domain *domain,
				uint64_t *out, struct vm_error *err)
{
	struct source source;
	struct vm_base_line line;
	enum vm_status status = source_open(backend, domain, "", &source, err);

	*out = 0;
	while (status == VM_OK) {
		status = source_next(&source, &line, err);
		if (status == VM_OK)
			++*out;
	}
	source_close(&source);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* The delta's own sum, if it counts from this base. */
static enum vm_status delta_net(struct vm_cdb *delta, const struct vm_identity *base, int64_t *net,
				struct vm_error *err)
{
	struct vm_delta_meta meta;
	enum vm_status status = VM_INTERNAL;

	*net = 0;
	if (delta->fd < 0)
		return VM_OK;
	status = vm_delta_meta(delta, &meta, err);
	if (status == VM_OK && !vm_identity_equals(&meta.base, base))
		return VM_NOT_FOUND;
	*net = meta.net;
	return status;
}

/* From the sums alone, inside a unit, where nothing moves. VM_NOT_FOUND: they do not fit together, count. */
static enum vm_status count_sums(struct vm_cdb_unit *unit, uint64_t *out, struct vm_error *err)
{
	struct vm_base_record record;
	struct vm_identity text;
	struct vm_error ignored;
	int64_t net = 0;
	enum vm_status status = vm_identity_read(unit->domain.folder, VM_BASE_TEXT, &text, err);

	if (status != VM_OK)
		return status;
	if (vm_base_record_read(unit->domain.folder, &record, &ignored) != VM_OK ||
	    !vm_identity_equals(&record.text, &text))
		return VM_NOT_FOUND;
	status = delta_net(&unit->delta, &text, &net, err);
	if (status != VM_OK)
		return status;
	net += vm_changes_net(&unit->journal) + vm_changes_net(&unit->pending);
	if (net < 0 && (uint64_t)-net > record.accounts)
		return VM_NOT_FOUND;
	*out = record.accounts + (uint64_t)net;
	return VM_OK;
}

static enum vm_status count_unit(struct vm_cdb_backend *backend, uint64_t *out,
				 struct vm_error *err)
{
	enum vm_status status = count_sums(&backend->unit, out, err);

	if (status == VM_NOT_FOUND)
		status = count_all(backend, &backend->unit.domain, out, err);
	return status;
}

enum vm_status vm_cdb_count(struct vm_cdb_backend *backend, const char *domain, uint64_t *out,
			    struct vm_error *err)
{
	struct vm_cdb_domain folder;
	enum vm_status status = VM_INTERNAL;

	if (vm_cdb_unit_covers(backend, domain))
		return count_unit(backend, out, err);
	status = vm_cdb_domain_open(backend, domain, &folder, err);
	if (status != VM_OK)
		return status;
	status = count_all(backend, &folder, out, err);
	vm_cdb_domain_close(&folder);
	return status;
}

enum vm_status vm_cdb_fold(struct vm_backend *opened, const char *domain, struct vm_error *err)
{
	struct vm_cdb_backend *const backend = vm_cdb_backend_of(opened);
	struct vm_cdb_domain folder;
	struct vm_fold fold = { .name = domain, .warning = &opened->warning };
	enum vm_status status = VM_INTERNAL;

	if (backend->unit.is_open)
		return vm_fail(err, VM_INTERNAL, "a unit of work is open");
	status = vm_cdb_domain_open(backend, domain, &folder, err);
	if (status != VM_OK)
		return status;
	fold.folder = folder.folder;
	status = vm_cdb_fold_domain(&fold, err);
	vm_cdb_domain_close(&folder);
	return status;
}
