"""Filters of messages before they are stored, through vdelivermail and vlmtpd: stand-ins, and Debian's spamc and maildrop."""
import json
import os
import unittest

from harness import process
from harness.filtered import FAULTS, Filtered, MAILDROP, SPAM, SPAMC
from harness.mail import BODY, MailTest
from harness.spamd import Spamd

HEAD = b"Return-Path: <a@example.net>\nDelivered-To: bob@example.org\n"


class FilterTest(Filtered, MailTest):
    def explain(self, address="bob@example.org"):
        rows = self.site.must("vexplain", "--json", address).out.splitlines()
        return [(row["rule"], row["applies"], row["text"]) for row in map(json.loads, rows[:-1])]


class ProgramTest(FilterTest):
    """The setting delivery_filter."""

    def use(self, text, **more):
        self.site.configure(delivery_filter=self.script("filter", text) + " one two", **more)

    def test_what_it_writes_is_stored(self):
        self.use("put(b'X-Seen: %s\\n' % ' '.join(sys.argv[1:]).encode() + text)\n")
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (0, 250))
        for text in self.stored(self.bob):
            self.assertEqual(text, HEAD + b"X-Seen: one two\n" + BODY)
        for name in self.names(self.bob):
            self.assertTrue(name.endswith(",S=%d" % len(HEAD + b"X-Seen: one two\n" + BODY)))

    def test_it_runs_as_the_owner_and_knows_the_envelope(self):
        self.use("keys = 'SENDER RECIPIENT HOST HOME USER'.split()\n"
                 "put(b'X: %d %s\\n' % (os.geteuid(), ' '.join(os.environ[key] for key in keys).encode()) + text)\n")
        self.assertEqual(self.deliver(), 0)
        expected = "X: %d a@example.net bob@example.org example.org %s bob\n" % (self.site.owner.uid, os.path.dirname(self.bob))
        self.assertIn(expected.encode(), self.stored(self.bob)[0])

    def test_99_takes_and_100_refuses(self):
        self.use("sys.exit(99)\n")
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (0, 250))
        self.use("sys.exit(100)\n")
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (100, 554))
        self.nothing_is_stored()

    def test_whatever_goes_wrong_is_later_and_stores_nothing(self):
        for name, text in FAULTS.items():
            with self.subTest(fault=name):
                self.use(text, filter_seconds="1", message_size_max="50000")
                self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (111, 451), self.result)
                self.nothing_is_stored()

    def test_a_program_that_is_missing_or_no_path_is_later(self):
        for program in ("/nonexistent/filter", "filter", self.site.write("V/plain", "text")):
            self.site.configure(delivery_filter=program)
            self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (111, 451))
        self.nothing_is_stored()

    def test_the_quota_counts_what_the_filter_made(self):
        self.use("put(text + b'x' * 5000 + b'\\n')\n")
        self.site.must("vsetuserquota", "bob@example.org", "4000S")
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (100, 552))
        self.nothing_is_stored()
        self.use("put(b'Subject: short\\n\\nx\\n')\n")
        self.assertEqual(self.deliver(BODY + b"y" * 8000 + b"\n"), 0)
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_no_shell_reads_the_words(self):
        self.site.configure(delivery_filter=self.script("filter", "put(b'X: %r\\n' % sys.argv[1:] + text)\n".replace(
            "%r", "%s").replace("sys.argv[1:]", "repr(sys.argv[1:]).encode()")) + " $HOME `id` ;x")
        self.assertEqual(self.deliver(), 0)
        self.assertIn(b"X: ['$HOME', '`id`', ';x']\n", self.stored(self.bob)[0])

    def test_a_line_of_dot_qmail_is_filtered_too(self):
        self.use("put(b'X-Seen: yes\\n' + text)\n")
        self.domain_file("bob/.qmail", "./Maildir/\n")
        self.assertEqual(self.deliver(), 0)
        self.assertIn(b"X-Seen: yes\n", self.stored(self.bob)[0])

    def test_vexplain_tells_it(self):
        self.use("put(text)\n")
        self.assertIn(("delivery-filter", True, self.site.path("V/filter") + " one two is run"), self.explain())


