/* Finds out where mail for an address goes. */
#include <config.h>

#include "operations/recipient_resolve.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "operations/account_access.h"
#include "operations/account_home.h"
#include "operations/catch_all.h"
#include "operations/domain_text.h"
#include "operations/recipient_internal.h"
#include "util/file.h"
#include "util/text.h"

enum { CHECK_ARENA = 32 * 1024 * 1024, NOTE_MAX = 1400 };

enum vm_status vm_result_end(struct vm_delivery_result *result, enum vm_status status,
			     const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->text, sizeof result->text, format, arguments);
	va_end(arguments);
	result->status = status;
	result->code = code;
	return status;
}

enum vm_status vm_result_fail(struct vm_delivery_result *result, enum vm_status status,
			      const struct vm_error *err)
{
	return vm_result_end(result, vm_status_is_definite(status) ? VM_TEMPFAIL : status, "4.3.0",
			     "%s", err->text);
}

void vm_resolve_note(struct vm_resolve *resolve, bool decides, const char *rule, const char *format,
		     ...)
{
	char address[VM_ADDRESS_MAX + 1], text[NOTE_MAX];
	const struct vm_resolve_step step = { resolve->depth, rule, decides, address, text };
	va_list arguments;

	if (resolve->step == NULL)
		return;
	(void)snprintf(address, sizeof address, "%s@%s", resolve->recipient.user,
		       resolve->recipient.domain);
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	resolve->step(resolve, &step);
}

bool vm_resolve_is_foreign(const struct vm_domain *domain)
{
	const uid_t own = geteuid();

	return own != 0 && own != domain->uid;
}

static bool has_home(const struct vm_account *account)
{
	struct stat info;
	struct vm_error ignored; /* what cannot be looked at is there */

	return account->home[0] != '\0' &&
	       vm_file_stat(AT_FDCWD, account->home, &info, &ignored) != VM_NOT_FOUND;
}

/* A delivery makes a home that is missing; who only looks says so. */
static enum vm_status prepare_home(struct vm_resolve *resolve, struct vm_account *account)
{
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (resolve->mode == VM_RESOLVE_DELIVER)
		status = vm_account_home_ensure(resolve->context, &resolve->domain, account,
						resolve->arena, &err);
	else if (!has_home(account))
		vm_resolve_note(resolve, true, "home", "is made by the first delivery");
	return status == VM_OK ? VM_OK : vm_result_fail(resolve->result, VM_TEMPFAIL, &err);
}

static enum vm_status check_access(struct vm_resolve *resolve, const struct vm_account *account)
{
	struct vm_access access;
	struct vm_error err;
	const enum vm_status status =
		vm_account_access(resolve->context, account, VM_SERVICE_MAIL, &access, &err);

	if (status != VM_OK)
		return vm_result_fail(resolve->result, status, &err);
	if (access.is_allowed)
		return VM_OK;
	vm_resolve_note(resolve, true, "access", "its flag bounce_mail refuses mail");
	return vm_result_end(resolve->result, VM_DENIED, "5.2.1",
			     "vdelivermail: account is locked email bounced %s@%s", account->user,
			     resolve->domain.name);
}

static enum vm_status to_own_maildir(struct vm_resolve *resolve, const struct vm_account *account)
{
	const enum vm_status status =
		vm_resolve_explain_filters(resolve, account, VM_FILTER_MAILBOX);

	if (status != VM_OK)
		return status;
	vm_resolve_note(resolve, true, "mailbox", "%s/Maildir, quota %s", account->home,
			account->quota[0] == '\0' ? "NOQUOTA" : account->quota);
	vm_resolve_explain_vacation(resolve, account);
	return resolve->mode == VM_RESOLVE_DELIVER ? resolve->actions->account(resolve, account)
						   : vm_resolve_explain_room(resolve, account);
}

static enum vm_status to_account(struct vm_resolve *resolve, struct vm_account *account,
				 const char *extension)
{
	bool handled = false;
	enum vm_status status = VM_INTERNAL;

	vm_resolve_note(resolve, true, "account", "%s@%s, home %s", account->user,
			resolve->domain.name,
			account->home[0] == '\0' ? "not made yet" : account->home);
	status = check_access(resolve, account);
	if (status != VM_OK || resolve->mode == VM_RESOLVE_ACCEPT)
		return status;
	status = prepare_home(resolve, account);
	if (status == VM_OK && account->home[0] != '\0')
		status = vm_resolve_home_files(resolve, account, extension, &handled);
	if (status == VM_OK && !handled)
		status = vm_resolve_default_delivery(resolve, account, &handled);
	return status == VM_OK && !handled ? to_own_maildir(resolve, account) : status;
}

