"""The wire to the database breaks at every place of a conversation: nothing is refused for it, and nothing is half done."""
import os
import unittest

from harness import stores
from harness.cutter import Cutter
from harness.programs import BOB, DOMAIN, HASH, PASSWORD, Programs

# Every place is tried for a login, a delivery and a new account; of the others a part, unless one asks for all.
STEP = 1 if os.environ.get("VM_EVERY_CUT") else 7
NEW = "new.example"


class Cuts(Programs):
    def setUp(self):
        super().setUp()
        self.must("vadduser", BOB, PASSWORD)
        self.cutter = Cutter(self.engine, ("127.0.0.1", self.server.port))
        self.addCleanup(self.cutter.close)
        self.site.sections[self.engine] = dict(self.server.settings(tcp=True), host="127.0.0.1", port=str(self.cutter.port))
        self.site.configure()

    def each(self, rehearsal, attempt, step=1, prepare=lambda number: None):
        """Cuts at every place where the rehearsal can be cut. Every third time the server is there again at once."""
        for number, cut in enumerate(self.cutter.cuts(rehearsal, step)):
            with self.subTest(cut=cut, number=number):
                prepare(number)
                self.cutter.arm(cut, stays_away=number % 3 != 2)
                try:
                    attempt(number)
                finally:
                    self.cutter.heal()

    def broken(self, run):
        """A program that meets the cut, all of whose "later" are in order: whether it was done after all."""
        result = run()
        self.assertTrue(self.cutter.heal() or result.status == 0, repr(result))
        self.assertIn(result.status, (0, 111), repr(result))
        return result.status == 0

    def command(self, *words):
        """Whether a command that meets the cut was done after all."""
        result = self.site.run(*words)
        self.assertRegex(result.err, "^$" if result.status == 0 else "later|safe", repr(result))
        self.assertLess(len(result.err.splitlines()), 3, result.err)
        return self.broken(lambda: result)

    def exists(self, address):
        result = self.site.run("vuserinfo", address)
        self.assertTrue(result.status == 0 or "no such user" in result.out, repr(result))
        return result.status == 0

    def is_sound(self):
        """Nothing is left over that vcheck does not mend, and afterwards nothing at all."""
        found = self.site.run("vcheck", "--repair")
        self.assertEqual(found.status, 0, repr(found))
        clean = self.site.run("vcheck")
        self.assertEqual((clean.status, clean.out), (0, ""), repr(clean))


class Changes:
    """A change has happened, or it has not and is made by doing it again."""

    def test_an_account_is_added_or_is_not(self):
        def attempt(number):
            command = ("vadduser", "-e", HASH, "u%d@%s" % (number, DOMAIN))
            is_done, is_there = self.command(*command), self.exists(command[-1])
            self.assertTrue(is_there or not is_done)
            self.assertEqual(self.site.run(*command).status == 0, not is_there)
            self.assertEqual(self.deliver("u%d" % number).status, 0)

        self.each(lambda: self.must("vadduser", "-e", HASH, "first@" + DOMAIN), attempt)
        self.is_sound()
        uncounted = "SELECT count(*) FROM vpopmail WHERE pw_name NOT IN (SELECT name FROM usage_counters)"
        self.assertEqual(self.server.sql(uncounted), "0")

    def test_an_account_is_removed_or_is_not(self):
        def add(number):
            self.must("vadduser", "-e", HASH, "u%d@%s" % (number, DOMAIN))
            self.assertEqual(self.deliver("u%d" % number).status, 0)

        def attempt(number):
            address = "u%d@%s" % (number, DOMAIN)
            is_done, is_there = self.command("vdeluser", address), self.exists(address)
            self.assertFalse(is_there and is_done)
            if is_there:
                self.assertEqual(len(self.new_mail("u%d" % number)), 1)
                self.must("vdeluser", address)
            self.must("vadduser", "-e", HASH, address)
            self.assertEqual(self.new_mail("u%d" % number), [])
            self.must("vdeluser", address)

        add(-1)
        self.each(lambda: self.must("vdeluser", "u-1@" + DOMAIN), attempt, STEP, add)
        self.is_sound()

    def test_a_password_is_the_old_one_or_the_new_one(self):
        def attempt(number):
            password = "password %d, a long one" % number
            is_done = self.command("vpasswd", BOB, password)
            is_new = self.site.run("vverifypw", BOB, password).status == 0
            is_old = self.site.run("vverifypw", BOB, self.password).status == 0
            self.assertEqual((is_new, is_old), (True, False) if is_done or is_new else (False, True))
            if is_new:
                self.password = password

        self.password = PASSWORD
        self.each(lambda: self.must("vpasswd", BOB, PASSWORD), attempt, STEP)

    def test_a_domain_is_added_or_is_not(self):
        def attempt(number):
            is_done = self.command("vadddomain", NEW, PASSWORD)
            if not is_done:
                again = self.site.run("vadddomain", NEW, PASSWORD)
                self.assertTrue(again.status == 0 or "exists" in again.out + again.err, repr(again))
            if self.site.run("vverifypw", "postmaster@" + NEW, PASSWORD).status != 0:
                self.is_sound()  # the domain was there when postmaster was not: vcheck says so
            self.must("vdeldomain", NEW)

        def rehearsal():
            self.must("vadddomain", NEW, PASSWORD)

        self.each(rehearsal, attempt, STEP, lambda number: self.site.run("vdeldomain", NEW))
        self.is_sound()

    def test_a_domain_is_removed_or_is_not(self):
        def attempt(number):
            is_done = self.command("vdeldomain", NEW)
            if not is_done:
                again = self.site.run("vdeldomain", NEW)
                self.assertIn(again.status, (0, 245), repr(again))
            self.assertEqual(self.site.run("vdominfo", NEW).status, 245)

        def add(number):
            self.must("vadddomain", NEW, PASSWORD)

        add(-1)
        self.each(lambda: self.must("vdeldomain", NEW), attempt, STEP, add)
        self.is_sound()

    def test_an_alias_of_a_domain_is_there_or_is_not(self):
        def attempt(number):
            self.command("vaddaliasdomain", DOMAIN, NEW)
            again = self.site.run("vaddaliasdomain", DOMAIN, NEW)
            self.assertTrue(again.status == 0 or "exist" in again.out + again.err, repr(again))
            self.assertTrue(self.exists("bob@" + NEW))

        self.each(lambda: self.must("vaddaliasdomain", DOMAIN, NEW), attempt, STEP, lambda number: self.must("vdeldomain", NEW))
        self.is_sound()

    def test_a_line_of_an_alias_is_there_once_or_not_at_all(self):
        def attempt(number):
            command = ("valias", "-i", BOB, "list%d@%s" % (number, DOMAIN))
            lines = [command[3] + " -> " + BOB]
            is_done = self.command(*command)
            shown = self.site.run("valias", "-s", command[3]).out
            self.assertEqual(shown, "%s\n" % lines[0] if is_done or "->" in shown else "No aliases %s found\n" % command[3])
            self.site.run(*command)
            self.assertEqual(self.must("valias", "-s", command[3]).out.splitlines(), lines)

        self.each(lambda: self.must("valias", "-i", BOB, "list@" + DOMAIN), attempt, STEP)

    def test_limits_are_the_old_ones_or_the_new_ones(self):
        def limit():
            return self.must("vmoddomlimits", "-S", DOMAIN).out.split("Max Pop Accounts: ")[1].split("\n")[0]

        def attempt(number):
            new = str(100 + number)
            is_done = self.command("vmoddomlimits", "-P", new, DOMAIN)
            self.assertIn(limit(), (new,) if is_done else (self.limit, new))
            self.limit = limit()

        self.limit = "99"
        self.each(lambda: self.must("vmoddomlimits", "-P", "99", DOMAIN), attempt, STEP)


