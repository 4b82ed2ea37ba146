"""The PostgreSQL driver while servers die, hang, refuse and come back. Each test has a server of its own."""
import contextlib
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import unittest

from harness import postgresql, process, sql_link
from harness.installed import BUILD
from harness.sql_link import ENVIRONMENT, NO_SLOT, SLOT

PROGRAM = os.path.join(BUILD, "test_pgsql_driver")


def setUpModule():
    if not postgresql.is_installed() or not os.path.exists(PROGRAM):
        raise unittest.SkipTest("postgresql-15 or libpq is not installed")


class Link(sql_link.Link):
    """The driver of PostgreSQL, with one link."""

    def __init__(self, env=None):
        super().__init__(PROGRAM, env)

    def connect(self, settings, **more):
        tls = {"disable": "no", "require": "yes", "verify-ca": "authority", "verify-full": "verify"}.get(
            settings.get("sslmode", "disable"), settings.get("sslmode"))
        is_folder = settings["host"].startswith("/")
        server = dict({"connect_seconds": 10, "answer_seconds": 10, "wants_writable": 1, "tls": tls,
                       "socket" if is_folder else "host": settings["host"], "port": int(settings["port"]),
                       "tls_ca": settings.get("sslrootcert", "")},
                           **{name: settings[name] for name in ("user", "password", "database")})
        server.update(more)
        return self.connect_to(server)


class DriverTest(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.server = postgresql.PostgreSQL(self.settings)
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
        self.assertNotIn(postgresql.PASSWORD, answer.error)
        self.assertTrue(len(answer.error.splitlines()) < 2, answer)
        if outcome not in ("ok", "row", "end"):
            self.assertTrue(answer.error.startswith("PostgreSQL"), answer)

    def make_table(self):
        self.server.sql("CREATE TABLE thing (name text PRIMARY KEY, size bigint); INSERT INTO thing VALUES ('a', 0), "
                        "('b', 0); GRANT ALL ON thing TO vpopmail")

    def wait_for(self, condition):
        """Until a row of pg_stat_activity is so."""
        process.wait_until(lambda: self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE "
                                                   "application_name = 'virtmail' AND " + condition) != "0", condition)


class ProgramTest(DriverTest):
    def test_the_program_passes(self):
        rows = self.server.settings()
        names = {"SOCKET": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "DATABASE": "database"}
        env = dict(ENVIRONMENT, **{"VM_TEST_PGSQL_" + name: rows[key] for name, key in names.items()})
        result = process.run([PROGRAM], env=env)
        print(result.out + result.err)
        self.assertEqual(result.status, 0)


class DeathTest(DriverTest):
    def test_killed_before_a_statement_and_back(self):
        link = self.link()
        self.expect(link.execute("SELECT 1", columns=1), "ok")
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

    def test_killed_between_execute_and_fetch(self):
        link = self.link()
        self.expect(link.execute("SELECT generate_series(1, 3)", columns=1), "ok")
        self.assertEqual(link.ask("fetch").cells, ["1"])
        self.server.kill()
        # The answer came whole: what is here stays right.
        self.assertEqual([link.ask("fetch").cells, link.ask("fetch").cells], [["2"], ["3"]])
        self.expect(link.ask("fetch"), "end")
        self.expect(link.execute("SELECT 1", columns=1), "lost")

    def test_killed_during_a_statement(self):
        for slot in (NO_SLOT, SLOT):
            with self.subTest(slot=slot):
                link = self.link()
                link.send_execute("SELECT pg_sleep(60)", columns=1, slot=slot)
                self.wait_for("state = 'active'")
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
        self.server.restart()
        self.expect(link.execute("SELECT 1", columns=1), "lost")

    def test_a_terminated_connection_is_lost(self):
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'virtmail'"
        link = self.link()
        self.server.sql(terminate)
        self.expect(link.command("SELECT 1"), "lost")
        link = self.link()
        link.send_execute("SELECT pg_sleep(60)", columns=1)
        self.wait_for("state = 'active'")
        self.server.sql(terminate)
        self.expect(link.answer(), "lost", "57P01")

    def test_a_canceled_statement_is_lost(self):
        link = self.link()
        link.send_execute("SELECT pg_sleep(60)", columns=1)
        self.wait_for("state = 'active'")
        self.server.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'virtmail'")
        self.expect(link.answer(), "lost", "57014")
        self.expect(link.ask("ping"), "lost")