/* A removed account has no home. A replica may not have heard of it, and a new home would take mail that nobody reads. */
static enum vm_status find_account(struct vm_resolve *resolve, const char *user,
				   struct vm_account *account, struct vm_error *err)
{
	struct vm_store *const store = resolve->context->store;
	const struct vm_name name = { user, resolve->domain.name };
	enum vm_status status = vm_store_account_get(store, name, resolve->arena, account, err);

	if (status != VM_OK || has_home(account) || !vm_store_read_fresh(store, true))
		return status;
	status = vm_store_account_get(store, name, resolve->arena, account, err);
	(void)vm_store_read_fresh(store, false); /* known: there are copies */
	return status;
}

/* The account of that name. VM_NOT_FOUND without a result. */
static enum vm_status try_account(struct vm_resolve *resolve, const char *user,
				  const char *extension)
{
	struct vm_account account;
	struct vm_error err;
	const enum vm_status status = find_account(resolve, user, &account, &err);

	if (status == VM_OK)
		return to_account(resolve, &account, extension);
	if (status != VM_NOT_FOUND)
		return vm_result_fail(resolve->result, status, &err);
	vm_resolve_note(resolve, false, "account", "no account %s", user);
	return status;
}

static enum vm_status run_alias(struct vm_resolve *resolve, const struct vm_alias_list *list)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < list->count && !resolve->result->stop; i++) {
		struct vm_dot_qmail lines;
		struct vm_error err;

		status = vm_dot_qmail_parse(list->items[i].line, strlen(list->items[i].line),
					    resolve->arena, &lines, &err);
		if (status != VM_OK)
			return vm_result_fail(resolve->result, VM_TEMPFAIL, &err);
		if (lines.count > 0)
			status = vm_resolve_line(resolve, &lines.lines[0], NULL,
						 resolve->domain.dir);
	}
	resolve->result->stop = false;
	return status;
}

static enum vm_status try_alias_name(struct vm_resolve *resolve, const char *name)
{
	struct vm_alias_list list;
	struct vm_error err;
	const enum vm_status status =
		vm_store_alias_get(resolve->context->store,
				   (struct vm_name){ name, resolve->domain.name }, resolve->arena,
				   &list, &err);

	if (status == VM_OK) {
		vm_resolve_note(resolve, true, "alias", "%s has %zu line(s)", name, list.count);
		return run_alias(resolve, &list);
	}
	if (status != VM_NOT_FOUND)
		return vm_result_fail(resolve->result, status, &err);
	vm_resolve_note(resolve, false, "alias", "no alias %s", name);
	return status;
}

/* Nothing of that name so far, and nothing was decided on the way (an alias may lead to an unknown account). */
static bool is_open(const struct vm_resolve *resolve, enum vm_status status)
{
	return status == VM_NOT_FOUND && resolve->result->code == NULL;
}

/* In rows: the alias itself, else "PREFIX-default" at each dash from the right. VM_NOT_FOUND without a result. */
static enum vm_status try_rows(struct vm_resolve *resolve, const char *user)
{
	char name[VM_USER_MAX + 16];
	enum vm_status status = try_alias_name(resolve, user);

	for (size_t end = strlen(user); is_open(resolve, status) && end > 0; end--) {
		if (user[end - 1] != '-' ||
		    !vm_text_format(name, sizeof name, "%.*sdefault", (int)end, user))
			continue;
		resolve->wildcard = user + end;
		status = try_alias_name(resolve, name);
	}
	resolve->wildcard = NULL;
	return status;
}

/* Files of the domain first, as with qmail-local, whatever keeps the accounts; then rows, where the store keeps them. */
static enum vm_status try_aliases(struct vm_resolve *resolve, const char *user)
{
	bool handled = false;
	const enum vm_status status = vm_resolve_domain_files(resolve, &handled);

	if (status != VM_OK || handled)
		return status;
	return vm_store_keeps(resolve->context->store, VM_STORE_ALIASES) ? try_rows(resolve, user)
									 : VM_NOT_FOUND;
}

static enum vm_status refuse_unknown(struct vm_resolve *resolve)
{
	return vm_result_end(resolve->result, VM_NOT_FOUND, "5.1.1", "%s",
			     vm_domain_text(resolve->context->config, &resolve->domain,
					    resolve->arena, ".no-user.msg",
					    "Sorry, no mailbox here by that name. (#5.1.1)"));
}

