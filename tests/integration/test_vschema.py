"""Databases that vpopmail made: taken over in place with every field, and its own statements still run on them."""
import json
import os
import sqlite3
import unittest

from harness import process, stores
from harness.installed import SOURCE

DOMAIN, OTHER, ALIAS = "example.org", "a-b.example", "alias.example"
LONG = "a-name-of-32-bytes-a-name-of-32b"
MD5, DES = "$1$abcdefgh$0123456789012345678901", "abNANd1rDfiNc"
SHARED = "pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell"
STEPS = 3


def home(domain, below):
    return "/home/vpopmail/domains/%s/%s" % (domain, below)


def accounts(domain, has_clear, is_fixed=False):
    """What the dumps hold, by name; columns of a fixed width lose blanks at their ends."""
    def blanks(text):
        return text.rstrip(" ") if is_fixed else text

    rows = [("postmaster", MD5, False, 0, "Postmaster", "postmaster", "NOQUOTA", "first secret"),
            ("bob", DES, True, 2, "O'Brien, \\ \"Bob\" -- ; %s", "0/bob", "10485760S,1000C", ""),
            ("jurgen", MD5, False, 64, "J\u00fcrgen M\u00fcller", "jurgen", "NOQUOTA", "secret"),
            ("negative", "", False, 1 << 31, "  leading", "1/negative", "NOQUOTA", ""),
            ("nothing", "", False, 0, "", None, "", ""),
            (LONG, DES, False, 0, "long", LONG, "NOQUOTA", ""),
            ("trailing", DES, False, 0, blanks("blanks   "), "trailing", blanks("NOQUOTA "), "")]
    names = ("user", "password_hash", "apop", "flags", "comment", "dir", "quota", "password")
    return {row[0]: dict(zip(names, row[:5] + ("" if row[5] is None else home(domain, row[5]), row[6],
                                               row[7] if has_clear else ""))) for row in rows}


class Old(stores.StoreTest):
    """A site whose database is a dump; subclasses name it."""
    engine = dump = None
    has_clear = is_fixed = False
    user_column = "user"

    def setUp(self):
        self.server.clear()
        self.site = self.make_site(auth_logging="yes")
        self.must = self.site.must
        self.write_assign(DOMAIN, OTHER)
        for domain in (DOMAIN, OTHER):
            self.site.write("V/domains/%s/.qmail-default" % domain, "| vdelivermail '' bounce-no-mailbox\n")
            self.site.give(self.folder(domain))
        with open(os.path.join(SOURCE, "tests", "data", self.dump), encoding="utf-8") as text:
            self.load(text.read())

    def write_assign(self, *domains):
        person = self.site.owner
        rows = [(name, name) for name in domains] + [(ALIAS, DOMAIN)]
        text = "".join("+%s-:%s:%d:%d:%s:-::\n" % (name, real, person.uid, person.gid, self.folder(real))
                       for name, real in sorted(rows))
        self.site.write("Q/users/assign", text + ".\n")

    def folder(self, domain):
        return self.site.path("V/domains/" + domain)

    def load(self, text):
        if self.engine == "sqlite":
            with sqlite3.connect(self.server.file) as database:
                database.executescript(text)
            database.close()
            os.chmod(self.server.file, 0o600)
            self.site.give(self.server.file)
        elif self.engine == "pgsql":
            self.server.sql("SET ROLE vpopmail;\n" + text)
        else:
            self.server.sql(text)

    def ask(self, text):
        """Rows of texts, as an old program with a connection of its own reads them."""
        if self.engine != "sqlite":
            return [line.split("\t" if self.engine == "mysql" else "|") for line in self.server.sql(text).splitlines()]
        database = sqlite3.connect(self.server.file)
        try:
            return [[str(value) for value in row] for row in database.execute(text)]
        finally:
            database.close()

    def apply(self):
        return self.must("vschema", "--apply").out

    def state(self):
        result = self.site.run("vschema", "--check", "--json")
        return result.status, json.loads(result.out)

    def infos(self, domain):
        return {row["user"]: row for row in map(json.loads, self.must("vuserinfo", "-p", "-C", "--json", "-D", domain).out.splitlines())}

    def compare_accounts(self, domain):
        expected, found = accounts(domain, self.has_clear, self.is_fixed), self.infos(domain)
        self.assertEqual(sorted(found), sorted(expected))
        for name, fields in expected.items():
            row = found[name]
            self.assertEqual({key: row[key] for key in ("password_hash", "comment", "dir", "quota", "password", "flags")},
                             {key: fields[key] for key in ("password_hash", "comment", "dir", "quota", "password", "flags")}, name)
            info = self.must("vuserinfo", "-u", "%s@%s" % (name, domain)).out
            self.assertEqual(info, "%d\n" % (1 + fields["apop"]))


