/* Reads the folders of a Maildir. */
#include "config.h"

#include "mta/common/pop3/pop3_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"

/* Bounds of one Maildir: four million messages, 1 GiB of names. */
enum { MESSAGES_MAX = 4 * 1024 * 1024, NAMES_MAX = 1024 * 1024 * 1024 };
enum { FIRST_MESSAGES = 256, FIRST_NAMES = 16384 };
enum { STALE_SECONDS = 36 * 60 * 60 };

static const char *name_of(const struct vm_pop3_mailbox *mailbox,
			   const struct vm_pop3_message *message)
{
	return mailbox->names + message->name;
}

/* Grows by half: the memory of a session is what its names need, not twice that. */
static bool grow(void **memory, size_t *capacity, size_t item, size_t needed, size_t first,
		 size_t maximum)
{
	size_t wanted = *capacity == 0 ? first : *capacity + *capacity / 2;
	void *grown;

	if (needed <= *capacity && *memory != NULL)
		return true;
	if (needed > maximum)
		return false;
	if (wanted < needed)
		wanted = needed;
	grown = realloc(*memory, wanted * item);
	if (grown == NULL)
		return false;
	*memory = grown;
	*capacity = wanted;
	return true;
}

/* "SECONDS.M<microseconds>..." or "SECONDS....": false when the name does not begin with a time. */
static bool order_from_name(const char *name, uint64_t *order)
{
	uint64_t seconds = 0, microseconds = 0;
	size_t digits = strspn(name, "0123456789");

	if (digits == 0 || digits > 12)
		return false;
	for (size_t i = 0; i < digits; i++)
		seconds = seconds * 10 + (uint64_t)(name[i] - '0');
	name += digits;
	if (name[0] == '.' && name[1] == 'M') {
		digits = strspn(name + 2, "0123456789");
		for (size_t i = 0; i < digits && i < 6; i++)
			microseconds = microseconds * 10 + (uint64_t)(name[2 + i] - '0');
	}
	*order = seconds * 1000000 + microseconds;
	return true;
}

static bool append_name(struct vm_pop3_mailbox *mailbox, const char *name, uint32_t *offset)
{
	const size_t length = strlen(name) + 1;
	void *names = mailbox->names;

	if (!grow(&names, &mailbox->names_capacity, 1, mailbox->names_length + length, FIRST_NAMES,
		  NAMES_MAX))
		return false;
	mailbox->names = names;
	memcpy(mailbox->names + mailbox->names_length, name, length);
	*offset = (uint32_t)mailbox->names_length;
	mailbox->names_length += length;
	return true;
}

static bool append_message(struct vm_pop3_mailbox *mailbox, const struct vm_pop3_message *message)
{
	void *messages = mailbox->messages;

	if (!grow(&messages, &mailbox->capacity, sizeof(*message), mailbox->count + 1,
		  FIRST_MESSAGES, MESSAGES_MAX))
		return false;
	mailbox->messages = messages;
	mailbox->messages[mailbox->count++] = *message;
	return true;
}

static enum vm_status add_message(struct vm_pop3_mailbox *mailbox, int folder, const char *name,
				  struct vm_error *err)
{
	struct vm_pop3_message message = { .octets = UINT64_MAX, .is_new = folder == 0 };
	struct stat info;

	if (!order_from_name(name, &message.order)) {
		if (fstatat(mailbox->folders[folder], name, &info, AT_SYMLINK_NOFOLLOW) != 0)
			return errno == ENOENT ? VM_OK : vm_fail_errno(err, errno, "%s", name);
		message.order = (uint64_t)info.st_mtime * 1000000;
	}
	message.base_length = (uint8_t)strcspn(name, ":");
	if (!append_name(mailbox, name, &message.name) || !append_message(mailbox, &message))
		return vm_fail(err, VM_TEMPFAIL, "not enough memory for %zu messages",
			       mailbox->count + 1);
	return VM_OK;
}

static enum vm_status scan_folder(struct vm_pop3_mailbox *mailbox, int folder, struct vm_error *err)
{
	const int fd = openat(mailbox->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd != -1 ? fdopendir(fd) : NULL;
	enum vm_status status = VM_OK;
	struct dirent *entry;

	if (entries == NULL) {
		status = vm_fail_errno(err, errno, "reading %s", folder == 0 ? "new" : "cur");
		if (fd != -1)
			(void)close(fd); /* only read from */
		return status;
	}
	errno = 0;
	while (status == VM_OK && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] != '.' &&
		    (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN))
			status = add_message(mailbox, folder, entry->d_name, err);
		errno = 0;
	}
	if (status == VM_OK && errno != 0)
		status = vm_fail_errno(err, errno, "reading %s", folder == 0 ? "new" : "cur");
	(void)closedir(entries); /* only read from */
	return status;
}

