-- Domains, usage counters, and the number that tells other hosts that the domains have changed.
CREATE TABLE IF NOT EXISTS domains (
	name varchar(96) COLLATE "C" NOT NULL,
	real_name varchar(96) COLLATE "C" NOT NULL,
	dir varchar(160) COLLATE "C" NOT NULL,
	uid bigint NOT NULL,
	gid bigint NOT NULL,
	state smallint NOT NULL DEFAULT 0,
	PRIMARY KEY (name)
);
CREATE INDEX IF NOT EXISTS domains_real_name ON domains (real_name, name);
CREATE TABLE IF NOT EXISTS usage_counters (
	domain varchar(96) COLLATE "C" NOT NULL,
	name varchar(64) COLLATE "C" NOT NULL,
	shard smallint NOT NULL,
	bytes bigint NOT NULL,
	messages bigint NOT NULL,
	PRIMARY KEY (domain, name, shard)
);
CREATE TABLE IF NOT EXISTS revisions (
	what varchar(32) COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	PRIMARY KEY (what)
);
INSERT INTO revisions (what, number) VALUES ('domains', 1) ON CONFLICT DO NOTHING;
