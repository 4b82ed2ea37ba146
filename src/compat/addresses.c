/* Who has a name in a domain: isExisting...() of libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>

#include "core/linked_file.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/text.h"
#include "vutil.h"

enum { PATH_TEXT_MAX = 1024, LINE_MAX_BYTES = 1024, FILE_MAX = 65536, ARENA_MAX = 1 << 20 };

/* Each of these asks one question: VM_OK, VM_NOT_FOUND, or what is no answer. */

static enum vm_status find_user(const struct vm_compat_name *name, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_account account;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = vm_store_account_get(vm_compat_context()->store,
				      (struct vm_name){ name->user, name->domain }, &arena,
				      &account, err);
	vm_arena_release(&arena);
	return status;
}

/* FOLDER/.qmail-NAME, in which a dot of the name is a colon. */
static bool file_of(const char *folder, const char *name, char out[PATH_TEXT_MAX])
{
	char *at = NULL;

	if (folder == NULL || name == NULL || name[0] == '\0' || strchr(name, '/') != NULL ||
	    !vm_text_format(out, PATH_TEXT_MAX, "%s/.qmail-%s", folder, name))
		return false;
	for (at = out + strlen(folder) + strlen("/.qmail-"); *at != '\0'; at++)
		if (*at == '.')
			*at = ':';
	return true;
}

static void cut_line(const char *text, char out[LINE_MAX_BYTES])
{
	const size_t length = strcspn(text, "\r\n");

	(void)vm_text_format(out, LINE_MAX_BYTES, "%.*s",
			     length < LINE_MAX_BYTES ? (int)length : LINE_MAX_BYTES - 1,
			     text); /* cut to fit */
}

/* The first line of an alias's file. */
static enum vm_status first_line(const char *folder, const char *name, char out[LINE_MAX_BYTES],
				 struct vm_error *err)
{
	char path[PATH_TEXT_MAX];
	struct vm_buf text;
	enum vm_status status = VM_NOT_FOUND;

	vm_buf_init(&text, FILE_MAX);
	if (file_of(folder, name, path))
		status = vm_linked_file_read(folder, path, &text, err);
	if (status == VM_OK)
		cut_line(text.bytes, out);
	vm_buf_release(&text);
	return status == VM_DENIED ? VM_NOT_FOUND : status;
}

/* The same where the store keeps it. */
static enum vm_status first_row(const char *domain, const char *name, char out[LINE_MAX_BYTES],
				struct vm_error *err)
{
	struct vm_compat_name parsed;
	struct vm_arena arena;
	struct vm_alias_list list;
	enum vm_status status = VM_INTERNAL;

	if (vm_compat_parse(name, domain, &parsed) != VA_SUCCESS)
		return verrori == VA_SUCCESS ? VM_NOT_FOUND
					     : vm_fail(err, VM_TEMPFAIL, "cannot tell");
	vm_arena_init(&arena, FILE_MAX * 16);
	status = vm_store_alias_get(vm_compat_context()->store,
				    (struct vm_name){ parsed.user, parsed.domain }, &arena, &list,
				    err);
	if (status == VM_OK)
		cut_line(list.count == 0 ? "" : list.items[0].line, out);
	vm_arena_release(&arena);
	return status;
}

static bool is_list(const char *line)
{
	return strstr(line, "ezmlm-reject") != NULL || strstr(line, "ezmlm-send") != NULL;
}

static bool is_robot(const char *line)
{
	return strstr(line, "autorespond") != NULL;
}

static enum vm_status find_alias(const char *folder, const char *name, const char *domain,
				 struct vm_error *err)
{
	char line[LINE_MAX_BYTES];
	enum vm_status status = VM_NOT_FOUND;

	if (name == NULL || strcmp(name, "default") == 0)
		return VM_NOT_FOUND;
	status = first_line(folder, name, line, err);
	if (status == VM_NOT_FOUND)
		status = first_row(domain, name, line, err);
	return status == VM_OK && (is_list(line) || is_robot(line)) ? VM_NOT_FOUND : status;
}

static enum vm_status find_path(const char *path, struct vm_error *err)
{
	struct stat info;

	return vm_file_stat(AT_FDCWD, path, &info, err);
}

