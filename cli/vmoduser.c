/* vmoduser: changes an account or all accounts of a domain. */
#include <config.h>

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/account_target.h"
#include "cli/password_input.h"

struct options {
	struct vm_common_options common;
	struct vm_password_options password;
	const char *quota, *comment, *hash, *clear, *home;
	bool clear_flags, no_rebuild;
	uint32_t flags;
};

static struct options options;

#define FLAG_ROW(letter_, word_, flag_, help_)                                                \
	{                                                                                     \
		letter_, word_, VM_OPTION_BITS, offsetof(struct options, flags), NULL, help_, \
			flag_, 0, NULL                                                        \
	}

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'h', NULL, VM_OPTION_HELP, 0, NULL, "print the options", 0, 0, NULL },
	{ 'n', "no-rebuild", VM_OPTION_FLAG, offsetof(struct options, no_rebuild), NULL,
	  "accepted for scripts of 5.4; there is nothing to skip", 0, 0, NULL },
	{ 'q', "quota", VM_OPTION_TEXT, offsetof(struct options, quota), "QUOTA", "quota", 0, 0,
	  NULL },
	{ 'c', "comment", VM_OPTION_TEXT, offsetof(struct options, comment), "TEXT", "comment", 0,
	  0, NULL },
	{ 'e', "hash", VM_OPTION_TEXT, offsetof(struct options, hash), "TEXT",
	  "store this hash as it is", 0, 0, NULL },
	{ 'C', "password", VM_OPTION_TEXT, offsetof(struct options, clear), "TEXT",
	  "set the password", 0, 0, NULL },
	{ 'D', "dir", VM_OPTION_TEXT, offsetof(struct options, home), "FOLDER",
	  "its home; nothing is moved", 0, 0, NULL },
	{ 'x', "clear-flags", VM_OPTION_FLAG, offsetof(struct options, clear_flags), NULL,
	  "clear all flags first", 0, 0, NULL },
	FLAG_ROW('a', "domain-admin", VM_FLAG_DOMAIN_ADMIN, "domain administrator"),
	FLAG_ROW('d', "no-password-change", VM_FLAG_NO_PASSWORD_CHANGE,
		 "no password change by the user"),
	FLAG_ROW('p', "no-pop", VM_FLAG_NO_POP, "no POP"),
	FLAG_ROW('s', "no-smtp", VM_FLAG_NO_SMTP, "no SMTP AUTH"),
	FLAG_ROW('w', "no-webmail", VM_FLAG_NO_WEBMAIL, "no webmail"),
	FLAG_ROW('i', "no-imap", VM_FLAG_NO_IMAP, "no IMAP"),
	FLAG_ROW('b', "bounce-mail", VM_FLAG_BOUNCE_MAIL, "bounce its mail"),
	FLAG_ROW('o', "override-limits", VM_FLAG_OVERRIDE_LIMITS, "not subject to domain limits"),
	FLAG_ROW('r', "no-relay", VM_FLAG_NO_RELAY, "no relay window"),
	FLAG_ROW('u', "no-dialup", VM_FLAG_NO_DIALUP, "no dialup"),
	FLAG_ROW('0', "user-flag-0", VM_FLAG_USER_0, "flag for local use"),
	FLAG_ROW('1', "user-flag-1", VM_FLAG_USER_1, "flag for local use"),
	FLAG_ROW('2', "user-flag-2", VM_FLAG_USER_2, "flag for local use"),
	FLAG_ROW('3', "user-flag-3", VM_FLAG_USER_3, "flag for local use"),
	FLAG_ROW('f', "no-spamassassin", VM_FLAG_NO_SPAMASSASSIN, "no SpamAssassin"),
	FLAG_ROW('F', "delete-spam", VM_FLAG_DELETE_SPAM, "delete spam"),
	FLAG_ROW('m', "no-maildrop", VM_FLAG_NO_MAILDROP, "no maildrop"),
	FLAG_ROW('S', "system-admin", VM_FLAG_SYSTEM_ADMIN, "system administrator; root only"),
	FLAG_ROW('E', "system-expert", VM_FLAG_SYSTEM_EXPERT, "expert; root only"),
	{ 0, "password-stdin", VM_OPTION_FLAG, offsetof(struct options, password.from_stdin), NULL,
	  "read the password from standard input", 0, 0, NULL },
};

static bool has_password(void)
{
	return options.clear != NULL || options.password.from_stdin;
}

/* -C points into argv; the text is copied and overwritten there. */
static enum vm_status take_password(struct vm_session *session, const char *who,
				    struct vm_password_input *input, struct vm_error *err)
{
	char *clear = NULL;

	memcpy(&clear, &options.clear, sizeof clear); /* argv is ours to overwrite */
	return vm_password_input_get(session, &options.password, clear, who, input, err);
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	struct vm_password_input input = { .is_random = false };
	struct vm_account_change change = {
		.hash = options.hash,
		.quota = options.quota,
		.comment = options.comment,
		.home = options.home,
		.clear_flags = options.clear_flags ? UINT32_MAX : 0,
		.set_flags = options.flags,
	};
	enum vm_status status = VM_OK;

	(void)count;
	if ((options.flags & (VM_FLAG_SYSTEM_ADMIN | VM_FLAG_SYSTEM_EXPERT)) != 0 && getuid() != 0)
		return vm_fail(err, VM_DENIED, "only root may give the options -S and -E");
	if (has_password() && options.hash != NULL)
		return vm_fail_field(err, VM_INVALID, "password",
				     "give a password or a hash, not both");
	if (has_password()) {
		status = take_password(session, operands[0], &input, err);
		change.password = &input.password;
	}
	if (status == VM_OK)
		status = vm_account_target_modify(session, operands[0], &change, err);
	vm_secret_wipe(&input.password);
	if (status == VM_NOT_FOUND && strcmp(err->field, "address") == 0)
		return vm_fail_field(err, VM_NOT_FOUND, "address", "no such user %s", operands[0]);
	return status;
}

int main(int argc, char **argv)
{
	static const struct vm_va_answer answers[] = {
		{ VM_NOT_FOUND, "address", -1, NULL, true },
		{ .status = VM_OK },
	};
	const struct vm_command command = {
		.table = { "vmoduser", "address|domain", "Changes accounts.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 1,
		.maximum = 1,
		.writable = true,
		.answers = answers,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
