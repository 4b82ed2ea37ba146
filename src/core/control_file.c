/* Edits the control files of qmail that name domains. */
#include <config.h>

#include "core/control_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "util/buf.h"
#include "util/cdb_file.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FILE_MODE = 0644 };

/* In the order in which they are locked. */
enum which { LOCALS, MORERCPTHOSTS, RCPTHOSTS, VIRTUALDOMAINS, FILES };

static const char *const file_names[FILES] = {
	[LOCALS] = "locals",
	[MORERCPTHOSTS] = "morercpthosts",
	[RCPTHOSTS] = "rcpthosts",
	[VIRTUALDOMAINS] = "virtualdomains",
};

static const char cdb_name[] = "morercpthosts.cdb";

struct file {
	bool exists, is_changed;
	struct vm_file_lock lock;
	struct vm_buf text;
};

/* All of them, locked, read, and changed in memory. */
struct control {
	int folder;
	struct file file[FILES];
};

static void control_release(struct control *control)
{
	for (int i = FILES - 1; i >= 0; i--) {
		vm_buf_release(&control->file[i].text);
		vm_file_lock_release(&control->file[i].lock);
	}
	vm_file_discard(&control->folder);
}

static enum vm_status open_folder(const char *qmail_dir, int *folder, struct vm_error *err)
{
	char path[PATH_MAX];
	enum vm_status status = VM_INTERNAL;

	*folder = -1;
	if (!vm_text_format(path, sizeof path, "%s/control", qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	status = vm_file_open_folder(AT_FDCWD, path, folder, err);
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "there is no folder %s", path);
	return status;
}

static enum vm_status read_file(struct control *control, enum which which, struct vm_error *err)
{
	struct file *const file = &control->file[which];
	const enum vm_status status =
		vm_file_read_all(control->folder, file_names[which], &file->text, err);

	file->exists = status == VM_OK;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status control_open(struct control *control, const char *qmail_dir, bool lock,
				   struct vm_error *err)
{
	char name[64];
	enum vm_status status = VM_INTERNAL;

