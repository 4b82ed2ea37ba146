/* vipmap: maps addresses of this host to domains. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "util/text.h"

enum action { ACTION_NONE, ACTION_PRINT, ACTION_ADD, ACTION_DELETE };

struct options {
	struct vm_common_options common;
	int action;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'p', "print", VM_OPTION_CHOICE, offsetof(struct options, action), NULL, "print the map",
	  ACTION_PRINT, 0, NULL },
	{ 'a', "add", VM_OPTION_CHOICE, offsetof(struct options, action), NULL,
	  "add a row, or change its domain", ACTION_ADD, 0, NULL },
	{ 'd', "delete", VM_OPTION_CHOICE, offsetof(struct options, action), NULL, "remove a row",
	  ACTION_DELETE, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 8 * 1024 * 1024 };

static void print_row(struct vm_session *session, const struct vm_ip_map *row)
{
	if (!session->json) {
		vm_session_printf(session, "%s %s\n", row->ip, row->domain);
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "ip", row->ip);
	vm_json_member_string(&session->writer, "domain", row->domain);
	vm_session_end(session);
}

static enum vm_status print_all(struct vm_session *session, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_ip_map_list list = { .more = true };
	char after[VM_IP_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_ip_map_list(session->context.store,
					      (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			print_row(session, &list.items[i]);
			memcpy(after, list.items[i].ip, sizeof after);
		}
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status change(struct vm_session *session, char **operands, struct vm_error *err)
{
	struct vm_ip_map row;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = vm_session_domain(session, operands[1], row.domain, err);

	if (status != VM_OK)
		return status;
	if (!vm_text_copy(row.ip, sizeof row.ip, operands[0]))
		return vm_fail_field(err, VM_INVALID, "ip", "\"%s\" is not an IP address",
				     operands[0]);
	if (options.action == ACTION_DELETE) {
		status = vm_store_ip_map_remove(session->context.store, row.ip, err);
		return status == VM_NOT_FOUND ? vm_fail_field(err, status, "ip",
							      "no domain is mapped to %s", row.ip)
					      : status;
	}
	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(session->context.store, row.domain, &arena, &domain, err);
	vm_arena_release(&arena);
	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				     row.domain);
	return status == VM_OK ? vm_store_ip_map_put(session->context.store, &row, err) : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (options.action == ACTION_PRINT && count == 0)
		return print_all(session, err);
	if (options.action == ACTION_NONE || options.action == ACTION_PRINT || count != 2)
		return vm_fail(err, VM_INVALID, "give -p, or -a or -d with an ip and a domain");
	status = change(session, operands, err);
	if (status == VM_OK)
		vm_session_report(session, "ip", operands[0]);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vipmap", "[ip domain]", "Maps addresses of this host to domains.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 2,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
