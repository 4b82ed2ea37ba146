/*
 * Virtmail for programs in C and C++: domains, their limits, accounts, logins, aliases and usage of one installation, on every
 * store. Build with `pkg-config --cflags --libs virtmail` (the shared library) or virtmail-static (the archive). Manual:
 * virtmail(3).
 *
 * Functions answer with a status. A definite one (vm_is_definite) says what is so: VM_NOT_FOUND means that there is no such
 * account. VM_TEMPFAIL, VM_MISCONFIG and VM_INTERNAL say that nobody knows: never refuse, bounce or create because of them.
 * The last parameter, never NULL, tells people why when the status is not VM_OK.
 *
 * Names are parsed as every command parses them: letters are folded, a domain may be named by its alias, and an address
 * without a domain gets the default one. Text is UTF-8 and ends with NUL. Sizes are bytes, times seconds.
 *
 * An installation belongs to one thread at a time, and all calls of one process are made by one thread at a time. A child
 * process opens its own. Changes are on disk, or in the database, when a function answers VM_OK.
 */
#ifndef VIRTMAIL_H
#define VIRTMAIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "virtmail_status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VIRTMAIL_API 1

/* Bits of an account's flags; the values are vpopmail's, and bits without a name are kept. */
#define VM_ACCOUNT_NO_PASSWORD_CHANGE 0x00001u
#define VM_ACCOUNT_NO_POP             0x00002u
#define VM_ACCOUNT_NO_WEBMAIL         0x00004u
#define VM_ACCOUNT_NO_IMAP            0x00008u
#define VM_ACCOUNT_BOUNCE_MAIL        0x00010u
#define VM_ACCOUNT_NO_RELAY           0x00020u
#define VM_ACCOUNT_NO_DIALUP          0x00040u
#define VM_ACCOUNT_NO_SMTP            0x00800u
#define VM_ACCOUNT_DOMAIN_ADMIN       0x01000u
#define VM_ACCOUNT_OVERRIDE_LIMITS    0x02000u
#define VM_ACCOUNT_NO_SPAMASSASSIN    0x04000u
#define VM_ACCOUNT_DELETE_SPAM        0x08000u
#define VM_ACCOUNT_SYSTEM_ADMIN       0x10000u
#define VM_ACCOUNT_SYSTEM_EXPERT      0x20000u
#define VM_ACCOUNT_NO_MAILDROP        0x40000u

/* ---- The installation ---- */

struct vm_installation;

/*
 * Reads HOME/etc/vpopmail.conf and opens its store. home NULL: VPOPMAIL_HOME of the environment, else where this library was
 * installed. VM_MISCONFIG: a setting is wrong. VM_TEMPFAIL: the store does not answer. *out is NULL unless VM_OK.
 */
enum vm_status vm_open_installation(const char *home, struct vm_installation **out,
				    struct vm_error *err);
/* Closes it and sets *installation to NULL; harmless for one that is NULL. */
void vm_close_installation(struct vm_installation **installation);
/* VM_OK: the store answers. A store that was away is connected again by whatever call comes next. */
enum vm_status vm_ping_installation(struct vm_installation *installation, struct vm_error *err);

/* 1 for an answer that is certain, VM_OK included; 0 for "nobody knows". */
int vm_is_definite(enum vm_status status);
/* "ok", "not_found", "tempfail" ...; never NULL. */
const char *vm_name_of_status(enum vm_status status);

/* ---- Domains ---- */

/* What is known of a domain. The library makes it, and later versions may add members at the end. */
struct vm_domain_record {
	const char *name; /* as it was asked for or listed, folded */
	const char *real; /* the domain that it names: equal to name unless it is an alias */
	const char *folder;
	uid_t uid;
	gid_t gid;
};

/* VM_NOT_FOUND, VM_INVALID. The record is the caller's until vm_free_domain(). */
enum vm_status vm_find_domain(struct vm_installation *installation, const char *name,
			      const struct vm_domain_record **out, struct vm_error *err);
void vm_free_domain(const struct vm_domain_record **record);

