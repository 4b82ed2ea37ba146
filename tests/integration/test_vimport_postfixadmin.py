"""vimport from PostfixAdmin's tables, which each engine's own client reads with the script that is installed for it."""
import json
import os
import unittest

from harness import mariadb, postgresql, process, stores
from harness.installed import SOURCE, Installed
from harness.site import Site

READER, READERS_PASSWORD = "reader", "reader's own"
EVERYBODY = {"anna@one.example": "anna's own", "bob@one.example": "bob's own", "dora@two.example": "dora's own"}
FAR = {"forward": "bob@other.example"}

OLD = [
    {"type": "export", "version": 1, "source": "postfixadmin"},
    {"type": "domain", "domain": "one.example", "catch_all": "anna@one.example"},
    {"type": "limits", "domain": "one.example", "max_accounts": 9, "max_aliases": 5, "max_forwards": 5, "disk_quota_mb": 500,
     "default_quota": 104857600},
    {"type": "alias_domain", "name": "alias.example", "domain": "one.example"},
    {"type": "domain_admin", "address": "anna@one.example", "domain": "one.example"},
    {"type": "domain_admin", "address": "bob@one.example", "domain": "*"},
    {"type": "account", "address": "anna@one.example", "hash": "{SHA512-CRYPT}$6$saltysaltysalty$Uao7oEUgtuKN7tn6ef/Xn4h.YtUwfO"
     "wQyyiW1NMBryMGoCqg6W/pCb5x3Sky3rdrPriPI6O7FUGmuZZbu1Xjk0", "quota": "52428800S", "comment": "Anna \u00c4rmel \"the boss\""},
    {"type": "account", "address": "bob@one.example", "hash": "$1$abcdefgh$XWMrblWRiDA8lXVXqLJrA/", "quota": "NOQUOTA"},
    {"type": "account", "address": "carl@one.example", "hash": "{SSHA}qNwaCxc3ox14AgdBDMr7S/FMkBZzYWx0c2FsdA==",
     "quota": "1024000S", "comment": "Carl: sleeps", "flags": ["no_pop", "no_webmail", "no_imap", "bounce_mail", "no_smtp"]},
    {"type": "alias", "address": "bob@one.example", "destinations": [{"mailbox": "bob@one.example"}, FAR]},
    {"type": "alias", "address": "odd@one.example", "destinations": [
        {"program": "/bin/cat \"a, b\""}, {"mbox": "/var/mail/odd"}, {"forward": "\"o, k\"@far.example"}]},
    {"type": "alias", "address": "program@one.example", "destinations": [{"program": "/usr/bin/do it, now"}]},
    {"type": "alias", "address": "sales@one.example", "destinations": [
        {"forward": "anna@one.example"}, {"forward": "bob@one.example"}, {"forward": "x@far.example"}]},
    {"type": "vacation", "address": "anna@one.example", "subject": "\u00c4way now", "text": "Back \"on\" Monday,\n Anna \\ 'x'",
     "active": True},
    {"type": "vacation", "address": "bob@one.example", "subject": "old", "text": "text", "active": False},
    {"type": "domain", "domain": "three.example", "catch_all": "bounce-no-mailbox"},
    {"type": "vacation", "address": "nobody@three.example", "subject": "none", "text": "text", "active": True},
    {"type": "domain", "domain": "two.example", "catch_all": "catch-all-list@two.example"},
    {"type": "limits", "domain": "two.example", "max_accounts": 0},
    {"type": "alias", "address": "catch-all-list@two.example", "destinations": [
        {"forward": "dora@two.example"}, {"forward": "far@away.example"}]},
    {"type": "account", "address": "dora@two.example",
     "hash": "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuNhj1tmcEP0BBPQ7UujUnOGFQKQD7ise", "quota": "NOQUOTA", "comment": "Dora"},
    {"type": "account", "address": "o'neil+x@two.example", "hash": "plain text", "quota": "NOQUOTA",
     "comment": "Line one line two \\n '; DROP TABLE mailbox; --"},
    {"type": "alias", "address": "dora@two.example", "destinations": [{"forward": "dora@elsewhere.example"}]},
]
SKIPPED = [
    "help@alias.example: its domain is not taken in", "asleep.example: the domain is not active",
    "zoe@asleep.example: its domain is not taken in", "boss: it is no address", "gone@gone.example: its domain is not taken in",
    "off.example: it is not active", "carl@one.example: this administrator is not active",
    "loop@one.example: the destination \"loop@one.example\": it leads to itself",
    "odd@one.example: the destination \":include:/etc/list\": lists of addresses in files have no place here",
    "odd@one.example: the destination \"@two.example\": a whole domain is forwarded by vaddaliasdomain",
    "odd@one.example: the destination \"root\": it is no address",
    "odd@one.example: the destination \"odd@one.example\": it leads to itself", "off@one.example: the alias is not active",
    "relay.example: of a domain whose mail is relayed, control/rcpthosts has the name",
    "far.example: the domain that it stands for is not taken in", "@three.example: the alias is not active",
    "two.example: its transport has no place here", "a b@two.example: ", "eve@three.example: its domain is not taken in",
    "o'neil+x@two.example: nobody can log in with this password: ", "fetchmail: bob@one.example: it has no place here",
]


