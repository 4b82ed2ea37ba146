/* Reads and prints limits as vmoddomlimits does. */
#include <config.h>

#include "cli/limits_print.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct service_row {
	char letter;
	uint32_t flag;
	const char *name;
};

/* In the order of 5.4's list. */
static const struct service_row services[] = {
	{ 'i', VM_FLAG_NO_IMAP, "NO_IMAP" },
	{ 's', VM_FLAG_NO_SMTP, "NO_SMTP" },
	{ 'p', VM_FLAG_NO_POP, "NO_POP" },
	{ 'w', VM_FLAG_NO_WEBMAIL, "NO_WEBMAIL" },
	{ 'd', VM_FLAG_NO_PASSWORD_CHANGE, "NO_PASSWD_CHNG" },
	{ 'r', VM_FLAG_NO_RELAY, "NO_RELAY" },
	{ 'u', VM_FLAG_NO_DIALUP, "NO_DIALUP" },
	{ 'c', VM_FLAG_NO_SPAMASSASSIN, "NO_SPAMASSASSIN" },
	{ 'x', VM_FLAG_DELETE_SPAM, "DEL_SPAM" },
	{ 'm', VM_FLAG_NO_MAILDROP, "NO_MAILDROP" },
};

enum { SERVICES = sizeof services / sizeof services[0] };

enum vm_status vm_permission_parse(const char *letters, uint8_t *out, struct vm_error *err)
{
	uint8_t value = 0;

	for (const char *letter = letters; *letter != '\0'; letter++) {
		if (*letter == 'a')
			value |= VM_DENY_ALL;
		else if (*letter == 'c')
			value |= VM_DENY_CREATE;
		else if (*letter == 'm')
			value |= VM_DENY_MODIFY;
		else if (*letter == 'd')
			value |= VM_DENY_DELETE;
		else
			return vm_fail_field(err, VM_INVALID, "limit",
					     "\"%s\" is not letters of a, c, m, d", letters);
	}
	*out = value;
	return VM_OK;
}

enum vm_status vm_service_letters_parse(const char *letters, uint32_t *out, struct vm_error *err)
{
	uint32_t mask = 0;

	for (const char *letter = letters; *letter != '\0'; letter++) {
		uint32_t flag = 0;

		for (size_t i = 0; i < SERVICES; i++)
			if (services[i].letter == *letter)
				flag = services[i].flag;
		if (flag == 0)
			return vm_fail_field(
				err, VM_INVALID, "limit",
				"\"%s\" is not letters of u, d, p, s, w, i, r, c, x, m", letters);
		mask |= flag;
	}
	*out = mask;
	return VM_OK;
}

static void show_permission(struct vm_session *session, const char *label, uint8_t value)
{
	vm_session_printf(session, "  %-24s%-13s%-13s%-13s\n", label,
			  (value & VM_DENY_CREATE) != 0 ? "DENY_CREATE" : "ALLOW_CREATE",
			  (value & VM_DENY_MODIFY) != 0 ? "DENY_MODIFY" : "ALLOW_MODIFY",
			  (value & VM_DENY_DELETE) != 0 ? "DENY_DELETE" : "ALLOW_DELETE");
}

static void show_text(struct vm_session *session, const struct vm_limits *limits)
{
	vm_session_printf(session, "Max Pop Accounts: %d\nMax Aliases: %d\nMax Forwards: %d\n",
			  limits->max_accounts, limits->max_aliases, limits->max_forwards);
	vm_session_printf(session, "Max Autoresponders: %d\nMax Mailinglists: %d\nGID Flags:\n",
			  limits->max_autoresponders, limits->max_lists);
	for (size_t i = 0; i < SERVICES; i++)
		if ((limits->disabled & services[i].flag) != 0)
			vm_session_printf(session, "  %s\n", services[i].name);
	vm_session_printf(session, "Flags (for commandline): ");
	for (size_t i = 0; i < SERVICES; i++)
		if ((limits->disabled & services[i].flag) != 0)
			vm_session_printf(session, "%c", services[i].letter);
	vm_session_printf(session, "\nFlags for non postmaster accounts:\n");
	show_permission(session, "pop account:", limits->perm_account);
	show_permission(session, "alias:", limits->perm_alias);
	show_permission(session, "forward:", limits->perm_forward);
	show_permission(session, "autoresponder:", limits->perm_autoresponder);
	show_permission(session, "mailinglist:", limits->perm_list);
	show_permission(session, "mailinglist users:", limits->perm_list_users);
	show_permission(session, "mailinglist moderators:", limits->perm_list_moderators);
	show_permission(session, "quota:", limits->perm_quota);
	show_permission(session, "default quota:", limits->perm_default_quota);
	vm_session_printf(session, "Domain Quota: %" PRIu64 " MB\n", limits->disk_quota_mb);
	vm_session_printf(session, "Default User Quota: %" PRIu64 " bytes\n",
			  limits->default_quota);
	vm_session_printf(session, "Max Domain Messages: %" PRIu64 "\n", limits->max_messages);
	vm_session_printf(session, "Default Max Messages per User: %" PRIu64 "\n",
			  limits->default_messages);
}

static void show_json(struct vm_session *session, const char *name, const struct vm_limits *limits)
{
	const struct {
		const char *key;
		int64_t value;
	} members[] = {
		{ "max_accounts", limits->max_accounts },
		{ "max_aliases", limits->max_aliases },
		{ "max_forwards", limits->max_forwards },
		{ "max_autoresponders", limits->max_autoresponders },
		{ "max_lists", limits->max_lists },
		{ "disk_quota_mb", (int64_t)limits->disk_quota_mb },
		{ "max_messages", (int64_t)limits->max_messages },
		{ "default_quota", (int64_t)limits->default_quota },
		{ "default_messages", (int64_t)limits->default_messages },
		{ "disabled_flags", limits->disabled },
		{ "perm_account", limits->perm_account },
		{ "perm_alias", limits->perm_alias },
		{ "perm_forward", limits->perm_forward },
		{ "perm_autoresponder", limits->perm_autoresponder },
		{ "perm_list", limits->perm_list },
		{ "perm_list_users", limits->perm_list_users },
		{ "perm_list_moderators", limits->perm_list_moderators },
		{ "perm_quota", limits->perm_quota },
		{ "perm_default_quota", limits->perm_default_quota },
	};

	vm_session_begin(session);
	vm_json_member_string(&session->writer, "name", name);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		vm_json_member_i64(&session->writer, members[i].key, members[i].value);
	vm_session_end(session);
}

void vm_limits_show(struct vm_session *session, const char *what, const char *name,
		    const struct vm_limits *limits)
{
	if (session->json) {
		show_json(session, name, limits);
		return;
	}
	vm_session_printf(session, "%s: %s\n--\n", what, name);
	show_text(session, limits);
}
