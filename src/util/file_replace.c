/* Replaces files by a synced temp file and a rename. */
#include <config.h>

#include "util/file_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/secret.h"
#include "util/text.h"

/* Of a long name only this much goes into the temp name, so that it fits with the pid and the number. */
enum {
	TEMP_STEM_MAX = 200,
	TEMP_PID_MAX = 10,
	TEMP_RANDOM = 16,
	TEMP_TAIL = 1 + TEMP_RANDOM + 4, /* ".RANDOM.tmp" */
	STALE_SECONDS = 36 * 3600,
};

static enum vm_status set_names(struct vm_file_replace *replace, const char *name,
				struct vm_error *err)
{
	uint64_t number = 0;

	if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || !vm_text_copy(replace->name, sizeof replace->name, name))
		return vm_fail(err, VM_TEMPFAIL, "\"%s\" is not the name of a file", name);
	if (!vm_random_bytes(&number, sizeof number))
		return vm_fail(err, VM_TEMPFAIL, "the kernel gives no random bytes");
	if (!vm_text_format(replace->temp, sizeof replace->temp, ".%.*s.%ld.%016" PRIx64 ".tmp",
			    (int)TEMP_STEM_MAX, name, (long)getpid(), number))
		return vm_fail(err, VM_INTERNAL, "the temp name of %s does not fit", name);
	return VM_OK;
}

/* Root may be replacing a file that a less mighty user must still be able to write. */
static enum vm_status set_owner(const struct vm_file_replace *replace, struct vm_error *err)
{
	struct stat model, temp;

	if (geteuid() != 0)
		return VM_OK;
	if (fstatat(replace->folder, replace->name, &model, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			return vm_fail_errno(err, errno, "cannot stat %s", replace->name);
		if (fstatat(replace->folder, ".", &model, 0) != 0)
			return vm_fail_errno(err, errno, "cannot stat the folder of %s",
					     replace->name);
	}
	if (fstat(replace->fd, &temp) != 0)
		return vm_fail_errno(err, errno, "cannot stat %s", replace->temp);
	if (temp.st_uid == model.st_uid && temp.st_gid == model.st_gid)
		return VM_OK;
	if (fchown(replace->fd, model.st_uid, model.st_gid) != 0)
		return vm_fail_errno(err, errno, "cannot change the owner of %s", replace->temp);
	return VM_OK;
}

static enum vm_status begin(struct vm_file_replace *replace, int folder, const char *name,
			    mode_t mode, bool sync, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	replace->folder = folder;
	replace->fd = -1;
	replace->sync = sync;
	replace->temp[0] = '\0';
	replace->name[0] = '\0';
	status = set_names(replace, name, err);
	if (status != VM_OK)
		return status;
	replace->fd = openat(folder, replace->temp,
			     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0600);
	if (replace->fd < 0) {
		vm_fail_errno(err, errno, "cannot create %s", replace->temp);
		replace->temp[0] = '\0'; /* not ours to remove */
		return VM_TEMPFAIL;
	}
	status = set_owner(replace, err);
	/* Mode after owner: chown takes set-id bits away, and open had to obey the umask. */
	if (status == VM_OK && fchmod(replace->fd, mode) != 0)
		status = vm_fail_errno(err, errno, "cannot set the mode of %s", replace->temp);
	if (status != VM_OK)
		vm_file_replace_abort(replace);
	return status;
}

enum vm_status vm_file_replace_begin(struct vm_file_replace *replace, int folder, const char *name,
				     mode_t mode, struct vm_error *err)
{
	return begin(replace, folder, name, mode, true, err);
}

enum vm_status vm_file_replace_begin_unsynced(struct vm_file_replace *replace, int folder,
					      const char *name, mode_t mode, struct vm_error *err)
{
	return begin(replace, folder, name, mode, false, err);
}

static enum vm_status sync_folder(const struct vm_file_replace *replace, struct vm_error *err)
{
	if (replace->folder == AT_FDCWD)
		return vm_file_sync_folder(AT_FDCWD, ".", err);
	return vm_file_sync(replace->folder, "the folder", err);
}

/* Everything up to the moment of the rename. */
static enum vm_status settle(struct vm_file_replace *replace, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (replace->fd < 0)
		return vm_fail(err, VM_INTERNAL, "commit of %s without a begin", replace->name);
	if (replace->sync)
		status = vm_file_sync(replace->fd, replace->temp, err);
	if (status == VM_OK)
		status = vm_file_close(&replace->fd, replace->temp, err);
	return status;
}

static enum vm_status publish(struct vm_file_replace *replace, struct vm_error *err)
{
	const enum vm_status status =
		vm_file_rename(replace->folder, replace->temp, replace->name, err);

