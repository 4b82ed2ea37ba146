"""The MySQL driver while servers die, hang, refuse and come back. Each test has a server of its own."""
import contextlib
import os
import socket
import struct
import sys
import tempfile
import threading
import unittest

from harness import mariadb, process, sql_link
from harness.installed import BUILD
from harness.postgresql import Authority
from harness.sql_link import ENVIRONMENT, NO_SLOT, SLOT

PROGRAM = os.path.join(BUILD, "test_mysql_driver")


def setUpModule():
    if not os.environ.get("REQUIRE_DATABASES") and not (mariadb.is_installed() and os.path.exists(PROGRAM)):
        raise unittest.SkipTest("mariadb-server or libmariadb is not installed")


class Link(sql_link.Link):
    """The driver of MySQL, with one link."""

    def __init__(self, env=None):
        super().__init__(PROGRAM, env)

    def connect(self, settings, **more):
        server = dict({"connect_seconds": 10, "answer_seconds": 10, "tls": "no"}, **settings)
        server.update(port=int(settings.get("port", 0)))
        server.update(more)
        return self.connect_to(server)


class DriverTest(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.server = mariadb.MariaDB(self.settings)
        self.addCleanup(self.server.close)

    def driver(self, env=None):
        """A driver that is not connected."""
        link = Link(env)
        self.addCleanup(link.close)
        return link

    def link(self, **more):
        """A connected link."""
        link = self.driver()
        self.expect(link.connect(self.server.settings(), **more), "ok")
        return link

    def expect(self, answer, outcome, words=""):
        self.assertEqual(answer.outcome, outcome, answer)
        self.assertIn(words, answer.error)
        self.assertNotIn(mariadb.PASSWORD, answer.error)
        self.assertTrue(len(answer.error.splitlines()) < 2, answer)
        if outcome not in ("ok", "row", "end"):
            self.assertTrue(answer.error.startswith("MySQL: "), answer)

    def make_table(self):
        self.server.sql("CREATE TABLE thing (name varchar(40) PRIMARY KEY, size bigint) ENGINE=InnoDB CHARACTER SET utf8mb4 "
                        "COLLATE utf8mb4_nopad_bin; INSERT INTO thing VALUES ('a', 0), ('b', 0)")

    def wait_for(self, condition):
        """Until a connection of ours is so."""
        query = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE user = '%s' AND %s" % (mariadb.USER, condition)
        process.wait_until(lambda: self.server.sql(query) != "0", condition)

    def numbers(self, condition="1"):
        """The server's numbers for our connections."""
        return self.server.sql("SELECT id FROM information_schema.PROCESSLIST WHERE user = '%s' AND %s" % (
            mariadb.USER, condition)).split()


class ProgramTest(DriverTest):
    def test_the_program_passes(self):
        # What the server was told for everybody is not what a link gets.
        self.server.sql("SET GLOBAL sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'; SET GLOBAL tx_isolation = 'SERIALIZABLE'; "
                        "SET GLOBAL autocommit = 0; SET GLOBAL character_set_server = latin1")
        env = dict(ENVIRONMENT, **{"VM_TEST_MYSQL_" + name.upper(): text for name, text in self.server.settings().items()})
        result = process.run([PROGRAM], env=env)
        print(result.out + result.err)
        self.assertEqual(result.status, 0)


SLOW = "SELECT SLEEP(60)"


class DeathTest(DriverTest):
    def test_killed_before_a_statement_and_back(self):
        link = self.link()
        self.assertEqual(link.rows("SELECT 1"), [["1"]])
        self.server.kill()
        self.expect(link.execute("SELECT 1", columns=1), "lost")
        self.expect(link.execute("SELECT 1", columns=1), "lost")
        self.expect(link.command("ROLLBACK"), "lost")
        self.expect(link.ask("ping"), "lost")
        link.ask("disconnect")
        self.expect(link.again(), "away")
        self.server.start()
        self.expect(link.again(), "ok")
        self.assertEqual(link.rows("SELECT 1"), [["1"]])

    def test_killed_between_prepare_and_execute(self):
        link = self.link()
        self.assertEqual(link.rows("SELECT ?", 1, slot=SLOT), [["1"]])
        self.server.kill()
        self.expect(link.execute("SELECT ?", 1, columns=1, slot=SLOT), "lost")
        self.assertLess(link.ask("disconnect").seconds, 0.5)

    def test_killed_between_execute_and_fetch(self):
        """No row is made up, and no end: who has not got all has lost the link."""
        link = self.link()
        self.expect(link.execute("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000", columns=2), "ok")
        self.assertEqual(link.ask("fetch").cells[0], "1")
        self.server.kill()
        rows, answer = 1, link.ask("fetch")
        while answer.outcome == "row":
            rows += 1
            self.assertEqual(answer.cells, [str(rows), "x" * 1000])
            answer = link.ask("fetch")
        self.expect(answer, "lost")
        self.assertLess(rows, 100000)
        self.expect(link.ask("fetch"), "lost")
        self.expect(link.ask("finish"), "ok")
        self.expect(link.execute("SELECT 1", columns=1), "lost")

    def test_killed_during_a_statement(self):
        for slot in (NO_SLOT, SLOT):
            with self.subTest(slot=slot):
                link = self.link()
                link.send_execute(SLOW, columns=1, slot=slot)
                self.wait_for("state = 'User sleep'")
                self.server.kill()
                self.expect(link.answer(), "lost")
                self.server.start()

    def test_killed_during_a_unit(self):
        self.make_table()
        link = self.link()
        self.expect(link.command("BEGIN"), "ok")
        self.expect(link.execute("UPDATE thing SET size = 1"), "ok")
        self.server.kill()
        self.expect(link.command("COMMIT"), "lost")
        self.server.start()
        self.assertEqual(self.server.sql("SELECT sum(size) FROM thing"), "0")

    def test_restarted_since_the_last_statement(self):
        link = self.link()
        self.server.restart()
        self.expect(link.ask("ping"), "lost")
        link.ask("disconnect")
        self.expect(link.again(), "ok")
        self.assertEqual(link.rows("SELECT 1", slot=SLOT), [["1"]])
        self.server.restart()
        self.expect(link.execute("SELECT 1", columns=1, slot=SLOT), "lost")

    def test_an_orderly_stop_during_a_statement(self):
        link = self.link()
        link.send_execute(SLOW, columns=1)
        self.wait_for("state = 'User sleep'")
        self.server.stop()
        self.expect(link.answer(), "lost")

    def test_a_killed_connection_is_lost(self):
        link = self.link()
        self.server.sql("KILL %s" % self.numbers()[0])
        self.expect(link.execute("SELECT 1", columns=1), "lost")
        link.ask("disconnect")
        self.expect(link.again(), "ok")
        link.send_execute(SLOW, columns=1)
        self.wait_for("state = 'User sleep'")
        self.server.sql("KILL %s" % self.numbers("state = 'User sleep'")[0])
        self.expect(link.answer(), "lost")

    def test_a_killed_statement_is_lost(self):
        self.make_table()
        link = self.link()
        link.send_execute("UPDATE thing SET size = SLEEP(60) WHERE name = 'a'")
        self.wait_for("state = 'User sleep'")
        self.server.sql("KILL QUERY %s" % self.numbers("state = 'User sleep'")[0])
        self.expect(link.answer(), "lost", "1317")

    def test_a_connection_that_idled_too_long_is_lost(self):
        self.server.sql("SET GLOBAL wait_timeout = 1")
        link = self.link()
        process.wait_until(lambda: not self.numbers(), "the server hangs up")
        self.expect(link.execute("SELECT 1", columns=1), "lost")


class HangTest(DriverTest):
    def test_a_frozen_server_costs_the_time_limit_and_no_more(self):
        for slot in (SLOT, NO_SLOT):
            link = self.link(answer_seconds=2)
            self.assertEqual(link.rows("SELECT 1", slot=slot), [["1"]])
            self.server.freeze()
            answer = link.execute("SELECT 1", columns=1, slot=slot)
            self.expect(answer, "lost")
            self.assertTrue(1.9 < answer.seconds < 4, answer)
            self.assertLess(link.execute("SELECT 1", columns=1, slot=slot).seconds, 0.5)
            self.assertLess(link.ask("disconnect").seconds, 0.5)
            self.server.thaw()
            self.expect(link.again(), "ok")

    def test_frozen_between_execute_and_fetch(self):
        link = self.link(answer_seconds=1)
        self.expect(link.execute("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000", columns=2), "ok")
        self.server.freeze()
        answer = link.ask("fetch")
        while answer.outcome == "row":
            answer = link.ask("fetch")
        self.expect(answer, "lost")
        self.assertTrue(0.9 < answer.seconds < 3, answer)
        self.assertLess(link.ask("finish").seconds, 0.5)
        self.assertLess(link.ask("disconnect").seconds, 0.5)

    def test_rows_that_nobody_wants_cost_the_time_limit_at_most(self):
        link = self.link(answer_seconds=1)
        self.expect(link.execute("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000", columns=2), "ok")
        self.server.freeze()
        self.assertLess(link.ask("disconnect").seconds, 3)

    def test_a_frozen_server_takes_no_link(self):
        self.server.freeze()
        for how in ({}, {"tcp": True}, {"tls": True}):
            with self.subTest(how=how):
                answer = self.driver().connect(self.server.settings(**how), connect_seconds=1)
                self.expect(answer, "away")
                self.assertTrue(0.9 < answer.seconds < 3, answer)

    def test_a_frozen_encrypted_link_ends_in_time(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True), answer_seconds=1), "ok")
        self.server.freeze()
        answer = link.ask("ping")
        self.expect(answer, "lost")
        self.assertTrue(0.9 < answer.seconds < 3, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.5)

    def test_a_killed_encrypted_link_is_lost(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True)), "ok")
        link.send_execute(SLOW, columns=1)
        self.wait_for("state = 'User sleep'")
        self.server.kill()
        self.expect(link.answer(), "lost")
        self.expect(link.again(), "away")

    def test_a_frozen_server_does_not_hold_up_megabytes_on_their_way(self):
        link = self.link(answer_seconds=1)
        self.assertEqual(link.rows("SELECT LENGTH(?)", "v", slot=SLOT), [["1"]])
        self.server.freeze()
        answer = link.execute("SELECT LENGTH(?)", "v" * 8000000, columns=1, slot=SLOT)
        self.expect(answer, "lost")
        self.assertTrue(0.9 < answer.seconds < 3, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.5)

    def test_a_statement_that_nobody_waits_for_ends_in_the_server_too(self):
        link = self.link(answer_seconds=1)
        answer = link.execute(SLOW, columns=1)
        if answer.outcome == "ok":  # the server's limit came first, among the rows
            answer = dict(link.ask("fetch"), seconds=answer.seconds)
        self.assertEqual(answer["outcome"], "lost", answer)
        self.assertLess(answer["seconds"], 3)
        process.wait_until(lambda: not self.numbers("state = 'User sleep'"), "nothing runs", 5)


