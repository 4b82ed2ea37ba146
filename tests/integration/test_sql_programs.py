"""The programs on every SQL engine: what works on cdb works the same."""
import os
import subprocess
import unittest

from harness import process, stores
from harness.programs import ALIAS, BOB, DOMAIN, HASH, PASSWORD, Programs


class Everything:
    """One walk through all groups of the store."""

    def test_accounts(self):
        self.add_bob()
        self.must("vadduser", "-c", "N\u00e4me \U0001f4ee 'x' \\ \"y\" --", "-q", "10M,5C", "carol@" + DOMAIN, "better password")
        self.must("vmoduser", "-p", "-q", "1M", BOB)
        self.must("vpasswd", BOB, "another password")
        self.must("vverifypw", BOB, "another password")
        info = self.must("vuserinfo", BOB).out
        self.assertIn("pop access closed", info)
        self.assertIn("1048576S", info)
        self.assertIn("N\u00e4me \U0001f4ee 'x' \\ \"y\" --", self.must("vuserinfo", "-c", "carol@" + DOMAIN).out)
        self.assertEqual(self.users(), ["bob", "carol", "postmaster"])
        self.assertIn("users:  3", self.must("vdominfo", DOMAIN).out)
        self.assertNotEqual(self.site.run("vadduser", "-e", HASH, BOB).status, 0)
        self.must("vdeluser", BOB)
        self.assertIn("no such user", self.site.run("vuserinfo", BOB).out)

    def test_domains_and_their_aliases(self):
        self.must("vaddaliasdomain", DOMAIN, ALIAS)
        self.must("vuserinfo", "postmaster@" + ALIAS)
        self.assertIn("alias: " + ALIAS, self.must("vdominfo", DOMAIN).out)
        self.assertIn(b"+%s-:%s:" % (ALIAS.encode(), DOMAIN.encode()), self.site.read("Q/users/assign"))
        self.assertNotEqual(self.site.run("vadddomain", ALIAS, PASSWORD).status, 0)
        self.must("vdeldomain", ALIAS)
        self.must("vdeldomain", DOMAIN)
        self.assertEqual(self.site.read("Q/users/assign"), b".\n")
        self.assertFalse(os.path.exists(self.site.path("V/domains/" + DOMAIN)))
        self.assertEqual(self.site.run("vdominfo", DOMAIN).status, 245)

    def test_aliases_limits_and_addresses(self):
        for line in ("&bob@elsewhere.example", "|/bin/true 'x'", "&carol@elsewhere.example"):
            self.must("valias", "-i", line, "list@" + DOMAIN)
        lines = ["list@%s -> %s" % (DOMAIN, line)
                 for line in ("&bob@elsewhere.example", "|/bin/true 'x'", "&carol@elsewhere.example")]
        self.assertEqual(self.must("valias", "-s", "list@" + DOMAIN).out.splitlines(), lines)
        self.assertEqual(self.must("valias", "-s", DOMAIN).out.splitlines(), lines)
        self.must("vmoddomlimits", "-P", "1", "-Q", "7", "-g", "i", DOMAIN)
        out = self.must("vmoddomlimits", "-S", DOMAIN).out
        for part in ("Max Pop Accounts: 1\n", "  NO_IMAP\n", "Domain Quota: 7 MB"):
            self.assertIn(part, out)
        self.assertNotEqual(self.site.run("vadduser", "-e", HASH, BOB).status, 0)
        self.must("vmoddomlimits", "-D", DOMAIN)
        self.add_bob()
        self.must("vipmap", "-a", "192.0.2.7", DOMAIN)
        self.assertEqual(self.must("vipmap", "-p").out, "192.0.2.7 %s\n" % DOMAIN)

    def test_logins(self):
        self.must("vadduser", BOB, PASSWORD)
        self.assertEqual(self.login(BOB, PASSWORD).status, 0)
        self.assertEqual(self.login(BOB, "wrong").status, 3)
        self.assertEqual(self.login("nobody@" + DOMAIN, "wrong").status, 3)
        self.assertIn("192.0.2.9", self.must("vuserinfo", BOB).out)

    def test_deliveries(self):
        self.add_bob()
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(len(self.new_mail("bob")), 1)
        unknown = self.deliver("nobody")
        self.assertEqual(unknown.status, 100, repr(unknown))
        self.must("valias", "-i", BOB, "list@" + DOMAIN)
        self.assertEqual(self.deliver("list").status, 0)
        self.assertEqual(len(self.new_mail("bob")), 2)

    def test_a_batch(self):
        rows = "".join('{"address": "u%04d@%s", "password_hash": "%s"}\n' % (i, DOMAIN, HASH) for i in range(1200))
        self.must("vadduser", "--batch", "-", "--lazy-home", stdin=rows.encode())
        names = self.users()
        self.assertEqual(names, ["postmaster"] + ["u%04d" % i for i in range(1200)])
        again = self.site.run("vadduser", "--batch", "-", "--stop-on-error", stdin=rows.encode())
        self.assertEqual(again.status, 255)
        self.assertEqual(len(self.users()), 1201)

    def run_64_times(self, line, **named):
        """A line for the shell in 64 processes at once; {n} is a number, {bin} the folder of our programs."""
        folder = os.path.dirname(self.site.installed.program("vadduser"))
        running = [subprocess.Popen(line.replace("{n}", str(number)).replace("{bin}", folder), shell=True,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    **dict({"env": self.site.environment()}, **self.site.person.popen_arguments(), **named))
                   for number in range(64)]
        for one in running:
            one.wait(process.DEADLINE)

    def test_a_batch_that_goes_in_groups_tells_of_the_rows_that_cannot_be_added(self):
        self.add_bob()
        names = ["new%d" % number for number in range(40)]
        names[20], names[30] = "bob", "new29"
        path = self.site.write("run/batch", "".join(
            '{"address": "%s@%s", "password_hash": "%s"}\n' % (name, DOMAIN, HASH) for name in names))
        result = self.site.run("vadduser", "--batch", path, "--lazy-home")
        self.assertNotEqual(result.status, 0)
        self.assertEqual(result.err.splitlines(), ["%s:%d: %s@%s: %s@%s exists already" % (path, line, name, DOMAIN, name, DOMAIN)
                                                   for line, name in ((21, "bob"), (31, "new29"))])
        self.assertEqual(self.users(), sorted(set(names) | {"postmaster"}))
        rows = "".join('{"address": "%s@%s", "password_hash": "%s"}\n' % (name, DOMAIN, HASH)
                       for name in ["late%d" % number for number in range(20)] + ["bob"])
        result = self.site.run("vadduser", "--batch", "-", "--lazy-home", "--stop-on-error", stdin=rows.encode())
        self.assertEqual(result.status, 255)
        self.assertEqual(self.users(), sorted(set(names) | {"postmaster"}))

    def test_a_limit_is_exact_under_64_adders(self):
        self.must("vmoddomlimits", "-P", "100", DOMAIN)
        self.run_64_times("for i in 1 2; do {bin}/vadduser -e %s u{n}-$i@%s; done" % (HASH, DOMAIN))
        self.assertEqual(len(self.users()), 100)
        self.assertIn("users:  100\n", self.must("vdominfo", DOMAIN).out)

    def test_a_limit_of_forwards_is_exact_under_64_adders(self):
        self.must("vmoddomlimits", "-F", "100", DOMAIN)
        self.run_64_times("for i in 1 2; do {bin}/valias -i '&a@b.example' a{n}-$i@%s; done" % DOMAIN)
        names = self.must("valias", "-n", DOMAIN).out.splitlines()
        self.assertEqual((len(names), len(set(names))), (100, 100))
        self.must("valias", "-i", "&c@d.example", "%s@%s" % (names[0], DOMAIN))  # not one more forward
        refused = self.site.run("valias", "-i", "&c@d.example", "one-more@" + DOMAIN)
        self.assertNotIn(refused.status, (0, 111), repr(refused))
        self.must("valias", "-d", "%s@%s" % (names[0], DOMAIN))
        self.must("valias", "-i", "&c@d.example", "one-more@" + DOMAIN)

    def test_a_limit_of_the_disk_is_exact_under_64_deliveries(self):
        """A message of 20,000 bytes and its head: what fits is stored, not one more, whoever gets it."""
        self.site.configure(domain_quotas="yes")
        self.add_bob()
        self.must("vadduser", "-e", HASH, "ann@" + DOMAIN)
        self.must("vmoddomlimits", "-Q", "1", DOMAIN)
        message = self.site.write("message", b"Subject: x\n\n" + (b"y" * 99 + b"\n") * 200)
        head = {"HOST": DOMAIN, "SENDER": "a@b.example", "DTLINE": "Delivered-To: x\n", "RPLINE": "Return-Path: <a@b.example>\n"}
        self.run_64_times("for u in bob ann; do EXT=$u LOCAL=$u RECIPIENT=$u@%s {bin}/vdelivermail '' bounce-no-mailbox <%s; "
                          "done" % (DOMAIN, message), env=self.site.environment(**head),
                          cwd=self.site.path("V/domains/" + DOMAIN))
        sizes = [len(text) for user in ("bob", "ann") for text in self.new_mail(user)]
        self.assertEqual(len(set(sizes)), 1, "all messages are of one size")
        self.assertEqual(len(sizes), (1 << 20) // sizes[0])
        self.must("vusage", "--recount", DOMAIN)  # the counters are right


@stores.needs("sqlite")
class SQLiteTest(Everything, Programs):
    engine = "sqlite"


@stores.needs("mysql")
class MySQLTest(Everything, Programs):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Everything, Programs):
    engine = "pgsql"


if __name__ == "__main__":
    unittest.main()
