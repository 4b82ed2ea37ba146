/* Reads and writes the delta of a domain. */
#include <config.h>

#include "delta.h"

#include <inttypes.h>
#include <string.h>

#include "core/address.h"
#include "core/passwd_line.h"
#include "util/file_replace.h"

enum { META_ARENA = 4096, RECORD_MAX = VM_PASSWD_LINE_MAX + 1 };

enum vm_status vm_delta_open(int folder, struct vm_cdb *delta, struct vm_error *err)
{
	const enum vm_status status = vm_cdb_open(delta, folder, VM_DELTA_NAME, err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status fail_record(struct vm_error *err)
{
	return vm_fail(err, VM_TEMPFAIL, "%s holds a record that is no change", VM_DELTA_NAME);
}

static enum vm_status parse_data(const char *data, size_t length, struct vm_change *out,
				 struct vm_error *err)
{
	bool live = false;

	if (length < 1 || length > RECORD_MAX || !vm_change_from_letter(data[0], out, &live) ||
	    (!live && length > 1))
		return fail_record(err);
	out->fields = live ? data + 1 : NULL;
	out->fields_length = length - 1;
	return VM_OK;
}

enum vm_status vm_delta_find(struct vm_cdb *delta, const char *user, struct vm_arena *arena,
			     struct vm_change *out, struct vm_error *err)
{
	char *data = NULL;
	size_t length = 0;
	const enum vm_status status =
		vm_cdb_get(delta, user, strlen(user), arena, &data, &length, err);

	if (status != VM_OK)
		return status;
	out->user = user;
	out->user_length = strlen(user);
	return parse_data(data, length, out, err);
}

enum vm_status vm_delta_next(struct vm_cdb *delta, uint32_t *position, struct vm_change *out,
			     struct vm_error *err)
{
	struct vm_cdb_record record;
	enum vm_status status = VM_INTERNAL;

	do {
		status = vm_cdb_next(delta, position, &record, err);
		if (status != VM_OK)
			return status;
	} while (record.key_length == 0);
	if (record.key_length > VM_USER_MAX)
		return fail_record(err);
	out->user = record.key;
	out->user_length = record.key_length;
	return parse_data(record.data, record.data_length, out, err);
}

enum vm_status vm_delta_meta(struct vm_cdb *delta, struct vm_delta_meta *out, struct vm_error *err)
{
	struct vm_arena arena;
	char *data = NULL;
	const char *text = NULL;
	size_t length = 0;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, META_ARENA);
	status = vm_cdb_get(delta, "", 0, &arena, &data, &length, err);
	text = data;
	if (status == VM_NOT_FOUND || (status == VM_OK && (!vm_identity_parse(&text, &out->base) ||
							   !vm_identity_number(&text, &out->net))))
		status = fail_record(err);
	vm_arena_release(&arena);
	return status;
}

enum vm_status vm_delta_load(struct vm_cdb *delta, struct vm_changes *changes, struct vm_error *err)
{
	uint32_t position = 0;
	struct vm_change change = { .user = NULL };
	enum vm_status status = VM_INTERNAL;

	if (delta->fd < 0)
		return VM_OK;
	while ((status = vm_delta_next(delta, &position, &change, err)) == VM_OK) {
		status = vm_changes_put(changes, &change, err);
		if (status != VM_OK)
			return status;
	}
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status write_change(struct vm_cdb_writer *writer, const struct vm_change *change,
				   struct vm_error *err)
{
	char data[RECORD_MAX + 1];

	if (change->fields_length > RECORD_MAX - 1)
		return vm_fail(err, VM_INTERNAL, "a change is too long");
	data[0] = vm_change_letter(change);
	if (change->fields != NULL)
		memcpy(data + 1, change->fields, change->fields_length);
	return vm_cdb_writer_add(writer, change->user, change->user_length, data,
				 change->fields == NULL ? 1 : change->fields_length + 1, err);
}

static enum vm_status write_meta(struct vm_cdb_writer *writer, const struct vm_changes *changes,
				 const struct vm_identity *base, struct vm_error *err)
{
	struct vm_buf meta;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&meta, META_ARENA / 2);
	vm_identity_print(base, &meta);
	vm_buf_printf(&meta, " %" PRId64, vm_changes_net(changes));
	status = vm_buf_check(&meta, VM_DELTA_NAME, err);
	if (status == VM_OK)
		status = vm_cdb_writer_add(writer, "", 0, meta.bytes, meta.length, err);
	vm_buf_release(&meta);
	return status;
}

static enum vm_status write_all(int fd, const struct vm_changes *changes,
				const struct vm_identity *base, struct vm_error *err)
{
	struct vm_cdb_writer writer;
	enum vm_status status = vm_cdb_writer_init(&writer, fd, VM_DELTA_NAME, err);

	for (size_t i = 0; i < changes->count && status == VM_OK; i++)
		status = write_change(&writer, &changes->items[i], err);
	if (status == VM_OK)
		status = write_meta(&writer, changes, base, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&writer, err);
	vm_cdb_writer_abort(&writer);
	return status;
}

enum vm_status vm_delta_write(int folder, struct vm_changes *changes,
			      const struct vm_identity *base, struct vm_error *err)
{
	struct vm_file_replace replace;
	enum vm_status status = vm_file_replace_begin(&replace, folder, VM_DELTA_NAME, 0600, err);

	if (status != VM_OK)
		return status;
	vm_changes_sort(changes);
	status = write_all(replace.fd, changes, base, err);
	if (status == VM_OK)
		return vm_file_replace_commit(&replace, err);
	vm_file_replace_abort(&replace);
	return status;
}