/* By its line, or by what it answers: D/NAME/message, NAME in upper case, as panels keep it. */
static enum vm_status find_robot(const char *folder, const char *name, struct vm_error *err)
{
	char line[LINE_MAX_BYTES], upper[VM_USER_MAX + 1], path[PATH_TEXT_MAX];
	const enum vm_status status = first_line(folder, name, line, err);

	if (status != VM_OK && status != VM_NOT_FOUND)
		return status;
	if (status == VM_OK && is_robot(line))
		return VM_OK;
	if (folder == NULL || name == NULL || name[0] == '\0' || name[0] == '.' ||
	    strchr(name, '/') != NULL || !vm_text_copy(upper, sizeof upper, name))
		return VM_NOT_FOUND;
	for (char *at = upper; *at != '\0'; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return vm_text_format(path, sizeof path, "%s/%s/message", folder, upper)
		       ? find_path(path, err)
		       : VM_NOT_FOUND;
}

static enum vm_status find_list(const char *folder, const char *name, struct vm_error *err)
{
	char line[LINE_MAX_BYTES];
	const enum vm_status status = first_line(folder, name, line, err);

	return status == VM_OK && !is_list(line) ? VM_NOT_FOUND : status;
}

static enum vm_status find_qmail_alias(const char *name, struct vm_error *err)
{
	char folder[PATH_TEXT_MAX], path[PATH_TEXT_MAX], any[PATH_TEXT_MAX + 16];
	enum vm_status status = VM_NOT_FOUND;

	if (!vm_text_format(folder, sizeof folder, "%s/alias",
			    vm_compat_context()->config->qmail_dir) ||
	    !file_of(folder, name, path))
		return VM_NOT_FOUND;
	status = find_path(path, err);
	if (status == VM_NOT_FOUND && vm_text_format(any, sizeof any, "%s-default", path))
		status = find_path(any, err);
	return status;
}

static int tell(enum vm_status status, const struct vm_error *err)
{
	return vm_compat_answer(status, err) == VA_SUCCESS;
}

VM_EXPORT int isExistingUser(char *name, char *domain)
{
	struct vm_compat_name parsed;
	struct vm_error err = { .field = "" };

	return vm_compat_parse(name, domain, &parsed) == VA_SUCCESS &&
	       tell(find_user(&parsed, &err), &err);
}

VM_EXPORT int isExistingAlias(char *path, char *name, char *domain)
{
	struct vm_error err = { .field = "" };

	return vm_compat_context() != NULL && tell(find_alias(path, name, domain, &err), &err);
}

VM_EXPORT int isExistingRobot(char *path, char *name)
{
	struct vm_error err = { .field = "" };

	return tell(find_robot(path, name, &err), &err);
}

VM_EXPORT int isValidMailList(char *path, char *name)
{
	struct vm_error err = { .field = "" };

	return tell(find_list(path, name, &err), &err);
}

VM_EXPORT int isQmailAlias(char *name)
{
	struct vm_error err = { .field = "" };

	return vm_compat_context() != NULL && tell(find_qmail_alias(name, &err), &err);
}

/* The first yes or maybe ends it: a no behind a maybe says nothing. */
static enum vm_status find_address(const char *domain, const char *name, const char *folder,
				   bool of_qmail_too, struct vm_error *err)
{
	struct vm_compat_name parsed;
	enum vm_status status = VM_NOT_FOUND;

	if (vm_compat_parse(name, domain, &parsed) == VA_SUCCESS)
		status = find_user(&parsed, err);
	else if (verrori != VA_SUCCESS)
		status = vm_fail(err, VM_TEMPFAIL, "cannot tell");
	if (status == VM_NOT_FOUND)
		status = find_alias(folder, name, domain, err);
	if (status == VM_NOT_FOUND)
		status = find_robot(folder, name, err);
	if (status == VM_NOT_FOUND)
		status = find_list(folder, name, err);
	if (status == VM_NOT_FOUND && of_qmail_too)
		status = find_qmail_alias(name, err);
	return status;
}

VM_EXPORT int isExistingAddress(char *domain, char *name, char *path)
{
	struct vm_error err = { .field = "" };

	return vm_compat_context() != NULL &&
	       tell(find_address(domain, name, path, false, &err), &err);
}

VM_EXPORT int isExistingAnyAddress(char *domain, char *name, char *path)
{
	struct vm_error err = { .field = "" };

	return vm_compat_context() != NULL &&
	       tell(find_address(domain, name, path, true, &err), &err);
}
