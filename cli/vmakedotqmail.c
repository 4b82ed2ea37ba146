/* vmakedotqmail: puts control/defaultdelivery into the homes of accounts, or takes it away. */
#include <config.h>

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "cli/each.h"
#include "operations/account_home.h"
#include "operations/catch_all.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

struct options {
	struct vm_common_options common;
	bool all, overwrite, remove, dry_run;
	const char *user, *domain, *catch_all;
};

static struct options options;

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'a', "all", VM_OPTION_FLAG, offsetof(struct options, all), NULL,
	  "all accounts of all domains", 0, 0, NULL },
	{ 'A', NULL, VM_OPTION_FLAG, offsetof(struct options, all), NULL, "the same", 0, 0, NULL },
	{ 'u', "user", VM_OPTION_TEXT, offsetof(struct options, user), "ADDRESS", "one account", 0,
	  0, NULL },
	{ 'd', "domain", VM_OPTION_TEXT, offsetof(struct options, domain), "DOMAIN",
	  "all accounts of a domain", 0, 0, NULL },
	{ 'q', "qmail-default", VM_OPTION_TEXT, offsetof(struct options, catch_all), "default|LINE",
	  "write .qmail-default of the domains instead", 0, 0, NULL },
	{ 'o', "overwrite", VM_OPTION_FLAG, offsetof(struct options, overwrite), NULL,
	  "replace (-r: remove) what somebody else wrote", 0, 0, NULL },
	{ 'r', "remove", VM_OPTION_FLAG, offsetof(struct options, remove), NULL, "remove the files",
	  0, 0, NULL },
	{ 't', "dry-run", VM_OPTION_FLAG, offsetof(struct options, dry_run), NULL,
	  "only tell what would be done", 0, 0, NULL },
	{ 'h', NULL, VM_OPTION_HELP, 0, NULL, "print the options", 0, 0, NULL },
};

enum { TEXT_MAX = 256 * 1024 };

static const char file_name[] = ".qmail";

struct run {
	struct vm_session *session;
	struct vm_buf wanted;           /* the text of defaultdelivery */
	const struct vm_domain *domain; /* at work */
	const char *user;               /* NULL: every account */
};

static void print(struct run *run, const char *action, const char *folder, const char *name)
{
	char path[2 * VM_PATH_MAX];

	if (!vm_text_format(path, sizeof path, "%s/%s", folder, name))
		return;
	if (!run->session->json) {
		vm_session_printf(run->session, "%s%s %s\n", options.dry_run ? "would be " : "",
				  action, path);
		return;
	}
	vm_session_begin(run->session);
	vm_json_member_string(&run->session->writer, "file", path);
	vm_json_member_string(&run->session->writer, "action", action);
	vm_json_member_bool(&run->session->writer, "done", !options.dry_run);
	vm_session_end(run->session);
}

/* control/defaultdelivery; one that calls vdelivermail would call itself for ever. */
static enum vm_status read_wanted(struct run *run, struct vm_error *err)
{
	char path[2 * VM_PATH_MAX];
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(path, sizeof path, "%s/control/defaultdelivery",
			    run->session->context.config->qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail is too long");
	status = vm_file_read_all(AT_FDCWD, path, &run->wanted, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_UNSUPPORTED, "there is no %s to put into homes", path);
	if (status == VM_OK && strstr(run->wanted.bytes, "vdelivermail") != NULL)
		return vm_fail(err, VM_DENIED, "%s calls vdelivermail, which would read it again",
			       path);
	return status;
}

static bool is_same(const struct vm_buf *a, const struct vm_buf *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* What stands there and was not written by us is the user's. */
static enum vm_status change_file(struct run *run, int home, const char *path, struct vm_error *err)
{
	struct vm_buf there;
	const char *action = NULL;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&there, TEXT_MAX);
	status = vm_file_read_all(home, file_name, &there, err);
	if (status == VM_NOT_FOUND)
		action = options.remove ? NULL : "written";
	else if (status == VM_OK && options.remove)
		action = options.overwrite || is_same(&there, &run->wanted) ? "removed" : NULL;
	else if (status == VM_OK && !is_same(&there, &run->wanted))
		action = options.overwrite ? "replaced" : NULL;
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	if (status == VM_OK && action != NULL && !options.dry_run)
		status = options.remove
				 ? vm_file_remove(home, file_name, err)
				 : vm_file_replace_with(home, file_name, 0600, run->wanted.bytes,
							run->wanted.length, err);
	if (status == VM_OK && action != NULL)
		print(run, action, path, file_name);
	vm_buf_release(&there);
	return status;
}

/* A home is made for it: without the file the first message would be delivered otherwise. */
static enum vm_status open_home(struct run *run, struct vm_account *account, struct vm_arena *arena,
				int *out, struct vm_error *err)
{
	enum vm_status status = VM_NOT_FOUND;

	if (account->home[0] != '\0')
		status = vm_file_open_folder(AT_FDCWD, account->home, out, err);
	if (status != VM_NOT_FOUND || options.remove || options.dry_run)
		return status;
	status = vm_account_home_ensure(&run->session->context, run->domain, account, arena, err);
	return status == VM_OK ? vm_file_open_folder(AT_FDCWD, account->home, out, err) : status;
}

static enum vm_status take_account(void *context, const struct vm_account *there,
				   struct vm_error *err)
{
	struct run *const run = context;
	struct vm_account account = *there; /* it may get a home */
	struct vm_arena arena;
	int home = -1;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = open_home(run, &account, &arena, &home, err);
	if (status == VM_OK)
		status = change_file(run, home, account.home, err);
	else if (status == VM_NOT_FOUND && options.dry_run && !options.remove)
		print(run, "written", account.home[0] == '\0' ? account.user : account.home,
		      file_name);
	vm_file_discard(&home);
	vm_arena_release(&arena);
	if (status != VM_OK && status != VM_NOT_FOUND) {
		vm_name_domain(err, account.user);
		vm_session_tell_failure(run->session, status, err);
	}
	return VM_OK;
}

static enum vm_status write_line(const struct vm_domain *domain, struct vm_error *err)
{
	struct vm_buf text;
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);

