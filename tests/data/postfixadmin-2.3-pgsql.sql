CREATE TABLE domain (
  domain character varying(255) NOT NULL PRIMARY KEY, description character varying(255) NOT NULL DEFAULT '',
  aliases integer NOT NULL DEFAULT 0, mailboxes integer NOT NULL DEFAULT 0, maxquota integer NOT NULL DEFAULT 0,
  quota integer NOT NULL DEFAULT 0, transport character varying(255), backupmx boolean NOT NULL DEFAULT false,
  created timestamp with time zone DEFAULT now(), modified timestamp with time zone DEFAULT now(),
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE admin (
  username character varying(255) NOT NULL PRIMARY KEY, password character varying(255) NOT NULL DEFAULT '',
  created timestamp with time zone DEFAULT now(), modified timestamp with time zone DEFAULT now(),
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE alias (
  address character varying(255) NOT NULL PRIMARY KEY, goto text NOT NULL,
  domain character varying(255) NOT NULL, created timestamp with time zone DEFAULT now(),
  modified timestamp with time zone DEFAULT now(), active boolean NOT NULL DEFAULT true
);
CREATE TABLE alias_domain (
  alias_domain character varying(255) NOT NULL PRIMARY KEY, target_domain character varying(255) NOT NULL,
  created timestamp with time zone DEFAULT now(), modified timestamp with time zone DEFAULT now(),
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE domain_admins (
  username character varying(255) NOT NULL, domain character varying(255) NOT NULL,
  created timestamp with time zone DEFAULT now(), active boolean NOT NULL DEFAULT true
);
CREATE TABLE fetchmail (
  id serial PRIMARY KEY, mailbox character varying(255) NOT NULL DEFAULT '', src_server character varying(255) NOT NULL DEFAULT ''
);
CREATE TABLE mailbox (
  username character varying(255) NOT NULL PRIMARY KEY, password character varying(255) NOT NULL DEFAULT '',
  name character varying(255) NOT NULL DEFAULT '', maildir character varying(255) NOT NULL DEFAULT '',
  quota bigint NOT NULL DEFAULT 0, created timestamp with time zone DEFAULT now(), modified timestamp with time zone DEFAULT now(),
  active boolean NOT NULL DEFAULT true, domain character varying(255), local_part character varying(255) NOT NULL
);
CREATE TABLE vacation (
  email character varying(255) PRIMARY KEY, subject character varying(255) NOT NULL, body text NOT NULL DEFAULT '',
  cache text NOT NULL DEFAULT '', domain character varying(255) NOT NULL, created timestamp with time zone DEFAULT now(),
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE vacation_notification (
  on_vacation character varying(255) NOT NULL REFERENCES vacation (email) ON DELETE CASCADE,
  notified character varying(255) NOT NULL DEFAULT '', notified_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (on_vacation, notified)
);
