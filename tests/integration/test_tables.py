"""vdominfo and vuserinfo: a table for a person at a terminal, 5.4's lines for everybody else."""
import os
import pty
import subprocess
import unittest

from harness.site import SiteTest

DOMAIN, HASH = "example.org", "abNANd1rDfiNc"
BOB = "bob@" + DOMAIN


class TableTest(SiteTest):
    settings = {"log_target": "stderr", "password_scheme": "ssha"}

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.site.must("vadduser", "-e", HASH, "-q", "10M,100C", "-c", "Bob B", BOB)
        self.site.must("vmoddomlimits", "-g", "p", DOMAIN)
        self.site.must("vmoduser", "-i", BOB)

    def on_terminal(self, program, *arguments):
        master, terminal = pty.openpty()
        running = subprocess.Popen([self.site.installed.program(program)] + list(arguments), stdout=terminal,
                                   stderr=terminal, env=self.site.environment(), cwd=self.site.folder,
                                   **self.site.person.popen_arguments())
        os.close(terminal)
        said = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        os.close(master)
        self.assertEqual(running.wait(), 0, said)
        return said.decode().replace("\r\n", "\n")

    def test_account_is_a_card_without_its_hash(self):
        said = self.on_terminal("vuserinfo", BOB)
        for line in ("Account     " + BOB, "Comment     Bob B", "Quota       10.0 MiB, 100 messages, 0% used",
                     "Password    set", "Last login  never", "Flags       pop access closed (domain)",
                     "            imap access closed"):
            self.assertIn(line + "\n", said)
        self.assertNotIn(HASH, said)

    def test_accounts_of_a_domain_are_rows(self):
        lines = self.on_terminal("vuserinfo", "-D", DOMAIN).splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["ACCOUNT", "bob", "postmaster"])
        self.assertTrue(lines[1].endswith("no_pop no_imap"), lines[1])
        self.assertEqual(lines[0].index("QUOTA"), lines[1].index("10.0 MiB"))

    def test_domains_are_rows(self):
        lines = self.on_terminal("vdominfo").splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["DOMAIN", "alias.example", DOMAIN])
        self.assertTrue(lines[1].endswith("alias of " + DOMAIN))
        self.assertEqual(lines[2].split()[1], "2")
        self.assertEqual(len(self.on_terminal("vdominfo", DOMAIN).splitlines()), 3)

    def test_option_a_and_single_fields_are_5_4s_on_a_terminal_too(self):
        self.assertEqual(self.on_terminal("vuserinfo", "-a", BOB), self.site.must("vuserinfo", BOB).out)
        self.assertEqual(self.on_terminal("vdominfo", "-a", DOMAIN), self.site.must("vdominfo", DOMAIN).out)
        self.assertEqual(self.on_terminal("vuserinfo", "-q", BOB), "10485760S,100C\n")
        self.assertEqual(self.on_terminal("vdominfo", "-n", DOMAIN), DOMAIN + "\nalias: alias.example\n")


if __name__ == "__main__":
    unittest.main()
