/* vdeldomain: removes a domain or an alias of one. */
#include <config.h>

#include <stddef.h>

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
static enum vm_status list_aliases(struct vm_session *session, const char *domain, bool *found,
				   struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_aliases(session->context.store, domain,
					 (struct vm_page){ "", PAGE }, &arena, &list, err);
	*found = status == VM_OK && list.count > 0;
	if (*found && !session->json) {
		vm_session_printf(session, "Warning: Alias domains %s:\n",
				  options.force ? "deleted" : "exist");
		for (size_t i = 0; i < list.count; i++)
			vm_session_printf(session, "   %s\n", list.items[i].name);
		if (!options.force)
			vm_session_printf(session, "   use -f to force delete of domain and all "
						   "aliases\n");
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain domain;
	bool has_aliases = false;
	enum vm_status status = vm_session_domain(session, operands[0], name, err);

	(void)count;
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	if (status == VM_OK && !domain.is_alias)
		status = list_aliases(session, name, &has_aliases, err);
	else if (status == VM_NOT_FOUND)
		status =
			VM_OK; /* an interrupted removal may be left to finish: the operation tells */
	vm_arena_release(&arena);
	if (status == VM_OK && has_aliases && !options.force)
		return vm_fail(err, VM_DENIED, "%s has alias domains", name);
	if (status == VM_OK)
		status = vm_domain_remove(&session->context, name, err);
	if (status == VM_OK)
		vm_session_report(session, "domain", name);
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
