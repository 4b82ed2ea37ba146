/* vlist: manages ezmlm's mailing lists. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cli/each.h"
#include "operations/mailing_list.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
};

static struct options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

/* 5.4's own exit codes for wrong use. */
enum { EXIT_TOO_FEW = 101, EXIT_NO_COMMAND = 102, EXIT_NO_SUBCOMMAND = 103 };

enum command {
	COMMAND_COUNT,
	COMMAND_LIST,
	COMMAND_CREATE,
	COMMAND_DELETE,
	COMMAND_SHOW,
	COMMAND_SUBSCRIBER,
	COMMAND_MODERATOR,
	COMMAND_DIGEST,
	COMMAND_KILL,
	COMMANDS,
};

static const char *const commands[COMMANDS] = {
	[COMMAND_COUNT] = "count",         [COMMAND_LIST] = "list",
	[COMMAND_CREATE] = "create",       [COMMAND_DELETE] = "delete",
	[COMMAND_SHOW] = "show",           [COMMAND_SUBSCRIBER] = "subscriber",
	[COMMAND_MODERATOR] = "moderator", [COMMAND_DIGEST] = "digest",
	[COMMAND_KILL] = "kill",
};

enum action { ACTION_ADD, ACTION_COUNT, ACTION_DELETE, ACTION_LIST, ACTIONS };

static const char *const actions[ACTIONS] = {
	[ACTION_ADD] = "add",
	[ACTION_COUNT] = "count",
	[ACTION_DELETE] = "delete",
	[ACTION_LIST] = "list",
};

struct run {
	struct vm_session *session;
	const struct vm_domain *domain;
	enum command command;
	enum action action;
	const char *list, *address;
	uint64_t count;
	bool prints; /* names or addresses, not only their number */
};

/* The place of the only word that begins so, or `count`. */
static size_t find_word(const char *const *words, size_t count, const char *text)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
		if (vm_text_starts_with(words[i], text)) {
			if (found != count)
				return count;
			found = i;
		}
	}
	return found;
}

static enum vm_list_part part_of(enum command command)
{
	if (command == COMMAND_MODERATOR)
		return VM_LIST_MODERATORS;
	if (command == COMMAND_DIGEST)
		return VM_LIST_DIGEST;
	return command == COMMAND_KILL ? VM_LIST_DENIED : VM_LIST_SUBSCRIBERS;
}

static void print_count(struct run *run, const char *key)
{
	if (!run->session->json) {
		vm_session_printf(run->session, "%" PRIu64 "\n", run->count);
		return;
	}
	vm_session_begin(run->session);
	vm_json_member_u64(&run->session->writer, key, run->count);
	vm_session_end(run->session);
}

static enum vm_status hear_list(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;
	char address[VM_ADDRESS_MAX + 1];

	(void)err;
	run->count++;
	if (!run->prints ||
	    !vm_text_format(address, sizeof address, "%s@%s", name, run->domain->name))
		return VM_OK;
	if (run->session->json)
		vm_session_report(run->session, "list", address);
	else
		vm_session_printf(run->session, "%s\n", address);
	return VM_OK;
}

static void hear_address(void *context, const char *address)
{
	struct run *const run = context;

	run->count++;
	if (run->prints && run->session->json)
		vm_session_report(run->session, "address", address);
	else if (run->prints)
		vm_session_printf(run->session, "%s\n", address);
}

static enum vm_status count_part(struct run *run, enum vm_list_part part, struct vm_error *err)
{
	run->count = 0;
	run->prints = false;
	return vm_mailing_list_addresses(&run->session->context, run->domain, run->list, part,
					 hear_address, run, err);
}

static enum vm_status show(struct run *run, struct vm_error *err)
{
	static const char *const labels[] = { "subscribers", "moderators", "digest", "denied" };
	struct vm_json_writer *const writer = &run->session->writer;
	uint64_t counts[VM_LIST_DENIED + 1];
	enum vm_status status = VM_OK;

	for (int part = 0; part <= VM_LIST_DENIED && status == VM_OK; part++) {
		status = count_part(run, (enum vm_list_part)part, err);
		counts[part] = run->count;
	}
	if (status != VM_OK)
		return status;
	if (run->session->json) {
		vm_session_begin(run->session);
		vm_json_member_string(writer, "list", run->list);
		vm_json_member_string(writer, "domain", run->domain->name);
		for (int part = 0; part <= VM_LIST_DENIED; part++)
			vm_json_member_u64(writer, labels[part], counts[part]);
		vm_session_end(run->session);
		return VM_OK;
	}
	vm_session_printf(run->session, "list:        %s@%s\ndir:         %s/%s\n", run->list,
			  run->domain->name, run->domain->dir, run->list);
	for (int part = 0; part <= VM_LIST_DENIED; part++)
		vm_session_printf(run->session, "%s:%*s%" PRIu64 "\n", labels[part],
				  (int)(12 - strlen(labels[part])), "", counts[part]);
	return VM_OK;
}