class HangTest(DriverTest):
    def test_a_frozen_server_costs_the_time_limit_and_no_more(self):
        link = self.link(answer_seconds=2)
        self.server.freeze()
        answer = link.execute("SELECT 1", columns=1)
        self.expect(answer, "lost", "no answer in time")
        self.assertTrue(1.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.execute("SELECT 1", columns=1).seconds, 0.9)
        self.assertLess(link.ask("disconnect").seconds, 0.9)
        self.server.thaw()
        self.expect(link.again(), "ok")

    def test_a_frozen_server_takes_no_link(self):
        self.server.freeze()
        for how in ({}, {"tcp": True}, {"tls": True}):
            with self.subTest(how=how):
                answer = self.driver().connect(self.server.settings(**how), connect_seconds=1)
                self.expect(answer, "away", "in time")
                self.assertTrue(0.9 < answer.seconds < process.SOON, answer)

    def test_a_frozen_encrypted_link_ends_in_time(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True), answer_seconds=1), "ok")
        self.server.freeze()
        answer = link.ask("ping")
        self.expect(answer, "lost", "no answer in time")
        self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.9)

    def test_a_frozen_server_does_not_hold_up_megabytes_on_their_way(self):
        link = self.link(answer_seconds=1)
        self.server.freeze()
        answer = link.execute("SELECT length(?::text)", "v" * 8000000, columns=1)
        self.expect(answer, "lost", "no answer in time")
        self.assertTrue(0.9 < answer.seconds < process.SOON, answer)
        self.assertLess(link.ask("disconnect").seconds, 0.9)

    def test_a_statement_that_nobody_waits_for_ends_in_the_server_too(self):
        link = self.link(answer_seconds=1)
        answer = link.execute("SELECT pg_sleep(600)", columns=1)
        self.expect(answer, "lost")
        self.assertLess(answer.seconds, process.SOON)
        self.wait_for("state <> 'active'")

    def test_what_is_no_postgresql_is_away(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            rows = dict(self.server.settings(tcp=True), host="127.0.0.1", port=listener.getsockname()[1])
            for words in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"E\0\0\0\x06X\0", b"R\0\0\0\x04", b"\xff" * 100):
                link = self.driver()
                link.send("connect", server={"host": "127.0.0.1", "port": rows["port"], "user": "u", "password": "p",
                                             "database": "d", "tls": "no", "connect_seconds": 1, "answer_seconds": 1})
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(words)
                self.expect(link.answer(), "away")


