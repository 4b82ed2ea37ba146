/* Quotas and usage for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/maildir_size.h"
#include "core/quota.h"
#include "maildirquota.h"
#include "operations/domain_room.h"
#include "operations/usage_read.h"
#include "util/file.h"
#include "util/text.h"

enum { PATH_TEXT_MAX = VM_PATH_MAX + 32, ARENA_MAX = 65536 };

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

/* A message that is delivered comes on standard input. */
static uint64_t size_of_message(void)
{
	struct stat stat;

	return fstat(STDIN_FILENO, &stat) == 0 && S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size
									: 0;
}

VM_EXPORT int user_over_maildirquota(const char *maildir, const char *quota)
{
	const uint64_t size = size_of_message();
	struct vm_quota parsed;
	struct vm_usage usage = { 0 };
	struct vm_error err;
	int folder = -1;
	enum vm_status status = VM_INVALID;

	if (maildir == NULL || quota == NULL)
		return -1;
	status = read_usage(maildir, quota, &parsed, &usage, &err);
	/* What says no is counted again first. */
	if (status == VM_OK && vm_quota_is_exceeded_by(&parsed, &usage, size)) {
		status = vm_file_open_folder(AT_FDCWD, maildir, &folder, &err);
		if (status == VM_OK)
			status = vm_maildir_size_recount(folder, &parsed, &usage, &err);
		vm_file_discard(&folder);
	}
	return vm_compat_answer(status, &err) != VA_SUCCESS
		       ? -1
		       : vm_quota_is_exceeded_by(&parsed, &usage, size);
}

/* The domain that a Maildir or a home is in. VM_NOT_FOUND: in none. */
static enum vm_status find_domain(const char *dir, struct vm_arena *arena, struct vm_domain *out,
				  struct vm_error *err)
{
	const struct vm_context *const context = vm_compat_context();
	char path[PATH_TEXT_MAX];
	const char *at = NULL;

	if (context == NULL)
		return vm_fail(err, VM_TEMPFAIL, "the installation cannot be opened");
	if (dir == NULL || !vm_text_format(path, sizeof path, "%s%s", dir,
					   strstr(dir, "/Maildir") == NULL ? "/Maildir" : ""))
		return vm_fail_field(err, VM_INVALID, "dir", "the folder is too long");
	at = strchr(maildir_to_email(path), '@');
	if (at == NULL)
		return vm_fail_field(err, VM_NOT_FOUND, "domain", "%s is in no domain", dir);
	return vm_store_domain_get(context->store, at + 1, arena, out, err);
}

VM_EXPORT int readdomainquota(const char *dir, storage_t *bytes, storage_t *messages)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_usage usage = { 0 };
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = find_domain(dir, &arena, &domain, &err);
	if (status == VM_OK)
		status = vm_usage_read_domain(vm_compat_context(), &domain, &usage, &err);
	vm_arena_release(&arena);
	if (vm_compat_answer(status, &err) != VA_SUCCESS)
		return -1;
	if (bytes != NULL)
		*bytes = usage.bytes;
	if (messages != NULL)
		*messages = usage.messages;
	return 0;
}

VM_EXPORT int domain_over_maildirquota(const char *dir)
{
	struct vm_arena arena;
	struct vm_domain domain;
	struct vm_quota quota;
	struct vm_error err;
	enum vm_status status = VM_INTERNAL;

	vm_arena_init(&arena, ARENA_MAX);
	status = find_domain(dir, &arena, &domain, &err);
	if (status == VM_OK)
		status = vm_domain_room_quota(vm_compat_context(), &domain, &quota, &err);
	if (status == VM_OK && !vm_quota_is_unlimited(&quota))
		status = vm_domain_room_check(vm_compat_context(), &domain, &quota,
					      size_of_message(), true, &err);
	vm_arena_release(&arena);
	if (status == VM_LIMIT)
		return 1;
	return vm_compat_answer(status, &err) == VA_SUCCESS ? 0 : -1;
}

VM_EXPORT int maildir_addquota(const char *maildir, int fd, const char *quota, storage_t bytes,
			       storage_t messages)
{
	struct vm_error err;
	int folder = -1;
	enum vm_status status = VM_INVALID;

	(void)fd;
	(void)quota;
	if (maildir != NULL && bytes <= INT64_MAX && messages <= INT64_MAX)
		status = vm_file_open_folder(AT_FDCWD, maildir, &folder, &err);
	if (status == VM_OK)
		status = vm_maildir_size_add(folder, (int64_t)bytes, (int64_t)messages, &err);
	vm_file_discard(&folder);
	return status == VM_OK ? 0 : -1;
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
