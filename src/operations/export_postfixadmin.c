/* Writes statements that fill PostfixAdmin's tables. Every text is a literal that no engine's lexer can read otherwise. */
#include <config.h>

#include "operations/export_postfixadmin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/account_flag.h"
#include "core/quota.h"
#include "util/text.h"

enum {
	SUBJECT_MAX = VM_ADDRESS_MAX + 1,
	MIB = 1024 * 1024,
	NO_LOGIN = VM_FLAG_NO_POP | VM_FLAG_NO_IMAP | VM_FLAG_NO_WEBMAIL | VM_FLAG_NO_SMTP |
		   VM_FLAG_BOUNCE_MAIL,
	ADMIN = VM_FLAG_DOMAIN_ADMIN | VM_FLAG_SYSTEM_ADMIN,
};

#define PRINT_ROW(engine, table, key, columns, out)                                   \
	vm_script_row(engine,                                                         \
		      &(struct vm_script_row){ table, key, columns,                   \
					       sizeof(columns) / sizeof *(columns) }, \
		      out)

static const char *const names[VM_SCRIPT_ENGINES] = {
	[VM_SCRIPT_MYSQL] = "postfixadmin-mysql",
	[VM_SCRIPT_PGSQL] = "postfixadmin-pgsql",
	[VM_SCRIPT_SQLITE] = "postfixadmin-sqlite",
};

enum vm_script_engine vm_postfixadmin_find(const char *name)
{
	size_t engine = 0;

	while (engine < VM_SCRIPT_ENGINES && strcmp(names[engine], name) != 0)
		engine++;
	return (enum vm_script_engine)engine;
}

static void skip(const struct vm_postfixadmin *script, const char *kind, const char *user,
		 const char *domain, const char *text)
{
	char subject[SUBJECT_MAX];

	(void)vm_text_format(subject, sizeof subject, "%s%s%s", user, user[0] == '\0' ? "" : "@",
			     domain); /* fits */
	script->skip(script->context, kind, subject, text);
}

/* "UPDATE alias SET goto = goto and `more` WHERE ..." up to the condition. */
static void print_more(const struct vm_postfixadmin *script, struct vm_buf *out)
{
	vm_buf_append_text(out, "UPDATE ");
	vm_script_name(script->engine, "alias", out);
	vm_buf_append_text(out, " SET ");
	vm_script_name(script->engine, "goto", out);
	vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL ? " = CONCAT(" : " = ");
	vm_script_name(script->engine, "goto", out);
	vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL ? ", " : " || ");
}

static void print_where(const struct vm_postfixadmin *script, const char *name, const char *value,
			struct vm_buf *out)
{
	vm_buf_append_text(out, " WHERE ");
	vm_script_name(script->engine, name, out);
	vm_buf_append_text(out, " = ");
	vm_script_text(script->engine, value, out);
}

/* ---- Records ---- */

static void put_domain_row(const struct vm_postfixadmin *script, const char *domain,
			   struct vm_buf *out)
{
	const struct vm_script_column columns[] = {
		{ "domain", domain, false, false },      { "description", "", false, true },
		{ "transport", "virtual", false, true }, { "backupmx", "0", false, false },
		{ "active", "1", false, false },         { "aliases", "0", false, false },
		{ "mailboxes", "0", false, false },      { "maxquota", "0", false, false },
		{ "quota", "0", false, false },
	};

	PRINT_ROW(script->engine, "domain", "domain", columns, out);
}

static void put_alias_row(const struct vm_postfixadmin *script, const char *address,
			  const char *destinations, const char *domain, struct vm_buf *out)
{
	const struct vm_script_column columns[] = { { "address", address, false, false },
						    { "goto", destinations, false, false },
						    { "domain", domain, false, false },
						    { "active", "1", false, false } };

	PRINT_ROW(script->engine, "alias", "address", columns, out);
}

