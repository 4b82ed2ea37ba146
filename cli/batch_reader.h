/* Reads accounts from JSON lines or CSV. */
#ifndef VM_CLI_BATCH_READER_H
#define VM_CLI_BATCH_READER_H

#include <stdint.h>

#include "util/arena.h"
#include "util/line_reader.h"
#include "util/status.h"

enum { VM_BATCH_LINE_MAX = 16 * 1024, VM_BATCH_COLUMNS = 6 };

/* One account as the file has it; NULL where nothing is said. */
struct vm_batch_row {
	const char *address, *password, *password_hash, *comment, *quota;
	uint32_t flags;
	size_t line; /* of the file, from 1 */
};

struct vm_batch_reader {
	struct vm_line_reader lines;
	bool is_csv, has_begun;
	int columns[VM_BATCH_COLUMNS]; /* CSV: which value stands in the n-th column */
	int column_count;
};

/* The first line decides: '{' begins JSON lines, anything else is the header of a CSV file. */
enum vm_status vm_batch_reader_init(struct vm_batch_reader *reader, int fd, const char *name,
				    struct vm_error *err);
void vm_batch_reader_release(struct vm_batch_reader *reader);

/*
 * The next row, its texts in the arena. VM_NOT_FOUND at the end; VM_INVALID for a line that is not a row (row->line is
 * set, and the next call goes on after it); VM_MISCONFIG for a bad CSV header: nothing can be read.
 */
enum vm_status vm_batch_reader_next(struct vm_batch_reader *reader, struct vm_arena *arena,
				    struct vm_batch_row *row, struct vm_error *err);

#endif