	for (int i = 0; i < FILES; i++) {
		control->file[i] = (struct file){ .lock = { -1 } };
		vm_buf_init(&control->file[i].text, VM_CONTROL_FILE_MAX);
	}
	status = open_folder(qmail_dir, &control->folder, err);
	for (int i = 0; i < FILES && status == VM_OK && lock; i++) {
		(void)vm_text_format(name, sizeof name, "%s.lock", file_names[i]); /* it fits */
		status = vm_file_lock_take(&control->file[i].lock, control->folder, name, err);
	}
	for (int i = 0; i < FILES && status == VM_OK; i++)
		status = read_file(control, (enum which)i, err);
	return status;
}

/* A line as qmail reads it: without blanks at its end. */
struct line {
	const char *start;
	size_t length; /* as read by qmail */
	size_t whole;  /* with blanks and LF */
};

static bool next_line(const struct vm_buf *text, size_t *position, struct line *line)
{
	const char *const start = text->bytes + *position;
	const char *const lf = memchr(start, '\n', text->length - *position);

	if (*position == text->length)
		return false;
	line->start = start;
	line->length = lf == NULL ? text->length - *position : (size_t)(lf - start);
	line->whole = line->length + (lf == NULL ? 0 : 1);
	*position += line->whole;
	while (line->length > 0 &&
	       (start[line->length - 1] == ' ' || start[line->length - 1] == '\t'))
		line->length--;
	return true;
}

static bool equals_nocase(const char *text, size_t length, const char *name)
{
	char copy[VM_DOMAIN_MAX + 1];

	if (length > VM_DOMAIN_MAX || length != strlen(name))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return vm_text_equals_nocase(copy, name);
}

static bool is_name(const struct line *line, const char *name)
{
	return equals_nocase(line->start, line->length, name);
}

/* "NAME:NAME", the line that vadddomain writes; any other target is somebody else's. */
static bool is_virtual(const struct line *line, const char *name)
{
	const size_t length = strlen(name);

	return line->length == 2 * length + 1 && line->start[length] == ':' &&
	       equals_nocase(line->start, length, name) &&
	       equals_nocase(line->start + length + 1, length, name);
}

/* The names that an edit is about, sorted; a line of thousands is looked up by halves. */
struct names {
	const char **items;
	bool *is_found;
	size_t count;
	bool has_length[VM_DOMAIN_MAX + 1]; /* most lines are told apart by that alone */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names_release(struct names *names)
{
	free(names->items);
	free(names->is_found);
}

static enum vm_status names_init(struct names *names, const char *const *items, size_t count,
				 struct vm_error *err)
{
	names->items = calloc(count + 1, sizeof *names->items);
	names->is_found = calloc(count + 1, sizeof *names->is_found);
	names->count = count;
	memset(names->has_length, 0, sizeof names->has_length);
	if (names->items == NULL || names->is_found == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (items[i][0] == '\0' || strlen(items[i]) > VM_DOMAIN_MAX ||
		    vm_text_has_control(items[i]) || strpbrk(items[i], ": #") != NULL)
			return vm_fail_field(err, VM_INVALID, "domain",
					     "this cannot be a domain's name");
		names->items[i] = items[i];
		names->has_length[strlen(items[i])] = true;
	}
	qsort(names->items, count, sizeof *names->items, compare_names);
	names->count = 0;
	for (size_t i = 0; i < count; i++) /* each once */
		if (i == 0 || strcmp(names->items[i], names->items[names->count - 1]) != 0)
			names->items[names->count++] = names->items[i];
	return VM_OK;
}

/* Which of the names does the line hold, by its first `length` bytes? NULL: none. */
static const char *const *find_name(const struct names *names, const char *text, size_t length)
{
	char copy[VM_DOMAIN_MAX + 1];
	const char *key = copy;

	if (length > VM_DOMAIN_MAX || !names->has_length[length])
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	vm_text_lower(copy);
	return bsearch(&key, names->items, names->count, sizeof *names->items, compare_names);
}

/* The name of a line of this file: NULL for comments, others' domains, and lines with another target. */
static const char *const *name_of_line(const struct names *names, enum which which,
				       const struct line *line)
{
	size_t length = line->length;
	const char *const *found = NULL;

	if (which == VIRTUALDOMAINS) {
		const char *const colon = memchr(line->start, ':', line->length);

		length = colon == NULL ? 0 : (size_t)(colon - line->start);
	}
	if (length == 0 || line->start[0] == '#')
		return NULL;
	found = find_name(names, line->start, length);
	if (found != NULL && which == VIRTUALDOMAINS && !is_virtual(line, *found))
		return NULL;
	return found;
}

/* Takes the lines of the names out of one file. */
static enum vm_status cut_names(struct control *control, enum which which,
				const struct names *names, struct vm_error *err)
{
	struct file *const file = &control->file[which];
	struct vm_buf kept;
	struct line line;
	size_t position = 0;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&kept, VM_CONTROL_FILE_MAX);
	while (next_line(&file->text, &position, &line))
		if (name_of_line(names, which, &line) == NULL)
			vm_buf_append(&kept, line.start, line.whole);
	status = vm_buf_check(&kept, file_names[which], err);
	if (status == VM_OK && kept.length != file->text.length) {
		vm_buf_release(&file->text);
		file->text = kept;
		file->is_changed = true;
		return VM_OK;
	}
	vm_buf_release(&kept);
	return status;
}

static void mark_found(struct names *names, const struct control *control, enum which which)
{
	struct line line;
	size_t position = 0;

	while (next_line(&control->file[which].text, &position, &line)) {
		const char *const *const found = name_of_line(names, which, &line);

		if (found != NULL)
			names->is_found[(size_t)(found - (const char *const *)names->items)] = true;
	}
}

static size_t count_lines(const struct file *file)
{
	struct line line;
	size_t position = 0, count = 0;

	while (next_line(&file->text, &position, &line))
		count++;
	return count;
}

static void append_line(struct file *file, const char *name, bool is_virtual_line)
{
	struct vm_buf *const text = &file->text;

	if (text->length > 0 && text->bytes[text->length - 1] != '\n')
		vm_buf_append_byte(text, '\n');
	vm_buf_append_text(text, name);
	if (is_virtual_line) {
		vm_buf_append_byte(text, ':');
		vm_buf_append_text(text, name);
	}
	vm_buf_append_byte(text, '\n');
	file->is_changed = true;
}

static void add_missing(struct control *control, struct names *names)
{
	size_t lines = count_lines(&control->file[RCPTHOSTS]);

	mark_found(names, control, RCPTHOSTS);
	mark_found(names, control, MORERCPTHOSTS);
	for (size_t i = 0; i < names->count; i++) {
		const bool is_full = lines >= VM_RCPTHOSTS_LINES;

		if (names->is_found[i])
			continue;
		append_line(&control->file[is_full ? MORERCPTHOSTS : RCPTHOSTS], names->items[i],
			    false);
		lines++;
	}
	memset(names->is_found, 0, names->count * sizeof *names->is_found);
	mark_found(names, control, VIRTUALDOMAINS);
	for (size_t i = 0; i < names->count; i++)
		if (!names->is_found[i])
			append_line(&control->file[VIRTUALDOMAINS], names->items[i], true);
}

static enum vm_status write_cdb(const struct vm_buf *text, int fd, struct vm_error *err)
{
	struct vm_cdb_writer writer;
	struct line line;
	size_t position = 0;
	char key[VM_CONTROL_LINE_MAX + 1];
	enum vm_status status = vm_cdb_writer_init(&writer, fd, cdb_name, err);

