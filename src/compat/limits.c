/* Limits of domains for libvpopmail. */
#include <config.h>

#include "compat.h"

#include <fcntl.h>
#include <string.h>

#include "core/limits.h"
#include "operations/account_access.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

/* The switches in the order of the struct. */
static const uint32_t switches[] = { VM_FLAG_NO_POP,      VM_FLAG_NO_IMAP,
				     VM_FLAG_NO_DIALUP,   VM_FLAG_NO_PASSWORD_CHANGE,
				     VM_FLAG_NO_WEBMAIL,  VM_FLAG_NO_RELAY,
				     VM_FLAG_NO_SMTP,     VM_FLAG_NO_SPAMASSASSIN,
				     VM_FLAG_DELETE_SPAM, VM_FLAG_NO_MAILDROP };
enum { SWITCHES = sizeof switches / sizeof *switches, FILE_MAX = 65536 };

static void list_switches(struct vlimits *limits, short *out[SWITCHES])
{
	short *const all[SWITCHES] = { &limits->disable_pop,     &limits->disable_imap,
				       &limits->disable_dialup,  &limits->disable_passwordchanging,
				       &limits->disable_webmail, &limits->disable_relay,
				       &limits->disable_smtp,    &limits->disable_spamassassin,
				       &limits->delete_spam,     &limits->disable_maildrop };

	memcpy(out, all, sizeof all);
}

static void to_theirs(const struct vm_limits *from, struct vlimits *to)
{
	short *out[SWITCHES];

	*to = (struct vlimits){ .maxpopaccounts = from->max_accounts,
				.maxaliases = from->max_aliases,
				.maxforwards = from->max_forwards,
				.maxautoresponders = from->max_autoresponders,
				.maxmailinglists = from->max_lists,
				.diskquota = from->disk_quota_mb,
				.maxmsgcount = from->max_messages,
				.defaultquota = from->default_quota,
				.defaultmaxmsgcount = from->default_messages,
				.perm_account = from->perm_account,
				.perm_alias = from->perm_alias,
				.perm_forward = from->perm_forward,
				.perm_autoresponder = from->perm_autoresponder,
				.perm_maillist = from->perm_list,
				.perm_maillist_users = from->perm_list_users,
				.perm_maillist_moderators = from->perm_list_moderators,
				.perm_quota = from->perm_quota,
				.perm_defaultquota = from->perm_default_quota };
	list_switches(to, out);
	for (size_t i = 0; i < SWITCHES; i++)
		*out[i] = (from->disabled & switches[i]) != 0;
}

static uint32_t mask_of(const struct vlimits *limits)
{
	struct vlimits copy = *limits;
	short *out[SWITCHES];
	uint32_t mask = 0;

	list_switches(&copy, out);
	for (size_t i = 0; i < SWITCHES; i++)
		if (*out[i] != 0)
			mask |= switches[i];
	return mask;
}

static void to_ours(const struct vlimits *from, struct vm_limits *to)
{
	*to = (struct vm_limits){
		.max_accounts = from->maxpopaccounts,
		.max_aliases = from->maxaliases,
		.max_forwards = from->maxforwards,
		.max_autoresponders = from->maxautoresponders,
		.max_lists = from->maxmailinglists,
		.disk_quota_mb = from->diskquota,
		.max_messages = from->maxmsgcount,
		.default_quota = from->defaultquota,
		.default_messages = from->defaultmaxmsgcount,
		.disabled = mask_of(from),
		.perm_account = (uint8_t)(from->perm_account & VM_DENY_ALL),
		.perm_alias = (uint8_t)(from->perm_alias & VM_DENY_ALL),
		.perm_forward = (uint8_t)(from->perm_forward & VM_DENY_ALL),
		.perm_autoresponder = (uint8_t)(from->perm_autoresponder & VM_DENY_ALL),
		.perm_list = (uint8_t)(from->perm_maillist & VM_DENY_ALL),
		.perm_list_users = (uint8_t)(from->perm_maillist_users & VM_DENY_ALL),
		.perm_list_moderators = (uint8_t)(from->perm_maillist_moderators & VM_DENY_ALL),
		.perm_quota = (uint8_t)(from->perm_quota & VM_DENY_ALL),
		.perm_default_quota = (uint8_t)(from->perm_defaultquota & VM_DENY_ALL)
	};
}

