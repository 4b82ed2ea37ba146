/* Keeps Maildir++ accounts in maildirsize. */
#include <config.h>

#include "core/maildir_size.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir_count.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

/* Past this many bytes the file is summed up into one line again, as Courier and Dovecot do. */
enum { FILE_MAX = 5120, READ_MAX = 64 * 1024, LINE_MAX_BYTES = 64 };

static const char file_name[] = "maildirsize";
static const char lock_name[] = "maildirsize.lock";

/* "NS,NC", the form of the first line; "0S" when there is no limit, as Dovecot writes it. */
static void print_quota(const struct vm_quota *quota, char out[VM_QUOTA_MAX + 1])
{
	if (vm_quota_is_unlimited(quota))
		vm_text_copy(out, VM_QUOTA_MAX + 1, "0S");
	else
		vm_quota_print(quota, out);
}

/* A sum of signed lines; below 0 it is not to be believed. */
struct sums {
	int64_t bytes, messages;
	size_t lines;
};

static bool parse_number(char **text, int64_t *out)
{
	char *const start = *text + strspn(*text, " \t");
	const size_t length = strcspn(start, " \t");

	*text = start + length;
	if (start[length] != '\0')
		*(*text)++ = '\0';
	return vm_text_parse_i64(start, -VM_MAILDIR_BYTES_MAX, VM_MAILDIR_BYTES_MAX, out);
}

static bool add_line(char *line, struct sums *sums)
{
	int64_t bytes = 0, messages = 0;

	if (!parse_number(&line, &bytes) || !parse_number(&line, &messages) ||
	    line[strspn(line, " \t\r")] != '\0')
		return false;
	sums->lines++;
	return !__builtin_add_overflow(sums->bytes, bytes, &sums->bytes) &&
	       !__builtin_add_overflow(sums->messages, messages, &sums->messages);
}

/* False when the file must be made anew: another quota, a damaged line, a sum below 0. */
static bool parse_file(char *text, const char *quota, struct sums *sums)
{
	char *line = text, *end = strchr(text, '\n');

	*sums = (struct sums){ 0 };
	if (end == NULL)
		return false;
	*end = '\0';
	if (quota != NULL && strcmp(line, quota) != 0)
		return false;
	for (line = end + 1; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return false;
		*end = '\0';
		if (line[0] != '\0' && !add_line(line, sums))
			return false;
	}
	return sums->lines > 0 && sums->bytes >= 0 && sums->messages >= 0;
}

static enum vm_status write_file(int maildir, const char *quota, const struct vm_usage *usage,
				 struct vm_error *err)
{
	char text[VM_QUOTA_MAX + LINE_MAX_BYTES + 4];

	if (!vm_text_format(text, sizeof text, "%s\n%" PRIu64 " %" PRIu64 "\n", quota, usage->bytes,
			    usage->messages))
		return vm_fail(err, VM_INTERNAL, "maildirsize does not fit");
	return vm_file_replace_with(maildir, file_name, 0600, text, strlen(text), err);
}

static enum vm_status recount(int maildir, const char *quota, struct vm_usage *out,
			      struct vm_error *err)
{
	const enum vm_status status = vm_maildir_count(maildir, out, err);

	return status == VM_OK ? write_file(maildir, quota, out, err) : status;
}

/*
 * Under the lock. *is_counted: the numbers come from the messages themselves just now. A file that is missing, damaged or
 * grown out of all bounds is counted anew; one that cannot be read is a disk's or an administrator's trouble.
 */