/*
 * Adds a domain with its postmaster and qmail's control files, owned by the user of the settings. VM_EXISTS, VM_INVALID,
 * VM_DENIED (field "password": the password policy). After "nobody knows" the same call ends what was begun.
 */
enum vm_status vm_add_domain(struct vm_installation *installation, const char *name,
			     const char *postmaster_password, struct vm_error *err);
/* Makes `alias` another name of a domain. VM_EXISTS, VM_NOT_FOUND, VM_INVALID. */
enum vm_status vm_add_domain_alias(struct vm_installation *installation, const char *alias,
				   const char *name, struct vm_error *err);
/* Removes an alias, or a domain with its aliases, accounts and mail. VM_NOT_FOUND. */
enum vm_status vm_delete_domain(struct vm_installation *installation, const char *name,
				struct vm_error *err);

/* Called for each item of a list, valid during the call. 0 goes on, anything else ends the list. It may call the library. */
typedef int (*vm_domain_visitor)(void *context, const struct vm_domain_record *record);
/*
 * Domains and their aliases by name: those after `after` ("" or NULL: from the first), at most `limit` (0: all). The memory
 * does not grow with their number. VM_OK also when the visitor ended it.
 */
enum vm_status vm_visit_domains(struct vm_installation *installation, const char *after,
				size_t limit, vm_domain_visitor visit, void *context,
				struct vm_error *err);

/* ---- Limits of domains ---- */

/* Bits of what administrators other than postmaster may not do. */
#define VM_MAY_NOT_CREATE 1u
#define VM_MAY_NOT_MODIFY 2u
#define VM_MAY_NOT_DELETE 4u

/* How much a domain may have, and what its people may do; begin with VM_DOMAIN_LIMITS, which limits nothing. */
struct vm_domain_limits {
	size_t size; /* sizeof of the caller's struct: later versions may add members at the end */
	int32_t max_accounts, max_aliases, max_forwards, max_autoresponders, max_lists; /* -1 any */
	uint64_t disk_mib, max_messages;          /* of the whole domain; 0: any */
	uint64_t default_bytes, default_messages; /* the quota of new accounts; 0: none */
	uint32_t disabled_flags; /* VM_ACCOUNT_NO_* and _DELETE_SPAM for all accounts */
	/* VM_MAY_NOT_* of administrators other than postmaster */
	uint32_t perm_account, perm_alias, perm_forward, perm_autoresponder, perm_list;
	uint32_t perm_list_users, perm_list_moderators, perm_quota, perm_default_quota;
};
#define VM_DOMAIN_LIMITS                                                                           \
	{                                                                                          \
		sizeof(struct vm_domain_limits), -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
			0, 0, 0, 0                                                                 \
	}

/*
 * The limits in force, and in *are_own (NULL: not asked) 1 where the domain has its own, 0 where they are the installation's.
 * `out` must have its size. VM_NOT_FOUND, VM_INVALID.
 */
enum vm_status vm_read_limits(struct vm_installation *installation, const char *domain,
			      struct vm_domain_limits *out, int *are_own, struct vm_error *err);
/*
 * Gives the domain these limits, all of them; NULL: again those of the installation. They hold for what is added from now on:
 * a domain that has more keeps it. VM_NOT_FOUND, VM_INVALID (the field).
 */
enum vm_status vm_change_limits(struct vm_installation *installation, const char *domain,
				const struct vm_domain_limits *limits, struct vm_error *err);

/* ---- Accounts ---- */

struct vm_account_record {
	const char *user;
	const char *domain;  /* the real name */
	const char *hash;    /* of the password; "" there is none */
	const char *comment; /* the person's name */
	const char *home;    /* its Maildir is HOME/Maildir; "" it is made when it is needed */
	uint64_t quota_bytes, quota_messages; /* 0: no limit */
	uint32_t own_flags;                   /* VM_ACCOUNT_* of the account */
	uint32_t flags; /* in force: with those of its domain, unless it overrides them */
};

