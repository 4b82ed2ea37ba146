"""
Whatever file call fails or is the last one while a login opens its relay window, or while clearopensmtp closes them:
tcpserver reads the old rules or the new ones, no login is refused, and the next login mends what is missing.
"""
import errno
import os
import re
import subprocess
import unittest

from faults.driver import EVERYTHING, every_fault
from harness.site import SiteTest

BOB, PASSWORD = "bob@example.org", "secretword"
RULES = '203.0.113.66:deny\n:allow\n'
OLD, NEW, LATER = "192.0.2.1", "192.0.2.2", "192.0.2.3"
FAILURES = "|".join(map(os.strerror, (errno.EIO, errno.ENOSPC)))


class FailingRules(SiteTest):
    settings = {"password_scheme": "md5", "roaming_users": "yes", "log_target": "stderr"}

    def setUp(self):
        super().setUp()
        self.site.write("V/etc/tcp.smtp", RULES)
        self.site.must("vadddomain", "example.org", PASSWORD)
        self.site.must("vadduser", BOB, PASSWORD)
        self.assert_opened(self.login(OLD))
        self.folder = self.site.path("V/etc")

    def login(self, ip, environment=None):
        env = dict(environment or {}, TCPLOCALPORT="110", TCPREMOTEIP=ip)
        return self.site.run("vchkpw", "/bin/true", fd3=("%s\0%s\0\0" % (BOB, PASSWORD)).encode(), env=env)

    def assert_opened(self, result):
        self.assertEqual((result.status, result.err), (0, ""), result)

    def rule(self, ip):
        """What tcprulescheck finds; whatever happened, what the administrator shut out is out."""
        done = subprocess.run(["tcprulescheck", self.site.path("V/etc/tcp.smtp.cdb"), ip], text=True, check=True,
                              env=dict(os.environ, TCPREMOTEIP=ip), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout

    def is_open(self, ip):
        return "RELAYCLIENT=\n" in self.rule(ip)

    def assert_mended(self):
        self.assertIn("deny connection", self.rule("203.0.113.66"))
        for ip in (OLD, NEW, LATER):
            self.assert_opened(self.login(ip))
            self.assertTrue(self.is_open(ip), ip)

    def test_login_from_a_new_address(self):
        seen = set()

        def check(fault):
            is_open = self.is_open(NEW)
            seen.add(is_open)
            self.assertTrue(self.is_open(OLD))
            if re.search("/vpopmail.conf|/vlimits.default", fault.result.err):  # nobody knows whether he may log in
                self.assertEqual(fault.result.status, 111)
            elif not fault.killed:
                self.assertEqual(fault.result.status, 0)
                if fault.result.err:
                    self.assertRegex(fault.result.err, r"relay window not opened for %s: .*(%s)" % (NEW, FAILURES))
                else:
                    self.assertTrue(is_open)
            self.assert_mended()
        every_fault(self.folder, lambda environment: self.login(NEW, environment), check, EVERYTHING)
        self.assertEqual(seen, {True, False})

    def test_clearopensmtp(self):
        self.assert_opened(self.login(NEW))
        seen = set()

        def check(fault):
            is_closed = not self.is_open(NEW)
            seen.add(is_closed)
            self.assertEqual(is_closed, not self.is_open(OLD))
            if not fault.killed:
                self.assertEqual(fault.result.status, 0 if is_closed else 111)
            self.site.must("clearopensmtp", "--minutes", "0")
            self.assertFalse(self.is_open(NEW) or self.is_open(OLD))
            self.assert_mended()
        every_fault(self.folder, lambda environment: self.site.run("clearopensmtp", "--minutes", "0", env=environment), check,
                    EVERYTHING)
        self.assertEqual(seen, {True, False})


if __name__ == "__main__":
    unittest.main()
