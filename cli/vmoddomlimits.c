/* vmoddomlimits: shows and changes the limits of a domain. */
#include <config.h>

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "cli/limits_print.h"
#include "util/file.h"
#include "util/file_replace.h"
#include "util/text.h"

/* Texts of the number options, in the order of number_rows. */
enum number {
	NUMBER_DISK,
	NUMBER_QUOTA,
	NUMBER_MESSAGES,
	NUMBER_DEFAULT_MESSAGES,
	NUMBER_ACCOUNTS,
	NUMBER_ALIASES,
	NUMBER_FORWARDS,
	NUMBER_AUTORESPONDERS,
	NUMBER_LISTS,
	NUMBERS,
};

enum permission {
	PERMISSION_ACCOUNT,
	PERMISSION_ALIAS,
	PERMISSION_FORWARD,
	PERMISSION_AUTORESPONDER,
	PERMISSION_LIST,
	PERMISSION_LIST_USERS,
	PERMISSION_LIST_MODERATORS,
	PERMISSION_QUOTA,
	PERMISSION_DEFAULT_QUOTA,
	PERMISSIONS,
};

struct options {
	struct vm_common_options common;
	bool show, remove, defaults;
	const char *flags;
	const char *numbers[NUMBERS];
	const char *permissions[PERMISSIONS];
};

static struct options options;

#define NUMBER_ROW(letter_, word_, index_, value_, help_)                                          \
	{                                                                                          \
		letter_, word_, VM_OPTION_TEXT, offsetof(struct options, numbers[index_]), value_, \
			help_, 0, 0, NULL                                                          \
	}
#define PERMISSION_ROW(letter_, word_, index_, help_)                                          \
	{                                                                                      \
		letter_, word_, VM_OPTION_TEXT, offsetof(struct options, permissions[index_]), \
			"LETTERS", help_, 0, 0, NULL                                           \
	}

static const struct vm_option rows[] = {
	VM_COMMON_ROWS,
	{ 'S', "show", VM_OPTION_FLAG, offsetof(struct options, show), NULL,
	  "show the limits and exit", 0, 0, NULL },
	{ 'D', "delete", VM_OPTION_FLAG, offsetof(struct options, remove), NULL,
	  "remove the domain's own limits", 0, 0, NULL },
	{ 'd', "defaults", VM_OPTION_FLAG, offsetof(struct options, defaults), NULL,
	  "work on etc/vlimits.default", 0, 0, NULL },
	NUMBER_ROW('Q', "disk-quota", NUMBER_DISK, "MIB", "disk quota of the domain"),
	NUMBER_ROW('q', "default-quota", NUMBER_QUOTA, "SIZE", "quota of new accounts"),
	NUMBER_ROW('M', "max-messages", NUMBER_MESSAGES, "N", "messages of the domain"),
	NUMBER_ROW('m', "default-messages", NUMBER_DEFAULT_MESSAGES, "N",
		   "messages of new accounts"),
	NUMBER_ROW('P', "max-accounts", NUMBER_ACCOUNTS, "N", "accounts; -1 no limit"),
	NUMBER_ROW('A', "max-aliases", NUMBER_ALIASES, "N", "aliases"),
	NUMBER_ROW('F', "max-forwards", NUMBER_FORWARDS, "N", "forwards"),
	NUMBER_ROW('R', "max-autoresponders", NUMBER_AUTORESPONDERS, "N", "autoresponders"),
	NUMBER_ROW('L', "max-lists", NUMBER_LISTS, "N", "mailing lists"),
	{ 'g', "flags", VM_OPTION_TEXT, offsetof(struct options, flags), "LETTERS",
	  "services that are off: u d p s w i r c x m", 0, 0, NULL },
	PERMISSION_ROW('p', "perm-account", PERMISSION_ACCOUNT,
		       "a all, c create, m modify, d delete"),
	PERMISSION_ROW('a', "perm-alias", PERMISSION_ALIAS, "the same for aliases"),
	PERMISSION_ROW('f', "perm-forward", PERMISSION_FORWARD, "forwards"),
	PERMISSION_ROW('r', "perm-autoresponder", PERMISSION_AUTORESPONDER, "autoresponders"),
	PERMISSION_ROW('l', "perm-list", PERMISSION_LIST, "lists"),
	PERMISSION_ROW('u', "perm-list-users", PERMISSION_LIST_USERS, "users of lists"),
	PERMISSION_ROW('o', "perm-list-moderators", PERMISSION_LIST_MODERATORS,
		       "moderators of lists"),
	PERMISSION_ROW('x', "perm-quota", PERMISSION_QUOTA, "quotas"),
	PERMISSION_ROW('z', "perm-default-quota", PERMISSION_DEFAULT_QUOTA, "default quotas"),
	{ 'h', NULL, VM_OPTION_HELP, 0, NULL, "print the options", 0, 0, NULL },
};

