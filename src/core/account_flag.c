/* Names the flags of an account. */
#include <config.h>

#include "core/account_flag.h"

#include <string.h>

static const struct {
	uint32_t flag;
	const char *name;
} rows[] = {
	{ VM_FLAG_NO_PASSWORD_CHANGE, "no_password_change" },
	{ VM_FLAG_NO_POP, "no_pop" },
	{ VM_FLAG_NO_WEBMAIL, "no_webmail" },
	{ VM_FLAG_NO_IMAP, "no_imap" },
	{ VM_FLAG_BOUNCE_MAIL, "bounce_mail" },
	{ VM_FLAG_NO_RELAY, "no_relay" },
	{ VM_FLAG_NO_DIALUP, "no_dialup" },
	{ VM_FLAG_USER_0, "user_flag_0" },
	{ VM_FLAG_USER_1, "user_flag_1" },
	{ VM_FLAG_USER_2, "user_flag_2" },
	{ VM_FLAG_USER_3, "user_flag_3" },
	{ VM_FLAG_NO_SMTP, "no_smtp" },
	{ VM_FLAG_DOMAIN_ADMIN, "domain_admin_privileges" },
	{ VM_FLAG_OVERRIDE_LIMITS, "override_domain_limits" },
	{ VM_FLAG_NO_SPAMASSASSIN, "no_spamassassin" },
	{ VM_FLAG_DELETE_SPAM, "delete_spam" },
	{ VM_FLAG_SYSTEM_ADMIN, "system_admin_privileges" },
	{ VM_FLAG_SYSTEM_EXPERT, "system_expert_privileges" },
	{ VM_FLAG_NO_MAILDROP, "no_maildrop" },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const char *vm_account_flag_name(uint32_t flag)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].flag == flag)
			return rows[i].name;
	return NULL;
}

uint32_t vm_account_flag_find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].flag;
	return 0;
}

uint32_t vm_account_flags_unnamed(uint32_t flags)
{
	for (size_t i = 0; i < ROWS; i++)
		flags &= ~rows[i].flag;
	return flags;
}
