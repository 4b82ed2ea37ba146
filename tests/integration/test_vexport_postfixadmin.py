"""vexport to PostfixAdmin's tables: what leaves can be read there, and comes back equal."""
import json
import os
import subprocess
import unittest

from harness import mariadb, postgresql, process, stores
from harness.accounts import quick_hash
from harness.installed import Installed
import test_vimport_postfixadmin as tables

ONE, TWO, ALIAS = "one.example", "two.example", "alias.example"
PASSWORD, ANSWER = "a long password", "autoreply.host.example"


def fill(site):
    """All that PostfixAdmin has a place for."""
    must = site.must
    for domain in (ONE, TWO):
        must("vadddomain", "-b", domain, PASSWORD)
        must("vadduser", "-e", quick_hash(PASSWORD), "-q", "10M", "carol@" + domain)
    must("vaddaliasdomain", ALIAS, ONE)
    must("vadduser", "-e", "{SSHA}" + "x" * 32, "-c", "N\u00e4me 'x' \\ \"y\" --; \u2603", "o'neil+tag@" + TWO)
    lines = [{"type": "export", "version": 1}, {"type": "domain", "domain": ONE},
             {"type": "domain_admin", "address": "carol@" + ONE, "domain": "*"},
             {"type": "account", "address": "carol@" + ONE, "hash": quick_hash(PASSWORD), "quota": "10M"}, {"type": "end"}]
    must("vimport", "--overwrite", "-", stdin="".join(json.dumps(line) + "\n" for line in lines).encode())
    must("vmoduser", "-p", "-i", "-w", "-s", "-b", "carol@" + TWO)
    for line in ("&a@b.example", "c@d.example", "e@f.example"):
        must("valias", "-i", line, "info.desk@" + ONE)
    must("valias", "-i", "&far@away.example", "carol@" + ONE)
    must("valias", "-i", site.path("V/domains/%s/carol/Maildir/" % ONE), "carol@" + ONE)
    must("vmoddomlimits", "-P", "77", "-A", "0", "-F", "0", "-Q", "100", "-q", "2097152", ONE)
    must("vvacation", "-m", "-", "--subject", "B\u00fcro 'zu'", "--until", "2037-12-24", "carol@" + ONE, stdin="Bis \\ bald,\n\u00fc \"x\"\n".encode())
    site.write("V/domains/%s/.qmail-default" % TWO, "| %s/bin/vdelivermail '' carol@%s\n" % (site.home, TWO), 0o600)


