/* Quotas and usage for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/maildir_size.h"
#include "core/quota.h"
#include "util/file.h"
#include "util/text.h"

enum { PATH_TEXT_MAX = VM_PATH_MAX + 32 };

VM_EXPORT char *format_maildirquota(const char *quota)
{
	static char text[VM_QUOTA_MAX + 1];
	struct vm_quota parsed = { 0 };
	struct vm_error err;

	text[0] = '\0';
	if (quota == NULL || vm_quota_parse(quota, &parsed, &err) != VM_OK)
		return text;
	vm_quota_print(&parsed, text);
	return text;
}

static enum vm_status read_usage(const char *maildir, const char *quota, struct vm_quota *parsed,
				 struct vm_usage *out, struct vm_error *err)
{
	int folder = -1;
	enum vm_status status = VM_OK;

	*parsed = (struct vm_quota){ 0 };
	if (quota != NULL)
		status = vm_quota_parse(quota, parsed, err);
	if (status == VM_OK)
		status = vm_file_open_folder(AT_FDCWD, maildir, &folder, err);
	if (status == VM_OK && vm_quota_is_unlimited(parsed))
		status = vm_maildir_size_recount(folder, parsed, out, err);
	else if (status == VM_OK)
		status = vm_maildir_size_read(folder, parsed, out, err);
	vm_file_discard(&folder);
	return status;
}

VM_EXPORT int readuserquota(const char *maildir, storage_t *bytes, storage_t *messages)
{
	struct vm_quota none;
	struct vm_usage usage = { 0 };
	struct vm_error err;

	if (maildir == NULL || read_usage(maildir, NULL, &none, &usage, &err) != VM_OK)
		return -1;
	if (bytes != NULL)
		*bytes = usage.bytes;
	if (messages != NULL)
		*messages = usage.messages;
	return 0;
}

VM_EXPORT int vmaildir_readquota(const char *maildir, const char *quota)
{
	struct vm_quota parsed;
	struct vm_usage usage = { 0 };
	struct vm_error err;

	if (maildir == NULL || quota == NULL ||
	    read_usage(maildir, quota, &parsed, &usage, &err) != VM_OK)
		return 0;
	return (int)vm_quota_percent(&parsed, &usage);
}

VM_EXPORT void remove_maildirsize(char *home)
{
	char path[PATH_TEXT_MAX];

	if (home != NULL && vm_text_format(path, sizeof path, "%s/Maildir/maildirsize", home))
		(void)unlink(
			path); /* it is counted again when it is missing, and mended when it is wrong */
}

VM_EXPORT void update_maildirsize(char *domain, char *home, char *quota)
{
	char path[PATH_TEXT_MAX];
	struct vm_quota parsed;
	struct vm_error err;
	int folder = -1;

	(void)domain;
	if (home == NULL || quota == NULL ||
	    !vm_text_format(path, sizeof path, "%s/Maildir", home) ||
	    vm_quota_parse(quota, &parsed, &err) != VM_OK ||
	    vm_file_open_folder(AT_FDCWD, path, &folder, &err) != VM_OK)
		return;
	if (vm_maildir_size_set_quota(folder, &parsed, &err) != VM_OK)
		remove_maildirsize(home);
	vm_file_discard(&folder);
}
