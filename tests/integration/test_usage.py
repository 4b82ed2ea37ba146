"""Usage counters on every SQL engine: exact after deliveries and removals at once."""
import json
import os
import poplib
import subprocess
import unittest

from harness import process, stores

DOMAIN, PASSWORD = "example.org", "a long password"
USERS = ("ann", "bob", "carol")
ROUNDS, AT_ONCE = 6, 8


class Usage:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        for user in USERS:
            self.site.must("vadduser", "%s@%s" % (user, DOMAIN), PASSWORD)

    def delivery(self, user, size):
        environment = self.site.environment(EXT=user, HOST=DOMAIN, LOCAL=user, RECIPIENT="%s@%s" % (user, DOMAIN),
                                            SENDER="a@b.example", RPLINE="Return-Path: <a@b.example>\n",
                                            DTLINE="Delivered-To: %s-%s@%s\n" % (DOMAIN, user, DOMAIN))
        text = subprocess.Popen([self.site.installed.program("vdelivermail"), "", "bounce-no-mailbox"],
                                stdin=subprocess.PIPE, env=environment, cwd=self.site.path("V/domains/" + DOMAIN),
                                **self.site.person.popen_arguments())
        text.stdin.write(b"Subject: x\n\n" + b"y" * size + b"\n")
        text.stdin.close()
        return text

    def usage(self, *names):
        out = self.site.must("vusage", "--json", *names).out
        return {row["name"]: (row["bytes"], row["messages"]) for row in map(json.loads, out.splitlines())}

    def there(self, user):
        """Bytes and messages of an account's Maildir, counted by this test."""
        sizes = []
        for folder in ("new", "cur"):
            path = self.site.must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip() + "/Maildir/" + folder
            sizes += [os.path.getsize(os.path.join(path, name)) for name in os.listdir(path)]
        return sum(sizes), len(sizes)

    def remove_first(self, port, user):
        client = poplib.POP3("127.0.0.1", port, timeout=process.DEADLINE)
        client.user("%s@%s" % (user, DOMAIN))
        client.pass_(PASSWORD)
        client.dele(1)
        client.dele(2)
        client.quit()

    def test_counters_are_exact_after_a_mixed_load(self):
        self.site.must("vsetuserquota", "bob@" + DOMAIN, "10M")
        port = process.free_port()
        self.site.start("qmail-popup", "-l", "127.0.0.1:%d" % port, "mail.example.org", self.site.installed.program("vchkpw"),
                        self.site.installed.program("qmail-pop3d"), "Maildir", address=("127.0.0.1", port))
        for number in range(ROUNDS):
            running = [self.delivery(USERS[one % len(USERS)], 100 * one + number) for one in range(AT_ONCE)]
            if number:
                for user in USERS:
                    self.remove_first(port, user)
            self.assertEqual([one.wait(process.DEADLINE) for one in running], [0] * AT_ONCE)
        wanted = {"%s@%s" % (user, DOMAIN): self.there(user) for user in USERS}
        # A client is answered before its removals are counted.
        process.wait_until(lambda: self.usage(*wanted) == wanted, "the counters are %r" % wanted)
        total = tuple(sum(part) for part in zip(*wanted.values()))
        self.assertEqual(self.usage(DOMAIN), {DOMAIN: total})
        recount = self.site.must("vusage", "--recount", "--json")
        rows = [json.loads(line) for line in recount.out.splitlines()]
        self.assertEqual([(row["name"], row["bytes"], row["drift_bytes"], row["drift_messages"]) for row in rows],
                         [(DOMAIN, total[0], 0, 0)])

    def test_what_another_program_did_is_told_and_mended(self):
        for user in USERS:
            self.assertEqual(self.delivery(user, 500).wait(), 0)
        path = self.site.must("vuserinfo", "-d", "ann@" + DOMAIN).out.strip() + "/Maildir/new"
        size = os.path.getsize(os.path.join(path, os.listdir(path)[0]))
        os.unlink(os.path.join(path, os.listdir(path)[0]))
        recount = self.site.run("vusage", "--recount", "--json", DOMAIN)
        self.assertEqual(recount.status, 1, repr(recount))
        rows = {row["name"]: row for row in map(json.loads, recount.out.splitlines())}
        self.assertEqual(rows["ann@" + DOMAIN]["drift_bytes"], -size)
        self.assertEqual(rows[DOMAIN]["drift_messages"], -1)
        self.assertEqual(self.site.run("vusage", "--recount", DOMAIN).status, 0)
        self.assertEqual(self.usage("ann@" + DOMAIN), {"ann@" + DOMAIN: (0, 0)})

    def test_a_domain_is_refused_by_its_counter(self):
        self.site.configure(domain_quotas="yes")
        self.site.must("vmoddomlimits", "-Q", "1", DOMAIN)
        self.assertEqual(self.delivery("ann", 700000).wait(), 0)
        self.assertEqual(self.delivery("bob", 700000).wait(), 100)
        self.assertEqual(self.usage(DOMAIN)[DOMAIN][1], 1)

    def test_removed_accounts_are_counted_no_more(self):
        for user in USERS:
            self.assertEqual(self.delivery(user, 500).wait(), 0)
        self.site.must("vdeluser", "ann@" + DOMAIN)
        self.assertEqual(self.usage(DOMAIN)[DOMAIN][1], 2)
        self.assertEqual(self.site.run("vusage", "ann@" + DOMAIN).status, 1)


@stores.needs("sqlite")
class SQLiteTest(Usage, stores.StoreTest):
    engine = "sqlite"


@stores.needs("mysql")
class MySQLTest(Usage, stores.StoreTest):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Usage, stores.StoreTest):
    engine = "pgsql"


if __name__ == "__main__":
    unittest.main()
