/* Decides whether an account may use a service. */
#include <config.h>

#include "operations/account_access.h"

#include <string.h>

static const struct {
	const char *name;
	uint32_t flag;
} services[VM_SERVICES] = {
	[VM_SERVICE_POP] = { "pop", VM_FLAG_NO_POP },
	[VM_SERVICE_IMAP] = { "imap", VM_FLAG_NO_IMAP },
	[VM_SERVICE_SMTP] = { "smtp", VM_FLAG_NO_SMTP },
	[VM_SERVICE_WEBMAIL] = { "webmail", VM_FLAG_NO_WEBMAIL },
	[VM_SERVICE_ANY] = { "any", 0 },
	[VM_SERVICE_MAIL] = { "mail", VM_FLAG_BOUNCE_MAIL },
	[VM_SERVICE_RELAY] = { "relay", VM_FLAG_NO_RELAY },
	[VM_SERVICE_DIALUP] = { "dialup", VM_FLAG_NO_DIALUP },
	[VM_SERVICE_PASSWORD_CHANGE] = { "password-change", VM_FLAG_NO_PASSWORD_CHANGE },
	[VM_SERVICE_SPAM_FILTER] = { "spam-filter", VM_FLAG_NO_SPAMASSASSIN },
	[VM_SERVICE_KEEP_SPAM] = { "keep-spam", VM_FLAG_DELETE_SPAM },
	[VM_SERVICE_MAILDROP] = { "maildrop", VM_FLAG_NO_MAILDROP },
};

struct vm_access vm_access_decide(uint32_t account_flags, const struct vm_limits *limits,
				  enum vm_service service)
{
	const uint32_t of_domain = limits == NULL ? 0 : limits->disabled & VM_FLAGS_OF_DOMAINS;
	struct vm_access access = { .flags = account_flags,
				    .flag = services[service].flag,
				    .rule = VM_ACCESS_NO_FLAG };
	const bool overrides = (account_flags & VM_FLAG_OVERRIDE_LIMITS) != 0;

	if (!overrides)
		access.flags |= of_domain;
	if ((account_flags & access.flag) != 0)
		access.rule = VM_ACCESS_ACCOUNT_FLAG;
	else if ((of_domain & access.flag) != 0)
		access.rule = overrides ? VM_ACCESS_OVERRIDE : VM_ACCESS_DOMAIN_FLAG;
	access.is_allowed = (access.flags & access.flag) == 0;
	return access;
}

static bool is_login(enum vm_service service)
{
	return service == VM_SERVICE_POP || service == VM_SERVICE_IMAP ||
	       service == VM_SERVICE_SMTP || service == VM_SERVICE_WEBMAIL ||
	       service == VM_SERVICE_ANY;
}

enum vm_status vm_account_access(const struct vm_context *context, const struct vm_account *account,
				 enum vm_service service, struct vm_access *out,
				 struct vm_error *err)
{
	struct vm_limits limits;
	enum vm_status status = VM_OK;

	/* For any login the flags in force are wanted, not only a decision. */
	if (!is_login(service) && (services[service].flag & VM_FLAGS_OF_DOMAINS) == 0) {
		*out = vm_access_decide(account->flags, NULL, service);
		return VM_OK;
	}
	*out = (struct vm_access){ .is_allowed = false };
	status = vm_store_limits_get(context->store, account->domain, &limits, err);
	if (status != VM_OK)
		return status;
	*out = vm_access_decide(account->flags, &limits, service);
	return VM_OK;
}

const char *vm_service_name(enum vm_service service)
{
	return services[service].name;
}

bool vm_service_of_name(const char *name, enum vm_service *out)
{
	for (unsigned int i = 0; i < VM_SERVICES; i++)
		if (strcmp(services[i].name, name) == 0) {
			*out = (enum vm_service)i;
			return true;
		}
	return false;
}
