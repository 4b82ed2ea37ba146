/* Looks names up in users/cdb and keeps users/assign with its cdb. */
#include <config.h>

#include "core/assign_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/assign_files.h"
#include "core/assign_text.h"
#include "util/buf.h"
#include "util/cdb_file.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FIELDS = 6, LOOKUP_ARENA = 64 * 1024 };

static enum vm_status make_path(const struct vm_assign *assign, const char *name, char *out,
				struct vm_error *err)
{
	if (!vm_text_format(out, PATH_MAX, "%s/users/%s", assign->qmail_dir, name))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	return VM_OK;
}

static enum vm_status copy_field(struct vm_arena *arena, const char *start, size_t length,
				 const char **out, struct vm_error *err)
{
	*out = vm_arena_strndup(arena, start, length);
	return *out == NULL ? vm_fail_memory(err) : VM_OK;
}

/* The data of a record: six texts with a NUL between them. */
static enum vm_status entry_from_data(const char *name, char *data, size_t length,
				      struct vm_arena *arena, struct vm_domain_entry *out,
				      struct vm_error *err)
{
	const char *field[FIELDS];
	uint64_t uid = 0, gid = 0;
	size_t at = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		if (at >
		    length) /* the data is followed by a NUL of the arena's: == is an empty last text */
			return vm_fail(err, VM_TEMPFAIL, "the record of %s is too short", name);
		field[i] = data + at;
		at += strlen(data + at) + 1;
	}
	if (!vm_text_parse_u64(field[1], UINT32_MAX - 1, &uid) ||
	    !vm_text_parse_u64(field[2], UINT32_MAX - 1, &gid) || field[0][0] == '\0' ||
	    field[3][0] != '/')
		return vm_fail(err, VM_TEMPFAIL, "the record of %s is damaged", name);
	out->uid = (uid_t)uid;
	out->gid = (gid_t)gid;
	out->real = field[0];
	out->dir = field[3];
	return copy_field(arena, name, strlen(name), &out->name, err);
}

/* VM_OK and VM_NOT_FOUND are what the cdb says; VM_TEMPFAIL: it is not there or not sane. */
static enum vm_status lookup_cdb(const struct vm_assign *assign, const char *name,
				 struct vm_arena *arena, struct vm_domain_entry *out,
				 bool *is_absent, struct vm_error *err)
{
	char path[PATH_MAX], key[VM_DOMAIN_MAX + 3];
	struct vm_cdb cdb;
	char *data = NULL;
	size_t length = 0;
	enum vm_status status = make_path(assign, assign->cdb_name, path, err);

	*is_absent = false;
	if (status != VM_OK)
		return status;
	if (!vm_text_format(key, sizeof key, "!%s-", name))
		return vm_fail(err, VM_NOT_FOUND, "no domain has so long a name");
	status = vm_cdb_open(&cdb, AT_FDCWD, path, err);
	*is_absent = status == VM_NOT_FOUND;
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "there is no %s", path);
	if (status != VM_OK)
		return status;
	status = vm_cdb_get(&cdb, key, strlen(key), arena, &data, &length, err);
	vm_cdb_close(&cdb);
	if (status == VM_OK)
		status = entry_from_data(name, data, length, arena, out, err);
	else if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_NOT_FOUND, "no domain %s", name);
	return status;
}

static enum vm_status read_assign(const struct vm_assign *assign, struct vm_buf *text,
				  struct vm_error *err)
{
	char path[PATH_MAX];
	const enum vm_status status = make_path(assign, "assign", path, err);

	return status == VM_OK ? vm_file_read_all(AT_FDCWD, path, text, err) : status;
}

static enum vm_status entry_from_line(const struct vm_assign_line *line, struct vm_arena *arena,
				      struct vm_domain_entry *out, struct vm_error *err)
{
	const struct vm_assign_field name = vm_assign_domain(line);
	const struct vm_assign_field real = line->field[VM_ASSIGN_USER];
	const struct vm_assign_field dir = line->field[VM_ASSIGN_HOME];
	enum vm_status status = copy_field(arena, name.start, name.length, &out->name, err);

	out->uid = line->uid;
	out->gid = line->gid;
	if (status == VM_OK)
		status = copy_field(arena, real.start, real.length, &out->real, err);
	if (status == VM_OK)
		status = copy_field(arena, dir.start, dir.length, &out->dir, err);
	return status;
}

/* The whole text is read even after a hit: a file that was cut must not answer anything. */
static enum vm_status find_in_text(const struct vm_buf *text, const char *name,
				   struct vm_arena *arena, struct vm_domain_entry *out,
				   struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text->bytes, .length = text->length };
	struct vm_assign_line line, found;
	bool is_found = false;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK) {
		if (!line.is_domain || is_found ||
		    !vm_assign_field_is(vm_assign_domain(&line), name))
			continue;
		found = line;
		is_found = true;
	}
	if (status != VM_NOT_FOUND)
		return vm_assign_files_blame(status, VM_TEMPFAIL, err);
	if (is_found)
		return entry_from_line(&found, arena, out, err);
	return vm_fail(err, VM_NOT_FOUND, "no domain %s", name);
}

