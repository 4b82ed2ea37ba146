/* The settings of one installation, read from etc/vpopmail.conf. */
#ifndef VM_CORE_CONFIG_H
#define VM_CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/address.h"
#include "util/arena.h"
#include "util/log.h"
#include "util/status.h"

/* 5.4's letters n y e p v; p and v write what e and y write. */
enum vm_logging {
	VM_LOGGING_NONE,
	VM_LOGGING_ALL,
	VM_LOGGING_ERRORS,
};

/* One name = value of a [section]. */
struct vm_config_entry {
	const char *section, *name, *value;
	unsigned int line;
};

/* Every field but `home` and the sections is one row of config_table.c, where its default and help stand. */
struct vm_config {
	const char *home; /* V, absolute */
	/* who and where */
	const char *user, *group; /* owner of the domains; the running user when not root */
	uid_t uid;
	gid_t gid;
	const char *qmail_dir;          /* Q */
	const char *qmail_cdb_name;     /* "cdb" or "assign.cdb" below Q/users */
	const char *ezmlm_dir;          /* where ezmlm-make is */
	const char *qmail_queue;        /* program that takes forwards; "" = Q/bin/qmail-queue */
	const char *domains_dir;        /* name below a home: "domains" */
	const char *auth;               /* store module */
	bool domain_views;              /* of accounts, one for each domain, in SQL */
	bool alias_files, limits_files; /* even where the store has tables for them */
	bool users_big_dir;
	bool sqwebmail_pass; /* keep the hash in Maildir/sqwebmail-pass too */
	/* addresses */
	const char *default_domain; /* "" = first line of etc/defaultdomain */
	bool ip_alias_domains;
	bool utf8_addresses, idn_domains;
	bool qmail_ext; /* user-extension reaches user */
	/* passwords */
	const char *password_scheme;                       /* see password_hash.h */
	uint32_t password_cost;                            /* 0 = the scheme's default */
	uint32_t password_min_length, password_max_length; /* bytes */
	uint32_t password_min_classes;                     /* of lower, upper, digit, other */
	bool password_not_name;
	uint32_t random_password_length;
	bool clear_passwords, learn_passwords, rehash_on_login;
	/* logins */
	const char *webmail_addresses; /* blank separated */
	const char *login_ports; /* "110=pop3 143=imap 25=smtp": which service a local port is */
	bool auth_logging;       /* keep the last login */
	uint32_t min_login_interval; /* seconds, 0 = off */
	enum vm_logging logging;
	enum vm_log_target log_target;
	const char *log_name;
	/* roaming users */
	bool roaming_users; /* a login opens a relay window for its address */
	const char
		*tcpserver_file; /* rules that tcp.smtp.cdb begins with; "" = home/etc/tcp.smtp */
	bool rebuild_tcpserver_file; /* the cdb is made here */
	uint32_t relay_clear_minutes;
	/* changes */
	bool onchange;                /* run a program after each change */
	const char *onchange_program; /* "" = home/etc/onchange */
	bool onchange_before_and_after;
	uint32_t onchange_seconds; /* its deadline */
	bool log_changes;
	/* delivery */
	const char *new_domain_action; /* the word in a new .qmail-default: "bounce-no-mailbox" */
	bool default_delivery;         /* obey Q/control/defaultdelivery */
	bool domain_quotas;
	uint32_t quota_warning_percent;
	uint32_t program_seconds;    /* deadline of a |program */
	const char *delivery_filter; /* program and its words, "" = none */
	bool spamassassin;
	const char *spamc_program;    /* and its words */
	const char *spam_junk_folder; /* "" = spam is stored as other mail */
	uint32_t spam_delete_level;   /* stars of X-Spam-Level, 0 = never */
	bool maildrop;
	const char *maildrop_program; /* and its words */
	uint32_t filter_seconds;      /* deadline of each of these programs */
	uint64_t message_size_max;    /* bytes, 0 = none */
	uint32_t max_delivered_to;    /* hops before "looping" */
	const char *spool_folder;     /* of big messages on their way; "" = home/tmp */
	/* servers */
	const char *lmtp_listen, *pop3_listen; /* blank-separated listener texts, "" = none */
	uint32_t socket_mode;                  /* octal */
	const char *socket_group;
	uint32_t lmtp_processes, pop3_max_connections;
	uint32_t io_timeout;       /* seconds */
	uint32_t pop3_timeout;     /* seconds without a command before a POP3 session ends */
	uint32_t pop3_login_tries; /* refused logins of one connection */
	const char *tls_certificate, *tls_key;
	bool tls_required; /* no password before STLS */
	/* the [section]s, for the modules */
	const struct vm_config_entry *entries;
	size_t entry_count;
	struct vm_arena arena; /* owns all text above */
};

/*
 * Reads home/etc/vpopmail.conf (all defaults when absent). An unknown name or section, a bad value, a value out
 * of bounds is VM_MISCONFIG with file:line. A password in a file that others can read is VM_MISCONFIG.
 * The result is released with vm_config_release, also after a failure.
 */
enum vm_status vm_config_load(const char *home, struct vm_config *out, struct vm_error *err);

/* The same from text (for tests, fuzzing and --check); file names it in messages. */
enum vm_status vm_config_parse(const char *text, const char *file, const char *home,
			       struct vm_config *out, struct vm_error *err);

void vm_config_release(struct vm_config *config);

/*
 * Reads the file of a loaded config again (HUP). After a failure the old settings are in force; after VM_OK every text that
 * was taken from them is gone.
 */
enum vm_status vm_config_reload(struct vm_config *config, struct vm_error *err);

/* The value of a section's entry, NULL when absent. */
const char *vm_config_get(const struct vm_config *config, const char *section, const char *name);

/* Address rules as the settings have them; default_domain as given. */
struct vm_address_policy vm_config_address_policy(const struct vm_config *config,
						  const char *default_domain);

#endif
