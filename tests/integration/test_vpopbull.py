"""vpopbull: one message into every mailbox, once, also when it was killed on its way."""
import json
import os
import pty
import signal
import subprocess
import time
import unittest

from harness import stores
from harness.site import IN_MEMORY, Site, SiteTest

DOMAIN, HASH = "example.org", "abNANd1rDfiNc"
TEXT = "From: us@example.org\nSubject: news\n\nThe machine rests on Sunday.\n"
USERS = ("ann", "bob", "carol", "postmaster")


class Mailboxes:
    def new(self, user, domain=DOMAIN, part="new"):
        """The messages in new/: name, text."""
        home = self.site.must("vuserinfo", "-d", "%s@%s" % (user, domain)).out.strip()
        folder = home + "/Maildir/" + part
        if not os.path.isdir(folder):
            return []
        out = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name)) as text:
                out.append((name, text.read()))
        return out

    def notes(self, domain=DOMAIN):
        return [name for name in os.listdir(self.site.path("V/domains/" + domain))
                if name.startswith(".bulletin-")]


class Bulletins(Mailboxes):
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")
        for user in USERS[:-1]:
            self.site.must("vadduser", "-e", HASH, "%s@%s" % (user, DOMAIN))
        self.file = self.site.write("run/text", TEXT)

    def test_everybody_gets_a_copy_with_his_address(self):
        self.assertEqual(self.site.must("vpopbull", "-f", self.file, DOMAIN).out, "")
        for user in USERS:
            (name, text), = self.new(user)
            to, date, rest = text.split("\n", 2)
            self.assertEqual(to, "To: %s@%s" % (user, DOMAIN))
            self.assertRegex(date, r"^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$")
            self.assertEqual(rest, TEXT)
            self.assertTrue(name.endswith(",S=%d" % len(text)))
            self.assertEqual(self.new(user, part="tmp"), [])
        self.assertEqual(self.notes(), [])

    def test_hard_links_are_one_file_without_an_address(self):
        self.site.must("vpopbull", "-h", "-f", self.file, DOMAIN)
        inodes = set()
        for user in USERS:
            home = self.site.must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip()
            (name, text), = self.new(user)
            self.assertEqual(text, TEXT)
            inodes.add(os.stat("%s/Maildir/new/%s" % (home, name)).st_ino)
        self.assertEqual(len(inodes), 1)
        self.assertEqual(self.notes(), [])

    def test_symbolic_links_lead_to_the_file(self):
        self.site.must("vpopbull", "-s", "-f", self.file, DOMAIN)
        home = self.site.must("vuserinfo", "-d", "ann@" + DOMAIN).out.strip()
        (name, text), = self.new("ann")
        self.assertEqual(text, TEXT)
        self.assertEqual(os.readlink("%s/Maildir/new/%s" % (home, name)), os.path.realpath(self.file))

    def test_date_of_the_message_is_kept(self):
        dated = self.site.write("run/dated", "Date: yesterday\n" + TEXT)
        self.site.must("vpopbull", "-f", dated, DOMAIN)
        self.assertEqual(self.new("ann")[0][1], "To: ann@%s\nDate: yesterday\n%s" % (DOMAIN, TEXT))

    def test_excluded_addresses_get_nothing(self):
        out = self.site.write("run/out", "bob@%s\nBob\nnobody@nowhere.example\nCAROL@%s\n" % (DOMAIN, DOMAIN))
        rows = self.site.must("vpopbull", "--json", "-f", self.file, "-e", out, DOMAIN).out
        self.assertEqual(json.loads(rows), {"domain": DOMAIN, "delivered": 2, "there": 0, "excluded": 2, "failed": 0,
                                            "listed": 0})
        self.assertEqual([len(self.new(user)) for user in USERS], [1, 0, 0, 1])

    def test_dry_run_lists_and_delivers_nothing(self):
        out = self.site.must("vpopbull", "-n", "-V", DOMAIN).out
        self.assertEqual(out, "".join("%s@%s\n" % (user, DOMAIN) for user in USERS))
        self.assertEqual([len(self.new(user)) for user in USERS], [0, 0, 0, 0])

    def test_all_domains_but_no_alias(self):
        self.site.must("vadddomain", "second.example", "a long password")
        self.site.must("vaddaliasdomain", DOMAIN, "alias.example")
        self.site.must("vpopbull", "-f", self.file)
        self.site.must("vpopbull", "-f", self.file, "alias.example")
        self.assertEqual(len(self.new("postmaster", "second.example")), 1)
        self.assertEqual(len(self.new("ann")), 1)

    def test_quota_and_flags_do_not_matter(self):
        self.site.must("vsetuserquota", "ann@" + DOMAIN, "1C")
        self.site.must("vmoduser", "-b", "ann@" + DOMAIN)
        for _ in range(2):
            self.site.must("vpopbull", "-f", self.file, DOMAIN)
        self.assertEqual(len(self.new("ann")), 2)

    def test_missing_home_is_made(self):
        home = self.site.must("vuserinfo", "-d", "bob@" + DOMAIN).out.strip()
        subprocess.run(["rm", "-r", home], check=True)
        self.site.must("vpopbull", "-h", "-f", self.file, DOMAIN)
        self.assertEqual(len(self.new("bob")), 1)

    def test_usage_is_counted(self):
        self.site.must("vusage", "--recount", DOMAIN)
        self.site.must("vpopbull", "-f", self.file, DOMAIN)
        usage = json.loads(self.site.must("vusage", "--json", DOMAIN).out)
        self.assertEqual(usage["messages"], 4)
        self.assertEqual(self.site.run("vusage", "--recount", DOMAIN).status, 0)

    def test_account_that_fails_is_told_and_tried_again(self):
        home = self.site.must("vuserinfo", "-d", "bob@" + DOMAIN).out.strip()
        os.rename(home + "/Maildir", home + "/away")
        self.site.write(os.path.relpath(home + "/Maildir", self.site.folder), "in the way")
        for _ in range(2):
            result = self.site.run("vpopbull", "-f", self.file, DOMAIN)
            self.assertEqual(result.status, 111, repr(result))
            self.assertIn("bob@" + DOMAIN, result.err)
        os.unlink(home + "/Maildir")
        os.rename(home + "/away", home + "/Maildir")
        self.site.must("vpopbull", "-f", self.file, DOMAIN)
        self.assertEqual([len(self.new(user)) for user in USERS], [1, 1, 1, 1])
        self.assertEqual(self.notes(), [])