/* The account whose home or Maildir a path is, "" where it is none. It is named as its folder, below that of the domain. */
static void account_of_path(const struct vm_postfixadmin *script, const char *path,
			    char out[VM_USER_MAX + 1])
{
	const size_t length = strlen(script->dir);
	char copy[VM_PATH_MAX + 1];
	size_t end = 0;
	const char *name = NULL;

	out[0] = '\0';
	if (strncmp(path, script->dir, length) != 0 || path[length] != '/' ||
	    !vm_text_copy(copy, sizeof copy, path))
		return;
	end = strlen(copy);
	while (end > 0 && copy[end - 1] == '/')
		copy[--end] = '\0';
	if (vm_text_ends_with(copy, "/Maildir"))
		copy[end - strlen("/Maildir")] = '\0';
	name = strrchr(copy, '/');
	if (name != NULL && !vm_text_copy(out, VM_USER_MAX + 1, name + 1))
		out[0] = '\0';
}

/* An address that a list of PostfixAdmin's can hold; false: it has none. */
static bool address_of(const struct vm_postfixadmin *script, const struct vm_destination *from,
		       const char *domain, char out[VM_ALIAS_LINE_MAX + 1])
{
	char user[VM_USER_MAX + 1];

	switch (from->kind) {
	case VM_DESTINATION_FORWARD:
	case VM_DESTINATION_MAILBOX:
		return strpbrk(from->text, ", \t\r\n\"") == NULL &&
		       vm_text_format(out, VM_ALIAS_LINE_MAX + 1, "%s%s%s", from->text,
				      strchr(from->text, '@') == NULL ? "@" : "",
				      strchr(from->text, '@') == NULL ? domain : "");
	case VM_DESTINATION_MAILDIR:
		account_of_path(script, from->text, user);
		return user[0] != '\0' &&
		       vm_text_format(out, VM_ALIAS_LINE_MAX + 1, "%s@%s", user, domain);
	case VM_DESTINATION_MBOX:
	case VM_DESTINATION_PROGRAM:
	case VM_DESTINATION_LIST:
	case VM_DESTINATION_COMMENT:
	case VM_DESTINATION_KINDS:
		break;
	}
	return false;
}

/* The list, parted by commas; what cannot be in it is told. */
static void print_list(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
		       const struct vm_destination_list *list, struct vm_buf *out)
{
	char address[VM_ALIAS_LINE_MAX + 1], text[VM_ALIAS_LINE_MAX + 64];

	for (size_t i = 0; i < list->count; i++) {
		const struct vm_destination *const item = &list->items[i];

		if (address_of(script, item, transfer->domain, address)) {
			vm_buf_printf(out, "%s%s", out->length > 0 ? "," : "", address);
			continue;
		}
		(void)snprintf(text, sizeof text, "the %s \"%.200s\" is no address",
			       vm_destination_kind_name(item->kind), item->text);
		skip(script, "alias", transfer->user == NULL ? "" : transfer->user,
		     transfer->domain, text);
	}
}

static void put_catch_all(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
			  struct vm_buf *out)
{
	const char *const action = transfer->about.catch_all;
	char address[SUBJECT_MAX + 1], user[VM_USER_MAX + 1];
	struct vm_buf list;

	vm_buf_init(&list, VM_TRANSFER_LINE_MAX);
	(void)vm_text_format(address, sizeof address, "@%s", transfer->domain); /* fits */
	if (action != NULL && action[0] == '/') {
		account_of_path(script, action, user);
		if (user[0] != '\0')
			vm_buf_printf(&list, "%s@%s", user, transfer->domain);
		else
			skip(script, "domain", "", transfer->domain, "the catch-all is no account");
	} else if (action != NULL && strchr(action, '@') != NULL) {
		vm_buf_append_text(&list, action);
	} else if (action != NULL && strcmp(action, "delete") == 0) {
		skip(script, "domain", "", transfer->domain,
		     "mail for unknown recipients bounces there");
	}
	print_list(script, transfer, &transfer->about.fallback, &list);
	if (list.length > 0) {
		put_alias_row(script, address, list.bytes, transfer->domain, out);
	} else {
		vm_buf_append_text(out, "DELETE FROM ");
		vm_script_name(script->engine, "alias", out);
		print_where(script, "address", address, out);
		vm_buf_append_text(out, ";\n");
	}
	out->failed |= list.failed;
	vm_buf_release(&list);
}

static void put_domain(struct vm_postfixadmin *script, const struct vm_transfer *transfer,
		       struct vm_buf *out)
{
	script->alias[0] = '\0';
	if (transfer->about.dir == NULL ||
	    !vm_text_copy(script->dir, sizeof script->dir, transfer->about.dir))
		script->dir[0] = '\0';
	put_domain_row(script, transfer->domain, out);
	put_catch_all(script, transfer, out);
}

