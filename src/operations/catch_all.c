/* Reads and writes D/.qmail-default. */
#include <config.h>

#include "operations/catch_all.h"

#include <fcntl.h>
#include <string.h>

#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

static const char file_name[] = ".qmail-default";

static enum vm_status read_file(const struct vm_domain *domain, struct vm_buf *text,
				struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the folder %s of %s is missing", domain->dir,
			       domain->name);
	if (status == VM_OK)
		status = vm_file_read_all(folder, file_name, text, err);
	vm_file_discard(&folder);
	return status;
}

/* The text behind "vdelivermail ''" on its line, without blanks around it. */
static const char *find_action(char *text)
{
	char *action = strstr(text, "/vdelivermail ");
	char *end = NULL;

	if (action == NULL)
		return NULL;
	action += strlen("/vdelivermail ");
	action += strspn(action, " ");
	if (vm_text_starts_with(action, "''"))
		action += 2;
	action += strspn(action, " \t");
	end = action + strcspn(action, "\r\n");
	while (end > action && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return action[0] == '\0' ? NULL : action;
}

enum vm_status vm_catch_all_get(const struct vm_domain *domain, char *out, struct vm_error *err)
{
	struct vm_buf text;
	const char *action = NULL;
	enum vm_status status = VM_INTERNAL;

	out[0] = '\0';
	vm_buf_init(&text, 64 * 1024);
	status = read_file(domain, &text, err);
	if (status == VM_OK) {
		action = find_action(text.bytes);
		if (action == NULL || !vm_text_copy(out, VM_CATCH_ALL_MAX + 1, action))
			status = vm_fail(err, VM_NOT_FOUND, "%s of %s does not call vdelivermail",
					 file_name, domain->name);
	}
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_catch_all_check(const struct vm_config *config, const char *action,
				  struct vm_error *err)
{
	const struct vm_address_policy policy = vm_config_address_policy(config, "");
	struct vm_address address;
	struct vm_error why = { .text = "" };

	if (strlen(action) <= VM_CATCH_ALL_MAX && !vm_text_has_control(action) &&
	    strpbrk(action, "'\"`$;&|<>()\\ ") == NULL &&
	    (action[0] == '/' || strcmp(action, "bounce-no-mailbox") == 0 ||
	     strcmp(action, "delete") == 0 ||
	     (strchr(action, '@') != NULL &&
	      vm_address_parse(action, &policy, &address, &why) == VM_OK)))
		return VM_OK;
	return vm_fail_field(err, VM_INVALID, "catchall",
			     "\"%s\" is not an address, a path, bounce-no-mailbox or delete%s%s",
			     action, why.text[0] == '\0' ? "" : ": ", why.text);
}

enum vm_status vm_catch_all_set(const struct vm_context *context, const struct vm_domain *domain,
				const char *action, struct vm_error *err)
{
	struct vm_buf text;
	int folder = -1;
	enum vm_status status = vm_catch_all_check(context->config, action, err);

	if (status != VM_OK)
		return status;
	vm_buf_init(&text, VM_CATCH_ALL_MAX * 2);
	vm_buf_printf(&text, "| %s/bin/vdelivermail '' %s\n", context->config->home, action);
	status = vm_buf_check(&text, file_name, err);
	if (status == VM_OK)
		status = vm_file_open_folder(AT_FDCWD, domain->dir, &folder, err);
	if (status == VM_OK)
		status =
			vm_file_replace_with(folder, file_name, 0600, text.bytes, text.length, err);
	vm_file_discard(&folder);
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_catch_all_is_account(const struct vm_domain *domain,
				       const struct vm_account *account, bool *out,
				       struct vm_error *err)
{
	char action[VM_CATCH_ALL_MAX + 1], address[VM_ADDRESS_MAX + 1];
	size_t length = 0;
	enum vm_status status = vm_catch_all_get(domain, action, err);

	*out = false;
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	length = strlen(action);
	if (vm_text_ends_with(action, "/Maildir/"))
		length -= strlen("/Maildir/");
	while (length > 1 && action[length - 1] == '/')
		length--;
	action[length] = '\0';
	if (!vm_text_format(address, sizeof address, "%s@%s", account->user, domain->name))
		return vm_fail(err, VM_INTERNAL, "the address does not fit");
	*out = strcmp(action, address) == 0 ||
	       (account->home[0] != '\0' && strcmp(action, account->home) == 0);
	return VM_OK;
}
