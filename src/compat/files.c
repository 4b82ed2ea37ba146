/* Folders, and what lies in a domain's, for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dir_tree.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"
#include "vutil.h"

enum { PATH_TEXT_MAX = 1024 };

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
