/* Decides whether an account may be stored. */
#include <config.h>

#include "core/account.h"

#include <string.h>

#include "util/text.h"

/* What one text field of a record may hold. */
struct field_rule {
	const char *field; /* as the user calls it */
	const char *text;
	size_t maximum;
	bool colon_allowed; /* only the last field of a vpasswd line */
};

static enum vm_status field_check(const struct field_rule *rule, struct vm_error *err)
{
	if (strlen(rule->text) > rule->maximum)
		return vm_fail_field(err, VM_INVALID, rule->field, "%s is longer than %zu bytes",
				     rule->field, rule->maximum);
	if (vm_text_has_control(rule->text))
		return vm_fail_field(err, VM_INVALID, rule->field, "%s holds a control byte",
				     rule->field);
	if (!rule->colon_allowed && strchr(rule->text, ':') != NULL)
		return vm_fail_field(err, VM_INVALID, rule->field, "%s holds a ':'", rule->field);
	return VM_OK;
}

static enum vm_status name_check(const struct vm_account *account, struct vm_error *err)
{
	if (account->user[0] == '\0' || account->domain[0] == '\0')
		return vm_fail_field(err, VM_INVALID, "address", "the address is incomplete");
	if (account->user[0] == '.' || strchr(account->user, '/') != NULL)
		return vm_fail_field(err, VM_INVALID, "address",
				     "a user may not begin with '.' or hold a '/'");
	if (account->domain[0] == '.' || strchr(account->domain, '/') != NULL)
		return vm_fail_field(err, VM_INVALID, "address",
				     "a domain may not begin with '.' or hold a '/'");
	return VM_OK;
}

/* Is there a component ".." in the path? */
static bool path_climbs(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "..")) != NULL) {
		if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
			return true;
		at += 2;
	}
	return false;
}

enum vm_status vm_base_dir_check(const char *path, struct vm_error *err)
{
	if (path[0] != '/')
		return vm_fail_field(err, VM_INVALID, "dir", "\"%s\" is not an absolute path",
				     path);
	if (vm_text_has_control(path) || strchr(path, ':') != NULL)
		return vm_fail_field(err, VM_INVALID, "dir",
				     "%s holds a ':' or a control byte, which users/assign cannot",
				     path);
	if (path_climbs(path))
		return vm_fail_field(err, VM_INVALID, "dir", "%s holds a '..'", path);
	return VM_OK;
}

static enum vm_status home_check(const char *home, struct vm_error *err)
{
	if (home[0] == '\0')
		return VM_OK;
	if (home[0] != '/')
		return vm_fail_field(err, VM_INVALID, "home", "home is not an absolute path");
	if (path_climbs(home))
		return vm_fail_field(err, VM_INVALID, "home", "home holds a '..'");
	return VM_OK;
}

enum vm_status vm_account_check(const struct vm_account *account, struct vm_error *err)
{
	const struct field_rule rules[] = {
		{ "address", account->user, VM_USER_MAX, false },
		{ "address", account->domain, VM_DOMAIN_MAX, false },
		{ "password_hash", account->hash, VM_HASH_MAX, false },
		{ "comment", account->comment, VM_COMMENT_MAX, false },
		{ "home", account->home, VM_PATH_MAX, false },
		{ "quota", account->quota, VM_QUOTA_MAX, false },
		{ "password", account->clear, VM_CLEAR_MAX, true },
	};
	enum vm_status status = VM_INTERNAL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		status = field_check(&rules[i], err);
		if (status != VM_OK)
			return status;
	}
	if (account->kind != VM_ACCOUNT_POP && account->kind != VM_ACCOUNT_APOP)
		return vm_fail_field(err, VM_INVALID, "kind", "there is no account kind %d",
				     (int)account->kind);
	status = name_check(account, err);
	if (status != VM_OK)
		return status;
	return home_check(account->home, err);
}
