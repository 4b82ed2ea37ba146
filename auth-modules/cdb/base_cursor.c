/* Reads vpasswd in the order of its names. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "changes.h"
#include "core/passwd_line.h"
#include "util/file.h"
#include "util/secret.h"

enum { PROBE = 2 * (VM_PASSWD_LINE_MAX + 1), SEEK_NEAR = 16 * 1024 };
static const size_t text_max = (size_t)2 * 1024 * 1024 * 1024;

static enum vm_status fail_unsorted(size_t number, struct vm_error *err)
{
	return vm_fail(err, VM_MISCONFIG, "%s is out of order at line %zu; vmkpasswd sorts it",
		       VM_BASE_TEXT, number);
}

enum vm_status vm_base_cursor_open(struct vm_base_cursor *cursor, int folder, struct vm_error *err)
{
	struct stat opened;
	enum vm_status status = VM_INTERNAL;

	*cursor = (struct vm_base_cursor){ .fd = -1, .is_counted = true };
	status = vm_file_open_read(folder, VM_BASE_TEXT, &cursor->fd, err);
	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status == VM_OK && fstat(cursor->fd, &opened) != 0)
		status = vm_fail_errno(err, errno, "cannot stat %s", VM_BASE_TEXT);
	if (status == VM_OK) {
		cursor->version = vm_identity_of(&opened);
		status = vm_line_reader_init(&cursor->reader, cursor->fd, VM_BASE_TEXT,
					     VM_PASSWD_LINE_MAX, err);
	}
	if (status != VM_OK)
		vm_base_cursor_close(cursor);
	return status;
}

void vm_base_cursor_close(struct vm_base_cursor *cursor)
{
	vm_line_reader_release(&cursor->reader);
	if (cursor->text != NULL)
		vm_wipe(cursor->text, cursor->version.size);
	free(cursor->text);
	free(cursor->rows);
	vm_file_discard(&cursor->fd);
	*cursor = (struct vm_base_cursor){ .fd = -1 };
}

/* Splits at the first ':' and looks for the damage that only a full parse finds on a copy. */
static enum vm_status split_line(const char *text, size_t length, size_t number,
				 struct vm_base_line *line, struct vm_error *err)
{
	char copy[VM_PASSWD_LINE_MAX + 1];
	struct vm_account parsed;
	struct vm_error why;

	if (length > VM_PASSWD_LINE_MAX)
		return vm_fail(err, VM_MISCONFIG, "%s line %zu: it is longer than %d bytes",
			       VM_BASE_TEXT, number, VM_PASSWD_LINE_MAX);
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (vm_passwd_line_parse(copy, length, number, &parsed, &why) != VM_OK)
		return vm_fail(err, VM_MISCONFIG, "%s %s", VM_BASE_TEXT, why.text);
	line->user = text;
	line->user_length = strlen(parsed.user);
	line->fields = text + line->user_length + 1;
	line->fields_length = length - line->user_length - 1;
	line->number = number;
	return VM_OK;
}

/* A last line without LF was cut: what it says cannot be trusted. */
static enum vm_status check_end(const struct vm_base_cursor *cursor, struct vm_error *err)
{
	char last = '\0';
	ssize_t got = 0;

