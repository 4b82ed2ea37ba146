"""Damaged files of the store under every command: never a wrong answer, never a "no" that is a maybe."""
import os
import unittest

from harness.accounts import quick_hash
from harness.site import IN_MEMORY, Site
from harness.tree import Tree

DOMAIN = "example.org"
BOB = "bob@" + DOMAIN
PASSWORD = "a long password"
ENVIRONMENT = {"EXT": "bob", "HOST": DOMAIN, "SENDER": "a@b.example", "LOCAL": "bob", "RECIPIENT": BOB,
               "RPLINE": "Return-Path: <a@b.example>\n", "DTLINE": "Delivered-To: x@y\n"}

# What is asked of a whole store, and answered with 0. Each names bob, who is there, so that "no such user" is always wrong.
READERS = [["vuserinfo", BOB], ["vuserinfo", "-D", DOMAIN], ["vverifypw", BOB, PASSWORD], ["vdelivermail", "", "bounce-no-mailbox"],
           ["vchkpw"], ["vdominfo", DOMAIN]]
WRITERS = [["vadduser", "new@" + DOMAIN, PASSWORD], ["vmoduser", "-p", BOB], ["vpasswd", BOB, PASSWORD],
           ["vsetuserquota", BOB, "1M"], ["vsetuserquota", DOMAIN, "1M"], ["vdeluser", BOB], ["vmkpasswd", DOMAIN]]
OF_DOMAINS = [["valias", "-i", "&a@b.example", "info@" + DOMAIN], ["vmoddomlimits", "-P", "7", DOMAIN], ["vdeldomain", DOMAIN],
              ["vaddaliasdomain", "alias.example", DOMAIN], ["vipmap", "-a", "192.0.2.1", DOMAIN]]


