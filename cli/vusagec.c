/* vusagec: shows what accounts and domains store, in the words of the client of 5.6's usage daemon. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>

#include "cli/each.h"
#include "operations/usage_read.h"

struct options {
	struct vm_common_options common;
};

static struct options options;

static const struct vm_option rows[] = { VM_COMMON_ROWS };

struct run {
	struct vm_session *session;
	const char *text; /* as asked for */
	const char *user; /* NULL: the domain */
};

/* usage NULL: no data. */
static void print(struct vm_session *session, const char *text, const struct vm_usage *usage)
{
	if (session->json) {
		vm_session_begin(session);
		vm_json_member_string(&session->writer, "name", text);
		vm_json_member_bool(&session->writer, "is_known", usage != NULL);
		vm_json_member_u64(&session->writer, "bytes", usage != NULL ? usage->bytes : 0);
		vm_json_member_u64(&session->writer, "messages",
				   usage != NULL ? usage->messages : 0);
		vm_session_end(session);
	} else if (usage == NULL) {
		vm_session_printf(session, "%s: No data available\n", text);
	} else {
		vm_session_printf(session, "%s: %" PRIu64 " byte(s) in %" PRIu64 " file(s)\n", text,
				  usage->bytes, usage->messages);
	}
}

static enum vm_status work(void *context, struct vm_session *session,
			   const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	const struct run *const run = context;
	struct vm_usage usage = { 0 };
	enum vm_status status = VM_OK;

	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status == VM_OK)
		status = run->user != NULL
				 ? vm_usage_read_account(&session->context, domain, run->user,
							 &usage, err)
				 : vm_usage_read_domain(&session->context, domain, &usage, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		print(session, run->text, status == VM_OK ? &usage : NULL);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* The name of an alias stands for its domain; who is unknown has no data, as in 5.6. */
static enum vm_status ask(struct vm_session *session, const char *text, struct vm_error *err)
{
	struct vm_address address = { .user = "" };
	struct run run = { session, text, NULL };
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = text[0] == '@'
					? vm_session_domain(session, text + 1, address.domain, err)
					: vm_session_address(session, text, &address, err);

	if (status != VM_OK)
		return status;
	if (text[0] != '@')
		run.user = address.user;
	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(session->context.store, address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_session_as_owner(session, &domain,
					     &(struct vm_owner_work){ work, &run }, err);
	else if (status == VM_NOT_FOUND)
		print(session, text, NULL);
	vm_arena_release(&arena);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	for (int i = 0; i < count && status == VM_OK; i++)
		status = ask(session, operands[i], err);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vusagec", "address|@domain ...",
			   "Shows what accounts and domains store.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 10000,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
