/* Decides what happens to a message for one recipient, and does it. */
#include <config.h>

#include "delivery/engine.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "delivery/delivery_internal.h"
#include "operations/account_home.h"
#include "operations/catch_all.h"
#include "util/file.h"
#include "util/text.h"

enum { TEXT_FILE_MAX = 4096 };

static enum vm_status deliver_address(struct vm_run *run, const struct vm_address *recipient);

enum vm_status vm_run_end(struct vm_run *run, enum vm_status status, const char *code,
			  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->result->text, sizeof run->result->text, format, arguments);
	va_end(arguments);
	run->result->status = status;
	run->result->code = code;
	return status;
}

enum vm_status vm_run_fail(struct vm_run *run, enum vm_status status, const struct vm_error *err)
{
	return vm_run_end(run, vm_status_is_definite(status) ? VM_TEMPFAIL : status, "4.3.0", "%s",
			  err->text);
}

static const char *read_text(struct vm_run *run, const char *folder, const char *name)
{
	char path[VM_PATH_MAX * 2];
	struct vm_buf text;
	struct vm_error ignored; /* a text that cannot be read is no reason to lose the answer */
	const char *copy = NULL;

	vm_buf_init(&text, TEXT_FILE_MAX);
	if (vm_text_format(path, sizeof path, "%s/%s", folder, name) &&
	    vm_file_read_all(AT_FDCWD, path, &text, &ignored) == VM_OK)
		copy = vm_arena_strdup(&run->arena, text.bytes);
	vm_buf_release(&text);
	return copy;
}

const char *vm_run_text(struct vm_run *run, const char *name, const char *fallback)
{
	const struct vm_config *const config = run->context->config;
	char domains[VM_PATH_MAX * 2];
	const char *text = read_text(run, run->domain.dir, name);

	if (text == NULL &&
	    vm_text_format(domains, sizeof domains, "%s/%s", config->home, config->domains_dir))
		text = read_text(run, domains, name);
	return text == NULL ? fallback : text;
}

/* Root may write everywhere, and gives the files away. */
static bool is_foreign(const struct vm_domain *domain)
{
	const uid_t own = geteuid();

	return own != 0 && own != domain->uid;
}

/* Is the address one that we may deliver to? Then that is done here and now, else it is forwarded. */
static enum vm_status take_forward(struct vm_run *run, const char *text)
{
	const struct vm_address_policy policy =
		vm_config_address_policy(run->context->config, run->domain.name);
	struct vm_address address;
	struct vm_domain domain;
	struct vm_error err;
	enum vm_status status = VM_NOT_FOUND;

	if (text[0] == '\0')
		return VM_OK;
	/* What is no address by our rules may be one elsewhere: qmail-queue's to send. */
	if (vm_address_parse(text, &policy, &address, &err) == VM_OK)
		status = vm_store_domain_get(run->context->store, address.domain, &run->arena,
					     &domain, &err);
	if (status == VM_OK && !is_foreign(&domain)) {
		const struct vm_address recipient = run->recipient;
		const struct vm_domain own = run->domain;

		status = deliver_address(run, &address);
		run->recipient = recipient;
		run->domain = own;
		return status;
	}
	if (status != VM_OK && status != VM_NOT_FOUND)
		return vm_run_fail(run, status, &err);
	if (run->forward_count == VM_FORWARDS_MAX)
		return vm_run_end(run, VM_DENIED, "5.4.6", "more than %d forwards",
				  VM_FORWARDS_MAX);
	run->forwards[run->forward_count] = vm_arena_strdup(&run->arena, text);
	if (run->forwards[run->forward_count] == NULL)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "out of memory");
	run->forward_count++;
	return VM_OK;
}

