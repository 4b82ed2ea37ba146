/* Parses .qmail text into typed lines. */
#include <config.h>

#include "core/dot_qmail.h"

#include <string.h>

static struct vm_dot_qmail_line classify(char *line, size_t length)
{
	struct vm_dot_qmail_line result = { VM_DOT_QMAIL_FORWARD, line };

	if (line[0] == '#') {
		result.kind = VM_DOT_QMAIL_COMMENT;
	} else if (line[0] == '|') {
		result.kind = VM_DOT_QMAIL_PROGRAM;
		result.text = line + strspn(line, "| \t");
	} else if (line[0] == '/' || line[0] == '.') {
		result.kind = line[length - 1] == '/' ? VM_DOT_QMAIL_MAILDIR : VM_DOT_QMAIL_MBOX;
	} else if (line[0] == '&') {
		result.text = line + 1 + strspn(line + 1, " \t");
	}
	return result;
}

enum vm_status vm_dot_qmail_parse(const char *text, size_t length, struct vm_arena *arena,
				  struct vm_dot_qmail *out, struct vm_error *err)
{
	char *const copy = vm_arena_strndup(arena, text, length);
	size_t lines = length > 0 && text[length - 1] != '\n'; /* a last line without LF */

	*out = (struct vm_dot_qmail){ 0 };
	if (copy == NULL)
		return vm_fail_memory(err);
	if (strlen(copy) != length)
		return vm_fail(err, VM_INVALID, "a .qmail file holds a NUL");
	for (size_t i = 0; i < length; i++)
		lines += copy[i] == '\n';
	if (lines > VM_DOT_QMAIL_LINES)
		return vm_fail(err, VM_INVALID, "a .qmail file has more than %d lines",
			       VM_DOT_QMAIL_LINES);
	out->lines = vm_arena_alloc_array(arena, lines + 1, sizeof *out->lines);
	if (out->lines == NULL)
		return vm_fail_memory(err);
	for (char *line = copy; line != NULL;) {
		char *const end = strchr(line, '\n');
		char *last = end == NULL ? line + strlen(line) : end;

		while (last > line && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
			last--;
		*last = '\0';
		if (last > line)
			out->lines[out->count++] = classify(line, (size_t)(last - line));
		line = end == NULL ? NULL : end + 1;
	}
	return VM_OK;
}