	vm_buf_init(&text, TEXT_MAX);
	vm_buf_printf(&text, "%s\n", options.catch_all);
	if (status == VM_OK)
		status = vm_buf_check(&text, "the line", err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, ".qmail-default", 0600, text.bytes,
					      text.length, err);
	vm_buf_release(&text);
	vm_file_discard(&folder);
	return status;
}

static enum vm_status change_domain(struct run *run, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (!options.dry_run && strcmp(options.catch_all, "default") == 0)
		status = vm_catch_all_set(&run->session->context, run->domain, "delete", err);
	else if (!options.dry_run)
		status = write_line(run->domain, err);
	if (status == VM_OK)
		print(run, "replaced", run->domain->dir, ".qmail-default");
	return status;
}

static enum vm_status change_one(struct run *run, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account account;
	const struct vm_name name = { run->user, run->domain->name };
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, 65536);
	status = vm_store_account_get(run->session->context.store, name, &arena, &account, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "address", "there is no account %s@%s",
				       name.user, name.domain);
	if (status == VM_OK)
		status = take_account(run, &account, err);
	vm_arena_release(&arena);
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
	if (options.catch_all != NULL)
		return change_domain(run, err);
	if (run->user != NULL)
		return change_one(run, err);
	return vm_store_each_account(session->context.store, domain->name, take_account, run, err);
}

static enum vm_status take_domain(void *context, const char *name, struct vm_error *err)
{
	struct run *const run = context;

	return vm_session_in_domain(run->session, name, &(struct vm_owner_work){ work, run }, err);
}

static enum vm_status run_target(struct run *run, struct vm_error *err)
{
	char domain[VM_DOMAIN_MAX + 1];
	struct vm_address address;
	struct vm_arena arena;
	struct vm_domain real;
	enum vm_status status = VM_OK;

	if (options.all)
		return vm_session_each_domain(run->session, NULL, 0, take_domain, run, err);
	if (options.domain != NULL) {
		status = vm_session_domain(run->session, options.domain, domain, err);
		return status == VM_OK ? take_domain(run, domain, err) : status;
	}
	status = vm_session_address(run->session, options.user, &address, err);
	if (status != VM_OK)
		return status;
	run->user = address.user;
	vm_arena_init(&arena, 65536);
	status = vm_store_domain_get(run->session->context.store, address.domain, &arena, &real,
				     err);
	if (status == VM_NOT_FOUND)
		status = vm_fail_field(err, VM_NOT_FOUND, "domain", "there is no domain %s",
				       address.domain);
	if (status == VM_OK)
		status = take_domain(run, real.name, err);
	vm_arena_release(&arena);
	run->user = NULL; /* the name goes with this function */
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct run run = { .session = session };
	enum vm_status status = VM_OK;

	(void)operands;
	(void)count;
	if (options.all + (options.user != NULL) + (options.domain != NULL) != 1)
		return vm_fail(err, VM_INVALID, "give one of -a, -u and -d");
	if (options.catch_all != NULL &&
	    (options.user != NULL || options.remove || options.overwrite))
		return vm_fail(err, VM_INVALID, "-q goes with -a or -d alone");
	if (options.catch_all != NULL && vm_text_has_control(options.catch_all))
		return vm_fail_field(err, VM_INVALID, "catchall", "the line holds a control byte");
	vm_buf_init(&run.wanted, TEXT_MAX);
	if (options.catch_all == NULL)
		status = read_wanted(&run, err);
	if (status == VM_OK)
		status = run_target(&run, err);
	vm_buf_release(&run.wanted);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vmakedotqmail", "",
			   "Puts control/defaultdelivery into homes as .qmail.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 0,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
