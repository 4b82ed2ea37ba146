/* Makes Maildirs and stores messages in them durably. */
#include <config.h>

#include "core/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

enum { HOST_MAX = 64, FOLDER_PATH_MAX = 512 };

static enum vm_status make_part(int at, const char *path, uid_t uid, gid_t gid,
				struct vm_error *err)
{
	struct stat info;
	enum vm_status status = vm_file_make_folder(at, path, 0700, err);

	if (status == VM_EXISTS) {
		status = vm_file_stat(at, path, &info, err);
		if (status == VM_OK && !S_ISDIR(info.st_mode))
			return vm_fail(err, VM_TEMPFAIL, "%s is not a folder", path);
		if (status == VM_NOT_FOUND)
			return vm_fail(err, VM_TEMPFAIL, "%s went away meanwhile", path);
		/* What is there belongs to whom it belongs; vcheck tells of a wrong owner. */
		return status;
	}
	if (status == VM_OK && geteuid() == 0)
		status = vm_file_set_owner(at, path, uid, gid, err);
	return status;
}

enum vm_status vm_maildir_make(int at, const char *path, uid_t uid, gid_t gid, bool sync,
			       struct vm_error *err)
{
	static const char *const parts[] = { "cur", "new", "tmp" };
	char part[FOLDER_PATH_MAX];
	enum vm_status status = make_part(at, path, uid, gid, err);

	for (size_t i = 0; status == VM_OK && i < sizeof parts / sizeof parts[0]; i++) {
		if (!vm_text_format(part, sizeof part, "%s/%s", path, parts[i]))
			return vm_fail(err, VM_INVALID, "%s is too long", path);
		status = make_part(at, part, uid, gid, err);
	}
	if (status == VM_OK && sync)
		status = vm_file_sync_folder(at, path, err);
	return status;
}

/* The host's name with what a Maildir name gives a meaning to escaped, as qmail does. */
static void append_host(char *out, size_t room)
{
	char host[HOST_MAX];
	size_t used = 0;

	if (gethostname(host, sizeof host) != 0)
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	for (const char *c = host; *c != '\0' && used + 5 < room; c++) {
		const char *const escaped = *c == '/' ? "\\057" : *c == ':' ? "\\072" : NULL;

		if (escaped != NULL) {
			memcpy(out + used, escaped, 4);
			used += 4;
		} else if (*c > ' ' && *c < 127 && *c != ',') {
			out[used++] = *c;
		}
	}
	out[used] = '\0';
}

void vm_maildir_unique_name(char out[VM_MAILDIR_NAME_MAX + 1])
{
	static atomic_uint sequence; /* two names of one process in one microsecond must differ */
	char host[HOST_MAX * 2];
	time_t seconds = 0;
	long microseconds = 0;

	vm_clock_now_precise(&seconds, &microseconds);
	append_host(host, sizeof host);
	if (!vm_text_format(out, VM_MAILDIR_NAME_MAX + 1, "%lld.M%06ldP%ld_%u.%s",
			    (long long)seconds, microseconds, (long)getpid(),
			    atomic_fetch_add(&sequence, 1), host[0] == '\0' ? "localhost" : host))
		out[0] = '\0'; /* cannot be: the parts have maxima */
}

/* A link in the place of a folder would carry mail elsewhere; VM_NOT_FOUND: the Maildir is not whole. */
static enum vm_status check_part(int folder, const char *path, const char *part,
				 struct vm_error *err)
{
	struct stat info;
	const enum vm_status status = vm_file_stat(folder, part, &info, err);

	if (status == VM_OK && !S_ISDIR(info.st_mode))
		return vm_fail(err, VM_TEMPFAIL, "%s/%s is not a folder", path, part);
	return status;
}

enum vm_status vm_maildir_begin(int at, const char *path, struct vm_maildir_file *file,
				struct vm_error *err)
{
	char temp[VM_MAILDIR_NAME_MAX + 8];
	enum vm_status status = VM_INTERNAL;

