/* What the platform knows about an account, a domain, an alias, a login: the values that every layer passes on. */
#ifndef VM_CORE_ACCOUNT_H
#define VM_CORE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/address.h"

/* Bytes, NUL not counted. */
enum {
	VM_HASH_MAX = 255,
	VM_COMMENT_MAX = 64,
	VM_PATH_MAX = 160, /* a home or a domain's folder */
	VM_QUOTA_MAX = 40, /* "NS,NC" with two 19-digit numbers */
	VM_CLEAR_MAX = 128,
	VM_ALIAS_LINE_MAX = 1000,
	VM_IP_MAX = 45, /* textual IPv6 */
};

/* Bits of an account's flags (vpasswd field 4, pw_gid). Values are 5.4's. */
enum vm_account_flag {
	VM_FLAG_NO_PASSWORD_CHANGE = 0x00001,
	VM_FLAG_NO_POP = 0x00002,
	VM_FLAG_NO_WEBMAIL = 0x00004,
	VM_FLAG_NO_IMAP = 0x00008,
	VM_FLAG_BOUNCE_MAIL = 0x00010,
	VM_FLAG_NO_RELAY = 0x00020,
	VM_FLAG_NO_DIALUP = 0x00040,
	VM_FLAG_USER_0 = 0x00080,
	VM_FLAG_USER_1 = 0x00100,
	VM_FLAG_USER_2 = 0x00200,
	VM_FLAG_USER_3 = 0x00400,
	VM_FLAG_NO_SMTP = 0x00800,
	VM_FLAG_DOMAIN_ADMIN = 0x01000,
	VM_FLAG_OVERRIDE_LIMITS = 0x02000,
	VM_FLAG_NO_SPAMASSASSIN = 0x04000,
	VM_FLAG_DELETE_SPAM = 0x08000,
	VM_FLAG_SYSTEM_ADMIN = 0x10000,
	VM_FLAG_SYSTEM_EXPERT = 0x20000,
	VM_FLAG_NO_MAILDROP = 0x40000,
};

/* pw_uid as cdb stores it; SQL stores kind - 1. */
enum vm_account_kind { VM_ACCOUNT_POP = 1, VM_ACCOUNT_APOP = 2 };

/* One mailbox. All text is borrowed (usually from an arena) and never NULL. */
struct vm_account {
	const char *user;
	const char *domain; /* the real domain, never an alias of it */
	const char *hash;   /* crypt(3) or {SCHEME} text; "" = no password */
	enum vm_account_kind kind;
	uint32_t flags; /* enum vm_account_flag bits; unknown bits are kept */
	const char *comment;
	const char *home;  /* absolute, without /Maildir; "" = made at the first use */
	const char *quota; /* "NOQUOTA", "", or core/quota.h's text form */
	const char *clear; /* clear password, "" when not kept */
};

/*
 * VM_INVALID, naming the field, when a value may not be stored: too long, a control byte, ':' in a field of
 * vpasswd other than the last, an unknown kind, a home that is not absolute or holds "..".
 */
enum vm_status vm_account_check(const struct vm_account *account, struct vm_error *err);

/*
 * VM_INVALID (field "dir") when a domain cannot be kept below this folder: its path is a field of users/assign and the
 * beginning of every home, so it is absolute and holds no ':', "..", or control byte. Its length is checked where it is whole.
 */
enum vm_status vm_base_dir_check(const char *path, struct vm_error *err);

struct vm_account_list {
	struct vm_account *items;
	size_t count;
	bool more; /* the page was full; go on after items[count - 1].user */
};

/* A domain as a lookup answers it. */
struct vm_domain {
	const char *name; /* the real name */
	const char *dir;  /* its folder D, absolute */
	uid_t uid;
	gid_t gid;
	bool is_alias; /* the name asked for was an alias of `name` */
};

/* One row of the domain list, aliases included. */
struct vm_domain_entry {
	const char *name;
	const char *real; /* same text as name for a real domain */
	const char *dir;
	uid_t uid;
	gid_t gid;
};

struct vm_domain_list {
	struct vm_domain_entry *items;
	size_t count;
	bool more;
};

/* The last login. when == 0: never recorded. */
struct vm_last_login {
	time_t when;
	char from[VM_IP_MAX + 1]; /* an address, or a service name as Dovecot glue writes */
};

/* One line of an alias; the user part names the alias. */
struct vm_alias {
	const char *user;
	const char *domain;
	const char *line; /* "&a@b", "a@b", "/path/", "|cmd", "#..." */
};

struct vm_alias_list {
	struct vm_alias *items;
	size_t count;
	bool more;
};

struct vm_ip_map {
	char ip[VM_IP_MAX + 1];
	char domain[VM_DOMAIN_MAX + 1];
};

struct vm_ip_map_list {
	struct vm_ip_map *items;
	size_t count;
	bool more;
};

/* An open relay window of a roaming user. */
struct vm_relay {
	char ip[VM_IP_MAX + 1];
	time_t since;
};

/* Mail stored, as the quota sees it. */
struct vm_usage {
	uint64_t bytes;
	uint64_t messages;
};

/* One event for the authentication log. */
struct vm_log_event {
	const char *user, *domain, *logon, *remote_ip, *message; /* logon: the name as typed */
	time_t when;
	int kind; /* 5.4's class: 0 internal, 1 unknown user, 2 success, 3 bad password, 4 denied */
};

/* An event that was kept; a later one has the higher number. */
struct vm_log_row {
	uint64_t number; /* > 0 */
	struct vm_log_event event;
};

#define VM_LOG_NEWEST UINT64_MAX

struct vm_log_list {
	struct vm_log_row *items;
	size_t count;
	bool more;
};

#endif
