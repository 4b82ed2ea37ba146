/* Reads, checks and copies the bytes of a message. */
#include <config.h>

#include "delivery/message.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "delivery/spool.h"
#include "util/file.h"
#include "util/text.h"

enum { BLOCK = 16 * 1024 };

static enum vm_status spool(int from, const char *folder, int *out, struct vm_error *err)
{
	char block[BLOCK];
	int fd = -1;
	enum vm_status status = vm_spool_open(folder, &fd, err);

	while (status == VM_OK) {
		const ssize_t got = read(from, block, sizeof block);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			status = vm_fail_errno(err, errno, "cannot read the message");
		if (got <= 0)
			break;
		status = vm_file_write(fd, "a temporary file", block, (size_t)got, err);
	}
	if (status == VM_OK)
		*out = fd;
	else
		vm_file_discard(&fd);
	return status;
}

enum vm_status vm_message_from_fd(struct vm_message *message, int fd, const char *folder,
				  struct vm_error *err)
{
	struct stat info;
	enum vm_status status = VM_OK;

	message->memory = NULL;
	message->fd = -1;
	if (fstat(fd, &info) != 0)
		return vm_fail_errno(err, errno, "cannot stat the message");
	if (S_ISREG(info.st_mode)) {
		message->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (message->fd < 0)
			return vm_fail_errno(err, errno, "cannot keep the message open");
	} else {
		status = spool(fd, folder, &message->fd, err);
	}
	if (status == VM_OK && fstat(message->fd, &info) != 0)
		status = vm_fail_errno(err, errno, "cannot stat the message");
	message->size = status == VM_OK ? (uint64_t)info.st_size : 0;
	return status;
}

void vm_message_release(struct vm_message *message)
{
	vm_file_discard(&message->fd);
}

/* Up to `maximum` bytes, or not much further than the end of the header. */
static enum vm_status read_up_to(const struct vm_message *message, size_t maximum,
				 bool is_for_header, struct vm_buf *out, struct vm_error *err)
{
	const size_t length = message->size < maximum ? (size_t)message->size : maximum;
	size_t position = 0;

	if (message->memory != NULL) {
		vm_buf_append(out, message->memory, length);
		return VM_OK;
	}
	while (position < length) {
		char block[BLOCK];
		const size_t wanted = length - position < BLOCK ? length - position : BLOCK;
		const ssize_t got = pread(message->fd, block, wanted, (off_t)position);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return vm_fail_errno(err, errno, "cannot read the message");
		if (got == 0)
			break;
		vm_buf_append(out, block, (size_t)got);
		position += (size_t)got;
		if (is_for_header && strstr(out->bytes, "\n\n") != NULL)
			break;
	}
	return VM_OK;
}

enum vm_status vm_message_read_header(const struct vm_message *message, struct vm_buf *out,
				      struct vm_error *err)
{
	const enum vm_status status = read_up_to(message, VM_HEADER_MAX, true, out, err);

	return status == VM_OK ? vm_buf_check(out, "the header", err) : status;
}

enum vm_status vm_message_read_beginning(const struct vm_message *message, size_t maximum,
					 struct vm_buf *out, struct vm_error *err)
{
	const enum vm_status status = read_up_to(message, maximum, false, out, err);

	return status == VM_OK ? vm_buf_check(out, "the beginning of the message", err) : status;
}

enum vm_status vm_message_last_byte(const struct vm_message *message, char *out,
				    struct vm_error *err)
{
	if (message->memory != NULL) {
		*out = message->memory[message->size - 1];
		return VM_OK;
	}
	if (pread(message->fd, out, 1, (off_t)message->size - 1) != 1)
		return vm_fail(err, VM_TEMPFAIL, "cannot read the message");
	return VM_OK;
}

