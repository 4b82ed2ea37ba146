"""Answers of programs: autorespond in lines of .qmail files, and vvacation's through vdelivermail and vlmtpd."""
import datetime
import email
import email.policy
import glob
import json
import os
import smtplib
import time
import unittest

from harness import process, stores
from harness.mail import BODY, MailTest, QUEUE

MESSAGE = b"From: Ann <ann@example.net>\nTo: bob@example.org\nSubject: question\nMessage-ID: <q@example.net>\n\nHello\n"
TEXT = "Subject: Away\n\nI am away until Monday.\n"


def answers(site):
    """The answers that were queued: envelope and message."""
    result = []
    for path in sorted(glob.glob(site.path("Q/bin/queued.*"))):
        with open(path, "rb") as queued:
            envelope, _, message = queued.read().partition(b"\n--\n")
        result.append((envelope, email.message_from_bytes(message, policy=email.policy.default)))
    return result


class Answers:
    def answers(self):
        return answers(self.site)

    def deliver(self, body=MESSAGE, user="bob", sender="ann@example.net", host="example.org"):
        environment = {"EXT": user, "HOST": host, "SENDER": sender, "RPLINE": "Return-Path: <%s>\n" % sender,
                       "DTLINE": "Delivered-To: %s-%s@%s\n" % (host, user, host)}
        self.result = self.site.run("vdelivermail", "", self.action, stdin=body, env=environment)
        return self.result.status


