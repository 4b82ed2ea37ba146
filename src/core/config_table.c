/* The settings: one row each. */
#include <config.h>

#include "core/account.h"
#include "core/config_table.h"

#include "core/config.h"

enum { NAME_MAX_BYTES = 32, LIST_MAX = 400 };

#define AT(member) offsetof(struct vm_config, member)

/* Rows by type; the last argument of each is the help. */
#define TEXT(member, value, minimum, maximum, choices, help)                                     \
	{                                                                                        \
#member, VM_SETTING_TEXT, AT(member), value, "", minimum, maximum, choices, help \
	}
#define BOOL(member, value, help)                                                     \
	{                                                                             \
#member, VM_SETTING_BOOL, AT(member), value, "", 0, 0, "yes no", help \
	}
#define NUMBER(member, value, unit, minimum, maximum, help)                                       \
	{                                                                                         \
#member, VM_SETTING_NUMBER, AT(member), value, unit, minimum, maximum, NULL, help \
	}

const struct vm_setting vm_settings[] = {
	TEXT(user, "vpopmail", 0, NAME_MAX_BYTES, NULL,
	     "Owner of the domains when root runs a program; empty means the running user."),
	TEXT(group, "vchkpw", 0, NAME_MAX_BYTES, NULL,
	     "Group of the domains when root runs a program; empty means the user's own."),
	TEXT(qmail_dir, "/var/qmail", 1, VM_PATH_MAX, NULL,
	     "Folder of qmail, with control, users and bin below it."),
	TEXT(qmail_cdb_name, "cdb", 1, NAME_MAX_BYTES, "cdb assign.cdb",
	     "Name of the compiled users/assign in the folder users of qmail."),
	TEXT(ezmlm_dir, "/usr/local/bin/ezmlm", 1, VM_PATH_MAX, NULL,
	     "Folder of the programs of ezmlm, for vlist."),
	TEXT(qmail_queue, "", 0, VM_PATH_MAX, NULL,
	     "Program that takes forwarded messages by qmail-queue's protocol; empty means "
	     "qmail_dir/bin/qmail-queue."),
	TEXT(domains_dir, "domains", 1, NAME_MAX_BYTES, NULL,
	     "Name of the folder that holds the domains, below the home."),
	TEXT(auth, "cdb", 1, NAME_MAX_BYTES, NULL, "Store module that keeps domains and accounts."),
	BOOL(domain_views, "no",
	     "Keep a view of each domain's accounts in an SQL database, named as the tables of "
	     "vpopmail --disable-many-domains."),
	BOOL(alias_files, "no", "Keep aliases in .qmail files also where the store is in SQL."),
	BOOL(limits_files, "no",
	     "Keep limits in files of the domains also where the store is in SQL."),
	BOOL(users_big_dir, "yes",
	     "Spread the homes of a domain over folders of a hundred; user names then have two "
	     "bytes "
	     "at least."),
	BOOL(sqwebmail_pass, "no",
	     "Keep each password's hash in the file sqwebmail-pass of its Maildir too."),
	TEXT(default_domain, "", 0, VM_DOMAIN_MAX, NULL,
	     "Domain of an address that names none; empty means the first line of "
	     "etc/defaultdomain."),
	BOOL(ip_alias_domains, "no",
	     "Take the default domain from the table of vipmap by the server's address."),
	BOOL(utf8_addresses, "no",
	     "Accept UTF-8 in the part before the @ (RFC 6531), kept in NFC."),
	BOOL(idn_domains, "no",
	     "Accept internationalised domain names (RFC 5891), kept as A-labels."),
	BOOL(qmail_ext, "no", "Deliver user-extension to user."),

	TEXT(password_scheme, "yescrypt", 1, NAME_MAX_BYTES,
	     "yescrypt gost-yescrypt scrypt bcrypt sha512 sha256 md5 des argon2id argon2i ssha512 "
	     "ssha256 ssha",
	     "How new passwords are stored."),
	NUMBER(password_cost, "0", "", 0, 10000000,
	       "Cost of a new password's hash (its meaning depends on the scheme); 0 is the "
	       "scheme's default."),
	NUMBER(password_min_length, "1", "bytes", 0, VM_CLEAR_MAX,
	       "Shortest password that may be chosen."),
	NUMBER(password_max_length, "128", "bytes", 1, VM_CLEAR_MAX,
	       "Longest password that may be chosen."),
	NUMBER(password_min_classes, "0", "", 0, 4,
	       "How many of lower case, upper case, digits and others a new password must have."),
	BOOL(password_not_name, "no",
	     "Refuse a new password that is the name or the address of its account."),
	NUMBER(random_password_length, "12", "bytes", 6, VM_CLEAR_MAX,
	       "Length of a password that is made up (option -r)."),
	BOOL(clear_passwords, "no",
	     "Keep the clear password beside the hash; APOP and CRAM-MD5 need it."),
	BOOL(learn_passwords, "no",
	     "Store the password of the first login for an account that has none."),
	BOOL(rehash_on_login, "no",
	     "After a good login replace a hash that password_scheme would not make today."),

	TEXT(webmail_addresses, "127.0.0.1 ::1", 0, LIST_MAX, NULL,
	     "Addresses (blank-separated) from which POP3 and IMAP count as webmail."),
	TEXT(login_ports, "25=smtp 465=smtp 587=smtp 110=pop3 995=pop3 143=imap 993=imap", 0,
	     LIST_MAX, NULL,
	     "Which service a local port is (blank-separated PORT=smtp|pop3|imap)."),
	BOOL(auth_logging, "yes", "Keep time and address of each account's last login."),
	NUMBER(min_login_interval, "0", "seconds", 0, 86400,
	       "Refuse a login so soon after the one before; 0 is off."),
	{ "logging", VM_SETTING_LOGGING, AT(logging), "errors", "", 0, 0,
	  "none all errors n y e p v",
	  "Which logins are logged; n y e are 5.4's letters, p and v write what e and y write." },
	{ "log_target", VM_SETTING_LOG_TARGET, AT(log_target), "syslog", "", 0, 0,
	  "syslog stderr none", "Where log lines go." },
	TEXT(log_name, "vpopmail", 1, NAME_MAX_BYTES, NULL,
	     "Name in front of the lines in syslog."),

	BOOL(roaming_users, "no",
	     "After a POP3 or IMAP login let the client's address send mail through this host for "
	     "a "
	     "while."),
	TEXT(tcpserver_file, "", 0, VM_PATH_MAX, NULL,
	     "File with tcpserver's rules for SMTP, beside which FILE.cdb is made; empty means "
	     "etc/tcp.smtp below the home."),
	BOOL(rebuild_tcpserver_file, "yes",
	     "Make FILE.cdb from the rules and the windows; without it the windows are only kept."),
	NUMBER(relay_clear_minutes, "180", "minutes", 1, 525600,
	       "How long after the last login from its address a window stays open: what "
	       "clearopensmtp leaves."),

	BOOL(onchange, "no", "Run a program after each change of domains, accounts and aliases."),
	TEXT(onchange_program, "", 0, VM_PATH_MAX, NULL,
	     "That program; empty means etc/onchange below the home."),
	BOOL(onchange_before_and_after, "no",
	     "Run it before each change too; its last argument is then before or after."),
	NUMBER(onchange_seconds, "30", "seconds", 1, 3600, "How long that program may run."),
	BOOL(log_changes, "no", "Log each change, as the program is told of it."),

	TEXT(new_domain_action, "bounce-no-mailbox", 1, NAME_MAX_BYTES, "bounce-no-mailbox delete",
	     "What a new domain does with mail to unknown users."),
	BOOL(default_delivery, "no", "Obey qmail's control/defaultdelivery in new homes."),
	BOOL(domain_quotas, "no", "Check the quota of the whole domain at delivery."),
	NUMBER(quota_warning_percent, "90", "percent", 0, 100,
	       "How full a mailbox is when its owner gets the warning; 0 is never."),
	NUMBER(program_seconds, "300", "seconds", 1, 86400,
	       "How long a program of a .qmail line may run."),
	TEXT(delivery_filter, "", 0, VM_PATH_MAX, NULL,
	     "Program (and its words) through which each message goes before it is stored; empty "
	     "is "
	     "none."),
	BOOL(spamassassin, "no", "Let spamc mark spam before a message is stored."),
	TEXT(spamc_program, "/usr/bin/spamc", 1, VM_PATH_MAX, NULL,
	     "That program and its words; -x -u ADDRESS are added."),
	TEXT(spam_junk_folder, "", 0, NAME_MAX_BYTES, NULL,
	     "Folder of the mailbox, such as Junk, where spam goes; empty means it is stored as "
	     "other mail."),
	NUMBER(spam_delete_level, "0", "", 0, 100,
	       "Spam with so many stars in X-Spam-Level is deleted; 0 is never."),
	BOOL(maildrop, "no", "Let maildrop store the mail of accounts."),
	TEXT(maildrop_program, "/usr/bin/maildrop", 1, VM_PATH_MAX, NULL,
	     "That program and its words; the file with its rules is added."),
	NUMBER(filter_seconds, "120", "seconds", 1, 3600,
	       "How long each filter of a message may run."),
	{ "message_size_max", VM_SETTING_SIZE, AT(message_size_max), "0", "bytes", 0,
	  UINT64_C(1) << 40, NULL, "Largest message that is taken; 0 is any." },
	NUMBER(max_delivered_to, "100", "", 1, 10000,
	       "A message with so many Delivered-To lines is in a loop."),
	TEXT(spool_folder, "", 0, VM_PATH_MAX, NULL,
	     "Folder where vlmtpd keeps big messages on their way, in files without a name; empty "
	     "means tmp below the home."),

	TEXT(lmtp_listen, "", 0, LIST_MAX, NULL,
	     "Where vlmtpd listens (blank-separated unix:/PATH, 127.0.0.1:PORT, [::1]:PORT); empty "
	     "is nowhere."),
	TEXT(pop3_listen, "", 0, LIST_MAX, NULL,
	     "Where the POP3 server listens without tcpserver (as lmtp_listen)."),
	{ "socket_mode", VM_SETTING_OCTAL, AT(socket_mode), "0660", "", 0, 0777, NULL,
	  "Mode of Unix sockets." },
	TEXT(socket_group, "", 0, NAME_MAX_BYTES, NULL,
	     "Group of Unix sockets; empty is that of the process."),
	NUMBER(lmtp_processes, "20", "processes", 1, 1000,
	       "How many connections vlmtpd serves at a time: one for each that the mail server "
	       "keeps open (Postfix opens 20 at most unless told otherwise)."),
	NUMBER(pop3_max_connections, "500", "connections", 1, 100000,
	       "How many connections the POP3 server serves at a time."),
	NUMBER(io_timeout, "300", "seconds", 1, 86400,
	       "How long a server waits for a peer that does not read or write."),
	NUMBER(pop3_timeout, "1200", "seconds", 600, 86400,
	       "How long a POP3 session may stay without a command (RFC 1939: 600 at least)."),
	NUMBER(pop3_login_tries, "3", "", 1, 100, "Refused logins before a POP3 connection ends."),
	TEXT(tls_certificate, "", 0, VM_PATH_MAX, NULL,
	     "PEM file with the certificate and its chain; empty is no TLS."),
	TEXT(tls_key, "", 0, VM_PATH_MAX, NULL,
	     "PEM file with the private key; empty means it is in tls_certificate."),
	BOOL(tls_required, "no", "Take no password before STLS."),
};

const size_t vm_setting_count = sizeof(vm_settings) / sizeof(vm_settings[0]);

static const char *const cdb_names[] = { NULL };

/* The sections .write and .read say what differs for the primary and the replicas. */
static const char *const mysql_names[] = {
	"host", "port",   "socket",          "user",    "password",        "database",
	"tls",  "tls_ca", "tls_certificate", "tls_key", "connect_timeout", "answer_timeout",
	NULL
};
static const char *const pgsql_names[] = {
	"host",        "port",    "user",   "password",        "database",       "sslmode",
	"sslrootcert", "sslcert", "sslkey", "connect_timeout", "answer_timeout", NULL
};
static const char *const sqlite_names[] = { "file", "answer_timeout", NULL };

const struct vm_section vm_sections[] = {
	{ "cdb", cdb_names },           { "mysql", mysql_names },   { "mysql.read", mysql_names },
	{ "mysql.write", mysql_names }, { "pgsql", pgsql_names },   { "pgsql.read", pgsql_names },
	{ "pgsql.write", pgsql_names }, { "sqlite", sqlite_names },
};

const size_t vm_section_count = sizeof(vm_sections) / sizeof(vm_sections[0]);
