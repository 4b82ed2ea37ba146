/* A Maildir as a POP3 session sees it. */
#include "config.h"

#include "mta/common/pop3/pop3_mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir.h"
#include "core/maildir_size.h"
#include "mta/common/pop3/pop3_scan.h"
#include "util/file.h"

enum { FILE_NAME_MAX = 255, REMOVE_TRIES = 3 };

enum vm_status vm_pop3_mailbox_open(struct vm_pop3_mailbox *mailbox, const char *path,
				    struct vm_error *err)
{
	enum vm_status status;

	*mailbox = (struct vm_pop3_mailbox){ .maildir = -1, .folders = { -1, -1 } };
	status = vm_file_open_folder(AT_FDCWD, path, &mailbox->maildir, err);
	if (status == VM_OK)
		status = vm_file_open_folder(mailbox->maildir, "new", &mailbox->folders[0], err);
	if (status == VM_OK)
		status = vm_file_open_folder(mailbox->maildir, "cur", &mailbox->folders[1], err);
	/* Without its folders it is no mailbox, but that says nothing about the mail that was in it. */
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "%s has no new or cur", path);
	if (status != VM_OK)
		return status;
	vm_pop3_clean_tmp(mailbox->maildir);
	return vm_pop3_scan(mailbox, err);
}

void vm_pop3_mailbox_release(struct vm_pop3_mailbox *mailbox)
{
	free(mailbox->messages);
	free(mailbox->names);
	for (int i = 0; i < 2; i++) {
		if (mailbox->folders[i] >= 0)
			vm_file_discard(&mailbox->folders[i]);
	}
	if (mailbox->maildir >= 0)
		vm_file_discard(&mailbox->maildir);
	*mailbox = (struct vm_pop3_mailbox){ .maildir = -1, .folders = { -1, -1 } };
}

static const char *name_of(const struct vm_pop3_mailbox *mailbox,
			   const struct vm_pop3_message *message)
{
	return mailbox->names + message->name;
}

static int folder_of(const struct vm_pop3_mailbox *mailbox, const struct vm_pop3_message *message)
{
	return mailbox->folders[message->is_new ? 0 : 1];
}

void vm_pop3_mailbox_uid(const struct vm_pop3_mailbox *mailbox, size_t index,
			 char out[VM_POP3_UID_MAX + 1])
{
	static const char hex[] = "0123456789ABCDEF";
	const struct vm_pop3_message *message = &mailbox->messages[index];
	const char *name = name_of(mailbox, message);
	size_t length = 0;

	for (size_t i = 0; i < message->base_length; i++) {
		const unsigned char byte = (unsigned char)name[i];

		if (byte > ' ' && byte < 127) {
			out[length++] = name[i];
		} else {
			out[length++] = '%';
			out[length++] = hex[byte >> 4];
			out[length++] = hex[byte & 15];
		}
	}
	out[length] = '\0';
}

/* A FIFO or a device under a message's name must not stop the session. */
static enum vm_status open_regular(int folder, const char *name, int *fd, struct vm_error *err)
{
	struct stat info;

	*fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1)
		return errno == ENOENT ? vm_fail(err, VM_NOT_FOUND, "%s is gone", name)
				       : vm_fail_errno(err, errno, "%s", name);
	if (fstat(*fd, &info) == 0 && S_ISREG(info.st_mode))
		return VM_OK;
	vm_file_discard(fd);
	return vm_fail(err, VM_TEMPFAIL, "%s is not a file", name);
}

enum vm_status vm_pop3_mailbox_open_message(struct vm_pop3_mailbox *mailbox, size_t index, int *fd,
					    struct vm_error *err)
{
	const struct vm_pop3_message *message = &mailbox->messages[index];
	enum vm_status status = VM_NOT_FOUND;

