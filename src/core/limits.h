/* A domain's limits: how many, how much, what its members may do. The struct mirrors 5.4's struct vlimits. */
#ifndef VM_CORE_LIMITS_H
#define VM_CORE_LIMITS_H

#include <stdint.h>

#include "util/buf.h"
#include "util/status.h"

/* Bits of a perm_* value: what admins other than postmaster may NOT do. */
enum { VM_DENY_CREATE = 1, VM_DENY_MODIFY = 2, VM_DENY_DELETE = 4, VM_DENY_ALL = 7 };

struct vm_limits {
	/* -1 none */
	int32_t max_accounts, max_aliases, max_forwards, max_autoresponders, max_lists;
	uint64_t disk_quota_mb;    /* whole domain, MiB; 0 none */
	uint64_t max_messages;     /* whole domain; 0 none */
	uint64_t default_quota;    /* bytes, new accounts; 0 none */
	uint64_t default_messages; /* messages, new accounts; 0 none */
	uint32_t disabled;         /* VM_FLAG_* mask that every account of the domain inherits */
	uint8_t perm_account, perm_alias, perm_forward, perm_autoresponder;
	uint8_t perm_list, perm_list_users, perm_list_moderators, perm_quota, perm_default_quota;
};

/* No limit at all: -1 and 0. */
void vm_limits_default(struct vm_limits *limits);

/*
 * Reads the text of .qmailadmin-limits or vlimits.default into *limits (which holds the values to start from).
 * Unknown names are skipped; a bad number is VM_MISCONFIG with the line.
 */
enum vm_status vm_limits_parse(const char *text, struct vm_limits *limits, struct vm_error *err);

/*
 * The file text for *limits. Lines of old_text (may be "") with names that we do not know are kept.
 */
enum vm_status vm_limits_print(const struct vm_limits *limits, const char *old_text,
			       struct vm_buf *out, struct vm_error *err);

/* File form: D/.qmailadmin-limits (not asked when domain_dir is NULL), else home/etc/vlimits.default, else no limits. */
enum vm_status vm_limits_file_get(const char *domain_dir, const char *default_file,
				  struct vm_limits *out, struct vm_error *err);
/* D/.qmailadmin-limits alone; VM_NOT_FOUND: there is none. */
enum vm_status vm_limits_file_own(const char *domain_dir, struct vm_limits *out,
				  struct vm_error *err);
enum vm_status vm_limits_file_put(const char *domain_dir, const struct vm_limits *limits,
				  struct vm_error *err);
enum vm_status vm_limits_file_remove(const char *domain_dir, struct vm_error *err);

#endif