class RefusalTest(DriverTest):
    def test_what_an_operator_must_mend_is_forbidden(self):
        rows = self.server.settings()
        for change, code in (({"password": "wrong"}, "28P01"), ({"user": "nobody"}, "28P01"),
                             ({"database": "nothing"}, "3D000"), ({"password": ""}, "password")):
            for how in ({}, {"tls": True}):
                with self.subTest(change=change, how=how):
                    self.expect(self.driver().connect(dict(self.server.settings(**how), **change)), "forbidden", code)
        self.server.sql("ALTER ROLE vpopmail NOLOGIN")
        self.expect(self.driver().connect(rows), "forbidden", "28000")
        self.server.sql("ALTER ROLE vpopmail LOGIN; REVOKE ALL ON DATABASE vpopmail FROM PUBLIC, vpopmail")
        self.expect(self.driver().connect(rows), "forbidden", "42501")

    def test_a_password_that_changed_meanwhile(self):
        link = self.link()
        self.server.sql("ALTER ROLE vpopmail PASSWORD 'another'")
        self.expect(link.ask("ping"), "ok")
        link.ask("disconnect")
        self.expect(link.again(), "forbidden", "28P01")

    def test_a_right_that_was_taken_away_meanwhile(self):
        self.make_table()
        link = self.link()
        for _ in range(3):
            link.rows("SELECT name FROM thing WHERE name = ?", "a", slot=SLOT)
        self.server.sql("REVOKE ALL ON thing FROM vpopmail")
        self.expect(link.execute("SELECT name FROM thing WHERE name = ?", "a", columns=1, slot=SLOT), "forbidden", "42501")
        self.server.sql("DROP TABLE thing")
        self.expect(link.execute("SELECT name FROM thing WHERE name = ?", "a", columns=1, slot=SLOT), "forbidden", "42P01")
        self.make_table()
        self.assertEqual(link.rows("SELECT name FROM thing WHERE name = ?", "a", slot=SLOT), [["a"]])

    def test_a_server_that_goes_down_is_away(self):
        link = self.link()
        self.server.daemon.signal(signal.SIGTERM)  # waits for the link
        process.wait_until(lambda: self.driver().connect(self.server.settings()).outcome != "ok", "no new links")
        self.expect(self.driver().connect(self.server.settings()), "away", "57P03")
        self.expect(link.ask("ping"), "ok")

    def test_what_the_environment_says_is_not_heard(self):
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(os.path.join(home, ".postgresql"))
            for name, text in ((".pgpass", "*:*:*:*:wrong\n"), (".pg_service.conf", "[x]\nhost=192.0.2.1\n"),
                               (".postgresql/root.crt", "no certificate\n"), (".postgresql/postgresql.crt", "none\n")):
                with open(os.path.join(home, name), "w") as out:
                    out.write(text)
                os.chmod(os.path.join(home, name), 0o600)
            env = {"HOME": home, "PGHOST": "192.0.2.1", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "x",
                   "PGPASSWORD": "x", "PGDATABASE": "x", "PGSERVICE": "nonesuch",
                   "PGSERVICEFILE": home + "/.pg_service.conf", "PGOPTIONS": "-c nothing=1", "PGTZ": "Nowhere",
                   "PGDATESTYLE": "Never", "PGGEQO": "perhaps", "PGCLIENTENCODING": "KLINGON", "PGSSLMODE": "verify-full",
                   "PGSSLROOTCERT": home, "PGSSLCERT": home,
                   "PGSSLKEY": home, "PGREQUIREPEER": "x", "PGTARGETSESSIONATTRS": "standby", "PGAPPNAME": "x",
                   "PGGSSENCMODE": "require", "PGCHANNELBINDING": "require", "PGSSLMINPROTOCOLVERSION": "TLSv9",
                   "PGCONNECT_TIMEOUT": "x", "PGPASSFILE": home + "/.pgpass"}
            for how, outcome in (({}, "ok"), ({"tcp": True}, "ok"), ({"tls": True}, "ok")):
                link = self.driver(env)
                self.expect(link.connect(self.server.settings(**how)), outcome)
                self.assertEqual(link.rows("SHOW application_name"), [["virtmail"]])
            # Without a password of ours there is none.
            self.expect(self.driver(env).connect(dict(self.server.settings(), password="")), "forbidden")


class FullTest(DriverTest):
    settings = {"max_connections": "5", "superuser_reserved_connections": "3", "max_wal_senders": "0"}

    def test_a_full_server_is_away_until_a_link_ends(self):
        links = [self.link(), self.link()]
        late = self.driver()
        self.expect(late.connect(self.server.settings()), "away", "53300")
        links[0].ask("disconnect")
        process.wait_until(lambda: late.again().outcome == "ok", "room for one")