class RefusalTest(DriverTest):
    def test_wrong_credentials_are_forbidden(self):
        rows = self.server.settings()
        for change, words in (({"password": "wrong"}, "1045"), ({"password": ""}, "1045"), ({"user": "nobody"}, "1045"),
                              ({"database": "nowhere"}, "1044"), ({"database": "mysql"}, "1044")):
            with self.subTest(change=change):
                self.expect(self.driver().connect(dict(rows, **change)), "forbidden", words)
        for how in ({"tcp": True}, {"tls": True}):
            self.expect(self.driver().connect(dict(self.server.settings(**how), password="wrong")), "forbidden", "1045")

    def test_a_database_that_is_not_there_is_forbidden(self):
        self.server.sql("GRANT ALL ON `nowhere%`.* TO vpopmail@'%'")
        self.expect(self.driver().connect(dict(self.server.settings(), database="nowhere")), "forbidden", "1049")

    def test_who_is_locked_out_is_forbidden(self):
        self.server.sql("ALTER USER vpopmail@'%' ACCOUNT LOCK")
        self.expect(self.driver().connect(self.server.settings()), "forbidden", "4151")
        self.server.sql("ALTER USER vpopmail@'%' ACCOUNT UNLOCK; RENAME USER vpopmail@'%' TO vpopmail@'192.0.2.1'")
        self.expect(self.driver().connect(self.server.settings(tcp=True)), "forbidden")

    def test_what_is_not_there_is_away(self):
        rows = self.server.settings()
        self.expect(self.driver().connect(dict(rows, socket=rows["socket"] + ".none")), "away", "2002")
        tcp = dict(self.server.settings(tcp=True), port=process.free_port())
        self.expect(self.driver().connect(tcp), "away")
        self.expect(self.driver().connect(dict(tcp, host="nonesuch.invalid")), "away")

    def test_a_password_that_changed_meanwhile(self):
        link = self.link()
        self.server.sql("ALTER USER vpopmail@'%' IDENTIFIED BY 'another'")
        self.expect(link.ask("ping"), "ok")
        link.ask("disconnect")
        self.expect(link.again(), "forbidden", "1045")

    def test_a_right_that_was_taken_away_meanwhile(self):
        self.make_table()
        link = self.link()
        query = ("SELECT name FROM thing WHERE name = ?", "a")
        self.assertEqual(link.rows(*query, slot=SLOT), [["a"]])
        self.server.sql("REVOKE ALL ON vpopmail.* FROM vpopmail@'%'; GRANT SELECT (size) ON vpopmail.thing TO vpopmail@'%'")
        link.ask("disconnect")
        self.expect(link.again(), "ok")
        self.expect(link.execute(*query, columns=1, slot=SLOT), "forbidden", "1143")
        self.server.sql("REVOKE ALL, GRANT OPTION FROM vpopmail@'%'; GRANT INSERT ON vpopmail.thing TO vpopmail@'%'")
        self.expect(link.execute(*query, columns=1, slot=SLOT), "forbidden", "1142")
        self.server.sql("GRANT ALL ON vpopmail.* TO vpopmail@'%'")
        self.assertEqual(self.link().rows(*query, slot=SLOT), [["a"]])

    def test_a_table_that_goes_and_comes_back(self):
        self.make_table()
        link = self.link()
        query = ("SELECT name FROM thing WHERE name = ?", "a")
        self.assertEqual(link.rows(*query, slot=SLOT), [["a"]])
        self.server.sql("DROP TABLE thing")
        self.expect(link.execute(*query, columns=1, slot=SLOT), "forbidden", "1146")
        self.make_table()
        self.assertEqual(link.rows(*query, slot=SLOT), [["a"]])

    def test_what_the_environment_says_is_not_heard(self):
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, ".my.cnf"), "w") as out:
                out.write("[client]\nhost=192.0.2.1\nport=1\nuser=x\npassword=x\nsocket=/nonexistent\nssl-verify-server-cert\n"
                          "default-character-set=latin1\ninit-command=SELECT nothing\n")
            env = {"HOME": home, "MYSQL_HOME": home, "MARIADB_HOME": home, "MYSQL_HOST": "192.0.2.1", "MYSQL_TCP_PORT": "1",
                   "MYSQL_UNIX_PORT": "/nonexistent", "MYSQL_PWD": "x", "USER": "x"}
            for how in ({}, {"tcp": True}, {"tls": True}):
                self.expect(self.driver(env).connect(self.server.settings(**how)), "ok")
            self.expect(self.driver(dict(env, MYSQL_PWD=mariadb.PASSWORD)).connect(
                dict(self.server.settings(), password="")), "forbidden")

    def test_a_file_of_ours_is_never_sent(self):
        self.server.sql("SET GLOBAL local_infile = 1")
        self.make_table()
        link = self.link()
        answer = link.command("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE thing (name)")
        self.assertNotEqual(answer.outcome, "ok", answer)
        self.assertEqual(self.server.sql("SELECT count(*) FROM thing"), "2")


