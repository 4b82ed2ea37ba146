-- Domains, usage counters, and the number that tells other hosts that the domains have changed.
CREATE TABLE IF NOT EXISTS domains (
	name TEXT NOT NULL,
	real_name TEXT NOT NULL,
	dir TEXT NOT NULL,
	uid INTEGER NOT NULL,
	gid INTEGER NOT NULL,
	state INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (name)
);
CREATE INDEX IF NOT EXISTS domains_real_name ON domains (real_name, name);
CREATE TABLE IF NOT EXISTS usage_counters (
	domain TEXT NOT NULL,
	name TEXT NOT NULL,
	shard INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	PRIMARY KEY (domain, name, shard)
);
CREATE TABLE IF NOT EXISTS revisions (
	what TEXT NOT NULL,
	number INTEGER NOT NULL,
	PRIMARY KEY (what)
);
INSERT INTO revisions (what, number) VALUES ('domains', 1) ON CONFLICT DO NOTHING;