static void put_alias_domain(const struct vm_postfixadmin *script,
			     const struct vm_transfer *transfer, struct vm_buf *out)
{
	const struct vm_script_column columns[] = {
		{ "alias_domain", transfer->name, false, false },
		{ "target_domain", transfer->domain, false, false },
		{ "active", "1", false, false }
	};

	put_domain_row(script, transfer->name, out);
	PRINT_ROW(script->engine, "alias_domain", "alias_domain", columns, out);
}

/* 0 is no limit there, and -1 nothing at all. */
static int32_t their_maximum(int32_t ours)
{
	if (ours < 0)
		return 0;
	return ours == 0 ? -1 : ours;
}

static void put_limits(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
		       struct vm_buf *out)
{
	const struct vm_limits *const limits = &transfer->limits;
	const bool is_open = limits->max_aliases < 0 || limits->max_forwards < 0;
	const int32_t aliases = is_open                                      ? -1
				: limits->max_aliases > limits->max_forwards ? limits->max_aliases
									     : limits->max_forwards;

	vm_buf_append_text(out, "UPDATE ");
	vm_script_name(script->engine, "domain", out);
	vm_buf_printf(out,
		      " SET aliases = %" PRId32 ", mailboxes = %" PRId32 ", quota = %" PRIu64
		      ", maxquota = %" PRIu64,
		      their_maximum(aliases), their_maximum(limits->max_accounts),
		      limits->disk_quota_mb,
		      limits->default_quota / MIB + (limits->default_quota % MIB != 0));
	print_where(script, "domain", transfer->domain, out);
	vm_buf_append_text(out, ";\n");
	if (limits->max_aliases != limits->max_forwards)
		skip(script, "limits", "", transfer->domain,
		     "aliases and forwards have one limit there: the larger was taken");
	if (limits->max_autoresponders >= 0 || limits->max_lists >= 0 || limits->max_messages > 0 ||
	    limits->default_messages > 0)
		skip(script, "limits", "", transfer->domain,
		     "there is no limit of autoresponders, lists and messages");
	if (limits->disabled != 0 ||
	    (limits->perm_account | limits->perm_alias | limits->perm_forward |
	     limits->perm_autoresponder | limits->perm_list | limits->perm_list_users |
	     limits->perm_list_moderators | limits->perm_quota | limits->perm_default_quota) != 0)
		skip(script, "limits", "", transfer->domain,
		     "there are no flags and permissions of a domain");
}

static void put_admin(const struct vm_postfixadmin *script, const struct vm_account *account,
		      const char *address, const char *domain, struct vm_buf *out)
{
	const struct vm_script_column admin[] = { { "username", address, false, false },
						  { "password", account->hash, false, false },
						  { "active", "1", false, false } };
	const struct vm_script_column right[] = { { "username", address, false, false },
						  { "domain", domain, false, false },
						  { "active", "1", false, false } };

	PRINT_ROW(script->engine, "admin", "username", admin, out);
	vm_buf_append_text(out, "DELETE FROM ");
	vm_script_name(script->engine, "domain_admins", out);
	print_where(script, "username", address, out);
	vm_buf_append_text(out, " AND ");
	vm_script_name(script->engine, "domain", out);
	vm_buf_append_text(out, " = ");
	vm_script_text(script->engine, domain, out);
	vm_buf_append_text(out, ";\n");
	PRINT_ROW(script->engine, "domain_admins", NULL, right, out);
}

static void tell_flags(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
		       uint32_t flags)
{
	char text[64];

	for (uint32_t bit = 1; bit != 0; bit <<= 1) {
		const char *const name = vm_account_flag_name(bit);

		if ((flags & bit) == 0)
			continue;
		(void)snprintf(text, sizeof text, "the flag %s has no place there",
			       name == NULL ? "of a bit without a name" : name);
		skip(script, "account", transfer->user, transfer->domain, text);
	}
}

