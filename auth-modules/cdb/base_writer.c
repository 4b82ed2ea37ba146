/* Merges changes into vpasswd and makes vpasswd.cdb from it. */
#include <config.h>

#include "base_writer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cdb_file.h"
#include "util/file.h"

enum { FILE_MODE = 0600, BLOCK = 64 * 1024, BLOCK_MAX = 2 * BLOCK, SIDECAR_MAX = 512 };

/* The two files while they grow. */
struct output {
	struct vm_base_writer *writer;
	struct vm_cdb_writer cdb;
	struct vm_buf block;
};

static enum vm_status flush(struct output *output, struct vm_error *err)
{
	enum vm_status status = vm_buf_check(&output->block, VM_BASE_TEXT, err);

	if (status == VM_OK)
		status = vm_file_write(output->writer->text.fd, VM_BASE_TEXT, output->block.bytes,
				       output->block.length, err);
	output->block.length = 0;
	return status;
}

static enum vm_status put_account(struct output *output, const char *user, size_t user_length,
				  const char *fields, size_t fields_length, struct vm_error *err)
{
	enum vm_status status = VM_OK;

	if (output->block.length >= BLOCK)
		status = flush(output, err);
	if (status != VM_OK)
		return status;
	vm_buf_append(&output->block, user, user_length);
	vm_buf_append_byte(&output->block, ':');
	vm_buf_append(&output->block, fields, fields_length);
	vm_buf_append_byte(&output->block, '\n');
	output->writer->record.accounts++;
	return vm_cdb_writer_add(&output->cdb, user, user_length, fields, fields_length, err);
}

static enum vm_status put_change(struct output *output, const struct vm_change *change,
				 struct vm_error *err)
{
	if (change->fields == NULL)
		return VM_OK;
	return put_account(output, change->user, change->user_length, change->fields,
			   change->fields_length, err);
}

/* Both sides come in byte order; a change beats the line of its name. */
static enum vm_status merge(struct output *output, struct vm_base_cursor *cursor,
			    const struct vm_changes *changes, struct vm_error *err)
{
	size_t next = 0;
	struct vm_base_line line;
	enum vm_status status = VM_INTERNAL;

	while ((status = vm_base_cursor_next(cursor, &line, err)) == VM_OK) {
		int order = 1;

		while (status == VM_OK && next < changes->count) {
			order = vm_user_compare(line.user, line.user_length,
						changes->items[next].user,
						changes->items[next].user_length);
			if (order < 0)
				break;
			status = put_change(output, &changes->items[next++], err);
			if (order == 0)
				break;
			order = -1; /* that one stood in front of the line; ask about the next */
		}
		if (status == VM_OK && order != 0)
			status = put_account(output, line.user, line.user_length, line.fields,
					     line.fields_length, err);
		if (status != VM_OK)
			return status;
	}
	if (status != VM_NOT_FOUND)
		return status;
	status = VM_OK;
	while (status == VM_OK && next < changes->count)
		status = put_change(output, &changes->items[next++], err);
	return status;
}

static enum vm_status identify(const struct vm_file_replace *replace, struct vm_identity *out,
			       struct vm_error *err)
{
	struct stat found;

	if (fstat(replace->fd, &found) != 0)
		return vm_fail_errno(err, errno, "cannot stat %s", replace->temp);
	*out = vm_identity_of(&found);
	return VM_OK;
}

static enum vm_status write_files(struct vm_base_writer *writer, struct vm_base_cursor *cursor,
				  const struct vm_changes *changes, struct vm_error *err)
{
	struct output output = { .writer = writer };
	enum vm_status status = vm_cdb_writer_init(&output.cdb, writer->cdb.fd, VM_BASE_CDB, err);

	vm_buf_init(&output.block, BLOCK_MAX);
	if (status == VM_OK)
		status = merge(&output, cursor, changes, err);
	if (status == VM_OK)
		status = flush(&output, err);
	if (status == VM_OK)
		status = vm_cdb_writer_finish(&output.cdb, err);
	vm_cdb_writer_abort(&output.cdb);
	vm_buf_release(&output.block);
	if (status == VM_OK)
		status = identify(&writer->text, &writer->record.text, err);
	if (status == VM_OK)
		status = identify(&writer->cdb, &writer->record.cdb, err);
	writer->repeated = cursor->repeated;
	return status;
}

static enum vm_status write_sidecar(struct vm_base_writer *writer, int folder, struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status =
		vm_file_replace_begin(&writer->sidecar, folder, VM_BASE_SIDECAR, FILE_MODE, err);

	vm_buf_init(&text, SIDECAR_MAX);
	vm_base_record_print(&writer->record, &text);
	if (status == VM_OK)
		status = vm_buf_check(&text, VM_BASE_SIDECAR, err);
	if (status == VM_OK)
		status = vm_file_write(writer->sidecar.fd, VM_BASE_SIDECAR, text.bytes, text.length,
				       err);
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_base_writer_build(struct vm_base_writer *writer, int folder,
				    struct vm_base_cursor *cursor, const struct vm_changes *changes,
				    struct vm_error *err)
{
	enum vm_status status = VM_INTERNAL;

	*writer = (struct vm_base_writer){ .text = { .fd = -1 },
					   .cdb = { .fd = -1 },
					   .sidecar = { .fd = -1 } };
	status = vm_file_replace_begin(&writer->text, folder, VM_BASE_TEXT, FILE_MODE, err);
	if (status == VM_OK)
		status = vm_file_replace_begin(&writer->cdb, folder, VM_BASE_CDB, FILE_MODE, err);
	if (status == VM_OK)
		status = write_files(writer, cursor, changes, err);
	if (status == VM_OK && writer->record.text.size > VM_BASE_SMALL)
		status = write_sidecar(writer, folder, err);
	if (status != VM_OK)
		vm_base_writer_abort(writer);
	return status;
}

enum vm_status vm_base_writer_sync(struct vm_base_writer *writer, struct vm_error *err)
{
	enum vm_status status = vm_file_sync(writer->text.fd, VM_BASE_TEXT, err);

	if (status == VM_OK)
		status = vm_file_sync(writer->cdb.fd, VM_BASE_CDB, err);
	return status;
}

enum vm_status vm_base_writer_publish(struct vm_base_writer *writer, struct vm_error *err)
{
	struct vm_file_replace *const all[] = { &writer->text, &writer->cdb, &writer->sidecar };
	const bool has_sidecar = writer->sidecar.fd >= 0;
	const int folder = writer->text.folder;
	enum vm_status status = vm_file_replace_commit_all(all, has_sidecar ? 3 : 2, err);

	if (status == VM_OK && !has_sidecar)
		status = vm_file_remove(folder, VM_BASE_SIDECAR, err);
	return status;
}

void vm_base_writer_abort(struct vm_base_writer *writer)
{
	vm_file_replace_abort(&writer->sidecar);
	vm_file_replace_abort(&writer->cdb);
	vm_file_replace_abort(&writer->text);
}
