/* Reads accounts line by line from JSON lines or CSV. */
#include <config.h>

#include "cli/batch_reader.h"

#include <string.h>

#include "core/account.h"
#include "util/json_read.h"
#include "util/secret.h"
#include "util/text.h"

static const char *const names[VM_BATCH_COLUMNS] = { "address", "password", "password_hash",
						     "comment", "quota",    "flags" };

enum vm_status vm_batch_reader_init(struct vm_batch_reader *reader, int fd, const char *name,
				    struct vm_error *err)
{
	*reader = (struct vm_batch_reader){ 0 };
	return vm_line_reader_init(&reader->lines, fd, name, VM_BATCH_LINE_MAX, err);
}

void vm_batch_reader_release(struct vm_batch_reader *reader)
{
	vm_line_reader_release(&reader->lines);
}

/*
 * Cuts the next CSV value out of *rest (RFC 4180): quoted values may hold commas and doubled quotes, not line ends.
 * NULL when the quoting is broken. *rest is NULL after the last.
 */
static char *next_value(char **rest)
{
	char *const value = *rest;
	char *in = value, *out = value;

	if (*in != '"') {
		char *const comma = strchr(in, ',');

		*rest = comma == NULL ? NULL : comma + 1;
		if (comma != NULL)
			*comma = '\0';
		return strchr(value, '"') == NULL ? value : NULL;
	}
	for (in++; *in != '\0'; in++) {
		if (*in == '"' && *++in != '"')
			break;
		*out++ = *in;
	}
	if ((*in != ',' && *in != '\0') || in[-1] != '"')
		return NULL;
	*rest = *in == ',' ? in + 1 : NULL;
	*out = '\0';
	return value;
}

static enum vm_status read_header(struct vm_batch_reader *reader, char *line, struct vm_error *err)
{
	char *rest = line;

	while (rest != NULL) {
		const char *const name = next_value(&rest);
		int found = -1;

		for (int i = 0; name != NULL && i < VM_BATCH_COLUMNS; i++)
			if (strcmp(name, names[i]) == 0)
				found = i;
		for (int i = 0; i < reader->column_count; i++)
			if (reader->columns[i] == found)
				found = -1;
		if (found < 0)
			return vm_fail(
				err, VM_MISCONFIG,
				"the first line is neither JSON nor a CSV header of address, "
				"password, password_hash, comment, quota, flags, each once");
		reader->columns[reader->column_count++] = found;
	}
	return VM_OK;
}

static enum vm_status set_value(struct vm_batch_row *row, int column, const char *value,
				struct vm_error *err)
{
	const char **const texts[] = { &row->address, &row->password, &row->password_hash,
				       &row->comment, &row->quota };
	uint64_t flags = 0;

	if (column < (int)(sizeof texts / sizeof texts[0])) {
		/* An empty cell says nothing, but an empty comment is one. */
		if (value[0] != '\0' || texts[column] == &row->comment)
			*texts[column] = value;
		return VM_OK;
	}
	if (value[0] == '\0')
		return VM_OK;
	if (!vm_text_parse_u64(value, UINT32_MAX, &flags))
		return vm_fail_field(err, VM_INVALID, "flags", "flags is not a number");
	row->flags = (uint32_t)flags;
	return VM_OK;
}

static enum vm_status read_csv(const struct vm_batch_reader *reader, char *line,
			       struct vm_batch_row *row, struct vm_error *err)
{
	char *rest = line;
	int column = 0;

	while (rest != NULL) {
		const char *const value = next_value(&rest);
		enum vm_status status = VM_INTERNAL;

		if (value == NULL)
			return vm_fail(err, VM_INVALID, "the quotes of this line do not match");
		if (column == reader->column_count)
			return vm_fail(err, VM_INVALID,
				       "this line has more values than the header");
		status = set_value(row, reader->columns[column++], value, err);
		if (status != VM_OK)
			return status;
	}
	if (column < reader->column_count)
		return vm_fail(err, VM_INVALID, "this line has fewer values than the header");
	return VM_OK;
}

static enum vm_status take_member(const struct vm_json_object *object, const char *name,
				  struct vm_arena *arena, const char **out, struct vm_error *err)
{
	const char *text = NULL;
	const enum vm_status status =
		vm_json_get_string(object, name, VM_BATCH_LINE_MAX, &text, err);

	if (status == VM_NOT_FOUND)
		return VM_OK;
	if (status != VM_OK)
		return status;
	*out = vm_arena_strdup(arena, text);
	return *out == NULL ? vm_fail_memory(err) : VM_OK;
}

static enum vm_status read_json(const char *line, size_t length, struct vm_arena *arena,
				struct vm_batch_row *row, struct vm_error *err)
{
	struct vm_json_object object = { NULL };
	uint64_t flags = 0;
	enum vm_status status = vm_json_parse(&object, line, length, VM_BATCH_LINE_MAX, err);

	if (status != VM_OK)
		return status;
	status = vm_json_check_names(&object, names, VM_BATCH_COLUMNS, err);
	if (status == VM_OK)
		status = take_member(&object, "address", arena, &row->address, err);
	if (status == VM_OK)
		status = take_member(&object, "password", arena, &row->password, err);
	if (status == VM_OK)
		status = take_member(&object, "password_hash", arena, &row->password_hash, err);
	if (status == VM_OK)
		status = take_member(&object, "comment", arena, &row->comment, err);
	if (status == VM_OK)
		status = take_member(&object, "quota", arena, &row->quota, err);
	if (status == VM_OK)
		status = vm_json_get_u64(&object, "flags", UINT32_MAX, &flags, err);
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	row->flags = (uint32_t)flags;
	vm_json_release(&object);
	return status;
}

static enum vm_status check_row(const struct vm_batch_row *row, struct vm_error *err)
{
	if (row->address == NULL)
		return vm_fail_field(err, VM_INVALID, "address", "address is missing");
	if ((row->password == NULL) == (row->password_hash == NULL))
		return vm_fail_field(err, VM_INVALID, "password",
				     "give one of password and password_hash");
	return VM_OK;
}

/* The next line that is not blank. */
static enum vm_status next_line(struct vm_batch_reader *reader, char **line, size_t *length,
				struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	do {
		status = vm_line_reader_next(&reader->lines, line, length, err);
		if (status == VM_OK && *length > 0 && (*line)[*length - 1] == '\r')
			(*line)[--*length] = '\0';
	} while (status == VM_OK && *length == 0);
	if (status == VM_OK && strlen(*line) != *length)
		return vm_fail(err, VM_INVALID, "this line holds a NUL");
	return status;
}

enum vm_status vm_batch_reader_next(struct vm_batch_reader *reader, struct vm_arena *arena,
				    struct vm_batch_row *row, struct vm_error *err)
{
	char *line = NULL;
	size_t length = 0;
	enum vm_status status = next_line(reader, &line, &length, err);

	*row = (struct vm_batch_row){ .line = reader->lines.number };
	if (status == VM_OK && !reader->has_begun) {
		reader->has_begun = true;
		reader->is_csv = line[0] != '{';
		if (reader->is_csv) {
			status = read_header(reader, line, err);
			if (status == VM_OK)
				status = next_line(reader, &line, &length, err);
			row->line = reader->lines.number;
		}
	}
	if (status != VM_OK)
		return status;
	if (!reader->is_csv) {
		status = read_json(line, length, arena, row, err);
	} else {
		char *const copy = vm_arena_strndup(arena, line, length);

		status = copy == NULL ? vm_fail_memory(err) : read_csv(reader, copy, row, err);
	}
	return status == VM_OK ? check_row(row, err) : status;
}