class FullTest(DriverTest):
    settings = {"max_connections": "10"}

    def test_a_full_server_is_away_until_a_link_ends(self):
        links = [self.link() for _ in range(9)]
        late = self.driver()
        answer = late.connect(self.server.settings())
        if answer.outcome == "ok":  # the server keeps one more for its administrator
            links.append(late)
            late = self.driver()
            answer = late.connect(self.server.settings())
        self.expect(answer, "away", "1040")
        links[0].ask("disconnect")
        process.wait_until(lambda: late.again().outcome == "ok", "room for one")

    def test_a_user_with_enough_connections_is_away(self):
        self.server.sql("ALTER USER vpopmail@'%' WITH MAX_USER_CONNECTIONS 1")
        self.link()
        self.expect(self.driver().connect(self.server.settings()), "away", "1226")


class CrowdTest(DriverTest):
    settings = {"max_user_connections": "1"}

    def test_as_many_connections_as_each_user_may_have_is_away(self):
        self.link()
        self.expect(self.driver().connect(self.server.settings()), "away", "1203")


class ReadOnlyTest(DriverTest):
    def test_a_server_that_takes_no_changes_until_it_does(self):
        self.make_table()
        link = self.link()
        self.server.sql("SET GLOBAL read_only = 1")
        self.expect(link.execute("UPDATE thing SET size = 1", slot=SLOT), "read-only", "1290")
        self.expect(link.command("CREATE TABLE other (a int)"), "read-only")
        self.assertEqual(link.rows("SELECT sum(size) FROM thing"), [["0"]])
        self.server.sql("SET GLOBAL read_only = 0")
        self.expect(link.execute("UPDATE thing SET size = 1", slot=SLOT), "ok")


