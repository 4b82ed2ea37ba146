/* Keeps the big-dir record in .dir-control and the freed folders in .dir_control_free. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/dir_control.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum {
	FILE_MAX = 4096,
	FILE_MODE = 0600,
	LINES = 8,
	LINES_NEEDED = 7,
	LINE_MAX_BYTES = 100,
	NUMBER_MAX = 99
};

static const char file_name[] = ".dir-control";
static const char lock_name[] = ".dir-control.lock";
static const char free_name[] = ".dir_control_free";

/* The lines of the file, cut and NUL-terminated in place. */
struct lines {
	char *line[LINES];
	size_t count;
};

static void split_lines(char *text, struct lines *out)
{
	memset(out, 0, sizeof(*out));
	while (out->count < LINES && *text != '\0') {
		char *end = strchr(text, '\n');

		out->line[out->count++] = text;
		if (end == NULL)
			return;
		*end = '\0';
		text = end + 1;
	}
}

/* Three small numbers with blanks between. */
static bool parse_three(const char *line, int maximum, int out[VM_DIR_CONTROL_LEVELS])
{
	char copy[LINE_MAX_BYTES + 1];
	char *at = copy;
	uint64_t number = 0;

	if (!vm_text_copy(copy, sizeof(copy), line))
		return false;
	for (int i = 0; i < VM_DIR_CONTROL_LEVELS; i++) {
		size_t length = 0;
		bool last = false;

		at += strspn(at, " ");
		length = strcspn(at, " ");
		last = at[length] == '\0';
		at[length] = '\0';
		if (!vm_text_parse_u64(at, (uint64_t)maximum, &number))
			return false;
		out[i] = (int)number;
		at += last ? length : length + 1;
	}
	return at[strspn(at, " ")] == '\0';
}

static bool parse_record(const struct lines *lines, struct vm_dir_control *dirs)
{
	uint64_t number = 0;
	int ignored[VM_DIR_CONTROL_LEVELS];

	if (lines->count < LINES_NEEDED)
		return false;
	if (!vm_text_parse_u64(lines->line[0], UINT64_MAX, &dirs->count))
		return false;
	/* 5.4 counts below zero when more is removed than was counted. */
	if (dirs->count > INT64_MAX)
		dirs->count = 0;
	if (!vm_text_parse_u64(lines->line[1], VM_DIR_CONTROL_LEVELS, &number) ||
	    !vm_text_parse_u64(lines->line[2], VM_DIR_CONTROL_LEVELS, &number))
		return false;
	/* All numbers below are constants or follow from the path; 5.4 damages the third of each ("0 2 2"). */
	for (int i = 3; i <= 6; i++) {
		if (!parse_three(lines->line[i], NUMBER_MAX, ignored))
			return false;
	}
	return vm_dir_control_set_path(dirs, lines->count == LINES ? lines->line[7] : "");
}

enum vm_status vm_dir_control_read(int folder, struct vm_dir_control *out, struct vm_error *err)
{
	struct vm_buf text;
	struct lines lines;
	enum vm_status status = VM_INTERNAL;

	vm_dir_control_init(out);
	vm_buf_init(&text, FILE_MAX);
	status = vm_file_read_all(folder, file_name, &text, err);
	if (status == VM_NOT_FOUND) {
		status = VM_OK;
	} else if (status == VM_OK) {
		split_lines(text.bytes, &lines);
		if (!parse_record(&lines, out)) {
			vm_dir_control_init(out);
			status = vm_fail(
				err, VM_MISCONFIG,
				".dir-control is damaged (vcheck --repair writes a new one)");
		}
	}
	vm_buf_release(&text);
	return status;
}

static void print_three(const int values[VM_DIR_CONTROL_LEVELS], struct vm_buf *out)
{
	vm_buf_printf(out, "%d %d %d\n", values[0], values[1], values[2]);
}

enum vm_status vm_dir_control_write(int folder, const struct vm_dir_control *dirs,
				    struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, FILE_MAX);
	vm_buf_printf(&text, "%llu\n%d\n%d\n", (unsigned long long)dirs->count, dirs->level_current,
		      dirs->level_max);
	print_three(dirs->start, &text);
	print_three(dirs->end, &text);
	print_three(dirs->mod, &text);
	print_three(dirs->index, &text);
	vm_buf_printf(&text, "%s\n", dirs->path);
	status = vm_buf_check(&text, file_name, err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, file_name, FILE_MODE, text.bytes, text.length,
					      err);
	vm_buf_release(&text);
	return status;
}

/* Reads the last `size` bytes at most, in room for them and a NUL. */
static enum vm_status read_tail(int fd, off_t end, char *tail, size_t size, size_t *length,
				struct vm_error *err)
{
	ssize_t got = -1;

	*length = (off_t)size < end ? size : (size_t)end;
	do {
		got = pread(fd, tail, *length, end - (off_t)*length);
	} while (got < 0 && errno == EINTR);
	if (got < 0 || (size_t)got != *length)
		return vm_fail_errno(err, got < 0 ? errno : EIO, "cannot read %s", free_name);
	tail[*length] = '\0';
	return VM_OK;
}

/*
 * Takes the last line off the file of freed folders: the same work however many there are. "" when there is none. A
 * cut that a power failure undoes only fills that folder twice. Lines that are no folder of ours are dropped.
 */
static enum vm_status take_freed(int fd, char *path, struct vm_error *err)
{
	char tail[LINE_MAX_BYTES + 1];
	struct vm_dir_control checked;
	size_t length = 0;
	off_t end = lseek(fd, 0, SEEK_END);

