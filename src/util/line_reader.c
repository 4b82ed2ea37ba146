/* Reads lines through one block of bounded size. */
#include <config.h>

#include "util/line_reader.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/secret.h"

enum { SMALLEST_BLOCK = 32768 };

enum vm_status vm_line_reader_init(struct vm_line_reader *reader, int fd, const char *name,
				   size_t line_max, struct vm_error *err)
{
	*reader = (struct vm_line_reader){ .fd = fd, .name = name, .line_max = line_max };
	if (line_max > SIZE_MAX - 2)
		return vm_fail_memory(err);
	/* One byte beyond the longest line for its LF (or our NUL). */
	reader->capacity = line_max + 1 < SMALLEST_BLOCK ? SMALLEST_BLOCK : line_max + 1;
	reader->block = malloc(reader->capacity + 1);
	return reader->block == NULL ? vm_fail_memory(err) : VM_OK;
}

void vm_line_reader_release(struct vm_line_reader *reader)
{
	if (reader->block != NULL)
		vm_wipe(reader->block, reader->capacity + 1);
	free(reader->block);
	reader->block = NULL;
	reader->start = 0;
	reader->end = 0;
}

/* Moves what is left to the front and reads once behind it; there must be room. */
static enum vm_status fill(struct vm_line_reader *reader, struct vm_error *err)
{
	ssize_t got = 0;

	if (reader->start > 0)
		memmove(reader->block, reader->block + reader->start, reader->end - reader->start);
	reader->end -= reader->start;
	reader->start = 0;
	do {
		got = read(reader->fd, reader->block + reader->end, reader->capacity - reader->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return vm_fail_errno(err, errno, "cannot read %s", reader->name);
	if (got == 0)
		reader->at_end = true;
	reader->end += (size_t)got;
	return VM_OK;
}

/* Takes `length` bytes and, when there is one, their LF out of the block. */
static char *take(struct vm_line_reader *reader, size_t length, bool has_lf)
{
	char *const line = reader->block + reader->start;

	line[length] = '\0'; /* over the LF, or into the spare byte behind the block */
	reader->start += length + (has_lf ? 1 : 0);
	reader->offset += (off_t)(length + (has_lf ? 1 : 0));
	return line;
}

/* Throws away the rest of a line that is too long. */
static enum vm_status skip_line(struct vm_line_reader *reader, struct vm_error *err)
{
	for (;;) {
		const size_t held = reader->end - reader->start;
		const char *const lf = memchr(reader->block + reader->start, '\n', held);
		enum vm_status status = VM_INTERNAL;

		if (lf != NULL) {
			take(reader, (size_t)(lf - (reader->block + reader->start)), true);
			break;
		}
		take(reader, held, false);
		if (reader->at_end)
			break;
		status = fill(reader, err);
		if (status != VM_OK)
			return status;
	}
	return vm_fail(err, VM_INVALID, "%s line %zu is longer than %zu bytes", reader->name,
		       reader->number, reader->line_max);
}

enum vm_status vm_line_reader_next(struct vm_line_reader *reader, char **line, size_t *length,
				   struct vm_error *err)
{
	size_t searched = 0;

	for (;;) {
		const char *const start = reader->block + reader->start;
		const size_t held = reader->end - reader->start;
		const char *const lf = memchr(start + searched, '\n', held - searched);
		enum vm_status status = VM_INTERNAL;

		if (lf == NULL && !reader->at_end && held <= reader->line_max) {
			searched = held;
			status = fill(reader, err);
			if (status != VM_OK)
				return status;
			continue;
		}
		if (lf == NULL && held == 0)
			return vm_fail(err, VM_NOT_FOUND, "%s ends here", reader->name);
		reader->number++;
		*length = lf != NULL ? (size_t)(lf - start) : held;
		if (*length > reader->line_max)
			return skip_line(reader, err);
		*line = take(reader, *length, lf != NULL);
		return VM_OK;
	}
}
