/*
 * Preloaded into a program under test: counts its file calls below a folder, makes one fail, kills at one, or
 * records all of them with their data. Every call is made by syscall(2), so that no other library's wrapper
 * (a sanitizer's, for one) comes between.
 *
 * VM_FAULT_BELOW    absolute folder, without symlinks; calls elsewhere are passed on uncounted
 * VM_FAULT_COUNTER  file of 8 bytes that all processes of a run share: calls counted so far
 * VM_FAULT_AT       number of the call that gets the fault, from 1; 0 or absent: none
 * VM_FAULT_ACTION   kill-before, kill-after, short (half a write), fail:ERRNO, or full:ERRNO (this call and each
 *                   later one that needs space fails)
 * VM_FAULT_TRACE    file to which a JSON line for each call is appended
 * VM_FAULT_READS    set: reads are counted too
 */
#include "config.h"

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RECORD_PART = 16384, PIECE_MAX = 512 };

enum action {
	ACTION_NONE,
	ACTION_KILL_BEFORE,
	ACTION_KILL_AFTER,
	ACTION_SHORT,
	ACTION_FAIL,
	ACTION_FULL,
};

/* State of the process, as a preloaded library must have it: set once by the constructor. */
static struct {
	bool ready, reads;
	char below[PATH_MAX], trace[PATH_MAX];
	uint64_t at;
	enum action action;
	int error;
	uint64_t *counter;
} shim;

static void read_action(const char *text)
{
	static const struct {
		const char *text;
		enum action action;
	} words[] = {
		{ "kill-before", ACTION_KILL_BEFORE },
		{ "kill-after", ACTION_KILL_AFTER },
		{ "short", ACTION_SHORT },
		{ "fail:", ACTION_FAIL },
		{ "full:", ACTION_FULL },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strncmp(text, words[i].text, strlen(words[i].text)) == 0) {
			shim.action = words[i].action;
			shim.error = (int)strtol(text + strlen(words[i].text), NULL, 10);
		}
	}
}

static void copy_environment(const char *name, char *to)
{
	const char *text = getenv(name);

	snprintf(to, PATH_MAX, "%s", text == NULL ? "" : text);
}

