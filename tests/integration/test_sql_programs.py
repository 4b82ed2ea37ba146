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

    def test_a_limit_is_exact_under_64_adders(self):
        self.must("vmoddomlimits", "-P", "100", DOMAIN)
        program, environment = self.site.installed.program("vadduser"), self.site.environment()
        running = [subprocess.Popen("for i in 1 2; do %s -e %s u%d-$i@%s; done" % (program, HASH, number, DOMAIN), shell=True,
                                    env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, **self.site.person.popen_arguments())
                   for number in range(64)]
        for one in running:
            one.wait(process.DEADLINE)
        self.assertEqual(len(self.users()), 100)
        self.assertIn("users:  100\n", self.must("vdominfo", DOMAIN).out)


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
