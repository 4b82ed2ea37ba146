/* Reads, orders and edits the text of users/assign. */
#include <config.h>

#include "core/assign_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/cdb_file.h"
#include "util/text.h"

enum { FIELDS = 6, NUMBER_MAX = 10 };

static enum vm_status fail_line(const struct vm_assign_cursor *cursor, const char *what,
				struct vm_error *err)
{
	return vm_fail(err, VM_INVALID, "line %zu: %s", cursor->number, what);
}

bool vm_assign_field_is(struct vm_assign_field field, const char *text)
{
	return strlen(text) == field.length && memcmp(text, field.start, field.length) == 0;
}

struct vm_assign_field vm_assign_domain(const struct vm_assign_line *line)
{
	return (struct vm_assign_field){ line->loc.start, line->loc.length - 1 };
}

static bool parse_id(struct vm_assign_field field, uint32_t *out)
{
	char text[NUMBER_MAX + 1];
	uint64_t value = 0;

	if (field.length > NUMBER_MAX)
		return false;
	memcpy(text, field.start, field.length);
	text[field.length] = '\0';
	if (!vm_text_parse_u64(text, UINT32_MAX - 1, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

/* "+x:" lines without a dot are somebody else's, and so are names that no domain has. */
static bool has_domain_shape(const struct vm_assign_line *line)
{
	const struct vm_assign_field loc = line->loc;

	return line->is_wildcard && loc.length > 1 && loc.start[loc.length - 1] == '-' &&
	       memchr(loc.start, '.', loc.length) != NULL &&
	       memchr(loc.start, '/', loc.length) == NULL && loc.length - 1 <= VM_DOMAIN_MAX &&
	       vm_assign_field_is(line->field[VM_ASSIGN_DASH], "-") &&
	       line->field[VM_ASSIGN_EXT].length == 0;
}

/* A domain's line says where to deliver: what cannot be followed is damage, never "no such domain". */
static enum vm_status check_domain_line(const struct vm_assign_cursor *cursor,
					const struct vm_assign_line *line, struct vm_error *err)
{
	const struct vm_assign_field real = line->field[VM_ASSIGN_USER];
	const struct vm_assign_field home = line->field[VM_ASSIGN_HOME];

	if (real.length == 0 || real.length > VM_DOMAIN_MAX)
		return fail_line(cursor, "the name of the real domain is empty or too long", err);
	if (home.length == 0 || home.start[0] != '/')
		return fail_line(cursor, "the folder of the domain is not absolute", err);
	return VM_OK;
}

static enum vm_status split_fields(const struct vm_assign_cursor *cursor,
				   struct vm_assign_line *line, struct vm_error *err)
{
	const char *const end = line->whole.start + line->whole.length;
	const char *position = line->loc.start + line->loc.length + 1;

	for (size_t i = 0; i < FIELDS; i++) {
		const char *const colon = memchr(position, ':', (size_t)(end - position));

		if (colon == NULL)
			return fail_line(cursor, "it has too few fields", err);
		line->field[i] = (struct vm_assign_field){ position, (size_t)(colon - position) };
		position = colon + 1;
	}
	line->is_domain = has_domain_shape(line);
	if (line->is_domain && (!parse_id(line->field[VM_ASSIGN_UID], &line->uid) ||
				!parse_id(line->field[VM_ASSIGN_GID], &line->gid)))
		return fail_line(cursor, "its uid or gid is no number", err);
	return line->is_domain ? check_domain_line(cursor, line, err) : VM_OK;
}

/* Takes one line, LF or not, off the text. */
static struct vm_assign_field take_line(struct vm_assign_cursor *cursor)
{
	const char *const start = cursor->text + cursor->position;
	const size_t left = cursor->length - cursor->position;
	const char *const lf = memchr(start, '\n', left);
	const size_t length = lf == NULL ? left : (size_t)(lf - start);

	cursor->position += length + (lf == NULL ? 0 : 1);
	cursor->number++;
	return (struct vm_assign_field){ start, length };
}

/* Lines behind the final one are not served by qmail; dropping them would lose what somebody meant. */
static enum vm_status check_end(struct vm_assign_cursor *cursor, struct vm_error *err)
{
	for (size_t i = cursor->position; i < cursor->length; i++)
		if (cursor->text[i] != '\n')
			return fail_line(cursor, "there is text behind the final '.'", err);
	return vm_fail(err, VM_NOT_FOUND, "users/assign ends here");
}

enum vm_status vm_assign_next(struct vm_assign_cursor *cursor, struct vm_assign_line *line,
			      struct vm_error *err)
{
	const char *colon = NULL;

	if (cursor->length == 0)
		return vm_fail(err, VM_NOT_FOUND, "users/assign is empty");
	if (cursor->position == cursor->length)
		return fail_line(cursor, "the file does not end in a line with '.'", err);
	*line = (struct vm_assign_line){ .whole = take_line(cursor) };
	if (line->whole.length > 0 && line->whole.start[0] == '.')
		return check_end(cursor, err);
	if (line->whole.length > VM_ASSIGN_LINE_MAX)
		return fail_line(cursor, "it is too long", err);
	if (memchr(line->whole.start, '\0', line->whole.length) != NULL)
		return fail_line(cursor, "it holds a NUL", err);
	if (line->whole.length == 0 || (line->whole.start[0] != '+' && line->whole.start[0] != '='))
		return fail_line(cursor, "it begins with neither '+' nor '='", err);
	line->is_wildcard = line->whole.start[0] == '+';
	colon = memchr(line->whole.start, ':', line->whole.length);
	if (colon == NULL)
		return fail_line(cursor, "it has too few fields", err);
	line->loc = (struct vm_assign_field){ line->whole.start + 1,
					      (size_t)(colon - line->whole.start - 1) };
	return split_fields(cursor, line, err);
}

/*
 * The key by which 5.4 sorts: "sld.tld", then the other labels from right to left. a.b.example.com becomes
 * example.com.b.a. out has room for length + 1 bytes.
 */
static void sort_key(struct vm_assign_field name, char *out)
{
	size_t end = name.length, start = 0, labels = 0;

	while (end > 0 && labels < 2) { /* where the last two labels begin */
		start = end;
		while (start > 0 && name.start[start - 1] != '.')
			start--;
		end = start == 0 ? 0 : start - 1;
		labels++;
	}
	memcpy(out, name.start + start, name.length - start);
	out += name.length - start;
	end = start == 0 ? 0 : start - 1;
	while (end > 0) {
		start = end;
		while (start > 0 && name.start[start - 1] != '.')
			start--;
		*out++ = '.';
		memcpy(out, name.start + start, end - start);
		out += end - start;
		end = start == 0 ? 0 : start - 1;
	}
	*out = '\0';
}

struct row {
	struct vm_assign_field whole,
		domain; /* domain: empty for lines of others, which come first */
	size_t index;
};

struct edit {
	const struct vm_domain_entry *entry;
	const char **removed; /* sorted */
	size_t removed_count;
	struct row *rows;
	size_t count, capacity;
	bool in_order, has_entry, changed;
	char last_key[VM_DOMAIN_MAX + 1];
};

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *const left = a;
	const struct row *const right = b;
	char left_key[VM_DOMAIN_MAX + 1], right_key[VM_DOMAIN_MAX + 1];
	int order = 0;

	sort_key(left->domain, left_key);
	sort_key(right->domain, right_key);
	order = strcmp(left_key, right_key);
	if (order != 0)
		return order;
	return left->index < right->index ? -1 : 1;
}

static enum vm_status add_row(struct edit *edit, struct vm_assign_field whole,
			      struct vm_assign_field domain, struct vm_error *err)
{
	struct row *row = NULL;

	if (edit->count == edit->capacity) {
		const size_t capacity = edit->capacity == 0 ? 256 : edit->capacity * 2;
		struct row *const rows = reallocarray(edit->rows, capacity, sizeof *rows);

		if (rows == NULL)
			return vm_fail_memory(err);
		edit->rows = rows;
		edit->capacity = capacity;
	}
	row = &edit->rows[edit->count];
	*row = (struct row){ .whole = whole, .domain = domain, .index = edit->count++ };
	return VM_OK;
}

static bool is_removed(const struct edit *edit, const char *name)
{
	return edit->removed_count > 0 && bsearch(&name, edit->removed, edit->removed_count,
						  sizeof *edit->removed, compare_text) != NULL;
}

/* Is this line what the entry would be? */
static bool is_same(const struct vm_assign_line *line, const struct vm_domain_entry *entry)
{
	return vm_assign_field_is(line->field[VM_ASSIGN_USER], entry->real) &&
	       vm_assign_field_is(line->field[VM_ASSIGN_HOME], entry->dir) &&
	       line->uid == entry->uid && line->gid == entry->gid;
}

static enum vm_status edit_domain_line(struct edit *edit, const struct vm_assign_line *line,
				       struct vm_error *err)
{
	const struct vm_assign_field field = vm_assign_domain(line);
	char name[VM_DOMAIN_MAX + 1], key[VM_DOMAIN_MAX + 1];

	memcpy(name, field.start, field.length);
	name[field.length] = '\0';
	if (is_removed(edit, name)) {
		edit->changed = true;
		return VM_OK;
	}
	if (edit->entry != NULL && strcmp(edit->entry->name, name) == 0) {
		if (!is_same(line, edit->entry))
			return vm_fail(err, VM_EXISTS, "users/assign has a line for %s already",
				       name);
		edit->has_entry = true;
	}
	sort_key(field, key);
	if (strcmp(edit->last_key, key) > 0)
		edit->in_order = false;
	memcpy(edit->last_key, key, sizeof key);
	return add_row(edit, line->whole, field, err);
}

static enum vm_status read_rows(struct edit *edit, const char *text, size_t length,
				struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text, .length = length };
	struct vm_assign_line line;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK) {
		status = line.is_domain ? edit_domain_line(edit, &line, err)
					: add_row(edit, line.whole,
						  (struct vm_assign_field){ "", 0 }, err);
		if (status != VM_OK)
			return status;
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static bool comes_after(const struct row *row, const char *key)
{
	char own[VM_DOMAIN_MAX + 1];

	sort_key(row->domain, own);
	return strcmp(own, key) > 0;
}

static void print_entry(struct vm_buf *out, const struct vm_domain_entry *entry)
{
	vm_buf_printf(out, "+%s-:%s:%lu:%lu:%s:-::\n", entry->name, entry->real,
		      (unsigned long)entry->uid, (unsigned long)entry->gid, entry->dir);
}

static void print_rows(struct edit *edit, struct vm_buf *out)
{
	char new_key[VM_DOMAIN_MAX + 1] = "";
	bool pending = edit->entry != NULL && !edit->has_entry;

	if (pending)
		sort_key((struct vm_assign_field){ edit->entry->name, strlen(edit->entry->name) },
			 new_key);
	for (size_t i = 0; i <= edit->count; i++) {
		if (pending && (i == edit->count || comes_after(&edit->rows[i], new_key))) {
			print_entry(out, edit->entry);
			edit->changed = true;
			pending = false;
		}
		if (i < edit->count) {
			vm_buf_append(out, edit->rows[i].whole.start, edit->rows[i].whole.length);
			vm_buf_append_byte(out, '\n');
		}
	}
	vm_buf_append_text(out, ".\n");
}

static bool is_line_text(const char *text, size_t maximum)
{
	return text[0] != '\0' && strlen(text) <= maximum && strchr(text, ':') == NULL &&
	       !vm_text_has_control(text);
}

static enum vm_status check_entry(const struct vm_domain_entry *entry, struct vm_error *err)
{
	if (!is_line_text(entry->name, VM_DOMAIN_MAX) || !is_line_text(entry->real, VM_DOMAIN_MAX))
		return vm_fail_field(err, VM_INVALID, "domain", "this cannot be a domain's name");
	if (strchr(entry->name, '.') == NULL)
		return vm_fail_field(err, VM_INVALID, "domain", "a domain's name has a dot");
	if (!is_line_text(entry->dir, VM_ASSIGN_LINE_MAX / 2) || entry->dir[0] != '/')
		return vm_fail_field(err, VM_INVALID, "dir", "this cannot be a domain's folder");
	return VM_OK;
}

enum vm_status vm_assign_edit(const char *text, size_t length, const struct vm_domain_entry *entry,
			      const char *const *names, size_t count, struct vm_buf *out,
			      bool *changed, struct vm_error *err)
{
	struct edit edit = { .entry = entry, .removed_count = count, .in_order = true };
	enum vm_status status = entry == NULL ? VM_OK : check_entry(entry, err);

	if (status != VM_OK)
		return status;
	edit.removed = calloc(count + 1, sizeof *edit.removed);
	if (edit.removed == NULL)
		return vm_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		edit.removed[i] = names[i];
	qsort(edit.removed, count, sizeof *edit.removed, compare_text);
	status = read_rows(&edit, text, length, err);
	if (status != VM_OK)
		goto out;
	if (!edit.in_order) {
		qsort(edit.rows, edit.count, sizeof *edit.rows, compare_rows);
		edit.changed = true;
	}
	(void)vm_buf_reserve(out,
			     length + VM_ASSIGN_LINE_MAX); /* grown in steps it is copied often */
	print_rows(&edit, out);
	*changed = edit.changed || length == 0;
	status = vm_buf_check(out, "users/assign", err);
out:
	free(edit.rows);
	free(edit.removed);
	return status;
}

static int compare_entry_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct vm_domain_entry *)entry)->name);
}