class Script:
    """Loads scripts and reads rows as tables.Tables does."""

    def run_script(self, text):
        raise NotImplementedError

    def rows_of(self, table, columns, order):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        fill(self.site)
        self.load_schema()

    def load_schema(self):
        for name in self.new:
            with open(os.path.join(tables.SOURCE, "tests/data", name), encoding="utf-8") as text:
                self.load(text.read())

    def export(self, *arguments, status=0):
        result = self.site.run("vexport", "--format", "postfixadmin-" + self.engine, "--vacation-domain", ANSWER, *arguments)
        self.assertEqual(result.status, status, repr(result))
        return result

    def loaded(self, script):
        result = self.run_script(script.encode())
        self.assertEqual((result.status, result.err), (0, ""), repr(result))

    def everything(self):
        return [self.rows_of(*query) for query in (
            ("domain", "domain, aliases, mailboxes, maxquota, quota, transport, backupmx, active", "domain"),
            ("mailbox", "username, password, name, maildir, quota, local_part, domain, active", "username"),
            ("alias", "address, goto, domain, active", "address"), ("alias_domain", "alias_domain, target_domain, active", "alias_domain"),
            ("admin", "username, password, active", "username"), ("domain_admins", "username, domain, active", "username"),
            ("vacation", "email, subject, body, domain, active, interval_time", "email"))]

    def test_rows_and_again(self):
        script = self.export().out
        self.loaded(script)
        domains, mailboxes, aliases, alias_domains, admins, rights, answers = self.everything()
        hashed = quick_hash(PASSWORD)
        self.assertEqual(domains, [[ALIAS, "0", "0", "0", "0", "virtual", "0", "1"], [ONE, "-1", "77", "2", "100", "virtual", "0", "1"],
                                   [TWO, "0", "0", "0", "0", "virtual", "0", "1"]])
        named = {row[0]: row for row in mailboxes}
        self.assertEqual(named["carol@" + ONE], ["carol@" + ONE, hashed, "carol", ONE + "/carol/", "10485760", "carol", ONE, "1"])
        self.assertEqual(named["carol@" + TWO][-1], "0")
        self.assertEqual(named["o'neil+tag@" + TWO][1:3], ["{SSHA}" + "x" * 32, "N\u00e4me 'x' \\ \"y\" --; \u2603"])
        self.assertEqual({row[0]: row[1] for row in aliases}, {
            "carol@" + ONE: "far@away.example,carol@%s,carol#%s@%s" % (ONE, ONE, ANSWER), "carol@" + TWO: "carol@" + TWO,
            "info.desk@" + ONE: "a@b.example,c@d.example,e@f.example", "o'neil+tag@" + TWO: "o'neil+tag@" + TWO,
            "postmaster@" + ONE: "postmaster@" + ONE, "postmaster@" + TWO: "postmaster@" + TWO, "@" + TWO: "carol@" + TWO})
        self.assertEqual(alias_domains, [[ALIAS, ONE, "1"]])
        self.assertEqual(rights, [["carol@" + ONE, "ALL", "1"]])
        self.assertEqual([row[0] for row in admins], ["carol@" + ONE])
        self.assertEqual(answers, [["carol@" + ONE, "B\u00fcro 'zu'", "Bis \\ bald,\n\u00fc \"x\"\n", ONE, "1", "604800"]])
        before = self.everything()
        self.loaded(script)
        self.assertEqual(self.everything(), before)

    def test_it_comes_back_as_it_left(self):
        self.loaded(self.export().out)
        rows = self.rows(self.script)
        self.assertEqual((rows.status, rows.err), (0, ""))
        other = self.make_site()
        self.assertEqual(other.run("vimport", "--format", "postfixadmin", "-", stdin=rows.out.encode()).status, 0)
        self.maxDiff = None
        self.assertEqual(self.settled(other), self.settled(self.site))

    def settled(self, site):
        """Without folders, which another installation has elsewhere, and in one order of lines."""
        lines = []
        for text in site.must("vexport").out.splitlines():
            line = {name: value for name, value in json.loads(text).items()
                    if name not in ("dir", "uid", "gid", "dir_count", "dir_path", "home", "last_login", "last_login_from", "source")}
            for destination in line.get("destinations", []):
                destination.pop("line", None)
                if "maildir" in destination:
                    destination["maildir"] = destination["maildir"].replace(site.folder, "SITE")
            if line.get("catch_all", "").startswith("/"):
                line["catch_all"] = "carol@" + ONE
            lines.append(json.dumps(line, sort_keys=True))
        return sorted(lines)

    def test_what_has_no_place_is_told(self):
        must = self.site.must
        must("vmoduser", "-p", "carol@" + ONE)
        must("vmoddomlimits", "-A", "5", "-F", "5", "-R", "5", "-g", "p", ONE)
        must("valias", "-i", "|/bin/cat", "odd@" + ONE)
        must("vipmap", "-a", "192.0.2.1", ONE)
        result = self.export(status=1)
        for text in ("account carol@one.example: skipped: the flag no_pop has no place there",
                     "limits one.example: skipped: there is no limit of autoresponders, lists and messages",
                     "limits one.example: skipped: there are no flags and permissions of a domain",
                     "alias odd@one.example: skipped: the program \"/bin/cat\" is no address",
                     "ip_map 192.0.2.1: skipped: addresses have no domain there"):
            self.assertIn(text + "\n", result.err)
        self.assertEqual(len(result.err.splitlines()), 5, result.err)
        self.loaded(result.out)
        told = [json.loads(line) for line in self.export("--json", status=1).err.splitlines()]
        self.assertEqual({line["outcome"] for line in told}, {"skipped"})
        without = self.site.run("vexport", "--format", "postfixadmin-" + self.engine)
        self.assertIn("vacation carol@one.example: skipped: its text is left out without --vacation-domain\n", without.err)
        self.assertNotIn("vacation", without.out)

    def test_a_script_that_was_cut_off_changes_nothing(self):
        script = self.export().out
        for part in (script[:script.rindex("COMMIT")], script[:len(script) // 2]):
            self.run_script(part.encode())
            self.assertEqual(self.everything()[0], [])
        with open("/dev/full", "wb") as full:
            done = subprocess.run([Installed.get().program("vexport"), "--format", "postfixadmin-" + self.engine], stdout=full,
                                  stderr=subprocess.PIPE, env=self.site.environment(), **self.site.person.popen_arguments())
        self.assertEqual(done.returncode, 111, done.stderr)

    def test_wrong_usage(self):
        for arguments in (("--format", "postfixadmin"), ("--vacation-domain", ANSWER), ("--format", "postfixadmin-mysql", "--clear-passwords"),
                          ("--format", "postfixadmin-mysql", "--vacation-domain", "no domain..")):
            self.assertEqual(self.site.run("vexport", *arguments).status, 100, arguments)


@stores.needs("mysql")
class OnMySQL(Script, tables.MySQL, tables.Tables, unittest.TestCase):
    def run_script(self, text):
        return process.run([mariadb.CLIENT, "--no-defaults", "--socket=" + self.server.socket, "--user=" + mariadb.USER, mariadb.DATABASE],
                           stdin=text, env={"PATH": os.environ["PATH"], "MYSQL_PWD": mariadb.PASSWORD}, cwd=self.server.folder)

    def rows_of(self, table, columns, order):
        text = self.server.sql("SELECT JSON_ARRAY(%s) FROM %s ORDER BY CAST(%s AS BINARY)"
                               % (", ".join("CAST(`%s` AS CHAR)" % name for name in columns.split(", ")), table, order))
        return [json.loads(line) for line in text.splitlines()]


@stores.needs("pgsql")
class OnPgSQL(Script, tables.PgSQL, tables.Tables, unittest.TestCase):
    def load(self, text):
        super().load(text)
        self.server.sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO vpopmail; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO vpopmail")

    def run_script(self, text):
        return process.run([postgresql.program("psql"), "-Xq", "-h", self.server.folder, "-p", str(self.server.port), "-U",
                            postgresql.USER, postgresql.DATABASE], stdin=text,
                           env={"PATH": os.environ["PATH"], "PGPASSWORD": postgresql.PASSWORD}, cwd=self.server.folder)

    def rows_of(self, table, columns, order):
        names = ["%s::int::text" % name if name in ("active", "backupmx") else "%s::text" % name for name in columns.split(", ")]
        text = self.server.sql("SELECT json_build_array(%s) FROM %s ORDER BY %s COLLATE \"C\"" % (", ".join(names), table, order))
        return [json.loads(line) for line in text.splitlines()]


class OnSQLite(Script, tables.SQLite, tables.Tables, unittest.TestCase):
    def run_script(self, text):
        return process.run(["sqlite3", self.server.file], stdin=text, env={"PATH": os.environ["PATH"]}, cwd=self.server.folder)

    def rows_of(self, table, columns, order):
        text = self.server.sql("SELECT json_array(%s) FROM %s ORDER BY %s"
                               % (", ".join("CAST(%s AS TEXT)" % name for name in columns.split(", ")), table, order))
        return [json.loads(line) for line in text.splitlines()]


for inherited in ("test_what_old_tables_hold", "test_what_new_tables_hold", "test_people_log_in_and_mail_arrives",
                  "test_what_is_cut_off_changes_nothing"):
    setattr(Script, inherited, None)  # they are run where they are written

if __name__ == "__main__":
    unittest.main()
