/* Small records in memory: last logins, limits, the IP map, relay windows. */
#include <config.h>

#include <string.h>

#include "engine.h"
#include "util/text.h"

/* Copies a fixed-size row out; false when there is none. */
static bool read_row(enum vm_memory_group group, const char *key, void *out, size_t size)
{
	const struct vm_memory_row *const row =
		vm_memory_table_find(vm_memory_table_of(group), key);

	if (row == NULL || row->size != size)
		return false;
	memcpy(out, row->value, size);
	return true;
}

static enum vm_status write_row(enum vm_memory_group group, const char *key, const void *value,
				size_t size, struct vm_error *err)
{
	return vm_memory_leave_change(
		vm_memory_table_put(vm_memory_table_of(group), key, value, size, err), err);
}

static enum vm_status record_login(struct vm_backend *backend, struct vm_name name,
				   const struct vm_last_login *login,
				   const struct vm_log_event *event, struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter_change(backend, name.domain, err);

	if (status == VM_OK)
		status = vm_memory_key(key, name.domain, name.user, err);
	if (status == VM_OK && event != NULL)
		status = vm_memory_keep_event(event, err);
	return status == VM_OK ? write_row(VM_MEMORY_LOGINS, key, login, sizeof *login, err)
			       : status;
}

static enum vm_status get_login(struct vm_backend *backend, struct vm_name name,
				struct vm_last_login *out, struct vm_error *err)
{
	char key[VM_MEMORY_KEY_MAX];
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	*out = (struct vm_last_login){ 0 };
	if (status == VM_OK)
		status = vm_memory_key(key, name.domain, name.user, err);
	if (status == VM_OK)
		(void)read_row(VM_MEMORY_LOGINS, key, out, sizeof *out); /* none: never */
	return status;
}

const struct vm_login_ops vm_memory_login_ops = { .record = record_login, .get = get_login };

static enum vm_status get_limits(struct vm_backend *backend, const char *domain,
				 struct vm_limits *out, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);

	(void)backend;
	if (status != VM_OK)
		return status;
	if (!read_row(VM_MEMORY_LIMITS, domain, out, sizeof *out))
		return vm_fail(err, VM_NOT_FOUND, "%s has no limits of its own", domain);
	return VM_OK;
}

static enum vm_status put_limits(struct vm_backend *backend, const char *domain,
				 const struct vm_limits *limits, struct vm_error *err)
{
	enum vm_status status = vm_memory_enter_change(backend, domain, err);

	if (status == VM_OK)
		status = vm_memory_need_domain(domain, err);
	return status == VM_OK ? write_row(VM_MEMORY_LIMITS, domain, limits, sizeof *limits, err)
			       : status;
}

static enum vm_status remove_limits(struct vm_backend *backend, const char *domain,
				    struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter_change(backend, domain, err);

	if (status != VM_OK)
		return status;
	(void)vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_LIMITS), domain);
	return vm_memory_leave_change(VM_OK, err);
}

const struct vm_limit_ops vm_memory_limit_ops = { .get = get_limits,
						  .put = put_limits,
						  .remove = remove_limits };

static enum vm_status get_ip(struct vm_backend *backend, const char *ip, struct vm_ip_map *out,
			     struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter(err);

	(void)backend;
	if (status != VM_OK)
		return status;
	if (!read_row(VM_MEMORY_IP_MAPS, ip, out, sizeof *out))
		return vm_fail(err, VM_NOT_FOUND, "no domain is mapped to %s", ip);
	return VM_OK;
}

static enum vm_status put_ip(struct vm_backend *backend, const struct vm_ip_map *map,
			     struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter_change(backend, "", err);

	return status == VM_OK ? write_row(VM_MEMORY_IP_MAPS, map->ip, map, sizeof *map, err)
			       : status;
}

static enum vm_status remove_ip(struct vm_backend *backend, const char *ip, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter_change(backend, "", err);

	if (status != VM_OK)
		return status;
	if (!vm_memory_table_remove(vm_memory_table_of(VM_MEMORY_IP_MAPS), ip))
		return vm_fail(err, VM_NOT_FOUND, "no domain is mapped to %s", ip);
	return vm_memory_leave_change(VM_OK, err);
}

static enum vm_status list_ips(struct vm_backend *backend, struct vm_page page,
			       struct vm_arena *arena, struct vm_ip_map_list *out,
			       struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_IP_MAPS);
	const enum vm_status status = vm_memory_enter(err);
	size_t from = 0;

	(void)backend;
	*out = (struct vm_ip_map_list){ 0 };
	if (status != VM_OK)
		return status;
	from = vm_memory_table_seek(table, page.after);
	if (from < table->count && strcmp(table->rows[from].key, page.after) == 0)
		from++;
	out->more = table->count - from > page.limit;
	out->count = out->more ? page.limit : table->count - from;
	out->items = vm_arena_alloc_array(arena, out->count + 1, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < out->count; i++)
		memcpy(&out->items[i], table->rows[from + i].value, sizeof *out->items);
	return VM_OK;
}

const struct vm_ip_map_ops vm_memory_ip_map_ops = {
	.get = get_ip, .put = put_ip, .remove = remove_ip, .list = list_ips
};

static enum vm_status open_relay(struct vm_backend *backend, const struct vm_relay *relay,
				 bool *is_new, struct vm_error *err)
{
	const enum vm_status status = vm_memory_enter_change(backend, "", err);
	struct vm_relay known;

	if (status != VM_OK)
		return status;
	*is_new = !read_row(VM_MEMORY_RELAYS, relay->ip, &known, sizeof known);
	if (!*is_new && known.since >= relay->since)
		return vm_memory_leave_change(VM_OK, err);
	return write_row(VM_MEMORY_RELAYS, relay->ip, relay, sizeof *relay, err);
}

static enum vm_status expire_relays(struct vm_backend *backend, time_t before, uint64_t *removed,
				    struct vm_error *err)
{
	struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_RELAYS);
	const enum vm_status status = vm_memory_enter_change(backend, "", err);

	*removed = 0;
	for (size_t i = table->count; status == VM_OK && i-- > 0;) {
		const struct vm_relay *const relay = table->rows[i].value;

		if (relay->since >= before)
			continue;
		vm_memory_table_remove(table, table->rows[i].key);
		(*removed)++;
	}
	return vm_memory_leave_change(status, err);
}

static enum vm_status each_relay(struct vm_backend *backend,
				 enum vm_status (*each)(void *, const struct vm_relay *),
				 void *context, struct vm_error *err)
{
	const struct vm_memory_table *const table = vm_memory_table_of(VM_MEMORY_RELAYS);
	enum vm_status status = vm_memory_enter(err);

	(void)backend;
	for (size_t i = 0; i < table->count && status == VM_OK; i++) {
		status = each(context, table->rows[i].value);
		if (status != VM_OK)
			vm_fail(err, status, "the listing was stopped");
	}
	return status;
}

const struct vm_relay_ops vm_memory_relay_ops = { .open = open_relay,
						  .expire = expire_relays,
						  .each = each_relay };
