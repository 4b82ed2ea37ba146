/* Reads and writes HOME/lastauth. */
#include <config.h>

#include "core/lastauth_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

static const char file_name[] = "lastauth";

static enum vm_status set_time(int folder, time_t when, struct vm_error *err)
{
	const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };

	if (utimensat(folder, file_name, times, AT_SYMLINK_NOFOLLOW) != 0)
		return vm_fail_errno(err, errno, "cannot set the time of %s", file_name);
	return VM_OK;
}

enum vm_status vm_lastauth_file_put(const char *home, const struct vm_last_login *login,
				    struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = vm_file_open_folder(AT_FDCWD, home, &folder, err);

	if (status != VM_OK)
		return status;
	status = vm_file_replace_unsynced(folder, file_name, 0600, login->from, strlen(login->from),
					  err);
	if (status == VM_OK)
		status = set_time(folder, login->when, err);
	vm_file_discard(&folder);
	return status;
}

/* One line at most, whatever a program of another kind has written there. */
static void take_text(const struct vm_buf *text, struct vm_last_login *out)
{
	size_t length = strcspn(text->bytes, "\r\n");

	if (length > VM_IP_MAX)
		length = VM_IP_MAX;
	memcpy(out->from, text->bytes, length);
	out->from[length] = '\0';
	vm_text_sanitize(out->from);
}

static enum vm_status read_from(int folder, struct vm_last_login *out, struct vm_error *err)
{
	struct vm_buf text;
	struct stat file;
	enum vm_status status = vm_file_stat(folder, file_name, &file, err);

	if (status != VM_OK)
		return status;
	vm_buf_init(&text, 4096);
	status = vm_file_read_all(folder, file_name, &text, err);
	if (status == VM_OK) {
		take_text(&text, out);
		out->when = file.st_mtime;
	}
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_lastauth_file_get(const char *home, struct vm_last_login *out,
				    struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = VM_OK;

	*out = (struct vm_last_login){ 0 };
	status = vm_file_open_folder(AT_FDCWD, home, &folder, err);
	if (status == VM_OK)
		status = read_from(folder, out, err);
	vm_file_discard(&folder);
	return status == VM_NOT_FOUND ? VM_OK : status;
}
