/* Relay windows of roaming users: one row of the table relay for each address. */
#include <config.h>

#include <string.h>

#include "backend.h"
#include "row.h"

enum { PAGE = 1000 };

static enum vm_status open_relay(struct vm_backend *backend, const struct vm_relay *relay,
				 bool *is_new, struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_sql_values values = { .count = 0 };
	uint64_t changed = 0;
	enum vm_status status = VM_INTERNAL;

	*is_new = false;
	vm_sql_add_number(&values, relay->since);
	vm_sql_add_text(&values, relay->ip);
	status = vm_sql_change(session, VM_SQL_RELAY_UPDATE, &values, &changed, err);
	if (status != VM_OK || changed > 0)
		return status;
	status = vm_sql_change(session, VM_SQL_RELAY_INSERT, &values, &changed, err);
	*is_new = status == VM_OK && changed > 0;
	return status == VM_EXISTS ? VM_OK : status; /* another login from there, just now */
}

static enum vm_status expire(struct vm_backend *backend, time_t before, uint64_t *removed,
			     struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };

	*removed = 0;
	vm_sql_add_number(&values, before);
	return vm_sql_change(vm_sql_session_of(backend), VM_SQL_RELAY_EXPIRE, &values, removed,
			     err);
}

/* One page; `each` is called when the connection is free again, for it may take its time or ask the store. */
struct page {
	struct vm_relay *items;
	size_t count;
};

static enum vm_status take_relay(void *context, const struct vm_sql_cell *cells,
				 struct vm_error *err)
{
	struct page *const page = context;
	struct vm_relay *const relay = &page->items[page->count++];
	struct vm_sql_row row = { .next = cells, .err = err, .what = "relay" };

	vm_sql_row_copy(&row, relay->ip, VM_IP_MAX);
	relay->since = (time_t)vm_sql_row_number(&row, 0, INT64_MAX, 0);
	return row.status;
}

static enum vm_status read_page(struct vm_sql_session *session, const char *after,
				struct page *page, struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_relay, .context = page };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	page->count = 0;
	vm_sql_add_text(&values, after);
	vm_sql_add_number(&values, PAGE);
	return vm_sql_read(session, VM_SQL_RELAY_LIST, &values, &reader, &rows, err);
}

static enum vm_status each(struct vm_backend *backend,
			   enum vm_status (*call)(void *, const struct vm_relay *), void *context,
			   struct vm_error *err)
{
	char after[VM_IP_MAX + 1] = "";
	struct vm_arena arena;
	struct page page = { .count = PAGE };
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, (PAGE + 1) * sizeof *page.items);
	page.items = vm_arena_alloc_array(&arena, PAGE, sizeof *page.items);
	if (page.items == NULL)
		status = vm_fail_memory(err);
	while (status == VM_OK && page.count == PAGE) {
		status = read_page(vm_sql_session_of(backend), after, &page, err);
		for (size_t i = 0; i < page.count && status == VM_OK; i++) {
			status = call(context, &page.items[i]);
			if (status != VM_OK)
				vm_fail(err, status, "the listing was stopped");
		}
		if (page.count > 0)
			memcpy(after, page.items[page.count - 1].ip, sizeof after);
	}
	vm_arena_release(&arena);
	return status;
}

const struct vm_relay_ops vm_sql_relay_ops = { .open = open_relay, .expire = expire, .each = each };
