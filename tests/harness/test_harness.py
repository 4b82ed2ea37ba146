"""The harness itself: what it runs, and that it never mistakes a dead server for a ready one."""
import os
import poplib
import smtplib
import sys
import unittest

from harness import clients, dovecot, mariadb, postgresql, process
from harness.site import Site

MESSAGE = b"From: a@example.org\nSubject: hello\n\nOne line.\n"


class ProcessTest(unittest.TestCase):
    def test_a_program_gets_its_input_and_descriptor_3(self):
        result = process.run(["sh", "-c", "cat; cat <&3; echo err >&2; exit 7"], "in ", fd3=b"three\0")
        self.assertEqual((result.out_bytes, result.err, result.status), (b"in three\0", "err\n", 7))

    def test_a_program_that_hangs_fails(self):
        with self.assertRaisesRegex(AssertionError, "no end after"):
            process.run(["sleep", "100"], deadline=0.05)

    def test_a_daemon_that_dies_at_once_is_told_with_its_words(self):
        with self.assertRaisesRegex(AssertionError, "ended:\nno config"):
            process.Daemon(["sh", "-c", "echo no config; exit 1"], ("127.0.0.1", process.free_port()), self.log)

    def setUp(self):
        site = Site()
        self.addCleanup(site.close)
        self.log = site.path("run/log")


class SiteTest(unittest.TestCase):
    def setUp(self):
        self.site = Site({"logging": "none"})
        self.addCleanup(self.site.close)

    def test_a_site_has_settings_that_only_its_owner_reads(self):
        text = self.site.read("V/etc/vpopmail.conf").decode()
        self.assertIn("logging = none\n", text)
        self.assertIn("qmail_dir = %s\n" % self.site.qmail, text)
        state = os.stat(self.site.path("V/etc/vpopmail.conf"))
        self.assertEqual((state.st_mode & 0o777, state.st_uid), (0o600, self.site.owner.uid))

    def test_programs_run_as_an_ordinary_user(self):
        result = process.run(["id", "-u"], person=self.site.person)
        self.assertEqual(result.out.strip(), str(self.site.owner.uid))
        self.assertNotEqual(result.out.strip(), "0")


@unittest.skipUnless(dovecot.Dovecot.is_installed(), "dovecot is not installed")
class DovecotTest(unittest.TestCase):
    def test_mail_goes_in_by_lmtp_and_out_by_pop3(self):
        server = dovecot.Dovecot({"a@example.org": "secret"})
        self.addCleanup(server.close)
        with smtplib.LMTP("127.0.0.1", server.ports["lmtp"]) as lmtp:
            lmtp.sendmail("b@example.org", ["a@example.org"], MESSAGE)
        pop3 = poplib.POP3("127.0.0.1", server.ports["pop3"], timeout=30)
        pop3.user("a@example.org")
        pop3.pass_("secret")
        self.assertEqual(pop3.stat()[0], 1)
        pop3.quit()
        self.assertEqual(len(os.listdir(os.path.join(server.maildir("a@example.org"), "cur"))), 1)


