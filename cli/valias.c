/* valias: shows and changes aliases. */
#include <config.h>

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "operations/alias_edit.h"
#include "util/file.h"

struct options {
	struct vm_common_options common;
	bool show, names, remove;
	const char *line;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 's', "show", VM_OPTION_FLAG, offsetof(struct options, show), NULL,
	  "show the lines (default)", 0, 0, NULL },
	{ 'n', "names", VM_OPTION_FLAG, offsetof(struct options, names), NULL,
	  "show only the names of a domain", 0, 0, NULL },
	{ 'd', "delete", VM_OPTION_FLAG, offsetof(struct options, remove), NULL,
	  "remove the alias with all its lines", 0, 0, NULL },
	{ 'i', "insert", VM_OPTION_TEXT, offsetof(struct options, line), "LINE", "add a line", 0, 0,
	  NULL },
};

enum { PAGE = 500, ARENA_MAX = 16 * 1024 * 1024, ALIAS_MAX = 255 };

static void print(struct vm_session *session, const struct vm_alias *alias)
{
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_string(&session->writer, "alias", alias->user);
		vm_json_member_string(&session->writer, "domain", alias->domain);
		if (!options.names)
			vm_json_member_string(&session->writer, "line", alias->line);
		vm_session_end(session);
	} else if (options.names) {
		vm_session_printf(session, "%s\n", alias->user);
	} else {
		vm_session_printf(session, "%s@%s -> %s\n", alias->user, alias->domain,
				  alias->line);
	}
}

static enum vm_status show_domain(struct vm_session *session, const char *domain,
				  struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_alias_list list = { .more = true };
	char after[ALIAS_MAX + 1] = "";
	bool found = false;
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_alias_list(session->context.store, domain,
					     (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const char *const user = list.items[i].user;

			if (!options.names || strcmp(user, after) != 0)
				print(session, &list.items[i]);
			if (strlen(user) <= ALIAS_MAX)
				memcpy(after, user, strlen(user) + 1);
			found = true;
		}
	}
	vm_arena_release(&arena);
	if (status == VM_OK && !found)
		return vm_fail(err, VM_NOT_FOUND, "No aliases found for domain %s", domain);
	return status;
}

static enum vm_status show_alias(struct vm_session *session, struct vm_name name,
				 struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_alias_list list;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_alias_get(session->context.store, name, &arena, &list, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_NOT_FOUND, "No aliases %s@%s found", name.user,
				 name.domain);
	for (size_t i = 0; status == VM_OK && i < list.count; i++)
		print(session, &list.items[i]);
	vm_arena_release(&arena);
	return status;
}

/* 5.4 says this, and this alone, on standard error. */
static enum vm_status complain_of_twin(struct vm_session *session, const struct vm_alias *alias)
{
	struct vm_buf text;
	struct vm_error ignored;

	vm_buf_init(&text, 4096);
	vm_buf_printf(&text, "Error: alias %s@%s -> %s already exists.\n", alias->user,
		      alias->domain, alias->line);
	(void)vm_file_write(STDERR_FILENO, "standard error", text.bytes, text.length, &ignored);
	vm_buf_release(&text);
	session->exit_code = VM_EXIT_USAGE;
	return VM_OK;
}

static enum vm_status change(struct vm_session *session, struct vm_name name, struct vm_error *err)
{
	const struct vm_alias alias = { name.user, name.domain, options.line };
	enum vm_status status = VM_INTERNAL;

	if (options.remove) {
		status = vm_alias_remove(&session->context, name, NULL, err);
		if (status == VM_NOT_FOUND) /* 5.4: nothing left is what was asked for */
			status = VM_OK;
	} else {
		status = vm_alias_add(&session->context, &alias, err);
		if (status == VM_EXISTS && !session->json)
			return complain_of_twin(session, &alias);
	}
	if (status == VM_OK)
		vm_session_report(session, "alias", name.user);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const bool is_domain = strchr(operands[0], '@') == NULL;
	const bool is_change = options.remove || options.line != NULL;
	struct vm_address address = { .user = "" };
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	(void)count;
	if (options.remove && options.line != NULL)
		return vm_fail(err, VM_INVALID, "give one of -i and -d");
	if (is_domain && is_change)
		return vm_fail_field(err, VM_INVALID, "address", "%s is not an address",
				     operands[0]);
	status = is_domain ? vm_session_domain(session, operands[0], address.domain, err)
			   : vm_session_address(session, operands[0], &address, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, address.domain, &arena, &domain, err);
	if (status == VM_OK && is_change)
		status = change(session, vm_address_name(&address), err);
	else if (status == VM_OK && is_domain)
		status = show_domain(session, domain.name, err);
	else if (status == VM_OK)
		status = show_alias(session, vm_address_name(&address), err);
	vm_arena_release(&arena);
	return status;
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "", -1, NULL, true },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "valias", "address|domain", "Shows and changes aliases.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = true,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