class ConflictTest(DriverTest):
    def setUp(self):
        super().setUp()
        self.make_table()

    def test_one_of_two_that_wait_for_each_other_is_a_conflict(self):
        links = [self.link(), self.link()]
        for link, name in zip(links, "ab"):
            self.expect(link.command("BEGIN"), "ok")
            self.expect(link.execute("UPDATE thing SET size = size + 1 WHERE name = ?", name), "ok")
        for link, name in zip(links, "ba"):
            link.send_execute("UPDATE thing SET size = size + 1 WHERE name = ?", name)
        answers = [link.answer() for link in links]
        self.assertEqual(sorted(answer.outcome for answer in answers), ["conflict", "ok"], answers)
        for link, answer in zip(links, answers):
            if answer.outcome == "conflict":
                self.expect(answer, "conflict", "1213")
            self.expect(link.command("COMMIT" if answer.outcome == "ok" else "ROLLBACK"), "ok")
            self.expect(link.ask("ping"), "ok")
        self.assertEqual(self.server.sql("SELECT size FROM thing"), "1\n1")

    def test_a_lock_that_does_not_come_is_a_conflict_and_leaves_the_link_good(self):
        holder, waiter = self.link(), self.link(answer_seconds=3)
        self.expect(holder.command("BEGIN"), "ok")
        self.expect(holder.execute("UPDATE thing SET size = 5 WHERE name = 'a'"), "ok")
        answer = waiter.execute("UPDATE thing SET size = 6 WHERE name = 'a'", slot=SLOT)
        self.expect(answer, "conflict", "1205")
        self.assertLess(answer.seconds, 3.2)
        self.expect(holder.command("COMMIT"), "ok")
        answer = waiter.execute("UPDATE thing SET size = 6 WHERE name = 'a'", slot=SLOT)
        self.expect(answer, "ok")
        self.assertEqual(answer.affected, 1)

    def test_the_shortest_limits_still_tell_a_lock_from_a_lost_link(self):
        holder, waiter = self.link(), self.link(answer_seconds=2)
        self.expect(holder.command("BEGIN"), "ok")
        self.expect(holder.execute("UPDATE thing SET size = 5 WHERE name = 'a'"), "ok")
        self.expect(waiter.command("UPDATE thing SET size = 6 WHERE name = 'a'"), "conflict", "1205")

    def test_a_table_that_is_in_use_is_a_conflict_for_who_would_change_it(self):
        holder, waiter = self.link(), self.link(answer_seconds=3)
        self.expect(holder.command("BEGIN"), "ok")
        self.assertEqual(holder.rows("SELECT count(*) FROM thing"), [["2"]])
        self.expect(waiter.command("ALTER TABLE thing ADD extra int"), "conflict", "1205")

    def test_who_inserts_second_is_a_duplicate(self):
        first, second = self.link(), self.link()
        self.expect(first.command("BEGIN"), "ok")
        self.expect(first.execute("INSERT INTO thing VALUES (?, ?)", "c", 1), "ok")
        second.send_execute("INSERT INTO thing VALUES (?, ?)", "c", 2)
        process.wait_until(lambda: self.server.sql("SELECT count(*) FROM information_schema.INNODB_TRX WHERE "
                                                   "trx_state = 'LOCK WAIT'") != "0", "the second waits")
        self.expect(first.command("COMMIT"), "ok")
        self.expect(second.answer(), "duplicate", "1062")
        self.assertEqual(self.server.sql("SELECT size FROM thing WHERE name = 'c'"), "1")


