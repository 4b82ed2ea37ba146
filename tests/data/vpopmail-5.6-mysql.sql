-- vpopmail 5.6 with MySQL, --enable-mysql-limits --enable-sql-logging --enable-sql-aliasdomains --enable-defaultdelivery --disable-clear-passwd, and columns for Dovecot
CREATE TABLE vpopmail (
  id int NOT NULL AUTO_INCREMENT UNIQUE,
  pw_name VARCHAR(64) NOT NULL,
  pw_domain VARCHAR(96) NOT NULL,
  pw_passwd VARCHAR(128),
  pw_uid int,
  pw_gid int,
  pw_gecos VARCHAR(64),
  pw_dir VARCHAR(160),
  pw_shell VARCHAR(20),
  my_uid tinyint DEFAULT 89,
  my_gid tinyint DEFAULT 89,
  PRIMARY KEY (pw_name, pw_domain)
) DEFAULT CHARSET=latin1;
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('postmaster', 'example.org', '$1$abcdefgh$0123456789012345678901', 0, 0, 'Postmaster', '/home/vpopmail/domains/example.org/postmaster', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('bob', 'example.org', 'abNANd1rDfiNc', 1, 2, 'O''Brien, \\ "Bob" -- ; %s', '/home/vpopmail/domains/example.org/0/bob', '10485760S,1000C');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('jurgen', 'example.org', '$1$abcdefgh$0123456789012345678901', 0, 64, CONCAT('J', X'FC', 'rgen M', X'FC', 'ller'), '/home/vpopmail/domains/example.org/jurgen', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('negative', 'example.org', '', 0, -2147483648, '  leading', '/home/vpopmail/domains/example.org/1/negative', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('nothing', 'example.org', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('a-name-of-32-bytes-a-name-of-32b', 'example.org', 'abNANd1rDfiNc', 0, 0, 'long', '/home/vpopmail/domains/example.org/a-name-of-32-bytes-a-name-of-32b', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('trailing', 'example.org', 'abNANd1rDfiNc', 0, 0, 'blanks   ', '/home/vpopmail/domains/example.org/trailing', 'NOQUOTA ');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('postmaster', 'a-b.example', '$1$abcdefgh$0123456789012345678901', 0, 0, 'Postmaster', '/home/vpopmail/domains/a-b.example/postmaster', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('bob', 'a-b.example', 'abNANd1rDfiNc', 1, 2, 'O''Brien, \\ "Bob" -- ; %s', '/home/vpopmail/domains/a-b.example/0/bob', '10485760S,1000C');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('jurgen', 'a-b.example', '$1$abcdefgh$0123456789012345678901', 0, 64, CONCAT('J', X'FC', 'rgen M', X'FC', 'ller'), '/home/vpopmail/domains/a-b.example/jurgen', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('negative', 'a-b.example', '', 0, -2147483648, '  leading', '/home/vpopmail/domains/a-b.example/1/negative', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('nothing', 'a-b.example', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('a-name-of-32-bytes-a-name-of-32b', 'a-b.example', 'abNANd1rDfiNc', 0, 0, 'long', '/home/vpopmail/domains/a-b.example/a-name-of-32-bytes-a-name-of-32b', 'NOQUOTA');
INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('trailing', 'a-b.example', 'abNANd1rDfiNc', 0, 0, 'blanks   ', '/home/vpopmail/domains/a-b.example/trailing', 'NOQUOTA ');
CREATE TABLE dir_control (
  domain VARCHAR(96) NOT NULL, cur_users int, level_cur int, level_max int, level_start0 int, level_start1 int, level_start2 int, level_end0 int, level_end1 int, level_end2 int, level_mod0 int, level_mod1 int, level_mod2 int, level_index0 int, level_index1 int, level_index2 int,
  the_dir VARCHAR(160), PRIMARY KEY (domain)
) DEFAULT CHARSET=latin1;
INSERT INTO dir_control VALUES ('example.org', 7, 1, 3, 0, 0, 0, 61, 61, 61, 0, 2, 4, 2, 0, 0, '2');
INSERT INTO dir_control VALUES ('dom_89', 1, 0, 3, 0, 0, 0, 61, 61, 61, 0, 2, 4, 0, 0, 0, '');
CREATE TABLE lastauth (
  user VARCHAR(32) NOT NULL, domain VARCHAR(96) NOT NULL, remote_ip VARCHAR(39) NOT NULL, timestamp INT NOT NULL DEFAULT 0,
  PRIMARY KEY (user, domain)
) DEFAULT CHARSET=latin1;
INSERT INTO lastauth (user, domain, remote_ip, timestamp) VALUES ('bob', 'example.org', '192.0.2.7', 1700000001);
INSERT INTO lastauth (user, domain, remote_ip, timestamp) VALUES ('jurgen', 'example.org', '', 0);
CREATE TABLE relay (
  ip_addr VARCHAR(39) NOT NULL, timestamp INT, PRIMARY KEY (ip_addr)
) DEFAULT CHARSET=latin1;
INSERT INTO relay VALUES ('192.0.2.1', 1700000002), ('192.0.2.2', NULL);
CREATE TABLE ip_alias_map (
  ip_addr VARCHAR(39) NOT NULL, domain VARCHAR(96), PRIMARY KEY (ip_addr)
) DEFAULT CHARSET=latin1;
INSERT INTO ip_alias_map (ip_addr, domain) VALUES ('192.0.2.80', 'example.org');
CREATE TABLE valias (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY, valias_type tinyint DEFAULT 1, copy tinyint DEFAULT 0,
  alias VARCHAR(32) NOT NULL, domain VARCHAR(96) NOT NULL, valias_line text NOT NULL, INDEX (alias, domain)
) DEFAULT CHARSET=latin1;
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '&first@elsewhere.example');
INSERT INTO valias (alias, domain, valias_line) VALUES ('alpha', 'example.org', '|/bin/true ''x'' \\ "y"');
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '/home/vpopmail/shared/Maildir/');
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '&again@elsewhere.example');
CREATE TABLE limits (domain VARCHAR(96) NOT NULL PRIMARY KEY,
  maxpopaccounts INT(10) NOT NULL DEFAULT -1,
  maxaliases INT(10) NOT NULL DEFAULT -1,
  maxforwards INT(10) NOT NULL DEFAULT -1,
  maxautoresponders INT(10) NOT NULL DEFAULT -1,
  maxmailinglists INT(10) NOT NULL DEFAULT -1,
  diskquota BIGINT UNSIGNED NOT NULL DEFAULT 0,
  maxmsgcount BIGINT UNSIGNED NOT NULL DEFAULT 0,
  defaultquota BIGINT UNSIGNED NOT NULL DEFAULT 0,
  defaultmaxmsgcount BIGINT UNSIGNED NOT NULL DEFAULT 0,
  disable_pop TINYINT(1) NOT NULL DEFAULT 0,
  disable_imap TINYINT(1) NOT NULL DEFAULT 0,
  disable_dialup TINYINT(1) NOT NULL DEFAULT 0,
  disable_passwordchanging TINYINT(1) NOT NULL DEFAULT 0,
  disable_webmail TINYINT(1) NOT NULL DEFAULT 0,
  disable_relay TINYINT(1) NOT NULL DEFAULT 0,
  disable_smtp TINYINT(1) NOT NULL DEFAULT 0,
  disable_spamassassin TINYINT(1) NOT NULL DEFAULT 0,
  delete_spam TINYINT(1) NOT NULL DEFAULT 0,
  disable_maildrop TINYINT(1) NOT NULL DEFAULT 0,
  perm_account TINYINT(2) NOT NULL DEFAULT 0,
  perm_alias TINYINT(2) NOT NULL DEFAULT 0,
  perm_forward TINYINT(2) NOT NULL DEFAULT 0,
  perm_autoresponder TINYINT(2) NOT NULL DEFAULT 0,
  perm_maillist TINYINT(4) NOT NULL DEFAULT 0,
  perm_quota TINYINT(2) NOT NULL DEFAULT 0,
  perm_defaultquota TINYINT(2) NOT NULL DEFAULT 0
);
INSERT INTO limits (domain, maxpopaccounts, diskquota, maxmsgcount, defaultquota, disable_imap, disable_webmail, perm_account, perm_maillist) VALUES ('example.org', 50, 700, 90000, 1048576, 1, 1, 7, 127);
CREATE TABLE aliasdomains (
  alias VARCHAR(100) NOT NULL, domain VARCHAR(100) NOT NULL, PRIMARY KEY (alias)
) DEFAULT CHARSET=latin1;
INSERT INTO aliasdomains VALUES ('alias.example', 'example.org');
CREATE TABLE vlog (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user VARCHAR(32), passwd VARCHAR(32), domain VARCHAR(96), logon VARCHAR(200), remoteip VARCHAR(39),
  message VARCHAR(255), timestamp INT NOT NULL DEFAULT 0, error TINYINT(1),
  INDEX (user), INDEX (domain), INDEX (remoteip), INDEX (error), INDEX (message), INDEX (timestamp)
) DEFAULT CHARSET=latin1;
INSERT INTO vlog (user, passwd, domain, logon, remoteip, message, timestamp, error) VALUES ('bob', 'typed', 'example.org', 'bob', '192.0.2.7', 'password fail', 1700000001, 1);