class AutorespondTest(Answers, MailTest):
    """As .qmail files call it."""

    def setUp(self):
        super().setUp()
        self.queue()
        self.text = self.site.write("V/domains/example.org/ROBOT/message", TEXT, 0o600)
        self.folder = os.path.dirname(self.text)
        self.site.give(self.folder)

    def respond(self, *words, body=MESSAGE, sender="ann@example.net", folder=None, **environment):
        words = words or ("10000", "5")
        environment = dict({"SENDER": sender, "EXT": "robot", "HOST": "example.org"}, **environment)
        return self.site.run("autorespond", *words[:2], self.text, folder or self.folder, *words[2:], stdin=body, env=environment)

    def test_a_message_is_answered_with_the_null_sender(self):
        result = self.respond()
        self.assertEqual((result.status, result.out, result.err), (0, "", ""), repr(result))
        (envelope, answer), = self.answers()
        self.assertEqual(envelope, b"F\0Tann@example.net\0\0")
        self.assertEqual((answer["From"], answer["To"], answer["Subject"]), ("robot@example.org", "ann@example.net", "Away"))
        self.assertEqual((answer["Auto-Submitted"], answer["In-Reply-To"]), ("auto-replied", "<q@example.net>"))
        self.assertTrue(answer["Message-ID"].endswith("@example.org>"), answer["Message-ID"])
        self.assertEqual(answer.get_content(), "I am away until Monday.\n")

    def test_so_many_answers_to_a_sender(self):
        for _ in range(3):
            self.assertEqual(self.respond("10000", "2").status, 0)
        self.assertEqual(len(self.answers()), 2)
        self.assertEqual(self.respond("10000", "2", sender="eve@example.net").status, 0)
        self.assertEqual(len(self.answers()), 3)

    def test_programs_and_bounces_get_none(self):
        for body, sender in ((MESSAGE, ""), (b"Auto-Submitted: auto-replied\n" + MESSAGE, "ann@example.net"),
                             (b"List-Id: <x>\n" + MESSAGE, "ann@example.net"), (MESSAGE, "owner-list@example.net")):
            result = self.respond(body=body, sender=sender)
            self.assertEqual(result.status, 0)
            self.assertIn("autorespond: no answer: ", result.out)
        self.assertEqual(self.answers(), [])

    def test_two_robots_do_not_talk_for_ever(self):
        self.assertEqual(self.respond().status, 0)
        answer = self.queued()[0].partition(b"\n--\n")[2]
        self.assertEqual(self.respond(body=answer, sender="other@example.net").status, 0)
        self.assertEqual(len(self.answers()), 1)

    def test_the_original_and_another_author(self):
        self.assertEqual(self.respond("100", "1", "1", "info@example.org").status, 0)
        (_, answer), = self.answers()
        self.assertEqual(answer["From"], "info@example.org")
        self.assertTrue(answer.get_content().endswith("Hello\n"), answer.get_content())

    def test_of_a_long_original_64_kib_are_shown(self):
        for sender, lines, shown in (("ann", 4000, 4000), ("eve", 9000, 0)):
            body = MESSAGE + b"".join(b"line %06d\n" % i for i in range(lines))
            self.assertEqual(self.respond("100", "1", "1", body=body, sender=sender + "@example.net").status, 0)
            text = self.queued()[-1].partition(b"\n--- the message\n\n")[2]
            self.assertEqual(text, body[:65536])
            self.assertEqual(text.endswith(b"line %06d\n" % (shown - 1)), shown > 0)

    def test_a_list_is_seen_in_a_header_that_hides_it(self):
        for body in (b"X: \0\nList-Id: <x>\n" + MESSAGE, b"X: " + b"y" * (2 << 20) + b"\nList-Id: <x>\n" + MESSAGE,
                     b"X: \0\n" + (b"Y: " + b"y" * 900 + b"\n") * 9 + b"List-Id: <x>\n" + MESSAGE):
            result = self.respond(body=body)
            self.assertEqual(result.status, 0)
            self.assertIn("autorespond: no answer: it", result.out)
        self.assertEqual(self.answers(), [])
        for sender, body in (("a", MESSAGE + b"\0" * 5000), ("b", MESSAGE + b"x" * (2 << 20)),
                             ("c", (MESSAGE + b"x" * (2 << 20)).replace(b"\n", b"\r\n"))):
            result = self.respond(body=body, sender=sender + "@example.net")
            self.assertEqual((result.status, result.out), (0, ""))
        self.assertEqual(len(self.answers()), 3)

    def test_a_queue_that_fails_is_later_and_not_remembered(self):
        self.queue(53)
        self.assertEqual(self.respond().status, 111)
        self.assertEqual(os.listdir(self.folder).count(".answered"), 0)
        os.unlink(self.site.path("Q/bin/queue-exit"))
        self.assertEqual(self.respond().status, 0)
        self.assertEqual(len(self.answers()), 1)

    def test_a_person_who_is_away_gets_his_mail_all_the_same(self):
        folder = self.site.write("V/domains/example.org/robot/vacation/x", "").rpartition("/")[0]
        self.site.give(folder)
        result = self.respond(folder=folder, body=BODY)
        self.assertEqual((result.status, result.out), (0, "autorespond: no answer: its header does not name the person\n"))
        self.queue(53)
        result = self.respond(folder=folder, EXT="bob")
        self.assertEqual((result.status, "could not be queued" in result.err), (0, True), repr(result))

    def test_wrong_use(self):
        for words in ((), ("1",), ("1", "2", "m"), ("x", "1", self.text, self.folder), ("1", "-1", self.text, self.folder),
                      ("1", "1", self.text, self.folder, "2"), ("1", "1", self.text, self.folder, "0", "x", "y")):
            result = self.site.run("autorespond", *words, stdin=MESSAGE, env={"SENDER": "a@b.example", "EXT": "x", "HOST": "y.example"})
            self.assertEqual(result.status, 100, repr(result))
        result = self.site.run("autorespond", "1", "1", self.text, self.folder, stdin=MESSAGE, env={"SENDER": "a@b.example"})
        self.assertEqual(result.status, 100, repr(result))
        self.assertEqual(self.site.run("autorespond", "1", "1", "/nowhere", self.folder, stdin=MESSAGE,
                                       env={"SENDER": "a@b.example", "EXT": "x", "HOST": "y.example"}).status, 111)

    def test_the_program_of_the_environment_queues(self):
        other = self.site.write("V/other-queue", QUEUE, 0o755)
        self.assertEqual(self.respond(QMAILQUEUE=other).status, 0)
        self.assertEqual(self.answers(), [])
        self.assertTrue(os.path.exists(self.site.path("V/queued.0")))

    def test_qmailadmins_line_works(self):
        program = self.site.installed.program("autorespond")
        home = os.path.dirname(self.bob)
        self.site.write("V/domains/example.org/bob/vacation/message", TEXT, 0o600)
        self.site.give(home + "/vacation")
        self.assertEqual(home, self.site.path("V/domains/example.org/bob"))
        self.site.write("V/domains/example.org/bob/.qmail", "| VPOPMAIL_HOME=%s %s 86400 3 %s/vacation/message %s/vacation\n%s/\n" % (
            self.site.home, program, home, home, self.bob), 0o600)
        self.assertEqual(self.deliver(), 0, repr(self.result))
        self.assertEqual(len(self.stored(self.bob)), 1)
        self.assertEqual([answer["Subject"] for _, answer in self.answers()], ["Away"])


