ALTER TABLE admin ADD superadmin boolean NOT NULL DEFAULT false, ADD totp_secret character varying(255);
ALTER TABLE domain ADD password_expiry integer DEFAULT 0;
ALTER TABLE domain_admins ADD id serial PRIMARY KEY;
ALTER TABLE mailbox ADD phone character varying(30) NOT NULL DEFAULT '', ADD email_other character varying(255) NOT NULL DEFAULT '',
  ADD token character varying(255) NOT NULL DEFAULT '', ADD token_validity timestamp with time zone DEFAULT '2000-01-01',
  ADD password_expiry timestamp with time zone DEFAULT '2000-01-01', ADD totp_secret character varying(255),
  ADD smtp_active boolean NOT NULL DEFAULT true;
ALTER TABLE vacation ADD modified timestamp with time zone DEFAULT now(),
  ADD activefrom timestamp with time zone DEFAULT '2000-01-01 00:00:00+00',
  ADD activeuntil timestamp with time zone DEFAULT '2038-01-18 00:00:00+00', ADD interval_time integer NOT NULL DEFAULT 0;
CREATE TABLE dkim (id serial PRIMARY KEY, domain_name character varying(255) NOT NULL);
CREATE TABLE mailbox_app_password (
  id serial PRIMARY KEY, username character varying(255) NOT NULL, password_hash character varying(255) NOT NULL
);
CREATE TABLE totp_exception_address (id serial PRIMARY KEY, ip character varying(46) NOT NULL, username character varying(255));
SET TIME ZONE 'UTC';