/* One line; `account` is NULL for lines of a domain. */
static enum vm_status run_line(struct vm_run *run, const struct vm_dot_qmail_line *line,
			       const struct vm_account *account, const char *home)
{
	switch (line->kind) {
	case VM_DOT_QMAIL_COMMENT:
		return VM_OK;
	case VM_DOT_QMAIL_PROGRAM:
		return vm_run_program(run, home, line->text);
	case VM_DOT_QMAIL_MAILDIR:
		return vm_run_to_maildir(run, account, home, line->text);
	case VM_DOT_QMAIL_MBOX:
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5", "can't handle mbox delivery for %s",
				  line->text);
	case VM_DOT_QMAIL_FORWARD:
		return take_forward(run, line->text);
	}
	return vm_run_end(run, VM_INTERNAL, "4.3.0", "a line without a kind");
}

static enum vm_status run_lines(struct vm_run *run, const struct vm_dot_qmail *lines,
				const struct vm_account *account, const char *home)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < lines->count && !run->result->stop; i++)
		status = run_line(run, &lines->lines[i], account, home);
	run->result->stop = false;
	return status;
}

/* *handled: there was a file with at least one line. A file that cannot be read is "later", never "none". */
static enum vm_status try_dot_qmail(struct vm_run *run, const char *path,
				    const struct vm_account *account, bool *handled)
{
	struct vm_dot_qmail lines;
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	*handled = false;
	vm_buf_init(&text, VM_DOT_QMAIL_MAX);
	status = vm_file_read_all(AT_FDCWD, path, &text, &err);
	if (status == VM_OK)
		status = vm_dot_qmail_parse(text.bytes, text.length, &run->arena, &lines, &err);
	vm_buf_release(&text);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	*handled = lines.count > 0;
	return run_lines(run, &lines, account, account->home);
}

/* ".qmail-EXT", then ".qmail-PREFIX-default" at each dash from the right, ".qmail-default", ".qmail". */
static enum vm_status run_home_files(struct vm_run *run, const struct vm_account *account,
				     const char *extension, bool *handled)
{
	char safe[VM_USER_MAX + 1], path[VM_PATH_MAX * 2];
	enum vm_status status = VM_OK;

	*handled = false;
	if (extension[0] != '\0' && vm_text_copy(safe, sizeof safe, extension)) {
		for (char *c = safe; *c != '\0'; c++)
			if (*c == '.')
				*c = ':';
		if (vm_text_format(path, sizeof path, "%s/.qmail-%s", account->home, safe))
			status = try_dot_qmail(run, path, account, handled);
		for (size_t end = strlen(safe) + 1; status == VM_OK && !*handled && end-- > 0;) {
			if (end > 0 && safe[end - 1] != '-')
				continue;
			if (vm_text_format(path, sizeof path, "%s/.qmail-%.*sdefault",
					   account->home, (int)end, safe))
				status = try_dot_qmail(run, path, account, handled);
		}
	}
	if (status == VM_OK && !*handled &&
	    vm_text_format(path, sizeof path, "%s/.qmail", account->home))
		status = try_dot_qmail(run, path, account, handled);
	return status;
}

/* Lines of control/defaultdelivery, unless they would call us again. */
static enum vm_status run_default_delivery(struct vm_run *run, const struct vm_account *account,
					   bool *handled)
{
	char path[VM_PATH_MAX * 2];
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_NOT_FOUND;

	*handled = false;
	if (!run->context->config->default_delivery)
		return VM_OK;
	vm_buf_init(&text, VM_DOT_QMAIL_MAX);
	if (vm_text_format(path, sizeof path, "%s/control/defaultdelivery",
			   run->context->config->qmail_dir))
		status = vm_file_read_all(AT_FDCWD, path, &text, &err);
	if (status == VM_OK && strstr(text.bytes, "vdelivermail") == NULL)
		status = try_dot_qmail(run, path, account, handled);
	else if (status == VM_OK || status == VM_NOT_FOUND)
		status = VM_OK;
	else
		status = vm_run_fail(run, VM_TEMPFAIL, &err);
	vm_buf_release(&text);
	return status;
}

