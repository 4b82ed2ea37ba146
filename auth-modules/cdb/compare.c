/* Compares vpasswd with vpasswd.cdb. */
#include <config.h>

#include "compare.h"

#include <string.h>

#include "base.h"
#include "core/passwd_line.h"
#include "util/cdb_file.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum {
	EMPTY_CDB = 2048,
	SCRATCH_MAX = 16 * 1024,
	TRIES = 3,
	FILE_MODE = 0600,
	BLOCK = 64 * 1024,
	RELAX_EVERY = 8192
};

static void note_difference(struct vm_base_comparison *out, const char *user, size_t length)
{
	if (out->different++ == 0)
		(void)vm_text_format(out->first, sizeof out->first, "%.*s", (int)length, user);
}

static enum vm_status compare_line(struct vm_cdb *cdb, const struct vm_base_line *line,
				   struct vm_arena *scratch, struct vm_base_comparison *out,
				   struct vm_error *err)
{
	char *data = NULL;
	size_t length = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_clear(scratch);
	status = vm_cdb_get(cdb, line->user, line->user_length, scratch, &data, &length, err);
	if (status == VM_TEMPFAIL)
		out->cdb = VM_BASE_DAMAGED;
	else if (status == VM_NOT_FOUND || length != line->fields_length ||
		 memcmp(data, line->fields, length) != 0)
		note_difference(out, line->user, line->user_length);
	return VM_OK;
}

/* All lines, in the order of the file. A damaged one ends it. */
static enum vm_status compare_lines(int folder, struct vm_cdb *cdb, uint64_t *lines,
				    struct vm_base_comparison *out, struct vm_error *err)
{
	struct vm_base_cursor cursor;
	struct vm_base_line line;
	struct vm_arena scratch;
	enum vm_status status = vm_base_cursor_open(&cursor, folder, err);

	vm_arena_init(&scratch, SCRATCH_MAX);
	while (status == VM_OK) {
		status = vm_base_cursor_next(&cursor, &line, err);
		if (status == VM_MISCONFIG && cursor.is_disordered) {
			/* The line was read, and the cursor goes on behind it. */
			out->is_disordered = true;
			cursor.is_disordered = false;
			status = VM_OK;
		}
		if (status == VM_MISCONFIG) {
			out->text = VM_BASE_DAMAGED;
			(void)vm_text_copy(out->why, sizeof out->why, err->text);
			status = VM_NOT_FOUND;
		}
		if (status != VM_OK)
			break;
		++*lines;
		if (out->cdb == VM_BASE_WHOLE && *lines % RELAX_EVERY == 0)
			vm_cdb_relax(cdb);
		if (out->cdb == VM_BASE_WHOLE)
			status = compare_line(cdb, &line, &scratch, out, err);
	}
	out->repeated = cursor.repeated;
	vm_arena_release(&scratch);
	vm_base_cursor_close(&cursor);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static void count_records(struct vm_cdb *cdb, uint64_t lines, struct vm_base_comparison *out)
{
	struct vm_cdb_record record;
	struct vm_error ignored;
	uint32_t position = 0;
	uint64_t records = 0;
	enum vm_status status = VM_OK;

	while ((status = vm_cdb_next(cdb, &position, &record, &ignored)) == VM_OK)
		if (++records % RELAX_EVERY == 0)
			vm_cdb_relax(cdb);
	if (status != VM_NOT_FOUND)
		out->cdb = VM_BASE_DAMAGED;
	else if (records > lines)
		out->different += records - lines;
	else if (records < lines && out->different == 0)
		out->different = lines - records;
}

static enum vm_base_state state_of(enum vm_status status, uint64_t size, uint64_t empty)
{
	if (status == VM_NOT_FOUND)
		return VM_BASE_ABSENT;
	if (status != VM_OK)
		return VM_BASE_DAMAGED;
	return size <= empty ? VM_BASE_EMPTY : VM_BASE_WHOLE;
}

/* Did our last fold write both of them? */
static bool is_recorded(int folder, const struct vm_identity *text, const struct vm_identity *cdb)
{
	struct vm_base_record record;
	struct vm_error ignored;

	return vm_base_record_read(folder, &record, &ignored) == VM_OK &&
	       vm_identity_equals(&record.text, text) && vm_identity_equals(&record.cdb, cdb);
}

static enum vm_status compare_once(int folder, struct vm_base_comparison *out, bool *is_stable,
				   struct vm_error *err)
{
	struct vm_cdb cdb = { .fd = -1 };
	struct vm_identity cdb_version, now;
	uint64_t lines = 0;
	enum vm_status status = vm_identity_read(folder, VM_BASE_TEXT, &out->version, err);