/* Neither file: no domain was ever made, if only the folder is there. */
static enum vm_status nothing_there(const struct vm_assign *assign, struct vm_error *err)
{
	char path[PATH_MAX];
	struct stat folder;
	enum vm_status status = make_path(assign, ".", path, err);

	if (status == VM_OK)
		status = vm_file_stat(AT_FDCWD, path, &folder, err);
	if (status == VM_OK)
		return vm_fail(err, VM_NOT_FOUND, "there is no domain");
	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_MISCONFIG, "there is no folder %s/users", assign->qmail_dir);
	return status;
}

enum vm_status vm_assign_lookup(const struct vm_assign *assign, const char *name,
				struct vm_arena *arena, struct vm_domain_entry *out,
				struct vm_error *err)
{
	struct vm_buf text;
	struct vm_error why;
	bool is_absent = false;
	enum vm_status status = lookup_cdb(assign, name, arena, out, &is_absent, err);

	if (vm_status_is_definite(status) || status == VM_MISCONFIG)
		return status;
	why = *err;
	vm_buf_init(&text, VM_ASSIGN_MAX);
	status = read_assign(assign, &text, err);
	if (status == VM_OK && text.length > 0)
		status = find_in_text(&text, name, arena, out, err);
	else if (status == VM_OK)
		status = vm_fail(err, VM_TEMPFAIL, "users/assign is empty and %s", why.text);
	else if (status == VM_NOT_FOUND && is_absent)
		status = nothing_there(assign, err);
	else if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_TEMPFAIL, "there is no users/assign, and %s", why.text);
	vm_buf_release(&text);
	return status;
}

/* Is the name served? A cdb that cannot tell is built anew first. */
static enum vm_status is_served(struct vm_assign_files *edit, const struct vm_assign *assign,
				const char *name, bool *out, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_entry found;
	bool is_absent = false;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, LOOKUP_ARENA);
	status = lookup_cdb(assign, name, &arena, &found, &is_absent, err);
	if (!vm_status_is_definite(status)) {
		status = vm_assign_files_publish(edit, assign, &edit->old_text, false, err);
		if (status == VM_OK)
			status = lookup_cdb(assign, name, &arena, &found, &is_absent, err);
	}
	vm_arena_release(&arena);
	*out = status == VM_OK;
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status check_real(const struct vm_assign_files *edit,
				 const struct vm_domain_entry *entry, struct vm_error *err)
{
	struct vm_arena arena;
	struct vm_domain_entry found = { .name = "", .real = "" };
	enum vm_status status = VM_INTERNAL;

	if (strcmp(entry->real, entry->name) == 0)
		return VM_OK;
	vm_arena_init(&arena, LOOKUP_ARENA);
	status = find_in_text(&edit->old_text, entry->real, &arena, &found, err);
	if (status == VM_OK && strcmp(found.real, found.name) != 0)
		status = vm_fail_field(err, VM_INVALID, "domain", "%s is itself an alias of %s",
				       found.name, found.real);
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_assign_add(const struct vm_assign *assign, const struct vm_domain_entry *entry,
			     struct vm_error *err)
{
	struct vm_assign_files edit;
	bool served = false, changed = false;
	enum vm_status status = vm_assign_files_open(&edit, assign, err);

	if (status == VM_OK)
		status = is_served(&edit, assign, entry->name, &served, err);
	if (status == VM_OK && served)
		status = vm_fail(err, VM_EXISTS, "domain %s exists already", entry->name);
	if (status == VM_OK)
		status = check_real(&edit, entry, err);
	if (status != VM_OK)
		goto out;
	status = vm_assign_edit(edit.old_text.bytes, edit.old_text.length, entry, NULL, 0,
				&edit.new_text, &changed, err);
	if (status == VM_INVALID && err->field[0] == '\0')
		status = vm_assign_files_blame(status, VM_MISCONFIG, err);
	if (status == VM_OK)
		status = vm_assign_files_publish(&edit, assign, &edit.new_text, changed, err);
out:
	vm_assign_files_close(&edit);
	return status;
}

enum vm_status vm_assign_put(const struct vm_assign *assign, const struct vm_domain_entry *entry,
			     struct vm_error *err)
{
	struct vm_assign_files edit;
	bool changed = false;
	enum vm_status status = vm_assign_files_open(&edit, assign, err);

	if (status == VM_OK)
		status = check_real(&edit, entry, err);
	if (status == VM_OK)
		status = vm_assign_edit(edit.old_text.bytes, edit.old_text.length, entry,
					&entry->name, 1, &edit.new_text, &changed, err);
	if (status == VM_INVALID && err->field[0] == '\0')
		status = vm_assign_files_blame(status, VM_MISCONFIG, err);
	if (status == VM_OK)
		status = vm_assign_files_publish(&edit, assign, &edit.new_text, changed, err);
	vm_assign_files_close(&edit);
	return status;
}

/* How many of the names have a line. */
static enum vm_status count_lines(const struct vm_buf *text, const char *const *names, size_t count,
				  size_t *out, struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text->bytes, .length = text->length };
	struct vm_assign_line line;
	enum vm_status status = VM_INTERNAL;

	*out = 0;
	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK)
		for (size_t i = 0; i < count && line.is_domain; i++)
			if (vm_assign_field_is(vm_assign_domain(&line), names[i])) {
				++*out;
				break;
			}
	return status == VM_NOT_FOUND ? VM_OK : vm_assign_files_blame(status, VM_MISCONFIG, err);
}

