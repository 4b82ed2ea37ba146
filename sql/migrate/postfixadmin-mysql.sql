-- Prints what PostfixAdmin 2.3 to 4.0 keeps in MySQL or MariaDB, one JSON object per line, for
-- `vimport --format postfixadmin`. It only reads, and sees one moment.
--
--     mariadb --batch --raw --skip-column-names DATABASE < postfixadmin-mysql.sql
--
-- A column that some versions do not have is asked for inside a query whose outer one has a NULL of that name.
SET NAMES utf8mb4;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;

SELECT line FROM (
	SELECT LOWER(d.domain) AS section, 0 AS part, '' AS name, JSON_OBJECT(
		'table', 'domain', 'domain', d.domain, 'max_aliases', CAST(d.aliases AS CHAR),
		'max_accounts', CAST(d.mailboxes AS CHAR), 'default_quota_mib', CAST(d.maxquota AS CHAR),
		'quota_mib', CAST(d.quota AS CHAR), 'transport', d.transport, 'backup_mx', CAST(d.backupmx AS CHAR),
		'active', CAST(d.active AS CHAR),
		'password_expiry', (SELECT CAST(password_expiry AS CHAR) FROM domain AS x WHERE x.domain = d.domain),
		'is_alias', CAST(EXISTS (SELECT 1 FROM alias_domain AS x
			WHERE x.alias_domain = d.domain AND x.active = 1) AS CHAR),
		'catch_all', (SELECT x.`goto` FROM alias AS x
			WHERE x.address = CONCAT('@', d.domain) AND x.active = 1)) AS line
	FROM domain AS d, (SELECT NULL AS password_expiry) AS absent
	WHERE d.domain <> 'ALL'
UNION ALL
	SELECT LOWER(target_domain), 1, alias_domain, JSON_OBJECT(
		'table', 'alias_domain', 'name', alias_domain, 'domain', target_domain, 'active', CAST(active AS CHAR))
	FROM alias_domain
UNION ALL
	SELECT LOWER(SUBSTRING_INDEX(username, '@', -1)), 2, username, JSON_OBJECT(
		'table', 'domain_admin', 'address', username, 'domain', domain, 'active', CAST(active AS CHAR))
	FROM domain_admins
UNION ALL
	SELECT LOWER(m.domain), 3, m.username, JSON_OBJECT(
		'table', 'mailbox', 'address', m.username, 'domain', m.domain, 'hash', m.password, 'name', m.name,
		'quota', CAST(m.quota AS CHAR), 'active', CAST(m.active AS CHAR),
		'smtp', (SELECT CAST(smtp_active AS CHAR) FROM mailbox AS x WHERE x.username = m.username),
		'has_totp', (SELECT CAST(totp_secret <> '' AS CHAR) FROM mailbox AS x WHERE x.username = m.username))
	FROM mailbox AS m, (SELECT NULL AS smtp_active, NULL AS totp_secret) AS absent
UNION ALL
	SELECT LOWER(a.domain), 4, a.address, JSON_OBJECT(
		'table', 'alias', 'address', a.address, 'domain', a.domain, 'goto', a.`goto`,
		'active', CAST(a.active AS CHAR),
		'is_mailbox', CAST(EXISTS (SELECT 1 FROM mailbox AS x WHERE x.username = a.address) AS CHAR))
	FROM alias AS a
	WHERE NOT (a.address LIKE '@%' AND a.active = 1)
UNION ALL
	SELECT LOWER(v.domain), 5, v.email, JSON_OBJECT(
		'table', 'vacation', 'address', v.email, 'domain', v.domain, 'subject', v.subject, 'text', v.body,
		'active', CAST(v.active AS CHAR),
		'from', (SELECT CAST(UNIX_TIMESTAMP(activefrom) AS CHAR) FROM vacation AS x WHERE x.email = v.email),
		'until', (SELECT CAST(UNIX_TIMESTAMP(activeuntil) AS CHAR) FROM vacation AS x WHERE x.email = v.email),
		'interval', (SELECT CAST(interval_time AS CHAR) FROM vacation AS x WHERE x.email = v.email))
	FROM vacation AS v, (SELECT NULL AS activefrom, NULL AS activeuntil, NULL AS interval_time) AS absent
) AS everything
ORDER BY CAST(section AS BINARY), part, CAST(name AS BINARY);

SELECT JSON_OBJECT('table', 'skipped', 'what', 'fetchmail', 'name', mailbox) FROM fetchmail ORDER BY mailbox;

-- Tables of later versions: a statement is made for those that are there.
SET @count = CONCAT('SELECT JSON_OBJECT(''table'', ''skipped'', ''what'', ''%s'', ''name'', CONCAT(COUNT(*), '' rows'')) ',
	'FROM %s HAVING COUNT(*) > 0');
SET @statement = (SELECT IF(COUNT(*) = 0, 'DO 0', REPLACE(@count, '%s', 'dkim'))
	FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dkim');
PREPARE counted FROM @statement;
EXECUTE counted;
SET @statement = (SELECT IF(COUNT(*) = 0, 'DO 0', REPLACE(@count, '%s', 'mailbox_app_password'))
	FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'mailbox_app_password');
PREPARE counted FROM @statement;
EXECUTE counted;
SET @statement = (SELECT IF(COUNT(*) = 0, 'DO 0', REPLACE(@count, '%s', 'totp_exception_address'))
	FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'totp_exception_address');
PREPARE counted FROM @statement;
EXECUTE counted;

SELECT JSON_OBJECT('table', 'end');
COMMIT;