static enum vm_status to_account(struct vm_run *run, struct vm_account *account,
				 const char *extension)
{
	struct vm_error err;
	bool handled = false;
	enum vm_status status = VM_INTERNAL;

	if ((account->flags & VM_FLAG_BOUNCE_MAIL) != 0)
		return vm_run_end(run, VM_DENIED, "5.2.1",
				  "vdelivermail: account is locked email bounced %s@%s",
				  account->user, run->domain.name);
	if (run->check_only)
		return VM_OK;
	status = vm_account_home_ensure(run->context, &run->domain, account, &run->arena, &err);
	if (status != VM_OK)
		return vm_run_fail(run, VM_TEMPFAIL, &err);
	status = run_home_files(run, account, extension, &handled);
	if (status == VM_OK && !handled)
		status = run_default_delivery(run, account, &handled);
	if (status == VM_OK && !handled)
		status = vm_run_to_account(run, account);
	return status;
}

static bool has_home(const struct vm_account *account)
{
	struct stat info;
	struct vm_error ignored; /* what cannot be looked at is there */

	return account->home[0] != '\0' &&
	       vm_file_stat(AT_FDCWD, account->home, &info, &ignored) != VM_NOT_FOUND;
}

/* A removed account has no home. A replica may not have heard of it, and a new home would take mail that nobody reads. */
static enum vm_status find_account(struct vm_run *run, const char *user, struct vm_account *account,
				   struct vm_error *err)
{
	struct vm_store *const store = run->context->store;
	const struct vm_name name = { user, run->domain.name };
	enum vm_status status = vm_store_account_get(store, name, &run->arena, account, err);

	if (status != VM_OK || has_home(account) || !vm_store_read_fresh(store, true))
		return status;
	status = vm_store_account_get(store, name, &run->arena, account, err);
	(void)vm_store_read_fresh(store, false); /* known: there are copies */
	return status;
}

/* The account of that name. VM_NOT_FOUND without a result. */
static enum vm_status try_account(struct vm_run *run, const char *user, const char *extension)
{
	struct vm_account account;
	struct vm_error err;
	const enum vm_status status = find_account(run, user, &account, &err);

	if (status == VM_OK)
		return to_account(run, &account, extension);
	return status == VM_NOT_FOUND ? status : vm_run_fail(run, status, &err);
}

static enum vm_status run_alias(struct vm_run *run, const struct vm_alias_list *list)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < list->count && !run->result->stop; i++) {
		struct vm_dot_qmail lines;
		struct vm_error err;

		status = vm_dot_qmail_parse(list->items[i].line, strlen(list->items[i].line),
					    &run->arena, &lines, &err);
		if (status != VM_OK)
			return vm_run_fail(run, VM_TEMPFAIL, &err);
		if (lines.count > 0)
			status = run_line(run, &lines.lines[0], NULL, run->domain.dir);
	}
	run->result->stop = false;
	return status;
}

static enum vm_status try_alias_name(struct vm_run *run, const char *name)
{
	struct vm_alias_list list;
	struct vm_error err;
	const enum vm_status status = vm_store_alias_get(run->context->store,
							 (struct vm_name){ name, run->domain.name },
							 &run->arena, &list, &err);

	if (status == VM_OK)
		return run_alias(run, &list);
	return status == VM_NOT_FOUND ? status : vm_run_fail(run, status, &err);
}

/* Nothing of that name so far, and nothing was decided on the way (an alias may lead to an unknown account). */
static bool is_open(const struct vm_run *run, enum vm_status status)
{
	return status == VM_NOT_FOUND && run->result->code == NULL;
}

/* The alias itself, else "PREFIX-default" at each dash from the right. VM_NOT_FOUND without a result. */
static enum vm_status try_aliases(struct vm_run *run, const char *user)
{
	char name[VM_USER_MAX + 16];
	enum vm_status status = try_alias_name(run, user);

