"""Dovecot verifies the hashes that we make, so that it may read our accounts by itself."""
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.site import SiteTest

DOMAIN = "example.org"
PASSWORD = "correct horse: b\u00e4ttery"
SCHEMES = "yescrypt gost-yescrypt scrypt bcrypt sha512 sha256 md5 des argon2id argon2i ssha512 ssha256 ssha".split()


@unittest.skipUnless(shutil.which("doveadm"), "needs doveadm")
class DovecotPasswordTest(SiteTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="vm-doveadm-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.settings = os.path.join(self.folder, "dovecot.conf")
        with open(self.settings, "w") as out:
            out.write("ssl = no\nbase_dir = %s\n" % self.folder)

    def verdict(self, text, password):
        """doveadm's exit code for a stored text and a password; memory-hard kinds need more than its default."""
        if not text.startswith("{"):
            text = "{CRYPT}" + text
        return subprocess.run(["doveadm", "-c", self.settings, "pw", "-t", text, "-p", password], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode

    def test_every_scheme(self):
        self.site.must("vadddomain", DOMAIN, "good enough")
        for scheme in SCHEMES:
            with self.subTest(scheme):
                self.site.configure(password_scheme=scheme)
                address = scheme + "@" + DOMAIN
                self.site.must("vadduser", "--password-stdin", address, stdin=PASSWORD.encode() + b"\n")
                stored = self.site.must("vuserinfo", "-p", address).out.strip()
                self.assertEqual(self.verdict(stored, PASSWORD), 0, stored)
                self.assertNotEqual(self.verdict(stored, "wrong"), 0, stored)


if __name__ == "__main__":
    unittest.main()
