/* What the files of the memory store share; nobody else includes it. */
#ifndef VM_MODULES_MEMORY_ENGINE_H
#define VM_MODULES_MEMORY_ENGINE_H

#include "memory.h"
#include "table.h"

/* Parts of a key are parted by a byte that no name holds and that sorts before all that names hold. */
#define VM_MEMORY_PART "\x01"

enum { VM_MEMORY_KEY_MAX = 512 };

enum vm_memory_group {
	VM_MEMORY_ACCOUNTS, /* DOMAIN USER */
	VM_MEMORY_DOMAINS,  /* NAME, aliases too */
	VM_MEMORY_DIRS,     /* DOMAIN or dom_UID */
	VM_MEMORY_LOGINS,   /* DOMAIN USER */
	VM_MEMORY_ALIASES,  /* DOMAIN USER NUMBER */
	VM_MEMORY_LIMITS,   /* DOMAIN */
	VM_MEMORY_IP_MAPS,  /* IP */
	VM_MEMORY_RELAYS,   /* IP */
	VM_MEMORY_LOG,      /* NUMBER, the newest first */
	VM_MEMORY_USAGE,    /* DOMAIN USER; the domain's own has an empty USER */
	VM_MEMORY_GROUPS,
};

/* Begins a call that reads; VM_TEMPFAIL or what a test asked for. */
enum vm_status vm_memory_enter(struct vm_error *err);

/* Begins a call that changes `domain` ("" = none): another connection's unit of work there is VM_TEMPFAIL. */
enum vm_status vm_memory_enter_change(const struct vm_backend *backend, const char *domain,
				      struct vm_error *err);

/* Ends a call that changes: what is answered, which may be the loss of the answer. */
enum vm_status vm_memory_leave_change(enum vm_status status, struct vm_error *err);

struct vm_memory_table *vm_memory_table_of(enum vm_memory_group group);

/* "DOMAIN\1USER" in key; VM_INTERNAL when it is too long for any row. */
enum vm_status vm_memory_key(char key[VM_MEMORY_KEY_MAX], const char *domain, const char *user,
			     struct vm_error *err);

/* VM_NOT_FOUND when no real domain has this name. */
enum vm_status vm_memory_need_domain(const char *name, struct vm_error *err);

/* A number that is higher at each call. */
unsigned long vm_memory_next_number(void);

extern const struct vm_account_ops vm_memory_account_ops;
extern const struct vm_domain_ops vm_memory_domain_ops;
extern const struct vm_login_ops vm_memory_login_ops;
extern const struct vm_alias_ops vm_memory_alias_ops;
extern const struct vm_limit_ops vm_memory_limit_ops;
extern const struct vm_ip_map_ops vm_memory_ip_map_ops;
extern const struct vm_relay_ops vm_memory_relay_ops;
extern const struct vm_usage_ops vm_memory_usage_ops;
extern const struct vm_log_ops vm_memory_log_ops;

/* Adds an event to the log. */
enum vm_status vm_memory_keep_event(const struct vm_log_event *event, struct vm_error *err);

/* Counters of new accounts and, with user "", of new domains begin at 0; those of removed accounts go. */
enum vm_status vm_memory_begin_usage(struct vm_name name, struct vm_error *err);
enum vm_status vm_memory_forget_usage(struct vm_name name, struct vm_error *err);

#endif
