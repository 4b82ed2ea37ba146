/* Finds temporary files that nobody will finish. */
#include <config.h>

#include "operations/check_strays.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/folder_names.h"
#include "util/text.h"

enum { STALE_SECONDS = 36 * 3600 };

static const char kind[] = "temporary";

/* One folder under check. */
struct scan {
	const struct vm_check *check;
	const char *path;
	time_t now;
	uint64_t stale; /* in a tmp */
};

static enum vm_status check_temp(void *context, int folder, const char *name, struct vm_error *err)
{
	const struct scan *const scan = context;
	char path[PATH_MAX];
	struct stat info;
	enum vm_status status = VM_OK;

	if (name[0] != '.' || !vm_text_ends_with(name, ".tmp"))
		return VM_OK;
	status = vm_file_stat(folder, name, &info, err);
	if (status != VM_OK || !S_ISREG(info.st_mode) ||
	    !vm_file_replace_is_stale(name, info.st_mtime, scan->now))
		return status;
	if (scan->check->repair)
		status = vm_file_remove(folder, name, err);
	if (status == VM_OK && vm_text_format(path, sizeof path, "%s/%s", scan->path, name))
		vm_check_tell(scan->check, kind, path, "removes it",
			      "a file was to be replaced by it, and its writer is gone");
	return status;
}

enum vm_status vm_check_temporary(const struct vm_check *check, int folder, const char *path,
				  struct vm_error *err)
{
	struct scan scan = { .check = check, .path = path, .now = vm_clock_now() };

	return vm_folder_each_name(folder, path, check_temp, &scan, err);
}

enum vm_status vm_check_temporary_in(const struct vm_check *check, const char *path,
				     struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, path, &folder, err);

	if (status == VM_OK)
		status = vm_check_temporary(check, folder, path, err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status check_message(void *context, int folder, const char *name,
				    struct vm_error *err)
{
	struct scan *const scan = context;
	struct stat info;
	enum vm_status status = vm_file_stat(folder, name, &info, err);

	if (status != VM_OK || !S_ISREG(info.st_mode) || scan->now - info.st_mtime <= STALE_SECONDS)
		return status;
	scan->stale++;
	return scan->check->repair ? vm_file_remove(folder, name, err) : VM_OK;
}

/* tmp of one Maildir or folder of it; one finding however many there are. */
static enum vm_status check_tmp(struct scan *scan, int maildir, const char *below,
				struct vm_error *err)
{
	char name[NAME_MAX + 8], path[PATH_MAX];
	int tmp = -1;
	enum vm_status status = VM_OK;

	if (!vm_text_format(name, sizeof name, "%s%stmp", below, below[0] == '\0' ? "" : "/") ||
	    !vm_text_format(path, sizeof path, "%s/%s", scan->path, name))
		return VM_OK; /* no delivery reaches so long a path either */
	status = vm_file_open_folder(maildir, name, &tmp, err);
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	scan->stale = 0;
	status = vm_folder_each_name(tmp, path, check_message, scan, err);
	vm_file_discard(&tmp);
	if (status == VM_OK && scan->stale > 0)
		vm_check_tell(scan->check, kind, path, "removes them",
			      "%" PRIu64
			      " files older than 36 hours, left by deliveries that failed",
			      scan->stale);
	return status;
}

static enum vm_status check_folder(void *context, int maildir, const char *name,
				   struct vm_error *err)
{
	struct stat info;
	enum vm_status status = VM_OK;

	if (name[0] != '.')
		return VM_OK;
	status = vm_file_stat(maildir, name, &info, err);
	return status == VM_OK && S_ISDIR(info.st_mode) ? check_tmp(context, maildir, name, err)
							: status;
}

enum vm_status vm_check_maildir_tmp(const struct vm_check *check, int maildir, const char *path,
				    struct vm_error *err)
{
	struct scan scan = { .check = check, .path = path, .now = vm_clock_now() };
	enum vm_status status = check_tmp(&scan, maildir, "", err);

	return status == VM_OK ? vm_folder_each_name(maildir, path, check_folder, &scan, err)
			       : status;
}
