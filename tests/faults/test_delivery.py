"""
Whatever file call of a delivery fails, and wherever it is killed or the power goes: 0 means that the message is whole and
on the disk, everything else is "later", and no part of a message is ever seen.
"""
import glob
import os
import unittest

from faults import powercut, snapshot
from faults.driver import ERRORS, EVERY, EVERYTHING, every_fault
from harness.mail import MailTest

# More than one block of the copy, and more than one sector.
MESSAGE = b"From: a@example.net\nSubject: whole\n\n" + b"".join(b"line %05d\n" % i for i in range(2000))
SENDER, QUOTA = "a@example.net", "1000000S"

QUEUE = """#!/bin/sh
cd "${0%/*}" && cat > message.$$ && cat <&1 > envelope.$$
"""


class Delivery(MailTest):
    def setUp(self):
        super().setUp()
        self.site.configure(log_target=None)
        self.accounts.domains["example.org"]["bob"] = self.accounts.line("bob@example.org").replace("NOQUOTA", QUOTA)
        self.accounts.add("postmaster@example.org")
        self.save()
        self.site.run("vcheck", "--repair")
        self.repair()

    def deliver(self, user, environment=None):
        return self.site.run("vdelivermail", "", self.action, stdin=MESSAGE,
                             env=dict(environment or {}, EXT=user, HOST="example.org", SENDER=SENDER))

    def expected(self):
        return b"Return-Path: <%s>\nDelivered-To: bob@example.org\n" % SENDER.encode() + MESSAGE

    def assert_whole(self):
        """The number of messages; each is whole and as long as its name says."""
        names = self.names(self.bob)
        for name, text in zip(names, self.stored(self.bob)):
            self.assertTrue(text == self.expected(), "%s has %d bytes, not the message" % (name, len(text)))
            self.assertRegex(name, ",S=%d$" % len(text))
        return len(names)

    def give_all(self):
        """A rebuilt file is the test's own, where that is root's."""
        for at, folders, files in os.walk(self.site.path("V/domains")):
            for name in folders + files:
                self.site.give(os.path.join(at, name))

    def repair(self):
        result = self.site.run("vcheck", "--repair")
        self.assertEqual((result.status, result.err), (0, ""), result)
        if result.out:  # else it found nothing
            result = self.site.run("vcheck")
        self.assertEqual((result.status, result.out, result.err), (0, "", ""), result)

    def noted(self):
        """(bytes, messages) by maildirsize."""
        with open(self.bob + "/maildirsize") as text:
            quota, *lines = text.read().splitlines()
        self.assertEqual(quota, QUOTA)
        sums = [tuple(map(int, line.split())) for line in lines]
        return sum(line[0] for line in sums), sum(line[1] for line in sums)

    def assert_noted(self, count):
        self.assertEqual(self.noted(), (count * len(self.expected()), count))

    def assert_recounted(self, count):
        """vcheck finds what maildirsize lacks; afterwards it is exact, and mail goes on."""
        self.repair()
        self.assertEqual(self.deliver("bob").status, 0)
        self.assert_noted(self.assert_whole())
        self.assertEqual(self.assert_whole(), count + 1)

    def assert_answered(self, result):
        """0 or later, and what was begun is gone: only after a kill there was nobody to take it away."""
        self.assertIn(result.status, (0, 111), result)
        self.assertEqual(result.err, "")
        self.assertRegex(result.out, r"\A\Z" if result.status == 0 else r"\A.+: .+\n\Z")
        self.assertEqual(os.listdir(self.bob + "/tmp"), [], "left in tmp")

    def prove(self, folder, run, check):
        runs = every_fault(folder, run, check, ERRORS[:1], reads=True)
        runs += every_fault(folder, run, check, [action for action in EVERYTHING if action != ERRORS[0]])
        self.assertGreater(runs * EVERY, 100)


class MailboxTest(Delivery):
    """A mailbox with a quota."""

    def prove_faults(self):
        before, content = self.assert_whole(), snapshot.take(self.bob)

        def check(fault):
            count = self.assert_whole()
            if not fault.killed:
                self.assert_answered(fault.result)
                self.assertEqual(count, before + 1 if fault.result.status == 0 else before)
            now = snapshot.take(self.bob)
            if count != before or set(now) != set(content):
                self.assert_recounted(count)
        self.prove(self.site.folder, lambda environment: self.deliver("bob", environment), check)

    def prove_power_cut(self):
        before = self.assert_whole()

        def check(state):
            self.give_all()
            count = self.assert_whole()
            if state.is_after_the_end:
                self.assertEqual(count, before + 1)
            self.assert_recounted(count)
        states = powercut.every_cut(self.site.folder, lambda environment: self.deliver("bob", environment), check)
        self.assertGreater(states, 10)

    def test_the_first_message_through_every_fault(self):
        self.prove_faults()

    def test_a_later_message_through_every_fault(self):
        self.assertEqual(self.deliver("bob").status, 0)
        self.prove_faults()

    def test_a_power_cut_at_the_first_message(self):
        self.prove_power_cut()

    def test_a_power_cut_at_a_later_message(self):
        self.assertEqual(self.deliver("bob").status, 0)
        self.prove_power_cut()