/* A path names a home or its Maildir. */
static enum vm_status to_path(struct vm_resolve *resolve, const char *action)
{
	struct vm_account account = { .user = resolve->recipient.user,
				      .domain = resolve->domain.name,
				      .hash = "",
				      .kind = VM_ACCOUNT_POP,
				      .comment = "",
				      .quota = "",
				      .clear = "" };
	char path[VM_CATCH_ALL_MAX + 16];
	size_t length = 0;
	bool handled = false;
	const struct vm_dot_qmail_line line = { VM_DOT_QMAIL_MAILDIR, path };
	enum vm_status status = VM_OK;

	(void)vm_text_copy(path, sizeof path, action); /* an action is never longer */
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	if (vm_text_ends_with(path, "/Maildir"))
		path[length - strlen("/Maildir")] = '\0';
	account.home = path;
	if (resolve->mode == VM_RESOLVE_ACCEPT)
		return VM_OK;
	status = vm_resolve_home_files(resolve, &account, "", &handled);
	if (status != VM_OK || handled)
		return status;
	length = strlen(path);
	(void)vm_text_copy(path + length, sizeof path - length, "/Maildir/"); /* there is room */
	return vm_resolve_line(resolve, &line, NULL, "");
}

static enum vm_status get_action(struct vm_resolve *resolve, char action[VM_CATCH_ALL_MAX + 1])
{
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (resolve->fallback != NULL)
		return vm_text_copy(action, VM_CATCH_ALL_MAX + 1, resolve->fallback)
			       ? VM_OK
			       : vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.5",
					       "the last word of .qmail-default is too long");
	status = vm_catch_all_get(&resolve->domain, action, &err);
	if (status == VM_NOT_FOUND)
		return vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.5", "%s", err.text);
	return status == VM_OK ? VM_OK : vm_result_fail(resolve->result, status, &err);
}

/* What the last word of .qmail-default says about recipients that nobody knows. */
static enum vm_status to_catch_all(struct vm_resolve *resolve)
{
	char action[VM_CATCH_ALL_MAX + 1];
	struct vm_dot_qmail lines;
	struct vm_error err;
	enum vm_status status = get_action(resolve, action);

	if (status != VM_OK)
		return status;
	vm_resolve_note(resolve, true, "catch-all", "%s", action);
	if (strcmp(action, "bounce-no-mailbox") == 0)
		return refuse_unknown(resolve);
	if (strcmp(action, "delete") == 0)
		return VM_OK;
	if (action[0] == '/')
		return to_path(resolve, action);
	status = vm_dot_qmail_parse(action, strlen(action), resolve->arena, &lines, &err);
	if (status != VM_OK || lines.count == 0)
		return vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.5",
				     ".qmail-default of %s is damaged", resolve->domain.name);
	return vm_resolve_line(resolve, &lines.lines[0], NULL, resolve->domain.dir);
}

static enum vm_status resolve_local(struct vm_resolve *resolve)
{
	const char *const user = resolve->recipient.user;
	const char *const dash = strchr(user, '-');
	char base[VM_USER_MAX + 1];
	enum vm_status status = try_aliases(resolve, user);

	if (is_open(resolve, status))
		status = try_account(resolve, user, "");
	if (is_open(resolve, status) && resolve->context->config->qmail_ext && dash != NULL &&
	    dash > user && vm_text_format(base, sizeof base, "%.*s", (int)(dash - user), user)) {
		vm_resolve_note(resolve, false, "extension", "%s with the extension %s is next",
				base, dash + 1);
		status = try_account(resolve, base, dash + 1);
	}
	return is_open(resolve, status) ? to_catch_all(resolve) : status;
}

/* "mail is looping: a@x -> b@y -> a@x"; a long way is told as far as there is room. */
static enum vm_status refuse_loop(struct vm_resolve *resolve, unsigned int first)
{
	char way[VM_RESOLVE_TEXT_MAX] = "";
	size_t length = 0;

	for (unsigned int i = first; i < resolve->depth && length < sizeof way - 1; i++) {
		(void)snprintf(way + length, sizeof way - length, "%s@%s -> ",
			       resolve->chain[i].user, resolve->chain[i].domain);
		length = strlen(way);
	}
	vm_resolve_note(resolve, true, "loop", "%s%s@%s", way, resolve->recipient.user,
			resolve->recipient.domain);
	return vm_result_end(resolve->result, VM_DENIED, "5.4.6", "mail is looping: %s%s@%s", way,
			     resolve->recipient.user, resolve->recipient.domain);
}

/* The way here, and how much was done. */
static enum vm_status check_loop(struct vm_resolve *resolve)
{
	const struct vm_address *const own = &resolve->recipient;

