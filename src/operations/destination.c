/* Turns lines of an alias into destinations of the neutral format, and back. */
#include <config.h>

#include <string.h>

#include "core/dot_qmail.h"
#include "operations/transfer.h"
#include "util/text.h"

static const char *const names[VM_DESTINATION_KINDS] = {
	[VM_DESTINATION_FORWARD] = "forward", [VM_DESTINATION_MAILBOX] = "mailbox",
	[VM_DESTINATION_MAILDIR] = "maildir", [VM_DESTINATION_MBOX] = "mbox",
	[VM_DESTINATION_PROGRAM] = "program", [VM_DESTINATION_LIST] = "list",
	[VM_DESTINATION_COMMENT] = "comment",
};

enum { SCRATCH_MAX = 16 * 1024 };

const char *vm_destination_kind_name(enum vm_destination_kind kind)
{
	return names[kind];
}

bool vm_destination_is_program(const struct vm_destination *destination)
{
	return destination->kind == VM_DESTINATION_PROGRAM ||
	       destination->kind == VM_DESTINATION_LIST;
}

static enum vm_destination_kind kind_of(const struct vm_dot_qmail_line *line)
{
	switch (line->kind) {
	case VM_DOT_QMAIL_COMMENT:
		return VM_DESTINATION_COMMENT;
	case VM_DOT_QMAIL_PROGRAM:
		return strstr(line->text, "/ezmlm-") == NULL ? VM_DESTINATION_PROGRAM
							     : VM_DESTINATION_LIST;
	case VM_DOT_QMAIL_MAILDIR:
		return VM_DESTINATION_MAILDIR;
	case VM_DOT_QMAIL_MBOX:
		return VM_DESTINATION_MBOX;
	case VM_DOT_QMAIL_FORWARD:
		return VM_DESTINATION_FORWARD;
	}
	return VM_DESTINATION_COMMENT;
}

static const char *sign_of(enum vm_destination_kind kind)
{
	switch (kind) {
	case VM_DESTINATION_FORWARD:
		return "&";
	case VM_DESTINATION_PROGRAM:
	case VM_DESTINATION_LIST:
		return "|";
	case VM_DESTINATION_COMMENT:
		return "#";
	case VM_DESTINATION_MAILBOX:
	case VM_DESTINATION_MAILDIR:
	case VM_DESTINATION_MBOX:
	case VM_DESTINATION_KINDS:
		return "";
	}
	return "";
}

/* A comment's text goes without its sign. */
static const char *text_of(const struct vm_dot_qmail_line *line)
{
	return line->kind == VM_DOT_QMAIL_COMMENT ? line->text + 1 : line->text;
}

/* Does the line mean the destination, and nothing else? */
static bool means(const char *line, const struct vm_destination *destination,
		  struct vm_arena *arena)
{
	struct vm_dot_qmail lines;
	struct vm_error ignored;
	enum vm_destination_kind kind = VM_DESTINATION_COMMENT;

	if (vm_dot_qmail_parse(line, strlen(line), arena, &lines, &ignored) != VM_OK ||
	    lines.count != 1)
		return false;
	kind = kind_of(&lines.lines[0]);
	if (kind == VM_DESTINATION_LIST)
		kind = VM_DESTINATION_PROGRAM;
	return kind == (vm_destination_is_program(destination) ? VM_DESTINATION_PROGRAM
							       : destination->kind) &&
	       strcmp(text_of(&lines.lines[0]), destination->text) == 0;
}

enum vm_status vm_destination_print(const struct vm_destination *destination,
				    char line[VM_ALIAS_LINE_MAX + 1], struct vm_error *err)
{
	struct vm_arena scratch;
	bool fits = false;

	if (destination->line != NULL)
		fits = vm_text_copy(line, VM_ALIAS_LINE_MAX + 1, destination->line);
	else
		fits = vm_text_format(line, VM_ALIAS_LINE_MAX + 1, "%s%s",
				      sign_of(destination->kind), destination->text);
	if (!fits)
		return vm_fail_field(err, VM_INVALID, "destinations",
				     "a destination is longer than %d bytes", VM_ALIAS_LINE_MAX);
	vm_arena_init(&scratch, SCRATCH_MAX);
	fits = !vm_text_has_control(line) && means(line, destination, &scratch);
	vm_arena_release(&scratch);
	if (fits)
		return VM_OK;
	return vm_fail_field(err, VM_INVALID, "destinations",
			     "the line \"%.150s\" would mean something else", line);
}

/* Blank lines mean nothing and have no destination. */
static enum vm_status read_line(const char *line, struct vm_arena *arena,
				struct vm_destination_list *list, struct vm_error *err)
{
	struct vm_destination *const next = &list->items[list->count];
	struct vm_dot_qmail lines;
	char usual[VM_ALIAS_LINE_MAX + 1];
	const enum vm_status status = vm_dot_qmail_parse(line, strlen(line), arena, &lines, err);

	if (status != VM_OK || lines.count == 0)
		return status;
	*next = (struct vm_destination){ .kind = kind_of(&lines.lines[0]),
					 .text = text_of(&lines.lines[0]) };
	if (!vm_text_format(usual, sizeof usual, "%s%s", sign_of(next->kind), next->text) ||
	    strcmp(usual, line) != 0)
		next->line = line;
	list->count++;
	return VM_OK;
}

enum vm_status vm_destination_list_read(const struct vm_alias *lines, size_t count,
					struct vm_arena *arena, struct vm_destination_list *out,
					struct vm_error *err)
{
	enum vm_status status = VM_OK;

	*out = (struct vm_destination_list){ .count = 0 };
	if (count > VM_TRANSFER_DESTINATIONS)
		return vm_fail(err, VM_LIMIT, "more than %d destinations",
			       VM_TRANSFER_DESTINATIONS);
	out->items = vm_arena_alloc_array(arena, count + 1, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < count && status == VM_OK; i++)
		status = read_line(lines[i].line, arena, out, err);
	return status;
}
