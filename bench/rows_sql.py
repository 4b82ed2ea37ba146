"""Stores in SQL with a million accounts in a thousand domains, beside programs that only make the calls nobody can leave out."""
import json
import os
import smtplib
import statistics
import subprocess
import time

from harness import process, stores
from harness.site import Site
from rows import Row, built, time_starts
from rows_delivery import TEXT, empty, medians

HASH = "abNANd1rDfiNc"  # DES of "secret", the cheapest: what is left is not the hash
PASSWORD = "secret"
DOMAINS, ACCOUNTS, SMALL = 1000, 1000, 10
LOOKUPS, LOGINS, MESSAGES, DELIVERIES, ADDS, ROUNDS = 40000, 500, 60, 25, 60, 5
BIG = "big.example.net"
SERVERS = {"mysql": "MariaDB", "pgsql": "PostgreSQL"}
# What a site of this size gives its server; commits wait for the disk.
SETTINGS = {"mysql": {"innodb_buffer_pool_size": "1G", "innodb_log_file_size": "256M"},
            "pgsql": {"shared_buffers": "512MB", "max_wal_size": "4GB"}}
# What the server's own housekeeping does by and by after many rows have come.
TIDY = {"mysql": "ANALYZE TABLE vpopmail, domains, usage_counters, lastauth", "pgsql": "VACUUM ANALYZE"}