static enum vm_status set_numbers(struct vm_limits *limits, struct vm_error *err)
{
	struct {
		enum number number;
		int64_t minimum, maximum;
		int32_t *small;
		uint64_t *big;
	} const targets[] = {
		{ NUMBER_DISK, 0, INT64_MAX >> 20, NULL, &limits->disk_quota_mb },
		{ NUMBER_MESSAGES, 0, INT64_MAX, NULL, &limits->max_messages },
		{ NUMBER_DEFAULT_MESSAGES, 0, INT64_MAX, NULL, &limits->default_messages },
		{ NUMBER_ACCOUNTS, -1, INT32_MAX, &limits->max_accounts, NULL },
		{ NUMBER_ALIASES, -1, INT32_MAX, &limits->max_aliases, NULL },
		{ NUMBER_FORWARDS, -1, INT32_MAX, &limits->max_forwards, NULL },
		{ NUMBER_AUTORESPONDERS, -1, INT32_MAX, &limits->max_autoresponders, NULL },
		{ NUMBER_LISTS, -1, INT32_MAX, &limits->max_lists, NULL },
	};

	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		const char *const text = options.numbers[targets[i].number];
		int64_t value = 0;

		if (text == NULL)
			continue;
		if (!vm_text_parse_i64(text, targets[i].minimum, targets[i].maximum, &value))
			return vm_fail_field(err, VM_INVALID, "limit", "\"%s\" is not a limit",
					     text);
		if (targets[i].small != NULL)
			*targets[i].small = (int32_t)value;
		else
			*targets[i].big = (uint64_t)value;
	}
	return VM_OK;
}

static enum vm_status set_default_quota(struct vm_limits *limits, struct vm_error *err)
{
	struct vm_quota quota;
	enum vm_status status = VM_OK;

	if (options.numbers[NUMBER_QUOTA] == NULL)
		return VM_OK;
	status = vm_quota_parse(options.numbers[NUMBER_QUOTA], &quota, err);
	if (status == VM_OK)
		limits->default_quota = quota.bytes;
	return status;
}

static enum vm_status set_permissions(struct vm_limits *limits, struct vm_error *err)
{
	uint8_t *const targets[PERMISSIONS] = {
		&limits->perm_account,         &limits->perm_alias, &limits->perm_forward,
		&limits->perm_autoresponder,   &limits->perm_list,  &limits->perm_list_users,
		&limits->perm_list_moderators, &limits->perm_quota, &limits->perm_default_quota,
	};

	for (size_t i = 0; i < PERMISSIONS; i++) {
		enum vm_status status = VM_OK;

		if (options.permissions[i] != NULL)
			status = vm_permission_parse(options.permissions[i], targets[i], err);
		if (status != VM_OK)
			return status;
	}
	return VM_OK;
}

static enum vm_status apply(struct vm_limits *limits, struct vm_error *err)
{
	enum vm_status status = set_numbers(limits, err);

	if (status == VM_OK)
		status = set_default_quota(limits, err);
	if (status == VM_OK)
		status = set_permissions(limits, err);
	if (status == VM_OK && options.flags != NULL)
		status = vm_service_letters_parse(options.flags, &limits->disabled, err);
	return status;
}

