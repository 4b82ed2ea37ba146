/* Keeps the notes of a bulletin. */
#include <config.h>

#include "operations/bulletin_notes.h"

#include <string.h>

#include "util/digest.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { ID_BYTES = 8, NOTES_MAX = 64 * 1024 };

void vm_bulletin_notes_name(const struct vm_bulletin *bulletin, char out[VM_BULLETIN_FILE_MAX])
{
	static const char *const ways[] = {
		[VM_BULLETIN_COPY] = "copy",
		[VM_BULLETIN_HARD_LINK] = "link",
		[VM_BULLETIN_SYMBOLIC_LINK] = "symlink",
	};
	unsigned char digest[VM_DIGEST_MAX];
	char id[2 * ID_BYTES + 1];

	vm_digest(VM_DIGEST_SHA256, bulletin->text, bulletin->length, digest);
	vm_hex_encode(digest, ID_BYTES, id);
	(void)vm_text_format(out, VM_BULLETIN_FILE_MAX, ".bulletin-%s-%s", ways[bulletin->way],
			     id); /* fits */
}

static bool take_line(struct vm_bulletin_notes *notes, const char *line)
{
	if (vm_text_starts_with(line, "name "))
		return vm_text_copy(notes->name, sizeof notes->name, line + 5);
	if (vm_text_starts_with(line, "after "))
		return vm_text_copy(notes->after, sizeof notes->after, line + 6);
	if (vm_text_starts_with(line, "failed ") && notes->failures < VM_BULLETIN_FAILURES)
		return vm_text_copy(notes->failed[notes->failures++], VM_USER_MAX + 1, line + 7);
	if (strcmp(line, "done") == 0)
		return notes->is_done = true;
	return line[0] == '\0';
}

static enum vm_status parse(struct vm_bulletin_notes *notes, char *text, struct vm_error *err)
{
	bool is_good = true;

	for (char *line = text; is_good && line != NULL;) {
		char *const end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		is_good = take_line(notes, line);
		line = end == NULL ? NULL : end + 1;
	}
	if (!is_good || notes->name[0] == '\0' || strchr(notes->name, '/') != NULL)
		return vm_fail(err, VM_TEMPFAIL, "%s cannot be understood; remove it to begin anew",
			       notes->file);
	return VM_OK;
}

enum vm_status vm_bulletin_notes_read(int folder, const struct vm_bulletin *bulletin,
				      struct vm_bulletin_notes *notes, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_NOT_FOUND;

	memset(notes, 0, sizeof *notes);
	vm_bulletin_notes_name(bulletin, notes->file);
	vm_buf_init(&text, NOTES_MAX);
	if (!bulletin->begins_anew)
		status = vm_file_read_all(folder, notes->file, &text, err);
	if (status == VM_OK) {
		notes->is_resumed = true;
		status = parse(notes, text.bytes, err);
	} else if (status == VM_NOT_FOUND) {
		vm_maildir_unique_name(notes->name);
		status = VM_OK;
	}
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_bulletin_notes_write(int folder, const struct vm_bulletin_notes *notes,
				       struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, NOTES_MAX);
	vm_buf_printf(&text, "name %s\n", notes->name);
	if (notes->after[0] != '\0')
		vm_buf_printf(&text, "after %s\n", notes->after);
	for (size_t i = 0; i < notes->failures; i++)
		vm_buf_printf(&text, "failed %s\n", notes->failed[i]);
	if (notes->is_done)
		vm_buf_append_text(&text, "done\n");
	status = vm_buf_check(&text, notes->file, err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, notes->file, 0600, text.bytes, text.length,
					      err);
	vm_buf_release(&text);
	return status;
}
