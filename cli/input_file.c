/* Opens the file that a command reads. */
#include <config.h>

#include "cli/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/file.h"
#include "util/secret.h"

enum vm_status vm_input_open(const char *name, const char *field, int *fd, struct vm_error *err)
{
	bool is_later = false;
	enum vm_status status = VM_OK;

	if (strcmp(name, "-") == 0) {
		*fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		return *fd < 0 ? vm_fail(err, VM_INVALID, "standard input is closed") : VM_OK;
	}
	status = vm_file_open_input(name, fd, err);
	is_later = status == VM_TEMPFAIL && (err->sys_errno == EIO || err->sys_errno == ENOMEM ||
					     err->sys_errno == EMFILE || err->sys_errno == ENFILE);
	if (status == VM_OK || is_later)
		return status;
	return vm_fail_field(err, VM_INVALID, field, "%s", err->text);
}

enum vm_status vm_input_copy(int *fd, const char *name, struct vm_error *err)
{
	static char block[65536];
	ssize_t got = 0;
	int copy = memfd_create("input", MFD_CLOEXEC);
	enum vm_status status = VM_OK;

	if (copy == -1)
		return vm_fail_errno(err, errno, "memory for %s", name);
	while (status == VM_OK && (got = read(*fd, block, sizeof block)) != 0) {
		if (got > 0)
			status = vm_file_write(copy, name, block, (size_t)got, err);
		else if (errno != EINTR)
			status = vm_fail_errno(err, errno, "reading %s", name);
	}
	vm_wipe(block, sizeof block);
	vm_file_discard(fd);
	*fd = copy;
	return status;
}

enum vm_status vm_input_rewind(int fd, const char *name, struct vm_error *err)
{
	return lseek(fd, 0, SEEK_SET) == 0 ? VM_OK : vm_fail_errno(err, errno, "%s", name);
}
