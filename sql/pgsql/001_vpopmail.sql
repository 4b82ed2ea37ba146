-- The tables of vpopmail 5.4 to 5.6, as wide as they are now. A table that is there already is widened by 003.
CREATE TABLE IF NOT EXISTS vpopmail (
	pw_name varchar(64) COLLATE "C" NOT NULL,
	pw_domain varchar(96) COLLATE "C" NOT NULL,
	pw_passwd varchar(255) COLLATE "C",
	pw_uid integer,
	pw_gid bigint,
	pw_gecos varchar(64) COLLATE "C",
	pw_dir varchar(160) COLLATE "C",
	pw_shell varchar(40) COLLATE "C",
	pw_clear_passwd varchar(128) COLLATE "C",
	PRIMARY KEY (pw_name, pw_domain)
);
CREATE INDEX IF NOT EXISTS vpopmail_domain ON vpopmail (pw_domain, pw_name);
CREATE TABLE IF NOT EXISTS dir_control (
	domain varchar(96) COLLATE "C" NOT NULL,
	cur_users bigint,
	level_cur integer,
	level_max integer,
	level_start0 integer,
	level_start1 integer,
	level_start2 integer,
	level_end0 integer,
	level_end1 integer,
	level_end2 integer,
	level_mod0 integer,
	level_mod1 integer,
	level_mod2 integer,
	level_index0 integer,
	level_index1 integer,
	level_index2 integer,
	the_dir varchar(160) COLLATE "C",
	PRIMARY KEY (domain)
);
CREATE TABLE IF NOT EXISTS lastauth (
	userid varchar(64) COLLATE "C" NOT NULL,
	domain varchar(96) COLLATE "C" NOT NULL,
	remote_ip varchar(45) COLLATE "C" NOT NULL,
	timestamp bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (userid, domain)
);
CREATE TABLE IF NOT EXISTS valias (
	id bigserial PRIMARY KEY,
	alias varchar(64) COLLATE "C" NOT NULL,
	domain varchar(96) COLLATE "C" NOT NULL,
	valias_line text COLLATE "C" NOT NULL
);
CREATE INDEX IF NOT EXISTS valias_name ON valias (domain, alias);
CREATE TABLE IF NOT EXISTS limits (
	domain varchar(96) COLLATE "C" NOT NULL,
	maxpopaccounts integer NOT NULL DEFAULT -1,
	maxaliases integer NOT NULL DEFAULT -1,
	maxforwards integer NOT NULL DEFAULT -1,
	maxautoresponders integer NOT NULL DEFAULT -1,
	maxmailinglists integer NOT NULL DEFAULT -1,
	diskquota bigint NOT NULL DEFAULT 0,
	maxmsgcount bigint NOT NULL DEFAULT 0,
	defaultquota bigint NOT NULL DEFAULT 0,
	defaultmaxmsgcount bigint NOT NULL DEFAULT 0,
	disable_pop smallint NOT NULL DEFAULT 0,
	disable_imap smallint NOT NULL DEFAULT 0,
	disable_dialup smallint NOT NULL DEFAULT 0,
	disable_passwordchanging smallint NOT NULL DEFAULT 0,
	disable_webmail smallint NOT NULL DEFAULT 0,
	disable_relay smallint NOT NULL DEFAULT 0,
	disable_smtp smallint NOT NULL DEFAULT 0,
	disable_spamassassin smallint NOT NULL DEFAULT 0,
	delete_spam smallint NOT NULL DEFAULT 0,
	disable_maildrop smallint NOT NULL DEFAULT 0,
	perm_account smallint NOT NULL DEFAULT 0,
	perm_alias smallint NOT NULL DEFAULT 0,
	perm_forward smallint NOT NULL DEFAULT 0,
	perm_autoresponder smallint NOT NULL DEFAULT 0,
	perm_maillist smallint NOT NULL DEFAULT 0,
	perm_quota smallint NOT NULL DEFAULT 0,
	perm_defaultquota smallint NOT NULL DEFAULT 0,
	PRIMARY KEY (domain)
);
CREATE TABLE IF NOT EXISTS aliasdomains (
	alias varchar(96) COLLATE "C" NOT NULL,
	domain varchar(96) COLLATE "C" NOT NULL,
	PRIMARY KEY (alias)
);
CREATE INDEX IF NOT EXISTS aliasdomains_domain ON aliasdomains (domain);
CREATE TABLE IF NOT EXISTS relay (
	ip_addr varchar(45) COLLATE "C" NOT NULL,
	timestamp bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (ip_addr)
);
CREATE INDEX IF NOT EXISTS relay_timestamp ON relay (timestamp);
CREATE TABLE IF NOT EXISTS ip_alias_map (
	ip_addr varchar(45) COLLATE "C" NOT NULL,
	domain varchar(96) COLLATE "C",
	PRIMARY KEY (ip_addr)
);
CREATE TABLE IF NOT EXISTS vlog (
	id bigserial PRIMARY KEY,
	userid varchar(64) COLLATE "C",
	passwd varchar(32) COLLATE "C",
	domain varchar(96) COLLATE "C",
	logon varchar(200) COLLATE "C",
	remoteip varchar(45) COLLATE "C",
	message varchar(255) COLLATE "C",
	timestamp bigint NOT NULL DEFAULT 0,
	error smallint
);
CREATE INDEX IF NOT EXISTS vlog_timestamp ON vlog (timestamp);
