/* Obeys the lines of .qmail files and aliases. */
#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "core/linked_file.h"
#include "operations/recipient_internal.h"
#include "util/file.h"
#include "util/text.h"

static enum vm_status keep_forward(struct vm_resolve *resolve, const char *text)
{
	if (resolve->forward_count == VM_RESOLVE_FORWARDS_MAX)
		return vm_result_end(resolve->result, VM_DENIED, "5.4.6", "more than %d forwards",
				     VM_RESOLVE_FORWARDS_MAX);
	resolve->forwards[resolve->forward_count] = vm_arena_strdup(resolve->arena, text);
	if (resolve->forwards[resolve->forward_count] == NULL)
		return vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.0", "out of memory");
	resolve->forward_count++;
	vm_resolve_note(resolve, true, "forward", "%s, which goes to the mail queue", text);
	return VM_OK;
}

static enum vm_status go_on(struct vm_resolve *resolve, const struct vm_address *address)
{
	const struct vm_address recipient = resolve->recipient;
	const struct vm_domain own = resolve->domain;
	const char *const wildcard = resolve->wildcard;
	enum vm_status status = VM_INTERNAL;

	vm_resolve_note(resolve, true, "forward", "%s@%s, an address of ours", address->user,
			address->domain);
	resolve->depth++;
	status = vm_resolve_address(resolve, address);
	resolve->depth--;
	resolve->recipient = recipient;
	resolve->domain = own;
	resolve->wildcard = wildcard;
	return status;
}

/* Is the address one that we may deliver to? Then that is done here and now, else it is forwarded. */
static enum vm_status take_forward(struct vm_resolve *resolve, const char *text)
{
	const struct vm_address_policy policy =
		vm_config_address_policy(resolve->context->config, resolve->domain.name);
	struct vm_address address;
	struct vm_domain domain;
	struct vm_error err;
	enum vm_status status = VM_NOT_FOUND;

	if (text[0] == '\0')
		return VM_OK;
	/* What is no address by our rules may be one elsewhere: qmail-queue's to send. */
	if (vm_address_parse(text, &policy, &address, &err) == VM_OK)
		status = vm_store_domain_get(resolve->context->store, address.domain,
					     resolve->arena, &domain, &err);
	if (status == VM_OK && !vm_resolve_is_foreign(&domain))
		return go_on(resolve, &address);
	if (status != VM_OK && status != VM_NOT_FOUND)
		return vm_result_fail(resolve->result, status, &err);
	return keep_forward(resolve, text);
}

static enum vm_status take_program(struct vm_resolve *resolve, const char *home,
				   const char *command)
{
	vm_resolve_note(resolve, true, "program", "%s", command);
	return resolve->mode == VM_RESOLVE_DELIVER
		       ? resolve->actions->program(resolve, home, command)
		       : VM_OK;
}

static enum vm_status take_maildir(struct vm_resolve *resolve, const struct vm_account *account,
				   const char *home, const char *path)
{
	const enum vm_status status =
		vm_resolve_explain_filters(resolve, account, VM_FILTER_MAILDIR);

	if (status != VM_OK)
		return status;
	vm_resolve_note(resolve, true, "maildir", "%s", path);
	if (vm_resolve_is_own_maildir(account, home, path))
		vm_resolve_explain_vacation(resolve, account);
	return resolve->mode == VM_RESOLVE_DELIVER
		       ? resolve->actions->maildir(resolve, account, home, path)
		       : VM_OK;
}

enum vm_status vm_resolve_line(struct vm_resolve *resolve, const struct vm_dot_qmail_line *line,
			       const struct vm_account *account, const char *home)
{
	switch (line->kind) {
	case VM_DOT_QMAIL_COMMENT:
		vm_resolve_note(resolve, true, "comment", "nothing is done");
		return VM_OK;
	case VM_DOT_QMAIL_PROGRAM:
		return take_program(resolve, home, line->text);
	case VM_DOT_QMAIL_MAILDIR:
		return take_maildir(resolve, account, home, line->text);
	case VM_DOT_QMAIL_MBOX:
		vm_resolve_note(resolve, true, "mbox", "%s", line->text);
		return vm_result_end(resolve->result, VM_TEMPFAIL, "4.3.5",
				     "can't handle mbox delivery for %s", line->text);
	case VM_DOT_QMAIL_FORWARD:
		return take_forward(resolve, line->text);
	}
	return vm_result_end(resolve->result, VM_INTERNAL, "4.3.0", "a line without a kind");
}

static enum vm_status run_lines(struct vm_resolve *resolve, const struct vm_dot_qmail *lines,
				const struct vm_account *account, const char *home)
{
	enum vm_status status = VM_OK;

	for (size_t i = 0; status == VM_OK && i < lines->count && !resolve->result->stop; i++)
		status = vm_resolve_line(resolve, &lines->lines[i], account, home);
	resolve->result->stop = false;
	return status;
}