class Bench:
    """A site on an engine, with so many domains and accounts."""

    def __init__(self, engine, domains, accounts):
        self.engine, self.name = engine, SERVERS.get(engine, "SQLite")
        make = stores.ENGINES[engine]
        self.server = make(SETTINGS[engine], durable=True) if engine in SETTINGS else make()
        try:
            self.site = Site({"auth": engine, "log_target": "stderr", "password_scheme": "ssha"},
                             sections={engine: self.server.settings()})
            self.site.must("vschema", "--apply")
            self.add_domains(["d%d.example.net" % number for number in range(domains)])
            self.rate = self.fill(domains, accounts)
            self.tidy()
            self.site.must("vadduser", "-e", HASH, "bob@d1.example.net")
        except BaseException:
            self.server.close()
            raise

    def close(self):
        self.site.close()
        self.server.close()

    def add_domains(self, names):
        """Rows, and what this host keeps of them by vsync: how long domains take is no row here."""
        owner = self.site.owner
        rows = ["('%s', '%s', '%s/domains/%s', %d, %d)" % (name, name, self.site.home, name, owner.uid, owner.gid) for name in names]
        self.server.sql("INSERT INTO domains (name, real_name, dir, uid, gid) VALUES " + ", ".join(rows))
        self.server.sql("UPDATE revisions SET number = number + 1 WHERE what = 'domains'")
        self.site.must("vsync", deadline=600)

    def tidy(self):
        if self.engine in TIDY:
            self.server.sql(TIDY[self.engine])

    def fill(self, domains, accounts):
        """Accounts per second of vadduser --batch --lazy-home."""
        path = self.site.path("run/batch")
        with open(path, "w") as out:
            for domain in range(domains):
                for user in range(accounts):
                    out.write(json.dumps({"address": "user%d@d%d.example.net" % (user, domain), "password_hash": HASH}) + "\n")
        self.site.give(path)
        began = time.perf_counter()
        self.site.must("vadduser", "--batch", path, "--lazy-home", deadline=1800)
        return domains * accounts / (time.perf_counter() - began)

    def place(self):
        """What bare_sql_open() wants."""
        settings = self.server.settings()
        if self.engine == "mysql":
            return [settings["socket"], "0", settings["user"], settings["password"], settings["database"]]
        return [settings["host"], str(settings["port"]), settings["user"], settings["password"], settings["database"]]

    def run(self, *command):
        return subprocess.run(list(map(str, command)), env=self.site.environment(), check=True, stdout=subprocess.PIPE, text=True,
                              **self.site.person.popen_arguments()).stdout

    def lookups(self):
        ours, other = map(float, self.run(built("bench_%s_lookup" % self.engine), self.site.home, LOOKUPS, DOMAINS, ACCOUNTS,
                                          *self.place()).split())
        yield Row("%s: lookup in an open store; other: client library" % self.name, ours, other, "/s", at_least=0.8)

    def logins(self):
        environment = self.site.environment(TCPLOCALPORT="110", TCPREMOTEIP="192.0.2.1")
        command = [built("bench_vchkpw"), str(LOGINS), "bob@d1.example.net", PASSWORD, self.site.installed.program("vchkpw"), "/bin/true",
                   "--", built("bare_%s_vchkpw" % self.engine), self.site.home] + self.place() + ["/bin/true"]
        result = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True,
                                **self.site.person.popen_arguments())
        yield Row("%s: vchkpw; other: bare" % self.name, *map(float, result.stdout.split()), "us", at_most=1.3)

    def deliveries(self):
        maildir = self.site.must("vuserinfo", "-d", "bob@d1.example.net").out.strip() + "/Maildir"
        message = self.site.write("run/message", TEXT)
        environment = self.site.environment(EXT="bob", HOST="d1.example.net", LOCAL="bob", RECIPIENT="bob@d1.example.net",
                                            SENDER="a@example.net", RPLINE="Return-Path: <a@example.net>\n",
                                            DTLINE="Delivered-To: d1.example.net-bob@d1.example.net\n")
        ours = [self.site.installed.program("vdelivermail"), "", "bounce-no-mailbox"]
        bare = [built("bare_%s_vdelivermail" % self.engine), self.site.home] + self.place()
        for jobs in (1, 8):
            rates = []
            for _ in range(DELIVERIES):  # short turns: both sides see the same disk
                pair = []
                for command in (ours, bare):
                    empty(maildir)
                    pair.append(time_starts(command, MESSAGES, jobs=jobs, stdin=message, env=environment, person=self.site.person,
                                            cwd=self.site.path("V/domains/d1.example.net")).per_second)
                rates.append(pair)
            yield Row("%s: vdelivermail, %d at a time; other: bare" % (self.name, jobs), *medians(rates), "/s", at_least=0.8)

    def add(self, number):
        """Median of a vadduser, microseconds."""
        command = [self.site.installed.program("vadduser"), "-e", HASH, "new%d-%%@d1.example.net" % number]
        return time_starts(command, ADDS, env=self.site.environment(), person=self.site.person).median

    def list(self):
        """A million in one domain."""
        self.add_domains([BIG])
        joined = "CONCAT(pw_name, '-', pw_domain)" if self.engine == "mysql" else "left(pw_name || '-' || pw_domain, 64)"
        self.server.sql("INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd) "
                        "SELECT %s, '%s', pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd FROM vpopmail "
                        "WHERE pw_name LIKE 'user%%'" % (joined, BIG))
        self.tidy()
        command = [self.site.installed.program("vuserinfo"), "-n", "-D", BIG]
        peak = time_starts(command, 1, env=self.site.environment(), person=self.site.person).peak
        yield Row("%s: list of %d, peak memory; other: 32 MiB" % (self.name, DOMAINS * ACCOUNTS), peak, 32 * 1024, "KiB", at_most=1)
        yield Row("%s: list of %d, first row; other: 50 ms" % (self.name, DOMAINS * ACCOUNTS),
                  statistics.median(self.first_row(command) for _ in range(ROUNDS)), 50, "ms", at_most=1)

    def first_row(self, command):
        began = time.perf_counter()
        listing = subprocess.Popen(command, env=self.site.environment(), stdout=subprocess.PIPE, **self.site.person.popen_arguments())
        listing.stdout.read(1)
        taken = (time.perf_counter() - began) * 1000
        listing.kill()
        listing.stdout.close()
        listing.wait()
        return taken

    def recovery(self):
        """A resident server and a command, and the database killed and started again."""
        port = process.free_port()
        self.site.start("vlmtpd", "-l", "127.0.0.1:%d" % port, address=("127.0.0.1", port))
        for what, works in (("vlmtpd", lambda: self.is_taken(port)),
                            ("vuserinfo", lambda: self.site.run("vuserinfo", "bob@d1.example.net").status == 0)):
            if not works():
                raise SystemExit("%s does not work" % what)
            self.server.kill()
            if works():
                raise SystemExit("%s works without a database" % what)
            self.server.start()
            began = time.perf_counter()
            process.wait_until(works, what + " works again")
            yield Row("%s: %s after the server's return; other: 2 s" % (self.name, what), time.perf_counter() - began, 2, "s",
                      at_most=1)

    @staticmethod
    def is_taken(port):
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.ehlo()
            client.mail("a@example.net")
            return client.rcpt("bob@d1.example.net")[0] == 250


def rows_of(engine):
    big = Bench(engine, DOMAINS, ACCOUNTS)
    try:
        yield Row("%s: vadduser --batch --lazy-home; other: 10,000/s" % big.name, big.rate, 10000, "/s", at_least=1)
        yield from big.lookups()
        yield from big.logins()
        yield from big.deliveries()
        small = Bench(engine, 2, SMALL)
        try:
            pairs = [(big.add(number), small.add(number)) for number in range(ROUNDS)]
        finally:
            small.close()
        yield Row("%s: vadduser, %d there; other: %d there" % (big.name, DOMAINS * ACCOUNTS, SMALL), *medians(pairs), "us", at_most=1.2)
        yield from big.list()
        yield from big.recovery()
    finally:
        big.close()


def rows():
    for engine in SERVERS:
        yield from rows_of(engine)
    sqlite = Bench("sqlite", 100, ACCOUNTS)
    try:
        yield Row("SQLite: vadduser --batch --lazy-home; other: 10,000/s", sqlite.rate, 10000, "/s", at_least=1)
    finally:
        sqlite.close()
