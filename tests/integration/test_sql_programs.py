"""The programs on every SQL engine: what works on cdb works the same, and a database that is away is never a "no"."""
import os
import subprocess
import unittest

from harness import process, stores
from harness.programs import BOB, DOMAIN, HASH, PASSWORD, Programs

ALIAS = "alias.example"


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


class Away:
    """A server that is gone, and one that does not answer."""

    def all_say_later(self):
        for command in (("vuserinfo", BOB), ("vadduser", "-e", HASH, "x@" + DOMAIN), ("vpasswd", BOB, PASSWORD),
                        ("vdeluser", BOB), ("vadddomain", "new.example", PASSWORD), ("vdeldomain", DOMAIN),
                        ("valias", "-s", DOMAIN), ("vmoddomlimits", "-S", DOMAIN), ("vdominfo",), ("vsync",),
                        ("vschema", "--check"), ("vipmap", "-p"), ("vaddaliasdomain", DOMAIN, ALIAS)):
            result = self.site.run(*command)
            self.assertEqual(result.status, 111, repr(result))
            self.assertIn("later", result.err)
        self.assertEqual(self.deliver("bob").status, 111)
        self.assertEqual(self.deliver("nobody").status, 111)
        self.assertEqual(self.login(BOB, PASSWORD).status, 111)

    def all_is_as_before(self):
        self.must("vverifypw", BOB, PASSWORD)
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(self.login(BOB, PASSWORD).status, 0)
        self.assertEqual(self.users(), ["bob", "postmaster"])
        self.assertEqual(self.site.read("Q/control/rcpthosts").decode(), DOMAIN + "\n")
        self.assertFalse(os.path.exists(self.site.path("V/domains/new.example")))

    def test_a_server_that_is_stopped_and_comes_back(self):
        self.must("vadduser", BOB, PASSWORD)
        self.server.stop()
        self.all_say_later()
        self.server.start()
        self.all_is_as_before()

    def test_a_server_that_hangs(self):
        self.must("vadduser", BOB, PASSWORD)
        self.site.sections[self.engine].update(connect_timeout="1", answer_timeout="1")
        self.site.configure()
        self.server.freeze()
        self.addCleanup(self.server.thaw)
        for run in (lambda: self.site.run("vuserinfo", BOB), lambda: self.deliver("bob"), lambda: self.login(BOB, PASSWORD)):
            result = run()
            self.assertEqual(result.status, 111, repr(result))
            self.assertLess(result.seconds, 10)
        self.server.thaw()
        self.all_is_as_before()

    def test_wrong_credentials_and_missing_tables_are_no_answer(self):
        self.must("vadduser", BOB, PASSWORD)
        good = dict(self.site.sections[self.engine])
        self.site.sections[self.engine]["password"] = "wrong"
        self.site.configure()
        self.all_say_later()
        self.site.sections[self.engine] = good
        self.site.configure()
        self.server.sql("ALTER TABLE vpopmail RENAME TO moved")
        self.assertEqual(self.deliver("bob").status, 111)
        self.assertEqual(self.login(BOB, PASSWORD).status, 111)
        self.assertEqual(self.site.run("vuserinfo", BOB).status, 111)
        self.server.sql("ALTER TABLE moved RENAME TO vpopmail")
        self.all_is_as_before()


@stores.needs("sqlite")
class SQLiteTest(Everything, Programs):
    engine = "sqlite"


@stores.needs("mysql")
class MySQLTest(Everything, Programs):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Everything, Programs):
    engine = "pgsql"


@stores.needs("mysql")
class MySQLAwayTest(Away, Programs):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLAwayTest(Away, Programs):
    engine = "pgsql"


if __name__ == "__main__":
    unittest.main()
