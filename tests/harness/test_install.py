"""`make install`: what it makes, what it leaves alone."""
import os
import shutil
import stat
import tempfile
import unittest

from harness.installed import configured_homes, make


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class InstallTest(unittest.TestCase):
    def setUp(self):
        self.stage = tempfile.mkdtemp(prefix="vm-stage-")
        self.addCleanup(shutil.rmtree, self.stage)
        prefix, qmail = configured_homes()
        self.home, self.qmail = self.stage + prefix, self.stage + qmail

    def install(self):
        make("install", "DESTDIR=" + self.stage)

    def test_a_fresh_system_gets_every_folder(self):
        self.install()
        for name in ("etc", "include", "lib", "domains"):
            self.assertTrue(os.path.isdir(os.path.join(self.home, name)), name)
        for name in ("control", "users"):
            self.assertTrue(os.path.isdir(os.path.join(self.qmail, name)), name)
        self.assertEqual(mode(os.path.join(self.home, "domains")), 0o711)
        self.assertEqual(mode(os.path.join(self.home, "etc/vpopmail.conf")), 0o640)
        with open(os.path.join(self.home, "etc/tcp.smtp")) as rules:
            self.assertEqual(rules.read(), '127.:allow,RELAYCLIENT=""\n')

    def test_programs_are_executable_by_all(self):
        self.install()
        folder = os.path.join(self.home, "bin")
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            self.assertEqual(mode(os.path.join(folder, name)), 0o755, name)

    def test_settings_and_rules_of_a_site_are_kept(self):
        self.install()
        for name in ("vpopmail.conf", "tcp.smtp"):
            with open(os.path.join(self.home, "etc", name), "w") as out:
                out.write("# mine\n")
        self.install()
        for name in ("vpopmail.conf", "tcp.smtp"):
            with open(os.path.join(self.home, "etc", name)) as text:
                self.assertEqual(text.read(), "# mine\n")


if __name__ == "__main__":
    unittest.main()