	for (unsigned int i = 0; i < resolve->depth; i++)
		if (strcmp(resolve->chain[i].user, own->user) == 0 &&
		    strcmp(resolve->chain[i].domain, own->domain) == 0)
			return refuse_loop(resolve, i);
	if (resolve->depth >= VM_RESOLVE_DEPTH)
		return vm_result_end(resolve->result, VM_DENIED, "5.4.6",
				     "mail is looping: more than %d addresses lead to %s@%s",
				     VM_RESOLVE_DEPTH, own->user, own->domain);
	if (++resolve->turns > VM_RESOLVE_TURNS)
		return vm_result_end(resolve->result, VM_DENIED, "5.4.6",
				     "more than %d addresses of ours", VM_RESOLVE_TURNS);
	resolve->chain[resolve->depth] = *own;
	return resolve->mode == VM_RESOLVE_DELIVER ? resolve->actions->enter(resolve) : VM_OK;
}

/* Only its owner may; who called us may know a way to him. */
static enum vm_status refuse_foreign(struct vm_resolve *resolve)
{
	struct vm_delivery_result *const result = resolve->result;

	result->is_foreign =
		resolve->depth == 0 &&
		vm_text_copy(result->domain, sizeof result->domain, resolve->domain.name);
	return vm_result_end(result, VM_TEMPFAIL, "4.3.0",
			     "%s belongs to another user of this host", resolve->domain.name);
}

static enum vm_status find_domain(struct vm_resolve *resolve)
{
	struct vm_address *const own = &resolve->recipient;
	struct vm_error err;
	const enum vm_status status = vm_store_domain_get(resolve->context->store, own->domain,
							  resolve->arena, &resolve->domain, &err);

	if (status == VM_NOT_FOUND)
		vm_resolve_note(resolve, false, "domain", "%s is not served here", own->domain);
	if (status == VM_NOT_FOUND)
		return vm_result_end(resolve->result, VM_NOT_FOUND, "5.1.2",
				     "%s is not served here", own->domain);
	if (status != VM_OK)
		return vm_result_fail(resolve->result, status, &err);
	vm_resolve_note(resolve, true, "domain", "%s%s%s in %s", resolve->domain.name,
			resolve->domain.is_alias ? ", of which it is an alias," : "",
			resolve->domain.is_alias ? "" : ",", resolve->domain.dir);
	if (vm_resolve_is_foreign(&resolve->domain))
		return refuse_foreign(resolve);
	if (!vm_text_copy(own->domain, sizeof own->domain, resolve->domain.name))
		return vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.0",
				     "the domain is too long");
	return VM_OK;
}

enum vm_status vm_resolve_address(struct vm_resolve *resolve, const struct vm_address *recipient)
{
	enum vm_status status = VM_INTERNAL;

	resolve->recipient = *recipient;
	status = find_domain(resolve);
	if (status == VM_OK)
		status = check_loop(resolve);
	return status == VM_OK ? resolve_local(resolve) : status;
}

static enum vm_status begin(struct vm_resolve *resolve, const struct vm_address *recipient)
{
	*resolve->result = (struct vm_delivery_result){ .status = VM_INTERNAL };
	resolve->forward_count = 0;
	resolve->depth = 0;
	resolve->turns = 0;
	return vm_resolve_address(resolve, recipient);
}

/*
 * A replica may not have seen a raised quota, or where an alias leads now: a "no" by what it said is asked for once more
 * where changes are made, unless something was stored or run already.
 */
void vm_resolve_recipient(struct vm_resolve *resolve, const struct vm_address *recipient)
{
	struct vm_store *const store = resolve->context->store;
	struct vm_delivery_result *const result = resolve->result;
	enum vm_status status = begin(resolve, recipient);

	if (status != VM_OK && vm_status_is_definite(status) && resolve->copies == 0 &&
	    vm_store_read_fresh(store, true)) {
		resolve->depth = 0;
		vm_resolve_note(resolve, true, "again", "asked where changes are made");
		status = begin(resolve, recipient);
		(void)vm_store_read_fresh(store, false); /* known: there are copies */
	}
	result->status = status;
	if (status == VM_OK)
		result->code = "2.1.5";
	else if (result->code == NULL)
		result->code = "4.3.0";
}

void vm_recipient_check(const struct vm_context *context, const struct vm_address *recipient,
			const char *fallback, struct vm_delivery_result *result)
{
	struct vm_arena arena;
	struct vm_resolve resolve = { .context = context,
				      .mode = VM_RESOLVE_ACCEPT,
				      .arena = &arena,
				      .result = result,
				      .fallback = fallback };

	vm_arena_init(&arena, CHECK_ARENA);
	vm_resolve_recipient(&resolve, recipient);
	vm_arena_release(&arena);
}
