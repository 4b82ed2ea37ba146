/* Makes the files without a name that hold messages on their way. */
#include <config.h>

#include "delivery/spool.h"

#include <errno.h>
#include <fcntl.h>

#include "util/file.h"
#include "util/text.h"

enum vm_status vm_spool_folder(const struct vm_config *config, char out[VM_SPOOL_PATH_MAX],
			       struct vm_error *err)
{
	const bool is_set = config->spool_folder[0] != '\0';

	if (!vm_text_format(out, VM_SPOOL_PATH_MAX, "%s%s",
			    is_set ? config->spool_folder : config->home, is_set ? "" : "/tmp"))
		return vm_fail(err, VM_INVALID, "the path of the spool is too long");
	return VM_OK;
}

enum vm_status vm_spool_prepare(const struct vm_config *config, struct vm_error *err)
{
	char folder[VM_SPOOL_PATH_MAX];
	enum vm_status status = vm_spool_folder(config, folder, err);

	if (status != VM_OK || config->spool_folder[0] != '\0')
		return status;
	status = vm_file_make_folder(AT_FDCWD, folder, 0700, err);
	if (status == VM_OK)
		return vm_file_set_owner(AT_FDCWD, folder, config->uid, config->gid, err);
	return status == VM_EXISTS ? VM_OK : status;
}

enum vm_status vm_spool_open(const char *folder, int *out, struct vm_error *err)
{
	*out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*out < 0)
		return vm_fail_errno(err, errno, "cannot make a temporary file in %s", folder);
	return VM_OK;
}