	for (size_t end = strlen(user); is_open(run, status) && end > 0; end--) {
		if (user[end - 1] != '-' ||
		    !vm_text_format(name, sizeof name, "%.*sdefault", (int)end, user))
			continue;
		status = try_alias_name(run, name);
	}
	return status;
}

static enum vm_status refuse_unknown(struct vm_run *run)
{
	return vm_run_end(run, VM_NOT_FOUND, "5.1.1", "%s",
			  vm_run_text(run, ".no-user.msg",
				      "Sorry, no mailbox here by that name. (#5.1.1)"));
}

/* A path names a home or its Maildir. */
static enum vm_status to_path(struct vm_run *run, const char *action)
{
	struct vm_account account = { .user = run->recipient.user,
				      .domain = run->domain.name,
				      .hash = "",
				      .kind = VM_ACCOUNT_POP,
				      .comment = "",
				      .quota = "",
				      .clear = "" };
	char path[VM_CATCH_ALL_MAX + 1];
	size_t length = 0;
	bool handled = false;
	enum vm_status status = VM_OK;

	(void)vm_text_copy(path, sizeof path, action); /* an action is never longer */
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	if (vm_text_ends_with(path, "/Maildir"))
		path[length - strlen("/Maildir")] = '\0';
	account.home = path;
	if (run->check_only)
		return VM_OK;
	status = run_home_files(run, &account, "", &handled);
	if (status != VM_OK || handled)
		return status;
	if (!vm_text_ends_with(path, "/") && strlen(path) + 10 < sizeof path)
		memcpy(path + strlen(path), "/Maildir/", 10);
	return vm_run_to_maildir(run, NULL, "", path);
}

/* What the last word of .qmail-default says about recipients that nobody knows. */
static enum vm_status to_catch_all(struct vm_run *run)
{
	char action[VM_CATCH_ALL_MAX + 1];
	struct vm_dot_qmail lines;
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (run->delivery->fallback != NULL) {
		if (!vm_text_copy(action, sizeof action, run->delivery->fallback))
			return vm_run_end(run, VM_TEMPFAIL, "4.3.5",
					  "the last word of .qmail-default is too long");
	} else {
		status = vm_catch_all_get(&run->domain, action, &err);
	}
	if (status == VM_NOT_FOUND)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5", "%s", err.text);
	if (status != VM_OK)
		return vm_run_fail(run, status, &err);
	if (strcmp(action, "bounce-no-mailbox") == 0)
		return refuse_unknown(run);
	if (strcmp(action, "delete") == 0)
		return VM_OK;
	if (action[0] == '/')
		return to_path(run, action);
	status = vm_dot_qmail_parse(action, strlen(action), &run->arena, &lines, &err);
	if (status != VM_OK || lines.count == 0)
		return vm_run_end(run, VM_TEMPFAIL, "4.3.5", ".qmail-default of %s is damaged",
				  run->domain.name);
	return run_line(run, &lines.lines[0], NULL, run->domain.dir);
}

static enum vm_status deliver_local(struct vm_run *run)
{
	const char *const user = run->recipient.user;
	const char *const dash = strchr(user, '-');
	char base[VM_USER_MAX + 1];
	enum vm_status status = try_aliases(run, user);

	if (is_open(run, status))
		status = try_account(run, user, "");
	if (is_open(run, status) && run->context->config->qmail_ext && dash != NULL &&
	    dash > user && vm_text_format(base, sizeof base, "%.*s", (int)(dash - user), user))
		status = try_account(run, base, dash + 1);
	return is_open(run, status) ? to_catch_all(run) : status;
}

static enum vm_status check_loop(struct vm_run *run)
{
	char address[VM_ADDRESS_MAX + 2];
	struct vm_error err;
	enum vm_status status = VM_OK;

