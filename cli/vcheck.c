/* vcheck: finds, and mends, what an interruption or a hand edit left. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "operations/check_domain.h"

struct options {
	struct vm_common_options common;
	bool repair;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "repair", VM_OPTION_FLAG, offsetof(struct options, repair), NULL, "mend what is found",
	  0, 0, NULL },
};

enum { PAGE = 500, ARENA_MAX = 4 * 1024 * 1024, EXIT_LEFT = 1 };

static void print_finding(void *context, const struct vm_finding *finding)
{
	struct vm_session *const session = context;

	if (!finding->is_repaired)
		session->exit_code = EXIT_LEFT;
	if (!session->json) {
		vm_session_printf(session, "%s: %s%s\n", finding->subject, finding->text,
				  finding->is_repaired ? ": mended" : "");
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "kind", finding->kind);
	vm_json_member_string(&session->writer, "subject", finding->subject);
	vm_json_member_string(&session->writer, "message", finding->text);
	vm_json_member_bool(&session->writer, "repaired", finding->is_repaired);
	vm_session_end(session);
}

static enum vm_status check_all(struct vm_session *session, const struct vm_check *check,
				struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_list list = { .more = true };
	char after[VM_DOMAIN_MAX + 1] = "";
	enum vm_status status = VM_OK;

	vm_arena_init(&arena, ARENA_MAX);
	while (status == VM_OK && list.more) {
		vm_arena_clear(&arena);
		status = vm_store_domain_list(session->context.store,
					      (struct vm_page){ after, PAGE }, &arena, &list, err);
		for (size_t i = 0; status == VM_OK && i < list.count; i++) {
			const struct vm_domain_entry *const entry = &list.items[i];

			if (strcmp(entry->name, entry->real) == 0)
				status =
					vm_check_domain(&session->context, entry->name, check, err);
			memcpy(after, entry->name, strlen(entry->name) + 1);
		}
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	const struct vm_check check = { .repair = options.repair,
					.found = print_finding,
					.context = session };
	char domain[VM_DOMAIN_MAX + 1];
	enum vm_status status = VM_INTERNAL;

	if (count > 0) {
		status = vm_session_domain(session, operands[0], domain, err);
		return status == VM_OK ? vm_check_domain(&session->context, domain, &check, err)
				       : status;
	}
	status = vm_check_installation(&session->context, &check, err);
	return status == VM_OK ? check_all(session, &check, err) : status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vcheck", "[domain]",
			   "Finds and mends what an interruption or a hand edit left.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
