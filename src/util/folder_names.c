/* Walks the names of a folder. */
#include <config.h>

#include "util/folder_names.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "util/file.h"

enum vm_status vm_folder_each_name(int folder, const char *path,
				   enum vm_status (*each)(void *context, int folder,
							  const char *name, struct vm_error *err),
				   void *context, struct vm_error *err)
{
	const struct dirent *entry = NULL;
	DIR *stream = NULL;
	int own = -1;
	enum vm_status status = vm_file_open_folder(folder, ".", &own, err);

	if (status != VM_OK)
		return status;
	stream = fdopendir(own);
	if (stream == NULL) {
		vm_file_discard(&own);
		return vm_fail_memory(err);
	}
	errno = 0;
	while (status == VM_OK && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			status = each(context, folder, entry->d_name, err);
		if (status == VM_NOT_FOUND)
			status = VM_OK;
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		status = vm_fail_errno(err, errno, "cannot read the folder %s", path);
	(void)closedir(stream); /* only read from */
	return status;
}
