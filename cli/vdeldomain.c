/* vdeldomain: removes a domain or an alias of one. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "operations/domain_remove.h"

struct options {
	struct vm_common_options common;
	bool force;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'f', "force", VM_OPTION_FLAG, offsetof(struct options, force), NULL,
	  "remove the aliases too", 0, 0, NULL },
};

enum { PAGE = 1000, ARENA_MAX = 16 * 1024 * 1024 };

/* 5.4's warning with the names; *found says whether there were any. */
/* Prints the aliases with `heading` before the first; *found: there is one. */
static enum vm_status list_aliases(struct vm_session *session, const char *domain,
				   const char *heading, bool *found, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	*found = false;
	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_aliases(session->context.store, domain,
						 (struct vm_page){ after, PAGE }, &arena, &list,
						 err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			if (!*found && !session->json)
				vm_session_printf(session, "Warning: Alias domains %s:\n", heading);
			*found = true;
			if (!session->json)
				vm_session_printf(session, "   %s\n", list.items[i].name);
			memcpy(after, list.items[i].name, strlen(list.items[i].name) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

/* What is deleted is said only when it is: until then it waits in the session's output. */
static enum vm_status check_aliases(struct vm_session *session, const char *name, bool *is_refused,
				    struct vm_error *err)
{
	bool found = false;
	const enum vm_status status =
		list_aliases(session, name, options.force ? "deleted" : "exist", &found, err);

	if (status != VM_OK || !found || options.force)
		return status;
	*is_refused = true;
	if (session->json)
		return vm_fail(err, VM_DENIED, "%s has alias domains", name);
	vm_session_printf(session, "   use -f to force delete of domain and all aliases\n");
	session->exit_code = VM_EXIT_USAGE;
	return VM_OK;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain domain;
	bool is_refused = false;
	enum vm_status status = vm_session_domain(session, operands[0], name, err);

	(void)count;
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_OK && !domain.is_alias)
		status = check_aliases(session, name, &is_refused, err);
	else if (status == VM_NOT_FOUND)
		status = VM_OK; /* an interrupted removal may be left to finish */
	vm_arena_release(&arena);
	if (status != VM_OK || is_refused)
		return status;
	status = vm_domain_remove(&session->context, name, err);
	if (status == VM_OK)
		vm_session_report(session, "domain", name);
	else
		vm_buf_clear(&session->out); /* nothing of what was announced is sure */
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vdeldomain", "domain", "Removes a domain or an alias of one.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