/* Counts what becomes of one line of the old text. */
static enum vm_status judge_line(struct vm_assign_wanted *wanted, const struct vm_assign_line *line,
				 struct vm_error *err)
{
	const struct vm_assign_field field = vm_assign_domain(line);
	char name[VM_DOMAIN_MAX + 1];
	const struct vm_domain_entry *entry = NULL;

	memcpy(name, field.start, field.length);
	name[field.length] = '\0';
	if (wanted->count > 0)
		entry = bsearch(name, wanted->entries, wanted->count, sizeof *entry,
				compare_entry_name);
	wanted->before++;
	if (entry != NULL) {
		wanted->altered += !is_same(line, entry);
		return VM_OK;
	}
	wanted->removed++;
	return wanted->gone == NULL ? VM_OK : wanted->gone(wanted->context, name, err);
}

/* The lines of others in their order. */
static enum vm_status copy_others(const char *text, size_t length, struct vm_assign_wanted *wanted,
				  struct vm_buf *out, struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text, .length = length };
	struct vm_assign_line line;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_assign_next(&cursor, &line, err)) == VM_OK) {
		if (line.is_domain) {
			status = judge_line(wanted, &line, err);
			if (status != VM_OK)
				return status;
			continue;
		}
		vm_buf_append(out, line.whole.start, line.whole.length);
		vm_buf_append_byte(out, '\n');
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_assign_rebuild(const char *text, size_t length, struct vm_assign_wanted *wanted,
				 struct vm_buf *out, struct vm_error *err)
{
	struct edit sorted = { .count = 0 };
	enum vm_status status = VM_OK;

	wanted->before = wanted->added = wanted->removed = wanted->altered = 0;
	for (size_t i = 0; i < wanted->count && status == VM_OK; i++) {
		const char *const name = wanted->entries[i].name;

		status = check_entry(&wanted->entries[i], err);
		if (status == VM_OK)
			status = add_row(&sorted, (struct vm_assign_field){ "", 0 },
					 (struct vm_assign_field){ name, strlen(name) }, err);
	}
	if (status == VM_OK)
		status = copy_others(text, length, wanted, out, err);
	if (status == VM_OK && sorted.count > 0)
		qsort(sorted.rows, sorted.count, sizeof *sorted.rows, compare_rows);
	for (size_t i = 0; i < sorted.count && status == VM_OK; i++)
		print_entry(out, &wanted->entries[sorted.rows[i].index]);
	vm_buf_append_text(out, ".\n");
	wanted->added = wanted->count - (wanted->before - wanted->removed);
	free(sorted.rows);
	return status == VM_OK ? vm_buf_check(out, "users/assign", err) : status;
}

/* The last bytes of all wildcard locs, each once, in order: qmail-lspawn only tries prefixes that end in one. */
struct wild_bytes {
	char bytes[256];
	size_t count;
};

static void add_wild_byte(struct wild_bytes *wild, struct vm_assign_field loc)
{
	const char last = loc.length == 0 ? '\0' : loc.start[loc.length - 1];

	if (loc.length > 0 && memchr(wild->bytes, last, wild->count) == NULL)
		wild->bytes[wild->count++] = last;
}

static enum vm_status write_record(struct vm_cdb_writer *writer, const struct vm_assign_line *line,
				   struct vm_error *err)
{
	char key[VM_ASSIGN_LINE_MAX + 2], value[VM_ASSIGN_LINE_MAX + 1];
	size_t key_length = 0, value_length = 0;

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a line that was read has a loc */
	memcpy(key + 1, line->loc.start, line->loc.length);
	key[0] = '!';
	key[line->loc.length + 1] = '\0';
	vm_text_lower(key);
	key_length = line->loc.length + 1 + (line->is_wildcard ? 0 : 1);
	for (size_t i = 0; i < FIELDS; i++) {
		memcpy(value + value_length, line->field[i].start, line->field[i].length);
		value_length += line->field[i].length;
		if (i + 1 < FIELDS)
			value[value_length++] = '\0';
	}
	return vm_cdb_writer_add(writer, key, key_length, value, value_length, err);
}

enum vm_status vm_assign_write_cdb(const char *text, size_t length, int fd, struct vm_error *err)
{
	struct vm_assign_cursor cursor = { .text = text, .length = length };
	struct vm_assign_line line;
	struct wild_bytes wild = { .count = 0 };
	struct vm_cdb_writer writer;
	enum vm_status status = vm_cdb_writer_init(&writer, fd, "users/cdb", err);

	while (status == VM_OK) {
		status = vm_assign_next(&cursor, &line, err);
		if (status != VM_OK)
			break;
		if (line.is_wildcard)
			add_wild_byte(&wild, line.loc);
		status = write_record(&writer, &line, err);
	}
	if (status == VM_NOT_FOUND)
		status = vm_cdb_writer_add(&writer, "", 0, wild.bytes, wild.count, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&writer, err);
	vm_cdb_writer_abort(&writer);
	return status;
}