/* Links of a home are not followed: no program of ours makes any. */
static enum vm_status read_lines(const struct vm_resolve *resolve, const char *path,
				 bool is_of_domain, struct vm_buf *text, struct vm_error *err)
{
	return is_of_domain ? vm_linked_file_read(resolve->domain.dir, path, text, err)
			    : vm_file_read_all(AT_FDCWD, path, text, err);
}

/* `account` is NULL for a file of a domain. */
static enum vm_status try_file(struct vm_resolve *resolve, const char *path,
			       const struct vm_account *account, bool *handled)
{
	const char *const rule = account == NULL ? "alias" : "dot-qmail";
	struct vm_dot_qmail lines;
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	*handled = false;
	vm_buf_init(&text, VM_DOT_QMAIL_MAX);
	status = read_lines(resolve, path, account == NULL, &text, &err);
	if (status == VM_OK)
		status = vm_dot_qmail_parse(text.bytes, text.length, resolve->arena, &lines, &err);
	vm_buf_release(&text);
	if (status == VM_NOT_FOUND) {
		vm_resolve_note(resolve, false, rule, "no %s", path);
		return VM_OK;
	}
	if (status != VM_OK)
		return vm_result_fail(resolve->result, VM_TEMPFAIL, &err);
	*handled = lines.count > 0;
	vm_resolve_note(resolve, *handled, rule, "%s has %zu line(s)", path, lines.count);
	return run_lines(resolve, &lines, account,
			 account == NULL ? resolve->domain.dir : account->home);
}

/* FOLDER/.qmail-NAME, else with "default" for what is behind a dash, from the right; at the end for all, where `all`. */
static enum vm_status try_names(struct vm_resolve *resolve, const struct vm_account *account,
				const char *folder, const char *name, bool all, bool *handled)
{
	char safe[VM_USER_MAX + 1], path[VM_PATH_MAX * 2];
	enum vm_status status = VM_OK;

	if (name[0] == '\0' || !vm_text_copy(safe, sizeof safe, name))
		return VM_OK;
	for (char *c = safe; *c != '\0'; c++)
		if (*c == '.')
			*c = ':';
	if (vm_text_format(path, sizeof path, "%s/.qmail-%s", folder, safe))
		status = try_file(resolve, path, account, handled);
	for (size_t end = strlen(safe) + 1; status == VM_OK && !*handled && end-- > 0;) {
		if (end > 0 ? safe[end - 1] != '-' : !all)
			continue;
		resolve->wildcard = name + end;
		if (vm_text_format(path, sizeof path, "%s/.qmail-%.*sdefault", folder, (int)end,
				   safe))
			status = try_file(resolve, path, account, handled);
	}
	resolve->wildcard = NULL;
	return status;
}

enum vm_status vm_resolve_domain_files(struct vm_resolve *resolve, bool *handled)
{
	*handled = false;
	if (strcmp(resolve->recipient.user, "default") == 0) /* is the catch-all */
		return VM_OK;
	return try_names(resolve, NULL, resolve->domain.dir, resolve->recipient.user, false,
			 handled);
}

enum vm_status vm_resolve_home_files(struct vm_resolve *resolve, const struct vm_account *account,
				     const char *extension, bool *handled)
{
	char path[VM_PATH_MAX * 2];
	enum vm_status status = VM_OK;

	*handled = false;
	status = try_names(resolve, account, account->home, extension, true, handled);
	if (status == VM_OK && !*handled &&
	    vm_text_format(path, sizeof path, "%s/.qmail", account->home))
		status = try_file(resolve, path, account, handled);
	return status;
}

enum vm_status vm_resolve_default_delivery(struct vm_resolve *resolve,
					   const struct vm_account *account, bool *handled)
{
	char path[VM_PATH_MAX * 2];
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_NOT_FOUND;

	*handled = false;
	if (!resolve->context->config->default_delivery)
		return VM_OK;
	vm_buf_init(&text, VM_DOT_QMAIL_MAX);
	if (vm_text_format(path, sizeof path, "%s/control/defaultdelivery",
			   resolve->context->config->qmail_dir))
		status = vm_file_read_all(AT_FDCWD, path, &text, &err);
	if (status == VM_OK && strstr(text.bytes, "vdelivermail") == NULL)
		status = try_file(resolve, path, account, handled);
	else if (status == VM_OK || status == VM_NOT_FOUND)
		status = VM_OK;
	else
		status = vm_result_fail(resolve->result, VM_TEMPFAIL, &err);
	vm_buf_release(&text);
	return status;
}
