/* Finds qmail-send by its executable and tells it to read its files again. */
#include <config.h>

#include "core/qmail_signal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"

enum { PROC_PATH = 64 };

/* What a process must run to be ours. */
struct wanted {
	char path[PATH_MAX]; /* without symlinks */
	char replaced
		[PATH_MAX]; /* the link text after the program was upgraded under the process */
};

static enum vm_status find_program(const char *qmail_dir, struct wanted *wanted,
				   struct vm_error *err)
{
	char path[PATH_MAX];

	if (!vm_text_format(path, sizeof path, "%s/bin/qmail-send", qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	if (realpath(path, wanted->path) == NULL) {
		if (errno == ENOENT || errno == ENOTDIR)
			return VM_NOT_FOUND;
		return vm_fail_errno(err, errno, "cannot look at %s", path);
	}
	if (!vm_text_format(wanted->replaced, sizeof wanted->replaced, "%s (deleted)",
			    wanted->path))
		wanted->replaced[0] = '\0';
	return VM_OK;
}

/* Processes of other users hide their link from us; then they are not ours to signal either. */
static bool runs_program(uint64_t pid, const struct wanted *wanted)
{
	char link[PROC_PATH], target[PATH_MAX];
	ssize_t length = 0;

	if (!vm_text_format(link, sizeof link, "/proc/%llu/exe", (unsigned long long)pid))
		return false;
	length = readlink(link, target, sizeof target - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	return strcmp(target, wanted->path) == 0 || strcmp(target, wanted->replaced) == 0;
}

/* Through a pidfd: the number may belong to another process between the look and the signal. */
static enum vm_status reload(uint64_t pid, const struct wanted *wanted, unsigned int *signalled,
			     struct vm_error *err)
{
	int fd = -1;
	enum vm_status status = VM_OK;

	if (!runs_program(pid, wanted))
		return VM_OK;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (fd < 0)
		return errno == ESRCH ? VM_OK
				      : vm_fail_errno(err, errno, "cannot reach qmail-send");
	if (runs_program(pid, wanted)) {
		if (syscall(SYS_pidfd_send_signal, fd, SIGHUP, NULL, 0) == 0)
			++*signalled;
		else if (errno != ESRCH)
			status = vm_fail_errno(err, errno, "cannot signal qmail-send (%llu)",
					       (unsigned long long)pid);
	}
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_qmail_send_reload(const char *qmail_dir, unsigned int *signalled,
				    struct vm_error *err)
{
	struct wanted wanted;
	unsigned int count = 0;
	DIR *processes = NULL;
	const struct dirent *entry = NULL;
	enum vm_status status = find_program(qmail_dir, &wanted, err);

	if (signalled != NULL)
		*signalled = 0;
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status; /* not installed: not running */
	processes = opendir("/proc");
	if (processes == NULL)
		return vm_fail_errno(err, errno, "cannot read /proc");
	while (status == VM_OK && (entry = readdir(processes)) != NULL) {
		uint64_t pid = 0;

		if (vm_text_parse_u64(entry->d_name, INT32_MAX, &pid) && pid > 1)
			status = reload(pid, &wanted, &count, err);
	}
	(void)closedir(processes); /* it was only read */
	if (signalled != NULL)
		*signalled = count;
	return status;
}
