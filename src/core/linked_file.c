/* Reads a file of a domain's folder, through a link within it. */
#include <config.h>

#include "core/linked_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"

enum { PATH_BYTES = 1024 };

static enum vm_status read_link(const char *dir, const char *path, struct vm_buf *text,
				struct vm_error *err)
{
	char target[PATH_BYTES], full[2 * PATH_BYTES];
	const ssize_t length = readlink(path, target, sizeof target - 1);

	if (length < 0)
		return vm_fail_errno(err, errno, "cannot read the link %s", path);
	target[length] = '\0';
	if (!vm_text_format(full, sizeof full, "%s%s%s", target[0] == '/' ? "" : dir,
			    target[0] == '/' ? "" : "/", target) ||
	    !vm_text_starts_with(full, dir) || full[strlen(dir)] != '/' ||
	    strstr(full, "..") != NULL)
		return vm_fail(err, VM_DENIED, "%s leads out of the domain's folder", path);
	return vm_file_read_all(AT_FDCWD, full, text, err);
}

enum vm_status vm_linked_file_read(const char *dir, const char *path, struct vm_buf *text,
				   struct vm_error *err)
{
	const enum vm_status status = vm_file_read_all(AT_FDCWD, path, text, err);

	return status == VM_TEMPFAIL && err->sys_errno == ELOOP ? read_link(dir, path, text, err)
								: status;
}
