/* vaddaliasdomain: makes one domain an alias of another. */
#include <config.h>

#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "operations/domain_create.h"

static struct vm_common_options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

static enum vm_status exists(struct vm_session *session, const char *name, bool *out,
			     struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(session->context.store, name, &arena, &domain, err);
	vm_arena_release(&arena);
	*out = status == VM_OK;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char names[2][VM_DOMAIN_MAX + 1] = { "", "" };
	bool is_there[2] = { false, false };
	enum vm_status status = VM_OK;

	for (int i = 0; status == VM_OK && i < count; i++) {
		status = vm_session_domain(session, operands[i], names[i], err);
		if (status == VM_OK)
			status = exists(session, names[i], &is_there[i], err);
	}
	if (status != VM_OK)
		return status;
	if (strcmp(names[0], names[1]) == 0)
		return vm_fail(err, VM_INVALID, "both names are %s", names[0]);
	if (is_there[0] && is_there[1])
		return vm_fail(err, VM_EXISTS, "both %s and %s exist; one must be new", names[0],
			       names[1]);
	if (!is_there[0] && !is_there[1])
		return vm_fail(err, VM_NOT_FOUND, "neither %s nor %s exists", names[0], names[1]);
	status = vm_domain_add_alias(&session->context, is_there[0] ? names[1] : names[0],
				     is_there[0] ? names[0] : names[1], err);
	if (status == VM_OK)
		vm_session_report(session, "domain", is_there[0] ? names[1] : names[0]);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vaddaliasdomain", "domain domain",
			   "Makes the one that is new an alias of the one that exists.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 2,
		.maximum = 2,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