class SpamTest(FilterTest):
    """spamc by Debian, before a stand-in for spamd."""

    def setUp(self):
        if not os.path.exists(SPAMC):
            self.skipTest("needs spamc")
        super().setUp()
        self.spamd = Spamd()
        self.addCleanup(self.spamd.close)
        self.site.configure(spamassassin="yes", spamc_program="%s -d 127.0.0.1 -p %d" % (SPAMC, self.spamd.port))

    def test_mail_is_marked_for_the_account(self):
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (0, 250))
        for text in self.stored(self.bob):
            self.assertTrue(text.startswith(HEAD + b"X-Spam-Checker-Version: stand-in\nX-Spam-Flag: NO\n"))
            self.assertTrue(text.endswith(BODY))
        self.assertEqual(self.spamd.users, ["bob@example.org"] * 2)

    def test_spam_is_kept_unless_a_flag_deletes_it(self):
        self.assertEqual(self.deliver(SPAM), 0)
        self.assertEqual(len(self.stored(self.bob)), 1)
        self.site.must("vmoduser", "--delete-spam", "bob@example.org")
        self.assertEqual((self.deliver(SPAM), self.deliver_by_lmtp(SPAM)), (0, 250))
        self.assertEqual(len(self.stored(self.bob)), 1)
        self.assertIn("event=spam address=bob@example.org result=deleted", self.result.err)
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(len(self.stored(self.bob)), 2, "what is no spam is kept")
        self.assertIn(("spam", True, "is deleted by the account's flag"), self.explain())

    def test_flags_of_domain_and_account_turn_it_off(self):
        for change, undo, words in (
                (("vmoduser", "-f", "bob@example.org"), ("vmoduser", "-x", "bob@example.org"), "by the account's flag"),
                (("vmoddomlimits", "-g", "c", "example.org"), None, "by the domain's limits")):
            self.site.must(*change)
            self.assertEqual(self.deliver(SPAM), 0)
            self.assertIn(("spamassassin", False), [row[:2] for row in self.explain()])
            self.assertTrue(any(row[2].endswith(words) for row in self.explain()), self.explain())
            self.assertEqual(self.spamd.users, [])
            if undo:
                self.site.must(*undo)
        self.site.must("vmoduser", "-o", "bob@example.org")
        self.assertEqual(self.deliver(SPAM), 0)
        self.assertEqual(self.spamd.users, ["bob@example.org"], "who overrides the limits is scanned")

    def test_spam_goes_to_junk_and_counts(self):
        self.site.configure(spam_junk_folder="Junk", spam_delete_level="10")
        self.site.must("vsetuserquota", "bob@example.org", "100000S")
        for _ in range(2):
            self.assertEqual(self.deliver(SPAM), 0)
        junk = self.bob + "/.Junk"
        self.assertEqual(len(self.stored(junk)), 2)
        self.assertTrue(os.path.exists(junk + "/maildirfolder"))
        self.nothing_is_stored()
        self.site.must("vmoduser", "-c", "still a sound account", "bob@example.org")
        sums = [line.split() for line in self.site.read("V/domains/example.org/bob/Maildir/maildirsize").split(b"\n")[1:] if line]
        self.assertEqual(sum(int(row[0]) for row in sums), sum(len(text) for text in self.stored(junk)))
        self.site.configure(spam_delete_level="9")
        self.assertEqual(self.deliver(SPAM), 0)
        self.assertEqual(len(self.stored(junk)), 2)

    def test_a_server_that_fails_is_later_and_stores_nothing(self):
        for way in ("drop", "error", "cut"):
            with self.subTest(way=way):
                self.spamd.way = way
                self.assertEqual((self.deliver(SPAM), self.deliver_by_lmtp(SPAM)), (111, 451), self.result)
                self.nothing_is_stored()
        self.site.configure(spamc_program="%s -d 127.0.0.1 -p %d --connect-retries=1" % (SPAMC, process.free_port()))
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (111, 451))
        self.nothing_is_stored()

    def test_marks_of_the_sender_delete_nothing(self):
        self.site.must("vmoduser", "--delete-spam", "bob@example.org")
        self.assertEqual(self.deliver(b"X-Spam-Flag: YES\nSubject: big\n\n" + b"y" * 70 * 9000 + b"\n"), 0)
        self.assertEqual(self.spamd.users, [], "too big for spamc")
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_a_stand_in_that_fails_is_later(self):
        for name, text in FAULTS.items():
            with self.subTest(fault=name):
                self.site.configure(spamc_program=self.script("spamc", text), filter_seconds="1", message_size_max="50000")
                self.assertEqual(self.deliver(), 111)
                self.nothing_is_stored()


