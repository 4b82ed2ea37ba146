"""The test driver counts what ran, and never calls a broken run a pass."""
import os
import stat
import subprocess
import sys
import tempfile
import unittest

DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")


class DriverTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_test(self, name, text, seconds="60"):
        """The results in the .trs file that the driver writes for a test of this text."""
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, stat.S_IRWXU)
        trs = path + ".trs"
        subprocess.run([sys.executable, DRIVER, "--test-name", name, "--log-file", path + ".log", "--trs-file", trs,
                        "--", path], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, TEST_SECONDS=seconds))
        with open(trs) as lines:
            return [line.split(None, 1)[1].strip() for line in lines if line.startswith(":test-result:")]

    def test_each_cmocka_test_is_counted(self):
        text = ("#!/bin/sh\necho '[       OK ] one'; echo '[  SKIPPED ] two'; echo '[  FAILED  ] three'\n"
                "echo '[  FAILED  ] 1 test(s), listed below:'; echo '[  FAILED  ] three'; exit 1\n")
        self.assertEqual(self.run_test("t", text), ["PASS one", "SKIP two", "FAIL three"])

    def test_a_program_that_dies_after_good_tests_has_failed(self):
        text = "#!/bin/sh\necho '[       OK ] one'\nkill -SEGV $$\n"
        self.assertEqual(self.run_test("t", text), ["PASS one", "FAIL exits_with_-11"])

    def test_a_silent_program_is_judged_by_its_exit_status(self):
        self.assertEqual(self.run_test("t", "#!/bin/sh\nexit 0\n"), ["PASS t"])
        self.assertEqual(self.run_test("t", "#!/bin/sh\nexit 77\n"), ["SKIP t"])
        self.assertEqual(self.run_test("t", "#!/bin/sh\nexit 3\n"), ["FAIL t"])

    def test_a_program_that_hangs_has_failed(self):
        self.assertEqual(self.run_test("t", "#!/bin/sh\nexec sleep 60\n", "1"), ["FAIL ends_in_time"])

    def test_python_cases_are_counted_by_name(self):
        text = ("import unittest\nclass C(unittest.TestCase):\n"
                "    def test_good(self): pass\n    def test_bad(self): self.fail()\n"
                "    @unittest.skip('no')\n    def test_skipped(self): pass\n")
        self.assertEqual(sorted(self.run_test("t.py", text)),
                         ["FAIL t.C.test_bad", "PASS t.C.test_good", "SKIP t.C.test_skipped"])

    def test_a_python_file_without_cases_or_with_a_bad_import_has_failed(self):
        self.assertEqual(self.run_test("t.py", "x = 1\n"), ["FAIL holds_a_test"])
        self.assertEqual(self.run_test("t.py", "import no_such_module\n"), ["FAIL exits_with_1"])


if __name__ == "__main__":
    unittest.main()