	path[0] = '\0';
	while (end > 0 && path[0] == '\0') {
		enum vm_status status = read_tail(fd, end, tail, LINE_MAX_BYTES, &length, err);
		char *line = NULL;

		if (status != VM_OK)
			return status;
		if (tail[length - 1] == '\n') {
			tail[--length] = '\0';
			end--;
		}
		line = memrchr(tail, '\n', length);
		line = line == NULL ? tail : line + 1;
		end -= (off_t)(length - (size_t)(line - tail));
		vm_dir_control_init(&checked);
		if (vm_dir_control_set_path(&checked, line) &&
		    !vm_text_copy(path, VM_DIR_CONTROL_PATH_MAX + 1, checked.path))
			return vm_fail(err, VM_INTERNAL, "a folder name too long");
	}
	if (end < 0 || ftruncate(fd, end) != 0)
		return vm_fail_errno(err, errno, "cannot cut %s", free_name);
	return VM_OK;
}

static enum vm_status reuse_freed(int folder, char *path, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;
	int fd = openat(folder, free_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	path[0] = '\0';
	if (fd < 0)
		return errno == ENOENT ? VM_OK
				       : vm_fail_errno(err, errno, "cannot open %s", free_name);
	status = take_freed(fd, path, err);
	if (status != VM_OK) {
		vm_file_discard(&fd);
		return status;
	}
	return vm_file_close(&fd, free_name, err);
}

static enum vm_status append_freed(int folder, const char *line, struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;
	int fd = openat(folder, free_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			0600);

	if (fd < 0)
		return vm_fail_errno(err, errno, "cannot open %s", free_name);
	status = vm_file_write(fd, free_name, line, strlen(line), err);
	if (status != VM_OK) {
		vm_file_discard(&fd);
		return status;
	}
	return vm_file_close(&fd, free_name, err);
}

enum vm_status vm_dir_control_note_freed(int folder, const char *path, struct vm_error *err)
{
	struct vm_dir_control checked;
	struct vm_file_lock lock = { .fd = -1 };
	char line[VM_DIR_CONTROL_PATH_MAX + 2];
	enum vm_status status = VM_INTERNAL;

	vm_dir_control_init(&checked);
	if (path[0] == '\0' || !vm_dir_control_set_path(&checked, path) ||
	    !vm_text_format(line, sizeof line, "%s\n", checked.path))
		return VM_OK;
	status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = append_freed(folder, line, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_dir_control_take_freed(int folder, char path[VM_DIR_CONTROL_PATH_MAX + 1],
					 struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, lock_name, err);

	path[0] = '\0';
	if (status == VM_OK)
		status = reuse_freed(folder, path, err);
	vm_file_lock_release(&lock);
	return status;
}

static enum vm_status change_locked(int folder, int change, struct vm_dir_control *first,
				    struct vm_error *err)
{
	struct vm_dir_control dirs = { 0 };
	char freed[VM_DIR_CONTROL_PATH_MAX + 1] = "";
	enum vm_status status = vm_dir_control_read(folder, &dirs, err);

	if (status != VM_OK)
		return status;
	vm_dir_control_apply(&dirs, change, first);
	status = vm_dir_control_write(folder, &dirs, err);
	if (status == VM_OK && change == 1)
		status = reuse_freed(folder, freed, err);
	if (status == VM_OK && freed[0] != '\0' &&
	    !vm_text_copy(first->path, sizeof(first->path), freed))
		return vm_fail(err, VM_INTERNAL, "a folder name too long");
	return status;
}

enum vm_status vm_dir_control_change(int folder, int change, struct vm_dir_control *first,
				     struct vm_error *err)
{
	struct vm_dir_control changed = { 0 };
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = VM_INTERNAL;

	if (change == 0)
		return vm_fail(err, VM_INTERNAL, "a change of no accounts");
	status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = change_locked(folder, change, &changed, err);
	vm_file_lock_release(&lock);
	if (status == VM_OK && first != NULL)
		*first = changed;
	return status;
}

static void correct_count(struct vm_dir_control *dirs, uint64_t seen, uint64_t counted)
{
	if (counted >= seen)
		dirs->count += counted - seen;
	else
		dirs->count -= dirs->count < seen - counted ? dirs->count : seen - counted;
}

enum vm_status vm_dir_control_correct(int folder, uint64_t seen, uint64_t counted,
				      struct vm_error *err)
{
	struct vm_dir_control dirs;
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, lock_name, err);

	if (status == VM_OK)
		status = vm_dir_control_read(folder, &dirs, err);
	if (status == VM_OK) {
		correct_count(&dirs, seen, counted);
	} else if (status == VM_MISCONFIG) {
		/* Where the homes of so many accounts would have come to lie. */
		vm_dir_control_init(&dirs);
		while (dirs.count < counted)
			vm_dir_control_advance(&dirs);
		status = VM_OK;
	}
	if (status == VM_OK)
		status = vm_dir_control_write(folder, &dirs, err);
	vm_file_lock_release(&lock);
	return status;
}

enum vm_status vm_dir_control_put(int folder, const struct vm_dir_control *dirs,
				  struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = vm_file_lock_take(&lock, folder, lock_name, err);

	if (status == VM_OK)
		status = vm_dir_control_write(folder, dirs, err);
	vm_file_lock_release(&lock);
	return status;
}
