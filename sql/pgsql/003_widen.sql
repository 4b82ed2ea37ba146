-- Tables that vpopmail 5.4 or 5.6 made become as wide as 001 makes them, and are sorted by bytes. Columns and keys that
-- are there stay, those of others too, and the statements of the old programs still run.
ALTER TABLE vpopmail ADD COLUMN IF NOT EXISTS pw_clear_passwd varchar(128);
--unless SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'vpopmail' AND column_name = 'pw_gid' AND data_type = 'bigint'
ALTER TABLE vpopmail
	ALTER COLUMN pw_name TYPE varchar(64) COLLATE "C",
	ALTER COLUMN pw_domain TYPE varchar(96) COLLATE "C",
	ALTER COLUMN pw_passwd TYPE varchar(255) COLLATE "C",
	ALTER COLUMN pw_gid TYPE bigint,
	ALTER COLUMN pw_gecos TYPE varchar(64) COLLATE "C",
	ALTER COLUMN pw_dir TYPE varchar(160) COLLATE "C",
	ALTER COLUMN pw_shell TYPE varchar(40) COLLATE "C",
	ALTER COLUMN pw_clear_passwd TYPE varchar(128) COLLATE "C";
ALTER TABLE dir_control
	ALTER COLUMN domain TYPE varchar(96) COLLATE "C",
	ALTER COLUMN cur_users TYPE bigint,
	ALTER COLUMN the_dir TYPE varchar(160) COLLATE "C";
ALTER TABLE lastauth
	ALTER COLUMN userid TYPE varchar(64) COLLATE "C",
	ALTER COLUMN domain TYPE varchar(96) COLLATE "C",
	ALTER COLUMN remote_ip TYPE varchar(45) COLLATE "C",
	ALTER COLUMN timestamp TYPE bigint;
ALTER TABLE valias ADD COLUMN IF NOT EXISTS id bigserial;
ALTER TABLE valias
	ALTER COLUMN id TYPE bigint,
	ALTER COLUMN alias TYPE varchar(64) COLLATE "C",
	ALTER COLUMN domain TYPE varchar(96) COLLATE "C",
	ALTER COLUMN valias_line TYPE text COLLATE "C";
ALTER TABLE limits
	ALTER COLUMN domain TYPE varchar(96) COLLATE "C",
	ALTER COLUMN diskquota TYPE bigint,
	ALTER COLUMN maxmsgcount TYPE bigint,
	ALTER COLUMN defaultquota TYPE bigint,
	ALTER COLUMN defaultmaxmsgcount TYPE bigint;
ALTER TABLE aliasdomains
	ALTER COLUMN alias TYPE varchar(100) COLLATE "C",
	ALTER COLUMN domain TYPE varchar(100) COLLATE "C";
UPDATE relay SET timestamp = 0 WHERE timestamp IS NULL;
ALTER TABLE relay
	ALTER COLUMN ip_addr TYPE varchar(45) COLLATE "C",
	ALTER COLUMN timestamp TYPE bigint;
ALTER TABLE ip_alias_map
	ALTER COLUMN ip_addr TYPE varchar(45) COLLATE "C",
	ALTER COLUMN domain TYPE varchar(96) COLLATE "C";
