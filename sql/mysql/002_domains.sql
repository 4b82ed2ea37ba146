-- Domains, usage counters, and the number that tells other hosts that the domains have changed.
CREATE TABLE IF NOT EXISTS domains (
	name VARCHAR(96) NOT NULL,
	real_name VARCHAR(96) NOT NULL,
	dir VARCHAR(160) NOT NULL,
	uid BIGINT NOT NULL,
	gid BIGINT NOT NULL,
	state SMALLINT NOT NULL DEFAULT 0,
	PRIMARY KEY (name),
	KEY domains_real_name (real_name, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS usage_counters (
	domain VARCHAR(96) NOT NULL,
	name VARCHAR(64) NOT NULL,
	shard SMALLINT NOT NULL,
	bytes BIGINT NOT NULL,
	messages BIGINT NOT NULL,
	PRIMARY KEY (domain, name, shard)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE IF NOT EXISTS revisions (
	what VARCHAR(32) NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (what)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT IGNORE INTO revisions (what, number) VALUES ('domains', 1);