static bool changes_anything(void)
{
	bool changes = options.flags != NULL;

	for (size_t i = 0; i < NUMBERS; i++)
		changes = changes || options.numbers[i] != NULL;
	for (size_t i = 0; i < PERMISSIONS; i++)
		changes = changes || options.permissions[i] != NULL;
	return changes;
}

/* etc/vlimits.default: shown, or changed line by line. */
static enum vm_status run_defaults(struct vm_session *session, struct vm_error *err)
{
	char etc[VM_PATH_MAX * 2], path[VM_PATH_MAX * 2 + 32];
	struct vm_limits limits;
	struct vm_buf old, new;
	int folder = -1;
	enum vm_status status = VM_OK;

	if (options.remove)
		return vm_fail(err, VM_INVALID, "the default limits cannot be deleted");
	if (!vm_text_format(etc, sizeof etc, "%s/etc", session->context.config->home) ||
	    !vm_text_format(path, sizeof path, "%s/vlimits.default", etc))
		return vm_fail(err, VM_MISCONFIG, "the path of vlimits.default is too long");
	vm_buf_init(&old, 65536);
	vm_buf_init(&new, 65536);
	vm_limits_default(&limits);
	status = vm_file_open_folder(AT_FDCWD, etc, &folder, err);
	if (status == VM_OK)
		status = vm_file_read_all(folder, "vlimits.default", &old, err);
	if (status == VM_NOT_FOUND)
		status = VM_OK;
	if (status == VM_OK)
		status = vm_limits_parse(old.bytes, &limits, err);
	if (status == VM_OK && !options.show)
		status = apply(&limits, err);
	if (status == VM_OK && !options.show && changes_anything())
		status = vm_limits_print(&limits, old.bytes, &new, err);
	if (status == VM_OK && new.length > 0)
		status = vm_file_replace_with(folder, "vlimits.default", 0644, new.bytes,
					      new.length, err);
	if (status == VM_OK && options.show)
		vm_limits_show(session, "Default limits", path, &limits);
	vm_file_discard(&folder);
	vm_buf_release(&new);
	vm_buf_release(&old);
	return status;
}

static enum vm_status run_domain(struct vm_session *session, const char *domain,
				 struct vm_error *err)
{
	struct vm_limits limits;
	enum vm_status status = VM_INTERNAL;

	if (options.remove) {
		status = vm_store_limits_remove(session->context.store, domain, err);
		if (status == VM_OK && session->json)
			vm_session_report(session, "domain", domain);
		else if (status == VM_OK)
			vm_session_printf(session, "Limits deleted\n");
		return status;
	}
	status = vm_store_limits_get(session->context.store, domain, &limits, err);
	if (status == VM_OK && options.show)
		vm_limits_show(session, "Domain", domain, &limits);
	if (status != VM_OK || options.show)
		return status;
	status = apply(&limits, err);
	if (status == VM_OK && changes_anything())
		status = vm_store_limits_put(session->context.store, domain, &limits, err);
	if (status == VM_OK)
		vm_session_report(session, "domain", domain);
	return status;
}

static enum vm_status run(struct vm_session *session, char **operands, int count,
			  struct vm_error *err)
{
	char name[VM_DOMAIN_MAX + 1];
	struct vm_arena arena;
	struct vm_domain domain;
	enum vm_status status = VM_INTERNAL;

	if (options.defaults == (count > 0))
		return vm_fail(err, VM_INVALID, "give a domain, or -d for the default limits");
	if (options.defaults)
		return run_defaults(session, err);
	status = vm_session_domain(session, operands[0], name, err);
	if (status != VM_OK)
		return status;
	vm_arena_init(&arena, 65536);
	status = vm_session_become_owner(session, name, &arena, &domain, err);
	if (status == VM_OK)
		status = run_domain(session, domain.name, err);
	vm_arena_release(&arena);
	return status;
}

int main(int argc, char **argv)
{
	const struct vm_command command = {
		.table = { "vmoddomlimits", "domain | -d",
			   "Shows and changes the limits of a domain.", rows,
			   sizeof rows / sizeof rows[0], false },
		.options = &options,
		.minimum = 0,
		.maximum = 1,
		.writable = true,
		.run = run,
	};

	return vm_command_main(&command, argc, argv);
}