	*fd = -1;
	if (!message->is_gone)
		status = open_regular(folder_of(mailbox, message), name_of(mailbox, message), fd,
				      err);
	if (status != VM_NOT_FOUND || message->is_gone)
		return status == VM_NOT_FOUND ? vm_fail(err, status, "the message is gone")
					      : status;
	status = vm_pop3_rescan(mailbox, err);
	if (status != VM_OK)
		return status;
	if (message->is_gone)
		return vm_fail(err, VM_NOT_FOUND, "the message is gone");
	return open_regular(folder_of(mailbox, message), name_of(mailbox, message), fd, err);
}

/* How many bytes maildirsize counts for a message; false when it counts none (flag T). */
static bool counted_bytes(const struct vm_pop3_mailbox *mailbox,
			  const struct vm_pop3_message *message, uint64_t *bytes)
{
	const char *name = name_of(mailbox, message);
	struct stat info;

	if (vm_maildir_name_has_flag(name, 'T'))
		return false;
	if (vm_maildir_name_size(name, bytes))
		return true;
	if (fstatat(folder_of(mailbox, message), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	*bytes = (uint64_t)info.st_size;
	return true;
}

/* VM_NOT_FOUND: another program removed it first. Adds to *removed what maildirsize counted for it. */
static enum vm_status remove_message(struct vm_pop3_mailbox *mailbox, size_t index,
				     struct vm_usage *removed, struct vm_error *err)
{
	struct vm_pop3_message *message = &mailbox->messages[index];
	enum vm_status status;
	uint64_t bytes = 0;
	bool counted;
	int fd = -1;

	for (int tries = 0; tries < REMOVE_TRIES; tries++) {
		counted = counted_bytes(mailbox, message, &bytes);
		if (unlinkat(folder_of(mailbox, message), name_of(mailbox, message), 0) == 0) {
			message->is_gone = true;
			removed->bytes += counted ? bytes : 0;
			removed->messages += counted ? 1 : 0;
			return VM_OK;
		}
		if (errno != ENOENT)
			return vm_fail_errno(err, errno, "removing %s", name_of(mailbox, message));
		/* Renamed by another program: find its present name. */
		status = vm_pop3_mailbox_open_message(mailbox, index, &fd, err);
		if (status != VM_OK)
			return status;
		vm_file_discard(&fd);
	}
	return vm_fail(err, VM_TEMPFAIL, "%s is renamed all the time", name_of(mailbox, message));
}

static enum vm_status remove_deleted(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	struct vm_usage *const removed = &mailbox->removed;
	enum vm_status status = VM_OK, one;
	struct vm_error size_err;

	for (size_t i = 0; i < mailbox->count; i++) {
		if (!mailbox->messages[i].is_deleted || mailbox->messages[i].is_gone)
			continue;
		one = remove_message(mailbox, i, removed, err);
		if (one != VM_OK && one != VM_NOT_FOUND)
			status = one;
	}
	/* A line that is missing is found by the recount before a refusal. */
	if (removed->messages > 0)
		(void)vm_maildir_size_add(mailbox->maildir, -(int64_t)removed->bytes,
					  -(int64_t)removed->messages, &size_err);
	return status;
}

/* What the session has seen is no longer new. A message that cannot be moved stays new: nothing is lost. */
static void move_to_cur(struct vm_pop3_mailbox *mailbox)
{
	char name[FILE_NAME_MAX + 4];

	for (size_t i = 0; i < mailbox->count; i++) {
		const struct vm_pop3_message *message = &mailbox->messages[i];
		const char *old_name = name_of(mailbox, message);
		const size_t length = strlen(old_name);

		if (!message->is_new || message->is_gone || message->is_deleted)
			continue;
		memcpy(name, old_name, length + 1);
		if (old_name[message->base_length] != ':')
			memcpy(name + length, ":2,", 4);
		(void)renameat(mailbox->folders[0], old_name, mailbox->folders[1], name);
	}
}

enum vm_status vm_pop3_mailbox_apply(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	const enum vm_status status = remove_deleted(mailbox, err);

	move_to_cur(mailbox);
	return status;
}