stores.on_every_store(globals(), Bulletins)


class InterruptionTest(Mailboxes, unittest.TestCase):
    """The run is killed while it is busy, in one of several pages; the same command ends it."""
    COUNT = 21000

    def setUp(self):
        self.site = Site({"log_target": "stderr"}, parent=IN_MEMORY)
        self.addCleanup(self.site.close)
        self.site.must("vadddomain", DOMAIN, "a long password")
        rows = "".join(json.dumps({"address": "u%05d@%s" % (number, DOMAIN), "password_hash": HASH}) + "\n"
                       for number in range(self.COUNT))
        self.site.must("vadduser", "--batch", self.site.write("run/batch", rows), "--lazy-home", deadline=300)
        self.file = self.site.write("run/text", TEXT)

    def homes(self):
        lines = self.site.must("vuserinfo", "-d", "-D", DOMAIN, deadline=300).out.splitlines()
        return [line for line in lines if line.startswith("/")]

    def kill_after(self, seconds, way):
        """Was it killed before its end?"""
        running = self.site.popen("vpopbull", way, "-f", self.file, DOMAIN)
        deadline = time.monotonic() + 60
        while not self.notes() and time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        return running.wait() != 0

    def read_some(self):
        """What users have read meanwhile is not delivered again."""
        for home in self.homes()[:3]:
            for name in os.listdir(home + "/Maildir/new") if home and os.path.isdir(home + "/Maildir/new") else ():
                os.rename("%s/Maildir/new/%s" % (home, name), "%s/Maildir/cur/%s:2,S" % (home, name))

    def test_every_mailbox_has_it_once_however_often_it_was_killed(self):
        for way in ("-h", "-c"):
            was_killed = True
            for seconds in (0.05, 0.3):
                was_killed = was_killed and self.kill_after(seconds, way)
            self.read_some()
            if was_killed:
                self.site.must("vpopbull", way, "-f", self.file, DOMAIN, deadline=300)
            for home in self.homes():
                there = os.listdir(home + "/Maildir/new") + os.listdir(home + "/Maildir/cur")
                self.assertEqual(len(there), 1, home)
                for part in ("new", "cur"):
                    for name in os.listdir("%s/Maildir/%s" % (home, part)):
                        os.unlink("%s/Maildir/%s/%s" % (home, part, name))
            self.assertEqual(self.notes(), [])

    def test_terminal_sees_a_bar(self):
        master, terminal = pty.openpty()
        command = [self.site.installed.program("vpopbull"), "-h", "-f", self.file, DOMAIN]
        running = subprocess.Popen(command, stderr=terminal, env=self.site.environment(), cwd=self.site.folder,
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
        self.assertEqual(running.wait(), 0)
        total = self.COUNT + 1
        self.assertIn(("[%s] %d/%d" % ("#" * 30, total, total)).encode(), said)


class WrongUseTest(SiteTest):
    def test_wrong_use_is_told(self):
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.assertEqual(self.site.run("vpopbull", DOMAIN).status, 255)
        self.assertEqual(self.site.run("vpopbull", "-s", "-f", "-", DOMAIN).status, 255)
        self.assertEqual(self.site.run("vpopbull", "-f", "/nowhere/at/all", DOMAIN).status, 255)
        text = self.site.write("run/text", TEXT)
        self.assertEqual(self.site.run("vpopbull", "-f", text, "nowhere.example").status, 245)


if __name__ == "__main__":
    unittest.main()
