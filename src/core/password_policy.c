/* Checks passwords that people choose. */
#include <config.h>

#include "core/password_policy.h"

#include <string.h>
#include <strings.h>

#include "core/account.h"
#include "util/text.h"

/* How many of lower case, upper case, digits and everything else occur. */
static unsigned int count_classes(const struct vm_secret *clear)
{
	bool lower = false, upper = false, digit = false, other = false;

	for (size_t i = 0; i < clear->length; i++) {
		const char byte = clear->bytes[i];

		if (byte >= 'a' && byte <= 'z')
			lower = true;
		else if (byte >= 'A' && byte <= 'Z')
			upper = true;
		else if (byte >= '0' && byte <= '9')
			digit = true;
		else
			other = true;
	}
	return (unsigned int)lower + upper + digit + other;
}

static bool is_name(const struct vm_secret *clear, const char *user, const char *domain)
{
	char address[VM_ADDRESS_MAX + 1];

	if (strcasecmp(clear->bytes, user) == 0)
		return true;
	return vm_text_format(address, sizeof address, "%s@%s", user, domain) &&
	       strcasecmp(clear->bytes, address) == 0;
}

static enum vm_status read_rules(const struct vm_config *config, struct vm_password_rules *rules,
				 struct vm_error *err)
{
	char path[VM_PATH_MAX * 2];

	if (!vm_text_format(path, sizeof path, "%s/etc/password_strength.conf", config->home))
		return vm_fail(err, VM_MISCONFIG, "the home is too long");
	return vm_password_rules_read(path, rules, err);
}

static enum vm_status check_rules(const struct vm_config *config, const struct vm_secret *clear,
				  struct vm_error *err)
{
	struct vm_password_rules rules;
	const struct vm_password_rule *broken = NULL;
	const enum vm_status status = read_rules(config, &rules, err);

	if (status != VM_OK)
		return status;
	broken = vm_password_rules_broken(&rules, clear->bytes, clear->length);
	if (broken == NULL)
		return VM_OK;
	return vm_fail_field(err, VM_DENIED, "password", "the password breaks the rule %s",
			     broken->text);
}

enum vm_status vm_password_policy_check(const struct vm_config *config,
					const struct vm_secret *clear, const char *user,
					const char *domain, struct vm_error *err)
{
	if (vm_text_has_control(clear->bytes))
		return vm_fail_field(err, VM_INVALID, "password",
				     "the password holds a control byte");
	if (clear->length < config->password_min_length)
		return vm_fail_field(err, VM_DENIED, "password",
				     "the password is shorter than %u bytes",
				     config->password_min_length);
	if (clear->length > config->password_max_length)
		return vm_fail_field(err, VM_DENIED, "password",
				     "the password is longer than %u bytes",
				     config->password_max_length);
	if (count_classes(clear) < config->password_min_classes)
		return vm_fail_field(err, VM_DENIED, "password",
				     "the password has fewer than %u of lower case, upper case, "
				     "digits and others",
				     config->password_min_classes);
	if (config->password_not_name && is_name(clear, user, domain))
		return vm_fail_field(err, VM_DENIED, "password", "the password is the name");
	return check_rules(config, clear, err);
}

/* As many as there is room for. */
static void append_rules(const struct vm_password_rules *rules, char *out, size_t size)
{
	for (size_t i = 0; i < rules->count; i++) {
		const size_t length = strlen(out);

		if (!vm_text_format(out + length, size - length, ", %s", rules->items[i].text))
			out[length] = '\0';
	}
}

void vm_password_policy_describe(const struct vm_config *config, char *out, size_t size)
{
	struct vm_password_rules rules;
	struct vm_error ignored; /* whoever chooses a password is told then */
	char classes[80] = "";

	if (read_rules(config, &rules, &ignored) != VM_OK)
		rules.count = 0;
	else if (rules.policy[0] != '\0' && vm_text_copy(out, size, rules.policy))
		return;

	if (config->password_min_classes > 1)
		(void)vm_text_format(classes, sizeof classes,
				     ", %u of lower case, upper case, digits and others",
				     config->password_min_classes);
	(void)vm_text_format(out, size, "Passwords have %u to %u bytes%s%s",
			     config->password_min_length, config->password_max_length, classes,
			     config->password_not_name ? ", and are not the name" : "");
	append_rules(&rules, out, size);
}
