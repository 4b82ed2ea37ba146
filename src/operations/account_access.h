/* May an account use a service? Its flags, its domain's, and the override meet here and nowhere else. Source: reference 1.2. */
#ifndef VM_OPERATIONS_ACCOUNT_ACCESS_H
#define VM_OPERATIONS_ACCOUNT_ACCESS_H

#include "core/limits.h"
#include "operations/context.h"

enum vm_service {
	/* logins */
	VM_SERVICE_POP,
	VM_SERVICE_IMAP,
	VM_SERVICE_SMTP,
	VM_SERVICE_WEBMAIL,
	VM_SERVICE_ANY, /* no flag applies: vverifypw, vpopmaild */
	/* what else a flag can take away */
	VM_SERVICE_MAIL,            /* to be delivered to; BOUNCE_MAIL, which no domain can set */
	VM_SERVICE_RELAY,           /* a login opens the relay window */
	VM_SERVICE_DIALUP,          /* for RADIUS: kept and shown */
	VM_SERVICE_PASSWORD_CHANGE, /* by the user himself */
	VM_SERVICE_SPAM_FILTER,
	VM_SERVICE_KEEP_SPAM, /* what the filter marked is stored; DELETE_SPAM drops it */
	VM_SERVICE_MAILDROP,
};
enum { VM_SERVICES = VM_SERVICE_MAILDROP + 1 };

/* The bits that a domain's limits can set for its accounts. */
#define VM_FLAGS_OF_DOMAINS                                                                    \
	((uint32_t)(VM_FLAG_NO_PASSWORD_CHANGE | VM_FLAG_NO_POP | VM_FLAG_NO_WEBMAIL |         \
		    VM_FLAG_NO_IMAP | VM_FLAG_NO_RELAY | VM_FLAG_NO_DIALUP | VM_FLAG_NO_SMTP | \
		    VM_FLAG_NO_SPAMASSASSIN | VM_FLAG_DELETE_SPAM | VM_FLAG_NO_MAILDROP))

/* Which rule decided. */
enum vm_access_rule {
	VM_ACCESS_NO_FLAG,      /* nothing forbids it */
	VM_ACCESS_ACCOUNT_FLAG, /* the account's own flag forbids it */
	VM_ACCESS_DOMAIN_FLAG,  /* the domain's limits forbid it */
	VM_ACCESS_OVERRIDE,     /* the domain's would, but the account is not subject to them */
};

struct vm_access {
	uint32_t flags; /* in force: the account's, and the domain's unless it overrides them */
	uint32_t flag;  /* the bit that forbids this service; 0: none can */
	bool is_allowed;
	enum vm_access_rule rule;
};

/* The decision itself. limits == NULL: those of the domain are not known and do not matter. */
struct vm_access vm_access_decide(uint32_t account_flags, const struct vm_limits *limits,
				  enum vm_service service);

/*
 * The same with the limits of the account's domain, which are not read for a service that no domain can take away (out->flags
 * is the account's own then). Not VM_OK: nobody knows, which is no permission.
 */
enum vm_status vm_account_access(const struct vm_context *context, const struct vm_account *account,
				 enum vm_service service, struct vm_access *out,
				 struct vm_error *err);

/* "pop", "imap", ... as commands take and print it. false: there is no such service. */
const char *vm_service_name(enum vm_service service);
bool vm_service_of_name(const char *name, enum vm_service *out);

#endif
