-- Prints what PostfixAdmin 2.3 to 4.0 keeps in PostgreSQL, one JSON object per line, for
-- `vimport --format postfixadmin`. It only reads, and sees one moment.
--
--     psql -XAtq -v ON_ERROR_STOP=1 -f postfixadmin-pgsql.sql DATABASE
--
-- A column that some versions do not have is asked for inside a query whose outer one has a NULL of that name.
SET client_encoding = 'UTF8';
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT line FROM (
	SELECT lower(d.domain) AS section, 0 AS part, '' AS name, json_build_object(
		'table', 'domain', 'domain', d.domain, 'max_aliases', d.aliases::text, 'max_accounts', d.mailboxes::text,
		'default_quota_mib', d.maxquota::text, 'quota_mib', d.quota::text, 'transport', d.transport,
		'backup_mx', d.backupmx::int::text, 'active', d.active::int::text,
		'password_expiry', (SELECT password_expiry::text FROM domain AS x WHERE x.domain = d.domain),
		'is_alias', (EXISTS (SELECT 1 FROM alias_domain AS x
			WHERE x.alias_domain = d.domain AND x.active))::int::text,
		'catch_all', (SELECT x.goto FROM alias AS x
			WHERE x.address = '@' || d.domain AND x.active))::text AS line
	FROM domain AS d, (SELECT NULL::int AS password_expiry) AS absent
	WHERE d.domain <> 'ALL'
UNION ALL
	SELECT lower(target_domain), 1, alias_domain, json_build_object(
		'table', 'alias_domain', 'name', alias_domain, 'domain', target_domain,
		'active', active::int::text)::text
	FROM alias_domain
UNION ALL
	SELECT lower(regexp_replace(username, '^.*@', '')), 2, username, json_build_object(
		'table', 'domain_admin', 'address', username, 'domain', domain, 'active', active::int::text)::text
	FROM domain_admins
UNION ALL
	SELECT lower(m.domain), 3, m.username, json_build_object(
		'table', 'mailbox', 'address', m.username, 'domain', m.domain, 'hash', m.password, 'name', m.name,
		'quota', m.quota::text, 'active', m.active::int::text,
		'smtp', (SELECT smtp_active::int::text FROM mailbox AS x WHERE x.username = m.username),
		'has_totp', (SELECT (totp_secret <> '')::int::text FROM mailbox AS x WHERE x.username = m.username))::text
	FROM mailbox AS m, (SELECT NULL::boolean AS smtp_active, NULL::text AS totp_secret) AS absent
UNION ALL
	SELECT lower(a.domain), 4, a.address, json_build_object(
		'table', 'alias', 'address', a.address, 'domain', a.domain, 'goto', a.goto,
		'active', a.active::int::text,
		'is_mailbox', (EXISTS (SELECT 1 FROM mailbox AS x WHERE x.username = a.address))::int::text)::text
	FROM alias AS a
	WHERE NOT (a.address LIKE '@%' AND a.active)
UNION ALL
	SELECT lower(v.domain), 5, v.email, json_build_object(
		'table', 'vacation', 'address', v.email, 'domain', v.domain, 'subject', v.subject, 'text', v.body,
		'active', v.active::int::text,
		'from', (SELECT floor(extract(epoch FROM activefrom))::bigint::text
			FROM vacation AS x WHERE x.email = v.email),
		'until', (SELECT floor(extract(epoch FROM activeuntil))::bigint::text
			FROM vacation AS x WHERE x.email = v.email),
		'interval', (SELECT interval_time::text FROM vacation AS x WHERE x.email = v.email))::text
	FROM vacation AS v, (SELECT NULL::timestamptz AS activefrom, NULL::timestamptz AS activeuntil,
		NULL::int AS interval_time) AS absent
) AS everything
ORDER BY section COLLATE "C", part, name COLLATE "C";

SELECT json_build_object('table', 'skipped', 'what', 'fetchmail', 'name', mailbox) FROM fetchmail ORDER BY mailbox;

-- Tables of later versions: a statement is made for those that are there.
SELECT format('SELECT json_build_object(''table'', ''skipped'', ''what'', %L, ''name'', count(*) || '' rows'') '
	'FROM %I HAVING count(*) > 0', name, name)
FROM (VALUES ('dkim'), ('mailbox_app_password'), ('totp_exception_address')) AS later (name)
WHERE to_regclass(name) IS NOT NULL \gexec

SELECT json_build_object('table', 'end');
COMMIT;
