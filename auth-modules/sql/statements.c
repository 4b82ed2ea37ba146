/* The statements, one row each; three texts only where the engines differ. */
#include <config.h>

#include "statements.h"

/* Columns of an account as every statement that reads one names them. */
#define ACCOUNT "pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd"

#define DIRS                                                                          \
	"cur_users, level_cur, level_max, level_start0, level_start1, level_start2, " \
	"level_end0, level_end1, level_end2, level_mod0, level_mod1, level_mod2, "    \
	"level_index0, level_index1, level_index2, the_dir"

#define LIMITS                                                                              \
	"maxpopaccounts, maxaliases, maxforwards, maxautoresponders, maxmailinglists, "     \
	"diskquota, maxmsgcount, defaultquota, defaultmaxmsgcount, "                        \
	"disable_pop, disable_imap, disable_dialup, disable_passwordchanging, "             \
	"disable_webmail, disable_relay, disable_smtp, disable_spamassassin, delete_spam, " \
	"disable_maildrop, perm_account, perm_alias, perm_forward, perm_autoresponder, "    \
	"perm_maillist, perm_quota, perm_defaultquota"

#define SAME(parameters, columns, text)                       \
	{                                                     \
		{ text, text, text }, (parameters), (columns) \
	}
#define EACH(parameters, columns, mysql, pgsql, sqlite)           \
	{                                                         \
		{ mysql, pgsql, sqlite }, (parameters), (columns) \
	}
/* SQLite has one writer at a time: what a unit reads is locked anyway. */
#define LOCKED(parameters, columns, text)                                                 \
	{                                                                                 \
		{ text " FOR UPDATE", text " FOR UPDATE", text }, (parameters), (columns) \
	}
/* PostgreSQL calls the column userid. */
#define LOGIN(parameters, columns, before, after)                                                  \
	{                                                                                          \
		{ before "user" after, before "userid" after, before "user" after }, (parameters), \
			(columns)                                                                  \
	}

/* In the order of insertion. 5.6's table in SQLite has no id; where there is one it is the rowid. */
#define INSERTED(parameters, columns, text)                                     \
	{                                                                       \
		{ text "id", text "id", text "rowid" }, (parameters), (columns) \
	}

#define FOUR(row)    row ", " row ", " row ", " row
#define SIXTEEN(row) FOUR(row) ", " FOUR(row) ", " FOUR(row) ", " FOUR(row)

#define USAGE_MANY                                                                           \
	"INSERT INTO usage_counters (domain, name, shard, bytes, messages) VALUES " SIXTEEN( \
		"(?, ?, 0, 0, 0)") " "

