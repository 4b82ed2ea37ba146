/*
 * The base files of a domain, in 5.4's formats: vpasswd, the text, which is the truth; vpasswd.cdb, made from it; and the
 * sidecar, which says which versions of them our last fold wrote. See vpasswd(5).
 */
#ifndef VM_CDB_BASE_H
#define VM_CDB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account.h"
#include "identity.h"
#include "util/arena.h"
#include "util/line_reader.h"
#include "util/status.h"

#define VM_BASE_TEXT    "vpasswd"
#define VM_BASE_CDB     "vpasswd.cdb"
#define VM_BASE_SIDECAR ".vpasswd.base"

enum {
	VM_BASE_SMALL = 256 * 1024
}; /* a vpasswd of at most so many bytes is folded at each change */

/*
 * The fields behind "user:" of the base. A vpasswd.cdb that is missing or not sane is never an answer: then vpasswd
 * answers if it is whole, else VM_TEMPFAIL. VM_NOT_FOUND.
 */
enum vm_status vm_base_find(int folder, const char *user, struct vm_arena *arena, char **fields,
			    size_t *length, struct vm_error *err);

/* What the sidecar says. */
struct vm_base_record {
	struct vm_identity text, cdb;
	uint64_t accounts;
};

/* VM_NOT_FOUND when there is none or it cannot be understood: it only saves work. */
enum vm_status vm_base_record_read(int folder, struct vm_base_record *out, struct vm_error *err);

void vm_base_record_print(const struct vm_base_record *record, struct vm_buf *out);

/* One line of vpasswd; valid until the next call. */
struct vm_base_line {
	const char *user;
	size_t user_length;
	const char *fields;
	size_t fields_length;
	size_t number; /* of the line; 0 after a seek */
};

/* Reads vpasswd in byte order of the names. */
struct vm_base_cursor {
	int fd; /* -1: there is no vpasswd, which reads as empty */
	struct vm_identity version;
	bool is_disordered; /* next has met a name that is smaller than the one before */
	size_t repeated;    /* lines dropped because an earlier one has their name */
	struct vm_line_reader reader;
	bool is_skipping; /* after a seek: lines up to `last` are passed over */
	bool is_counted;  /* line numbers are true: no seek */
	char last[VM_USER_MAX + 1];
	size_t last_length;
	char *text; /* loaded whole, NULL when streamed */
	struct vm_base_line *rows;
	size_t row_count, row;
};

/* Opens vpasswd to stream it from the start. */
enum vm_status vm_base_cursor_open(struct vm_base_cursor *cursor, int folder, struct vm_error *err);
void vm_base_cursor_close(struct vm_base_cursor *cursor);

/* Reads all of it into memory and sorts it: for small files, and for those that a hand edit has left out of order. */
enum vm_status vm_base_cursor_load(struct vm_base_cursor *cursor, struct vm_error *err);

/* Goes to the first name behind `after`; a streamed file is searched by halves. "" = the start. */
enum vm_status vm_base_cursor_seek(struct vm_base_cursor *cursor, const char *after,
				   struct vm_error *err);

/*
 * The next line; of several with one name the first counts, as in 5.4. VM_NOT_FOUND at the end; VM_MISCONFIG for a damaged
 * line, a last line without LF, or a streamed file out of order.
 */
enum vm_status vm_base_cursor_next(struct vm_base_cursor *cursor, struct vm_base_line *line,
				   struct vm_error *err);

#endif