static enum vm_status work_on_part(struct run *run, struct vm_error *err)
{
	const struct vm_context *const context = &run->session->context;
	const enum vm_list_part part = part_of(run->command);
	enum vm_status status = VM_INTERNAL;

	switch (run->action) {
	case ACTION_ADD:
		status = vm_mailing_list_add(context, run->domain, run->list, part, run->address,
					     err);
		break;
	case ACTION_DELETE:
		status = vm_mailing_list_drop(context, run->domain, run->list, part, run->address,
					      err);
		break;
	case ACTION_COUNT:
	case ACTION_LIST:
		run->prints = run->action == ACTION_LIST;
		status = vm_mailing_list_addresses(context, run->domain, run->list, part,
						   hear_address, run, err);
		if (status == VM_OK && run->action == ACTION_COUNT)
			print_count(run, "count");
		return status;
	case ACTIONS:
		break;
	}
	if (status == VM_OK)
		vm_session_report(run->session, "address", run->address);
	return status;
}

static enum vm_status work_on_domain(struct run *run, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	run->prints = run->command == COMMAND_LIST;
	status = vm_mailing_list_each(run->domain, hear_list, run, err);
	if (status == VM_OK && run->command == COMMAND_COUNT)
		print_count(run, "count");
	return status;
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	struct run *const run = context;
	enum vm_status status = VM_OK;

	run->domain = domain;
	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status != VM_OK)
		return status;
	if (run->list == NULL)
		return work_on_domain(run, err);
	if (run->command == COMMAND_SHOW)
		return show(run, err);
	if (run->command == COMMAND_CREATE)
		status = vm_mailing_list_create(&session->context, domain, run->list, err);
	else if (run->command == COMMAND_DELETE)
		status = vm_mailing_list_remove(domain, run->list, err);
	else
		return work_on_part(run, err);
	if (status == VM_OK)
		vm_session_report(session, "list", run->list);
	return status;
}

/* "vlist: TEXT" and 5.4's code. */
static enum vm_status misused(struct vm_session *session, int code, const char *text)
{
	const struct vm_error err = { .status = VM_INVALID };
	struct vm_error why = err;

	(void)vm_fail(&why, VM_INVALID, "%s", text);
	(void)vm_session_complain(session, VM_INVALID, &why);
	session->exit_code = code;
	return VM_OK;
}

/* Is an address needed, and is it one that cannot be taken for an option or a path? */
static bool is_address(const char *text)
{
	return text[0] != '-' && strchr(text, '@') != NULL && !vm_text_has_control(text);
}

static enum vm_status run_command(struct run *run, const char *name, struct vm_error *err)
{
	struct vm_address address = { .user = "" };
	const bool is_domain = run->command == COMMAND_COUNT || run->command == COMMAND_LIST;
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = is_domain
					? vm_session_domain(run->session, name, address.domain, err)
					: vm_session_address(run->session, name, &address, err);

	if (status != VM_OK)
		return status;
	run->list = is_domain ? NULL : address.user;
	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(run->session->context.store, address.domain, &arena, &domain,
				     err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				       address.domain);
	if (status == VM_OK)
		status = vm_session_in_domain(run->session, domain.name,
					      &(struct vm_owner_work){ work, run }, err);
	vm_arena_release(&arena);
	run->list = NULL; /* it ends here */
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session };
	size_t command = COMMANDS, action = ACTIONS;

	if (count < 2)
		return misused(session, EXIT_TOO_FEW, "give a command and a list or a domain");
	command = find_word(commands, COMMANDS, operands[0]);
	if (command == COMMANDS)
		return misused(session, EXIT_NO_COMMAND, "there is no such command");
	run.command = (enum command)command;
	if (command >= COMMAND_SUBSCRIBER) {
		if (count < 3)
			return misused(session, EXIT_TOO_FEW, "give add, count, delete or list");
		action = find_word(actions, ACTIONS, operands[2]);
		if (action == ACTIONS)
			return misused(session, EXIT_NO_SUBCOMMAND, "there is no such subcommand");
		run.action = (enum action)action;
		run.address = count > 3 ? operands[3] : NULL;
		if ((action == ACTION_ADD || action == ACTION_DELETE) && run.address == NULL)
			return misused(session, EXIT_TOO_FEW, "give an address");
	}
	if (run.address != NULL && !is_address(run.address))
		return vm_fail_field(err, VM_INVALID, "address", "%.100s is not an address",
				     run.address);
	return run_command(&run, operands[1], err);
}

int main(int argc, char **argv)
{
	const struct vm_command command_row = {
		.table = { "vlist", "command list|domain [subcommand [address]]",
			   "Manages mailing lists: count list create delete show, "
			   "subscriber moderator digest kill add|count|delete|list.",
			   rows, sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 4,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command_row, argc, argv);
}
