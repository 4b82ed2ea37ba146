/* The text of users/assign: lines, order, edits, and the cdb of it. No files are touched. Source: reference 1.5, qmail 4.1. */
#ifndef VM_CORE_ASSIGN_TEXT_H
#define VM_CORE_ASSIGN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/account.h"
#include "util/buf.h"
#include "util/status.h"

enum {
	VM_ASSIGN_LINE_MAX = 4096,         /* bytes, LF not counted */
	VM_ASSIGN_MAX = 256 * 1024 * 1024, /* bytes of the whole file */
};

/* A piece of the text. */
struct vm_assign_field {
	const char *start;
	size_t length;
};

enum {
	VM_ASSIGN_USER,
	VM_ASSIGN_UID,
	VM_ASSIGN_GID,
	VM_ASSIGN_HOME,
	VM_ASSIGN_DASH,
	VM_ASSIGN_EXT
};

struct vm_assign_line {
	struct vm_assign_field whole; /* without LF */
	bool is_wildcard;             /* '+', else '=' */
	bool is_domain;               /* "+NAME-:REAL:...:-::" with a dot in NAME */
	struct vm_assign_field loc;   /* between the sign and the first ':' */
	struct vm_assign_field field[6];
	uid_t uid; /* of a domain line */
	gid_t gid;
};

struct vm_assign_cursor {
	const char *text;
	size_t length, position, number;
};

/*
 * The next line; the cursor is zeroed but for text and length at first. VM_NOT_FOUND at the final "." (or for an empty
 * text); VM_INVALID "line N: ..." for what qmail-newu would refuse: too few fields, a NUL, another first byte, no final
 * "."; and for lines behind it, a line too long, or a domain line whose uid or gid is no number.
 */
enum vm_status vm_assign_next(struct vm_assign_cursor *cursor, struct vm_assign_line *line,
			      struct vm_error *err);

/* The name of a domain line, without its '-'. */
struct vm_assign_field vm_assign_domain(const struct vm_assign_line *line);

bool vm_assign_field_is(struct vm_assign_field field, const char *text);

/*
 * The text with `entry` added (may be NULL) and `names` removed; domain lines out of order are sorted. VM_EXISTS when
 * there is another line for entry->name; the same line is no change. VM_INVALID as above, or for an entry that cannot be
 * a line. *changed tells whether out differs from the text.
 */
enum vm_status vm_assign_edit(const char *text, size_t length, const struct vm_domain_entry *entry,
			      const char *const *names, size_t count, struct vm_buf *out,
			      bool *changed, struct vm_error *err);

/* What all domain lines should be, and what that changed. */
struct vm_assign_wanted {
	const struct vm_domain_entry *entries; /* sorted by name (strcmp), each name once */
	size_t count;
	size_t before, added, removed, altered; /* lines; filled */
	/* May be NULL: hears of each name whose line goes. */
	enum vm_status (*gone)(void *context, const char *name, struct vm_error *err);
	void *context;
};

/* The text with the lines of others, and these domain lines alone. VM_INVALID as vm_assign_edit. */
enum vm_status vm_assign_rebuild(const char *text, size_t length, struct vm_assign_wanted *wanted,
				 struct vm_buf *out, struct vm_error *err);

/* Writes the cdb of a text, as qmail-newu would, into an empty descriptor. VM_INVALID as vm_assign_next. */
enum vm_status vm_assign_write_cdb(const char *text, size_t length, int fd, struct vm_error *err);

#endif