class ReadOnlyTest(DriverTest):
    def test_a_server_that_takes_no_changes(self):
        self.make_table()
        link = self.link()
        self.server.sql("ALTER ROLE vpopmail SET default_transaction_read_only = on")
        self.expect(link.execute("UPDATE thing SET size = 1"), "ok")
        self.expect(self.driver().connect(self.server.settings()), "read-only")
        link = self.driver()
        self.expect(link.connect(self.server.settings(), wants_writable=0), "ok")
        self.assertEqual(link.rows("SELECT sum(size) FROM thing"), [["2"]])
        self.expect(link.execute("UPDATE thing SET size = 1"), "read-only", "25006")

    def test_a_standby_until_it_is_promoted(self):
        self.make_table()
        standby = self.server.standby()
        self.addCleanup(standby.close)
        reader, writer = self.driver(), self.driver()
        self.expect(reader.connect(standby.settings(), wants_writable=0), "ok")
        self.assertEqual(reader.rows("SELECT name FROM thing ORDER BY 1"), [["a"], ["b"]])
        self.expect(reader.execute("UPDATE thing SET size = 1"), "read-only", "25006")
        self.expect(writer.connect(standby.settings()), "read-only")
        standby.promote()
        self.expect(writer.again(), "ok")
        self.expect(writer.execute("UPDATE thing SET size = 1"), "ok")
        self.expect(reader.execute("UPDATE thing SET size = 1"), "ok")

    def test_a_commit_that_may_not_be_on_the_standby_is_no_success(self):
        self.make_table()
        self.server.configure(synchronous_standby_names="nobody", synchronous_commit="on")
        self.server.reload()
        for unit in (True, False):
            with self.subTest(unit=unit):
                link = self.link()
                if unit:
                    self.expect(link.command("BEGIN"), "ok")
                    self.expect(link.execute("UPDATE thing SET size = size + 1"), "ok")
                    link.send("command", text="COMMIT")
                else:
                    link.send_execute("UPDATE thing SET size = size + 1", slot=NO_SLOT)
                self.wait_for("wait_event = 'SyncRep'")
                self.server.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                self.expect(link.answer(), "lost", "standby")
        self.assertEqual(self.server.sql("SELECT sum(size) FROM thing"), "4")


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
            if answer.outcome == "ok":
                self.expect(link.command("COMMIT"), "ok")
                continue
            self.expect(answer, "conflict", "40P01")
            # The transaction has failed, not ended.
            self.expect(link.execute("SELECT 1", columns=1), "failed", "25P02")
            self.expect(link.command("ROLLBACK"), "ok")
            self.expect(link.ask("ping"), "ok")
        self.assertEqual(self.server.sql("SELECT size FROM thing"), "1\n1")

    def test_a_lock_that_does_not_come_is_a_conflict_and_leaves_the_link_good(self):
        holder, waiter = self.link(), self.link(answer_seconds=2)
        self.expect(holder.command("BEGIN"), "ok")
        self.expect(holder.execute("UPDATE thing SET size = 5 WHERE name = 'a'"), "ok")
        answer = waiter.execute("UPDATE thing SET size = 6 WHERE name = 'a'")
        self.expect(answer, "conflict", "55P03")
        self.assertTrue(1.4 < answer.seconds < process.SOON, answer)
        self.expect(holder.command("COMMIT"), "ok")
        answer = waiter.execute("UPDATE thing SET size = 6 WHERE name = 'a'")
        self.expect(answer, "ok")
        self.assertEqual(answer.affected, 1)

    def test_a_row_that_changed_since_the_snapshot_is_a_conflict(self):
        link, other = self.link(), self.link()
        self.expect(link.command("BEGIN ISOLATION LEVEL REPEATABLE READ"), "ok")
        self.assertEqual(link.rows("SELECT size FROM thing WHERE name = 'a'"), [["0"]])
        self.expect(other.execute("UPDATE thing SET size = 1 WHERE name = 'a'"), "ok")
        self.expect(link.execute("UPDATE thing SET size = 2 WHERE name = 'a'"), "conflict", "40001")

    def test_who_inserts_second_is_a_duplicate(self):
        first, second = self.link(), self.link()
        self.expect(first.command("BEGIN"), "ok")
        self.expect(first.execute("INSERT INTO thing VALUES (?, ?)", "c", 1), "ok")
        second.send_execute("INSERT INTO thing VALUES (?, ?)", "c", 2)
        self.wait_for("wait_event_type = 'Lock'")
        self.expect(first.command("COMMIT"), "ok")
        self.expect(second.answer(), "duplicate", "23505")
        self.assertEqual(self.server.sql("SELECT size FROM thing WHERE name = 'c'"), "1")


AWKWARD = ["it's", 'say "x"', "back\\slash", "\\", "\\'; DROP TABLE thing; --", "a -- b", "a; b", "/* c", "$1", "?", "%s",
           "\U0001f4ee", "\xe4\u20ac", "e\u0301", "Case", "case", "trailing ", "trailing", "\t\n\r\x01", ""]


