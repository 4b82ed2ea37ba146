/* Keeps the notes about unfinished operations. */
#include <config.h>

#include "operations/intent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/account.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

static const char folder_name[] = ".intents";

static enum vm_status open_folder(const char *base, int *out, struct vm_error *err)
{
	char path[VM_PATH_MAX * 2];

	if (!vm_text_format(path, sizeof path, "%s/%s", base, folder_name))
		return vm_fail(err, VM_INVALID, "%s is too long", base);
	return vm_file_open_folder(AT_FDCWD, path, out, err);
}

/* Root's notes must open for the owner of the folder, who may have to finish what they tell of. */
static enum vm_status give_to_owner(const char *base, const char *path, struct vm_error *err)
{
	struct stat info;
	enum vm_status status = VM_OK;

	if (geteuid() != 0)
		return VM_OK;
	status = vm_file_stat(AT_FDCWD, base, &info, err);
	if (status == VM_OK)
		status = vm_file_set_owner(AT_FDCWD, path, info.st_uid, info.st_gid, err);
	return status;
}

static enum vm_status make_folder(const char *base, int *out, struct vm_error *err)
{
	char path[VM_PATH_MAX * 2];
	enum vm_status status = open_folder(base, out, err);

	if (status != VM_NOT_FOUND)
		return status;
	if (!vm_text_format(path, sizeof path, "%s/%s", base, folder_name))
		return vm_fail(err, VM_INVALID, "%s is too long", base);
	status = vm_file_make_folder(AT_FDCWD, path, 0700, err);
	if (status == VM_OK)
		status = give_to_owner(base, path, err);
	if (status == VM_EXISTS)
		status = VM_OK;
	if (status == VM_OK)
		status = vm_file_sync_folder(AT_FDCWD, base, err);
	return status == VM_OK ? open_folder(base, out, err) : status;
}

static bool file_name(const struct vm_intent *intent, char out[VM_FILE_NAME_MAX + 1])
{
	return vm_text_format(out, VM_FILE_NAME_MAX + 1, "%s.%s", intent->kind, intent->subject);
}

static enum vm_status fail_busy(const struct vm_intent *intent, struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "another command is at work on %s", intent->subject);
}

/* Locked as a temp file, before it has the name by which others find it. */
static enum vm_status put_note(int folder, const char *name, const struct vm_buf *text,
			       struct vm_file_lock *hold, struct vm_error *err)
{
	struct vm_file_replace replace;
	enum vm_status status = vm_file_replace_begin(&replace, folder, name, 0600, err);

	if (status != VM_OK)
		return status;
	status = vm_file_lock_open(hold, replace.fd, name, err);
	if (status == VM_OK)
		status = vm_file_write(replace.fd, name, text->bytes, text->length, err);
	if (status == VM_OK)
		status = vm_file_replace_commit(&replace, err);
	vm_file_replace_abort(&replace);
	if (status != VM_OK)
		vm_file_lock_release(hold);
	return status;
}

enum vm_status vm_intent_write(const char *base, const struct vm_intent *intent,
			       struct vm_file_lock *hold, struct vm_error *err)
{
	char name[VM_FILE_NAME_MAX + 1];
	struct vm_file_lock older = { .fd = -1 };
	struct vm_buf text;
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	hold->fd = -1;
	if (!file_name(intent, name))
		return vm_fail(err, VM_INTERNAL, "the note about %s does not fit", intent->subject);
	vm_buf_init(&text, VM_INTENT_MAX);
	for (size_t i = 0; i < VM_INTENT_FIELDS; i++)
		vm_buf_printf(&text, "%s\n", intent->fields[i] == NULL ? "" : intent->fields[i]);
	status = vm_buf_check(&text, name, err);
	if (status == VM_OK)
		status = make_folder(base, &folder, err);
	if (status == VM_OK)
		status = vm_file_lock_try(&older, folder, name, err);
	if (status == VM_EXISTS)
		status = fail_busy(intent, err);
	if (status == VM_OK)
		status = put_note(folder, name, &text, hold, err);
	vm_file_lock_release(&older);
	vm_file_discard(&folder);
	vm_buf_release(&text);
	return status;
}

static enum vm_status take_fields(char *text, struct vm_intent *out, struct vm_error *err)
{
	for (size_t i = 0; i < VM_INTENT_FIELDS; i++) {
		char *const end = strchr(text, '\n');

		if (end == NULL) {
			memset(out->fields, 0, sizeof out->fields);
			return vm_fail(err, VM_NOT_FOUND, "the note about %s is damaged",
				       out->subject);
		}
		*end = '\0';
		out->fields[i] = text;
		text = end + 1;
	}
	return VM_OK;
}

static enum vm_status read_note(int folder, const char *name, struct vm_arena *arena,
				struct vm_intent *out, struct vm_error *err)
{
	char *const copy = vm_arena_strdup(arena, name);
	char *const dot = copy == NULL ? NULL : strchr(copy, '.');
	char *text = NULL;
	struct vm_buf file;
	enum vm_status status = VM_INTERNAL;