class TakenOver:
    """What holds for every dump."""

    def compare_all(self):
        self.compare_accounts(DOMAIN)
        self.compare_accounts(OTHER)
        self.assertEqual(self.must("valias", "-s", DOMAIN).out.splitlines(),
                         ["alpha@%s -> |/bin/true 'x' \\ \"y\"" % DOMAIN, "zeta@%s -> &first@elsewhere.example" % DOMAIN,
                          "zeta@%s -> /home/vpopmail/shared/Maildir/" % DOMAIN, "zeta@%s -> &again@elsewhere.example" % DOMAIN])
        self.assertEqual(self.must("vipmap", "-p").out, "192.0.2.80 %s\n" % DOMAIN)
        self.assertIn("last auth ip: 192.0.2.7", self.must("vuserinfo", "bob@" + DOMAIN).out)
        self.assertIn("Never logged in", self.must("vuserinfo", "jurgen@" + DOMAIN).out)
        self.must("vuserinfo", "bob@" + ALIAS)
        self.assertEqual(self.ask("SELECT the_dir FROM dir_control WHERE domain = 'example.org'"), [["2"]])
        self.assertEqual(self.ask("SELECT cur_users FROM dir_control WHERE domain = 'dom_89'"), [["1"]])
        self.assertEqual(self.ask("SELECT timestamp FROM relay WHERE ip_addr = '192.0.2.1'"), [["1700000002"]])
        self.assertEqual(self.ask("SELECT timestamp FROM relay WHERE ip_addr = '192.0.2.2'"), [["0"]])

    def test_every_field_is_there_and_a_second_run_has_nothing_to_do(self):
        status, state = self.state()
        self.assertEqual((status, state["applied"], state["newest"]), (1, 0, STEPS))
        out = self.apply()
        for step in range(1, STEPS + 1):
            self.assertIn("step %d, " % step, out)
        self.assertIn("domains of users/assign", out)
        self.compare_all()
        self.assertEqual(self.state(), (0, {"applied": STEPS, "newest": STEPS, "domains_imported": True, "domain_tables": 0}))
        self.assertEqual(self.apply(), "schema %d: nothing to do\n" % STEPS)
        self.compare_all()

    def test_steps_that_were_killed_go_on(self):
        self.apply()
        for step in range(STEPS, 0, -1):
            self.load("DELETE FROM schema_version WHERE number >= %d;" % step)
            self.assertEqual(self.state()[0], 1)
            self.apply()
        self.load("DELETE FROM revisions WHERE what = 'assign';")
        self.assertEqual(self.state()[0], 1)
        self.apply()
        self.compare_all()

    def test_the_old_programs_statements_still_run(self):
        self.apply()
        self.old_account_statements("vpopmail", "pw_domain, ", "'%s', " % DOMAIN, " AND pw_domain = '%s'" % DOMAIN)
        self.old_statements()

    def old_account_statements(self, table, column, value, condition):
        self.load("INSERT INTO %s (%s%s) VALUES (%s'new', '%s', 0, 0, 'New', '%s/new', 'NOQUOTA');"
                  % (table, column, SHARED, value, DES, self.folder(DOMAIN)))
        row = self.infos(DOMAIN)["new"]
        self.assertEqual((row["password_hash"], row["comment"], row["quota"]), (DES, "New", "NOQUOTA"))
        self.load("UPDATE %s SET pw_shell = '5S' WHERE pw_name = 'new'%s;" % (table, condition))
        self.load("UPDATE %s SET pw_passwd = '%s', pw_uid = 1, pw_gid = 2, pw_gecos = 'x', pw_dir = '/x', pw_shell = '6S' "
                  "WHERE pw_name = 'new'%s;" % (table, MD5, condition))
        row = self.infos(DOMAIN)["new"]
        self.assertEqual((row["password_hash"], row["comment"], row["quota"], row["dir"]), (MD5, "x", "6S", "/x"))
        self.must("vmoduser", "-c", "by the new program", "new@" + DOMAIN)
        found = self.ask("SELECT %s FROM %s WHERE pw_name = 'new'%s" % (SHARED, table, condition))
        self.assertEqual(found, [["new", MD5, "1", "2", "by the new program", "/x", "6S"]])
        self.load("DELETE FROM %s WHERE pw_name = 'new'%s;" % (table, condition))
        self.assertNotIn("new", self.infos(DOMAIN))

    def old_statements(self):
        user = self.user_column
        if self.engine == "pgsql":
            self.load("DELETE FROM lastauth WHERE userid = 'bob' AND domain = 'example.org';"
                      "INSERT INTO lastauth (userid, domain, remote_ip, timestamp) VALUES ('bob', 'example.org', '192.0.2.8', 1700000009);"
                      "DELETE FROM relay WHERE ip_addr = '192.0.2.1';"
                      "INSERT INTO relay (ip_addr, timestamp) VALUES ('192.0.2.1', 1700000010);")
        else:
            self.load("REPLACE INTO lastauth (user, domain, remote_ip, timestamp) VALUES ('bob', 'example.org', '192.0.2.8', 1700000009);"
                      "REPLACE INTO relay (ip_addr, timestamp) VALUES ('192.0.2.1', 1700000010);"
                      "REPLACE INTO relay (ip_addr, timestamp) VALUES ('192.0.2.9', '1700000011');")
        self.load("DELETE FROM relay WHERE timestamp <= 1;")
        self.assertIn("last auth ip: 192.0.2.8", self.must("vuserinfo", "bob@" + DOMAIN).out)
        self.assertEqual(self.ask("SELECT remote_ip, timestamp FROM lastauth WHERE %s = 'bob'" % user), [["192.0.2.8", "1700000009"]])
        self.load("INSERT INTO valias (alias, domain, valias_line) VALUES ('beta', 'example.org', '&b@elsewhere.example');"
                  "DELETE FROM valias WHERE alias = 'zeta' AND domain = 'example.org' AND valias_line = '&again@elsewhere.example';")
        self.must("valias", "-i", "&c@elsewhere.example", "beta@" + DOMAIN)
        self.assertEqual(self.must("valias", "-s", "beta@" + DOMAIN).out.splitlines(),
                         ["beta@example.org -> &b@elsewhere.example", "beta@example.org -> &c@elsewhere.example"])
        self.assertEqual(self.ask("SELECT valias_line FROM valias WHERE alias = 'zeta' AND domain = 'example.org'"),
                         [["&first@elsewhere.example"], ["/home/vpopmail/shared/Maildir/"]])

    def test_new_work_of_all_kinds_goes_on(self):
        self.apply()
        self.must("vadddomain", "new.example", "good enough")
        self.must("vadduser", "-c", "\U0001f4ee \u4e2d", "emoji@" + DOMAIN, "good enough")
        self.assertEqual(self.must("vuserinfo", "-c", "emoji@" + DOMAIN).out, "\U0001f4ee \u4e2d\n")
        self.must("vmoddomlimits", "-P", "77", "-Q", "9", DOMAIN)
        self.assertIn("Max Pop Accounts: 77\n", self.must("vmoddomlimits", "-S", DOMAIN).out)
        self.must("vdeluser", "emoji@" + DOMAIN)
        self.must("vdeldomain", "new.example")
        self.compare_accounts(DOMAIN)

    def test_until_the_domains_are_taken_in_nobody_says_that_one_does_not_exist(self):
        self.apply()
        self.assertEqual(self.site.run("vuserinfo", "x@unknown.example").status, self.unknown())
        self.load("DELETE FROM revisions WHERE what = 'assign';")
        for command in (("vuserinfo", "x@unknown.example"), ("vdominfo", "unknown.example"), ("vdeldomain", "unknown.example")):
            result = self.site.run(*command)
            self.assertEqual(result.status, 111, repr(result))
            self.assertIn("vschema --apply", result.err)
        self.must("vuserinfo", "bob@" + DOMAIN)

    def unknown(self):
        """How vuserinfo says that there is no such domain."""
        status = self.site.run("vuserinfo", "x@unknown.example").status
        self.assertNotIn(status, (0, 111))
        return status

    def test_a_newer_database_is_refused(self):
        self.apply()
        self.load("INSERT INTO schema_version (number, name, applied) VALUES (%d, 'future', 0);" % (STEPS + 1))
        for option in ("--check", "--apply", "--print"):
            result = self.site.run("vschema", option)
            self.assertEqual(result.status, 100, repr(result))
            self.assertIn("knows %d" % STEPS, result.out + result.err)

    def test_many_at_once_do_it_once(self):
        running = [self.site.popen("vschema", "--apply") for _ in range(4)]
        for one in running:
            out = one.communicate(timeout=process.DEADLINE)[0]
            self.assertEqual(one.returncode, 0, out)
        self.compare_all()
        self.assertEqual(self.ask("SELECT COUNT(*) FROM schema_version"), [[str(STEPS)]])

    def test_limits_in_the_domains_folder_are_taken_in(self):
        self.site.write("V/domains/%s/.qmailadmin-limits" % OTHER, "maxpopaccounts: 12\ndisable_smtp: 1\n")
        self.apply()
        out = self.must("vmoddomlimits", "-S", OTHER).out
        self.assertIn("Max Pop Accounts: 12\n", out)
        self.assertIn("NO_SMTP", out)


