/* Counts messages by walking new and cur. */
#include <config.h>

#include "core/maildir_count.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir.h"
#include "util/text.h"

/* NULL with errno 0 when there is no such folder. */
static DIR *open_stream(int at, const char *name, enum vm_status *status, struct vm_error *err)
{
	const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = NULL;

	*status = VM_OK;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return NULL;
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (stream == NULL) {
		*status = vm_fail_errno(err, errno, "cannot read the folder %s", name);
		if (fd >= 0)
			close(fd);
	}
	return stream;
}

static enum vm_status count_file(int folder, const char *name, struct vm_usage *out,
				 struct vm_error *err)
{
	struct stat info;
	uint64_t size = 0;

	if (vm_maildir_name_has_flag(name, 'T'))
		return VM_OK;
	if (!vm_maildir_name_size(name, &size)) {
		if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
			return errno == ENOENT ? VM_OK
					       : vm_fail_errno(err, errno, "cannot stat %s", name);
		size = (uint64_t)info.st_size;
	}
	if (size > VM_MAILDIR_BYTES_MAX - out->bytes)
		size = VM_MAILDIR_BYTES_MAX - out->bytes;
	out->bytes += size;
	out->messages++;
	return VM_OK;
}

static enum vm_status count_part(int maildir, const char *name, struct vm_usage *out,
				 struct vm_error *err)
{
	const struct dirent *entry = NULL;
	enum vm_status status = VM_OK;
	DIR *const stream = open_stream(maildir, name, &status, err);

	if (stream == NULL)
		return status;
	errno = 0;
	while (status == VM_OK && (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] != '.')
			status = count_file(dirfd(stream), entry->d_name, out, err);
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		status = vm_fail_errno(err, errno, "cannot read the folder %s", name);
	closedir(stream);
	return status;
}

static enum vm_status count_folder(int maildir, const char *name, struct vm_usage *out,
				   struct vm_error *err)
{
	char path[512];
	enum vm_status status = VM_OK;

	if (!vm_text_format(path, sizeof path, "%s/new", name))
		return vm_fail(err, VM_TEMPFAIL, "the name of a folder is too long");
	status = count_part(maildir, path, out, err);
	if (status == VM_OK && vm_text_format(path, sizeof path, "%s/cur", name))
		status = count_part(maildir, path, out, err);
	return status;
}

static bool is_counted_folder(const char *name)
{
	return name[0] == '.' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strcmp(name, ".Trash") != 0;
}

enum vm_status vm_maildir_count(int maildir, struct vm_usage *out, struct vm_error *err)
{
	const struct dirent *entry = NULL;
	DIR *stream = NULL;
	enum vm_status status = VM_OK;

	*out = (struct vm_usage){ 0 };
	status = count_folder(maildir, ".", out, err);
	if (status != VM_OK)
		return status;
	stream = open_stream(maildir, ".", &status, err);
	if (stream == NULL)
		return status;
	errno = 0;
	while (status == VM_OK && (entry = readdir(stream)) != NULL) {
		if (is_counted_folder(entry->d_name))
			status = count_folder(maildir, entry->d_name, out, err);
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		status = vm_fail_errno(err, errno, "cannot read the Maildir");
	closedir(stream);
	return status;
}