enum vm_status vm_assign_remove(const struct vm_assign *assign, const char *const *names,
				size_t count, struct vm_error *err)
{
	struct vm_assign_files edit;
	size_t lines = 0;
	bool changed = false;
	enum vm_status status = vm_assign_files_open(&edit, assign, err);

	if (status == VM_OK)
		status = count_lines(&edit.old_text, names, count, &lines, err);
	if (status == VM_OK && lines == 0) {
		bool served = false;

		/* An interrupted removal left the record: finish it. */
		for (size_t i = 0; i < count && status == VM_OK && !served; i++)
			status = is_served(&edit, assign, names[i], &served, err);
		if (status == VM_OK && !served)
			status = vm_fail(err, VM_NOT_FOUND, "no domain %s",
					 count > 0 ? names[0] : "");
	}
	if (status != VM_OK)
		goto out;
	status = vm_assign_edit(edit.old_text.bytes, edit.old_text.length, NULL, names, count,
				&edit.new_text, &changed, err);
	if (status == VM_OK)
		status = vm_assign_files_publish(&edit, assign, &edit.new_text, changed, err);
	status = vm_assign_files_blame(status, VM_MISCONFIG, err);
out:
	vm_assign_files_close(&edit);
	return status;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct vm_domain_entry *)a)->name,
		      ((const struct vm_domain_entry *)b)->name);
}

/* All that the page may choose from, in file order. The names live in `scratch`. */
struct choice {
	struct vm_domain_entry *items;
	size_t count, capacity;
};

static enum vm_status add_choice(struct choice *choice, const struct vm_domain_entry *entry,
				 struct vm_error *err)
{
	if (choice->count == choice->capacity) {
		const size_t capacity = choice->capacity == 0 ? 256 : choice->capacity * 2;
		struct vm_domain_entry *const items =
			reallocarray(choice->items, capacity, sizeof *items);

		if (items == NULL)
			return vm_fail_memory(err);
		choice->items = items;
		choice->capacity = capacity;
	}
	choice->items[choice->count++] = *entry;
	return VM_OK;
}

static enum vm_status choose(const struct vm_buf *text, const char *real, const char *after,
			     struct vm_arena *scratch, struct choice *choice, struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text->bytes, .length = text->length };
	struct vm_assign_line line;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK) {
		struct vm_domain_entry entry;

		if (!line.is_domain ||
		    (real != NULL && !vm_assign_field_is(line.field[VM_ASSIGN_USER], real)))
			continue;
		status = entry_from_line(&line, scratch, &entry, err);
		if (status == VM_OK && strcmp(entry.name, after) > 0 &&
		    (real == NULL || strcmp(entry.name, real) != 0))
			status = add_choice(choice, &entry, err);
		if (status != VM_OK)
			return status;
	}
	return status == VM_NOT_FOUND ? VM_OK : vm_assign_files_blame(status, VM_MISCONFIG, err);
}

static enum vm_status copy_page(const struct choice *choice, size_t limit, struct vm_arena *arena,
				struct vm_domain_list *out, struct vm_error *err)
{
	out->more = choice->count > limit;
	out->count = out->more ? limit : choice->count;
	out->items = vm_arena_alloc_array(arena, out->count + 1, sizeof *out->items);
	if (out->items == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < out->count; i++) {
		struct vm_domain_entry *const entry = &out->items[i];

		*entry = choice->items[i];
		entry->name = vm_arena_strdup(arena, entry->name);
		entry->real = vm_arena_strdup(arena, entry->real);
		entry->dir = vm_arena_strdup(arena, entry->dir);
		if (entry->name == NULL || entry->real == NULL || entry->dir == NULL)
			return vm_fail_memory(err);
	}
	return VM_OK;
}

