/* Keeps a domain's limits in D/.qmailadmin-limits. */
#include <config.h>

#include <fcntl.h>

#include "core/limits.h"
#include "util/file.h"
#include "util/file_lock.h"
#include "util/file_replace.h"

enum { FILE_MAX = 64 * 1024, FILE_MODE = 0600 };

static const char file_name[] = ".qmailadmin-limits";
static const char lock_name[] = ".qmailadmin-limits.lock";

/* An absent folder is not an absent file: it may be a disk that is not mounted. */
static enum vm_status open_domain(const char *domain_dir, int *folder, struct vm_error *err)
{
	enum vm_status status = vm_file_open_folder(AT_FDCWD, domain_dir, folder, err);

	if (status == VM_NOT_FOUND)
		return vm_fail(err, VM_TEMPFAIL, "the domain's folder %s is missing", domain_dir);
	return status;
}

static enum vm_status read_limits(int folder, const char *name, struct vm_limits *out,
				  struct vm_error *err)
{
	struct vm_buf text;
	enum vm_status status = VM_INTERNAL;

	vm_limits_default(out);
	vm_buf_init(&text, FILE_MAX);
	status = vm_file_read_all(folder, name, &text, err);
	if (status == VM_OK)
		status = vm_limits_parse(text.bytes, out, err);
	vm_buf_release(&text);
	return status;
}

enum vm_status vm_limits_file_get(const char *domain_dir, const char *default_file,
				  struct vm_limits *out, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = VM_NOT_FOUND;

	vm_limits_default(out);
	if (domain_dir != NULL) {
		status = open_domain(domain_dir, &folder, err);
		if (status != VM_OK)
			return status;
		status = read_limits(folder, file_name, out, err);
		vm_file_discard(&folder);
	}
	if (status == VM_NOT_FOUND)
		status = read_limits(AT_FDCWD, default_file, out, err);
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	if (status != VM_OK)
		vm_limits_default(out);
	return status;
}

enum vm_status vm_limits_file_own(const char *domain_dir, struct vm_limits *out,
				  struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = open_domain(domain_dir, &folder, err);

	if (status == VM_OK)
		status = read_limits(folder, file_name, out, err);
	vm_file_discard(&folder);
	return status;
}

/* The old text, "" when there is none. */
static enum vm_status read_old(int folder, struct vm_buf *old, struct vm_error *err)
{
	enum vm_status status = vm_file_read_all(folder, file_name, old, err);

	return status == VM_NOT_FOUND ? VM_OK : status;
}

enum vm_status vm_limits_file_put(const char *domain_dir, const struct vm_limits *limits,
				  struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	struct vm_buf old, text;
	int folder = -1;
	enum vm_status status = VM_INTERNAL;

	vm_buf_init(&old, FILE_MAX);
	vm_buf_init(&text, FILE_MAX);
	status = open_domain(domain_dir, &folder, err);
	if (status != VM_OK)
		goto out;
	status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = read_old(folder, &old, err);
	if (status == VM_OK)
		status = vm_limits_print(limits, old.bytes, &text, err);
	if (status == VM_OK)
		status = vm_file_replace_with(folder, file_name, FILE_MODE, text.bytes, text.length,
					      err);
out:
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	vm_buf_release(&text);
	vm_buf_release(&old);
	return status;
}

enum vm_status vm_limits_file_remove(const char *domain_dir, struct vm_error *err)
{
	struct vm_file_lock lock = { .fd = -1 };
	int folder = -1;
	enum vm_status status = open_domain(domain_dir, &folder, err);

	if (status != VM_OK)
		return status;
	status = vm_file_lock_take(&lock, folder, lock_name, err);
	if (status == VM_OK)
		status = vm_file_remove(folder, file_name, err);
	if (status == VM_OK)
		status = vm_file_sync_parent(folder, file_name, err);
	vm_file_lock_release(&lock);
	vm_file_discard(&folder);
	return status;
}
