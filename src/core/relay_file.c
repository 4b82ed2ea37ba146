/* Keeps the windows of roaming users in etc/open-smtp. */
#include <config.h>

#include "core/relay_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FILE_MAX = 64 * 1024 * 1024, LINE_MAX_BYTES = 160, BLOCK = 64 * 1024, TIME_DIGITS_MAX = 19 };

static const char file_name[] = "open-smtp";
static const char instructions[] = ":" VM_RELAY_INSTRUCTIONS "\t";

enum vm_status vm_relay_normalize(const char *text, char out[VM_IP_MAX + 1], struct vm_error *err)
{
	unsigned char bytes[16];
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const char *done = NULL;

	if (inet_pton(AF_INET, text, bytes) == 1)
		done = inet_ntop(AF_INET, bytes, out, VM_IP_MAX + 1);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		done = memcmp(bytes, mapped, sizeof(mapped)) == 0
			       ? inet_ntop(AF_INET, bytes + sizeof(mapped), out, VM_IP_MAX + 1)
			       : inet_ntop(AF_INET6, bytes, out, VM_IP_MAX + 1);
	if (done == NULL)
		return vm_fail_field(err, VM_INVALID, "ip", "\"%.64s\" is not an IP address", text);
	return VM_OK;
}

/* One line without its newline; *digits is where its time begins. */
static bool parse(const char *line, size_t length, struct vm_relay *out, const char **digits)
{
	const char *end = memmem(line, length, instructions, sizeof(instructions) - 1);
	const size_t ip = end != NULL ? (size_t)(end - line) : 0;
	const size_t before_time = ip + sizeof(instructions) - 1;
	char time[TIME_DIGITS_MAX + 1];
	uint64_t since = 0;

	if (ip == 0 || ip > VM_IP_MAX || length - before_time > TIME_DIGITS_MAX)
		return false;
	memcpy(out->ip, line, ip);
	out->ip[ip] = '\0';
	*digits = line + before_time;
	memcpy(time, *digits, length - before_time);
	time[length - before_time] = '\0';
	if (!vm_text_parse_u64(time, INT64_MAX, &since))
		return false;
	out->since = (time_t)since;
	return true;
}

static const char *line_after(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* What is known of the file when a window is opened. */
struct scan {
	off_t size;
	bool is_cut;                   /* its last line has no end: a login was killed */
	off_t at;                      /* where the address's line begins; -1: there is none */
	char line[LINE_MAX_BYTES + 1]; /* that line, and perhaps what follows */
};

static enum vm_status read_at(int fd, char *into, size_t length, off_t at, size_t *got,
			      struct vm_error *err)
{
	*got = 0;
	while (*got < length) {
		const ssize_t count = pread(fd, into + *got, length - *got, at + (off_t)*got);

		if (count == -1 && errno == EINTR)
			continue;
		if (count == -1)
			return vm_fail_errno(err, errno, "cannot read %s", file_name);
		if (count == 0)
			break;
		*got += (size_t)count;
	}
	return VM_OK;
}

/*
 * Looks for the line of an address, block by block: the whole file in memory would cost a login more page faults than the
 * search. Blocks overlap by a key's length, and the first has a newline before it.
 */
static enum vm_status search(int fd, const char *ip, struct scan *scan, struct vm_error *err)
{
	char block[1 + BLOCK], key[LINE_MAX_BYTES];
	size_t got = 0, length = 0;
	enum vm_status status = VM_OK;

	scan->at = -1;
	scan->size = 0;
	scan->is_cut = false;
	if (!vm_text_format(key, sizeof(key), "\n%s%s", ip, instructions))
		return vm_fail_field(err, VM_INVALID, "ip", "the address is too long");
	length = strlen(key);
	block[0] = '\n';
	for (off_t at = 0; status == VM_OK; at += (off_t)(BLOCK - length)) {
		const char *found = NULL;

		status = read_at(fd, block + 1, BLOCK, at, &got, err);
		found = status == VM_OK ? memmem(block, got + 1, key, length) : NULL;
		if (found != NULL) {
			scan->at = at + (found - block);
			break;
		}
		if (got < BLOCK) {
			scan->size = at + (off_t)got;
			scan->is_cut = scan->size > 0 && block[got] != '\n';
			break;
		}
		block[0] = block[BLOCK - length]; /* the byte before the next block */
	}
	if (status == VM_OK && scan->at >= 0) {
		status = read_at(fd, scan->line, LINE_MAX_BYTES, scan->at, &got, err);
		scan->line[got] = '\0';
	}
	return status;
}

static enum vm_status write_at(int fd, off_t at, const char *bytes, size_t length,
			       struct vm_error *err)
{
	if (lseek(fd, at, SEEK_SET) == -1)
		return vm_fail_errno(err, errno, "%s", file_name);
	return vm_file_write(fd, file_name, bytes, length, err);
}

static enum vm_status append(int fd, const struct scan *scan, const struct vm_relay *relay,
			     struct vm_error *err)
{
	char line[LINE_MAX_BYTES];

	/* A line that was cut must not swallow this one. */
	if (!vm_text_format(line, sizeof(line), "%s%s%s%" PRIu64 "\n", scan->is_cut ? "\n" : "",
			    relay->ip, instructions, (uint64_t)relay->since))
		return vm_fail_field(err, VM_INVALID, "ip", "the address is too long");
	return write_at(fd, scan->size, line, strlen(line), err);
}

/* The old line gives way: another number of digits does not fit into it. */
static enum vm_status move_to_end(int fd, struct scan *scan, const struct vm_relay *relay,
				  struct vm_error *err)
{
	struct stat info;
	size_t got = 0;
	char last = '\n';
	enum vm_status status = VM_OK;

	if (fstat(fd, &info) != 0)
		return vm_fail_errno(err, errno, "cannot stat %s", file_name);
	scan->size = info.st_size;
	status = read_at(fd, &last, 1, scan->size - 1, &got, err);
	scan->is_cut = last != '\n';
	return status == VM_OK ? append(fd, scan, relay, err) : status;
}

/* A line that cannot take the time stays before the new one, and goes at expiry. */
static enum vm_status refresh(int fd, struct scan *scan, const struct vm_relay *relay,
			      struct vm_error *err)
{
	char digits[TIME_DIGITS_MAX + 2];
	const char *place = NULL;
	struct vm_relay old;

	if (!vm_text_format(digits, sizeof(digits), "%" PRIu64, (uint64_t)relay->since))
		return vm_fail(err, VM_INVALID, "the time is out of bounds");
	if (!parse(scan->line, strcspn(scan->line, "\n"), &old, &place) ||
	    strcspn(place, "\n") != strlen(digits))
		return move_to_end(fd, scan, relay, err);
	if (old.since >= relay->since)
		return VM_OK;
	return write_at(fd, scan->at + (place - scan->line), digits, strlen(digits), err);
}

static enum vm_status create(int folder, const struct vm_relay *relay, struct vm_error *err)
{
	char line[LINE_MAX_BYTES];

	if (!vm_text_format(line, sizeof(line), "%s%s%" PRIu64 "\n", relay->ip, instructions,
			    (uint64_t)relay->since))
		return vm_fail_field(err, VM_INVALID, "ip", "the address is too long");
	return vm_file_replace_unsynced(folder, file_name, 0600, line, strlen(line), err);
}

static enum vm_status open_locked(int folder, const struct vm_relay *relay, bool *is_new,
				  struct vm_error *err)
{
	struct scan scan;
	int fd = -1;
	enum vm_status status = vm_file_open_write(folder, file_name, &fd, err);

	*is_new = true;
	if (status == VM_NOT_FOUND)
		return create(folder, relay, err);
	if (status == VM_OK)
		status = search(fd, relay->ip, &scan, err);
	if (status == VM_OK) {
		*is_new = scan.at < 0;
		status = *is_new ? append(fd, &scan, relay, err) : refresh(fd, &scan, relay, err);
	}
	if (status == VM_OK)
		return vm_file_close(&fd, file_name, err);
	vm_file_discard(&fd);
	return status;
}

enum vm_status vm_relay_file_open(int folder, const struct vm_relay *relay, bool *is_new,
				  struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, "open-smtp.lock", err);

	if (status == VM_OK)
		status = open_locked(folder, relay, is_new, err);
	vm_file_lock_release(&lock);
	return status;
}

