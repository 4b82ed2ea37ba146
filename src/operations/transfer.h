/*
 * One line of the neutral format that accounts, domains and aliases move in between mail systems. Source:
 * virtmail-export(5). Writing needs no library; who reads links JSON.
 */
#ifndef VM_OPERATIONS_TRANSFER_H
#define VM_OPERATIONS_TRANSFER_H

#include "core/account.h"
#include "core/limits.h"
#include "util/arena.h"
#include "util/buf.h"

enum {
	VM_TRANSFER_VERSION = 1,
	VM_TRANSFER_LINE_MAX = 1024 * 1024,
	VM_TRANSFER_TEXT_MAX = 64 * 1024, /* of a vacation's answer */
	VM_TRANSFER_DESTINATIONS = 4000,  /* of one line */
};

enum vm_transfer_type {
	VM_TRANSFER_EXPORT,
	VM_TRANSFER_DOMAIN,
	VM_TRANSFER_ALIAS_DOMAIN,
	VM_TRANSFER_DOMAIN_ADMIN,
	VM_TRANSFER_LIMITS,
	VM_TRANSFER_ACCOUNT,
	VM_TRANSFER_ALIAS,
	VM_TRANSFER_VACATION,
	VM_TRANSFER_IP_MAP,
	VM_TRANSFER_END,
	VM_TRANSFER_TYPES,
};

enum vm_destination_kind {
	VM_DESTINATION_FORWARD,
	VM_DESTINATION_MAILBOX, /* text: address of an account of the domain, whose Maildir is meant */
	VM_DESTINATION_MAILDIR, /* text: a path */
	VM_DESTINATION_MBOX,
	VM_DESTINATION_PROGRAM,
	VM_DESTINATION_LIST,
	VM_DESTINATION_COMMENT,
	VM_DESTINATION_KINDS,
};

struct vm_destination {
	enum vm_destination_kind kind;
	const char *text;
	const char *
		line; /* in the alias, where it is not what vm_destination_print makes; else NULL */
};

struct vm_destination_list {
	struct vm_destination *items;
	size_t count;
};

struct vm_transfer_domain {
	const char *dir;       /* NULL: not said */
	const char *catch_all; /* NULL: not said */
	struct vm_destination_list fallback;
	bool has_owner, has_dirs;
	uid_t uid;
	gid_t gid;
	uint64_t dir_count;
	const char *dir_path;
};

/* account->clear is "" where the line has none. What a line does not say is in the default form beside it. */
struct vm_transfer_account {
	struct vm_account account;
	bool has_quota, has_comment; /* else "" */
	const char *maildir;         /* a hint; NULL: none */
	struct vm_last_login login;
};

struct vm_transfer_vacation {
	const char *subject; /* NULL: not said */
	const char *text;
	time_t from, until; /* 0: not said */
	uint64_t interval;  /* seconds; 0: not said */
	bool is_active;
};

/* Texts are borrowed. Which parts count is said by the type. */
struct vm_transfer {
	enum vm_transfer_type type;
	const char *user;   /* of the address: account, alias, vacation, domain_admin */
	const char *domain; /* the section's; alias_domain, ip_map: the domain that is meant */
	const char *name;   /* export: the source; alias_domain: the alias; ip_map: the address;
			       domain_admin: the domain that is administered, "*" for every one */
	struct vm_transfer_domain about;
	struct vm_transfer_account account;
	struct vm_limits limits;
	struct vm_destination_list destinations;
	struct vm_transfer_vacation vacation;
};

/* "domain", "account", ... */
const char *vm_transfer_type_name(enum vm_transfer_type type);
/* "forward", "mailbox", ... */
const char *vm_destination_kind_name(enum vm_destination_kind kind);

/* Appends the line with its LF. What is not UTF-8 is taken for ISO 8859-1. */
void vm_transfer_print(const struct vm_transfer *transfer, struct vm_buf *out);

/*
 * Reads one line; texts in the arena, addresses and domains folded. VM_INVALID (the text says what, err->field the member),
 * VM_LIMIT: too long; VM_TEMPFAIL without memory.
 */
enum vm_status vm_transfer_parse(const char *line, size_t length,
				 const struct vm_address_policy *policy, struct vm_arena *arena,
				 struct vm_transfer *out, struct vm_error *err);

/* The kinds of the lines of an alias, in the arena: at most VM_TRANSFER_DESTINATIONS. */
enum vm_status vm_destination_list_read(const struct vm_alias *lines, size_t count,
					struct vm_arena *arena, struct vm_destination_list *out,
					struct vm_error *err);

/*
 * The line of an alias for a destination (VM_ALIAS_LINE_MAX + 1 bytes), not for VM_DESTINATION_MAILBOX. VM_INVALID (field
 * "destinations") for a text that such a line cannot hold.
 */
enum vm_status vm_destination_print(const struct vm_destination *destination,
				    char line[VM_ALIAS_LINE_MAX + 1], struct vm_error *err);

/* Does it run something? */
bool vm_destination_is_program(const struct vm_destination *destination);

#endif