	while (status == VM_OK && next_line(text, &position, &line)) {
		if (line.length == 0 || line.start[0] == '#')
			continue;
		if (line.length > VM_CONTROL_LINE_MAX ||
		    memchr(line.start, '\0', line.length) != NULL) {
			status = vm_fail(err, VM_MISCONFIG,
					 "a line of %s is too long or holds a NUL",
					 file_names[MORERCPTHOSTS]);
			break;
		}
		memcpy(key, line.start, line.length);
		key[line.length] = '\0';
		vm_text_lower(key);
		status = vm_cdb_writer_add(&writer, key, line.length, "", 0, err);
	}
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&writer, err);
	vm_cdb_writer_abort(&writer);
	return status;
}

/* The replacements of one publication. */
struct publication {
	struct vm_file_replace replace[FILES + 1];
	struct vm_file_replace *list[FILES + 1];
	size_t count;
};

static struct vm_file_replace *add_replacement(struct publication *publication)
{
	struct vm_file_replace *const next = &publication->replace[publication->count];

	*next = (struct vm_file_replace){ .fd = -1 };
	publication->list[publication->count++] = next;
	return next;
}

static enum vm_status prepare_file(struct publication *publication, const struct control *control,
				   enum which which, struct vm_error *err)
{
	const struct vm_buf *const text = &control->file[which].text;
	struct vm_file_replace *replace = NULL;
	enum vm_status status = vm_buf_check(text, file_names[which], err);

	if (status != VM_OK || !control->file[which].is_changed)
		return status;
	replace = add_replacement(publication);
	status = vm_file_replace_begin(replace, control->folder, file_names[which], FILE_MODE, err);
	if (status == VM_OK)
		status = vm_file_write(replace->fd, replace->name, text->bytes, text->length, err);
	return status;
}

static enum vm_status prepare_cdb(struct publication *publication, const struct control *control,
				  struct vm_error *err)
{
	struct vm_file_replace *const replace = add_replacement(publication);
	enum vm_status status =
		vm_file_replace_begin(replace, control->folder, cdb_name, FILE_MODE, err);

	if (status == VM_OK)
		status = write_cdb(&control->file[MORERCPTHOSTS].text, replace->fd, err);
	return status;
}

/* Writes what changed, in the given order, as one. */
static enum vm_status publish(const struct control *control, const enum which *order, bool with_cdb,
			      struct vm_error *err)
{
	struct publication publication = { .count = 0 };
	enum vm_status status = VM_OK;

	for (int i = 0; i < FILES && status == VM_OK; i++) {
		status = prepare_file(&publication, control, order[i], err);
		if (status == VM_OK && order[i] == MORERCPTHOSTS && with_cdb)
			status = prepare_cdb(&publication, control, err);
	}
	if (status == VM_OK && publication.count > 0)
		return vm_file_replace_commit_all(publication.list, publication.count, err);
	for (size_t i = 0; i < publication.count; i++)
		vm_file_replace_abort(publication.list[i]);
	return status;
}

/* Is there a morercpthosts without its cdb? An interrupted command left it so. */
static enum vm_status is_cdb_missing(const struct control *control, bool *out, struct vm_error *err)
{
	struct stat found;
	const enum vm_status status = vm_file_stat(control->folder, cdb_name, &found, err);