class ValueTest(DriverTest):
    settings = {"standard_conforming_strings": "off", "backslash_quote": "on", "escape_string_warning": "on"}

    def test_values_are_data_whatever_the_server_makes_of_strings(self):
        for setting in ("client_encoding = 'LATIN1'", "default_transaction_isolation = 'serializable'", "lock_timeout = 0",
                        "DateStyle = 'SQL, DMY'"):
            self.server.sql("ALTER ROLE vpopmail SET " + setting)
        self.make_table()
        link = self.link()
        for number, value in enumerate(AWKWARD):
            self.expect(link.execute("INSERT INTO thing VALUES (?, ?)", value, number, slot=SLOT), "ok")
            self.assertEqual(link.rows("SELECT name FROM thing WHERE name = ?", value, slot=2), [[value]])
        for number, value in enumerate(AWKWARD):
            answer = link.execute("DELETE FROM thing WHERE name = ? AND size = ?", value, number, slot=3)
            self.assertEqual(answer.affected, 1)
        self.assertEqual(link.rows("SELECT count(*) FROM thing"), [["2"]])
        shown = [link.rows("SHOW " + name)[0][0] for name in ("transaction_isolation", "client_encoding", "DateStyle")]
        self.assertEqual(shown, ["read committed", "UTF8", "ISO, MDY"])

    def test_what_is_not_utf_8_is_a_bad_value(self):
        self.make_table()
        link = self.link()
        for value in ("\udcff", "a\udcc3", "\udced\udca0\udc80", "\udcc0\udc80", "\udcf5\udc80\udc80\udc80", "a\0b"):
            self.expect(link.execute("INSERT INTO thing VALUES (?, 1)", value, slot=SLOT), "bad value")
        self.assertEqual(link.rows("SELECT count(*) FROM thing"), [["2"]])

    def test_what_the_database_cannot_hold_is_a_bad_value(self):
        self.server.sql("CREATE DATABASE western ENCODING 'LATIN1' TEMPLATE template0 OWNER vpopmail")
        link = self.driver()
        self.expect(link.connect(dict(self.server.settings(), database="western")), "ok")
        self.expect(link.command("CREATE TABLE thing (name text)"), "ok")
        self.expect(link.execute("INSERT INTO thing VALUES (?)", "\xe4"), "ok")
        self.expect(link.execute("INSERT INTO thing VALUES (?)", "\U0001f4ee"), "bad value", "22P05")
        self.assertEqual(link.rows("SELECT name FROM thing"), [["\xe4"]])

    def test_warnings_are_not_printed(self):
        link = self.link()
        self.expect(link.command("DO $$ BEGIN RAISE WARNING 'heard'; RAISE NOTICE 'heard'; END $$"), "ok")
        self.expect(link.command("COMMIT"), "ok")