AWKWARD = ["it's", 'say "x"', "back\\slash", "\\", "\\'; DROP TABLE thing; --", "a -- b", "a; b", "/* c", "$1", "?", "%s",
           "\U0001f4ee", "\xe4\u20ac", "e\u0301", "Case", "case", "trailing ", "trailing", "\t\n\r\x01", "", "# d", "`e`"]
MODES = ("", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES", "ANSI,TRADITIONAL", "ORACLE")


class ValueTest(DriverTest):
    def test_values_are_data_whatever_the_server_makes_of_strings(self):
        self.make_table()
        for mode in MODES:
            with self.subTest(mode=mode):
                self.server.sql("SET GLOBAL sql_mode = '%s'; SET GLOBAL character_set_client = latin1" % mode)
                link = self.link()
                for number, value in enumerate(AWKWARD):
                    self.expect(link.execute("INSERT INTO thing VALUES (?, ?)", value, number, slot=SLOT), "ok")
                    self.assertEqual(link.rows("SELECT name FROM thing WHERE name = ?", value, slot=2), [[value]])
                for number, value in enumerate(AWKWARD):
                    answer = link.execute("DELETE FROM thing WHERE name = ? AND size = ?", value, number, slot=3)
                    self.assertEqual(answer.affected, 1)
                self.assertEqual(link.rows("SELECT count(*) FROM thing"), [["2"]])

    def test_what_is_not_utf_8_is_a_bad_value(self):
        self.make_table()
        self.server.sql("SET GLOBAL sql_mode = ''")
        link = self.link()
        for value in ("\udcff", "a\udcc3", "\udced\udca0\udc80", "\udcc0\udc80", "\udcf5\udc80\udc80\udc80"):
            self.expect(link.execute("INSERT INTO thing VALUES (?, 1)", value, slot=SLOT), "bad value")
        self.assertEqual(link.rows("SELECT count(*) FROM thing"), [["2"]])

    def test_what_a_column_cannot_hold_is_a_bad_value_and_nothing_is_cut(self):
        self.server.sql("SET GLOBAL sql_mode = ''; CREATE TABLE western (name varchar(5), size int) CHARACTER SET latin1; "
                        "CREATE TABLE short (name varchar(5)) CHARACTER SET utf8mb3")
        link = self.link()
        insert = "INSERT INTO western VALUES (?, ?)"
        self.expect(link.execute(insert, "\xe4", 1), "ok")
        self.expect(link.execute(insert, "\u03b1", 1), "bad value", "1366")
        self.expect(link.execute(insert, "\U0001f4ee", 1), "bad value", "1366")
        self.expect(link.execute(insert, "123456", 1), "bad value", "1406")
        self.expect(link.execute(insert, "a", 1 << 40), "bad value", "1264")
        self.expect(link.execute(insert, "a", "many"), "bad value", "1366")
        self.expect(link.execute("INSERT INTO short VALUES (?)", "\U0001f4ee"), "bad value", "1366")
        self.assertEqual(link.rows("SELECT name FROM western"), [["\xe4"]])
        self.assertEqual(link.rows("SELECT name FROM short"), [])


class TlsTest(DriverTest):
    def is_encrypted(self, link):
        return link.rows("SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE "
                         "VARIABLE_NAME = 'SSL_CIPHER'") == [["1"]]

    @contextlib.contextmanager
    def authority(self, name="localhost"):
        with tempfile.TemporaryDirectory() as folder:
            yield Authority(folder, name)

    def test_the_right_certificate_is_taken(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True)), "ok")
        self.assertTrue(self.is_encrypted(link))

    def test_a_wrong_authority_or_name_is_forbidden(self):
        rows = self.server.settings(tls=True)
        with self.authority() as other:
            self.expect(self.driver().connect(dict(rows, tls_ca=other.certificate)), "forbidden", "2026")
        # The system's authorities do not know ours.
        self.expect(self.driver().connect(dict(rows, tls_ca="")), "forbidden", "2026")
        self.expect(self.driver().connect(dict(rows, tls_ca="/nonexistent/authority")), "forbidden", "2026")
        self.expect(self.driver().connect(dict(rows, host="127.0.0.1")), "forbidden", "2026")

    def test_without_verifying_only_encryption_counts(self):
        rows = dict(self.server.settings(tls=True), tls="yes", host="127.0.0.1", tls_ca="")
        link = self.driver()
        self.expect(link.connect(rows), "ok")
        self.assertTrue(self.is_encrypted(link))

    def test_no_means_no(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tcp=True)), "ok")
        self.assertFalse(self.is_encrypted(link))

    def test_a_server_without_encryption_is_forbidden(self):
        self.server.configure(ssl_cert=None, ssl_key=None, skip_ssl="1")
        self.server.restart()
        for mode in ("yes", "verify"):
            with self.subTest(mode=mode):
                self.expect(self.driver().connect(dict(self.server.settings(tls=True), tls=mode)), "forbidden")

    def test_a_user_who_must_encrypt_is_forbidden_otherwise(self):
        self.server.sql("ALTER USER vpopmail@'%' REQUIRE SSL")
        self.expect(self.driver().connect(self.server.settings(tcp=True)), "forbidden")
        self.expect(self.driver().connect(self.server.settings(tls=True)), "ok")

    def test_a_client_shows_its_certificate(self):
        with self.authority(mariadb.USER) as clients:
            with open(clients.certificate) as text, open(self.server.path("clients.pem"), "w") as out:
                out.write(text.read())
            self.server.configure(ssl_ca=self.server.path("clients.pem"))
            self.server.restart()
            self.server.sql("ALTER USER vpopmail@'%' REQUIRE X509")
            rows = self.server.settings(tls=True)
            self.expect(self.driver().connect(rows), "forbidden")
            self.expect(self.driver().connect(rows, tls_certificate=clients.server_certificate,
                                              tls_key=clients.server_key), "ok")


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number & 255]) + body