/* VM_NOT_FOUND (field "address" or "domain"), VM_INVALID. The record is the caller's until vm_free_account(). */
enum vm_status vm_find_account(struct vm_installation *installation, const char *address,
			       const struct vm_account_record **out, struct vm_error *err);
void vm_free_account(const struct vm_account_record **record);

/* What a new account has, or what is to change; begin with VM_ACCOUNT_WISH. NULL leaves a thing as it is, or to the settings. */
struct vm_account_wish {
	size_t size; /* sizeof of the caller's struct: later versions may add members at the end */
	const char *password; /* checked against the password policy, and hashed */
	const char *hash;     /* instead of a password: crypt(3) or {SCHEME} text */
	const char *comment;
	const char *quota; /* as commands take it: "10M", "1000C", "NOQUOTA" */
	uint32_t set_flags, clear_flags;
};
#define VM_ACCOUNT_WISH                                                      \
	{                                                                    \
		sizeof(struct vm_account_wish), NULL, NULL, NULL, NULL, 0, 0 \
	}

/*
 * VM_EXISTS, VM_NOT_FOUND (no such domain), VM_LIMIT (the domain's), VM_DENIED (field "password"), VM_INVALID (the field):
 * nothing is left behind. Without password and hash nobody can log in.
 */
enum vm_status vm_add_account(struct vm_installation *installation, const char *address,
			      const struct vm_account_wish *wish, struct vm_error *err);
/* VM_NOT_FOUND, VM_DENIED (field "password"), VM_INVALID (the field). All of the wish or nothing. */
enum vm_status vm_change_account(struct vm_installation *installation, const char *address,
				 const struct vm_account_wish *wish, struct vm_error *err);
/* Removes the account and its mail. VM_NOT_FOUND, VM_DENIED (it receives the mail for unknown recipients). */
enum vm_status vm_delete_account(struct vm_installation *installation, const char *address,
				 struct vm_error *err);

/*
 * May this person log in? service: "pop", "imap", "smtp", "webmail", or "any", for which no flag applies; remote_ip: text,
 * "" unknown. VM_OK: yes. VM_DENIED: no, for an unknown account after the same time as for a wrong password. VM_INVALID: no
 * such service. Slow hashes take their time. The login is not recorded, and opens no relay.
 */
enum vm_status vm_check_login(struct vm_installation *installation, const char *address,
			      const char *password, const char *service, const char *remote_ip,
			      struct vm_error *err);

typedef int (*vm_account_visitor)(void *context, const struct vm_account_record *record);
/* The accounts of a domain by user, as vm_visit_domains(). VM_NOT_FOUND, VM_INVALID. */
enum vm_status vm_visit_accounts(struct vm_installation *installation, const char *domain,
				 const char *after, size_t limit, vm_account_visitor visit,
				 void *context, struct vm_error *err);

/* What an account stores, as a delivery would see it. VM_NOT_FOUND, VM_INVALID. */
enum vm_status vm_read_usage(struct vm_installation *installation, const char *address,
			     uint64_t *bytes, uint64_t *messages, struct vm_error *err);

/* ---- Aliases ---- */

/* Adds a line ("&a@b.example", "|program", ...). VM_EXISTS, VM_LIMIT, VM_INVALID, VM_NOT_FOUND (no such domain). */
enum vm_status vm_add_alias(struct vm_installation *installation, const char *address,
			    const char *line, struct vm_error *err);
/* Removes a line, or with NULL all. VM_NOT_FOUND. */
enum vm_status vm_delete_alias(struct vm_installation *installation, const char *address,
			       const char *line, struct vm_error *err);

typedef int (*vm_alias_visitor)(void *context, const char *user, const char *line);
/*
 * Every line of a domain's aliases that its store keeps, by user, as vm_visit_domains(): `limit` counts aliases, each with all
 * its lines. VM_NOT_FOUND, VM_INVALID.
 */
enum vm_status vm_visit_aliases(struct vm_installation *installation, const char *domain,
				const char *after, size_t limit, vm_alias_visitor visit,
				void *context, struct vm_error *err);

#ifdef __cplusplus
}
#endif

#endif
