/* Opens, and publishes, users/assign with its cdb. */
#include <config.h>

#include "core/assign_files.h"

#include <fcntl.h>
#include <limits.h>

#include "core/assign_text.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

enum { FILE_MODE = 0644 };

enum vm_status vm_assign_files_blame(enum vm_status status, enum vm_status blame,
				     struct vm_error *err)
{
	const struct vm_error why = *err;

	if (status != VM_INVALID)
		return status;
	return vm_fail(err, blame, "users/assign %s", why.text);
}

void vm_assign_files_close(struct vm_assign_files *files)
{
	vm_file_lock_release(&files->lock);
	vm_buf_release(&files->new_text);
	vm_buf_release(&files->old_text);
	vm_file_discard(&files->folder);
}

enum vm_status vm_assign_files_open(struct vm_assign_files *files, const struct vm_assign *assign,
				    struct vm_error *err)
{
	char path[PATH_MAX];
	enum vm_status status = VM_OK;

	*files = (struct vm_assign_files){ .folder = -1, .lock = { -1 } };
	vm_buf_init(&files->old_text, VM_ASSIGN_MAX);
	vm_buf_init(&files->new_text, VM_ASSIGN_MAX);
	if (!vm_text_format(path, sizeof path, "%s/users", assign->qmail_dir))
		return vm_fail(err, VM_MISCONFIG, "the path of qmail's folder is too long");
	status = vm_file_open_folder(AT_FDCWD, path, &files->folder, err);
	if (status == VM_NOT_FOUND)
		status = vm_fail(err, VM_MISCONFIG, "there is no folder %s/users",
				 assign->qmail_dir);
	if (status == VM_OK)
		status = vm_file_lock_take(&files->lock, files->folder, "assign.lock", err);
	if (status == VM_OK)
		status = vm_file_read_all(files->folder, "assign", &files->old_text, err);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_assign_files_publish(const struct vm_assign_files *files,
				       const struct vm_assign *assign, const struct vm_buf *text,
				       bool write_text, struct vm_error *err)
{
	struct vm_file_replace assign_file = { .fd = -1 }, cdb_file = { .fd = -1 };
	struct vm_file_replace *const both[] = { &assign_file, &cdb_file };
	enum vm_status status = VM_OK;

	if (write_text)
		status = vm_file_replace_begin(&assign_file, files->folder, "assign", FILE_MODE,
					       err);
	if (status == VM_OK && write_text)
		status = vm_file_write(assign_file.fd, "assign", text->bytes, text->length, err);
	if (status == VM_OK)
		status = vm_file_replace_begin(&cdb_file, files->folder, assign->cdb_name,
					       FILE_MODE, err);
	if (status == VM_OK)
		status = vm_assign_write_cdb(text->bytes, text->length, cdb_file.fd, err);
	if (status == VM_OK)
		return vm_file_replace_commit_all(both + (write_text ? 0 : 1), write_text ? 2 : 1,
						  err);
	vm_file_replace_abort(&cdb_file);
	vm_file_replace_abort(&assign_file);
	return vm_assign_files_blame(status, VM_MISCONFIG, err);
}