	if (copy == NULL)
		return vm_fail_memory(err);
	if (dot == NULL)
		return vm_fail(err, VM_NOT_FOUND, "%s is not a note", name);
	*dot = '\0';
	*out = (struct vm_intent){ .kind = copy, .subject = dot + 1 };
	vm_buf_init(&file, VM_INTENT_MAX);
	status = vm_file_read_all(folder, name, &file, err);
	if (status == VM_OK) {
		text = vm_arena_strdup(arena, file.bytes);
		status = text == NULL ? vm_fail_memory(err) : take_fields(text, out, err);
	}
	vm_buf_release(&file);
	return status;
}

/* One that nobody holds; VM_NOT_FOUND also for a damaged one, which goes. */
static enum vm_status take_note(int folder, const char *name, struct vm_arena *arena,
				struct vm_intent *out, struct vm_file_lock *hold,
				struct vm_error *err)
{
	struct stat info;
	enum vm_status status = vm_file_stat(folder, name, &info, err);

	if (status == VM_OK)
		status = vm_file_lock_try(hold, folder, name, err);
	if (status != VM_OK)
		return status;
	status = read_note(folder, name, arena, out, err);
	if (status == VM_NOT_FOUND && vm_file_remove(folder, name, err) != VM_OK)
		status = err->status;
	if (status != VM_OK)
		vm_file_lock_release(hold);
	return status;
}

enum vm_status vm_intent_take(const char *base, const char *kind, const char *subject,
			      struct vm_arena *arena, struct vm_intent *out,
			      struct vm_file_lock *hold, struct vm_error *err)
{
	const struct vm_intent wanted = { .kind = kind, .subject = subject };
	char name[VM_FILE_NAME_MAX + 1];
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	hold->fd = -1;
	if (!file_name(&wanted, name))
		return vm_fail(err, VM_NOT_FOUND, "no note has so long a name");
	status = open_folder(base, &folder, err);
	if (status == VM_OK)
		status = take_note(folder, name, arena, out, hold, err);
	if (status == VM_EXISTS) {
		(void)fail_busy(&wanted, err);
		err->status = VM_EXISTS;
	}
	vm_file_discard(&folder);
	return status;
}

/* A damaged note is listed as such, without fields. */
static enum vm_status list_note(int folder, const char *name, struct vm_arena *arena,
				struct vm_intent_list *out, struct vm_error *err)
{
	struct vm_intent *const note = &out->items[out->count];
	const enum vm_status status = read_note(folder, name, arena, note, err);

	if (status != VM_OK && (status != VM_NOT_FOUND || strchr(name, '.') == NULL))
		return status;
	note->is_damaged = status == VM_NOT_FOUND;
	out->count++;
	return VM_OK;
}

static enum vm_status collect(DIR *stream, struct vm_arena *arena, struct vm_intent_list *out,
			      struct vm_error *err)
{
	const struct dirent *entry = NULL;

	errno = 0;
	while ((entry = readdir(stream)) != NULL && out->count < VM_INTENT_LIST_MAX) {
		enum vm_status status = VM_NOT_FOUND;

		if (entry->d_name[0] != '.')
			status = list_note(dirfd(stream), entry->d_name, arena, out, err);
		if (status != VM_OK && status != VM_NOT_FOUND)
			return status;
		errno = 0;
	}
	return errno == 0 ? VM_OK : vm_fail_errno(err, errno, "cannot read %s", folder_name);
}

enum vm_status vm_intent_list(const char *base, struct vm_arena *arena, struct vm_intent_list *out,
			      struct vm_error *err)
{
	int folder = -1;
	DIR *stream = NULL;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_intent_list){ 0 };
	status = open_folder(base, &folder, err);
	if (status != VM_OK)
		return status == VM_NOT_FOUND ? VM_OK : status;
	out->items = vm_arena_alloc_array(arena, VM_INTENT_LIST_MAX, sizeof *out->items);
	stream = out->items == NULL ? NULL : fdopendir(folder);
	if (stream == NULL) {
		vm_file_discard(&folder);
		return vm_fail_memory(err);
	}
	status = collect(stream, arena, out, err);
	closedir(stream);
	return status;
}

enum vm_status vm_intent_is_held(const char *base, const struct vm_intent *intent, bool *out,
				 struct vm_error *err)
{
	char name[VM_FILE_NAME_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	struct stat info;
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	*out = false;
	if (!file_name(intent, name))
		return VM_OK;
	status = open_folder(base, &folder, err);
	if (status == VM_OK)
		status = vm_file_stat(folder, name, &info, err);
	if (status == VM_OK)
		status = vm_file_lock_try(&lock, folder, name, err);
	*out = status == VM_EXISTS;
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	return status == VM_EXISTS || status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_intent_remove(const char *base, const struct vm_intent *intent,
				struct vm_file_lock *hold, struct vm_error *err)
{
	char name[VM_FILE_NAME_MAX + 1];
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	if (!file_name(intent, name))
		return VM_OK;
	status = open_folder(base, &folder, err);
	if (status == VM_OK)
		status = vm_file_remove(folder, name, err);
	if (status == VM_OK)
		status = vm_file_sync_parent(folder, name, err);
	vm_file_discard(&folder);
	vm_file_lock_release(hold);
	return status == VM_NOT_FOUND ? VM_OK : status;
}
