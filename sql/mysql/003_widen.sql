-- Tables that vpopmail 5.4 or 5.6 made become as wide as 001 makes them. Columns and keys that are there stay, those of
-- others too, and the statements of the old programs still run. Every statement may be run again: a step that was killed
-- begins anew.
--unless SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'vpopmail' AND column_name = 'pw_clear_passwd'
ALTER TABLE vpopmail ADD COLUMN pw_clear_passwd VARCHAR(128);
ALTER TABLE vpopmail
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY pw_name VARCHAR(64) NOT NULL,
	MODIFY pw_domain VARCHAR(96) NOT NULL,
	MODIFY pw_passwd VARCHAR(255),
	MODIFY pw_uid INT,
	MODIFY pw_gid BIGINT,
	MODIFY pw_gecos VARCHAR(64),
	MODIFY pw_dir VARCHAR(160),
	MODIFY pw_shell VARCHAR(40),
	MODIFY pw_clear_passwd VARCHAR(128);
--unless SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'vpopmail' AND index_name = 'vpopmail_domain'
ALTER TABLE vpopmail ADD KEY vpopmail_domain (pw_domain, pw_name);
ALTER TABLE dir_control
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY domain VARCHAR(96) NOT NULL,
	MODIFY cur_users BIGINT,
	MODIFY the_dir VARCHAR(160);
UPDATE lastauth SET remote_ip = '' WHERE remote_ip IS NULL;
UPDATE lastauth SET timestamp = 0 WHERE timestamp IS NULL;
ALTER TABLE lastauth
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY user VARCHAR(64) NOT NULL,
	MODIFY domain VARCHAR(96) NOT NULL,
	MODIFY remote_ip VARCHAR(45) NOT NULL,
	MODIFY timestamp BIGINT NOT NULL DEFAULT 0;
--unless SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'valias' AND column_name = 'id'
ALTER TABLE valias ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST;
ALTER TABLE valias
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY id BIGINT NOT NULL AUTO_INCREMENT,
	MODIFY alias VARCHAR(64),
	MODIFY domain VARCHAR(96),
	MODIFY valias_line TEXT;
--unless SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'valias' AND index_name = 'valias_name'
ALTER TABLE valias ADD KEY valias_name (domain, alias);
ALTER TABLE limits
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY domain VARCHAR(96) NOT NULL,
	MODIFY perm_maillist SMALLINT DEFAULT 0;
ALTER TABLE aliasdomains
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- 5.4 has a time as text.
UPDATE relay SET timestamp = 0 WHERE timestamp IS NULL OR timestamp NOT REGEXP '^[0-9]{1,18}$';
ALTER TABLE relay
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY ip_addr VARCHAR(45) NOT NULL,
	MODIFY timestamp BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ip_alias_map
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY ip_addr VARCHAR(45) NOT NULL,
	MODIFY domain VARCHAR(96);
UPDATE vlog SET timestamp = 0 WHERE timestamp IS NULL;
ALTER TABLE vlog
	ENGINE=InnoDB,
	CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	MODIFY user VARCHAR(64),
	MODIFY domain VARCHAR(96),
	MODIFY remoteip VARCHAR(45),
	MODIFY timestamp BIGINT NOT NULL DEFAULT 0;