class VacationTest(Answers, MailTest):
    """vvacation, and what deliveries make of it."""

    def setUp(self):
        super().setUp()
        self.queue()
        self.file = self.site.write("V/away.txt", TEXT, 0o644)

    def set(self, *words, address="bob@example.org", status=0):
        result = self.site.run("vvacation", "-m", self.file, *words, address)
        self.assertEqual(result.status, status, repr(result))
        return result

    @staticmethod
    def day(later):
        return (datetime.date.today() + datetime.timedelta(days=later)).isoformat()

    def test_a_sender_gets_one_answer_and_the_message_is_stored(self):
        self.set()
        for _ in range(2):
            self.assertEqual(self.deliver(), 0, repr(self.result))
        self.assertEqual(len(self.stored(self.bob)), 2)
        (envelope, answer), = self.answers()
        self.assertEqual(envelope, b"F\0Tann@example.net\0\0")
        self.assertEqual((answer["From"], answer["Subject"], answer["References"]), ("bob@example.org", "Away", "<q@example.net>"))
        self.assertEqual(self.deliver(sender="eve@example.net"), 0)
        self.assertEqual(len(self.answers()), 2)

    def test_lmtp_answers_too(self):
        self.set()
        address = ("127.0.0.1", process.free_port())
        daemon = self.site.start("vlmtpd", "-p", "1", "-l", "%s:%d" % address, address=address)
        try:
            with smtplib.LMTP(*address, timeout=30) as client:
                client.sendmail("ann@example.net", ["bob@example.org"], MESSAGE.replace(b"\n", b"\r\n"))
        finally:
            daemon.stop()
        self.assertEqual(len(self.stored(self.bob)), 1)
        self.assertEqual([envelope for envelope, _ in self.answers()], [b"F\0Tann@example.net\0\0"])

    def test_lists_bounces_and_blind_copies_get_none(self):
        self.set()
        for body, sender in ((MESSAGE, ""), (b"List-Id: <x>\n" + MESSAGE, "ann@example.net"), (BODY, "ann@example.net"),
                             (b"Auto-Submitted: auto-generated\n" + MESSAGE, "ann@example.net")):
            self.assertEqual(self.deliver(body, sender=sender), 0)
        self.assertEqual(self.answers(), [])
        self.assertEqual(len(self.stored(self.bob)), 4)

    def test_names_of_alias_domains_and_aliases_are_his_own(self):
        self.site.must("vaddaliasdomain", "alias.example", "example.org")
        self.set()
        self.assertEqual(self.deliver(MESSAGE.replace(b"example.org", b"alias.example"), host="alias.example"), 0)
        self.assertEqual(len(self.answers()), 1)
        self.domain_file(".qmail-sales", "&bob@example.org\n")
        self.assertEqual(self.deliver(MESSAGE.replace(b"bob@", b"sales@"), user="sales", sender="eve@example.net"), 0, repr(self.result))
        self.assertEqual(len(self.answers()), 2)

    def test_from_and_until_are_days(self):
        for words, count in ((("-f", self.day(2)), 0), (("-u", self.day(-1)), 0), (("-f", self.day(-2), "-u", self.day(2)), 1)):
            self.set(*words)
            self.assertEqual(self.deliver(), 0)
            self.assertEqual(len(self.answers()), count, words)
        self.set("-f", self.day(0), "-u", self.day(0))
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(len(self.answers()), 2)

    def test_an_answer_that_fails_harms_no_mail(self):
        self.set()
        self.queue(53)
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(len(self.stored(self.bob)), 1)
        self.assertIn("vacation of bob@example.org: the answer could not be queued", self.result.err)
        os.unlink(self.site.path("Q/bin/queue-exit"))
        self.assertEqual(self.deliver(), 0)
        self.assertEqual(len(self.answers()), 1)

    def test_a_queue_that_hangs_holds_no_mail_for_long(self):
        self.set()
        self.site.configure(program_seconds="1")
        self.site.write("Q/bin/qmail-queue", "#!/bin/sh\nexec sleep 1000\n", 0o755)
        began = time.monotonic()
        self.assertEqual(self.deliver(), 0)
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(len(self.stored(self.bob)), 1)

    def test_a_period_that_is_damaged_harms_no_mail(self):
        self.set()
        self.site.write("V/domains/example.org/bob/vacation/period", "from=x\n", 0o600)
        self.assertEqual(self.deliver(), 0)
        self.assertEqual((len(self.stored(self.bob)), self.answers()), (1, []))

    def test_an_own_dot_qmail_that_stores_answers_too(self):
        self.set()
        self.site.write("V/domains/example.org/bob/.qmail", "./Maildir/\n", 0o600)
        self.assertEqual(self.deliver(), 0)
        self.assertEqual((len(self.stored(self.bob)), len(self.answers())), (1, 1))

    def test_it_is_explained(self):
        self.assertNotIn("vacation", self.site.must("vexplain", "bob@example.org").out)
        self.set()
        self.assertIn("one in 7 days", self.site.must("vexplain", "bob@example.org").out)
        self.set("-f", self.day(2))
        self.assertIn("no answer at this time", self.site.must("vexplain", "bob@example.org").out)

    def test_a_subject_of_its_own_and_a_text_from_a_pipe(self):
        result = self.site.run("vvacation", "-s", "Gr\u00fc\u00dfe", "-m", "-", "bob@example.org", stdin="Bin weg \u2013 bis Montag\n".encode())
        self.assertEqual(result.status, 0, repr(result))
        self.assertEqual(self.deliver(), 0)
        (_, answer), = self.answers()
        self.assertEqual((answer["Subject"], answer.get_content()), ("Gr\u00fc\u00dfe", "Bin weg \u2013 bis Montag\n"))

    def test_wrong_use(self):
        for words in (("-f", "tomorrow"), ("-f", "2026-13-01"), ("-u", "2026-02-30x"), ("-f", self.day(3), "-u", self.day(1)), ("-n", "0"),
                      ("-n", "1000"), ("-r",), ("-s", "two\nlines"), ("-s", "x" * 1000)):
            result = self.set(*words, status=100)
            self.assertNotEqual(result.out + result.err, "", words)
        for words in (("-s", "x"), ("-f", self.day(0)), ("-m", "/nowhere")):
            self.assertEqual(self.site.run("vvacation", *words, "bob@example.org").status, 100, words)
        self.site.write("V/away.txt", "")
        self.set(status=100)
        self.site.write("V/away.txt", "x" * 70000)
        self.assertNotEqual(self.site.run("vvacation", "-m", self.file, "bob@example.org").status, 0)
        self.assertFalse(os.path.exists(os.path.dirname(self.bob) + "/vacation/period"))

    def test_vcheck_finds_nothing_wrong(self):
        self.set()
        self.assertEqual(self.deliver(), 0)
        result = self.site.run("vcheck")
        self.assertNotIn("vacation", result.out)


