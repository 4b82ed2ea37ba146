/* Keeps the map of addresses to domains in etc/ip_alias_map. */
#include <config.h>

#include "core/ip_map_file.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FILE_MAX = 4 * 1024 * 1024 };

static const char file_name[] = "ip_alias_map";

static bool is_ip(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

enum vm_status vm_ip_map_check(const struct vm_ip_map *map, struct vm_error *err)
{
	return is_ip(map->ip) ? VM_OK
			      : vm_fail_field(err, VM_INVALID, "ip", "\"%s\" is not an IP address",
					      map->ip);
}

/* "IP blanks DOMAIN blanks"; false for anything else. */
static bool parse(const char *line, size_t length, struct vm_ip_map *out)
{
	const size_t ip = strcspn(line, " \t\n");
	const size_t gap = ip < length ? strspn(line + ip, " \t") : 0;
	const size_t domain = ip + gap < length ? strcspn(line + ip + gap, " \t\r\n") : 0;

	if (ip > VM_IP_MAX || domain == 0 || domain > VM_DOMAIN_MAX || gap == 0)
		return false;
	memcpy(out->ip, line, ip);
	out->ip[ip] = '\0';
	memcpy(out->domain, line + ip + gap, domain);
	out->domain[domain] = '\0';
	return is_ip(out->ip);
}

static size_t line_length(const char *text)
{
	return strcspn(text, "\n");
}

static const char *line_after(const char *text)
{
	text += line_length(text);
	return *text == '\n' ? text + 1 : text;
}

static enum vm_status read_map(int folder, struct vm_buf *text, struct vm_error *err)
{
	const enum vm_status status = vm_file_read_all(folder, file_name, text, err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_ip_map_file_get(int folder, const char *ip, struct vm_ip_map *out,
				  struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, FILE_MAX);
	status = read_map(folder, &text, err);
	if (status != VM_OK)
		goto out;
	status = VM_NOT_FOUND;
	for (const char *line = text.bytes; *line != '\0'; line = line_after(line)) {
		if (!parse(line, line_length(line), out) || strcmp(out->ip, ip) != 0)
			continue;
		status = VM_OK;
		goto out;
	}
	vm_fail(err, VM_NOT_FOUND, "no domain is mapped to %s", ip);
out:
	vm_buf_release(&text);
	return status;
}

/* Copies every line but those of `ip`; answers whether there was one. */
static bool copy_others(const char *text, const char *ip, struct vm_buf *out)
{
	bool found = false;

	for (const char *line = text; *line != '\0'; line = line_after(line)) {
		struct vm_ip_map row;

		if (parse(line, line_length(line), &row) && strcmp(row.ip, ip) == 0) {
			found = true;
			continue;
		}
		vm_buf_append(out, line, line_length(line));
		vm_buf_append_byte(out, '\n');
	}
	return found;
}

/* map->domain "" removes the row. */
static enum vm_status change(int folder, const struct vm_ip_map *map, struct vm_error *err)
{
	const bool is_removal = map->domain[0] == '\0';
	struct vm_buf old, new;
	bool found = false;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&old, FILE_MAX);
	vm_buf_init(&new, FILE_MAX);
	status = read_map(folder, &old, err);
	if (status == VM_OK)
		found = copy_others(old.bytes, map->ip, &new);
	if (status == VM_OK && is_removal && !found)
		status = vm_fail(err, VM_NOT_FOUND, "no domain is mapped to %s", map->ip);
	if (!is_removal)
		vm_buf_printf(&new, "%s %s\n", map->ip, map->domain);
	if (status == VM_OK)
		status = vm_buf_check(&new, file_name, err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, file_name, 0644, new.bytes, new.length, err);
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status;
}

static enum vm_status change_locked(int folder, const struct vm_ip_map *map, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, "ip_alias_map.lock", err);

	if (status == VM_OK)
		status = change(folder, map, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_ip_map_file_put(int folder, const struct vm_ip_map *map, struct vm_error *err)
{
	const enum vm_status status = vm_ip_map_check(map, err);

	return status == VM_OK ? change_locked(folder, map, err) : status;
}

enum vm_status vm_ip_map_file_remove(int folder, const char *ip, struct vm_error *err)
{
	struct vm_ip_map map = { .domain = "" };

	if (!vm_text_copy(map.ip, sizeof map.ip, ip))
		return vm_fail(err, VM_NOT_FOUND, "no domain is mapped to such an address");
	return change_locked(folder, &map, err);
}

static int compare(const void *a, const void *b)
{
	const struct vm_ip_map *const left = a, *const right = b;

	return strcmp(left->ip, right->ip);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

enum vm_status vm_ip_map_file_list(int folder, const char *after, size_t limit,
				   struct vm_arena *arena, struct vm_ip_map_list *out,
				   struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_ip_map_list){ 0 };
	vm_buf_init(&text, FILE_MAX);
	status = read_map(folder, &text, err);
	if (status != VM_OK)
		goto out;
	out->items = vm_arena_alloc_array(arena, count_lines(text.bytes), sizeof *out->items);
	if (out->items == NULL) {
		status = vm_fail_memory(err);
		goto out;
	}
	for (const char *line = text.bytes; *line != '\0'; line = line_after(line))
		if (parse(line, line_length(line), &out->items[out->count]) &&
		    strcmp(out->items[out->count].ip, after) > 0)
			out->count++;
	if (out->count > 1)
		qsort(out->items, out->count, sizeof *out->items, compare);
	out->more = out->count > limit;
	if (out->more)
		out->count = limit;
out:
	vm_buf_release(&text);
	return status;
}
