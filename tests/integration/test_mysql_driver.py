"""The MySQL driver while servers die, hang, refuse and come back."""
import contextlib
import os
import sys
import tempfile
import unittest

from harness import mariadb, process
from harness.mysql_link import PROGRAM, DriverTest, need_server
from harness.postgresql import Authority
from harness.sql_link import ENVIRONMENT, NO_SLOT, SLOT


def setUpModule():
    need_server()


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
        self.assertLess(link.ask("disconnect").seconds, 0.9)

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
            link = self.link(answer_seconds=1)
            self.assertEqual(link.rows("SELECT 1", slot=slot), [["1"]])
            self.server.freeze()
            answer = link.execute("SELECT 1", columns=1, slot=slot)
            self.expect(answer, "lost")
            self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
            self.assertLess(link.execute("SELECT 1", columns=1, slot=slot).seconds, 0.9)
            self.assertLess(link.ask("disconnect").seconds, 0.9)
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
        self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.ask("finish").seconds, 0.9)
        self.assertLess(link.ask("disconnect").seconds, 0.9)

    def test_rows_that_nobody_wants_cost_the_time_limit_at_most(self):
        link = self.link(answer_seconds=1)
        self.expect(link.execute("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000", columns=2), "ok")
        self.server.freeze()
        self.assertLess(link.ask("disconnect").seconds, process.SOON)

    def test_a_frozen_server_takes_no_link(self):
        self.server.freeze()
        for how in ({}, {"tcp": True}, {"tls": True}):
            with self.subTest(how=how):
                answer = self.driver().connect(self.server.settings(**how), connect_seconds=1)
                self.expect(answer, "away")
                self.assertTrue(0.9 < answer.seconds < process.SOON, answer)

    def test_a_frozen_encrypted_link_ends_in_time(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True), answer_seconds=1), "ok")
        self.server.freeze()
        answer = link.ask("ping")
        self.expect(answer, "lost")
        self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.9)

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
        self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.9)

    def test_a_statement_that_nobody_waits_for_ends_in_the_server_too(self):
        link = self.link(answer_seconds=1)
        answer = link.execute(SLOW, columns=1)
        if answer.outcome == "ok":  # the server's limit came first, among the rows
            answer = dict(link.ask("fetch"), seconds=answer.seconds)
        self.assertEqual(answer["outcome"], "lost", answer)
        self.assertLess(answer["seconds"], process.SOON)
        process.wait_until(lambda: not self.numbers("state = 'User sleep'"), "nothing runs")


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
        self.assertLess(answer.seconds, process.SOON)
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
        holder, waiter = self.link(), self.link(answer_seconds=2)
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
    shares = False

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


if __name__ == "__main__":
    sys.exit(unittest.main())
