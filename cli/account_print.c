/* Prints accounts with 5.4's labels, as bare values, or as JSON. */
#include <config.h>

#include "cli/account_print.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "core/account_flag.h"
#include "core/maildir_size.h"
#include "core/quota.h"
#include "operations/account_access.h"
#include "util/file.h"
#include "util/text.h"

struct flag_row {
	uint32_t flag;
	const char *text; /* 5.4's line */
};

static const struct flag_row flag_rows[] = {
	{ VM_FLAG_NO_PASSWORD_CHANGE, "password can not be changed by user" },
	{ VM_FLAG_NO_POP, "pop access closed" },
	{ VM_FLAG_NO_WEBMAIL, "webmail access closed" },
	{ VM_FLAG_NO_IMAP, "imap access closed" },
	{ VM_FLAG_NO_SMTP, "smtp access is closed" },
	{ VM_FLAG_NO_RELAY, "user not allowed to relay mail" },
	{ VM_FLAG_NO_SPAMASSASSIN, "spamassassin processing disabled" },
	{ VM_FLAG_DELETE_SPAM, "delete spam" },
	{ VM_FLAG_NO_MAILDROP, "maildrop processing disabled" },
	{ VM_FLAG_NO_DIALUP, "no dialup flag has been set" },
	{ VM_FLAG_BOUNCE_MAIL, "mail will be bounced back to sender" },
	{ VM_FLAG_DOMAIN_ADMIN, "has qmailadmin administrator access" },
	{ VM_FLAG_SYSTEM_ADMIN, "has system administrator access" },
	{ VM_FLAG_SYSTEM_EXPERT, "has expert access" },
	{ VM_FLAG_USER_0, "user flag 0 is set" },
	{ VM_FLAG_USER_1, "user flag 1 is set" },
	{ VM_FLAG_USER_2, "user flag 2 is set" },
	{ VM_FLAG_USER_3, "user flag 3 is set" },
	{ VM_FLAG_OVERRIDE_LIMITS, "user is not subject to domain limits" },
};

enum { FLAG_ROWS = sizeof flag_rows / sizeof flag_rows[0] };

/* What is looked up only when it is shown. */
struct details {
	bool is_unlimited;
	unsigned int percent;
	struct vm_usage usage;
	struct vm_last_login login;
};

/* No Maildir yet: nothing is stored. */
static enum vm_status measure(const struct vm_account *account, struct details *details,
			      struct vm_error *err)
{
	struct vm_quota quota = { 0 };
	char path[VM_PATH_MAX + 16];
	int maildir = -1;
	enum vm_status status = VM_OK;

	/* An old text that we would refuse today meant "unlimited" to 5.4. */
	if (vm_quota_parse(account->quota, &quota, err) != VM_OK)
		quota = (struct vm_quota){ 0 };
	details->is_unlimited = vm_quota_is_unlimited(&quota);
	if (details->is_unlimited || account->home[0] == '\0' ||
	    !vm_text_format(path, sizeof path, "%s/Maildir", account->home))
		return VM_OK;
	status = vm_file_open_folder(AT_FDCWD, path, &maildir, err);
	if (status == VM_OK)
		status = vm_maildir_size_read(maildir, &quota, &details->usage, err);
	vm_file_discard(&maildir);
	details->percent = vm_quota_percent(&quota, &details->usage);
	return status == VM_NOT_FOUND ? VM_OK : status;
}

static enum vm_status look_up(struct vm_session *session, const struct vm_account *account,
			      uint32_t fields, struct details *details, struct vm_error *err)
{
	const bool shows_all = fields == 0 || (fields & VM_SHOW_ALL) != 0 || session->json;
	enum vm_status status = VM_OK;

	if (shows_all || (fields & VM_SHOW_USAGE) != 0)
		status = measure(account, details, err);
	if (status == VM_OK && session->context.config->auth_logging &&
	    (shows_all || (fields & VM_SHOW_LOGIN) != 0))
		status = vm_store_login_get(session->context.store, account, &details->login, err);
	return status;
}

static void print_limits(struct vm_session *session, uint32_t own, uint32_t effective)
{
	bool is_domain_wide = false;

	if (effective == 0) {
		vm_session_printf(session, "limits: No user limits set.\n");
		return;
	}
	vm_session_printf(session, "limits:\n");
	for (size_t i = 0; i < FLAG_ROWS; i++) {
		const bool is_own = (own & flag_rows[i].flag) != 0;

		if ((effective & flag_rows[i].flag) == 0)
			continue;
		vm_session_printf(session, "        %s%s\n", flag_rows[i].text,
				  is_own ? "" : " (*)");
		is_domain_wide = is_domain_wide || !is_own;
	}
	if (is_domain_wide)
		vm_session_printf(session, "        * = set by domain-wide limits\n");
}

/* asctime's form, in local time, with its line end. */
static void format_time(time_t when, char out[32])
{
	struct tm parts;

	if (localtime_r(&when, &parts) == NULL ||
	    strftime(out, 32, "%a %b %e %H:%M:%S %Y", &parts) == 0)
		vm_text_copy(out, 32, "unknown");
}

