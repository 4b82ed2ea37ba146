/* Takes mail addresses apart and checks the parts; the ASCII rules. */
#include <config.h>

#include "core/address.h"

#include <string.h>

#include "core/address_unicode.h"
#include "util/text.h"

enum { LABEL_MAX = 63, NEW_DOMAIN_MIN = 3, LAST_LABEL_MIN = 2 };

static bool is_letter_or_digit(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9');
}

/* 5.4's user bytes without '/', which would leave the domain's folder. */
static bool is_user_byte(unsigned char byte)
{
	return byte != '\0' &&
	       (is_letter_or_digit(byte) || strchr("!#$&'*+-.=?^_`{|}~", byte) != NULL);
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

static enum vm_status fail_byte(const char *part, unsigned char byte, struct vm_error *err)
{
	if (byte > 0x20 && byte < 0x7f)
		return vm_fail_field(err, VM_INVALID, "address", "the %s may not hold a '%c'", part,
				     byte);
	return vm_fail_field(err, VM_INVALID, "address", "the %s may not hold the byte 0x%02x",
			     part, byte);
}

static enum vm_status user_check(const char *user, bool utf8_allowed, struct vm_error *err)
{
	if (user[0] == '\0')
		return vm_fail_field(err, VM_INVALID, "address", "the user is empty");
	if (user[0] == '.')
		return vm_fail_field(err, VM_INVALID, "address",
				     "the user may not begin with a '.'");
	for (const char *at = user; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;

		if (!is_user_byte(byte) && !(utf8_allowed && byte >= 0x80))
			return fail_byte("user", byte, err);
	}
	return VM_OK;
}

/* Labels of letters, digits and '-', none of them empty; no '-' in front, where programs look for options. */
static enum vm_status domain_check(const char *domain, struct vm_error *err)
{
	size_t length = strlen(domain);

	if (length == 0)
		return vm_fail_field(err, VM_INVALID, "address", "the domain is empty");
	for (const char *at = domain; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;

		if (!is_letter_or_digit(byte) && byte != '-' && byte != '.')
			return fail_byte("domain", byte, err);
	}
	if (domain[0] == '-')
		return vm_fail_field(err, VM_INVALID, "address",
				     "the domain may not begin with a '-'");
	if (domain[0] == '.' || domain[length - 1] == '.' || strstr(domain, "..") != NULL)
		return vm_fail_field(err, VM_INVALID, "address", "the domain has an empty label");
	return VM_OK;
}

enum vm_status vm_user_parse(const char *text, const struct vm_address_policy *policy, char *out,
			     struct vm_error *err)
{
	bool unicode = policy->utf8_users && !is_ascii(text);
	enum vm_status status = VM_OK;

	out[0] = '\0';
	if (unicode)
		status = vm_unicode_user(text, out, err);
	else if (!vm_text_copy(out, VM_USER_MAX + 1, text))
		status = vm_fail_field(err, VM_INVALID, "address",
				       "the user is longer than %d bytes", VM_USER_MAX);
	if (status == VM_OK) {
		/* After the normalisation, which turns some signs into ASCII ones. */
		vm_text_lower(out);
		status = user_check(out, unicode, err);
	}
	if (status != VM_OK)
		out[0] = '\0';
	return status;
}

enum vm_status vm_domain_parse(const char *text, const struct vm_address_policy *policy, char *out,
			       struct vm_error *err)
{
	enum vm_status status = VM_OK;

	out[0] = '\0';
	if (policy->idn_domains && !is_ascii(text))
		status = vm_unicode_domain(text, out, err);
	else if (!vm_text_copy(out, VM_DOMAIN_MAX + 1, text))
		status = vm_fail_field(err, VM_INVALID, "address",
				       "the domain is longer than %d bytes", VM_DOMAIN_MAX);
	if (status == VM_OK) {
		vm_text_lower(out);
		status = domain_check(out, err);
	}
	if (status != VM_OK)
		out[0] = '\0';
	return status;
}

/* The sign that parts user and domain, NULL when there is none. */
static const char *find_separator(const char *text)
{
	for (const char *sign = "@%/"; *sign != '\0'; sign++) {
		const char *found = strchr(text, *sign);

		if (found != NULL)
			return found;
	}
	return NULL;
}

enum vm_status vm_address_parse(const char *text, const struct vm_address_policy *policy,
				struct vm_address *out, struct vm_error *err)
{
	/* Room for what shrinks when it is normalised: U-labels are longer than their A-labels at times. */
	char user[4 * VM_USER_MAX + 1];
	const char *separator = find_separator(text);
	size_t user_length = separator != NULL ? (size_t)(separator - text) : strlen(text);
	const char *domain = separator != NULL ? separator + 1 : "";
	enum vm_status status = VM_INTERNAL;

	memset(out, 0, sizeof(*out));
	if (user_length >= sizeof(user))
		return vm_fail_field(err, VM_INVALID, "address", "the user is longer than %d bytes",
				     VM_USER_MAX);
	memcpy(user, text, user_length);
	user[user_length] = '\0';
	status = vm_user_parse(user, policy, out->user, err);
	if (status != VM_OK)
		return status;
	if (domain[0] == '\0' && policy->default_domain != NULL)
		domain = policy->default_domain;
	if (domain[0] == '\0')
		return vm_fail_field(err, VM_INVALID, "address",
				     "the address has no domain and there is no default domain");
	return vm_domain_parse(domain, policy, out->domain, err);
}

static enum vm_status label_check(const char *label, size_t length, struct vm_error *err)
{
	if (length > LABEL_MAX)
		return vm_fail_field(err, VM_INVALID, "domain",
				     "a label of the domain is longer than %d bytes", LABEL_MAX);
	if (length == 0 || label[0] == '-' || label[length - 1] == '-')
		return vm_fail_field(err, VM_INVALID, "domain",
				     "a label of the domain is empty or begins or ends with '-'");
	for (size_t i = 0; i < length; i++) {
		if (!is_letter_or_digit((unsigned char)label[i]) && label[i] != '-')
			return vm_fail_field(err, VM_INVALID, "domain",
					     "a label of the domain holds a byte that is not "
					     "a letter, a digit or '-'");
	}
	return VM_OK;
}

enum vm_status vm_domain_check_new(const char *domain, struct vm_error *err)
{
	size_t length = strlen(domain), label_length = 0;
	const char *label = domain;

	if (length < NEW_DOMAIN_MIN || length > VM_DOMAIN_MAX)
		return vm_fail_field(err, VM_INVALID, "domain", "a domain has %d to %d bytes",
				     NEW_DOMAIN_MIN, VM_DOMAIN_MAX);
	if (strchr(domain, '.') == NULL)
		return vm_fail_field(err, VM_INVALID, "domain", "the domain has no '.'");
	for (;;) {
		enum vm_status status = VM_INTERNAL;

		label_length = strcspn(label, ".");
		status = label_check(label, label_length, err);
		if (status != VM_OK)
			return status;
		if (label[label_length] == '\0')
			break;
		label += label_length + 1;
	}
	if (label_length < LAST_LABEL_MIN)
		return vm_fail_field(err, VM_INVALID, "domain",
				     "the last label of the domain is too short");
	return VM_OK;
}

struct vm_name vm_address_name(const struct vm_address *address)
{
	return (struct vm_name){ .user = address->user, .domain = address->domain };
}

bool vm_user_before_dash(const char *user, unsigned int nth, char *out, const char **extension)
{
	const char *at = user;

	out[0] = '\0';
	*extension = "";
	if (nth == 0)
		return false;
	for (unsigned int i = 1;; i++) {
		at = strchr(at, '-');
		if (at == NULL || at - user > VM_USER_MAX)
			return false;
		if (i == nth)
			break;
		at++;
	}
	memcpy(out, user, (size_t)(at - user));
	out[at - user] = '\0';
	*extension = at + 1;
	return true;
}