class Mail:
    """Nothing is bounced, nobody is turned away, and what was accepted is there."""

    def test_a_message_is_delivered_or_comes_again(self):
        def attempt(number):
            message = b"Subject: %d\n\nhello\n" % number
            is_done = self.broken(lambda: self.deliver("bob", message))
            copies = [text for text in self.new_mail("bob") if text.endswith(message)]
            self.assertTrue(copies or not is_done)

        self.each(lambda: self.deliver("bob"), attempt)
        self.site.run("vusage", "--recount", DOMAIN)  # counts that could not be told
        self.must("vusage", "--recount", DOMAIN)

    def test_a_line_of_an_alias_is_never_lost(self):
        def attempt(number):
            message = b"Subject: %d\n\nhello\n" % number
            is_done = self.broken(lambda: self.deliver("list", message))
            for user in ("bob", "carol"):
                copies = [text for text in self.new_mail(user) if text.endswith(message)]
                self.assertTrue(copies or not is_done)

        self.must("vadduser", "-e", HASH, "carol@" + DOMAIN)
        for line in (BOB, "carol@" + DOMAIN):
            self.must("valias", "-i", line, "list@" + DOMAIN)
        self.each(lambda: self.deliver("list"), attempt, STEP)

    def test_nobody_is_told_that_a_right_password_is_wrong(self):
        self.each(lambda: self.login(BOB, PASSWORD), lambda number: self.broken(lambda: self.login(BOB, PASSWORD)))

    def test_a_wrong_password_is_wrong_or_comes_again(self):
        def attempt(number):
            self.assertIn(self.login(BOB, "wrong").status, (3, 111))

        self.each(lambda: self.login(BOB, "wrong"), attempt, STEP)

    def test_a_server_for_mail_goes_on(self):
        self.start_lmtp()

        def attempt(number):
            message = b"Subject: %d\n\nhello\n" % number
            codes = self.send(message)
            self.cutter.heal()
            for code in codes:
                self.assertTrue(code in (None, 250) or 400 <= code < 500, codes)
            stored = [text for text in self.new_mail("bob") if text.endswith(message)]
            self.assertTrue(stored or codes[1] != 250)
            self.assertEqual(self.send(), (250, 250))

        self.each(self.send, attempt, STEP)


@stores.needs("mysql")
class MySQLChangeTest(Changes, Cuts):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLChangeTest(Changes, Cuts):
    engine = "pgsql"


@stores.needs("mysql")
class MySQLMailTest(Mail, Cuts):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLMailTest(Mail, Cuts):
    engine = "pgsql"


if __name__ == "__main__":
    unittest.main()