static void print_login(struct vm_session *session, const struct vm_last_login *login)
{
	char when[32];

	if (!session->context.config->auth_logging)
		return;
	format_time(login->when, when);
	if (login->when == 0) {
		vm_session_printf(session, "last auth: Never logged in\n");
	} else if (strcmp(login->from, "0.0.0.0") == 0) {
		vm_session_printf(session, "account created: %s\nlast auth: Never logged in\n",
				  when);
	} else {
		vm_session_printf(session, "last auth: %s\nlast auth ip: %s\n", when, login->from);
	}
}

static void print_usage(struct vm_session *session, const char *label,
			const struct details *details)
{
	if (details->is_unlimited)
		vm_session_printf(session, "%sNOQUOTA\n", label);
	else
		vm_session_printf(session, "%s%u%%\n", label, details->percent);
}

static void print_all(struct vm_session *session, const struct vm_account *account,
		      uint32_t effective, const struct details *details)
{
	vm_session_printf(session, "name:   %s\npasswd: %s\nclear passwd: %s\n", account->user,
			  account->hash, account->clear);
	vm_session_printf(session, "comment/gecos: %s\nuid:    %d\ngid:    %u\nflags:  %u\n",
			  account->comment, (int)account->kind, account->flags, effective);
	vm_session_printf(session, "gecos: %s\n", account->comment);
	print_limits(session, account->flags, effective);
	vm_session_printf(session, "dir:       %s\nquota:     %s\n", account->home, account->quota);
	print_usage(session, "usage:     ", details);
	print_login(session, &details->login);
}

static void print_fields(struct vm_session *session, const struct vm_account *account,
			 uint32_t fields, const struct details *details)
{
	if ((fields & VM_SHOW_NAME) != 0)
		vm_session_printf(session, "%s\n", account->user);
	if ((fields & VM_SHOW_HASH) != 0)
		vm_session_printf(session, "%s\n", account->hash);
	if ((fields & VM_SHOW_CLEAR) != 0)
		vm_session_printf(session, "%s\n", account->clear);
	if ((fields & VM_SHOW_UID) != 0)
		vm_session_printf(session, "%d\n", (int)account->kind);
	if ((fields & VM_SHOW_GID) != 0)
		vm_session_printf(session, "%u\n", account->flags);
	if ((fields & VM_SHOW_COMMENT) != 0)
		vm_session_printf(session, "%s\n", account->comment);
	if ((fields & VM_SHOW_DIR) != 0)
		vm_session_printf(session, "%s\n", account->home);
	if ((fields & VM_SHOW_QUOTA) != 0)
		vm_session_printf(session, "%s\n", account->quota);
	if ((fields & VM_SHOW_USAGE) != 0)
		print_usage(session, "", details);
	if ((fields & VM_SHOW_LOGIN) != 0)
		print_login(session, &details->login);
}

/* The stored password is not in it unless -p asks for it. */
static void print_json(struct vm_session *session, const struct vm_account *account,
		       uint32_t fields, uint32_t effective, const struct details *details)
{
	struct vm_json_writer *const writer = &session->writer;

	vm_session_begin(session);
	vm_json_member_string(writer, "user", account->user);
	vm_json_member_string(writer, "domain", account->domain);
	if ((fields & VM_SHOW_HASH) != 0)
		vm_json_member_string(writer, "password_hash", account->hash);
	if ((fields & VM_SHOW_CLEAR) != 0)
		vm_json_member_string(writer, "password", account->clear);
	vm_json_member_string(writer, "comment", account->comment);
	vm_json_member_u64(writer, "flags", account->flags);
	vm_json_key(writer, "flags_in_force");
	vm_json_begin_array(writer);
	for (size_t i = 0; i < FLAG_ROWS; i++)
		if ((effective & flag_rows[i].flag) != 0)
			vm_json_string(writer, vm_account_flag_name(flag_rows[i].flag));
	vm_json_end_array(writer);
	vm_json_member_string(writer, "dir", account->home);
	vm_json_member_string(writer, "quota", account->quota);
	vm_json_member_u64(writer, "used_bytes", details->usage.bytes);
	vm_json_member_u64(writer, "used_messages", details->usage.messages);
	vm_json_member_i64(writer, "last_login", (int64_t)details->login.when);
	vm_json_member_string(writer, "last_login_from", details->login.from);
	vm_session_end(session);
}

/* ---- for a person at a terminal ---- */

enum { SIZE_TEXT = 24, QUOTA_TEXT = 100, WHEN_TEXT = 32 };

static void print_size(uint64_t bytes, char out[SIZE_TEXT])
{
	static const char units[] = "KMGTP";
	double size = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		(void)vm_text_format(out, SIZE_TEXT, "%u B", (unsigned int)bytes);
		return;
	}
	while (size >= 1024 && unit + 2 < sizeof units) {
		size /= 1024;
		unit++;
	}
	(void)vm_text_format(out, SIZE_TEXT, "%.1f %ciB", size, units[unit]);
}