class MaildropTest(FilterTest):
    """maildrop by Debian."""

    def setUp(self):
        if not os.path.exists(MAILDROP):
            self.skipTest("needs maildrop")
        super().setUp()
        self.site.configure(maildrop="yes")

    def rules(self, text):
        self.domain_file("bob/.mailfilter", text)

    def test_without_rules_mail_is_in_the_accounts_maildir(self):
        self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (0, 250))
        self.assertEqual(self.stored(self.bob), [HEAD + BODY] * 2)

    def test_the_accounts_rules_are_obeyed(self):
        os.mkdir(os.path.dirname(self.bob) + "/lists")
        for part in ("tmp", "new", "cur"):
            os.mkdir(os.path.dirname(self.bob) + "/lists/" + part)
            self.site.give(os.path.dirname(self.bob) + "/lists/" + part)
        self.site.give(os.path.dirname(self.bob) + "/lists")
        self.rules('if (/^Subject: test/)\n{\n\tto "$HOME/lists"\n}\n')
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(self.stored(os.path.dirname(self.bob) + "/lists"), [HEAD + BODY])
        self.nothing_is_stored()

    def test_rules_that_are_wrong_or_say_later_are_later(self):
        for rules in ("if (\n", "EXITCODE=75\nexit\n", "EXITCODE=1\nexit\n", 'to "$HOME/nowhere/"\n'):
            with self.subTest(rules=rules):
                self.rules(rules)
                self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (111, 451))
                self.nothing_is_stored()

    def test_rules_refuse_with_77_and_100(self):
        for code in (77, 100):
            self.rules("EXITCODE=%d\nexit\n" % code)
            self.assertEqual((self.deliver(), self.deliver_by_lmtp()), (100, 554))
        self.nothing_is_stored()

    def test_flags_leave_the_mail_to_us(self):
        self.rules("EXITCODE=75\nexit\n")
        self.assertIn(("maildrop", True, MAILDROP + " is run: no flag forbids it"), self.explain())
        self.site.must("vmoddomlimits", "-g", "m", "example.org")
        self.assertIn(("maildrop", False, MAILDROP + " is not run: by the domain's limits"), self.explain())
        self.assertEqual(self.deliver(), 0)
        self.site.must("vmoduser", "-o", "bob@example.org")
        self.assertEqual(self.deliver(), 111)
        self.site.must("vmoduser", "-m", "bob@example.org")
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(len(self.stored(self.bob)), 2)

    def test_the_quota_is_asked_before(self):
        self.site.must("vsetuserquota", "bob@example.org", "100S")
        self.assertEqual((self.deliver(BODY * 5), self.deliver_by_lmtp(BODY * 5)), (100, 552))
        self.nothing_is_stored()

    def test_spam_marks_are_there_for_the_rules(self):
        self.site.configure(delivery_filter=self.script("filter", "put(b'X-Mine: yes\\n' + text)\n"))
        self.rules("if (/^X-Mine: yes/)\n{\n\tEXITCODE=100\n\texit\n}\n")
        self.assertEqual(self.deliver(), 100)

    def test_a_stand_in_that_is_killed_missing_or_slow_is_later(self):
        for program in ("/nonexistent/maildrop", self.script("killed", "os.kill(os.getpid(), signal.SIGKILL)\n"),
                        self.script("slow", "signal.pause()\n")):
            self.site.configure(maildrop_program=program, filter_seconds="1")
            self.assertEqual(self.deliver(), 111)


if __name__ == "__main__":
    unittest.main()