	*out = status == VM_NOT_FOUND && control->file[MORERCPTHOSTS].text.length > 0;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_control_add(const char *qmail_dir, const char *const *items, size_t count,
			      bool optimize, struct vm_error *err)
{
	/* What names the target comes first: mail must not be accepted for a domain that goes nowhere. */
	static const enum which order[FILES] = { VIRTUALDOMAINS, LOCALS, MORERCPTHOSTS, RCPTHOSTS };
	struct control control;
	struct names names;
	bool is_missing = false;
	enum vm_status status = names_init(&names, items, count, err);

	if (status != VM_OK) {
		names_release(&names);
		return status;
	}
	status = control_open(&control, qmail_dir, true, err);
	if (status == VM_OK) {
		add_missing(&control, &names);
		status = cut_names(&control, LOCALS, &names, err);
	}
	if (status == VM_OK)
		status = is_cdb_missing(&control, &is_missing, err);
	if (status == VM_OK)
		status =
			publish(&control, order,
				!optimize && (control.file[MORERCPTHOSTS].is_changed || is_missing),
				err);
	control_release(&control);
	names_release(&names);
	return status;
}

/* An empty morercpthosts goes, and its cdb before it. */
static enum vm_status remove_more(const struct control *control, struct vm_error *err)
{
	enum vm_status status = vm_file_remove(control->folder, cdb_name, err);

	if (status == VM_OK)
		status = vm_file_remove(control->folder, file_names[MORERCPTHOSTS], err);
	if (status == VM_OK)
		status = vm_file_sync(control->folder, "the control folder", err);
	return status;
}

enum vm_status vm_control_remove(const char *qmail_dir, const char *const *items, size_t count,
				 struct vm_error *err)
{
	static const enum which order[FILES] = { RCPTHOSTS, MORERCPTHOSTS, VIRTUALDOMAINS, LOCALS };
	struct control control;
	struct names names;
	struct file *const more = &control.file[MORERCPTHOSTS];
	bool is_empty = false;
	enum vm_status status = names_init(&names, items, count, err);

	if (status != VM_OK) {
		names_release(&names);
		return status;
	}
	status = control_open(&control, qmail_dir, true, err);
	for (int i = 0; i < FILES && status == VM_OK; i++)
		if (order[i] != LOCALS)
			status = cut_names(&control, order[i], &names, err);
	if (status == VM_OK) {
		is_empty = more->is_changed && more->text.length == 0;
		if (is_empty)
			status = remove_more(&control, err);
		if (is_empty)
			more->is_changed = false;
	}
	if (status == VM_OK)
		status = publish(&control, order, more->is_changed, err);
	control_release(&control);
	names_release(&names);
	return status;
}

static bool file_names_domain(const struct control *control, enum which which, const char *name)
{
	struct line line;
	size_t position = 0;

	while (next_line(&control->file[which].text, &position, &line))
		if (which == VIRTUALDOMAINS ? is_virtual(&line, name) : is_name(&line, name))
			return true;
	return false;
}

/* Damaged or missing is "not there": vcheck builds it anew. */
static bool cdb_names_domain(const struct control *control, const char *name)
{
	struct vm_cdb cdb;
	struct vm_arena arena;
	struct vm_error ignored;
	char *data = NULL;
	size_t length = 0;
	bool is_there = false;

	if (vm_cdb_open(&cdb, control->folder, cdb_name, &ignored) != VM_OK)
		return false;
	vm_arena_init(&arena, VM_CONTROL_LINE_MAX);
	is_there = vm_cdb_get(&cdb, name, strlen(name), &arena, &data, &length, &ignored) == VM_OK;
	vm_arena_release(&arena);
	vm_cdb_close(&cdb);
	return is_there;
}

enum vm_status vm_control_find(const char *qmail_dir, const char *name,
			       struct vm_control_presence *out, struct vm_error *err)
{
	struct control control;
	const enum vm_status status = control_open(&control, qmail_dir, false, err);

	*out = (struct vm_control_presence){ .rcpthosts = false };
	if (status == VM_OK) {
		out->rcpthosts = file_names_domain(&control, RCPTHOSTS, name);
		out->morercpthosts = file_names_domain(&control, MORERCPTHOSTS, name);
		out->morercpthosts_cdb = cdb_names_domain(&control, name);
		out->virtualdomains = file_names_domain(&control, VIRTUALDOMAINS, name);
		out->locals = file_names_domain(&control, LOCALS, name);
	}
	control_release(&control);
	return status;
}

enum vm_status vm_control_compile(const char *qmail_dir, struct vm_error *err)
{
	static const enum which order[FILES] = { MORERCPTHOSTS, RCPTHOSTS, VIRTUALDOMAINS, LOCALS };
	struct control control;
	enum vm_status status = control_open(&control, qmail_dir, true, err);

	if (status == VM_OK && control.file[MORERCPTHOSTS].exists)
		status = publish(&control, order, true, err);
	else if (status == VM_OK)
		status = remove_more(&control, err);
	control_release(&control);
	return status;
}