	if (status == VM_OK)
		status = vm_identity_read(folder, VM_BASE_CDB, &cdb_version, err);
	if (status != VM_OK)
		return status;
	status = vm_cdb_open(&cdb, folder, VM_BASE_CDB, err);
	if (status == VM_TEMPFAIL && err->sys_errno != 0)
		return status;
	out->cdb = state_of(status, cdb_version.size, EMPTY_CDB);
	out->text = state_of(out->version.ino == 0 ? VM_NOT_FOUND : VM_OK, out->version.size, 0);
	status = VM_OK;
	if (out->text == VM_BASE_WHOLE && !is_recorded(folder, &out->version, &cdb_version)) {
		status = compare_lines(folder, &cdb, &lines, out, err);
		if (status == VM_OK && out->text == VM_BASE_WHOLE && out->cdb == VM_BASE_WHOLE)
			count_records(&cdb, lines, out);
		else if (out->cdb == VM_BASE_EMPTY)
			out->different = lines;
	}
	vm_cdb_close(&cdb);
	if (status == VM_OK)
		status = vm_identity_read(folder, VM_BASE_TEXT, &now, err);
	*is_stable = status == VM_OK && vm_identity_equals(&now, &out->version);
	if (status == VM_OK)
		status = vm_identity_read(folder, VM_BASE_CDB, &now, err);
	*is_stable = *is_stable && status == VM_OK && vm_identity_equals(&now, &cdb_version);
	return status;
}

enum vm_status vm_base_compare(int folder, struct vm_base_comparison *out, struct vm_error *err)
{
	bool is_stable = false;
	enum vm_status status = VM_OK;

	for (int i = 0; i < TRIES && status == VM_OK && !is_stable; i++) {
		*out = (struct vm_base_comparison){ .text = VM_BASE_WHOLE, .cdb = VM_BASE_WHOLE };
		status = compare_once(folder, out, &is_stable, err);
	}
	if (status == VM_OK && !is_stable)
		*out = (struct vm_base_comparison){ .text = VM_BASE_WHOLE, .cdb = VM_BASE_WHOLE };
	return status;
}

static enum vm_status restore_lines(struct vm_cdb *cdb, struct vm_file_replace *replace,
				    struct vm_error *err)
{
	struct vm_cdb_record record;
	struct vm_buf block;
	uint32_t position = 0;
	enum vm_status status = VM_OK;

	vm_buf_init(&block, 2 * BLOCK);
	while (status == VM_OK && (status = vm_cdb_next(cdb, &position, &record, err)) == VM_OK) {
		if (record.key_length == 0 || record.key_length > VM_USER_MAX ||
		    record.data_length > VM_PASSWD_LINE_MAX ||
		    memchr(record.key, ':', record.key_length) != NULL ||
		    memchr(record.key, '\n', record.key_length) != NULL ||
		    memchr(record.data, '\n', record.data_length) != NULL)
			status = vm_fail(err, VM_MISCONFIG, "%s holds what is no line of vpasswd",
					 VM_BASE_CDB);
		vm_buf_append(&block, record.key, record.key_length);
		vm_buf_append_byte(&block, ':');
		vm_buf_append(&block, record.data, record.data_length);
		vm_buf_append_byte(&block, '\n');
		if (status == VM_OK && block.length >= BLOCK) {
			status = vm_file_write(replace->fd, VM_BASE_TEXT, block.bytes, block.length,
					       err);
			vm_buf_clear(&block);
			vm_cdb_relax(cdb);
		}
	}
	if (status == VM_NOT_FOUND)
		status = vm_buf_check(&block, VM_BASE_TEXT, err);
	if (status == VM_OK)
		status = vm_file_write(replace->fd, VM_BASE_TEXT, block.bytes, block.length, err);
	vm_buf_release(&block);
	return status;
}

enum vm_status vm_base_restore(int folder, struct vm_error *err)
{
	struct vm_cdb cdb = { .fd = -1 };
	struct vm_file_replace replace;
	enum vm_status status = vm_cdb_open(&cdb, folder, VM_BASE_CDB, err);

	if (status != VM_OK)
		return status;
	status = vm_file_replace_begin(&replace, folder, VM_BASE_TEXT, FILE_MODE, err);
	if (status == VM_OK) {
		status = restore_lines(&cdb, &replace, err);
		if (status == VM_OK)
			status = vm_file_replace_commit(&replace, err);
		vm_file_replace_abort(&replace);
	}
	vm_cdb_close(&cdb);
	return status;
}
