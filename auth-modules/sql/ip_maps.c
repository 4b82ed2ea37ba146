/* The map of this host's addresses to domains: the table ip_alias_map. */
#include <config.h>

#include "backend.h"
#include "row.h"

static enum vm_status read_map(const struct vm_sql_cell *cells, struct vm_ip_map *out,
			       struct vm_error *err)
{
	struct vm_sql_row row = { .next = cells, .err = err, .what = "ip_alias_map" };

	vm_sql_row_copy(&row, out->ip, VM_IP_MAX);
	vm_sql_row_copy(&row, out->domain, VM_DOMAIN_MAX);
	return row.status;
}

static enum vm_status take_one(void *context, const struct vm_sql_cell *cells, struct vm_error *err)
{
	return read_map(cells, context, err);
}

static enum vm_status no_map(const char *ip, struct vm_error *err)
{
	return vm_fail(err, VM_NOT_FOUND, "no domain is mapped to %s", ip);
}

static enum vm_status get(struct vm_backend *backend, const char *ip, struct vm_ip_map *out,
			  struct vm_error *err)
{
	const struct vm_sql_reader reader = { .take = take_one, .context = out };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, ip);
	status = vm_sql_read(vm_sql_session_of(backend), VM_SQL_IP_MAP_GET, &values, &reader, &rows,
			     err);
	return status == VM_OK && rows == 0 ? no_map(ip, err) : status;
}

static enum vm_status put(struct vm_backend *backend, const struct vm_ip_map *map,
			  struct vm_error *err)
{
	struct vm_sql_session *const session = vm_sql_session_of(backend);
	struct vm_sql_values values = { .count = 0 };
	uint64_t changed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, map->domain);
	vm_sql_add_text(&values, map->ip);
	status = vm_sql_change(session, VM_SQL_IP_MAP_UPDATE, &values, &changed, err);
	if (status != VM_OK || changed > 0)
		return status;
	status = vm_sql_change(session, VM_SQL_IP_MAP_INSERT, &values, &changed, err);
	/* Somebody mapped it in between: the later one counts. */
	if (status == VM_EXISTS || (status == VM_OK && changed == 0))
		status = vm_sql_change(session, VM_SQL_IP_MAP_UPDATE, &values, NULL, err);
	return status;
}

static enum vm_status remove_map(struct vm_backend *backend, const char *ip, struct vm_error *err)
{
	struct vm_sql_values values = { .count = 0 };
	uint64_t removed = 0;
	enum vm_status status = VM_INTERNAL;

	vm_sql_add_text(&values, ip);
	status = vm_sql_change(vm_sql_session_of(backend), VM_SQL_IP_MAP_REMOVE, &values, &removed,
			       err);
	return status == VM_OK && removed == 0 ? no_map(ip, err) : status;
}

struct page {
	size_t limit;
	struct vm_ip_map_list *out;
};

static enum vm_status take_map(void *context, const struct vm_sql_cell *cells, struct vm_error *err)
{
	const struct page *const page = context;

	if (page->out->count == page->limit) {
		page->out->more = true;
		return VM_OK;
	}
	return read_map(cells, &page->out->items[page->out->count++], err);
}

static enum vm_status list(struct vm_backend *backend, struct vm_page page, struct vm_arena *arena,
			   struct vm_ip_map_list *out, struct vm_error *err)
{
	struct page taken = { page.limit, out };
	const struct vm_sql_reader reader = { .take = take_map, .context = &taken };
	struct vm_sql_values values = { .count = 0 };
	size_t rows = 0;

	*out = (struct vm_ip_map_list){ .items = vm_arena_alloc_array(arena, page.limit,
								      sizeof *out->items) };
	if (out->items == NULL)
		return vm_fail_memory(err);
	vm_sql_add_text(&values, page.after);
	vm_sql_add_number(&values, (int64_t)page.limit + 1);
	return vm_sql_read(vm_sql_session_of(backend), VM_SQL_IP_MAP_LIST, &values, &reader, &rows,
			   err);
}

const struct vm_ip_map_ops vm_sql_ip_map_ops = {
	.get = get, .put = put, .remove = remove_map, .list = list
};