@stores.needs("mysql")
class MySQL54(TakenOver, Old):
    engine, dump, has_clear, is_fixed = "mysql", "vpopmail-5.4.33-mysql.sql", True, True

    def test_times_that_were_text(self):
        self.apply()
        self.assertEqual(self.ask("SELECT ip_addr, timestamp FROM relay ORDER BY ip_addr"),
                         [["192.0.2.1", "1700000002"], ["192.0.2.2", "0"], ["192.0.2.3", "0"], ["192.0.2.4", "0"]])

    def test_an_old_latin1_connection_reads_the_same_bytes(self):
        self.apply()
        self.assertEqual(self.ask("SELECT HEX(CONVERT(pw_gecos USING latin1)) FROM vpopmail WHERE pw_name = 'jurgen' AND "
                                  "pw_domain = 'example.org'"), [["4AFC7267656E204DFC6C6C6572"]])


    def test_a_step_that_was_killed_after_any_statement_goes_on(self):
        with open(os.path.join(SOURCE, "tests", "data", self.dump), encoding="utf-8") as text:
            dump = text.read()
        steps = self.must("vschema", "--print", "--json").out.splitlines()
        statements = [statement + ";\n" for step in steps for statement in json.loads(step)["statements"].split(";\n")[:-1]]
        self.assertGreater(len(statements), 25)
        for count in range(11, len(statements) + 1, 3):
            self.server.clear()
            self.load(dump)
            for statement in statements[:count]:
                unless = [line[len("--unless "):] for line in statement.splitlines() if line.startswith("--unless ")]
                if not unless or self.ask(unless[0]) == [["0"]]:
                    self.load(statement)
            self.apply()
            self.compare_accounts(DOMAIN)
            self.assertEqual(self.state()[0], 0)