	if (status == VM_OK)
		replace->temp[0] = '\0';
	return status;
}

/* The disk may begin with all of them before the first is waited for; fsync tells of errors. */
static void start_writing(struct vm_file_replace *const *replaces, size_t count)
{
	for (size_t i = 0; count > 1 && i < count; i++)
		if (replaces[i]->sync)
			(void)sync_file_range(replaces[i]->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

enum vm_status vm_file_replace_commit_all(struct vm_file_replace *const *replaces, size_t count,
					  struct vm_error *err)
{
	enum vm_status status = VM_OK;
	bool sync = false;

	start_writing(replaces, count);
	for (size_t i = 0; i < count && status == VM_OK; i++)
		status = settle(replaces[i], err);
	for (size_t i = 0; i < count && status == VM_OK; i++) {
		status = publish(replaces[i], err);
		sync = sync || replaces[i]->sync;
	}
	if (status != VM_OK) {
		for (size_t i = 0; i < count; i++)
			vm_file_replace_abort(replaces[i]);
		return status;
	}
	if (!sync)
		return VM_OK;
	status = sync_folder(replaces[0], err);
	if (status != VM_OK)
		return vm_fail_errno(err, err->sys_errno,
				     "%s is replaced, but its folder cannot be synced",
				     replaces[0]->name);
	return VM_OK;
}

enum vm_status vm_file_replace_commit(struct vm_file_replace *replace, struct vm_error *err)
{
	return vm_file_replace_commit_all(&replace, 1, err);
}

void vm_file_replace_abort(struct vm_file_replace *replace)
{
	vm_file_discard(&replace->fd);
	if (replace->temp[0] != '\0')
		/* One that cannot be removed is harmless; vcheck looks for such names. */
		(void)unlinkat(replace->folder, replace->temp, 0);
	replace->temp[0] = '\0';
}

/* Is it ".NAME.PID.RANDOM.tmp"? Then *pid is its writer. */
static bool parse_temp(const char *name, pid_t *pid)
{
	const size_t length = strlen(name);
	char digits[TEMP_PID_MAX + 1];
	const char *random = NULL, *start = NULL;
	uint64_t number = 0;

	if (length < TEMP_TAIL + 4 || name[0] != '.' || !vm_text_ends_with(name, ".tmp"))
		return false;
	random = name + length - TEMP_TAIL;
	if (random[0] != '.' || strspn(random + 1, "0123456789abcdef") != TEMP_RANDOM)
		return false;
	start = memrchr(name + 1, '.', (size_t)(random - name) - 1);
	if (start == NULL || start == name + 1 ||
	    !vm_text_format(digits, sizeof digits, "%.*s", (int)(random - start - 1), start + 1) ||
	    !vm_text_parse_u64(digits, INT32_MAX, &number) || number == 0)
		return false;
	*pid = (pid_t)number;
	return true;
}

bool vm_file_replace_is_stale(const char *name, time_t changed, time_t now)
{
	pid_t pid = 0;

	if (!parse_temp(name, &pid))
		return false;
	return now - changed > STALE_SECONDS || (kill(pid, 0) != 0 && errno == ESRCH);
}

static enum vm_status replace_with(int folder, const char *name, mode_t mode, const void *bytes,
				   size_t length, bool sync, struct vm_error *err)
{
	struct vm_file_replace replace;
	enum vm_status status = begin(&replace, folder, name, mode, sync, err);

	if (status != VM_OK)
		return status;
	status = vm_file_write(replace.fd, replace.temp, bytes, length, err);
	if (status == VM_OK)
		return vm_file_replace_commit(&replace, err);
	vm_file_replace_abort(&replace);
	return status;
}

enum vm_status vm_file_replace_with(int folder, const char *name, mode_t mode, const void *bytes,
				    size_t length, struct vm_error *err)
{
	return replace_with(folder, name, mode, bytes, length, true, err);
}

enum vm_status vm_file_replace_unsynced(int folder, const char *name, mode_t mode,
					const void *bytes, size_t length, struct vm_error *err)
{
	return replace_with(folder, name, mode, bytes, length, false, err);
}
