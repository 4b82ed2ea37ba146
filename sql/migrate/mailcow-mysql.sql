-- Prints what mailcow keeps in its MariaDB, one JSON object per line, for `vimport --format mailcow`. It only reads, and sees one
-- moment.
--
--     mariadb --batch --raw --skip-column-names mailcow < mailcow-mysql.sql
--
-- A column that some versions do not have is asked for inside a query whose outer one has a NULL of that name.
SET NAMES utf8mb4;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;

SELECT line FROM (
	-- Limits: 0 is none here, where the reader's 0 is any number and -1 none.
	SELECT LOWER(d.domain) AS section, 0 AS part, '' AS name, JSON_OBJECT(
		'table', 'domain', 'domain', d.domain, 'max_aliases', CAST(IF(d.aliases = 0, -1, d.aliases) AS CHAR),
		'max_accounts', CAST(IF(d.mailboxes = 0, -1, d.mailboxes) AS CHAR),
		'default_quota_mib', (SELECT CAST(defquota AS CHAR) FROM domain AS x WHERE x.domain = d.domain),
		'quota_mib', CAST(d.quota AS CHAR),
		'transport', (SELECT IF(relayhost IN ('', '0'), '', 'relayhost') FROM domain AS x WHERE x.domain = d.domain),
		'backup_mx', CAST(d.backupmx AS CHAR), 'active', CAST(d.active AS CHAR),
		'is_alias', CAST(EXISTS (SELECT 1 FROM alias_domain AS x
			WHERE x.alias_domain = d.domain AND x.active = 1) AS CHAR),
		'catch_all', (SELECT x.`goto` FROM alias AS x
			WHERE x.address = CONCAT('@', d.domain) AND x.active <> 0 LIMIT 1)) AS line
	FROM domain AS d, (SELECT NULL AS defquota, '' AS relayhost) AS absent
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
		'kind', (SELECT kind FROM mailbox AS x WHERE x.username = m.username),
		'quota', CAST(m.quota AS CHAR), 'active', CAST(m.active AS CHAR),
		'imap', (SELECT JSON_VALUE(attributes, '$.imap_access') FROM mailbox AS x WHERE x.username = m.username),
		'pop', (SELECT JSON_VALUE(attributes, '$.pop3_access') FROM mailbox AS x WHERE x.username = m.username),
		'smtp', (SELECT JSON_VALUE(attributes, '$.smtp_access') FROM mailbox AS x WHERE x.username = m.username),
		'webmail', (SELECT JSON_VALUE(attributes, '$.sogo_access') FROM mailbox AS x WHERE x.username = m.username))
	FROM mailbox AS m, (SELECT NULL AS attributes, NULL AS kind) AS absent
UNION ALL
	-- 2 is an alias that SOGo does not show.
	SELECT LOWER(a.domain), 4, a.address, JSON_OBJECT(
		'table', 'alias', 'address', a.address, 'domain', a.domain, 'goto', a.`goto`,
		'active', IF(a.active = 0, '0', '1'),
		'is_mailbox', CAST(EXISTS (SELECT 1 FROM mailbox AS x WHERE x.username = a.address) AS CHAR))
	FROM alias AS a
	WHERE NOT (a.address LIKE '@%' AND a.active <> 0)
) AS everything
ORDER BY CAST(section AS BINARY), part, CAST(name AS BINARY);

-- What has no place, of the tables that this version has: a statement is made for each.
SET @named = 'SELECT JSON_OBJECT(''table'', ''skipped'', ''what'', ''%t'', ''name'', %c) FROM %t ORDER BY %c';
SET @none = 'DO 0';
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'app_passwd'), '%c', 'mailbox'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'app_passwd' AND column_name = 'mailbox');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'sender_acl'), '%c', 'logged_in_as'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'sender_acl' AND column_name = 'logged_in_as');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'sieve_filters'), '%c', 'username'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'sieve_filters' AND column_name = 'username');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'spamalias'), '%c', 'address'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'spamalias' AND column_name = 'address');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'bcc_maps'), '%c', 'local_dest'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'bcc_maps' AND column_name = 'local_dest');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'recipient_maps'), '%c', 'old_dest'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'recipient_maps' AND column_name = 'old_dest');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'imapsync'), '%c', 'user2'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'imapsync' AND column_name = 'user2');
PREPARE named FROM @statement;
EXECUTE named;
SET @statement = (SELECT IF(COUNT(*) = 0, @none, REPLACE(REPLACE(@named, '%t', 'tfa'), '%c', 'username'))
	FROM information_schema.columns
	WHERE table_schema = DATABASE() AND table_name = 'tfa' AND column_name = 'username');
PREPARE named FROM @statement;
EXECUTE named;

SELECT JSON_OBJECT('table', 'end');
COMMIT;