class TlsTest(DriverTest):
    def is_encrypted(self, link):
        return link.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [["t"]]

    @contextlib.contextmanager
    def authority(self, name="localhost"):
        with tempfile.TemporaryDirectory() as folder:
            yield postgresql.Authority(folder, name)

    def test_the_right_certificate_is_taken(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tls=True)), "ok")
        self.assertTrue(self.is_encrypted(link))

    def test_a_wrong_authority_or_name_is_forbidden(self):
        rows = self.server.settings(tls=True)
        with self.authority() as other:
            self.expect(self.driver().connect(dict(rows, sslrootcert=other.certificate)), "forbidden", "certificate")
        # The system's authorities do not know ours.
        self.expect(self.driver().connect(dict(rows, sslrootcert="")), "forbidden", "certificate")
        self.expect(self.driver().connect(dict(rows, sslrootcert="/nonexistent/authority")), "forbidden", "certificate")
        self.expect(self.driver().connect(dict(rows, host="127.0.0.1")), "forbidden", "certificate")

    def test_without_verifying_only_encryption_counts(self):
        rows = dict(self.server.settings(tls=True), sslmode="require", host="127.0.0.1")
        with self.authority() as other:
            for authority in ("", other.certificate):
                link = self.driver()
                self.expect(link.connect(dict(rows, sslrootcert=authority)), "ok")
                self.assertTrue(self.is_encrypted(link))

    def test_who_verifies_the_authority_only_takes_any_name(self):
        rows = dict(self.server.settings(tls=True), sslmode="verify-ca", host="127.0.0.1")
        link = self.driver()
        self.expect(link.connect(rows), "ok")
        self.assertTrue(self.is_encrypted(link))
        with self.authority() as other:
            self.expect(self.driver().connect(dict(rows, sslrootcert=other.certificate)), "forbidden", "certificate")

    def test_who_prefers_or_allows_encryption_takes_what_there_is(self):
        with open(self.server.path("cluster/pg_hba.conf")) as access:
            before = access.read()
        for kind, ssl, expected in (("host", "on", {"prefer": True, "allow": False}), ("host", "off", {"prefer": False, "allow": False}),
                                    ("hostssl", "on", {"prefer": True, "allow": True}),
                                    ("hostnossl", "on", {"prefer": False, "allow": False})):
            with open(self.server.path("cluster/pg_hba.conf"), "w") as access:
                access.write(before.replace("host all", kind + " all"))
            self.server.configure(ssl=ssl)
            self.server.reload()
            for mode, is_encrypted in expected.items():
                with self.subTest(kind=kind, ssl=ssl, mode=mode):
                    link = self.driver()
                    self.expect(link.connect(dict(self.server.settings(tcp=True), sslmode=mode)), "ok")
                    self.assertEqual(self.is_encrypted(link), is_encrypted)

    def test_no_means_no(self):
        link = self.driver()
        self.expect(link.connect(self.server.settings(tcp=True)), "ok")
        self.assertFalse(self.is_encrypted(link))

    def test_a_server_without_encryption_is_forbidden(self):
        self.server.configure(ssl="off")
        self.server.reload()
        for mode in ("require", "verify-full"):
            self.expect(self.driver().connect(dict(self.server.settings(tls=True), sslmode=mode)), "forbidden", "SSL")

    def test_a_client_shows_its_certificate(self):
        with self.authority(postgresql.USER) as clients:
            self.server.install(clients.certificate, "clients.pem")
            self.server.configure(ssl_ca_file=self.server.path("clients.pem"))
            with open(self.server.path("cluster/pg_hba.conf"), "a+") as access:
                access.seek(0)
                text = access.read()
                access.truncate(0)
                access.write("hostssl all vpopmail 127.0.0.1/32 cert\n" + text)
            self.server.reload()
            rows = self.server.settings(tls=True)
            self.expect(self.driver().connect(rows), "forbidden", "certificate")
            self.expect(self.driver().connect(rows, tls_certificate=clients.server_certificate,
                                              tls_key=clients.server_key), "ok")
            both = os.path.join(clients.folder, "both.pem")
            with open(both, "w") as out:
                os.chmod(both, 0o600)
                for name in (clients.server_certificate, clients.server_key):
                    with open(name) as part:
                        out.write(part.read())
            self.expect(self.driver().connect(rows, tls_certificate=both), "ok")


def message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def described(*names):
    """The description of a row of text columns."""
    column = struct.pack(">IHIhIh", 0, 0, 25, -1, 0xFFFFFFFF, 0)
    return message(b"T", struct.pack(">H", len(names)) + b"".join(name + b"\0" + column for name in names))


def row(*cells):
    """A row; a cell that is a number is sent as if it had so many bytes."""
    parts = [(cell, b"") if isinstance(cell, int) else (len(cell), cell) for cell in cells]
    return message(b"D", struct.pack(">H", len(cells)) + b"".join(struct.pack(">i", size) + part for size, part in parts))


PARSED = message(b"1") + message(b"2")
READY = message(b"Z", b"I")
DONE = message(b"C", b"SELECT 1\0") + READY


class Impostor:
    """Welcomes one client and then sends it `words` again and again for each that it says, or hangs up after them."""

    def __init__(self, words, hangs_up=False, is_endless=False):
        self.words, self.hangs_up, self.is_endless = words, hangs_up, is_endless
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def settings(self):
        return {"host": "127.0.0.1", "port": self.listener.getsockname()[1], "user": "u", "password": "p", "database": "d"}

    def _serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(10000)
            connection.sendall(message(b"R", b"\0\0\0\0") + message(b"S", b"server_version\x0015.0\0") +
                               message(b"S", b"in_hot_standby\0off\0") +
                               message(b"S", b"default_transaction_read_only\0off\0") + READY)
            try:
                while connection.recv(100000):
                    connection.sendall(self.words)
                    while self.is_endless:
                        connection.sendall(self.words)
                    if self.hangs_up:
                        return
            except ConnectionError:
                pass  # the driver has had enough

    def close(self):
        self.listener.close()
        self.thread.join(process.DEADLINE)


