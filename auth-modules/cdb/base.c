/* Looks accounts up in the base files. */
#include <config.h>

#include "base.h"

#include <inttypes.h>
#include <string.h>

#include "core/passwd_line.h"
#include "util/cdb_file.h"
#include "util/file.h"

enum { EMPTY_CDB = 2048, RECORD_MAX = 512 };

/* Keeps the fields of the first line of this name. */
static enum vm_status match_line(const struct vm_base_line *line, const char *user,
				 struct vm_arena *arena, char **fields, size_t *length,
				 struct vm_error *err)
{
	if (*fields != NULL || strlen(user) != line->user_length ||
	    memcmp(line->user, user, line->user_length) != 0)
		return VM_OK;
	*fields = vm_arena_strndup(arena, line->fields, line->fields_length);
	*length = line->fields_length;
	return *fields == NULL ? vm_fail_memory(err) : VM_OK;
}

/* Reads vpasswd to its end even after a hit: a file that was cut must not answer anything. */
static enum vm_status find_in_text(int folder, const char *user, struct vm_arena *arena,
				   char **fields, size_t *length, struct vm_error *err)
{
	struct vm_base_cursor cursor;
	struct vm_base_line line;
	enum vm_status status = vm_base_cursor_open(&cursor, folder, err);

	*fields = NULL;
	if (status == VM_OK && (cursor.fd < 0 || cursor.version.size == 0))
		status = vm_fail(err, VM_TEMPFAIL, "neither %s nor %s can tell", VM_BASE_CDB,
				 VM_BASE_TEXT);
	while (status == VM_OK) {
		status = vm_base_cursor_next(&cursor, &line, err);
		if (status == VM_MISCONFIG && cursor.is_disordered) {
			/* Order does not matter to this search; the cursor goes on behind the line. */
			cursor.is_disordered = false;
			status = VM_OK;
		}
		if (status == VM_OK)
			status = match_line(&line, user, arena, fields, length, err);
	}
	vm_base_cursor_close(&cursor);
	if (status == VM_MISCONFIG) {
		const struct vm_error why = *err;

		return vm_fail(err, VM_TEMPFAIL, "%s is not whole, and %s", VM_BASE_CDB, why.text);
	}
	if (status != VM_NOT_FOUND)
		return status;
	return *fields != NULL ? VM_OK : vm_fail(err, VM_NOT_FOUND, "no account %s", user);
}

/* An empty cdb beside a vpasswd with lines was cut off before it was made: it says nothing. */
static enum vm_status check_empty(int folder, const struct vm_cdb *cdb, struct vm_error *err)
{
	struct vm_identity text;
	enum vm_status status = VM_INTERNAL;

	if (cdb->opened.st_size > EMPTY_CDB)
		return VM_NOT_FOUND;
	status = vm_identity_read(folder, VM_BASE_TEXT, &text, err);
	if (status != VM_OK)
		return status;
	return text.size == 0 ? VM_NOT_FOUND
			      : vm_fail(err, VM_TEMPFAIL, "%s is empty beside a full %s",
					VM_BASE_CDB, VM_BASE_TEXT);
}

enum vm_status vm_base_find(int folder, const char *user, struct vm_arena *arena, char **fields,
			    size_t *length, struct vm_error *err)
{
	struct vm_cdb cdb;
	enum vm_status status = vm_cdb_open(&cdb, folder, VM_BASE_CDB, err);

	if (status == VM_OK) {
		status = vm_cdb_get(&cdb, user, strlen(user), arena, fields, length, err);
		if (status == VM_NOT_FOUND)
			status = check_empty(folder, &cdb, err);
		vm_cdb_close(&cdb);
		if (status == VM_OK && *length > VM_PASSWD_LINE_MAX)
			status = VM_TEMPFAIL;
		if (status == VM_OK)
			return VM_OK;
		if (status == VM_NOT_FOUND)
			return vm_fail(err, VM_NOT_FOUND, "no account %s", user);
	}
	return find_in_text(folder, user, arena, fields, length, err);
}

enum vm_status vm_base_record_read(int folder, struct vm_base_record *out, struct vm_error *err)
{
	struct vm_buf text;
	const char *position = NULL;
	int64_t version = 0, accounts = 0;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&text, RECORD_MAX);
	status = vm_file_read_all(folder, VM_BASE_SIDECAR, &text, err);
	position = text.bytes;
	if (status == VM_OK && (!vm_identity_number(&position, &version) || version != 1 ||
				!vm_identity_parse(&position, &out->text) ||
				!vm_identity_parse(&position, &out->cdb) ||
				!vm_identity_number(&position, &accounts) || accounts < 0))
		status = vm_fail(err, VM_NOT_FOUND, "%s is not understood", VM_BASE_SIDECAR);
	out->accounts = (uint64_t)accounts;
	vm_buf_release(&text);
	return status == VM_OK ? VM_OK : VM_NOT_FOUND;
}

void vm_base_record_print(const struct vm_base_record *record, struct vm_buf *out)
{
	vm_buf_append_text(out, "1 ");
	vm_identity_print(&record->text, out);
	vm_buf_append_byte(out, ' ');
	vm_identity_print(&record->cdb, out);
	vm_buf_printf(out, " %" PRIu64 "\n", record->accounts);
}