/* "Delivered-To: address" with blanks where they may be; *is_same tells whether it names our address. */
static bool is_delivered_to(const char *line, size_t length, const char *address, bool *is_same)
{
	static const char name[] = "Delivered-To:";
	const size_t name_length = sizeof name - 1;

	if (length < name_length || strncasecmp(line, name, name_length) != 0)
		return false;
	line += name_length;
	length -= name_length;
	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	while (length > 0 &&
	       (line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
		length--;
	*is_same = strlen(address) == length && strncasecmp(line, address, length) == 0;
	return true;
}

static enum vm_status check_lines(const char *header, const char *address, unsigned int maximum,
				  struct vm_error *err)
{
	unsigned int hops = 0;

	for (const char *line = header; *line != '\0' && *line != '\n';) {
		const size_t length = strcspn(line, "\n");
		bool is_same = false;

		if (is_delivered_to(line, length, address, &is_same))
			hops++;
		if (is_same || hops > maximum)
			return vm_fail(err, VM_DENIED, "mail is looping");
		line += length;
		line += *line == '\n';
	}
	return VM_OK;
}

enum vm_status vm_message_check_loop(const struct vm_message *message, const char *address,
				     unsigned int maximum, struct vm_error *err)
{
	struct vm_buf header;
	enum vm_status status = VM_INTERNAL;

	if (strcasecmp(message->delivered_to, address) == 0)
		return vm_fail(err, VM_DENIED, "mail is looping");
	vm_buf_init(&header, VM_HEADER_MAX + 8192);
	status = vm_message_read_header(message, &header, err);
	if (status == VM_OK)
		status = check_lines(header.bytes, address, maximum, err);
	vm_buf_release(&header);
	return status;
}

/* Small messages leave in one call together with the head. */
static enum vm_status write_memory(const struct vm_message *message, const char *head,
				   size_t head_length, int fd, struct vm_error *err)
{
	char *const head_bytes = (char *)(uintptr_t)head, *const body = (char *)(uintptr_t)
										message->memory;
	struct iovec parts[2] = { { head_bytes, head_length }, { body, message->size } };
	ssize_t written = 0;

	do {
		written = writev(fd, parts, 2);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return vm_fail_errno(err, errno, "cannot write the message");
	if ((size_t)written < head_length) {
		const enum vm_status status = vm_file_write(fd, "the message", head + written,
							    head_length - (size_t)written, err);

		if (status != VM_OK)
			return status;
		written = (ssize_t)head_length;
	}
	return vm_file_write(fd, "the message", message->memory + ((size_t)written - head_length),
			     message->size - ((size_t)written - head_length), err);
}

static enum vm_status copy_by_hand(const struct vm_message *message, uint64_t position, int fd,
				   struct vm_error *err)
{
	char block[BLOCK];
	enum vm_status status = VM_OK;

	while (status == VM_OK && position < message->size) {
		const ssize_t got = pread(message->fd, block, sizeof block, (off_t)position);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return vm_fail_errno(err, got < 0 ? errno : EIO, "cannot read the message");
		status = vm_file_write(fd, "the message", block, (size_t)got, err);
		position += (uint64_t)got;
	}
	return status;
}

static enum vm_status write_file(const struct vm_message *message, int fd, struct vm_error *err)
{
	off_t position = 0;

	while ((uint64_t)position < message->size) {
		const ssize_t copied = copy_file_range(message->fd, &position, fd, NULL,
						       message->size - (uint64_t)position, 0);

		if (copied < 0 && errno == EINTR)
			continue;
		if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
				   errno == EOPNOTSUPP || errno == EBADF))
			return copy_by_hand(message, (uint64_t)position, fd, err);
		if (copied < 0)
			return vm_fail_errno(err, errno, "cannot copy the message");
		if (copied == 0) /* some file systems answer so instead of an error */
			return copy_by_hand(message, (uint64_t)position, fd, err);
	}
	return VM_OK;
}

enum vm_status vm_message_write(const struct vm_message *message, const char *head,
				size_t head_length, int fd, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	if (message->memory != NULL)
		return write_memory(message, head, head_length, fd, err);
	status = vm_file_write(fd, "the message", head, head_length, err);
	return status == VM_OK ? write_file(message, fd, err) : status;
}

enum vm_status vm_message_open_copy(const struct vm_message *message, const char *head,
				    size_t head_length, int *out, struct vm_error *err)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	enum vm_status status = VM_INTERNAL;

	if (fd < 0)
		return vm_fail_errno(err, errno, "cannot make a copy of the message");
	status = vm_message_write(message, head, head_length, fd, err);
	if (status == VM_OK && lseek(fd, 0, SEEK_SET) != 0)
		status = vm_fail_errno(err, errno, "cannot rewind the message");
	if (status == VM_OK)
		*out = fd;
	else
		vm_file_discard(&fd);
	return status;
}
