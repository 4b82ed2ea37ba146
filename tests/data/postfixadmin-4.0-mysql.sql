ALTER TABLE admin ADD superadmin tinyint(1) NOT NULL DEFAULT 0, ADD phone varchar(30) NOT NULL DEFAULT '',
  ADD email_other varchar(255) NOT NULL DEFAULT '', ADD token varchar(255) NOT NULL DEFAULT '',
  ADD token_validity datetime NOT NULL DEFAULT '2000-01-01 00:00:00', ADD totp_secret varchar(255) DEFAULT NULL;
ALTER TABLE domain ADD password_expiry int(11) DEFAULT 0;
ALTER TABLE domain_admins ADD id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY;
ALTER TABLE mailbox ADD phone varchar(30) NOT NULL DEFAULT '', ADD email_other varchar(255) NOT NULL DEFAULT '',
  ADD token varchar(255) NOT NULL DEFAULT '', ADD token_validity datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  ADD password_expiry datetime NOT NULL DEFAULT '2000-01-01 00:00:00', ADD totp_secret varchar(255) DEFAULT NULL,
  ADD smtp_active tinyint(1) NOT NULL DEFAULT 1;
ALTER TABLE vacation ADD modified timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD activefrom timestamp NOT NULL DEFAULT '2000-01-01 00:00:00', ADD activeuntil timestamp NOT NULL DEFAULT '2038-01-18 00:00:00',
  ADD interval_time int(11) NOT NULL DEFAULT 0;
CREATE TABLE dkim (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, domain_name varchar(255) NOT NULL);
CREATE TABLE mailbox_app_password (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(255) NOT NULL, password_hash varchar(255) NOT NULL
);
CREATE TABLE totp_exception_address (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, ip varchar(46) NOT NULL, username varchar(255));
SET SESSION time_zone = '+00:00';
