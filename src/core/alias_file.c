/* Keeps aliases in .qmail-NAME files. */
#include <config.h>

#include "core/alias_file.h"

#include <string.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FILE_MAX = 1024 * 1024, LINES_MAX = 10000 };

static const char prefix[] = ".qmail-";
static const char lock_name[] = ".qmail-alias.lock";

static bool file_name_of(const char *user, char out[VM_FILE_NAME_MAX + 1])
{
	if (!vm_text_format(out, VM_FILE_NAME_MAX + 1, "%s%s", prefix, user))
		return false;
	for (char *c = out + strlen(prefix); *c != '\0'; c++)
		if (*c == '.')
			*c = ':';
	return true;
}

static enum vm_status check_name(struct vm_name name, char file[VM_FILE_NAME_MAX + 1],
				 struct vm_error *err)
{
	if (name.user[0] == '\0' || strchr(name.user, '/') != NULL ||
	    strcmp(name.user, "default") == 0 || !file_name_of(name.user, file))
		return vm_fail_field(err, VM_INVALID, "address", "\"%s\" cannot name an alias",
				     name.user);
	return VM_OK;
}

static enum vm_status read_file(int folder, const char *file, struct vm_buf *text,
				struct vm_error *err)
{
	struct stat info;
	enum vm_status status = vm_file_stat(folder, file, &info, err);

	if (status != VM_OK)
		return status;
	if (!S_ISREG(
		    info.st_mode)) /* a list's symlink, or something that only looks like an alias */
		return vm_fail(err, VM_NOT_FOUND, "%s is not a plain file", file);
	return vm_file_read_all(folder, file, text, err);
}

/* Cuts the next line out of *rest; NULL at the end. */
static char *next_line(char **rest)
{
	char *const line = *rest;
	char *end = NULL;

	if (line == NULL || *line == '\0')
		return NULL;
	end = strchr(line, '\n');
	*rest = end == NULL ? NULL : end + 1;
	if (end == NULL)
		end = line + strlen(line);
	while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return line;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* Appends the lines of a file's text to a list that has room for them. */
static enum vm_status take_lines(char *text, struct vm_name name, struct vm_arena *arena,
				 struct vm_alias_list *out, struct vm_error *err)
{
	const char *const user = vm_arena_strdup(arena, name.user);
	const char *const domain = vm_arena_strdup(arena, name.domain);
	char *line = NULL;

	if (user == NULL || domain == NULL)
		return vm_fail_memory(err);
	while ((line = next_line(&text)) != NULL) {
		struct vm_alias *const alias = &out->items[out->count];

		if (line[0] == '\0')
			continue;
		*alias = (struct vm_alias){ user, domain, vm_arena_strdup(arena, line) };
		if (alias->line == NULL)
			return vm_fail_memory(err);
		out->count++;
	}
	return VM_OK;
}

enum vm_status vm_alias_file_get(int folder, struct vm_name name, struct vm_arena *arena,
				 struct vm_alias_list *out, struct vm_error *err)
{
	char file[VM_FILE_NAME_MAX + 1];
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	*out = (struct vm_alias_list){ 0 };
	if (check_name(name, file, err) != VM_OK)
		return vm_fail(err, VM_NOT_FOUND, "no alias %s@%s", name.user, name.domain);
	vm_buf_init(&text, FILE_MAX);
	status = read_file(folder, file, &text, err);
	if (status == VM_NOT_FOUND)
		vm_fail(err, VM_NOT_FOUND, "no alias %s@%s", name.user, name.domain);
	if (status != VM_OK)
		goto out;
	out->items = vm_arena_alloc_array(arena, count_lines(text.bytes), sizeof *out->items);
	status = out->items == NULL ? vm_fail_memory(err)
				    : take_lines(text.bytes, name, arena, out, err);
out:
	vm_buf_release(&text);
	return status;
}

/* Copies the lines but those equal to `line`; *found counts these. line NULL copies all. */
static void copy_lines(char *text, const char *line, struct vm_buf *out, size_t *found,
		       size_t *kept)
{
	char *next = NULL;

	while ((next = next_line(&text)) != NULL) {
		if (line != NULL && strcmp(next, line) == 0) {
			(*found)++;
			continue;
		}
		*kept += next[0] != '\0';
		vm_buf_append_text(out, next);
		vm_buf_append_byte(out, '\n');
	}
}

static enum vm_status check_line(const char *line, struct vm_error *err)
{
	const size_t length = strlen(line);

	if (length == 0 || length > VM_ALIAS_LINE_MAX || vm_text_has_control(line) ||
	    line[length - 1] == ' ')
		return vm_fail_field(err, VM_INVALID, "line",
				     "an alias line is 1 to %d bytes without control bytes and "
				     "without a blank at its end",
				     VM_ALIAS_LINE_MAX);
	return VM_OK;
}

static enum vm_status append_line(int folder, const char *file, const struct vm_alias *alias,
				  struct vm_error *err)
{
	struct vm_buf old, new;
	size_t found = 0, kept = 0;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&old, FILE_MAX);
	vm_buf_init(&new, FILE_MAX);
	status = vm_file_read_all(folder, file, &old, err);
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	if (status != VM_OK)
		goto out;
	copy_lines(old.bytes, alias->line, &new, &found, &kept);
	if (found > 0) {
		status = vm_fail(err, VM_EXISTS, "alias %s@%s -> %s already exists", alias->user,
				 alias->domain, alias->line);
		goto out;
	}
	if (kept >= LINES_MAX) {
		status = vm_fail(err, VM_LIMIT, "alias %s@%s has %d lines, which is the most",
				 alias->user, alias->domain, LINES_MAX);
		goto out;
	}
	vm_buf_printf(&new, "%s\n", alias->line);
	status = vm_buf_check(&new, file, err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, file, 0600, new.bytes, new.length, err);
out:
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status;
}

