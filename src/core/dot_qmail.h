/* The lines of a .qmail file. Source: reference 4.4, 4.5; dot-qmail(5). */
#ifndef VM_CORE_DOT_QMAIL_H
#define VM_CORE_DOT_QMAIL_H

#include <stddef.h>

#include "util/arena.h"
#include "util/status.h"

enum { VM_DOT_QMAIL_MAX = 256 * 1024, VM_DOT_QMAIL_LINES = 10000 };

enum vm_dot_qmail_kind {
	VM_DOT_QMAIL_COMMENT, /* counts: a file of comments alone discards the mail */
	VM_DOT_QMAIL_PROGRAM, /* text: the command behind blanks and bars */
	VM_DOT_QMAIL_MAILDIR, /* text: the path with its last slash */
	VM_DOT_QMAIL_MBOX,    /* text: the path */
	VM_DOT_QMAIL_FORWARD, /* text: the address without '&' */
};

struct vm_dot_qmail_line {
	enum vm_dot_qmail_kind kind;
	const char *text;
};

struct vm_dot_qmail {
	struct vm_dot_qmail_line *lines;
	size_t count;
};

/*
 * Parses a whole file, or one alias line. Blank lines are left out; blanks at the end of a line are cut. Texts live in
 * the arena. VM_INVALID for a NUL or too many lines; VM_TEMPFAIL without memory.
 */
enum vm_status vm_dot_qmail_parse(const char *text, size_t length, struct vm_arena *arena,
				  struct vm_dot_qmail *out, struct vm_error *err);

#endif