def new():
    """What the columns of 4.0 add."""
    lines = json.loads(json.dumps(OLD))
    for line in lines:
        if line.get("address") == "bob@one.example" and line["type"] == "account":
            line["flags"] = ["no_smtp"]
        if line.get("address") == "anna@one.example" and line["type"] == "vacation":
            line.update({"from": 1796083200, "until": 1798113600, "interval": 86400})
    return lines


NEW_SKIPPED = ["three.example: passwords do not expire here", "dora@two.example: a second factor is not asked for here",
               "dkim: 1 rows: it has no place here", "mailbox_app_password: 2 rows: it has no place here"]


class MySQL:
    engine = "mysql"
    old = ["postfixadmin-2.3-mysql.sql"]
    new = old + ["postfixadmin-4.0-mysql.sql"]
    prologue = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES';\n"

    def load(self, text):
        self.server.sql(self.prologue + text.replace(", goto,", ", `goto`,"))
        self.server.sql("CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY " + mariadb.quoted(READERS_PASSWORD))
        self.server.sql("GRANT SELECT ON vpopmail.* TO reader@'%'")

    def rows(self, script):
        with open(script, "rb") as text:
            return process.run([mariadb.CLIENT, "--no-defaults", "--batch", "--raw", "--skip-column-names", "--socket=" + self.server.socket,
                                "--user=" + READER, mariadb.DATABASE], stdin=text.read(),
                               env={"PATH": os.environ["PATH"], "MYSQL_PWD": READERS_PASSWORD}, cwd=self.server.folder)


