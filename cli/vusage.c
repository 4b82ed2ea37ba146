/* vusage: shows what domains and accounts store, and counts it again. */
#include <config.h>

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "cli/owner_child.h"
#include "operations/usage_count.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	bool recount;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 0, "recount", VM_OPTION_FLAG, offsetof(struct options, recount), NULL,
	  "count the Maildirs, tell what the counters lack, and mend them", 0, 0, NULL },
};

enum { ARENA_MAX = 4 * 1024 * 1024 };

static void print_counter(struct vm_session *session, const char *name,
			  const struct vm_usage *usage)
{
	if (!session->json) {
		vm_session_printf(session, "%s: %" PRIu64 " bytes, %" PRIu64 " messages\n", name,
				  usage->bytes, usage->messages);
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "name", name);
	vm_json_member_u64(&session->writer, "bytes", usage->bytes);
	vm_json_member_u64(&session->writer, "messages", usage->messages);
	vm_session_end(session);
}

static void print_count(struct vm_session *session, const char *name,
			const struct vm_usage_count *count)
{
	if (!session->json) {
		vm_session_printf(session,
				  "%s: %" PRIu64 " bytes, %" PRIu64
				  " messages; the counter lacked %" PRId64 " bytes, %" PRId64
				  " messages%s\n",
				  name, count->there.bytes, count->there.messages,
				  vm_usage_drift_bytes(count), vm_usage_drift_messages(count),
				  count->was_counted ? "" : " (never counted)");
		return;
	}
	vm_session_begin(session);
	vm_json_member_string(&session->writer, "name", name);
	vm_json_member_u64(&session->writer, "bytes", count->there.bytes);
	vm_json_member_u64(&session->writer, "messages", count->there.messages);
	vm_json_member_i64(&session->writer, "drift_bytes", vm_usage_drift_bytes(count));
	vm_json_member_i64(&session->writer, "drift_messages", vm_usage_drift_messages(count));
	vm_json_member_bool(&session->writer, "was_counted", count->was_counted);
	vm_session_end(session);
}

static void note_drift(struct vm_session *session, const struct vm_usage_count *count)
{
	if (count->was_counted &&
	    (vm_usage_drift_bytes(count) != 0 || vm_usage_drift_messages(count) != 0))
		vm_session_raise_exit_code(session, VM_EXIT_NO);
}

struct hearer {
	struct vm_session *session;
	const char *domain;
};

static void hear_account(void *context, const char *user, const struct vm_usage_count *count)
{
	const struct hearer *const hearer = context;
	char name[VM_ADDRESS_MAX + 1];

	(void)vm_text_format(name, sizeof name, "%s@%s", user, hearer->domain); /* fits */
	print_count(hearer->session, name, count);
	note_drift(hearer->session, count);
}

static enum vm_status recount(void *context, struct vm_session *session,
			      const struct vm_domain *domain, bool is_child, struct vm_error *err)
{
	struct hearer hearer = { session, domain->name };
	struct vm_usage_count count;
	enum vm_status status = VM_OK;

	(void)context;
	if (is_child)
		status = vm_store_open(session->context.config, true, &session->context.store, err);
	if (status == VM_OK)
		status = vm_usage_count_domain(&session->context, domain, true, hear_account,
					       &hearer, &count, err);
	if (status != VM_OK)
		return status;
	print_count(session, domain->name, &count);
	note_drift(session, &count);
	return VM_OK;
}

static enum vm_status show(struct vm_session *session, const struct vm_domain *domain,
			   const char *user, const char *name, struct vm_error *err)
{
	struct vm_usage usage;
	const enum vm_status status = vm_store_usage_get(session->context.store, domain,
							 (struct vm_name){ user, domain->name },
							 &usage, err);

	if (status == VM_OK)
		print_counter(session, name, &usage);
	if (status == VM_NOT_FOUND && !session->json)
		vm_session_printf(session, "%s: never counted; vusage --recount begins\n", name);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status find_domain(struct vm_session *session, const char *name,
				  struct vm_arena *arena, struct vm_domain *out,
				  struct vm_error *err)
{
	const enum vm_status status =
		vm_store_domain_get(session->context.store, name, arena, out, err);

	if (status == VM_NOT_FOUND)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s", name);
	return status;
}

static enum vm_status run_domain(struct vm_session *session, const char *name, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = find_domain(session, name, &arena, &domain, err);
	if (status == VM_OK)
		status = options.recount
				 ? vm_session_as_owner(session, &domain,
						       &(struct vm_owner_work){ recount, NULL },
						       err)
				 : show(session, &domain, "", domain.name, err);
	vm_arena_release(&arena);
	return status;
}

static enum vm_status run_address(struct vm_session *session, const char *text,
				  struct vm_error *err)
{
	char name[VM_ADDRESS_MAX + 1];
	struct vm_arena arena;
	struct vm_address address;
	struct vm_domain domain;
	struct vm_account account;
	enum vm_status status = vm_session_address(session, text, &address, err);

	if (status != VM_OK)
		return status;
	if (options.recount)
		return vm_fail(err, VM_INVALID, "--recount counts whole domains");
	vm_arena_init(&arena, ARENA_MAX);
	status = find_domain(session, address.domain, &arena, &domain, err);
	if (status == VM_OK)
		status = vm_store_account_get(session->context.store,
					      (struct vm_name){ address.user, domain.name }, &arena,
					      &account, err);
	if (status == VM_NOT_FOUND && err->field[0] == '\0')
		status =
			vm_fail_field(err, VM_NOT_FOUND, "address", "there is no account %s", text);
	(void)vm_text_format(name, sizeof name, "%s@%s", address.user, address.domain); /* fits */
	if (status == VM_OK)
		status = show(session, &domain, address.user, name, err);
	vm_arena_release(&arena);
	return status;
}

/* One that cannot be counted does not keep the others. */
static enum vm_status run_name(void *context, const struct vm_domain_entry *entry,
			       struct vm_error *err)
{
	struct vm_session *const session = context;
	enum vm_status status = VM_OK;

	if (strcmp(entry->name, entry->real) == 0)
		status = run_domain(session, entry->name, err);
	if (status != VM_OK)
		vm_session_raise_exit_code(session, vm_session_complain(session, status, err));
	return VM_OK;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (count == 0)
		return vm_store_each_name(session->context.store, run_name, session, err);
	for (int i = 0; i < count && status == VM_OK; i++) {
		char domain[VM_DOMAIN_MAX + 1];

		if (strchr(operands[i], '@') != NULL)
			status = run_address(session, operands[i], err);
		else
			status = vm_session_domain(session, operands[i], domain, err);
		if (status == VM_OK && strchr(operands[i], '@') == NULL)
			status = run_domain(session, domain, err);
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vusage", "[domain | address]...",
			   "Shows what domains and accounts store, and counts it again.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1000,
		.writable = true,
		.is_new = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