const struct vm_sql_statement vm_sql_statements[VM_SQL_STATEMENT_COUNT] = {
	[VM_SQL_ACCOUNT_GET] =
		SAME(2, 8, "SELECT " ACCOUNT " FROM vpopmail WHERE pw_name = ? AND pw_domain = ?"),
	[VM_SQL_ACCOUNT_LOCK] = LOCKED(
		2, 8, "SELECT " ACCOUNT " FROM vpopmail WHERE pw_name = ? AND pw_domain = ?"),
	/* The domain is asked for in the same statement, so that no account is left without one. */
	[VM_SQL_ACCOUNT_INSERT] = EACH(
		9, 0,
		"INSERT INTO vpopmail (" ACCOUNT ", pw_domain) SELECT ?, ?, ?, ?, ?, ?, ?, ?, name "
		"FROM domains WHERE name = ? AND real_name = name LOCK IN SHARE MODE",
		"INSERT INTO vpopmail (" ACCOUNT ", pw_domain) SELECT CAST(? AS text), "
		"CAST(? AS text), CAST(? AS integer), CAST(? AS bigint), CAST(? AS text), "
		"CAST(? AS text), CAST(? AS text), CAST(? AS text), name FROM domains "
		"WHERE name = ? AND real_name = name FOR SHARE ON CONFLICT DO NOTHING",
		"INSERT INTO vpopmail (" ACCOUNT ", pw_domain) SELECT ?, ?, ?, ?, ?, ?, ?, ?, name "
		"FROM domains WHERE name = ? AND real_name = name ON CONFLICT DO NOTHING"),
	/* Inside a unit, which holds the domain's row. */
	[VM_SQL_ACCOUNT_INSERT_MANY] =
		SAME(144, 0,
		     "INSERT INTO vpopmail (" ACCOUNT
		     ", pw_domain) VALUES " SIXTEEN("(?, ?, ?, ?, ?, ?, ?, ?, ?)")),
	[VM_SQL_ACCOUNT_UPDATE] =
		SAME(9, 0,
		     "UPDATE vpopmail SET pw_passwd = ?, pw_uid = ?, pw_gid = ?, pw_gecos = ?, "
		     "pw_dir = ?, pw_shell = ?, pw_clear_passwd = ? WHERE pw_name = ? AND "
		     "pw_domain = ?"),
	[VM_SQL_ACCOUNT_REMOVE] =
		SAME(2, 0, "DELETE FROM vpopmail WHERE pw_name = ? AND pw_domain = ?"),
	[VM_SQL_ACCOUNT_LIST] = SAME(3, 8,
				     "SELECT " ACCOUNT " FROM vpopmail WHERE pw_domain = ? AND "
				     "pw_name > ? ORDER BY pw_name LIMIT ?"),
	[VM_SQL_ACCOUNT_COUNT] = SAME(1, 1, "SELECT COUNT(*) FROM vpopmail WHERE pw_domain = ?"),

	[VM_SQL_DOMAIN_GET] = SAME(1, 4,
				   "SELECT r.name, r.dir, r.uid, r.gid FROM domains a "
				   "JOIN domains r ON r.name = a.real_name WHERE a.name = ?"),
	[VM_SQL_DOMAIN_LOOK] = SAME(1, 2, "SELECT name, real_name FROM domains WHERE name = ?"),
	[VM_SQL_DOMAIN_LOCK] = LOCKED(1, 2, "SELECT name, real_name FROM domains WHERE name = ?"),
	/*
	 * A lock holds on one node of a Galera cluster only; two units that change the same row never both end well. A digest,
	 * for the column is short: two domains that share one wait for each other, and that is all.
	 */
	[VM_SQL_DOMAIN_CLAIM] = EACH(1, 0,
				     "INSERT INTO revisions (what, number) VALUES (MD5(?), 1) "
				     "ON DUPLICATE KEY UPDATE number = number + 1",
				     NULL, NULL),
	[VM_SQL_DOMAIN_INSERT] = EACH(
		5, 0, "INSERT INTO domains (name, real_name, dir, uid, gid) VALUES (?, ?, ?, ?, ?)",
		"INSERT INTO domains (name, real_name, dir, uid, gid) VALUES (?, ?, ?, ?, ?) "
		"ON CONFLICT DO NOTHING",
		"INSERT INTO domains (name, real_name, dir, uid, gid) VALUES (?, ?, ?, ?, ?) "
		"ON CONFLICT DO NOTHING"),
	[VM_SQL_DOMAIN_REMOVE] = SAME(1, 0, "DELETE FROM domains WHERE name = ?"),
	[VM_SQL_DOMAIN_LIST] = SAME(2, 5,
				    "SELECT a.name, r.name, r.dir, r.uid, r.gid FROM domains a "
				    "JOIN domains r ON r.name = a.real_name WHERE a.name > ? "
				    "ORDER BY a.name LIMIT ?"),
	[VM_SQL_DOMAIN_ALIASES] =
		SAME(3, 5,
		     "SELECT a.name, r.name, r.dir, r.uid, r.gid FROM domains a "
		     "JOIN domains r ON r.name = a.real_name WHERE a.real_name = ? AND "
		     "a.name <> a.real_name AND a.name > ? ORDER BY a.name LIMIT ?"),
	[VM_SQL_DOMAIN_EMPTY_ACCOUNTS] = SAME(1, 0, "DELETE FROM vpopmail WHERE pw_domain = ?"),
	[VM_SQL_DOMAIN_EMPTY_LOGINS] = SAME(1, 0, "DELETE FROM lastauth WHERE domain = ?"),
	[VM_SQL_DOMAIN_EMPTY_ALIASES] = SAME(1, 0, "DELETE FROM valias WHERE domain = ?"),
	[VM_SQL_DOMAIN_EMPTY_USAGE] = SAME(1, 0, "DELETE FROM usage_counters WHERE domain = ?"),
	[VM_SQL_DOMAIN_EMPTY_DIRS] = SAME(1, 0, "DELETE FROM dir_control WHERE domain = ?"),
	/* What Dovecot's queries for vpopmail read. */
	[VM_SQL_OLD_ALIAS_INSERT] =
		EACH(2, 0, "REPLACE INTO aliasdomains (alias, domain) VALUES (?, ?)",
		     "INSERT INTO aliasdomains (alias, domain) VALUES (?, ?) "
		     "ON CONFLICT (alias) DO UPDATE SET domain = EXCLUDED.domain",
		     "REPLACE INTO aliasdomains (alias, domain) VALUES (?, ?)"),
	[VM_SQL_OLD_ALIAS_REMOVE] = SAME(1, 0, "DELETE FROM aliasdomains WHERE alias = ?"),
	[VM_SQL_REVISION_GET] = SAME(0, 1, "SELECT number FROM revisions WHERE what = 'domains'"),
	[VM_SQL_REVISION_RAISE] =
		SAME(0, 0, "UPDATE revisions SET number = number + 1 WHERE what = 'domains'"),
	/* The row is there when a host's domains have been taken in. */
	[VM_SQL_IMPORT_GET] = SAME(0, 1, "SELECT number FROM revisions WHERE what = 'assign'"),
	[VM_SQL_IMPORT_NOTE] =
		EACH(0, 0, "INSERT IGNORE INTO revisions (what, number) VALUES ('assign', 1)",
		     "INSERT INTO revisions (what, number) VALUES ('assign', 1) "
		     "ON CONFLICT DO NOTHING",
		     "INSERT INTO revisions (what, number) VALUES ('assign', 1) "
		     "ON CONFLICT DO NOTHING"),

	[VM_SQL_DIRS_GET] = SAME(1, 16, "SELECT " DIRS " FROM dir_control WHERE domain = ?"),
	[VM_SQL_DIRS_LOCK] = LOCKED(1, 16, "SELECT " DIRS " FROM dir_control WHERE domain = ?"),
	[VM_SQL_DIRS_INSERT] =
		SAME(17, 0,
		     "INSERT INTO dir_control (" DIRS
		     ", domain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
	[VM_SQL_DIRS_UPDATE] =
		SAME(17, 0,
		     "UPDATE dir_control SET cur_users = ?, level_cur = ?, level_max = ?, "
		     "level_start0 = ?, level_start1 = ?, level_start2 = ?, level_end0 = ?, "
		     "level_end1 = ?, level_end2 = ?, level_mod0 = ?, level_mod1 = ?, "
		     "level_mod2 = ?, level_index0 = ?, level_index1 = ?, level_index2 = ?, "
		     "the_dir = ? WHERE domain = ?"),

	[VM_SQL_LOGIN_GET] = LOGIN(2, 2, "SELECT remote_ip, timestamp FROM lastauth WHERE ",
				   " = ? AND domain = ?"),
	[VM_SQL_LOGIN_UPDATE] = LOGIN(4, 0,
				      "UPDATE lastauth SET remote_ip = ?, timestamp = ? WHERE ",
				      " = ? AND domain = ?"),
	[VM_SQL_LOGIN_INSERT] = EACH(
		4, 0,
		"INSERT INTO lastauth (remote_ip, timestamp, user, domain) VALUES (?, ?, ?, ?)",
		"INSERT INTO lastauth (remote_ip, timestamp, userid, domain) VALUES (?, ?, ?, ?) "
		"ON CONFLICT DO NOTHING",
		"INSERT INTO lastauth (remote_ip, timestamp, user, domain) VALUES (?, ?, ?, ?) "
		"ON CONFLICT DO NOTHING"),
	[VM_SQL_LOGIN_REMOVE] = LOGIN(2, 0, "DELETE FROM lastauth WHERE ", " = ? AND domain = ?"),

	[VM_SQL_ALIAS_GET] =
		INSERTED(2, 2,
			 "SELECT alias, valias_line FROM valias WHERE domain = ? AND alias = ? "
			 "ORDER BY "),
	[VM_SQL_ALIAS_HAS] =
		SAME(2, 1, "SELECT valias_line FROM valias WHERE domain = ? AND alias = ?"),
	[VM_SQL_ALIAS_INSERT] =
		SAME(3, 0, "INSERT INTO valias (domain, alias, valias_line) VALUES (?, ?, ?)"),
	[VM_SQL_ALIAS_REMOVE_LINE] =
		SAME(3, 0, "DELETE FROM valias WHERE domain = ? AND alias = ? AND valias_line = ?"),
	[VM_SQL_ALIAS_REMOVE] = SAME(2, 0, "DELETE FROM valias WHERE domain = ? AND alias = ?"),
	/* The names of a page, then their lines: a page never ends inside an alias. */
	[VM_SQL_ALIAS_NAMES] =
		SAME(3, 2,
		     "SELECT alias, COUNT(*) FROM valias WHERE domain = ? AND alias > ? "
		     "GROUP BY alias ORDER BY alias LIMIT ?"),
	[VM_SQL_ALIAS_LIST] =
		INSERTED(3, 2,
			 "SELECT alias, valias_line FROM valias WHERE domain = ? AND alias > ? "
			 "AND alias <= ? ORDER BY alias, "),

	[VM_SQL_LIMITS_GET] = SAME(1, 26, "SELECT " LIMITS " FROM limits WHERE domain = ?"),
	[VM_SQL_LIMITS_INSERT] =
		SAME(27, 0,
		     "INSERT INTO limits (" LIMITS ", domain) VALUES (?, ?, ?, ?, ?, ?, "
		     "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
	[VM_SQL_LIMITS_REMOVE] = SAME(1, 0, "DELETE FROM limits WHERE domain = ?"),

	[VM_SQL_IP_MAP_GET] =
		SAME(1, 2, "SELECT ip_addr, domain FROM ip_alias_map WHERE ip_addr = ?"),
	[VM_SQL_IP_MAP_INSERT] = EACH(
		2, 0, "INSERT INTO ip_alias_map (domain, ip_addr) VALUES (?, ?)",
		"INSERT INTO ip_alias_map (domain, ip_addr) VALUES (?, ?) ON CONFLICT DO NOTHING",
		"INSERT INTO ip_alias_map (domain, ip_addr) VALUES (?, ?) ON CONFLICT DO NOTHING"),
	[VM_SQL_IP_MAP_UPDATE] = SAME(2, 0, "UPDATE ip_alias_map SET domain = ? WHERE ip_addr = ?"),
	[VM_SQL_IP_MAP_REMOVE] = SAME(1, 0, "DELETE FROM ip_alias_map WHERE ip_addr = ?"),
	[VM_SQL_IP_MAP_LIST] = SAME(2, 2,
				    "SELECT ip_addr, domain FROM ip_alias_map WHERE ip_addr > ? "
				    "ORDER BY ip_addr LIMIT ?"),

	[VM_SQL_RELAY_UPDATE] =
		EACH(2, 0, "UPDATE relay SET timestamp = GREATEST(timestamp, ?) WHERE ip_addr = ?",
		     "UPDATE relay SET timestamp = GREATEST(timestamp, ?) WHERE ip_addr = ?",
		     "UPDATE relay SET timestamp = MAX(CAST(timestamp AS INTEGER), ?) "
		     "WHERE ip_addr = ?"),
	[VM_SQL_RELAY_INSERT] =
		EACH(2, 0, "INSERT INTO relay (timestamp, ip_addr) VALUES (?, ?)",
		     "INSERT INTO relay (timestamp, ip_addr) VALUES (?, ?) ON CONFLICT DO NOTHING",
		     "INSERT INTO relay (timestamp, ip_addr) VALUES (?, ?) ON CONFLICT DO NOTHING"),
	[VM_SQL_RELAY_EXPIRE] = SAME(1, 0, "DELETE FROM relay WHERE timestamp < ?"),
	[VM_SQL_RELAY_LIST] = SAME(2, 2,
				   "SELECT ip_addr, timestamp FROM relay WHERE ip_addr > ? "
				   "ORDER BY ip_addr LIMIT ?"),

	[VM_SQL_USAGE_GET] =
		SAME(2, 3,
		     "SELECT COUNT(*), COALESCE(SUM(bytes), 0), COALESCE(SUM(messages), 0) "
		     "FROM usage_counters WHERE domain = ? AND name = ?"),
	[VM_SQL_USAGE_HAS] = SAME(2, 1,
				  "SELECT shard FROM usage_counters WHERE domain = ? AND name = ? "
				  "LIMIT 1"),
	[VM_SQL_USAGE_ADD] =
		SAME(5, 0,
		     "UPDATE usage_counters SET bytes = bytes + ?, messages = messages + ? "
		     "WHERE domain = ? AND name = ? AND shard = ?"),
	[VM_SQL_USAGE_INSERT] =
		EACH(5, 0,
		     "INSERT INTO usage_counters (bytes, messages, domain, name, shard) "
		     "VALUES (?, ?, ?, ?, ?)",
		     "INSERT INTO usage_counters (bytes, messages, domain, name, shard) "
		     "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		     "INSERT INTO usage_counters (bytes, messages, domain, name, shard) "
		     "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
	[VM_SQL_USAGE_INSERT_MANY] = EACH(32, 0, USAGE_MANY "ON DUPLICATE KEY UPDATE bytes = bytes",
					  USAGE_MANY "ON CONFLICT DO NOTHING",
					  USAGE_MANY "ON CONFLICT DO NOTHING"),
	[VM_SQL_USAGE_REMOVE] =
		SAME(2, 0, "DELETE FROM usage_counters WHERE domain = ? AND name = ?"),

	[VM_SQL_LOG_WRITE] = LOGIN(7, 0, "INSERT INTO vlog (",
				   ", passwd, domain, logon, remoteip, message, timestamp, error) "
				   "VALUES (?, '', ?, ?, ?, ?, ?, ?)"),
	[VM_SQL_LOG_LIST] = LOGIN(2, 8, "SELECT id, ",
				  ", domain, logon, remoteip, message, timestamp, error FROM vlog "
				  "WHERE id < ? ORDER BY id DESC LIMIT ?"),
	[VM_SQL_LOG_PURGE] =
		EACH(2, 0, "DELETE FROM vlog WHERE timestamp < ? ORDER BY timestamp LIMIT ?",
		     "DELETE FROM vlog WHERE id IN (SELECT id FROM vlog WHERE timestamp < ? "
		     "ORDER BY timestamp LIMIT ?)",
		     "DELETE FROM vlog WHERE id IN (SELECT id FROM vlog WHERE timestamp < ? "
		     "ORDER BY timestamp LIMIT ?)"),

	[VM_SQL_SCHEMA_VERSION] = SAME(0, 1, "SELECT COALESCE(MAX(number), 0) FROM schema_version"),
	[VM_SQL_SCHEMA_NOTE] =
		SAME(3, 0, "INSERT INTO schema_version (number, name, applied) VALUES (?, ?, ?)"),
};