VM_EXPORT void vdefault_limits(struct vlimits *limits)
{
	struct vm_limits none;

	vm_limits_default(&none);
	if (limits != NULL)
		to_theirs(&none, limits);
}

VM_EXPORT int vget_limits(const char *domain, struct vlimits *limits)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_limits found;
	struct vm_error err;

	if (limits == NULL || vm_compat_parse_domain(domain, name) != VA_SUCCESS ||
	    vm_compat_answer(vm_store_limits_get(vm_compat_context()->store, name, &found, &err),
			     &err) != VA_SUCCESS)
		return -1;
	to_theirs(&found, limits);
	return 0;
}

VM_EXPORT int vset_limits(const char *domain, const struct vlimits *limits)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_limits wanted;
	struct vm_error err;

	if (limits == NULL || vm_compat_parse_domain(domain, name) != VA_SUCCESS)
		return -1;
	to_ours(limits, &wanted);
	return vm_compat_answer(vm_store_limits_put(vm_compat_context()->store, name, &wanted,
						    &err),
				&err) == VA_SUCCESS
		       ? 0
		       : -1;
}

VM_EXPORT int vdel_limits(const char *domain)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_error err;

	if (vm_compat_parse_domain(domain, name) != VA_SUCCESS ||
	    vm_compat_answer(vm_store_limits_remove(vm_compat_context()->store, name, &err),
			     &err) != VA_SUCCESS)
		return -1;
	return 0;
}

VM_EXPORT int vlimits_read_limits_file(const char *path, struct vlimits *limits)
{
	struct vm_limits merged;
	struct vm_buf text;
	struct vm_error err;
	enum vm_status status = VM_INVALID;

	vm_buf_init(&text, FILE_MAX);
	if (path != NULL && limits != NULL)
		status = vm_file_read_all(AT_FDCWD, path, &text, &err);
	if (status == VM_OK) {
		to_ours(limits, &merged);
		status = vm_limits_parse(text.bytes, &merged, &err);
	}
	if (status == VM_OK)
		to_theirs(&merged, limits);
	vm_buf_release(&text);
	return status == VM_OK ? 0 : -1;
}

VM_EXPORT int vlimits_write_limits_file(const char *path, const struct vlimits *limits)
{
	struct vm_limits wanted;
	struct vm_buf old_text, text;
	const char *name = NULL;
	struct vm_error err;
	int folder = -1;
	enum vm_status status = VM_INVALID;

	vm_buf_init(&old_text, FILE_MAX);
	vm_buf_init(&text, FILE_MAX);
	if (path != NULL && limits != NULL)
		status = vm_compat_open_folder(path, &folder, &name, &err);
	if (status == VM_OK)
		status = vm_file_read_all(folder, name, &old_text, &err);
	if (status == VM_OK || (status == VM_NOT_FOUND && folder >= 0)) {
		to_ours(limits, &wanted);
		status = vm_limits_print(&wanted, status == VM_OK ? old_text.bytes : "", &text,
					 &err);
	}
	if (status == VM_OK)
		status = vm_file_replace_with(folder, name, 0600, text.bytes, text.length, &err);
	vm_file_discard(&folder);
	vm_buf_release(&old_text);
	vm_buf_release(&text);
	return status == VM_OK ? 0 : -1;
}

VM_EXPORT int vlimits_get_flag_mask(struct vlimits *limits)
{
	return limits == NULL ? 0 : (int)mask_of(limits);
}

VM_EXPORT void vlimits_setflags(struct vqpasswd *pw, char *domain)
{
	struct vlimits theirs;
	struct vm_limits limits;

	if (pw == NULL)
		return;
	pw->pw_flags = pw->pw_gid;
	if (vget_limits(domain, &theirs) != 0)
		return;
	to_ours(&theirs, &limits);
	pw->pw_flags = vm_access_decide(pw->pw_gid, &limits, VM_SERVICE_ANY).flags;
}