static void put_account(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
			struct vm_buf *out)
{
	const struct vm_account *const account = &transfer->account.account;
	const bool is_active = (account->flags & (uint32_t)NO_LOGIN) != (uint32_t)NO_LOGIN;
	char address[SUBJECT_MAX], folder[SUBJECT_MAX + 1], bytes[24];
	struct vm_quota quota = { 0 };
	struct vm_error ignored; /* what is no quota limits nobody */
	const struct vm_script_column columns[] = {
		{ "username", address, false, false },
		{ "password", account->hash, false, false },
		{ "name", account->comment, false, false },
		{ "maildir", folder, false, true },
		{ "quota", bytes, false, false },
		{ "local_part", transfer->user, false, false },
		{ "domain", transfer->domain, false, false },
		{ "active", is_active ? "1" : "0", false, false },
	};

	if (vm_quota_parse(account->quota, &quota, &ignored) != VM_OK)
		quota = (struct vm_quota){ 0 };
	/* all of them fit */
	(void)vm_text_format(address, sizeof address, "%s@%s", transfer->user, transfer->domain);
	(void)vm_text_format(folder, sizeof folder, "%s/%s/", transfer->domain, transfer->user);
	(void)vm_text_format(bytes, sizeof bytes, "%" PRIu64, quota.bytes);
	PRINT_ROW(script->engine, "mailbox", "username", columns, out);
	put_alias_row(script, address, address, transfer->domain, out);
	if ((account->flags & VM_FLAG_SYSTEM_ADMIN) != 0)
		put_admin(script, account, address, "ALL", out);
	if ((account->flags & VM_FLAG_DOMAIN_ADMIN) != 0)
		put_admin(script, account, address, transfer->domain, out);
	tell_flags(script, transfer,
		   account->flags & ~(uint32_t)ADMIN & ~(is_active ? 0 : (uint32_t)NO_LOGIN));
	if (quota.messages > 0)
		skip(script, "account", transfer->user, transfer->domain,
		     "there is no quota of messages");
}

static void put_alias(struct vm_postfixadmin *script, const struct vm_transfer *transfer,
		      struct vm_buf *out)
{
	const bool goes_on = strcmp(script->alias, transfer->user) == 0;
	char address[SUBJECT_MAX];
	struct vm_buf list;

	vm_buf_init(&list, VM_TRANSFER_LINE_MAX);
	(void)vm_text_format(address, sizeof address, "%s@%s", transfer->user,
			     transfer->domain); /* fits */
	print_list(script, transfer, &transfer->destinations, &list);
	if (list.length > 0 && !goes_on) {
		put_alias_row(script, address, list.bytes, transfer->domain, out);
		(void)vm_text_copy(script->alias, sizeof script->alias, transfer->user); /* fits */
	} else if (list.length > 0) {
		print_more(script, out);
		vm_script_text(script->engine, ",", out);
		vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL ? ", " : " || ");
		vm_script_text(script->engine, list.bytes, out);
		vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL ? ")" : "");
		print_where(script, "address", address, out);
		vm_buf_append_text(out, ";\n");
	}
	out->failed |= list.failed;
	vm_buf_release(&list);
}

/* A moment as a timestamp. */
static void print_moment(const struct vm_postfixadmin *script, time_t when, char out[64])
{
	static const char *const before[] = { "FROM_UNIXTIME(", "to_timestamp(", "datetime(" };

	(void)snprintf(out, 64, "%s%lld%s", before[script->engine], (long long)when,
		       script->engine == VM_SCRIPT_SQLITE ? ", 'unixepoch')" : ")");
}

static void put_vacation(const struct vm_postfixadmin *script, const struct vm_transfer *transfer,
			 struct vm_buf *out)
{
	/* PostfixAdmin's own: "always". */
	static const time_t first = 946684800, last = 2147385600;
	const struct vm_transfer_vacation *const vacation = &transfer->vacation;
	char address[SUBJECT_MAX], from[64], until[64], interval[24];
	const struct vm_script_column columns[] = {
		{ "email", address, false, false },
		{ "subject", vacation->subject == NULL ? "" : vacation->subject, false, false },
		{ "body", vacation->text, false, false },
		{ "cache", "", false, true },
		{ "domain", transfer->domain, false, false },
		{ "active", "1", false, false },
		{ "activefrom", from, true, false },
		{ "activeuntil", until, true, false },
		{ "interval_time", interval, false, false },
	};

