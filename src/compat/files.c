/* Folders, and what lies in a domain's, for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dir_tree.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"
#include "vutil.h"

enum { PATH_TEXT_MAX = 1024, LINE_MAX_BYTES = 1024, FILE_MAX = 65536 };

enum vm_status vm_compat_open_folder(const char *file, int *folder, const char **name,
				     struct vm_error *err)
{
	const char *const slash = strrchr(file, '/');
	char path[PATH_TEXT_MAX];

	*name = slash == NULL ? file : slash + 1;
	if (!vm_text_format(path, sizeof path, "%.*s/", slash == NULL ? 1 : (int)(slash - file),
			    slash == NULL ? "." : file))
		return vm_fail(err, VM_INVALID, "%s is too long", file);
	return vm_file_open_folder(AT_FDCWD, path, folder, err);
}

VM_EXPORT int vdelfiles(char *dir)
{
	struct vm_error err;

	return dir != NULL && vm_dir_tree_remove(AT_FDCWD, dir, &err) == VM_OK ? 0 : -1;
}

VM_EXPORT int r_chown(char *path, uid_t uid, gid_t gid)
{
	struct vm_error err;

	return path != NULL && vm_dir_tree_set_owner(AT_FDCWD, path, uid, gid, &err) == VM_OK ? 0
											      : -1;
}

VM_EXPORT int r_mkdir(char *path, uid_t uid, gid_t gid)
{
	struct vm_error err;

	return path != NULL && vm_dir_tree_make(AT_FDCWD, path, 0700, uid, gid, &err) == VM_OK ? 0
											       : -1;
}

VM_EXPORT int file_exists(char *path)
{
	return path != NULL && access(path, F_OK) == 0;
}

/* D/.qmail-NAME, in which a dot of the name is a colon. */
static bool alias_path(const char *folder, const char *name, char out[PATH_TEXT_MAX])
{
	char *at = NULL;

	if (folder == NULL || name == NULL || strchr(name, '/') != NULL ||
	    !vm_text_format(out, PATH_TEXT_MAX, "%s/.qmail-%s", folder, name))
		return false;
	for (at = out + strlen(folder) + 1 + strlen(".qmail-"); *at != '\0'; at++)
		if (*at == '.')
			*at = ':';
	return true;
}

/* The first line of an alias's file; false when there is none. */
static bool first_line(const char *folder, const char *name, char out[LINE_MAX_BYTES])
{
	char path[PATH_TEXT_MAX];
	struct vm_buf text;
	struct vm_error err;
	bool is_there = false;

	vm_buf_init(&text, FILE_MAX);
	is_there = alias_path(folder, name, path) &&
		   vm_file_read_all(AT_FDCWD, path, &text, &err) == VM_OK;
	if (is_there)
		(void)vm_text_format(out, LINE_MAX_BYTES, "%.*s",
				     (int)strcspn(text.bytes, "\r\n") < LINE_MAX_BYTES
					     ? (int)strcspn(text.bytes, "\r\n")
					     : LINE_MAX_BYTES - 1,
				     text.bytes); /* cut to fit */
	vm_buf_release(&text);
	return is_there;
}

static bool is_list(const char *line)
{
	return strstr(line, "ezmlm-reject") != NULL || strstr(line, "ezmlm-send") != NULL;
}

VM_EXPORT int isExistingUser(char *name, char *domain)
{
	struct vm_compat_name parsed;

	return vm_compat_parse(name, domain, &parsed) == VA_SUCCESS &&
	       vauth_getpw(parsed.user, parsed.domain) != NULL;
}

/* Where qmailadmin keeps a robot's answer: D/NAME/message, NAME in upper case. */
static bool has_message(const char *folder, const char *name)
{
	char upper[VM_USER_MAX + 1], path[PATH_TEXT_MAX];

	if (folder == NULL || name == NULL || name[0] == '.' || strchr(name, '/') != NULL ||
	    !vm_text_copy(upper, sizeof upper, name))
		return false;
	for (char *at = upper; *at != '\0'; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return vm_text_format(path, sizeof path, "%s/%s/message", folder, upper) &&
	       access(path, F_OK) == 0;
}

VM_EXPORT int isExistingRobot(char *path, char *name)
{
	char line[LINE_MAX_BYTES];

	return has_message(path, name) ||
	       (first_line(path, name, line) && strstr(line, "autorespond") != NULL);
}

VM_EXPORT int isValidMailList(char *path, char *name)
{
	char line[LINE_MAX_BYTES];

	return first_line(path, name, line) && is_list(line);
}

VM_EXPORT int isQmailAlias(char *name)
{
	const struct vm_context *const context = vm_compat_context();
	char folder[PATH_TEXT_MAX], path[PATH_TEXT_MAX], any[PATH_TEXT_MAX + 16];

	if (context == NULL || name == NULL || name[0] == '\0' ||
	    !vm_text_format(folder, sizeof folder, "%s/alias", context->config->qmail_dir) ||
	    !alias_path(folder, name, path))
		return 0;
	return access(path, F_OK) == 0 ||
	       (vm_text_format(any, sizeof any, "%s-default", path) && access(any, F_OK) == 0);
}

VM_EXPORT int isExistingAlias(char *path, char *name, char *domain)
{
	char line[LINE_MAX_BYTES];

	if (name == NULL || strcmp(name, "default") == 0)
		return 0;
	if (first_line(path, name, line))
		return !is_list(line) && strstr(line, "autorespond") == NULL;
	return valias_select(name, domain) != NULL;
}

VM_EXPORT int isExistingAddress(char *domain, char *name, char *path)
{
	return isExistingUser(name, domain) || isExistingAlias(path, name, domain) ||
	       isExistingRobot(path, name) || isValidMailList(path, name);
}

VM_EXPORT int isExistingAnyAddress(char *domain, char *name, char *path)
{
	return isExistingAddress(domain, name, path) || isQmailAlias(name);
}

VM_EXPORT int vsqwebmail_pass(char *dir, char *crypted, uid_t uid, gid_t gid)
{
	static const char name[] = "sqwebmail-pass";
	char path[PATH_TEXT_MAX], text[VM_HASH_MAX + 3];
	struct vm_error err;
	int folder = -1;
	enum vm_status status = VM_INVALID;

	if (dir != NULL && crypted != NULL &&
	    vm_text_format(path, sizeof path, "%s/Maildir", dir) &&
	    vm_text_format(text, sizeof text, "\t%s\n", crypted))
		status = vm_file_open_folder(AT_FDCWD, path, &folder, &err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, name, 0600, text, strlen(text), &err);
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(folder, name, uid, gid, &err);
	vm_file_discard(&folder);
	return status == VM_OK ? VA_SUCCESS : VA_SQWEBMAIL_PASS_FAIL;
}