# Protocol 10, a server without TLS that wants mysql_native_password.
GREETING = (b"\x0a5.5.5-10.11.0-MariaDB\0" + struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<H", 0xF7DF) +
            b"\x21" + struct.pack("<H", 2) + struct.pack("<H", 0x0028) + b"\x15" + b"\0" * 10 + b"saltsaltsalt\0" +
            b"mysql_native_password\0")
GREETING_TLS = GREETING.replace(struct.pack("<H", 0xF7DF), struct.pack("<H", 0xFFDF))
FINE = b"\0\0\0\2\0\0\0"
END = b"\xfe\0\0\2\0"


def column(name=b"a"):
    return (b"\3def\0\0\0" + bytes([len(name)]) + name + b"\0" + b"\x0c" + struct.pack("<H", 45) +
            struct.pack("<I", 1020) + b"\xfd" + b"\0\0" + b"\0" + b"\0\0")


def prepared(columns, parameters=0):
    """The answer to a prepare, its packets numbered."""
    bodies = [b"\0" + struct.pack("<IHHBH", 1, columns, parameters, 0, 0)]
    bodies += [column()] * columns + ([END] if columns else [])
    return b"".join(packet(number + 1, body) for number, body in enumerate(bodies))


def result(columns, *rows, end=END):
    bodies = [bytes([columns])] + [column()] * columns + [END] + list(rows) + ([end] if end else [])
    return b"".join(packet(number + 1, body) for number, body in enumerate(bodies))