static enum vm_status read_or_count(int maildir, const char *quota, struct vm_usage *out,
				    bool *is_counted, struct vm_error *err)
{
	struct vm_buf text;
	struct sums sums;
	enum vm_status status = VM_INTERNAL;

	*is_counted = false;
	vm_buf_init(&text, READ_MAX);
	status = vm_file_read_all(maildir, file_name, &text, err);
	if (status == VM_OK && parse_file(text.bytes, quota, &sums)) {
		out->bytes = (uint64_t)sums.bytes;
		out->messages = (uint64_t)sums.messages;
		if (text.length > FILE_MAX)
			status = write_file(maildir, quota, out, err);
	} else if (status == VM_OK || status == VM_NOT_FOUND || text.failed) {
		*is_counted = true;
		status = recount(maildir, quota, out, err);
	}
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_maildir_size_read(int maildir, const struct vm_quota *quota, struct vm_usage *out,
				    struct vm_error *err)
{
	char text[VM_QUOTA_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	bool is_counted = false;
	enum vm_status status = vm_file_lock_take(&lock, maildir, lock_name, err);

	*out = (struct vm_usage){ 0 };
	print_quota(quota, text);
	if (status == VM_OK)
		status = read_or_count(maildir, text, out, &is_counted, err);
	vm_file_lock_release(&lock);
	return status;
}

/* The first delivery under a quota makes the file. */
static enum vm_status check_missing(int maildir, const struct vm_quota *quota, struct vm_error *err)
{
	struct vm_usage found = { 0 };
	const enum vm_status status =
		vm_quota_is_unlimited(quota) ? VM_OK : vm_maildir_count(maildir, &found, err);

	if (status == VM_OK && found.messages > 0)
		return vm_fail(err, VM_INVALID, "is missing");
	return status;
}

static enum vm_status compare(int maildir, const struct vm_quota *quota, struct vm_error *err)
{
	char wanted[VM_QUOTA_MAX + 1];
	struct vm_buf text;
	struct sums sums = { 0 };
	struct vm_usage found = { 0 };
	enum vm_status status = VM_INTERNAL;

	print_quota(quota, wanted);
	vm_buf_init(&text, READ_MAX);
	status = vm_file_read_all(maildir, file_name, &text, err);
	if (status == VM_NOT_FOUND)
		status = check_missing(maildir, quota, err);
	else if (text.failed)
		status = vm_fail(err, VM_INVALID, "is too long");
	else if (status == VM_OK && !parse_file(text.bytes, wanted, &sums))
		status = vm_fail(err, VM_INVALID, "is damaged or of another quota");
	else if (status == VM_OK)
		status = vm_maildir_count(maildir, &found, err);
	if (status == VM_OK && text.length > 0 &&
	    (found.bytes != (uint64_t)sums.bytes || found.messages != (uint64_t)sums.messages))
		status = vm_fail(err, VM_INVALID,
				 "says %" PRId64 " bytes in %" PRId64
				 " messages, there are %" PRIu64 " in %" PRIu64,
				 sums.bytes, sums.messages, found.bytes, found.messages);
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_maildir_size_verify(int maildir, const struct vm_quota *quota,
				      struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	struct stat info;
	enum vm_status status = vm_file_stat(maildir, lock_name, &info, err);

	/* No lock file: none of ours has delivered yet, and a look makes none. */
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, maildir, lock_name, err);
	if (status == VM_OK || status == VM_NOT_FOUND)
		status = compare(maildir, quota, err);
	if (status == VM_INVALID)
		status = compare(maildir, quota, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_maildir_size_recount(int maildir, const struct vm_quota *quota,
				       struct vm_usage *out, struct vm_error *err)
{
	char text[VM_QUOTA_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, maildir, lock_name, err);

	*out = (struct vm_usage){ 0 };
	print_quota(quota, text);
	if (status == VM_OK)
		status = recount(maildir, text, out, err);
	vm_file_lock_release(&lock);
	return status;
}

/* One write of one line: O_APPEND keeps lines of several programs whole. */
static enum vm_status append(int maildir, int64_t bytes, int64_t messages, struct vm_error *err)
{
	char line[LINE_MAX_BYTES];
	struct vm_error ignored;
	int fd = openat(maildir, file_name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	enum vm_status status = VM_INTERNAL;

	if (fd < 0 && errno == ENOENT)
		return VM_OK;
	if (fd < 0)
		return vm_fail_errno(err, errno, "cannot open %s", file_name);
	if (!vm_text_format(line, sizeof line, "%" PRId64 " %" PRId64 "\n", bytes, messages))
		status = vm_fail(err, VM_INTERNAL, "a line of maildirsize does not fit");
	else
		status = vm_file_write(fd, file_name, line, strlen(line), err);
	if (status == VM_OK)
		return vm_file_close(&fd, file_name, err);
	(void)vm_file_close(&fd, file_name,
			    &ignored); /* the write's error is the one that counts */
	return status;
}

enum vm_status vm_maildir_size_begin(int maildir, const struct vm_quota *quota, uint64_t bytes,
				     struct vm_maildir_hold *hold, struct vm_usage *out,
				     struct vm_error *err)
{
	char text[VM_QUOTA_MAX + 1];
	bool is_counted = false;
	enum vm_status status = VM_INTERNAL;

	*hold = (struct vm_maildir_hold){ .lock = { .fd = -1 }, .maildir = maildir };
	*out = (struct vm_usage){ 0 };
	print_quota(quota, text);
	status = vm_file_lock_take(&hold->lock, maildir, lock_name, err);
	if (status == VM_OK)
		status = read_or_count(maildir, text, out, &is_counted, err);
	if (status == VM_OK && vm_quota_is_exceeded_by(quota, out, bytes) && !is_counted)
		status = recount(maildir, text, out, err);
	if (status == VM_OK && vm_quota_is_exceeded_by(quota, out, bytes))
		status = vm_fail(err, VM_LIMIT, "user is over quota");
	if (status != VM_OK)
		vm_file_lock_release(&hold->lock);
	return status;
}

enum vm_status vm_maildir_size_end(struct vm_maildir_hold *hold, uint64_t bytes, bool is_stored,
				   struct vm_error *err)
{
	enum vm_status status = VM_OK;

	/* A line that the parser refuses would have everything counted again. */
	if (bytes > VM_MAILDIR_BYTES_MAX)
		bytes = VM_MAILDIR_BYTES_MAX;
	if (is_stored)
		status = append(hold->maildir, (int64_t)bytes, 1, err);
	vm_file_lock_release(&hold->lock);
	return status;
}

enum vm_status vm_maildir_size_add(int maildir, int64_t bytes, int64_t messages,
				   struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	struct stat info;
	enum vm_status status = vm_file_stat(maildir, file_name, &info, err);

	if (status == VM_NOT_FOUND) /* asked before the lock, whose file would stay */
		return VM_OK;
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, maildir, lock_name, err);
	if (status == VM_OK)
		status = append(maildir, bytes, messages, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_maildir_size_set_quota(int maildir, const struct vm_quota *quota,
					 struct vm_error *err)
{
	char text[VM_QUOTA_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	struct vm_buf old;
	struct sums sums;
	enum vm_status status = vm_file_lock_take(&lock, maildir, lock_name, err);

	if (status != VM_OK)
		return status;
	print_quota(quota, text);
	vm_buf_init(&old, READ_MAX);
	status = vm_file_read_all(maildir, file_name, &old, err);
	if (status == VM_OK && parse_file(old.bytes, NULL, &sums)) {
		const struct vm_usage usage = { (uint64_t)sums.bytes, (uint64_t)sums.messages };

		status = write_file(maildir, text, &usage, err);
	} else if (status == VM_OK) {
		status = vm_file_remove(maildir, file_name, err); /* damaged: counted when needed */
	} else if (status == VM_NOT_FOUND) {
		status = VM_OK;
	}
	vm_buf_release(&old);
	vm_file_lock_release(&lock);
	return status;
}
