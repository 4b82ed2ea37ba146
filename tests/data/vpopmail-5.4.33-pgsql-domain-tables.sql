-- vpopmail 5.4.33 with PostgreSQL, --disable-many-domains --enable-valias --disable-clear-passwd, with columns of a fixed width
CREATE TABLE example_org (
  pw_name char(32) NOT NULL,
  pw_passwd char(40),
  pw_uid int,
  pw_gid int,
  pw_gecos char(48),
  pw_dir char(160),
  pw_shell char(20),
  PRIMARY KEY (pw_name)
);
CREATE TABLE a_b_example (
  pw_name char(32) NOT NULL,
  pw_passwd char(40),
  pw_uid int,
  pw_gid int,
  pw_gecos char(48),
  pw_dir char(160),
  pw_shell char(20),
  PRIMARY KEY (pw_name)
);
CREATE TABLE users (
  pw_name char(32) NOT NULL,
  pw_passwd char(40),
  pw_uid int,
  pw_gid int,
  pw_gecos char(48),
  pw_dir char(160),
  pw_shell char(20),
  PRIMARY KEY (pw_name)
);
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('postmaster', '$1$abcdefgh$0123456789012345678901', 0, 0, 'Postmaster', '/home/vpopmail/domains/example.org/postmaster', 'NOQUOTA');
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('bob', 'abNANd1rDfiNc', 1, 2, 'O''Brien, \ "Bob" -- ; %s', '/home/vpopmail/domains/example.org/0/bob', '10485760S,1000C');
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('jurgen', '$1$abcdefgh$0123456789012345678901', 0, 64, 'Jürgen Müller', '/home/vpopmail/domains/example.org/jurgen', 'NOQUOTA');
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('negative', '', 0, -2147483648, '  leading', '/home/vpopmail/domains/example.org/1/negative', 'NOQUOTA');
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('nothing', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('a-name-of-32-bytes-a-name-of-32b', 'abNANd1rDfiNc', 0, 0, 'long', '/home/vpopmail/domains/example.org/a-name-of-32-bytes-a-name-of-32b', 'NOQUOTA');
INSERT INTO example_org (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('trailing', 'abNANd1rDfiNc', 0, 0, 'blanks   ', '/home/vpopmail/domains/example.org/trailing', 'NOQUOTA ');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('postmaster', '$1$abcdefgh$0123456789012345678901', 0, 0, 'Postmaster', '/home/vpopmail/domains/a-b.example/postmaster', 'NOQUOTA');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('bob', 'abNANd1rDfiNc', 1, 2, 'O''Brien, \ "Bob" -- ; %s', '/home/vpopmail/domains/a-b.example/0/bob', '10485760S,1000C');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('jurgen', '$1$abcdefgh$0123456789012345678901', 0, 64, 'Jürgen Müller', '/home/vpopmail/domains/a-b.example/jurgen', 'NOQUOTA');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('negative', '', 0, -2147483648, '  leading', '/home/vpopmail/domains/a-b.example/1/negative', 'NOQUOTA');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('nothing', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('a-name-of-32-bytes-a-name-of-32b', 'abNANd1rDfiNc', 0, 0, 'long', '/home/vpopmail/domains/a-b.example/a-name-of-32-bytes-a-name-of-32b', 'NOQUOTA');
INSERT INTO a_b_example (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('trailing', 'abNANd1rDfiNc', 0, 0, 'blanks   ', '/home/vpopmail/domains/a-b.example/trailing', 'NOQUOTA ');
INSERT INTO users (pw_name, pw_passwd) VALUES ('local', 'abNANd1rDfiNc');
CREATE TABLE dir_control (
  domain varchar(96) NOT NULL, cur_users int, level_cur int, level_max int, level_start0 int, level_start1 int, level_start2 int, level_end0 int, level_end1 int, level_end2 int, level_mod0 int, level_mod1 int, level_mod2 int, level_index0 int, level_index1 int, level_index2 int,
  the_dir varchar(160), PRIMARY KEY (domain)
);
INSERT INTO dir_control VALUES ('example.org', 7, 1, 3, 0, 0, 0, 61, 61, 61, 0, 2, 4, 2, 0, 0, '2');
INSERT INTO dir_control VALUES ('dom_89', 1, 0, 3, 0, 0, 0, 61, 61, 61, 0, 2, 4, 0, 0, 0, '');
CREATE TABLE lastauth (
  userid varchar(32) NOT NULL, domain varchar(96) NOT NULL, remote_ip varchar(18) NOT NULL, timestamp bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (userid, domain)
);
INSERT INTO lastauth (userid, domain, remote_ip, timestamp) VALUES ('bob', 'example.org', '192.0.2.7', 1700000001);
INSERT INTO lastauth (userid, domain, remote_ip, timestamp) VALUES ('jurgen', 'example.org', '', 0);
CREATE TABLE relay (
  ip_addr varchar(18) NOT NULL, timestamp bigint, PRIMARY KEY (ip_addr)
);
INSERT INTO relay VALUES ('192.0.2.1', 1700000002), ('192.0.2.2', NULL);
CREATE TABLE ip_alias_map (
  ip_addr varchar(18) NOT NULL, domain varchar(96), PRIMARY KEY (ip_addr)
);
INSERT INTO ip_alias_map (ip_addr, domain) VALUES ('192.0.2.80', 'example.org');
CREATE TABLE valias (
  alias varchar(32) NOT NULL, domain varchar(96) NOT NULL, valias_line varchar(160) NOT NULL
);
CREATE INDEX valias_idx ON valias (alias, domain);
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '&first@elsewhere.example');
INSERT INTO valias (alias, domain, valias_line) VALUES ('alpha', 'example.org', '|/bin/true ''x'' \ "y"');
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '/home/vpopmail/shared/Maildir/');
INSERT INTO valias (alias, domain, valias_line) VALUES ('zeta', 'example.org', '&again@elsewhere.example');
