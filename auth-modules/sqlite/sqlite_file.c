/* Makes the file of a new SQLite store. */
#include <config.h>

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite_driver.h"
#include "util/file.h"
#include "util/text.h"

static enum vm_status give_to_owner(int folder, const char *name, struct vm_error *err)
{
	struct stat info;

	if (geteuid() != 0)
		return VM_OK;
	if (fstat(folder, &info) != 0)
		return vm_fail(err, VM_TEMPFAIL, "cannot see who owns the folder of %s", name);
	return vm_file_set_owner(folder, name, info.st_uid, info.st_gid, err);
}

enum vm_status vm_sqlite_create(const struct vm_sql_server *server, struct vm_error *err)
{
	const char *const path = server->database; /* absolute, as the settings are checked */
	const char *const name = strrchr(path, '/') + 1;
	char parent[PATH_MAX];
	int folder = -1, file = -1;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(parent, sizeof parent, "%.*s", (int)(name - path), path))
		return vm_fail(err, VM_MISCONFIG, "%s is too long", path);
	status = vm_file_open_folder(AT_FDCWD, parent, &folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "there is no folder %s", parent);
	if (status == VM_OK)
		status = vm_file_create(folder, name, 0600, &file, err);
	if (status == VM_OK)
		status = give_to_owner(folder, name, err);
	if (status == VM_OK)
		status = vm_file_sync_folder(folder, ".", err);
	vm_file_discard(&file);
	vm_file_discard(&folder);
	return status == VM_EXISTS ? VM_OK : status;
}