	file->folder = -1;
	file->fd = -1;
	file->name[0] = '\0';
	status = vm_file_open_folder(at, path, &file->folder, err);
	if (status != VM_OK)
		return status;
	status = check_part(file->folder, path, "tmp", err);
	if (status == VM_OK)
		status = check_part(file->folder, path, "new", err);
	if (status != VM_OK) {
		vm_maildir_abort(file);
		return status;
	}
	vm_maildir_unique_name(file->name);
	if (!vm_text_format(temp, sizeof temp, "tmp/%s", file->name))
		status = vm_fail(err, VM_INTERNAL, "%s does not fit", file->name);
	else
		status = vm_file_create(file->folder, temp, 0600, &file->fd, err);
	if (status == VM_OK)
		return VM_OK;
	file->name[0] = '\0';
	vm_maildir_abort(file);
	if (status == VM_EXISTS)
		return vm_fail(err, VM_TEMPFAIL, "the name of a new message is taken");
	return status;
}

/*
 * A rename publishes as well as a link and an unlink would, in one step: nothing of this name can be in new/, since
 * the name is unique and never given twice. What may not be on the disk is taken back: it comes again.
 */
static enum vm_status publish(const struct vm_maildir_file *file, const char *final,
			      struct vm_error *err)
{
	char temp[VM_MAILDIR_NAME_MAX + 8], new[VM_MAILDIR_NAME_MAX + 40];
	struct vm_error ignored;
	enum vm_status status = VM_INTERNAL;

	if (!vm_text_format(temp, sizeof temp, "tmp/%s", file->name) ||
	    !vm_text_format(new, sizeof new, "new/%s", final))
		return vm_fail(err, VM_INTERNAL, "%s does not fit", final);
	status = vm_file_rename(file->folder, temp, new, err);
	if (status != VM_OK)
		return status;
	status = vm_file_sync_parent(file->folder, new, err);
	if (status != VM_OK)
		(void)vm_file_remove(file->folder, new, &ignored); /* the first error is told */
	return status;
}

enum vm_status vm_maildir_prepare(struct vm_maildir_file *file, struct vm_error *err)
{
	enum vm_status status = vm_file_sync(file->fd, file->name, err);

	if (status == VM_OK)
		status = vm_file_close(&file->fd, file->name, err);
	if (status != VM_OK)
		vm_maildir_abort(file);
	return status;
}

enum vm_status vm_maildir_commit(struct vm_maildir_file *file, uint64_t size, char *out_name,
				 struct vm_error *err)
{
	char final[VM_MAILDIR_NAME_MAX + 1];
	enum vm_status status = VM_OK;

	if (file->fd >= 0)
		status = vm_maildir_prepare(file, err);
	if (status != VM_OK)
		return status;
	if (!vm_text_format(final, sizeof final, "%s,S=%" PRIu64, file->name, size))
		status = vm_fail(err, VM_INTERNAL, "%s does not fit", file->name);
	if (status == VM_OK)
		status = publish(file, final, err);
	if (status != VM_OK) {
		vm_maildir_abort(file);
		return status == VM_NOT_FOUND
			       ? vm_fail(err, VM_TEMPFAIL, "the Maildir went away meanwhile")
			       : status;
	}
	if (out_name != NULL)
		memcpy(out_name, final, strlen(final) + 1);
	file->name[0] = '\0';
	vm_file_discard(&file->folder);
	return VM_OK;
}

void vm_maildir_abort(struct vm_maildir_file *file)
{
	char temp[VM_MAILDIR_NAME_MAX + 8];
	struct vm_error
		ignored; /* what stays in tmp/ is cleaned up by POP3 and IMAP servers after 36 hours */

	vm_file_discard(&file->fd);
	if (file->folder >= 0 && file->name[0] != '\0' &&
	    vm_text_format(temp, sizeof temp, "tmp/%s", file->name))
		(void)vm_file_remove(file->folder, temp, &ignored);
	file->name[0] = '\0';
	vm_file_discard(&file->folder);
}

bool vm_maildir_name_size(const char *name, uint64_t *size)
{
	const char *const start = strstr(name, ",S=");
	char digits[24];
	size_t length = 0;

	if (start == NULL)
		return false;
	length = strspn(start + 3, "0123456789");
	if (length == 0 || length >= sizeof digits)
		return false;
	memcpy(digits, start + 3, length);
	digits[length] = '\0';
	return vm_text_parse_u64(digits, INT64_MAX, size);
}

bool vm_maildir_name_has_flag(const char *name, char flag)
{
	const char *const info = strstr(name, ":2,");

	return info != NULL && flag != '\0' && strchr(info + 3, flag) != NULL;
}
