SET NAMES utf8mb4;
CREATE TABLE domain (
  domain varchar(255) NOT NULL PRIMARY KEY, description varchar(255) DEFAULT NULL, aliases int(10) NOT NULL DEFAULT 0,
  mailboxes int(10) NOT NULL DEFAULT 0, defquota bigint(20) NOT NULL DEFAULT 3072, maxquota bigint(20) NOT NULL DEFAULT 102400,
  quota bigint(20) NOT NULL DEFAULT 102400, relayhost varchar(255) NOT NULL DEFAULT '0', backupmx tinyint(1) NOT NULL DEFAULT 0,
  gal tinyint(1) NOT NULL DEFAULT 1, relay_all_recipients tinyint(1) NOT NULL DEFAULT 0,
  relay_unknown_only tinyint(1) NOT NULL DEFAULT 0, created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
  modified datetime DEFAULT NULL, active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE mailbox (
  username varchar(255) NOT NULL PRIMARY KEY, password varchar(255) NOT NULL, name varchar(255) DEFAULT NULL,
  description varchar(255) DEFAULT NULL, mailbox_path_prefix varchar(150) DEFAULT '/var/vmail/', quota bigint(20) NOT NULL DEFAULT 102400,
  local_part varchar(255) NOT NULL, domain varchar(255) NOT NULL, attributes longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL
  CHECK (json_valid(attributes)), kind varchar(100) NOT NULL DEFAULT '', multiple_bookings int(11) NOT NULL DEFAULT -1,
  created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, modified datetime DEFAULT NULL, active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE alias (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, address varchar(255) NOT NULL, `goto` text NOT NULL, domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, modified datetime DEFAULT NULL, private_comment text, public_comment text,
  sogo_visible tinyint(1) NOT NULL DEFAULT 1, active tinyint(1) NOT NULL DEFAULT 1, UNIQUE KEY address (address)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE alias_domain (
  alias_domain varchar(255) NOT NULL PRIMARY KEY, target_domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE domain_admins (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(255) NOT NULL, domain varchar(255) NOT NULL,
  active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE app_passwd (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(255) NOT NULL, mailbox varchar(255) NOT NULL,
  domain varchar(255) NOT NULL, password varchar(255) NOT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE sender_acl (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, logged_in_as varchar(255) NOT NULL, send_as varchar(255) NOT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE sieve_filters (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(255) NOT NULL, script_data text NOT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE bcc_maps (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, local_dest varchar(255) NOT NULL, bcc_dest varchar(255) NOT NULL
) DEFAULT CHARSET=utf8mb4;
INSERT INTO domain (domain, aliases, mailboxes, defquota, quota, relayhost, backupmx, active) VALUES
  ('one.example', 400, 10, 3072, 10240, '0', 0, 1), ('two.example', 0, 0, 0, 0, '7', 0, 1), ('relay.example', 1, 1, 1, 1, '0', 1, 1),
  ('off.example', 1, 1, 1, 1, '0', 0, 0);
INSERT INTO alias_domain VALUES ('alias.example', 'one.example', 1);
INSERT INTO domain_admins (username, domain, active) VALUES ('dadmin', 'one.example', 1), ('anna@one.example', 'one.example', 1);
INSERT INTO mailbox (username, password, name, quota, local_part, domain, attributes, kind, active) VALUES
  ('anna@one.example', '{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuNhj1tmcEP0BBPQ7UujUnOGFQKQD7ise', 'Änna', 3221225472, 'anna', 'one.example',
    '{"force_pw_update":"0","imap_access":"1","pop3_access":"0","smtp_access":"1","sogo_access":"0","tls_enforce_in":"0"}', '', 1),
  ('bob@one.example', '{SSHA}qNwaCxc3ox14AgdBDMr7S/FMkBZzYWx0c2FsdA==', NULL, 0, 'bob', 'one.example', '{"imap_access":"0","smtp_access":"0"}', '', 2),
  ('carl@one.example', 'x', '', 0, 'carl', 'one.example', NULL, '', 0),
  ('room@one.example', 'x', 'Room', 0, 'room', 'one.example', '{}', 'location', 1);
INSERT INTO alias (address, `goto`, domain, active) VALUES
  ('anna@one.example', 'anna@one.example', 'one.example', 1), ('bob@one.example', 'bob@one.example', 'one.example', 1),
  ('@one.example', 'null@localhost', 'one.example', 1), ('@two.example', 'anna@one.example', 'two.example', 2),
  ('nothing@one.example', 'null@localhost', 'one.example', 1), ('learn@one.example', 'spam@localhost', 'one.example', 1),
  ('all@one.example', 'anna@one.example,bob@one.example', 'one.example', 2), ('old@one.example', 'anna@one.example', 'one.example', 0);
INSERT INTO app_passwd (name, mailbox, domain, password) VALUES ('phone', 'anna@one.example', 'one.example', 'x');
INSERT INTO sender_acl (logged_in_as, send_as) VALUES ('bob@one.example', 'anna@one.example');
INSERT INTO sieve_filters (username, script_data) VALUES ('anna@one.example', 'keep;');
