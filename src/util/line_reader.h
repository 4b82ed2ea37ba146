/* Reads a descriptor line by line in bounded memory. */
#ifndef VM_UTIL_LINE_READER_H
#define VM_UTIL_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/status.h"

struct vm_line_reader {
	int fd;           /* borrowed */
	const char *name; /* borrowed; for error texts */
	char *block;
	size_t capacity; /* of the block */
	size_t line_max; /* the longest line, its LF not counted */
	size_t start, end;
	size_t number; /* of the line last returned, from 1 */
	off_t offset;  /* file offset of the next line, counted from where reading began */
	bool at_end;
};

/* A reader that accepts lines of at most line_max bytes. VM_TEMPFAIL when out of memory. */
enum vm_status vm_line_reader_init(struct vm_line_reader *reader, int fd, const char *name,
				   size_t line_max, struct vm_error *err);

/* Wipes and frees; the descriptor stays the caller's. */
void vm_line_reader_release(struct vm_line_reader *reader);

/*
 * The next line without its LF, NUL-terminated, valid until the next call. A last line without LF counts.
 * VM_OK; VM_NOT_FOUND at the end; VM_INVALID for a line that is too long (it is skipped whole, and the next call
 * goes on after it); VM_TEMPFAIL on a read error.
 */
enum vm_status vm_line_reader_next(struct vm_line_reader *reader, char **line, size_t *length,
				   struct vm_error *err);

#endif
