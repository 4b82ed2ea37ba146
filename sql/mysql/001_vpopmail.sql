-- The tables of vpopmail 5.4 to 5.6, as wide as they are now. A table that is there already is widened by 003.
CREATE TABLE IF NOT EXISTS vpopmail (
	pw_name VARCHAR(64) NOT NULL,
	pw_domain VARCHAR(96) NOT NULL,
	pw_passwd VARCHAR(255),
	pw_uid INT,
	pw_gid BIGINT,
	pw_gecos VARCHAR(64),
	pw_dir VARCHAR(160),
	pw_shell VARCHAR(40),
	pw_clear_passwd VARCHAR(128),
	PRIMARY KEY (pw_name, pw_domain),
	KEY vpopmail_domain (pw_domain, pw_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS dir_control (
	domain VARCHAR(96) NOT NULL,
	cur_users BIGINT,
	level_cur INT,
	level_max INT,
	level_start0 INT,
	level_start1 INT,
	level_start2 INT,
	level_end0 INT,
	level_end1 INT,
	level_end2 INT,
	level_mod0 INT,
	level_mod1 INT,
	level_mod2 INT,
	level_index0 INT,
	level_index1 INT,
	level_index2 INT,
	the_dir VARCHAR(160),
	PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS lastauth (
	user VARCHAR(64) NOT NULL,
	domain VARCHAR(96) NOT NULL,
	remote_ip VARCHAR(45) NOT NULL,
	timestamp BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (user, domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS valias (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	alias VARCHAR(64) NOT NULL,
	domain VARCHAR(96) NOT NULL,
	valias_line TEXT NOT NULL,
	KEY valias_name (domain, alias)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS limits (
	domain VARCHAR(96) NOT NULL,
	maxpopaccounts INT NOT NULL DEFAULT -1,
	maxaliases INT NOT NULL DEFAULT -1,
	maxforwards INT NOT NULL DEFAULT -1,
	maxautoresponders INT NOT NULL DEFAULT -1,
	maxmailinglists INT NOT NULL DEFAULT -1,
	diskquota BIGINT NOT NULL DEFAULT 0,
	maxmsgcount BIGINT NOT NULL DEFAULT 0,
	defaultquota BIGINT NOT NULL DEFAULT 0,
	defaultmaxmsgcount BIGINT NOT NULL DEFAULT 0,
	disable_pop SMALLINT NOT NULL DEFAULT 0,
	disable_imap SMALLINT NOT NULL DEFAULT 0,
	disable_dialup SMALLINT NOT NULL DEFAULT 0,
	disable_passwordchanging SMALLINT NOT NULL DEFAULT 0,
	disable_webmail SMALLINT NOT NULL DEFAULT 0,
	disable_relay SMALLINT NOT NULL DEFAULT 0,
	disable_smtp SMALLINT NOT NULL DEFAULT 0,
	disable_spamassassin SMALLINT NOT NULL DEFAULT 0,
	delete_spam SMALLINT NOT NULL DEFAULT 0,
	disable_maildrop SMALLINT NOT NULL DEFAULT 0,
	perm_account SMALLINT NOT NULL DEFAULT 0,
	perm_alias SMALLINT NOT NULL DEFAULT 0,
	perm_forward SMALLINT NOT NULL DEFAULT 0,
	perm_autoresponder SMALLINT NOT NULL DEFAULT 0,
	perm_maillist SMALLINT NOT NULL DEFAULT 0,
	perm_quota SMALLINT NOT NULL DEFAULT 0,
	perm_defaultquota SMALLINT NOT NULL DEFAULT 0,
	PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS aliasdomains (
	alias VARCHAR(96) NOT NULL,
	domain VARCHAR(96) NOT NULL,
	PRIMARY KEY (alias),
	KEY aliasdomains_domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS relay (
	ip_addr VARCHAR(45) NOT NULL,
	timestamp BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (ip_addr),
	KEY relay_timestamp (timestamp)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS ip_alias_map (
	ip_addr VARCHAR(45) NOT NULL,
	domain VARCHAR(96),
	PRIMARY KEY (ip_addr)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS vlog (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	user VARCHAR(64),
	passwd VARCHAR(32),
	domain VARCHAR(96),
	logon VARCHAR(200),
	remoteip VARCHAR(45),
	message VARCHAR(255),
	timestamp BIGINT NOT NULL DEFAULT 0,
	error SMALLINT,
	KEY vlog_timestamp (timestamp)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