class Commands:
    """Kept with the account's files, the same on every store."""

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", "example.org", "a long password")
        self.site.must("vadduser", "bob@example.org", "a long password")
        self.file = self.site.write("V/away.txt", TEXT, 0o644)

    def test_set_shown_and_removed(self):
        self.assertEqual(self.site.run("vvacation", "bob@example.org").status, 1)
        self.site.must("vvacation", "-m", self.file, "-f", "2030-01-01", "-u", "2030-01-31", "-n", "3", "BOB@example.org")
        self.assertEqual(self.site.must("vvacation", "bob@example.org").out,
                         "bob@example.org: does not answer now, from 2030-01-01 until 2030-01-31, one answer in 3 days\n" + TEXT)
        self.assertEqual(json.loads(self.site.must("vvacation", "--json", "bob@example.org").out), {
            "user": "bob", "domain": "example.org", "is_now": False, "from": "2030-01-01", "until": "2030-01-31", "days": 3,
            "message": TEXT})
        self.site.must("vvacation", "-m", self.file, "bob@example.org")
        self.assertIn(": answers, from always until open, one answer in 7 days\n", self.site.must("vvacation", "bob@example.org").out)
        self.site.must("vvacation", "-r", "bob@example.org")
        self.assertEqual(self.site.run("vvacation", "-r", "bob@example.org").status, 1)
        self.assertEqual(self.site.run("vvacation", "nobody@example.org").status, 1)
        self.assertEqual(self.site.run("vvacation", "bob@nowhere.example").status, 1)

    def test_deliveries_answer(self):
        self.site.write("Q/bin/qmail-queue", QUEUE, 0o755)
        self.site.must("vvacation", "-m", self.file, "bob@example.org")
        address = ("127.0.0.1", process.free_port())
        daemon = self.site.start("vlmtpd", "-p", "1", "-l", "%s:%d" % address, address=address)
        try:
            with smtplib.LMTP(*address, timeout=30) as client:
                client.sendmail("ann@example.net", ["bob@example.org"], MESSAGE.replace(b"\n", b"\r\n"))
        finally:
            daemon.stop()
        self.site.must("vdelivermail", "", "bounce-no-mailbox", stdin=MESSAGE,
                       env={"EXT": "bob", "HOST": "example.org", "SENDER": "eve@example.net"})
        home = self.site.must("vuserinfo", "-d", "bob@example.org").out.strip()
        self.assertEqual(len(os.listdir(home + "/Maildir/new")), 2)
        self.assertEqual([envelope for envelope, _ in answers(self.site)],
                         [b"F\0Tann@example.net\0\0", b"F\0Teve@example.net\0\0"])

    def test_an_account_without_a_home_gets_one(self):
        line = b'{"address": "lazy@example.org", "password_hash": "abNANd1rDfiNc"}\n'
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin=line)
        self.assertEqual(self.site.run("vvacation", "lazy@example.org").status, 1)
        self.site.must("vvacation", "-m", self.file, "lazy@example.org")
        self.assertIn("answers", self.site.must("vvacation", "lazy@example.org").out)


stores.on_every_store(globals(), Commands)

if __name__ == "__main__":
    unittest.main()