class WithLimits:
    """Dumps that have the tables limits and aliasdomains."""

    def test_limits_are_as_they_were(self):
        self.apply()
        out = self.must("vmoddomlimits", "-S", DOMAIN).out
        for part in ("Max Pop Accounts: 50\n", "NO_IMAP", "NO_WEBMAIL", "Domain Quota: 700 MB"):
            self.assertIn(part, out)
        self.assertEqual(self.ask("SELECT maxpopaccounts, diskquota, maxmsgcount, defaultquota, perm_account, perm_maillist FROM limits"),
                         [["50", "700", "90000", "1048576", "7", "127"]])
        self.must("vmoddomlimits", "-P", "51", DOMAIN)
        self.assertEqual(self.ask("SELECT maxpopaccounts, diskquota, maxmsgcount, defaultquota, perm_account, perm_maillist FROM limits"),
                         [["51", "700", "90000", "1048576", "7", "127"]])
        self.assertEqual(self.ask("SELECT alias, domain FROM aliasdomains"), [[ALIAS, DOMAIN]])


@stores.needs("mysql")
class MySQL56(WithLimits, TakenOver, Old):
    engine, dump = "mysql", "vpopmail-5.6-mysql.sql"

    def test_columns_of_others_and_the_log_stay(self):
        self.apply()
        self.assertEqual(self.ask("SELECT my_uid FROM vpopmail WHERE pw_name = 'bob' AND pw_domain = 'example.org'"), [["89"]])
        self.load("INSERT INTO valias (valias_type, copy, alias, domain, valias_line) VALUES (0, 1, 'typed', 'example.org', '|x');")
        self.assertEqual(self.ask("SELECT user, passwd, message, error FROM vlog"), [["bob", "typed", "password fail", "1"]])


