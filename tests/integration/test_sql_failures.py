"""Servers that are away, hung, full, read-only, behind, busy or wrong: "later" from everybody, and never a "no"."""
import concurrent.futures
import threading
import time
import unittest

from harness import process, stores
from harness.cutter import TO_CLIENT, Cut, Cutter
from harness.programs import BOB, DOMAIN, HASH, PASSWORD, Programs

NEW_PASSWORD = "the new password"
CAROL = "carol@" + DOMAIN


class MySQLFaults:
    """How one makes a MySQL server fail."""
    engine = "mysql"
    # INNODB_TRX would not do: it shows what it showed before as long as somebody asks more than ten times a second.
    WAITING = "SELECT variable_value FROM information_schema.GLOBAL_STATUS WHERE variable_name = 'Innodb_row_lock_current_waits'"
    CONNECTIONS = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE user = 'vpopmail'"
    OURS = "SELECT CONCAT('KILL ', id) FROM information_schema.PROCESSLIST WHERE user = 'vpopmail'"
    TABLES = "SELECT table_name FROM information_schema.TABLES WHERE table_schema = 'vpopmail'"

    def end_connections(self):
        for statement in self.server.sql(self.OURS).splitlines():
            try:
                self.server.sql(statement)
            except AssertionError:
                pass  # that one has gone by itself

    def end_waiting_statement(self):
        running = self.server.sql("SELECT CONCAT('KILL QUERY ', trx_mysql_thread_id) FROM information_schema.INNODB_TRX "
                                  "WHERE trx_state = 'LOCK WAIT'")
        self.server.sql(running)

    def set_password(self, password):
        self.server.sql("ALTER USER vpopmail@'%%' IDENTIFIED BY '%s'" % password.replace("\\", "\\\\").replace("'", "''"))

    def fill_connections(self):
        self.server.sql("GRANT USAGE ON *.* TO vpopmail@'%' WITH MAX_USER_CONNECTIONS 1")
        one = self.server.session_of_user()
        self.addCleanup(one.close)
        one.ask("SELECT 1")
        return one

    def allow_connections(self, one):
        one.close()
        self.server.sql("GRANT USAGE ON *.* TO vpopmail@'%' WITH MAX_USER_CONNECTIONS 0")

    def set_read_only(self, is_so):
        self.server.sql("SET GLOBAL read_only = %d" % is_so)

    def copy_database(self):
        """The replica, which stays as the database is now."""
        self.server.sql("CREATE DATABASE replica; GRANT ALL ON replica.* TO vpopmail@'%'")
        self.addCleanup(self.server.sql, "DROP DATABASE replica")
        for table in self.server.sql(self.TABLES).split():
            self.server.sql("CREATE TABLE replica.%s LIKE %s; INSERT INTO replica.%s SELECT * FROM %s" % ((table,) * 4))

    def be_patient_in_deadlocks(self):
        """A rival that has changed more than the others is not the one that is given up."""
        return "UPDATE filler SET number = number + 1"


class PgSQLFaults:
    """How one makes a PostgreSQL server fail."""
    engine = "pgsql"
    CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'vpopmail'"
    WAITING = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'vpopmail' AND wait_event_type = 'Lock'"

    def end_connections(self):
        self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vpopmail'")

    def end_waiting_statement(self):
        self.server.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'vpopmail' AND "
                        "wait_event_type = 'Lock'")

    def set_password(self, password):
        self.server.sql("ALTER ROLE vpopmail PASSWORD '%s'" % password.replace("'", "''"))

    def fill_connections(self):
        self.addCleanup(self.allow_connections, None)
        self.server.sql("ALTER ROLE vpopmail CONNECTION LIMIT 0")

    def allow_connections(self, nothing):
        self.server.sql("ALTER ROLE vpopmail CONNECTION LIMIT -1")

    def set_read_only(self, is_so):
        self.server.sql("ALTER ROLE vpopmail SET default_transaction_read_only = %s" % ("on" if is_so else "off"))

    def copy_database(self):
        process.wait_until(lambda: self.server.sql(self.CONNECTIONS, "postgres") == "0", "nobody is connected")
        self.server.sql("CREATE DATABASE replica TEMPLATE vpopmail OWNER vpopmail", "postgres")
        self.addCleanup(self.server.sql, "DROP DATABASE replica WITH (FORCE)", "postgres")

    def be_patient_in_deadlocks(self):
        """Who looks for a deadlock first is the one that is given up."""
        self.server.sql("ALTER ROLE vpopmail SET deadlock_timeout = '1s'")
        self.addCleanup(self.server.sql, "ALTER ROLE vpopmail RESET deadlock_timeout")
        return "SET deadlock_timeout = '60s'"