@unittest.skipUnless(postgresql.is_installed(), "postgresql-15 is not installed")
class PostgreSQLTest(unittest.TestCase):
    def setUp(self):
        self.server = postgresql.PostgreSQL()
        self.addCleanup(self.server.close)

    def ask(self, text, **how):
        """As the ordinary user of the settings."""
        rows = self.server.settings(**how)
        words = " ".join("%s='%s'" % (name, value.replace("\\", "\\\\").replace("'", "\\'"))
                         for name, value in rows.items() if name != "database")
        return process.run(["psql", "-X", "-q", "-A", "-t", "-c", text, words + " dbname=" + rows["database"]],
                           env={"PATH": os.environ["PATH"], "PGCONNECT_TIMEOUT": "1"})

    def test_the_settings_connect_through_the_socket_and_tcp_and_tls(self):
        encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        self.assertEqual([self.ask(encrypted).out, self.ask(encrypted, tcp=True).out, self.ask(encrypted, tls=True).out],
                         ["f\n", "f\n", "t\n"])

    def test_it_does_not_run_as_root(self):
        owner = os.stat("/proc/%d" % self.server.processes()[0]).st_uid
        self.assertEqual(owner, self.server.person.uid)
        self.assertNotEqual(owner, 0)

    def test_a_killed_server_is_away_until_it_is_started_again_with_what_it_had(self):
        self.server.sql("CREATE TABLE kept (name text)")
        self.server.kill()
        self.assertEqual(self.ask("SELECT 1").status, 2)
        self.server.start()
        self.assertEqual(self.ask("SELECT count(*) FROM pg_class WHERE relname = 'kept'").out, "1\n")

    def test_a_frozen_server_does_not_answer_until_it_is_thawed(self):
        self.server.freeze()
        self.assertEqual(self.ask("SELECT 1").status, 2)
        self.server.thaw()
        self.assertEqual(self.ask("SELECT 1").out, "1\n")

    def test_a_standby_follows_and_can_be_promoted(self):
        standby = self.server.standby()
        self.addCleanup(standby.close)
        self.server.sql("CREATE TABLE kept (name text)")
        process.wait_until(lambda: standby.sql("SELECT to_regclass('kept')") == "kept", "the standby has the table")
        self.server.kill()
        standby.promote()
        standby.sql("INSERT INTO kept VALUES ('here')")


@unittest.skipUnless(mariadb.is_installed(), "mariadb-server is not installed")
class MariaDBTest(unittest.TestCase):
    def setUp(self):
        self.server = mariadb.MariaDB()
        self.addCleanup(self.server.close)

    def ask(self, text, **how):
        """As the ordinary user of the settings."""
        rows = self.server.settings(**how)
        words = ["--%s=%s" % (name, rows[name]) for name in ("user", "host", "port", "socket", "database") if name in rows]
        tls = ["--ssl-ca=" + rows["tls_ca"], "--ssl-verify-server-cert"] if "tls" in rows else ["--skip-ssl"]
        return process.run([mariadb.CLIENT, "--no-defaults", "--batch", "--skip-column-names", "--connect-timeout=1",
                            "--execute=" + text] + words + tls,
                           env={"PATH": os.environ["PATH"], "MYSQL_PWD": rows["password"]})

    def test_the_settings_connect_through_the_socket_and_tcp_and_tls(self):
        encrypted = "SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'"
        self.assertEqual([self.ask(encrypted).out, self.ask(encrypted, tcp=True).out, self.ask(encrypted, tls=True).out],
                         ["0\n", "0\n", "1\n"])

    def test_it_does_not_run_as_root(self):
        owner = os.stat("/proc/%d" % self.server.daemon.process.pid).st_uid
        self.assertEqual(owner, self.server.person.uid)
        self.assertNotEqual(owner, 0)

    def test_a_killed_server_is_away_until_it_is_started_again_with_what_it_had(self):
        self.server.sql("CREATE TABLE kept (name text); INSERT INTO kept VALUES ('here')")
        self.server.kill()
        self.assertEqual(self.ask("SELECT 1").status, 1)
        self.server.start()
        self.assertEqual(self.ask("SELECT name FROM kept").out, "here\n")

    def test_a_frozen_server_does_not_answer_until_it_is_thawed(self):
        self.server.freeze()
        self.assertEqual(self.ask("SELECT 1").status, 1)
        self.server.thaw()
        self.assertEqual(self.ask("SELECT 1").out, "1\n")


@unittest.skipUnless(clients.find("smtp-sink") and clients.find("swaks"), "postfix or swaks is not installed")
class ClientsTest(unittest.TestCase):
    def setUp(self):
        self.sink = clients.Sink()
        self.addCleanup(self.sink.close)

    def test_swaks_sends_one_message(self):
        result = clients.swaks(self.sink.address, "a@example.org", ["b@example.org"], MESSAGE)
        self.assertEqual(result.status, 0, result)
        self.assertIn(b"Subject: hello", self.sink.messages()[0])

    def test_smtp_source_sends_many_messages(self):
        result = clients.smtp_source(self.sink.address, "a@example.org", "b@example.org", messages=5, sessions=2)
        self.assertEqual(result.status, 0, result)
        process.wait_until(lambda: len(self.sink.messages()) == 5, "five messages")


if __name__ == "__main__":
    sys.exit(unittest.main())