static int compare_base(const struct vm_pop3_mailbox *mailbox, const struct vm_pop3_message *a,
			const struct vm_pop3_message *b)
{
	const size_t shorter = a->base_length < b->base_length ? a->base_length : b->base_length;
	const int order = memcmp(name_of(mailbox, a), name_of(mailbox, b), shorter);

	return order != 0 ? order : (int)a->base_length - (int)b->base_length;
}

static int compare_messages(const void *left, const void *right, void *context)
{
	const struct vm_pop3_message *a = left, *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return compare_base(context, a, b);
}

enum vm_status vm_pop3_scan(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	enum vm_status status;
	size_t kept = 0;

	status = scan_folder(mailbox, 0, err);
	if (status == VM_OK)
		status = scan_folder(mailbox, 1, err);
	if (status != VM_OK || mailbox->count == 0)
		return status;
	qsort_r(mailbox->messages, mailbox->count, sizeof(*mailbox->messages), compare_messages,
		mailbox);
	for (size_t i = 1; i < mailbox->count; i++) {
		struct vm_pop3_message *last = &mailbox->messages[kept];

		if (compare_messages(last, &mailbox->messages[i], mailbox) != 0)
			mailbox->messages[++kept] = mailbox->messages[i];
		else if (last->is_new)
			*last = mailbox->messages
					[i]; /* it was moved to cur/ between the two reads */
	}
	mailbox->count = kept + 1;
	return VM_OK;
}

/* The message of `now` with the base name of *message, from position *at on; NULL when it is not there any more. */
static const struct vm_pop3_message *find_again(const struct vm_pop3_mailbox *now, size_t *at,
						const struct vm_pop3_mailbox *mailbox,
						const struct vm_pop3_message *message)
{
	while (*at < now->count && now->messages[*at].order < message->order)
		++*at;
	for (size_t i = *at; i < now->count && now->messages[i].order == message->order; i++) {
		const struct vm_pop3_message *other = &now->messages[i];

		if (other->base_length == message->base_length &&
		    memcmp(name_of(now, other), name_of(mailbox, message), message->base_length) ==
			    0)
			return other;
	}
	return NULL;
}

/*
 * Goes through two lists in the same order. A name without a time is ordered by its file's time, which a rename
 * leaves alone. What is gone keeps the name that it had, for its unique id.
 */
static enum vm_status adopt_names(struct vm_pop3_mailbox *mailbox, struct vm_pop3_mailbox *now,
				  struct vm_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < mailbox->count; i++) {
		struct vm_pop3_message *message = &mailbox->messages[i];
		const struct vm_pop3_message *other = find_again(now, &at, mailbox, message);

		message->is_gone = other == NULL;
		if (other != NULL) {
			message->name = other->name;
			message->is_new = other->is_new;
		} else if (!append_name(now, name_of(mailbox, message), &message->name)) {
			return vm_fail_memory(err);
		}
	}
	return VM_OK;
}

enum vm_status vm_pop3_rescan(struct vm_pop3_mailbox *mailbox, struct vm_error *err)
{
	struct vm_pop3_mailbox now = { .folders = { mailbox->folders[0], mailbox->folders[1] } };
	struct vm_pop3_message *before;
	enum vm_status status;
	const size_t bytes = mailbox->count * sizeof(*before);

	before = malloc(bytes + 1);
	if (before == NULL)
		return vm_fail_memory(err);
	memcpy(before, mailbox->messages, bytes);
	status = vm_pop3_scan(&now, err);
	if (status == VM_OK)
		status = adopt_names(mailbox, &now, err);
	if (status == VM_OK) {
		free(mailbox->names);
		mailbox->names = now.names;
		mailbox->names_length = now.names_length;
		mailbox->names_capacity = now.names_capacity;
	} else {
		memcpy(mailbox->messages, before, bytes);
		free(now.names);
	}
	free(now.messages);
	free(before);
	return status;
}

static bool is_stale(int folder, const char *name, time_t now)
{
	struct stat info;

	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(info.st_mode))
		return false;
	/* Access times may not be kept (noatime), so that a file still written to has a fresh modification time. */
	return info.st_atime < now - STALE_SECONDS && info.st_mtime < now - STALE_SECONDS;
}

void vm_pop3_clean_tmp(int maildir)
{
	const int fd = openat(maildir, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = fd != -1 ? fdopendir(fd) : NULL;
	const time_t now = vm_clock_now();
	struct vm_error err;
	struct dirent *entry;

	if (entries == NULL) {
		if (fd != -1)
			(void)close(fd); /* only read from */
		return;
	}
	while ((entry = readdir(entries)) != NULL) {
		/* One that stays is tried again at the next session. */
		if (entry->d_name[0] != '.' && is_stale(fd, entry->d_name, now))
			(void)vm_file_remove(fd, entry->d_name, &err);
	}
	(void)closedir(entries); /* only read from */
}