	if (cursor->version.size == 0)
		return VM_OK;
	do {
		got = pread(cursor->fd, &last, 1, (off_t)cursor->version.size - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot read %s", VM_BASE_TEXT);
	if (got == 0 || last != '\n')
		return vm_fail(err, VM_MISCONFIG, "the last line of %s is cut", VM_BASE_TEXT);
	return VM_OK;
}

static int compare_rows(const void *a, const void *b)
{
	const struct vm_base_line *const left = a;
	const struct vm_base_line *const right = b;
	const int order =
		vm_user_compare(left->user, left->user_length, right->user, right->user_length);

	if (order != 0)
		return order;
	return left->number < right->number ? -1 : 1;
}

static enum vm_status split_rows(struct vm_base_cursor *cursor, size_t length, struct vm_error *err)
{
	const char *position = cursor->text;
	const char *const end = cursor->text + length;
	size_t lines = 0;

	for (const char *lf = position; (lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL; lf++)
		lines++;
	cursor->rows = calloc(lines + 1, sizeof *cursor->rows);
	if (cursor->rows == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < lines; i++) {
		const char *const lf = memchr(position, '\n', (size_t)(end - position));
		enum vm_status status = VM_INTERNAL;

		if (lf == NULL)
			return vm_fail(err, VM_INTERNAL, "%s lost a line", VM_BASE_TEXT);
		status =
			split_line(position, (size_t)(lf - position), i + 1, &cursor->rows[i], err);
		if (status != VM_OK)
			return status;
		position = lf + 1;
	}
	cursor->row_count = lines;
	qsort(cursor->rows, lines, sizeof *cursor->rows, compare_rows);
	return VM_OK;
}

enum vm_status vm_base_cursor_load(struct vm_base_cursor *cursor, struct vm_error *err)
{
	const size_t length = (size_t)cursor->version.size;
	size_t filled = 0;
	enum vm_status status = VM_INTERNAL;

	if (cursor->fd < 0)
		return VM_OK;
	if (length > text_max)
		return vm_fail(err, VM_TEMPFAIL, "%s is too big to sort", VM_BASE_TEXT);
	cursor->text = malloc(length + 1);
	if (cursor->text == NULL)
		return vm_fail_memory(err);
	while (filled < length) {
		const ssize_t got =
			pread(cursor->fd, cursor->text + filled, length - filled, (off_t)filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return vm_fail_errno(err, errno, "cannot read %s", VM_BASE_TEXT);
		if (got == 0)
			return vm_fail(err, VM_TEMPFAIL, "%s was cut while it was read",
				       VM_BASE_TEXT);
		filled += (size_t)got;
	}
	cursor->row = 0;
	cursor->last_length = 0;
	cursor->is_disordered = false;
	status = check_end(cursor, err);
	return status == VM_OK ? split_rows(cursor, length, err) : status;
}

/* The name of the first line that begins behind `offset`: *start is where. VM_NOT_FOUND: none does within the probe. */
static enum vm_status probe(const struct vm_base_cursor *cursor, off_t offset, off_t limit,
			    char *block, off_t *start, const char **user, size_t *user_length,
			    struct vm_error *err)
{
	const char *lf = NULL, *colon = NULL;
	ssize_t got = 0;

	do {
		got = pread(cursor->fd, block, PROBE, offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot read %s", VM_BASE_TEXT);
	lf = memchr(block, '\n', (size_t)got);
	if (lf == NULL || offset + (lf + 1 - block) >= limit)
		return VM_NOT_FOUND;
	*start = offset + (lf + 1 - block);
	*user = lf + 1;
	colon = memchr(*user, ':', (size_t)(block + got - *user));
	if (colon == NULL)
		return VM_NOT_FOUND;
	*user_length = (size_t)(colon - *user);
	return VM_OK;
}

/* Halves the file until the line behind `after` is near: lines before `low` are not behind it. */
static enum vm_status search(const struct vm_base_cursor *cursor, const char *after, off_t *low,
			     struct vm_error *err)
{
	off_t high = (off_t)cursor->version.size;
	char block[PROBE];

	*low = 0;
	while (high - *low > SEEK_NEAR) {
		const off_t middle = *low + (high - *low) / 2;
		const char *user = NULL;
		size_t user_length = 0;
		off_t start = 0;
		const enum vm_status status =
			probe(cursor, middle, high, block, &start, &user, &user_length, err);

		if (status == VM_NOT_FOUND)
			high = middle;
		else if (status != VM_OK)
			return status;
		else if (vm_user_compare(user, user_length, after, strlen(after)) <= 0)
			*low = start;
		else
			high = middle;
	}
	return VM_OK;
}

static enum vm_status seek_row(struct vm_base_cursor *cursor, const char *after)
{
	size_t low = 0, high = cursor->row_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct vm_base_line *const row = &cursor->rows[middle];

		if (vm_user_compare(row->user, row->user_length, after, strlen(after)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	cursor->row = low;
	return VM_OK;
}

/* What is in front of `after` near the place we jumped to is skipped; the first line behind it stays for next. */
enum vm_status vm_base_cursor_seek(struct vm_base_cursor *cursor, const char *after,
				   struct vm_error *err)
{
	off_t low = 0;
	enum vm_status status = VM_OK;

	if (cursor->fd < 0 || *after == '\0')
		return VM_OK;
	if (strlen(after) > VM_USER_MAX)
		return vm_fail(err, VM_INVALID, "the name to go on from is too long");
	if (cursor->text != NULL)
		return seek_row(cursor, after);
	status = search(cursor, after, &low, err);
	if (status != VM_OK)
		return status;
	if (lseek(cursor->fd, low, SEEK_SET) < 0)
		return vm_fail_errno(err, errno, "cannot seek in %s", VM_BASE_TEXT);
	cursor->is_counted = low == 0;
	memcpy(cursor->last, after, strlen(after) + 1);
	cursor->last_length = strlen(after);
	cursor->is_skipping = true;
	return VM_OK;
}

static enum vm_status next_row(struct vm_base_cursor *cursor, struct vm_base_line *line,
			       struct vm_error *err)
{
	while (cursor->row < cursor->row_count) {
		const bool is_first = cursor->row == 0;
		const struct vm_base_line *const row = &cursor->rows[cursor->row++];
		const struct vm_base_line *const before = is_first ? NULL : row - 1;

		if (before != NULL && vm_user_compare(before->user, before->user_length, row->user,
						      row->user_length) == 0) {
			cursor->repeated++;
			continue;
		}
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): row_count rows are there */
		*line = *row;
		return VM_OK;
	}
	return vm_fail(err, VM_NOT_FOUND, "%s ends here", VM_BASE_TEXT);
}

static enum vm_status read_line(struct vm_base_cursor *cursor, struct vm_base_line *line,
				struct vm_error *err)
{
	char *text = NULL;
	size_t length = 0;
	enum vm_status status = vm_line_reader_next(&cursor->reader, &text, &length, err);

	if (status == VM_NOT_FOUND) {
		status = check_end(cursor, err);
		return status == VM_OK ? vm_fail(err, VM_NOT_FOUND, "%s ends here", VM_BASE_TEXT)
				       : status;
	}
	if (status == VM_INVALID)
		status = VM_MISCONFIG;
	if (status == VM_OK)
		status = split_line(text, length, cursor->is_counted ? cursor->reader.number : 0,
				    line, err);
	return status;
}

enum vm_status vm_base_cursor_next(struct vm_base_cursor *cursor, struct vm_base_line *line,
				   struct vm_error *err)
{
	if (cursor->fd < 0)
		return vm_fail(err, VM_NOT_FOUND, "there is no %s", VM_BASE_TEXT);
	if (cursor->text != NULL)
		return next_row(cursor, line, err);
	for (;;) {
		const enum vm_status status = read_line(cursor, line, err);
		int order = 0;

		if (status != VM_OK)
			return status;
		order = vm_user_compare(cursor->last, cursor->last_length, line->user,
					line->user_length);
		if (cursor->last_length > 0 && order > 0 && !cursor->is_skipping) {
			cursor->is_disordered = true;
			return fail_unsorted(line->number, err);
		}
		if (order == 0 && cursor->last_length > 0 && !cursor->is_skipping)
			cursor->repeated++;
		if (cursor->last_length > 0 && order >= 0)
			continue;
		cursor->is_skipping = false;
		memcpy(cursor->last, line->user, line->user_length);
		cursor->last[line->user_length] = '\0';
		cursor->last_length = line->user_length;
		return VM_OK;
	}
}