static enum vm_status read_windows(int folder, struct vm_buf *text, struct vm_error *err)
{
	const enum vm_status status = vm_file_read_all(folder, file_name, text, err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

/* Copies the windows that stay; answers whether anything goes. */
static bool copy_open(const char *text, time_t before, struct vm_buf *out, uint64_t *removed)
{
	bool changed = false;

	for (const char *line = text; *line != '\0'; line = line_after(line)) {
		const size_t length = strcspn(line, "\n");
		const char *digits = NULL;
		struct vm_relay relay;
		const bool is_window = parse(line, length, &relay, &digits);

		if (is_window && relay.since >= before) {
			vm_buf_append(out, line, length);
			vm_buf_append_byte(out, '\n');
			continue;
		}
		changed = true;
		*removed += is_window;
	}
	return changed;
}

static enum vm_status expire_locked(int folder, time_t before, uint64_t *removed,
				    struct vm_error *err)
{
	struct vm_buf old, new;
	bool changed = false;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&old, FILE_MAX);
	vm_buf_init(&new, FILE_MAX);
	status = read_windows(folder, &old, err);
	if (status == VM_OK)
		changed = copy_open(old.bytes, before, &new, removed);
	if (status == VM_OK)
		status = vm_buf_check(&new, file_name, err);
	if (status == VM_OK && changed)
		status = vm_file_replace_unsynced(folder, file_name, 0600, new.bytes, new.length,
						  err);
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status;
}

enum vm_status vm_relay_file_expire(int folder, time_t before, uint64_t *removed,
				    struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, "open-smtp.lock", err);

	*removed = 0;
	if (status == VM_OK)
		status = expire_locked(folder, before, removed, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_relay_file_each(int folder,
				  enum vm_status (*each)(void *, const struct vm_relay *),
				  void *context, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, FILE_MAX);
	status = read_windows(folder, &text, err);
	for (const char *line = text.bytes; status == VM_OK && *line != '\0';
	     line = line_after(line)) {
		const char *digits = NULL;
		struct vm_relay relay;

		if (!parse(line, strcspn(line, "\n"), &relay, &digits))
			continue;
		status = each(context, &relay);
		if (status != VM_OK)
			vm_fail(err, status, "the listing was stopped");
	}
	vm_buf_release(&text);
	return status;
}
