"""The log of logins on every SQL engine: what vchkpw writes, vlog shows and removes."""
import json
import unittest

from harness import stores

DOMAIN, PASSWORD = "example.org", "a long password"
ANN = "ann@" + DOMAIN


class Log:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", ANN, PASSWORD)

    def login(self, user, password, **environment):
        return self.site.run("vchkpw", "/bin/true", fd3=("%s\0%s\0\0" % (user, password)).encode(),
                             env=dict(environment, TCPREMOTEIP="2001:db8::7")).status

    def events(self, *arguments):
        return [json.loads(line) for line in self.site.must("vlog", "--json", *arguments).out.splitlines()]

    def shown(self, *arguments):
        return [(event["event"], event["logon"]) for event in self.events(*arguments)]

    def fill(self):
        self.assertEqual(self.login(ANN, "wrong"), 3)
        self.assertEqual(self.login("nobody@" + DOMAIN, "wrong"), 3)
        self.assertEqual(self.login(ANN, PASSWORD), 0)

    def test_only_failures_unless_all_is_asked_for(self):
        self.fill()
        self.assertEqual(self.shown(), [("unknown", "nobody@" + DOMAIN), ("password", ANN)])
        self.site.configure(logging="all")
        self.fill()
        self.assertEqual(self.shown("--last", "3"),
                         [("success", ANN), ("unknown", "nobody@" + DOMAIN), ("password", ANN)])
        self.assertEqual(len(self.events()), 5)

    def test_the_login_is_noted_where_it_is_not_logged(self):
        self.site.configure(logging="none")
        self.fill()
        self.assertEqual(self.shown(), [])
        self.assertIn("2001:db8::7", self.site.must("vuserinfo", ANN).out)

    def test_a_line_says_when_what_and_who(self):
        self.assertEqual(self.login(ANN, "wrong"), 3)
        self.assertRegex(self.site.must("vlog").out,
                         r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ password password fail ann@example\.org:2001:db8::7\n\Z")

    def test_one_domain_or_one_address(self):
        self.site.must("vadddomain", "other.example", PASSWORD)
        self.fill()
        self.assertEqual(self.login("ann@other.example", "wrong"), 3)
        self.assertEqual(self.shown("other.example"), [("unknown", "ann@other.example")])
        self.assertEqual(self.shown(ANN), [("password", ANN)])
        self.assertEqual(self.shown("ANN@Example.ORG"), [("password", ANN)])
        self.assertEqual(self.shown("--last", "0"), [])

    def test_no_password_is_in_the_table(self):
        self.site.configure(logging="all")
        self.fill()
        self.assertEqual(self.server.sql("SELECT DISTINCT passwd FROM vlog").strip(), "")

    def test_old_events_go(self):
        self.fill()
        self.server.sql("UPDATE vlog SET timestamp = timestamp - 100 * 86400 WHERE message LIKE 'password fail%'")
        self.assertEqual(self.site.must("vlog", "--purge", "101").out, "0 events removed\n")
        self.assertEqual(self.site.must("vlog", "--purge", "99").out, "1 events removed\n")
        self.assertEqual(self.shown(), [("unknown", "nobody@" + DOMAIN)])
        self.assertEqual(self.events("--purge", "99"), [{"removed": 0}])

    def test_wrong_usage_removes_nothing(self):
        self.fill()
        for arguments in (("--purge", "x"), ("--purge", "-1"), ("--purge", "1", DOMAIN), ("--last", "many"), ("--purge",)):
            with self.subTest(arguments):
                result = self.site.run("vlog", *arguments)
                self.assertEqual(result.status, 100, result)
                self.assertNotEqual(result.out + result.err, "")
        self.assertEqual(len(self.events()), 2)

    def test_a_log_that_cannot_be_written_decides_no_login(self):
        self.server.sql("DROP TABLE vlog")
        self.site.configure(logging="all")
        self.assertEqual(self.login(ANN, PASSWORD), 0)
        self.assertEqual(self.login(ANN, "wrong"), 3)
        result = self.site.run("vlog")
        self.assertEqual(result.status, 111, result)


class SQLiteTest(Log, stores.StoreTest):
    engine = "sqlite"


@stores.needs("mysql")
class MySQLTest(Log, stores.StoreTest):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Log, stores.StoreTest):
    engine = "pgsql"


class CdbTest(unittest.TestCase):
    def test_there_is_none(self):
        site = stores.Site({"auth": "cdb"})
        self.addCleanup(site.close)
        result = site.run("vlog")
        self.assertEqual(result.status, 100)
        self.assertIn("the cdb store keeps no log of logins; syslog has it", result.out)


if __name__ == "__main__":
    unittest.main()
