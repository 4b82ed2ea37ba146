/* Makes users/assign what another host's changes have made it. */
#include <config.h>

#include <string.h>

#include "core/assign_files.h"
#include "core/assign_text.h"

enum { SHRINK_PARTS = 10 };

static bool shrinks_too_much(const struct vm_assign_wanted *wanted)
{
	return wanted->removed > 0 &&
	       (wanted->count == 0 || wanted->removed > wanted->before / SHRINK_PARTS);
}

static enum vm_status publish(struct vm_assign_files *files, const struct vm_assign *assign,
			      struct vm_error *err)
{
	const bool changed =
		files->old_text.length != files->new_text.length ||
		memcmp(files->old_text.bytes, files->new_text.bytes, files->new_text.length) != 0;
	struct vm_error ignored;

	if (!changed && vm_assign_files_verify(assign, files, &ignored) == VM_OK)
		return VM_OK;
	return vm_assign_files_publish(files, assign, &files->new_text, changed, err);
}

enum vm_status vm_assign_sync(const struct vm_assign *assign, struct vm_assign_wanted *wanted,
			      enum vm_sync_mode mode, struct vm_error *err)
{
	struct vm_assign_files files;
	enum vm_status status = vm_assign_files_open(&files, assign, err);

	if (status == VM_OK)
		status = vm_assign_rebuild(files.old_text.bytes, files.old_text.length, wanted,
					   &files.new_text, err);
	if (status == VM_INVALID && err->field[0] == '\0')
		status = vm_assign_files_blame(status, VM_MISCONFIG, err);
	if (status == VM_OK && mode == VM_SYNC_WRITE && shrinks_too_much(wanted))
		status = vm_fail(err, VM_DENIED,
				 "%zu of %zu domains would be taken from this host; use --force if "
				 "that is meant",
				 wanted->removed, wanted->before);
	if (status == VM_OK && mode != VM_SYNC_LOOK)
		status = publish(&files, assign, err);
	vm_assign_files_close(&files);
	return status;
}