@stores.needs("pgsql")
class PgSQL56(TakenOver, Old):
    engine, dump, has_clear, user_column = "pgsql", "vpopmail-5.6-pgsql.sql", True, "userid"


@stores.needs("sqlite")
class SQLite56(WithLimits, TakenOver, Old):
    engine, dump = "sqlite", "vpopmail-5.6-sqlite.sql"


class DomainTables(TakenOver):
    """One table for each domain."""
    is_fixed = True

    def test_the_old_programs_statements_still_run(self):
        self.assertIn("2 tables of one domain", self.apply())
        self.old_account_statements("example_org", "", "", "")
        self.old_statements()
        names = [row[0] for row in self.ask("SELECT pw_name FROM a_b_example ORDER BY pw_name")]
        self.assertEqual(names, sorted(accounts(OTHER, False)))
        self.assertEqual(self.ask("SELECT COUNT(*) FROM users"), [["1"]])

    def test_new_accounts_are_seen_through_the_old_table(self):
        self.apply()
        self.must("vadduser", "-e", DES, "carol@" + OTHER)
        self.assertEqual(self.ask("SELECT pw_passwd FROM a_b_example WHERE pw_name = 'carol'"), [[DES]])
        self.assertEqual(self.ask("SELECT pw_passwd FROM example_org WHERE pw_name = 'carol'"), [])

    def test_two_domains_with_one_table_are_refused_and_named(self):
        self.write_assign(DOMAIN, OTHER, "a.b.example")
        result = self.site.run("vschema", "--apply")
        self.assertEqual(result.status, 100, repr(result))
        self.assertIn("belongs to a-b.example and to a.b.example", result.out + result.err)
        self.assertEqual(self.ask("SELECT COUNT(*) FROM vpopmail"), [["0"]])
        self.assertEqual(len(self.ask("SELECT pw_name FROM example_org")), 7)
        self.assertEqual(self.state()[0], 1)

    def test_a_table_that_contradicts_vpopmail_is_refused(self):
        self.load("CREATE TABLE kept AS SELECT * FROM example_org; DROP TABLE example_org;")
        self.apply()
        self.must("vadduser", "-e", MD5, "bob@" + DOMAIN)
        self.load("ALTER TABLE kept RENAME TO example_org;")
        result = self.site.run("vschema", "--apply")
        self.assertEqual(result.status, 100, repr(result))
        self.assertIn("different accounts of example.org", result.out + result.err)
        self.assertEqual(self.infos(DOMAIN)["bob"]["password_hash"], MD5)

    def test_a_copy_that_was_killed_before_the_names_changed_goes_on(self):
        self.apply()
        self.load("DROP VIEW example_org; ALTER TABLE old$example_org RENAME TO example_org;")
        self.assertEqual(self.state()[1]["domain_tables"], 1)
        self.assertIn("1 tables of one domain", self.apply())
        self.compare_all()


@stores.needs("mysql")
class MySQLDomainTables(DomainTables, Old):
    engine, dump = "mysql", "vpopmail-5.4.33-mysql-domain-tables.sql"

    def test_an_account_outside_of_every_domain_is_refused(self):
        self.apply()
        with self.assertRaises(AssertionError):
            self.load("INSERT INTO example_org (pw_name, pw_dir) VALUES ('stray', '/elsewhere/stray');")
        self.assertEqual(self.ask("SELECT COUNT(*) FROM vpopmail WHERE pw_name = 'stray'"), [["0"]])


@stores.needs("pgsql")
class PgSQLDomainTables(DomainTables, Old):
    engine, dump, user_column = "pgsql", "vpopmail-5.4.33-pgsql-domain-tables.sql", "userid"


if __name__ == "__main__":
    unittest.main()