class DomainQuotaTest(Delivery):
    """A mailbox in a domain with a quota, which is warned at once that it is nearly full."""
    warning = b"Subject: nearly full\n\nDelete some.\n"

    def setUp(self):
        super().setUp()
        self.site.configure(domain_quotas="yes", quota_warning_percent="1")
        self.domain_file(".qmailadmin-limits", "maxmsgcount 100\nmaxquota 100\n")
        self.domain_file(".quotawarn.msg", self.warning.decode())

    def assert_whole(self):
        """(messages, warnings), each whole."""
        texts = self.stored(self.bob)
        warnings = [text for text in texts if text != self.expected()]
        for text in warnings:
            self.assertRegex(text, rb"\AReturn-Path: <>\nDelivered-To: bob@example.org\nDate: .+\n" + self.warning + rb"\Z")
        return len(texts) - len(warnings), len(warnings)

    def test_every_fault(self):
        warned = 0

        def check(fault):
            nonlocal warned
            count, warnings = self.assert_whole()
            warned += warnings
            self.assertLessEqual(warnings, count)
            if not fault.killed:
                self.assert_answered(fault.result)
                self.assertEqual(count, 1 if fault.result.status == 0 else 0)
        self.prove(self.site.folder, lambda environment: self.deliver("bob", environment), check)
        self.assertGreater(warned * EVERY, 100)


class AliasTest(Delivery):
    """An alias with a mailbox and a forward: only V is counted, the queue keeps its files in Q."""

    def setUp(self):
        super().setUp()
        self.site.write("Q/bin/qmail-queue", QUEUE, 0o755)
        self.domain_file(".qmail-team", "&bob@example.org\n&far@example.com\n")

    def deliver(self, user, environment=None):
        for path in glob.glob(self.site.path("Q/bin/*.*")):
            os.unlink(path)
        return super().deliver(user, environment)

    def forwards(self):
        """The number of forwards; each is whole."""
        envelopes = glob.glob(self.site.path("Q/bin/envelope.*"))
        for path in envelopes:
            self.assertEqual(self.site.read(path), b"F%s\0Tfar@example.com\0\0" % SENDER.encode())
            self.assertEqual(self.site.read(path.replace("envelope", "message")),
                             b"Delivered-To: team@example.org\n" + MESSAGE)
        return len(envelopes)

    def test_every_fault(self):
        def check(fault):
            count, forwards = self.assert_whole(), self.forwards()
            if not fault.killed:
                self.assert_answered(fault.result)
                # The mailbox comes first, and keeps its copy when the forward has to come again.
                self.assertIn((count, forwards), ((1, 1),) if fault.result.status == 0 else ((0, 0), (1, 0)))
        self.prove(self.site.path("V"), lambda environment: self.deliver("team", environment), check)

    def test_a_power_cut(self):
        def check(state):
            self.give_all()
            count = self.assert_whole()
            if state.is_after_the_end:
                self.assertEqual(count, 1)
            self.repair()
        states = powercut.every_cut(self.site.path("V"), lambda environment: self.deliver("team", environment), check)
        self.assertGreater(states, 10)
        self.assertEqual(self.forwards(), 1)


class VacationTest(Delivery):
    """A mailbox of a person who is away: whatever becomes of the answer, 0 means one message and later means none."""
    text = b"To: bob@example.org\n" + MESSAGE

    def setUp(self):
        super().setUp()
        self.site.write("Q/bin/qmail-queue", QUEUE, 0o755)
        away = self.site.write("V/away.txt", "Subject: Away\n\nI am away.\n", 0o644)
        self.site.must("vvacation", "-m", away, "bob@example.org")

    def deliver(self, user, environment=None):
        for path in glob.glob(self.site.path("Q/bin/*.*")):
            os.unlink(path)
        return self.site.run("vdelivermail", "", self.action, stdin=self.text,
                             env=dict(environment or {}, EXT=user, HOST="example.org", SENDER=SENDER))

    def expected(self):
        return b"Return-Path: <%s>\nDelivered-To: bob@example.org\n" % SENDER.encode() + self.text

    def answers(self):
        """The number of answers of a delivery; each is whole."""
        envelopes = glob.glob(self.site.path("Q/bin/envelope.*"))
        for path in envelopes:
            self.assertEqual(self.site.read(path), b"F\0T%s\0\0" % SENDER.encode())
            answer = self.site.read(path.replace("envelope", "message"))
            self.assertTrue(answer.endswith(b"\n\nI am away.\n"), answer)
        return len(envelopes)

    def test_every_fault(self):
        answered = unanswered = 0

        def check(fault):
            nonlocal answered, unanswered
            count, answers = self.assert_whole(), self.answers()
            self.assertLessEqual(answers, count, "an answer to a message that is not stored")
            if not fault.killed:
                self.assert_answered(fault.result)
                self.assertEqual(count, 1 if fault.result.status == 0 else 0)
            answered += answers
            unanswered += count - answers
            if count > 0:  # what was left behind is no obstacle to the next
                self.assertEqual(self.deliver("bob").status, 0)
                self.assertEqual(self.assert_whole(), count + 1)
        self.prove(self.site.path("V"), lambda environment: self.deliver("bob", environment), check)
        self.assertGreater(answered * EVERY, 50)
        self.assertGreater(unanswered * EVERY, 10)


if __name__ == "__main__":
    unittest.main()