__attribute__((constructor)) static void begin(void)
{
	char path[PATH_MAX];
	const char *at = getenv("VM_FAULT_AT"), *action = getenv("VM_FAULT_ACTION");
	int fd;

	copy_environment("VM_FAULT_BELOW", shim.below);
	copy_environment("VM_FAULT_TRACE", shim.trace);
	copy_environment("VM_FAULT_COUNTER", path);
	shim.reads = getenv("VM_FAULT_READS") != NULL;
	shim.at = at == NULL ? 0 : strtoull(at, NULL, 10);
	if (action != NULL)
		read_action(action);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	shim.counter = mmap(NULL, sizeof *shim.counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	shim.ready = shim.counter != MAP_FAILED && shim.below[0] == '/';
}

bool shim_counts_reads(void)
{
	return shim.reads;
}

static void path_of_fd(int fd, char *path)
{
	char link[64];
	long length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = '\0';
}

/* Takes "." and ".." out of an absolute path, in place. */
static void normalise(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in != '\0') {
		const size_t length = strcspn(in + 1, "/");
		const char *next = in + 1 + length;

		if (length == 2 && in[1] == '.' && in[2] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (length != 0 && !(length == 1 && in[1] == '.')) {
			memmove(out, in, length + 1);
			out += length + 1;
		}
		in = next;
	}
	*out = '\0';
}

static void path_at(int at, const char *name, char *path)
{
	char folder[PATH_MAX] = "";

	if (name == NULL)
		name = "";
	if (name[0] != '/' && at == AT_FDCWD)
		(void)!syscall(SYS_getcwd, folder, sizeof folder);
	else if (name[0] != '/')
		path_of_fd(at, folder);
	if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
		path[0] = '\0';
	normalise(path);
}

static bool is_below(const char *path)
{
	const size_t length = strlen(shim.below);

	return strncmp(path, shim.below, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

__attribute__((noreturn)) static void die(void)
{
	for (;;)
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

/* The text of a record, written in pieces. */
struct record {
	char text[RECORD_PART];
	size_t length;
	int fd;
};

static void flush_record(struct record *record)
{
	size_t done = 0;

	while (done < record->length) {
		const long written =
			syscall(SYS_write, record->fd, record->text + done, record->length - done);

		if (written <= 0)
			die(); /* a trace with a hole proves nothing */
		done += (size_t)written;
	}
	record->length = 0;
}

__attribute__((format(printf, 2, 3))) static void put(struct record *record, const char *format,
						      ...)
{
	va_list arguments;

	if (record->length > RECORD_PART - PIECE_MAX)
		flush_record(record);
	va_start(arguments, format);
	record->length +=
		(size_t)vsnprintf(record->text + record->length, PIECE_MAX, format, arguments);
	va_end(arguments);
}

static void put_hex(struct record *record, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put(record, "%02x", ((const unsigned char *)bytes)[i]);
}

static void put_written(struct record *record, const struct shim_event *event, size_t left)
{
	for (int i = 0; i < event->part_count && left != 0; i++) {
		const struct iovec *part = &event->parts[i];
		const size_t length = part->iov_len < left ? part->iov_len : left;

		put_hex(record, part->iov_base, length);
		left -= length;
	}
}

/* What the kernel copied from elsewhere is read back from the file. */
static void put_copied(struct record *record, const struct shim_event *event, size_t left)
{
	char link[64], bytes[4096];
	int64_t offset = event->offset;
	int fd;

	snprintf(link, sizeof link, "/proc/self/fd/%d", event->fd);
	fd = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die();
	while (left != 0) {
		const long got = syscall(SYS_pread64, fd, bytes,
					 left < sizeof bytes ? left : sizeof bytes, offset);

		if (got <= 0)
			die();
		put_hex(record, bytes, (size_t)got);
		offset += got;
		left -= (size_t)got;
	}
	syscall(SYS_close, fd);
}

static void put_inode(struct record *record, const struct shim_event *event)
{
	struct stat state;
	const char *path = event->other[0] == '/' ? event->other : event->path;
	const bool known = event->fd != SHIM_NO_FD ? fstat(event->fd, &state) == 0
						   : lstat(path, &state) == 0;

	if (!known)
		return;
	put(record, ", \"inode\": %ju, \"mode\": %u", (uintmax_t)state.st_ino,
	    (unsigned int)state.st_mode);
	if (event->fd != SHIM_NO_FD)
		put(record, ", \"flags\": %ld", syscall(SYS_fcntl, event->fd, F_GETFL));
}

static void write_record(const struct shim_event *event, long result, int error)
{
	struct record record = { .length = 0 };

	record.fd = (int)syscall(SYS_openat, AT_FDCWD, shim.trace,
				 O_WRONLY | O_APPEND | O_CLOEXEC | O_CREAT, 0666);
	if (record.fd < 0)
		die();
	put(&record, "{\"n\": %ju, \"pid\": %ld, \"call\": \"%s\", \"result\": %ld, \"errno\": %d",
	    (uintmax_t)event->number, syscall(SYS_getpid), event->name, result,
	    result < 0 ? error : 0);
	put(&record, ", \"needs_space\": %s, \"created\": %s, \"offset\": %jd, \"path\": \"",
	    event->needs_space ? "true" : "false", event->created ? "true" : "false",
	    (intmax_t)event->offset);
	put_hex(&record, event->path, strlen(event->path));
	put(&record, "\", \"other\": \"");
	put_hex(&record, event->other, strlen(event->other));
	put(&record, "\", \"data\": \"");
	if (result > 0 && event->parts != NULL)
		put_written(&record, event, (size_t)result);
	else if (result > 0 && strcmp(event->name, "copy") == 0)
		put_copied(&record, event, (size_t)result);
	put(&record, "\"");
	if (result >= 0)
		put_inode(&record, event);
	put(&record, "}\n");
	flush_record(&record);
	syscall(SYS_close, record.fd);
}

static bool must_fail(const struct shim_event *event)
{
	if (shim.at == 0)
		return false;
	if (shim.action == ACTION_FULL)
		return event->number >= shim.at && event->needs_space;
	return shim.action == ACTION_FAIL && event->number == shim.at;
}

bool shim_enter(struct shim_event *event)
{
	event->counted = shim.ready && (is_below(event->path) || is_below(event->other));
	if (!event->counted)
		return true;
	event->number = __atomic_add_fetch(shim.counter, 1, __ATOMIC_SEQ_CST);
	if (event->number == shim.at && shim.action == ACTION_KILL_BEFORE)
		die();
	if (!must_fail(event))
		return true;
	if (shim.trace[0] != '\0')
		write_record(event, -1, shim.error);
	errno = shim.error;
	return false;
}

bool shim_is_halved(const struct shim_event *event)
{
	return event->counted && event->number == shim.at && shim.action == ACTION_SHORT;
}

long shim_leave(struct shim_event *event, long result)
{
	const int error = errno;

	if (!event->counted)
		return result;
	if (shim.trace[0] != '\0')
		write_record(event, result, error);
	if (event->number == shim.at && shim.action == ACTION_KILL_AFTER)
		die();
	errno = error;
	return result;
}

struct shim_event shim_event_at(const char *name, int at, const char *path)
{
	struct shim_event event = { .name = name, .fd = SHIM_NO_FD };

	if (shim.ready)
		path_at(at, path, event.path);
	return event;
}

struct shim_event shim_event_fd(const char *name, int fd)
{
	struct shim_event event = { .name = name, .fd = fd };

	if (shim.ready)
		path_of_fd(fd, event.path);
	return event;
}

void shim_other_name(struct shim_event *event, int at, const char *path)
{
	if (shim.ready)
		path_at(at, path, event->other);
}