	if (run->depth >= VM_DELIVERY_DEPTH)
		return vm_run_end(run, VM_DENIED, "5.4.6", "mail is looping");
	if (run->check_only)
		return VM_OK;
	if (!vm_text_format(address, sizeof address, "%s@%s", run->recipient.user,
			    run->recipient.domain))
		return vm_run_end(run, VM_INVALID, "5.1.3", "the address is too long");
	status = vm_message_check_loop(run->message, address,
				       run->context->config->max_delivered_to, &err);
	if (status == VM_DENIED)
		return vm_run_end(run, VM_DENIED, "5.4.6", "mail is looping");
	return status == VM_OK ? VM_OK : vm_run_fail(run, status, &err);
}

/* Only its owner may; who called us may know a way to him. */
static enum vm_status refuse_foreign(struct vm_run *run)
{
	run->result->is_foreign =
		run->depth == 0 &&
		vm_text_copy(run->result->domain, sizeof run->result->domain, run->domain.name);
	return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "%s belongs to another user of this host",
			  run->domain.name);
}

static enum vm_status deliver_address(struct vm_run *run, const struct vm_address *recipient)
{
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	run->recipient = *recipient;
	status = vm_store_domain_get(run->context->store, recipient->domain, &run->arena,
				     &run->domain, &err);
	if (status == VM_NOT_FOUND)
		return vm_run_end(run, VM_NOT_FOUND, "5.1.2", "%s is not served here",
				  recipient->domain);
	if (status != VM_OK)
		return vm_run_fail(run, status, &err);
	if (is_foreign(&run->domain))
		return refuse_foreign(run);
	if (!vm_text_copy(run->recipient.domain, sizeof run->recipient.domain, run->domain.name))
		return vm_run_end(run, VM_TEMPFAIL, "4.3.0", "the domain is too long");
	status = check_loop(run);
	if (status != VM_OK)
		return status;
	run->depth++;
	status = deliver_local(run);
	run->depth--;
	return status;
}

/*
 * A replica may not have seen a raised quota, or where an alias leads now: a "no" by what it said is asked for once more
 * where changes are made, unless something was stored or run already.
 */
static enum vm_status deliver_surely(struct vm_run *run, const struct vm_address *recipient)
{
	enum vm_status status = deliver_address(run, recipient);

	if (status == VM_OK || !vm_status_is_definite(status) || run->copies > 0 ||
	    !vm_store_read_fresh(run->context->store, true))
		return status;
	*run->result = (struct vm_delivery_result){ .status = VM_INTERNAL };
	run->forward_count = 0;
	run->depth = 0;
	status = deliver_address(run, recipient);
	(void)vm_store_read_fresh(run->context->store, false); /* known: there are copies */
	return status;
}

static void run_all(const struct vm_delivery *delivery, const struct vm_address *recipient,
		    bool check_only, struct vm_delivery_result *result)
{
	struct vm_run run = { .delivery = delivery,
			      .context = delivery->context,
			      .message = &delivery->message,
			      .check_only = check_only,
			      .result = result };
	struct vm_address own;
	enum vm_status status = VM_INTERNAL;

	*result = (struct vm_delivery_result){ .status = VM_INTERNAL };
	vm_arena_init(&run.arena, VM_DELIVERY_ARENA);
	status = deliver_surely(&run, recipient);
	own = run.recipient;
	if (status == VM_OK) {
		run.recipient = own;
		status = vm_run_forward(&run);
	}
	result->status = status;
	if (status == VM_OK)
		result->code = "2.1.5";
	else if (result->code == NULL)
		result->code = "4.3.0";
	vm_arena_release(&run.arena);
}

void vm_deliver(const struct vm_delivery *delivery, const struct vm_address *recipient,
		struct vm_delivery_result *result)
{
	run_all(delivery, recipient, false, result);
}

void vm_delivery_check(const struct vm_delivery *delivery, const struct vm_address *recipient,
		       struct vm_delivery_result *result)
{
	run_all(delivery, recipient, true, result);
}
