"""A full disk, a home that cannot be written, and parts that belong to others: later, and nothing lost. Needs root."""
import os
import socket
import subprocess
import tempfile
import unittest

from harness import process
from harness.installed import Installed
from harness.site import Site

DOMAIN = "example.org"
BOB = "bob@" + DOMAIN
PASSWORD = "a long password"
HASH = "abNANd1rDfiNc"
ENVIRONMENT = {"EXT": "bob", "HOST": DOMAIN, "SENDER": "a@b.example", "LOCAL": "bob", "RECIPIENT": BOB,
               "RPLINE": "Return-Path: <a@b.example>\n", "DTLINE": "Delivered-To: x@y\n"}


class Disk:
    """A small file system of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vm-disk-")
        os.chmod(self.folder, 0o711)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0711", "vm-disk", self.folder],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            os.rmdir(self.folder)
            raise unittest.SkipTest("no file system can be mounted here")

    def fill(self):
        """Takes the last page."""
        with open(os.path.join(self.folder, "filler"), "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass

    def clear(self):
        os.unlink(os.path.join(self.folder, "filler"))

    def remount(self, mode):
        subprocess.run(["mount", "-o", "remount," + mode, self.folder], check=True)

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)
        os.rmdir(self.folder)


class DiskTest(unittest.TestCase):
    privileged = False

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.disk = Disk()
        self.addCleanup(self.disk.close)
        self.site = Site({"log_target": "stderr", "password_scheme": "ssha"}, parent=self.disk.folder, privileged=self.privileged)
        self.addCleanup(self.site.close)
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", BOB, PASSWORD)
        self.maildir = self.site.path("V/domains/%s/bob/Maildir" % DOMAIN)

    def deliver(self, body=b"Subject: x\n\n" + b"y" * 5000 + b"\n"):
        return self.site.run("vdelivermail", "", "bounce-no-mailbox", stdin=body, env=ENVIRONMENT)

    def changes_are_later(self, words):
        for command in (["vadduser", "-e", HASH, "new@" + DOMAIN], ["vadddomain", "new.example", PASSWORD],
                        ["vpasswd", BOB, "another password"], ["vmoduser", "-c", "c" * 60, BOB], ["vdelivermail"],
                        ["vaddaliasdomain", "alias.example", DOMAIN], ["valias", "-i", "&a@b.example", "info@" + DOMAIN],
                        ["vmoddomlimits", "-P", "7", DOMAIN], ["vipmap", "-a", "192.0.2.1", DOMAIN]):
            with self.subTest(command=command):
                result = self.deliver() if command == ["vdelivermail"] else self.site.run(*command)
                self.assertEqual(result.status, 111, result)
                self.assertTrue(any(word in result.out + result.err for word in words), result)

    def nothing_is_lost(self):
        for part in ("new", "tmp"):
            self.assertEqual(os.listdir(os.path.join(self.maildir, part)), [])
        self.site.must("vverifypw", BOB, PASSWORD)
        self.assertEqual(self.site.run("vuserinfo", "new@" + DOMAIN).status, 255)
        self.site.must("vcheck", "--repair")
        self.site.must("vcheck")
        self.site.must("vadduser", "-e", HASH, "new@" + DOMAIN)
        self.site.must("vadddomain", "new.example", PASSWORD)
        self.assertEqual(self.deliver().status, 0)
        self.assertEqual(len(os.listdir(os.path.join(self.maildir, "new"))), 1)


class FullDiskTest(DiskTest):
    def test_changes_and_deliveries_are_later_and_nothing_is_lost(self):
        self.disk.fill()
        self.changes_are_later(["No space left on device"])
        self.site.must("vverifypw", BOB, PASSWORD)
        self.site.must("vuserinfo", BOB)
        self.disk.clear()
        self.nothing_is_lost()

    def test_lmtp_is_later_and_goes_on_when_there_is_room(self):
        address = ("127.0.0.1", process.free_port())
        self.site.start("vlmtpd", "-l", "%s:%d" % address, address=address)
        with socket.create_connection(address, timeout=20) as connection, connection.makefile("rb") as replies:
            def ask(line):
                connection.sendall(line)
                reply = replies.readline()
                while reply[3:4] == b"-":
                    reply = replies.readline()
                return reply.decode()
            ask(b"")
            ask(b"LHLO x\r\n")
            for is_full in (True, False):
                if is_full:
                    self.disk.fill()
                else:
                    self.disk.clear()
                ask(b"MAIL FROM:<a@b.example>\r\n")
                ask(b"RCPT TO:<bob@example.org>\r\n")
                ask(b"DATA\r\n")
                reply = ask(b"Subject: x\r\n\r\n" + b"y" * 900 + b"\r\n" * 4096 + b".\r\n")
                self.assertRegex(reply, "^45[12] 4" if is_full else "^250 ")
        self.assertEqual(os.listdir(self.maildir + "/tmp"), [])
        self.assertEqual(len(os.listdir(self.maildir + "/new")), 1)

    def test_pop3_reads_and_deletes_on_a_full_disk(self):
        for _ in range(2):
            self.assertEqual(self.deliver().status, 0)
        address = ("127.0.0.1", process.free_port())
        self.site.start("qmail-popup", "-l", "%s:%d" % address, "mail.example.org", Installed.get().program("vchkpw"),
                        Installed.get().program("qmail-pop3d"), "Maildir", address=address)
        self.disk.fill()
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(b"USER %s\r\nPASS %s\r\nSTAT\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n" % (BOB.encode(), PASSWORD.encode()))
            text = b""
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                text += part
        self.assertNotIn(b"-ERR", text)
        self.assertIn(b"y" * 5000, text)
        self.assertEqual(len(os.listdir(self.maildir + "/new") + os.listdir(self.maildir + "/cur")), 1)


class ReadOnlyTest(DiskTest):
    def test_changes_are_later_and_nothing_is_lost(self):
        self.disk.remount("ro")
        try:
            self.changes_are_later(["Read-only file system"])
        finally:
            self.disk.remount("rw")
        self.nothing_is_lost()


class OthersPartsTest(DiskTest):
    privileged = True

    def test_parts_of_a_maildir_that_belong_to_another_are_later_and_keep_their_owner(self):
        for part in ("new", "tmp"):
            path = os.path.join(self.maildir, part)
            os.chown(path, 4000000001, 4000000002)
            with self.subTest(part):
                result = self.deliver()
                self.assertEqual(result.status, 111, result)
                self.assertIn("Permission denied", result.out + result.err)
                self.assertEqual(os.stat(path).st_uid, 4000000001)
            os.chown(path, self.site.owner.uid, self.site.owner.gid)
        self.assertEqual(self.deliver().status, 0)
        for part in ("new", "tmp"):
            self.assertLessEqual(len(os.listdir(os.path.join(self.maildir, part))), 1)


class OwnersTest(unittest.TestCase):
    """Root runs every command; the domain belongs to a user and group that nobody else has."""
    UID, GID = 4000000001, 4000000002

    def test_all_that_is_made_below_the_domain_is_its_owners(self):
        self.site = Site({"log_target": "stderr", "password_scheme": "ssha"}, privileged=True)
        self.addCleanup(self.site.close)
        self.site.must("vadddomain", "-i", self.UID, "-g", self.GID, DOMAIN, PASSWORD)
        for command in (["vadduser", BOB, PASSWORD], ["vadduser", "--lazy-home", "-e", HASH, "lazy@" + DOMAIN],
                        ["vmoduser", "-c", "changed", BOB], ["vpasswd", BOB, PASSWORD], ["vsetuserquota", BOB, "1M"],
                        ["vaddaliasdomain", "alias.example", DOMAIN], ["valias", "-i", "&a@b.example", "info@" + DOMAIN],
                        ["vmoddomlimits", "-P", "9", DOMAIN], ["vmkpasswd", DOMAIN], ["vuserinfo", "-D", DOMAIN],
                        ["vverifypw", BOB, PASSWORD], ["vdominfo", DOMAIN], ["vadduser", "-e", HASH, "gone@" + DOMAIN],
                        ["vdeluser", "gone@" + DOMAIN], ["vcheck"]):
            with self.subTest(command=command):
                self.site.must(*command)
                self.check_owners()
        self.site.must("vadduser", "--batch", "-", stdin='{"address":"b1@%s","password_hash":"%s"}\n' % (DOMAIN, HASH))
        for user in ("bob", "lazy"):
            self.assertEqual(self.site.run("vdelivermail", "", "bounce-no-mailbox", stdin=b"Subject: x\n\n",
                                           env=dict(ENVIRONMENT, EXT=user)).status, 0)
        self.check_owners()
        self.site.must("vdeldomain", "-f", DOMAIN)
        self.assertFalse(os.path.exists(self.site.path("V/domains/" + DOMAIN)))

    def check_owners(self):
        top = self.site.path("V/domains/" + DOMAIN)
        for folder, folders, names in os.walk(top):
            for path in [folder] + [os.path.join(folder, name) for name in folders + names]:
                info = os.lstat(path)
                self.assertEqual((info.st_uid, info.st_gid), (self.UID, self.GID), path)


if __name__ == "__main__":
    unittest.main()
