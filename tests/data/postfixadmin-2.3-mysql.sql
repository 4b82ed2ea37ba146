SET NAMES utf8mb4;
CREATE TABLE admin (
  username varchar(255) NOT NULL PRIMARY KEY, password varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00', modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=latin1;
CREATE TABLE alias (
  address varchar(255) NOT NULL PRIMARY KEY, `goto` text NOT NULL, domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00', modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1, KEY domain (domain)
) DEFAULT CHARSET=latin1;
CREATE TABLE alias_domain (
  alias_domain varchar(255) NOT NULL DEFAULT '' PRIMARY KEY, target_domain varchar(255) NOT NULL DEFAULT '',
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00', modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=latin1;
CREATE TABLE domain (
  domain varchar(255) NOT NULL PRIMARY KEY, description varchar(255) CHARACTER SET utf8 NOT NULL,
  aliases int(10) NOT NULL DEFAULT 0, mailboxes int(10) NOT NULL DEFAULT 0, maxquota bigint(20) NOT NULL DEFAULT 0,
  quota bigint(20) NOT NULL DEFAULT 0, transport varchar(255) NOT NULL, backupmx tinyint(1) NOT NULL DEFAULT 0,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00', modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=latin1;
CREATE TABLE domain_admins (
  username varchar(255) NOT NULL, domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00', active tinyint(1) NOT NULL DEFAULT 1, KEY username (username)
) DEFAULT CHARSET=latin1;
CREATE TABLE fetchmail (
  id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, mailbox varchar(255) NOT NULL DEFAULT '',
  src_server varchar(255) NOT NULL DEFAULT ''
) DEFAULT CHARSET=latin1;
CREATE TABLE mailbox (
  username varchar(255) NOT NULL PRIMARY KEY, password varchar(255) NOT NULL, name varchar(255) CHARACTER SET utf8mb4 NOT NULL,
  maildir varchar(255) NOT NULL, quota bigint(20) NOT NULL DEFAULT 0, local_part varchar(255) NOT NULL,
  domain varchar(255) NOT NULL, created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00', active tinyint(1) NOT NULL DEFAULT 1, KEY domain (domain)
) DEFAULT CHARSET=latin1;
CREATE TABLE vacation (
  email varchar(255) NOT NULL PRIMARY KEY, subject varchar(255) CHARACTER SET utf8 NOT NULL, body text CHARACTER SET utf8 NOT NULL,
  cache text NOT NULL, domain varchar(255) NOT NULL, created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1
) DEFAULT CHARSET=latin1;
CREATE TABLE vacation_notification (
  on_vacation varchar(255) NOT NULL, notified varchar(255) NOT NULL DEFAULT '',
  notified_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (on_vacation, notified)
) DEFAULT CHARSET=latin1;