class ImpostorTest(unittest.TestCase):
    """A server that does not keep to the protocol is a connection that is lost, and never a wrong answer."""

    def answer_to(self, words, columns=1, **how):
        impostor = Impostor(words, **how)
        link = Link()
        try:
            self.assertEqual(link.connect(impostor.settings(), answer_seconds=1).outcome, "ok")
            answer = link.execute("SELECT 1", columns=columns)
            if answer.outcome == "ok" and columns:
                answer.update(link.ask("rows"), seconds=answer.seconds)
            self.assertLess(answer.seconds, process.SOON)
            return answer
        finally:
            link.close()
            impostor.close()

    def test_the_impostor_can_be_right(self):
        rows = row(b"x", -1) + row(b"", b"y") + row(-5, b"z")
        answer = self.answer_to(PARSED + described(b"a", b"b") + rows + DONE, columns=2)
        self.assertEqual(answer.rows, [["x", None], ["", "y"], [None, "z"]])

    def test_another_number_of_columns_is_failed(self):
        for names in ((), (b"a", b"b")):
            self.assertEqual(self.answer_to(PARSED + described(*names) + DONE).outcome, "failed")
        self.assertEqual(self.answer_to(PARSED + message(b"n") + DONE).outcome, "failed")

    def test_what_is_out_of_place_is_lost(self):
        for words in (READY, PARSED + described(b"a") + row() + DONE, PARSED + described(b"a") + row(b"x", b"y") + DONE,
                      PARSED + described(b"a") + row(0x7FFFFFFF) + DONE,
                      PARSED + described(b"a") + b"D\xff\xff\xff\xff", PARSED + described(b"a") + b"D\x7f\xff\xff\xff",
                      PARSED + described(b"a") + b"D\0\0\0\0", row(b"x") + DONE, PARSED + row(b"x") + DONE,
                      PARSED + message(b"H", b"\0\0\1\0\0") + READY, PARSED + message(b"G", b"\0\0\1\0\0") + READY,
                      PARSED + message(b"W", b"\0\0\1\0\0") + READY, message(b"E", b"SERROR\0Mno code\0\0") + READY,
                      message(b"E", b"") + READY, b"\0" * 50, b"HTTP/1.1 400 Bad Request\r\n\r\n", PARSED):
            with self.subTest(words=words):
                answer = self.answer_to(words)
                self.assertEqual(answer.outcome, "lost", answer)
                answer = self.answer_to(words, hangs_up=True)
                self.assertEqual(answer.outcome, "lost", answer)

    def test_who_says_fatal_hangs_up_whatever_the_reason(self):
        for severity, outcome in ((b"ERROR", "conflict"), (b"FATAL", "lost"), (b"PANIC", "lost")):
            words = message(b"E", b"S?\0V" + severity + b"\0C40001\0Mrecovery conflict\0\0") + READY
            self.assertEqual(self.answer_to(words).outcome, outcome)

    def test_no_end_is_lost_after_the_time_limit(self):
        for words in (message(b"N", b"SWARNING\0VWARNING\0C01000\0Mhear\0\0") * 1000, b"S",
                      message(b"S", b"name\0value\0") * 1000):
            with self.subTest(words=words[:10]):
                self.assertEqual(self.answer_to(words, is_endless=True).outcome, "lost")

    def test_counts_that_are_none_are_zero(self):
        for tag, affected in ((b"INSERT 0 5", 5), (b"INSERT 0 -5", 0), (b"UPDATE 99999999999999999999", 0), (b"UPDATE x", 0),
                              (b"UPDATE ", 0), (b"", 0)):
            answer = self.answer_to(PARSED + message(b"n") + message(b"C", tag + b"\0") + READY, columns=0)
            self.assertEqual((answer.outcome, answer.affected), ("ok", affected), tag)

    def test_the_text_of_an_error_is_one_line(self):
        text = b"one\ntwo\r\x1b[31m" + b"!" * 1000
        answer = self.answer_to(message(b"E", b"SERROR\0VERROR\0C22012\0M" + text + b"\0\0") + READY)
        self.assertEqual(answer.outcome, "failed")
        self.assertIn("one two  [31m!!!", answer.error)


if __name__ == "__main__":
    sys.exit(unittest.main())