def text_row(*cells):
    """A row of the binary protocol; None is NULL."""
    nulls = sum(1 << (number + 2) for number, cell in enumerate(cells) if cell is None)
    return b"\0" + nulls.to_bytes((len(cells) + 9) // 8, "little") + b"".join(
        bytes([len(cell)]) + cell for cell in cells if cell is not None)


class Impostor:
    """Greets one client, welcomes it and its SETs, and answers what follows with `answers` in turn, then with nothing."""

    def __init__(self, *answers, greeting=GREETING, welcomes=True, welcomes_sets=True, hangs_up=False, trickle=False):
        self.answers, self.greeting, self.hangs_up, self.trickle = list(answers), greeting, hangs_up, trickle
        self.welcomes, self.welcomes_sets = welcomes, welcomes_sets
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def settings(self):
        return {"host": "127.0.0.1", "port": self.listener.getsockname()[1], "user": "u", "password": "p", "database": "d"}

    def _run(self):
        connection, _ = self.listener.accept()
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass  # the driver has had enough

    def _serve(self, connection):
        greeting = packet(0, self.greeting)
        if self.trickle:
            for byte in greeting[:-1]:
                connection.sendall(bytes([byte]))
                if self.ended.wait(0.3):
                    return
        connection.sendall(greeting)
        while True:
            request = connection.recv(100000)
            if not request:
                return
            if self.welcomes and request[3:4] == b"\1":
                connection.sendall(packet(2, FINE))
            elif self.welcomes_sets and request[4:8] == b"\3SET":
                connection.sendall(packet(1, FINE))
            elif self.answers and request[4:5] != b"\x19":
                connection.sendall(self.answers.pop(0))
            elif self.hangs_up:
                return

    def close(self):
        self.ended.set()
        self.listener.close()
        self.thread.join(process.DEADLINE)