	if (script->vacation_domain == NULL) {
		skip(script, "vacation", transfer->user, transfer->domain,
		     "its text is left out without --vacation-domain");
		return;
	}
	(void)vm_text_format(address, sizeof address, "%s@%s", transfer->user,
			     transfer->domain); /* fits */
	(void)vm_text_format(interval, sizeof interval, "%" PRIu64, vacation->interval);
	print_moment(script, vacation->from == 0 ? first : vacation->from, from);
	print_moment(script,
		     vacation->until == 0 || vacation->until > last ? last : vacation->until,
		     until);
	PRINT_ROW(script->engine, "vacation", "email", columns, out);
}

void vm_postfixadmin_begin(const struct vm_postfixadmin *script, struct vm_buf *out)
{
	static const char *const beginnings[VM_SCRIPT_ENGINES] = {
		[VM_SCRIPT_MYSQL] = "SET NAMES utf8mb4;\nSTART TRANSACTION;\n",
		[VM_SCRIPT_PGSQL] = ("\\set ON_ERROR_STOP on\nSET client_encoding = 'UTF8';\n"
				     "SET standard_conforming_strings = on;\nBEGIN;\n"),
		[VM_SCRIPT_SQLITE] = ".bail on\nBEGIN IMMEDIATE;\n",
	};

	vm_buf_append_text(out, beginnings[script->engine]);
}

void vm_postfixadmin_put(void *script, const struct vm_transfer *transfer, struct vm_buf *out)
{
	struct vm_postfixadmin *const into = script;

	switch (transfer->type) {
	case VM_TRANSFER_DOMAIN:
		put_domain(into, transfer, out);
		break;
	case VM_TRANSFER_ALIAS_DOMAIN:
		put_alias_domain(into, transfer, out);
		break;
	case VM_TRANSFER_LIMITS:
		put_limits(into, transfer, out);
		break;
	case VM_TRANSFER_ACCOUNT:
		put_account(into, transfer, out);
		break;
	case VM_TRANSFER_ALIAS:
		put_alias(into, transfer, out);
		break;
	case VM_TRANSFER_VACATION:
		put_vacation(into, transfer, out);
		break;
	case VM_TRANSFER_IP_MAP:
		skip(into, "ip_map", "", transfer->name, "addresses have no domain there");
		break;
	case VM_TRANSFER_EXPORT:
	case VM_TRANSFER_END:
	case VM_TRANSFER_DOMAIN_ADMIN: /* the flags of the account say it */
	case VM_TRANSFER_TYPES:
		break;
	}
}

/* An answer is sent because the alias leads to "joe#example.org@VACATION-DOMAIN" too. */
void vm_postfixadmin_end_domain(const struct vm_postfixadmin *script, const char *domain,
				struct vm_buf *out)
{
	char suffix[VM_DOMAIN_MAX + 2];

	if (script->vacation_domain == NULL ||
	    !vm_text_format(suffix, sizeof suffix, "@%s", script->vacation_domain))
		return;
	print_more(script, out);
	vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL
					? "',', REPLACE(address, '@', '#'), "
					: "',' || REPLACE(address, '@', '#') || ");
	vm_script_text(script->engine, suffix, out);
	vm_buf_append_text(out, script->engine == VM_SCRIPT_MYSQL ? ")" : "");
	print_where(script, "domain", domain, out);
	vm_buf_append_text(out, " AND address IN (SELECT email FROM vacation");
	print_where(script, "domain", domain, out);
	vm_buf_append_text(out, " AND active = '1')");
	if (script->engine == VM_SCRIPT_MYSQL)
		vm_buf_append_text(
			out, " AND LOCATE(CONCAT(REPLACE(address, '@', '#'), '@'), `goto`) = 0");
	else
		vm_buf_printf(out, " AND %s = 0",
			      script->engine == VM_SCRIPT_PGSQL
				      ? "strpos(goto, REPLACE(address, '@', '#') || '@')"
				      : "instr(goto, REPLACE(address, '@', '#') || '@')");
	vm_buf_append_text(out, ";\n");
}

void vm_postfixadmin_commit(struct vm_buf *out)
{
	vm_buf_append_text(out, "COMMIT;\n");
}