class PgSQL:
    engine = "pgsql"
    old = ["postfixadmin-2.3-pgsql.sql"]
    new = old + ["postfixadmin-4.0-pgsql.sql"]

    def load(self, text):
        self.server.sql(text)
        self.server.sql("DO $$ BEGIN IF to_regrole('reader') IS NULL THEN CREATE ROLE reader LOGIN PASSWORD '%s'; END IF; END $$"
                        % READERS_PASSWORD.replace("'", "''"))
        self.server.sql("GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    def rows(self, script):
        return process.run([postgresql.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", script, "-h", self.server.folder,
                            "-p", str(self.server.port), "-U", READER, postgresql.DATABASE],
                           env={"PATH": os.environ["PATH"], "PGPASSWORD": READERS_PASSWORD}, cwd=self.server.folder)


class SQLite:
    engine = "sqlite"
    old = ["postfixadmin-3.1-sqlite.sql"]
    new = old + ["postfixadmin-4.0-sqlite.sql"]

    def load(self, text):
        process.run(["sqlite3", "-bail", self.server.file], stdin=text)

    def rows(self, script):
        with open(script, "rb") as text:
            return process.run(["sqlite3", "-batch", "-bail", "file:%s?mode=ro" % self.server.file], stdin=text.read(),
                               env={"PATH": os.environ["PATH"]}, cwd=self.server.folder)


class Tables:
    """Accounts come into the files of vpopmail: which store it is makes no difference to what is read."""
    format = "postfixadmin"
    dump = property(lambda self: self.old + ["postfixadmin-rows.sql"])

    @classmethod
    def setUpClass(cls):
        cls.server = stores.ENGINES[cls.engine]()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.server.clear()
        self.site = self.make_site()
        self.script = os.path.join(Installed.get().home, "share/virtmail/migrate/%s-%s.sql" % (self.format, self.engine))

    def make_site(self):
        site = Site({"log_target": "stderr", "password_scheme": "ssha"})
        self.addCleanup(site.close)
        return site

    def read(self, names):
        texts = []
        for name in names:
            with open(os.path.join(SOURCE, "tests/data", name), encoding="utf-8") as text:
                texts.append(text.read())
        self.load("".join(texts))
        result = self.rows(self.script)
        self.assertEqual((result.status, result.err), (0, ""), repr(result))
        return result.out.encode()

    def vimport(self, rows, *arguments, status=1):
        result = self.site.run("vimport", "--json", "--format", self.format, *arguments, "-", stdin=rows)
        self.assertEqual(result.status, status, repr(result))
        return [json.loads(line) for line in result.out.splitlines()]

    def assertChangesNothing(self, report):
        changed = {kind: sums for kind, sums in report[-1].items() if isinstance(sums, dict) and
                   any(sums.get(outcome) for outcome in ("added", "replaced", "removed", "different", "failed"))}
        self.assertEqual(changed, {})

    def assertRead(self, rows, lines, skipped):
        result = self.site.run("vimport", "--format", self.format, "--print", "-", stdin=rows)
        self.assertEqual(result.status, 1)
        self.maxDiff = None
        self.assertEqual([json.loads(line) for line in result.out.splitlines()], lines + [{"type": "end"}])
        told = [line.split(": skipped: ", 1)[1] for line in result.err.splitlines()]
        self.assertEqual(len(told), len(skipped), told)
        for beginning in skipped:
            self.assertTrue(any(text.startswith(beginning) for text in told), (beginning, told))

    def test_what_old_tables_hold(self):
        self.assertRead(self.read(self.dump), OLD, SKIPPED)

    def test_what_new_tables_hold(self):
        rows = self.read(self.new + ["postfixadmin-rows.sql", "postfixadmin-4.0-rows.sql"])
        self.assertRead(rows, new(), SKIPPED + NEW_SKIPPED)

    def test_people_log_in_and_mail_arrives(self):
        rows = self.read(self.dump)
        report = self.vimport(rows, "--allow-programs")
        self.assertEqual(report[-1]["account"]["added"], 5, report[-1])
        for address, password in EVERYBODY.items():
            self.site.must("vverifypw", address, password)
        self.assertNotEqual(self.site.run("vverifypw", "carl@one.example", "wrong").status, 0)
        for address, found in (("bob@alias.example", "bob@other.example"), ("sales@one.example", "x@far.example"),
                               ("unknown@one.example", "account      anna@one.example"), ("unknown@two.example", "far@away.example"),
                               ("dora@two.example", "dora@elsewhere.example"), ("program@one.example", "/usr/bin/do it, now")):
            self.assertIn(found, self.site.must("vexplain", address).out, address)
        self.assertChangesNothing(self.vimport(rows, "--allow-programs"))

    def test_what_is_cut_off_changes_nothing(self):
        rows = self.read(self.dump)
        whole = rows.splitlines(keepends=True)
        for part in (b"", b"".join(whole[:-1]), rows[:len(rows) // 2], rows + whole[0]):
            result = self.site.run("vimport", "--format", self.format, "-", stdin=part)
            self.assertEqual(result.status, 100, repr(result))
        self.assertEqual(self.site.must("vdominfo").out, "")


@stores.needs("mysql")
class OnMySQL(MySQL, Tables, unittest.TestCase):
    pass


@stores.needs("pgsql")
class OnPgSQL(PgSQL, Tables, unittest.TestCase):
    pass


class OnSQLite(SQLite, Tables, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