class StoreTest(unittest.TestCase):
    accounts = 1
    settings = {"log_target": "stderr", "password_scheme": "ssha"}

    def setUp(self):
        self.site = Site(dict(self.settings), parent=IN_MEMORY)
        self.addCleanup(self.site.close)
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", "-e", quick_hash(PASSWORD), BOB)
        self.fill()
        self.true = self.site.write("run/true", "#!/bin/sh\n", 0o755)
        self.tree = Tree(self.site)

    def fill(self):
        pass

    def run_command(self, command):
        if command[0] == "vchkpw":
            return self.site.run("vchkpw", self.true, fd3=b"%s\0%s\0\0" % (BOB.encode(), PASSWORD.encode()),
                                 env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.7"})
        return self.site.run(*command, stdin=b"Subject: x\n\n", env=ENVIRONMENT)

    def damaged(self, name, whole):
        """Every kind of damage to a file, cut lengths thinned out: (what was done, its bytes); >4 GiB is None."""
        size = len(whole)
        lengths = sorted({0, 1, 7, 8, 9, 2047, 2048, 2049, size // 2, size - 17, size - 9, size - 8, size - 1})
        for length in lengths:
            if 0 <= length < size:
                yield "%s cut to %d of %d" % (name, length, size), whole[:length]
        yield name + " zeroed", b"\0" * size
        yield name + " foreign", b"SQLite format 3\0" + b"\xff" * size
        yield name + " beyond 4 GiB", None

    def put(self, name, content):
        path = self.site.path(name)
        if content is None:
            with open(path, "ab") as out:
                out.truncate((4 << 30) + 4096)
        else:
            self.site.write(name, content, 0o600)

    def is_later(self, result, *names):
        """111, or what says that to a mail program; the file is named, and nobody is said not to be there."""
        self.assertEqual(result.status, 111, result)
        words = result.out + result.err
        self.assertTrue(any(name in words for name in names), result)
        for no in ("no such user", "not exist", "no mailbox", "not found", "nvalid"):
            self.assertNotIn(no, words)


class UsersCdbTest(StoreTest):
    def test_a_damaged_users_cdb_is_answered_from_users_assign(self):
        whole = self.site.read("Q/users/cdb")
        for what, content in self.damaged("users/cdb", whole):
            for command in READERS:
                self.put("Q/users/cdb", content)
                with self.subTest(what, command=command):
                    result = self.run_command(command)
                    self.assertEqual(result.status, 0, result)

    def test_a_damaged_users_cdb_without_users_assign_is_later(self):
        whole = self.site.read("Q/users/cdb")
        os.unlink(self.site.path("Q/users/assign"))
        self.tree.before = self.tree.state()
        for what, content in self.damaged("users/cdb", whole):
            for command in READERS + WRITERS + OF_DOMAINS:
                self.put("Q/users/cdb", content)
                with self.subTest(what, command=command):
                    self.is_later(self.run_command(command), "users/cdb", "users/assign")


class VpasswdTest(StoreTest):
    base = "V/domains/%s/vpasswd" % DOMAIN

    def test_a_damaged_vpasswd_cdb_is_answered_from_vpasswd(self):
        whole = self.site.read(self.base + ".cdb")
        for what, content in self.damaged("vpasswd.cdb", whole):
            for command in READERS:
                self.put(self.base + ".cdb", content)
                with self.subTest(what, command=command):
                    result = self.run_command(command)
                    self.assertEqual(result.status, 0, result)

    def test_a_change_makes_a_damaged_vpasswd_cdb_anew(self):
        whole = self.site.read(self.base + ".cdb")
        for what, content in list(self.damaged("vpasswd.cdb", whole))[::3] + [("beyond 4 GiB", None)]:
            for command in WRITERS:
                self.tree.restore()
                self.put(self.base + ".cdb", content)
                with self.subTest(what, command=command):
                    result = self.run_command(command)
                    self.assertEqual(result.status, 0, result)
                    self.assertIn(b"postmaster", self.site.read(self.base + ".cdb"))

    def test_a_vpasswd_that_was_lost_takes_no_account_with_it(self):
        cdb = self.site.read(self.base + ".cdb")
        for left in (None, b""):
            for command in READERS[:5] + WRITERS:
                self.tree.restore()
                os.unlink(self.site.path(self.base))
                if left is not None:
                    self.put(self.base, left)
                with self.subTest(command=command, left=left):
                    result = self.run_command(command)
                    if command in (["vmkpasswd", DOMAIN], ["vuserinfo", "-D", DOMAIN]):
                        self.is_later(result, "vpasswd")
                    else:
                        self.assertIn(result.status, (0, 111), result)
                    self.assertEqual(self.site.read(self.base + ".cdb"), cdb)
                    self.site.must("vuserinfo", "postmaster@" + DOMAIN)
                    if command[0] != "vdeluser":
                        self.site.must("vuserinfo", BOB)

    def test_without_a_whole_vpasswd_a_damaged_vpasswd_cdb_is_later(self):
        whole, text = self.site.read(self.base + ".cdb"), self.site.read(self.base)
        for cut in (None, text[:-1], text[:len(text) // 2 - 3]):
            for what, content in self.damaged("vpasswd.cdb", whole):
                self.put(self.base + ".cdb", content)
                if cut is None:
                    os.unlink(self.site.path(self.base))
                else:
                    self.put(self.base, cut)
                self.tree.before = self.tree.state()
                for command in READERS[:5] + WRITERS:
                    with self.subTest(what, command=command, vpasswd=cut):
                        self.is_later(self.run_command(command), "vpasswd")
                        self.assertEqual(self.tree.changes(), [])
                self.put(self.base, text)


class LevelsTest(StoreTest):
    """A domain so big that its changes go through a journal and a delta."""
    base = "V/domains/%s/" % DOMAIN

    def fill(self):
        filler = "".join("u%05d:%s:1:0:%s::NOQUOTA\n" % (number, "x" * 60, "c" * 60) for number in range(2200))
        self.site.write(self.base + "vpasswd", self.site.read(self.base + "vpasswd") + filler.encode(), 0o600)
        self.site.must("vmkpasswd", DOMAIN)
        rows = "address,password_hash,comment\n" + "".join("w%04d@%s,%s,%s\n" % (number, DOMAIN, "y" * 60, "c" * 60)
                                                           for number in range(600))
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin=rows)
        self.site.must("vmoduser", "-c", "in the journal", BOB)
        self.site.must("vmoduser", "-c", "in the journal", "postmaster@" + DOMAIN)
        for name in (".vpasswd.journal", ".vpasswd.delta.cdb"):
            self.assertTrue(os.path.exists(self.site.path(self.base + name)), name)

    def test_a_damaged_delta_is_later(self):
        # what is in the journal is younger, and answered; the others are asked for here
        whole = self.site.read(self.base + ".vpasswd.delta.cdb")
        readers = [["vuserinfo", "u00007@" + DOMAIN], ["vuserinfo", "nobody@" + DOMAIN], ["vuserinfo", "-D", DOMAIN],
                   ["vverifypw", "w0001@" + DOMAIN, PASSWORD], ["vdeluser", "u00007@" + DOMAIN],
                   ["vadduser", "-e", "x", "nobody@" + DOMAIN]] + WRITERS[:1] + WRITERS[4:5] + WRITERS[6:]
        for what, content in self.damaged("delta", whole):
            self.put(self.base + ".vpasswd.delta.cdb", content)
            self.tree.before = self.tree.state()
            for command in readers:
                with self.subTest(what, command=command):
                    self.is_later(self.run_command(command), ".vpasswd.delta.cdb")
                    self.assertEqual(self.tree.changes(), [])

    def test_a_bad_byte_inside_the_journal_is_later_for_everybody(self):
        whole = self.site.read(self.base + ".vpasswd.journal")
        for place in (0, 5, 20, 30):
            self.put(self.base + ".vpasswd.journal", whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
            self.tree.before = self.tree.state()
            for command in READERS[:5] + WRITERS:
                with self.subTest(place=place, command=command):
                    self.is_later(self.run_command(command), ".vpasswd.journal")
                    self.assertEqual(self.tree.changes(), [])

    def test_a_journal_cut_at_any_length_ends_before_it(self):
        whole = self.site.read(self.base + ".vpasswd.journal")
        seen = set()
        for length in range(0, len(whole), 5):
            self.put(self.base + ".vpasswd.journal", whole[:length])
            seen.add(self.site.must("vuserinfo", "-c", BOB).out.strip())
        self.assertEqual(seen, {"bob", "in the journal"})

    def test_a_journal_that_is_too_long_or_foreign_is_later(self):
        for what, content in (("64 KiB of x", b"x" * 65537), ("16 MiB", b"\n" * (16 << 20)), ("beyond 4 GiB", None)):
            self.put(self.base + ".vpasswd.journal", content)
            with self.subTest(what):
                self.is_later(self.run_command(["vuserinfo", BOB]), ".vpasswd.journal")


if __name__ == "__main__":
    unittest.main()
