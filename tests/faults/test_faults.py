"""Faults at each file call: the driver finds a wrong program, and util's replacement survives all of them."""
import os
import shutil
import tempfile
import unittest

from faults.driver import BUILD, EVERYTHING, ERRORS, every_fault
from harness import process

WELL = os.path.join(BUILD, "tests/faults/replace_well")
BADLY = os.path.join(BUILD, "tests/faults/replace_badly")


class FaultTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="vm-faults-"))
        self.addCleanup(shutil.rmtree, self.folder)
        with open(os.path.join(self.folder, "file"), "w") as out:
            out.write("old")

    def runner(self, program):
        return lambda environment: process.run([program, "file", "new text"], cwd=self.folder,
                                               env=dict(os.environ, **environment))

    def content(self):
        with open(os.path.join(self.folder, "file")) as text:
            return text.read()

    def test_a_replacement_is_old_or_new_whatever_fails(self):
        def check(fault):
            self.assertIn(self.content(), ("old", "new text"))
            if fault.result.status == 0:
                self.assertEqual(self.content(), "new text")
            elif not fault.killed:
                self.assertEqual(fault.result.status, 111)
        runs = every_fault(self.folder, self.runner(WELL), check)
        self.assertGreater(runs, 6 * len(EVERYTHING))
        self.assertEqual(self.content(), "old")

    def test_a_failed_replacement_leaves_no_temp_file(self):
        def check(fault):
            if not fault.killed and fault.result.status == 111 and self.content() == "old":
                self.assertEqual(os.listdir(self.folder), ["file"])
        every_fault(self.folder, self.runner(WELL), check, ("short",) + ERRORS[:1])

    def test_a_checker_that_finds_something_names_the_fault(self):
        def check(fault):
            if fault.result.status == 111:
                self.assertEqual(os.listdir(self.folder), ["file"], "leftovers")
        with self.assertRaisesRegex(AssertionError, "leftovers(.|\n)*fail:5 at call 2"):
            every_fault(self.folder, self.runner(BADLY), check, ERRORS)

    def test_a_command_that_touches_nothing_is_not_a_pass(self):
        with self.assertRaisesRegex(AssertionError, "no file call"):
            every_fault(self.folder, self.runner("/bin/true"), lambda fault: None)


if __name__ == "__main__":
    unittest.main()
