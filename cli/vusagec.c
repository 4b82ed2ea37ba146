/* vusagec: shows what accounts and domains store, in the words of the client of 5.6's usage daemon. */
#include <config.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "cli/each.h"
#include "core/maildir_size.h"
#include "operations/usage_count.h"
#include "util/file.h"
#include "util/text.h"

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

/* What a delivery would read: maildirsize, or a count. A home that is not made yet holds nothing. */
static enum vm_status read_maildir(const struct vm_account *account, struct vm_usage *out,
				   struct vm_error *err)
{
	char path[VM_PATH_MAX + 16];
	struct vm_quota quota = { 0 };
	int maildir = -1;
	enum vm_status status = VM_NOT_FOUND;

	*out = (struct vm_usage){ 0 };
	if (vm_quota_parse(account->quota, &quota, err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	if (account->home[0] != '\0' &&
	    vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_read(maildir, &quota, out, err);
	vm_file_discard(&maildir);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status ask_account(struct vm_session *session, const struct vm_domain *domain,
				  const char *user, struct vm_usage *out, struct vm_error *err)
{
	struct vm_store *const store = session->context.store;
	const struct vm_name name = { user, domain->name };
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_account_get(store, name, &arena, &account, err);
	if (status == VM_OK && vm_store_keeps_usage(store)) {
		status = vm_store_usage_get(store, domain, name, out, err);
		if (status == VM_NOT_FOUND)
			status = read_maildir(&account, out, err);
	} else if (status == VM_OK) {
		status = read_maildir(&account, out, err);
	}
	vm_arena_release(&arena);
	return status;
}

static enum vm_status ask_domain(struct vm_session *session, const struct vm_domain *domain,
				 struct vm_usage *out, struct vm_error *err)
{
	struct vm_usage_count count;
	enum vm_status status = vm_store_usage_get(session->context.store, domain,
						   (struct vm_name){ "", domain->name }, out, err);

	if (status != VM_NOT_FOUND)
		return status;
	status = vm_usage_count_domain(&session->context, domain, false, NULL, NULL, &count, err);
	*out = count.there;
	return status;
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
		status = run->user != NULL ? ask_account(session, domain, run->user, &usage, err)
					   : ask_domain(session, domain, &usage, err);
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