/* "10.0 MiB, 1000 messages, 3% used" */
static void print_quota(const struct vm_account *account, const struct details *details,
			char out[QUOTA_TEXT])
{
	struct vm_quota quota = { 0 };
	struct vm_error ignored;
	char size[SIZE_TEXT], messages[40] = "";

	if (details->is_unlimited || vm_quota_parse(account->quota, &quota, &ignored) != VM_OK) {
		(void)vm_text_copy(out, QUOTA_TEXT, "none");
		return;
	}
	print_size(quota.bytes, size);
	if (quota.messages > 0)
		(void)vm_text_format(messages, sizeof messages, "%s%llu messages",
				     quota.bytes > 0 ? ", " : "",
				     (unsigned long long)quota.messages);
	(void)vm_text_format(out, QUOTA_TEXT, "%s%s, %u%% used", quota.bytes > 0 ? size : "",
			     messages, details->percent);
}

static void print_when(const struct vm_last_login *login, char out[WHEN_TEXT])
{
	struct tm parts;

	if (login->when == 0 || strcmp(login->from, "0.0.0.0") == 0)
		(void)vm_text_copy(out, WHEN_TEXT, "never");
	else if (localtime_r(&login->when, &parts) == NULL ||
		 strftime(out, WHEN_TEXT, "%Y-%m-%d %H:%M", &parts) == 0)
		(void)vm_text_copy(out, WHEN_TEXT, "unknown");
}

static void print_card(struct vm_session *session, const struct vm_account *account,
		       uint32_t effective, const struct details *details)
{
	char quota[QUOTA_TEXT], when[WHEN_TEXT];
	const char *label = "Flags";

	print_quota(account, details, quota);
	print_when(&details->login, when);
	vm_session_printf(session, "%-12s%s@%s\n%-12s%s\n%-12s%s\n%-12s%s\n", "Account",
			  account->user, account->domain, "Comment", account->comment, "Home",
			  account->home[0] == '\0' ? "made at the first use" : account->home,
			  "Quota", quota);
	vm_session_printf(session, "%-12s%s\n", "Password",
			  account->hash[0] == '\0' ? "none" : "set");
	if (session->context.config->auth_logging)
		vm_session_printf(session, "%-12s%s%s%s\n", "Last login", when,
				  strcmp(when, "never") == 0 ? "" : " from ",
				  strcmp(when, "never") == 0 ? "" : details->login.from);
	for (size_t i = 0; i < FLAG_ROWS; i++) {
		if ((effective & flag_rows[i].flag) == 0)
			continue;
		vm_session_printf(session, "%-12s%s%s\n", label, flag_rows[i].text,
				  (account->flags & flag_rows[i].flag) != 0 ? "" : " (domain)");
		label = "";
	}
	if (effective == 0)
		vm_session_printf(session, "%-12s%s\n", label, "none");
}

void vm_account_print_headings(struct vm_session *session)
{
	vm_session_printf(session, "%-28s %-26s %-17s %s\n", "ACCOUNT", "QUOTA", "LAST LOGIN",
			  "FLAGS");
}

enum vm_status vm_account_print_row(struct vm_session *session, const struct vm_account *account,
				    const struct vm_limits *limits, struct vm_error *err)
{
	const uint32_t effective = vm_access_decide(account->flags, limits, VM_SERVICE_ANY).flags;
	struct details details = { .is_unlimited = true };
	char quota[QUOTA_TEXT], when[WHEN_TEXT];
	struct vm_buf flags;
	const enum vm_status status = look_up(session, account, 0, &details, err);

	if (status != VM_OK)
		return status;
	vm_buf_init(&flags, 1024);
	for (size_t i = 0; i < FLAG_ROWS; i++)
		if ((effective & flag_rows[i].flag) != 0)
			vm_buf_printf(&flags, "%s%s", flags.length > 0 ? " " : "",
				      vm_account_flag_name(flag_rows[i].flag));
	print_quota(account, &details, quota);
	print_when(&details.login, when);
	vm_session_printf(session, "%-28s %-26s %-17s %s\n", account->user, quota, when,
			  flags.length > 0 ? flags.bytes : "-");
	vm_buf_release(&flags);
	return VM_OK;
}

enum vm_status vm_account_print(struct vm_session *session, const struct vm_account *account,
				const struct vm_limits *limits, uint32_t fields,
				struct vm_error *err)
{
	const uint32_t effective = vm_access_decide(account->flags, limits, VM_SERVICE_ANY).flags;
	struct details details = { .is_unlimited = true };
	const enum vm_status status = look_up(session, account, fields, &details, err);

	if (status != VM_OK)
		return status;
	if (session->json)
		print_json(session, account, fields, effective, &details);
	else if (fields == 0 && session->is_terminal)
		print_card(session, account, effective, &details);
	else if (fields == 0 || (fields & VM_SHOW_ALL) != 0)
		print_all(session, account, effective, &details);
	else
		print_fields(session, account, fields, &details);
	return VM_OK;
}
