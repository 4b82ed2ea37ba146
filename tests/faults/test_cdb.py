"""Faults at each file call of the cdb store: an account is as before or as after, to every reader, and nothing else moves."""
import os
import shutil
import tempfile
import unittest

from faults import powercut
from faults.driver import BUILD, EVERYTHING, every_fault
from harness import process

PROGRAM = os.path.join(BUILD, "tests/faults/cdb_change")
SMALL, BIG = 20, 2800  # accounts; a big domain has a vpasswd of more than 256 KiB


class CdbFaultTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="vm-faults-"))
        self.addCleanup(shutil.rmtree, self.folder)
        os.makedirs(os.path.join(self.folder, "q/users"))
        self.domain = os.path.join(self.folder, "example.com")
        os.mkdir(self.domain, 0o700)
        self.do("domain", "example.com")

    def call(self, *words, environment=None):
        return process.run([PROGRAM, self.folder, *words], env=dict(os.environ, **(environment or {})))

    def do(self, *words):
        result = self.call(*words)
        self.assertEqual(result.status, 0, repr(result))
        return result.out

    def path(self, name):
        return os.path.join(self.domain, name)

    def prove(self, *words, actions=EVERYTHING):
        """The command through every fault: old or new for all, and the next commands work."""
        before = self.do("dump")
        keep = tempfile.mkdtemp(prefix="vm-faults-")
        self.addCleanup(shutil.rmtree, keep)
        shutil.copytree(self.domain, os.path.join(keep, "d"))
        self.do(*words)
        after = self.do("dump")
        shutil.rmtree(self.domain)
        shutil.copytree(os.path.join(keep, "d"), self.domain)

        def check(fault):
            found = self.do("dump")
            self.assertIn(found, (before, after))
            if fault.result.status == 0:
                self.assertEqual(found, after)
            elif not fault.killed:
                self.assertEqual(fault.result.status, 111)
            self.do("insert", "later", "works")
            self.do("remove", "later")
            self.assertEqual(self.do("dump"), found)
            self.do("fold")
            self.assertEqual(self.do("dump"), found)
        return every_fault(self.folder, lambda environment: self.call(*words, environment=environment), check,
                           actions)

    def prove_power_cut(self, *words):
        """Every state that the disk may hold after a power cut is old or new, and new once the command has ended."""
        before = self.do("dump")
        keep = tempfile.mkdtemp(prefix="vm-faults-")
        self.addCleanup(shutil.rmtree, keep)
        shutil.copytree(self.domain, os.path.join(keep, "d"))
        self.do(*words)
        after = self.do("dump")
        shutil.rmtree(self.domain)
        shutil.copytree(os.path.join(keep, "d"), self.domain)

        def check(state):
            found = self.do("dump")
            self.assertIn(found, (before, after))
            if state.is_after_the_end:
                self.assertEqual(found, after)
            self.do("insert", "later", "works")
            self.do("fold")
            self.do("remove", "later")
            self.assertEqual(self.do("dump"), found)
        states = powercut.every_cut(self.folder, lambda environment: self.call(*words, environment=environment), check,
                                    is_scratch=lambda path: path.endswith(".tmp"))
        self.assertGreaterEqual(states, 5)

    def test_a_power_cut_in_a_small_domain(self):
        self.do("fill", str(SMALL))
        self.prove_power_cut("update", "bulk000000", "new")

    def test_a_power_cut_while_the_journal_grows(self):
        self.do("fill", str(BIG))
        self.do("fold")
        self.do("insert", "first", "one")
        self.prove_power_cut("insert", "second", "two")

    def test_a_change_of_a_small_domain(self):
        self.do("fill", str(SMALL))
        self.assertGreater(self.prove("update", "bulk000000", "new"), 10 * len(EVERYTHING))

    def test_a_removal_in_a_small_domain(self):
        self.do("fill", str(SMALL))
        self.prove("remove", "bulk000000")

    def test_a_record_in_the_journal_of_a_big_domain(self):
        self.do("fill", str(BIG))
        self.do("fold")
        self.do("insert", "first", "one")
        self.assertTrue(os.path.exists(self.path(".vpasswd.journal")))
        self.prove("insert", "second", "two")

    def fill_the_journal(self):
        """A big domain whose journal is full with the next record; that record's words."""
        self.do("fill", str(BIG))
        self.do("fold")
        number = 0
        while not os.path.exists(self.path(".vpasswd.delta.cdb")):
            if number % 8 == 0:
                kept = tempfile.mkdtemp(prefix="vm-faults-")
                self.addCleanup(shutil.rmtree, kept, True)
                shutil.copytree(self.domain, os.path.join(kept, "d"))
                at = number
            self.do("insert", "n%04d" % number, "x" * 60)
            number += 1
        shutil.rmtree(self.domain)
        shutil.copytree(os.path.join(kept, "d"), self.domain)
        for i in range(at, number - 1):
            self.do("insert", "n%04d" % i, "x" * 60)
        self.assertFalse(os.path.exists(self.path(".vpasswd.delta.cdb")))
        return "insert", "n%04d" % (number - 1), "x" * 60

    def test_the_record_that_fills_the_journal(self):
        self.prove(*self.fill_the_journal(), actions=("kill-before", "kill-after", "fail:5"))

    def test_a_power_cut_while_the_journal_is_folded(self):
        self.prove_power_cut(*self.fill_the_journal())

    def test_a_fold_of_a_big_domain(self):
        self.do("fill", str(BIG))
        self.do("fold")
        self.do("insert", "one", "1")
        self.do("update", "bulk000000", "new")
        self.do("remove", "bulk000097")
        self.prove("fold", actions=("kill-before", "kill-after", "fail:28"))

    def test_a_power_cut_while_all_levels_are_folded(self):
        self.do(*self.fill_the_journal())
        self.do("update", "bulk000000", "new")
        self.do("remove", "bulk000097")
        for name in (".vpasswd.delta.cdb", ".vpasswd.journal"):
            self.assertTrue(os.path.exists(self.path(name)), name)
        self.prove_power_cut("fold")


if __name__ == "__main__":
    unittest.main()
