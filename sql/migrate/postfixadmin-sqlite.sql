-- Prints what PostfixAdmin 3.1 to 4.0 keeps in SQLite, one JSON object per line, for
-- `vimport --format postfixadmin`. It only reads, and sees one moment.
--
--     sqlite3 -batch -bail "file:/path/of/postfixadmin.db?mode=ro" < postfixadmin-sqlite.sql
--
-- A column that some versions do not have is asked for inside a query whose outer one has a NULL of that name. A table that
-- some do not have is found, empty, in the database "absent", which is looked at last.
ATTACH ':memory:' AS absent;
CREATE TABLE absent.dkim (id);
CREATE TABLE absent.mailbox_app_password (id);
CREATE TABLE absent.totp_exception_address (id);
BEGIN;

SELECT line FROM (
	SELECT lower(d.domain) AS section, 0 AS part, '' AS name, json_object(
		'table', 'domain', 'domain', d.domain, 'max_aliases', CAST(d.aliases AS TEXT),
		'max_accounts', CAST(d.mailboxes AS TEXT), 'default_quota_mib', CAST(d.maxquota AS TEXT),
		'quota_mib', CAST(d.quota AS TEXT), 'transport', d.transport, 'backup_mx', CAST(d.backupmx AS TEXT),
		'active', CAST(d.active AS TEXT),
		'password_expiry', (SELECT CAST(password_expiry AS TEXT) FROM domain AS x WHERE x.domain = d.domain),
		'is_alias', CAST(EXISTS (SELECT 1 FROM alias_domain AS x
			WHERE x.alias_domain = d.domain AND x.active = 1) AS TEXT),
		'catch_all', (SELECT x.goto FROM alias AS x
			WHERE x.address = '@' || d.domain AND x.active = 1)) AS line
	FROM domain AS d, (SELECT NULL AS password_expiry) AS absent_column
	WHERE d.domain <> 'ALL'
UNION ALL
	SELECT lower(target_domain), 1, alias_domain, json_object(
		'table', 'alias_domain', 'name', alias_domain, 'domain', target_domain, 'active', CAST(active AS TEXT))
	FROM alias_domain
UNION ALL
	SELECT lower(substr(username, instr(username, '@') + 1)), 2, username, json_object(
		'table', 'domain_admin', 'address', username, 'domain', domain, 'active', CAST(active AS TEXT))
	FROM domain_admins
UNION ALL
	SELECT lower(m.domain), 3, m.username, json_object(
		'table', 'mailbox', 'address', m.username, 'domain', m.domain, 'hash', m.password, 'name', m.name,
		'quota', CAST(m.quota AS TEXT), 'active', CAST(m.active AS TEXT),
		'smtp', (SELECT CAST(smtp_active AS TEXT) FROM mailbox AS x WHERE x.username = m.username),
		'has_totp', (SELECT CAST(totp_secret <> '' AS TEXT) FROM mailbox AS x WHERE x.username = m.username))
	FROM mailbox AS m, (SELECT NULL AS smtp_active, NULL AS totp_secret) AS absent_column
UNION ALL
	SELECT lower(a.domain), 4, a.address, json_object(
		'table', 'alias', 'address', a.address, 'domain', a.domain, 'goto', a.goto,
		'active', CAST(a.active AS TEXT),
		'is_mailbox', CAST(EXISTS (SELECT 1 FROM mailbox AS x WHERE x.username = a.address) AS TEXT))
	FROM alias AS a
	WHERE NOT (a.address LIKE '@%' AND a.active = 1)
UNION ALL
	SELECT lower(v.domain), 5, v.email, json_object(
		'table', 'vacation', 'address', v.email, 'domain', v.domain, 'subject', v.subject, 'text', v.body,
		'active', CAST(v.active AS TEXT),
		'from', (SELECT strftime('%s', activefrom) FROM vacation AS x WHERE x.email = v.email),
		'until', (SELECT strftime('%s', activeuntil) FROM vacation AS x WHERE x.email = v.email),
		'interval', (SELECT CAST(interval_time AS TEXT) FROM vacation AS x WHERE x.email = v.email))
	FROM vacation AS v, (SELECT NULL AS activefrom, NULL AS activeuntil, NULL AS interval_time) AS absent_column
)
ORDER BY section COLLATE BINARY, part, name COLLATE BINARY;

SELECT json_object('table', 'skipped', 'what', 'fetchmail', 'name', mailbox) FROM fetchmail ORDER BY mailbox;
SELECT json_object('table', 'skipped', 'what', 'dkim', 'name', number || ' rows')
FROM (SELECT count(*) AS number FROM dkim) WHERE number > 0;
SELECT json_object('table', 'skipped', 'what', 'mailbox_app_password', 'name', number || ' rows')
FROM (SELECT count(*) AS number FROM mailbox_app_password) WHERE number > 0;
SELECT json_object('table', 'skipped', 'what', 'totp_exception_address', 'name', number || ' rows')
FROM (SELECT count(*) AS number FROM totp_exception_address) WHERE number > 0;

SELECT json_object('table', 'end');
COMMIT;