enum vm_status vm_alias_file_insert(int folder, const struct vm_alias *alias, struct vm_error *err)
{
	const struct vm_name name = { alias->user, alias->domain };
	char file[VM_FILE_NAME_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = check_name(name, file, err);

	if (status == VM_OK)
		status = check_line(alias->line, err);
	if (status == VM_OK)
		status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = append_line(folder, file, alias, err);
	vm_file_lock_release(&lock);
	return status;
}

static enum vm_status drop_file(int folder, const char *file, struct vm_error *err)
{
	const enum vm_status status = vm_file_remove(folder, file, err);

	return status == VM_OK ? vm_file_sync(folder, "the domain's folder", err) : status;
}

static enum vm_status drop_line(int folder, const char *file, struct vm_name name, const char *line,
				struct vm_error *err)
{
	struct vm_buf old, new;
	size_t found = 0, kept = 0;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&old, FILE_MAX);
	vm_buf_init(&new, FILE_MAX);
	status = read_file(folder, file, &old, err);
	if (status != VM_OK)
		goto out;
	if (line != NULL)
		copy_lines(old.bytes, line, &new, &found, &kept);
	if (line != NULL && found == 0)
		status = VM_NOT_FOUND;
	else if (kept == 0)
		status = drop_file(folder, file, err);
	else
		status = vm_file_replace_with(folder, file, 0600, new.bytes, new.length, err);
out:
	if (status == VM_NOT_FOUND)
		vm_fail(err, VM_NOT_FOUND, "no such alias %s@%s", name.user, name.domain);
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status;
}

enum vm_status vm_alias_file_remove(int folder, struct vm_name name, const char *line,
				    struct vm_error *err)
{
	char file[VM_FILE_NAME_MAX + 1];
	struct vm_file_lock lock = { .fd = -1 };
	enum vm_status status = VM_INTERNAL;

	if (check_name(name, file, err) != VM_OK)
		return vm_fail(err, VM_NOT_FOUND, "no such alias %s@%s", name.user, name.domain);
	status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = drop_line(folder, file, name, line, err);
	vm_file_lock_release(&lock);
	return status;
}