enum vm_status vm_assign_list(const struct vm_assign *assign, const char *real, const char *after,
			      size_t limit, struct vm_arena *arena, struct vm_domain_list *out,
			      struct vm_error *err)
{
	struct choice choice = { .items = NULL };
	struct vm_arena scratch;
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&scratch, VM_ASSIGN_MAX);
	vm_buf_init(&text, VM_ASSIGN_MAX);
	status = read_assign(assign, &text, err);
	if (status == VM_NOT_FOUND)
		status = nothing_there(assign, err) == VM_NOT_FOUND ? VM_OK : err->status;
	if (status == VM_OK)
		status = choose(&text, real, after, &scratch, &choice, err);
	if (status == VM_OK && choice.count > 0)
		qsort(choice.items, choice.count, sizeof *choice.items, compare_entries);
	if (status == VM_OK)
		status = copy_page(&choice, limit, arena, out, err);
	free(choice.items);
	vm_buf_release(&text);
	vm_arena_release(&scratch);
	return status;
}

enum vm_status vm_assign_compile(const struct vm_assign *assign, struct vm_error *err)
{
	struct vm_assign_files edit;
	enum vm_status status = vm_assign_files_open(&edit, assign, err);

	if (status == VM_OK)
		status = vm_assign_files_publish(&edit, assign, &edit.old_text, false, err);
	vm_assign_files_close(&edit);
	return status;
}

/* Every domain line must have its record. */
static enum vm_status verify_lines(const struct vm_buf *text, struct vm_cdb *cdb, size_t *lines,
				   struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text->bytes, .length = text->length };
	struct vm_assign_line line;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK) {
		char key[VM_DOMAIN_MAX + 3];
		const struct vm_assign_field name = vm_assign_domain(&line);
		struct vm_domain_entry want, got;
		struct vm_arena arena;
		char *data = NULL;
		size_t length = 0;

		++*lines;
		if (!line.is_domain)
			continue;
		vm_arena_init(&arena, LOOKUP_ARENA);
		(void)vm_text_format(key, sizeof key, "!%.*s-", (int)name.length, name.start);
		status = entry_from_line(&line, &arena, &want, err);
		if (status == VM_OK)
			status = vm_cdb_get(cdb, key, strlen(key), &arena, &data, &length, err);
		if (status == VM_OK)
			status = entry_from_data(want.name, data, length, &arena, &got, err);
		if (status == VM_NOT_FOUND ||
		    (status == VM_OK && (strcmp(want.real, got.real) != 0 || want.uid != got.uid ||
					 want.gid != got.gid || strcmp(want.dir, got.dir) != 0)))
			status = vm_fail(err, VM_INVALID,
					 "users/cdb differs from users/assign at %s", want.name);
		vm_arena_release(&arena);
		if (status != VM_OK)
			return status;
	}
	return status == VM_NOT_FOUND ? VM_OK : vm_assign_files_blame(status, VM_MISCONFIG, err);
}

enum vm_status vm_assign_files_verify(const struct vm_assign *assign, struct vm_assign_files *edit,
				      struct vm_error *err)
{
	struct vm_cdb cdb;
	struct vm_cdb_record record;
	uint32_t position = 0;
	size_t lines = 0, records = 0;
	enum vm_status status = vm_cdb_open(&cdb, edit->folder, assign->cdb_name, err);

	if (status == VM_NOT_FOUND && edit->old_text.length == 0)
		return VM_OK;
	if (status == VM_NOT_FOUND || status == VM_TEMPFAIL) {
		const struct vm_error why = *err;

		return vm_fail(err, VM_INVALID, "users/cdb cannot answer: %s", why.text);
	}
	if (status != VM_OK)
		return status;
	status = verify_lines(&edit->old_text, &cdb, &lines, err);
	while (status == VM_OK) {
		status = vm_cdb_next(&cdb, &position, &record, err);
		records += status == VM_OK && record.key_length > 0 ? 1 : 0;
	}
	vm_cdb_close(&cdb);
	if (status == VM_TEMPFAIL && err->sys_errno == 0) /* what is in it, not the reading of it */
		return vm_fail(err, VM_INVALID, "users/cdb is damaged");
	if (status != VM_NOT_FOUND)
		return status;
	if (records != lines)
		return vm_fail(err, VM_INVALID, "users/cdb has %zu records for %zu lines", records,
			       lines);
	return VM_OK;
}

enum vm_status vm_assign_verify(const struct vm_assign *assign, struct vm_error *err)
{
	struct vm_assign_files edit;
	enum vm_status status = vm_assign_files_open(&edit, assign, err);

	if (status == VM_OK)
		status = vm_assign_files_verify(assign, &edit, err);
	vm_assign_files_close(&edit);
	return status;
}