class Failures(Programs):
    def setUp(self):
        super().setUp()
        self.must("vadduser", BOB, PASSWORD)

    def connections(self):
        return int(self.server.sql(self.CONNECTIONS))

    def hang_up(self):
        """Ends every connection of ours, those too that a worker makes meanwhile."""
        def is_alone():
            self.end_connections()
            return self.connections() == 0

        process.wait_until(is_alone, "nobody is connected")

    def set(self, **settings):
        self.site.sections[self.engine].update(settings)
        self.site.configure()

    def recovers(self, condition):
        """By itself, and soon."""
        process.wait_until(condition, "it is as before", process.SOON)

    def mail_recovers(self):
        self.recovers(lambda: self.send() == (250, 250))

    def mail_comes_later(self):
        for code in self.send():
            self.assertTrue(code is None or 400 <= code < 500, code)

    def in_background(self, run):
        """Runs it beside the test; its result() waits."""
        workers = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(workers.shutdown)
        return workers.submit(run)

    def rival(self):
        session = self.server.session()
        self.addCleanup(session.close)
        return session

    def somebody_waits(self):
        process.wait_until(lambda: self.server.sql(self.WAITING) != "0", "somebody waits for a lock")


class Gone:
    """A server that is stopped, killed, or does not answer."""

    def test_stopped_between_open_and_query(self):
        self.start_lmtp()
        reader = self.site.popen_with_input("vadduser", "--batch", "-", "--json")
        self.assertEqual(self.send(), (250, 250))
        process.wait_until(lambda: self.connections() >= 2, "both are connected")
        self.server.stop()
        out, err = reader.communicate(b'{"address": "xy@%s", "password_hash": "%s"}\n' % (DOMAIN.encode(), HASH.encode()),
                                      process.DEADLINE)
        self.assertEqual(reader.returncode, 111, (out, err))
        self.mail_comes_later()
        self.all_say_later()
        self.command_says_later("vschema", "--check")
        self.server.start()
        self.mail_recovers()
        self.all_is_as_before()

    def test_absent_at_the_start(self):
        self.server.stop()
        self.start_lmtp()
        self.mail_comes_later()
        self.server.start()
        self.mail_recovers()

    def test_killed_and_back_under_load(self):
        """What was acknowledged is there; what was not may be."""
        self.start_lmtp("-p", "4")
        ended, accepted, added, wrong = threading.Event(), [], [], []

        def deliver(worker):
            number = 0
            while not ended.is_set():
                number += 1
                text = b"Subject: %d of %d\n\n" % (number, worker)
                codes = self.send(text)
                if codes == (250, 250):
                    accepted.append(text)
                elif any(code is not None and code != 250 and not 400 <= code < 500 for code in codes):
                    wrong.append(codes)

        def add():
            number = 0
            while not ended.is_set():
                number += 1
                result = self.site.run("vadduser", "-e", HASH, "u%d@%s" % (number, DOMAIN))
                if result.status == 0:
                    added.append("u%d" % number)
                elif result.status != 111:
                    wrong.append(repr(result))

        workers = [self.in_background(lambda number=number: deliver(number)) for number in range(3)] + [self.in_background(add)]
        try:
            for end in (self.server.kill, self.server.stop, self.server.kill):
                before = len(accepted), len(added)
                process.wait_until(lambda: len(accepted) > before[0] + 5 and len(added) > before[1] + 5, "work is done")
                end()
                self.server.start()
                began = len(accepted), len(added)
                self.recovers(lambda: len(accepted) > began[0] and len(added) > began[1])
        finally:
            ended.set()
        for worker in workers:
            worker.result(process.DEADLINE)
        self.assertEqual(wrong, [])
        stored = set(text.split(b"Subject: ")[1] for text in self.new_mail("bob"))
        self.assertEqual([text for text in accepted if text.split(b"Subject: ")[1] not in stored], [])
        self.assertEqual(set(added) - set(self.users()), set())
        self.assertEqual(self.site.run("vcheck", "--repair").status, 0)
        self.must("vcheck")

    def test_frozen(self):
        self.start_lmtp()
        self.set(connect_timeout="1", answer_timeout="1")
        self.server.freeze()
        self.addCleanup(self.server.thaw)
        runs = [lambda command=command: self.site.run(*command) for command in self.CHANGES + self.READS]
        results = [self.in_background(run) for run in runs + [lambda: self.deliver("bob")]]
        for result in [self.login(BOB, PASSWORD), self.login(BOB, "wrong")] + [one.result(process.DEADLINE) for one in results]:
            self.says_later(result, within=process.SOON)
        self.server.thaw()
        self.mail_recovers()
        self.all_is_as_before()

    def test_hung_in_the_middle(self):
        """It was there, took the question, and never answers."""
        cutter = Cutter(self.engine, ("127.0.0.1", self.server.port))
        self.addCleanup(cutter.close)
        self.set(**dict(self.server.settings(tcp=True), host="127.0.0.1", port=str(cutter.port), connect_timeout="1",
                        answer_timeout="1"))
        self.site.sections[self.engine].pop("socket", None)
        self.site.configure()
        places = [cut for cut in cutter.cuts(lambda: self.deliver("bob")) if cut.direction == TO_CLIENT and not cut.is_inside]
        for cut in places[3::len(places) // 2]:
            with self.subTest(cut=cut):
                cutter.arm(Cut(cut.direction, cut.number, cut.is_inside, hangs=True))
                result = self.deliver("bob")
                self.assertIn(result.status, (0, 111), repr(result))  # stored, but not counted
                self.assertLess(result.seconds, process.SOON)
                cutter.arm(Cut(cut.direction, cut.number, cut.is_inside, hangs=True))
                result = self.login(BOB, PASSWORD)
                self.assertIn(result.status, (0, 111), repr(result))
                self.assertLess(result.seconds, process.SOON)
                cutter.heal()
        self.all_is_as_before()


class Refusing:
    """A server that is there, and does not do what is asked."""

    def test_read_only(self):
        self.start_lmtp()
        self.set_read_only(True)
        self.addCleanup(self.set_read_only, False)
        self.hang_up()
        for command in self.CHANGES:
            with self.subTest(command=command):
                self.command_says_later(*command)
        for result in (self.deliver("bob"), self.login(BOB, PASSWORD)):
            self.assertIn(result.status, (0, 111), repr(result))
        self.assertIn(self.send()[0], (250, 451))
        self.assertEqual(self.site.read("Q/control/rcpthosts").decode(), DOMAIN + "\n")
        self.set_read_only(False)
        self.mail_recovers()
        # What was begun is noted, and vcheck ends it: the new domain goes away, and the old one as it was asked for.
        if self.site.run("vcheck").status == 1:
            self.assertEqual(self.site.run("vcheck", "--repair").status, 0)
            self.must("vcheck")
            self.assertNotIn("new.example", self.must("vdominfo").out)
        else:
            self.all_is_as_before()

    def test_no_connection_is_left(self):
        self.start_lmtp()
        self.assertEqual(self.send(), (250, 250))
        self.hang_up()
        taken = self.fill_connections()
        self.all_say_later()
        self.mail_comes_later()
        self.allow_connections(taken)
        self.mail_recovers()
        self.all_is_as_before()

    def test_a_password_that_is_changed_meanwhile(self):
        daemon = self.start_lmtp()
        self.assertEqual(self.send(), (250, 250))
        right = self.site.sections[self.engine]["password"]
        self.set_password("another")
        self.addCleanup(self.set_password, right)
        self.hang_up()
        self.all_say_later()
        self.mail_comes_later()
        self.mail_comes_later()
        self.assertIsNone(daemon.process.poll())
        self.set_password(right)
        self.mail_recovers()
        self.all_is_as_before()

    def test_a_wrong_password_at_the_start(self):
        right = self.site.sections[self.engine]["password"]
        self.set_password("another")
        self.addCleanup(self.set_password, right)
        self.start_lmtp()
        self.mail_comes_later()
        self.set_password(right)
        self.mail_recovers()

    def test_tables_that_are_missing(self):
        self.start_lmtp()
        for table in ("vpopmail", "domains", "valias", "limits"):
            with self.subTest(table=table):
                self.server.sql("ALTER TABLE %s RENAME TO moved" % table)
                if table in ("vpopmail", "domains"):
                    self.all_say_later((("vadduser", "-e", HASH, "xy@" + DOMAIN), ("vuserinfo", BOB), ("vdeluser", BOB),
                                        ("vdeldomain", DOMAIN)))
                    for code in self.send():  # a worker may know the domain still
                        self.assertTrue(code in (None, 250) or 400 <= code < 500, code)
                else:
                    self.assertIn(self.deliver("bob").status, (0, 111))
                    self.assertIn(self.login(BOB, PASSWORD).status, (0, 111))
                if table == "valias":
                    self.says_later(self.deliver("nobody"))
                self.server.sql("ALTER TABLE moved RENAME TO %s" % table)
        self.mail_recovers()
        self.all_is_as_before()

    def test_a_database_without_tables(self):
        self.server.clear()
        self.start_lmtp()
        self.all_say_later()
        self.mail_comes_later()
        self.assertEqual(self.site.run("vschema", "--check").status, 1)

    def test_a_schema_of_the_future(self):
        """The steps only add: what is there still answers, but nobody makes tables with an old program."""
        self.server.sql("INSERT INTO schema_version (number, name, applied) VALUES (1000, 'future', 0)")
        for option in ("--check", "--apply"):
            result = self.site.run("vschema", option)
            self.assertEqual(result.status, 100, repr(result))
            self.assertIn("1000", result.out + result.err)
        self.all_is_as_before()


class Busy:
    """Others are in the way."""

    def hold_domain(self, rival):
        rival.ask("BEGIN; SELECT name FROM domains WHERE name = '%s' FOR UPDATE" % DOMAIN)

    def test_a_lock_that_is_released(self):
        rival = self.rival()
        self.hold_domain(rival)
        adding = self.in_background(lambda: self.site.run("vadduser", "-e", HASH, CAROL))
        self.somebody_waits()
        rival.ask("ROLLBACK")
        self.assertEqual(adding.result(process.DEADLINE).status, 0)

    def test_a_lock_that_comes_late_costs_a_repetition(self):
        self.set(answer_timeout="2")
        rival = self.rival()
        self.hold_domain(rival)
        began = time.monotonic()
        adding = self.in_background(lambda: self.site.run("vadduser", "-e", HASH, CAROL))
        process.wait_until(lambda: time.monotonic() - began > 2.5, "the first wait is over")
        rival.ask("ROLLBACK")
        self.assertEqual(adding.result(process.DEADLINE).status, 0)
        self.assertEqual(self.deliver("carol").status, 0)

    def test_a_statement_that_an_operator_ends(self):
        rival = self.rival()
        self.hold_domain(rival)
        adding = self.in_background(lambda: self.site.run("vadduser", "-e", HASH, CAROL))
        self.somebody_waits()
        self.end_waiting_statement()
        self.says_later(adding.result(process.DEADLINE))
        rival.ask("ROLLBACK")
        self.assertIn("no such user", self.site.run("vuserinfo", CAROL).out)
        self.must("vadduser", "-e", HASH, CAROL)

    def test_a_deadlock_costs_a_repetition(self):
        """A rival has what the new account needs last, and then wants what it needs first."""
        self.server.sql("CREATE TABLE filler (number int); INSERT INTO filler VALUES %s" % ", ".join(["(1)"] * 500))
        rival = self.rival()
        rival.ask(self.be_patient_in_deadlocks())
        rival.ask("BEGIN; UPDATE filler SET number = number + 1; INSERT INTO usage_counters (domain, name, shard, bytes, messages) "
                  "VALUES ('%s', 'carol', 0, 0, 0)" % DOMAIN)
        adding = self.in_background(lambda: self.site.run("vadduser", "-e", HASH, CAROL))
        self.somebody_waits()
        self.assertEqual(rival.ask("SELECT name FROM domains WHERE name = '%s' FOR UPDATE" % DOMAIN), DOMAIN)
        rival.ask("ROLLBACK")
        result = adding.result(process.DEADLINE)
        self.assertEqual(result.status, 0, repr(result))
        self.must("vuserinfo", CAROL)
        self.assertIn(self.server.deadlocks(), ("1", "2"))


class Behind:
    """A replica that does not know yet what was acknowledged."""

    def setUp(self):
        super().setUp()
        self.must("vadduser", "-e", HASH, "gone@" + DOMAIN)
        self.copy_database()
        self.cutter = Cutter(self.engine, ("127.0.0.1", self.server.port))
        self.addCleanup(self.cutter.close)
        rows = dict(self.server.settings(tcp=True), host="127.0.0.1")
        self.site.sections = {self.engine: rows, self.engine + ".write": {"port": str(self.cutter.port)},
                              self.engine + ".read": {"database": "replica"}}
        self.site.configure()

    def test_what_is_new_is_found_all_the_same(self):
        self.start_lmtp()
        self.must("vpasswd", BOB, NEW_PASSWORD)
        self.must("vadduser", CAROL, PASSWORD)
        self.must("vadddomain", "second.example", PASSWORD)
        self.must("vaddaliasdomain", DOMAIN, "alias.example")
        self.must("valias", "-i", CAROL, "list@" + DOMAIN)
        self.must("vdeluser", "gone@" + DOMAIN)
        self.assertEqual(self.login(BOB, NEW_PASSWORD).status, 0)
        self.assertEqual(self.login(CAROL, PASSWORD).status, 0)
        self.assertEqual(self.login("postmaster@second.example", PASSWORD).status, 0)
        self.assertEqual(self.login(BOB, "wrong").status, 3)
        for user in ("carol", "list"):
            self.assertEqual(self.deliver(user).status, 0, user)
        self.assertEqual(len(self.new_mail("carol")), 2)
        for recipient in (CAROL, "carol@alias.example", "postmaster@second.example"):
            self.assertEqual(self.send(recipient=recipient), (250, 250), recipient)
        self.assertEqual(self.deliver("nobody").status, 100)
        self.assertEqual(self.deliver("gone").status, 100)

    def test_what_only_the_primary_knows_comes_later_while_it_is_away(self):
        self.start_lmtp()
        self.must("vpasswd", BOB, NEW_PASSWORD)
        self.must("vadduser", CAROL, PASSWORD)
        self.cutter.away()
        for result in (self.login(BOB, NEW_PASSWORD), self.login(BOB, "wrong"), self.login(CAROL, PASSWORD),
                       self.deliver("carol"), self.deliver("nobody")):
            self.says_later(result)
        for recipient in (CAROL, "nobody@" + DOMAIN, "bob@unknown.example"):
            self.assertEqual(self.send(recipient=recipient)[0], 451, recipient)
        self.assertIn(self.deliver("bob").status, (0, 111))
        self.cutter.heal()
        self.recovers(lambda: self.send(recipient=CAROL) == (250, 250))
        self.assertEqual(self.login(BOB, NEW_PASSWORD).status, 0)
        self.assertEqual(self.deliver("nobody").status, 100)


class AllFailures(Gone, Refusing, Busy):
    pass


@stores.needs("mysql")
class MySQLFailureTest(AllFailures, MySQLFaults, Failures):
    pass


@stores.needs("pgsql")
class PgSQLFailureTest(AllFailures, PgSQLFaults, Failures):
    def test_who_says_nothing_of_encryption_gets_what_the_server_has(self):
        self.site.sections[self.engine] = dict(self.server.settings(tcp=True), host="127.0.0.1")
        encrypted = ("SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'vpopmail' AND ssl = %s")
        for mode, is_encrypted in ((None, True), ("prefer", True), ("allow", False), ("disable", False), ("require", True)):
            with self.subTest(mode=mode):
                self.site.sections[self.engine].pop("sslmode", None)
                self.set(**({"sslmode": mode} if mode else {}))
                reader = self.site.popen_with_input("vadduser", "--batch", "-")
                process.wait_until(lambda: self.server.sql(encrypted % is_encrypted) == "1", "it is connected so")
                reader.communicate(b"", process.DEADLINE)
                self.assertEqual(reader.returncode, 0)


@stores.needs("mysql")
class MySQLReplicaTest(Behind, MySQLFaults, Failures):
    pass


@stores.needs("pgsql")
class PgSQLReplicaTest(Behind, PgSQLFaults, Failures):
    pass


if __name__ == "__main__":
    unittest.main()