class ImpostorTest(unittest.TestCase):
    """A server that does not keep to the protocol is never a wrong answer, and never waited for longer than was said."""

    @contextlib.contextmanager
    def impostor(self, *answers, **how):
        impostor, link = Impostor(*answers, **how), Link()
        try:
            yield impostor, link
        finally:
            link.close()
            impostor.close()

    def answer_to(self, *answers, columns=1, **how):
        with self.impostor(*answers, **how) as (impostor, link):
            self.assertEqual(link.connect(impostor.settings(), answer_seconds=1).outcome, "ok")
            answer = link.execute("SELECT 1", columns=columns)
            if answer.outcome == "ok" and columns:
                answer.update(link.ask("rows"), seconds=answer.seconds)
            self.assertLess(answer.seconds, 3)
            return answer

    def test_the_impostor_can_be_right(self):
        answer = self.answer_to(prepared(2), result(2, text_row(b"x", None), text_row(b"", b"y")), columns=2)
        self.assertEqual(answer.get("rows"), [["x", None], ["", "y"]], answer)

    def test_another_number_of_columns_when_preparing_is_failed(self):
        for columns in (0, 2):
            self.assertEqual(self.answer_to(prepared(columns)).outcome, "failed")

    def test_another_number_of_columns_when_executing_is_no_answer(self):
        for answer, columns in ((result(2, text_row(b"x", b"y")), 1), (packet(1, FINE), 1), (result(1, text_row(b"x")), 0)):
            with self.subTest(answer=answer):
                self.assertIn(self.answer_to(prepared(columns), answer, columns=columns).outcome, ("failed", "lost"))

    def test_an_end_in_the_middle_is_lost(self):
        whole = prepared(1) + b""
        for words in (whole[:3], whole[:10], b""):
            for hangs_up in (True, False):
                with self.subTest(words=words, hangs_up=hangs_up):
                    self.assertEqual(self.answer_to(words or packet(1, b"")[:1], hangs_up=hangs_up).outcome, "lost")
        rows = result(1, text_row(b"x"), end=None)
        answer = self.answer_to(prepared(1), rows)
        self.assertEqual(answer.outcome, "lost", answer)

    def test_no_answer_while_connecting_is_away_in_time(self):
        for name, how in (("no welcome", {"welcomes": False}), ("nothing said to SET", {"welcomes_sets": False}),
                          ("a byte at a time", {"trickle": True})):
            with self.subTest(name), self.impostor(**how) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1, answer_seconds=5)
                self.assertEqual(answer.outcome, "away", answer)
                self.assertTrue(0.9 < answer.seconds < 2.5, answer)

    def test_no_answer_to_the_handshake_of_tls_is_away_in_time(self):
        for mode in ("yes", "verify"):
            with self.subTest(mode), self.impostor(greeting=GREETING_TLS, welcomes=False) as (impostor, link):
                answer = link.connect(dict(impostor.settings(), tls=mode), connect_seconds=1, answer_seconds=5)
                self.assertEqual(answer.outcome, "away", answer)
                self.assertTrue(0.9 < answer.seconds < 2.5, answer)

    def test_a_hangup_in_the_handshake_of_tls_is_away(self):
        with self.impostor(greeting=GREETING_TLS, welcomes=False, hangs_up=True) as (impostor, link):
            answer = link.connect(dict(impostor.settings(), tls="yes"))
            self.assertEqual(answer.outcome, "away", answer)

    def test_who_takes_encryption_away_gets_no_password(self):
        for mode in ("yes", "verify"):
            with self.subTest(mode), self.impostor() as (impostor, link):
                answer = link.connect(dict(impostor.settings(), tls=mode))
                self.assertEqual(answer.outcome, "forbidden", answer)

    def test_what_is_no_mysql_gets_no_link(self):
        for greeting in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x0a", b"\x0a5.5", b"\xff", b"\xff\x10\x04#08004full",
                         b"\xff" + b"!" * 100, GREETING[:30]):
            with self.subTest(greeting=greeting), self.impostor(greeting=greeting, hangs_up=True) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1, answer_seconds=1)
                self.assertIn(answer.outcome, ("away", "failed"), answer)
                self.assertLess(answer.seconds, 3)

    def test_who_asks_for_the_password_itself_does_not_get_it(self):
        for plugin in (b"mysql_clear_password", b"dialog", b"mysql_old_password"):
            with self.subTest(plugin), self.impostor(greeting=GREETING.replace(b"mysql_native_password", plugin),
                                                     welcomes=False) as (impostor, link):
                self.assertNotEqual(link.connect(impostor.settings(), connect_seconds=1).outcome, "ok")
            switch = packet(2, b"\xfe" + plugin + b"\0")
            with self.subTest(plugin), self.impostor(switch, packet(4, FINE), welcomes=False) as (impostor, link):
                answer = link.connect(impostor.settings(), connect_seconds=1)
                self.assertNotEqual(answer.outcome, "ok")

    def test_the_text_of_an_error_is_one_line(self):
        answer = self.answer_to(packet(1, b"\xff\x28\x04#42000one\ntwo\r\x1b[31m" + b"!" * 400))
        self.assertEqual(answer.outcome, "failed")
        self.assertIn("one?two??[31m!!!", answer.error)


if __name__ == "__main__":
    sys.exit(unittest.main())
