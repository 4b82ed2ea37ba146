"""dotqmail2valias, vsavealiasdomains and vrcptcheck on every store."""
import json
import os
import unittest

from harness import stores

DOMAIN, HASH = "example.org", "abNANd1rDfiNc"


class Aliases:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.must("vadduser", "-e", HASH, "ann@" + DOMAIN)

    @property
    def keeps_aliases(self):
        return getattr(self, "engine", None) is not None

    def file(self, name, text):
        return self.site.write("V/domains/%s/.qmail-%s" % (DOMAIN, name), text, 0o600)

    def is_there(self, name):
        return os.path.exists(self.site.path("V/domains/%s/.qmail-%s" % (DOMAIN, name)))

    # dotqmail2valias

    def test_aliases_move_from_files_into_the_store(self):
        self.file("info", "&ann@example.org\n&b@elsewhere.example\n")
        self.file("first:last", "&ann@example.org\n")
        self.file("list", "|/usr/bin/ezmlm-reject '/x'\n|/usr/bin/ezmlm-send '/x'\n")
        result = self.site.run("dotqmail2valias", DOMAIN)
        if not self.keeps_aliases:
            self.assertEqual(result.status, 255, repr(result))
            self.assertTrue(self.is_there("info"))
            return
        self.assertEqual(result.status, 0, repr(result))
        self.assertEqual(result.out.splitlines()[0], "converting " + DOMAIN)
        self.assertIn("  checking info@%s... converted 2 entries.\n" % DOMAIN, result.out)
        self.assertIn("  checking first.last@%s... converted 1 entries.\n" % DOMAIN, result.out)
        self.assertEqual([self.is_there(name) for name in ("info", "first:last", "list", "default")],
                         [False, False, True, True])
        self.assertEqual(self.site.must("valias", "info@" + DOMAIN).out,
                         "info@{0} -> &ann@example.org\ninfo@{0} -> &b@elsewhere.example\n".format(DOMAIN))
        again = self.site.must("dotqmail2valias", "-a").out
        self.assertNotIn("converted", again)

    def test_move_that_was_interrupted_is_ended_and_others_entries_are_kept(self):
        if not self.keeps_aliases:
            return
        self.site.must("valias", "-i", "&ann@example.org", "info@" + DOMAIN)
        self.site.must("valias", "-i", "&other@example.org", "sales@" + DOMAIN)
        self.file("info", "&ann@example.org\n")
        self.file("sales", "&ann@example.org\n")
        out = self.site.must("dotqmail2valias", "-a").out
        self.assertIn("info@%s... converted 1 entries." % DOMAIN, out)
        self.assertIn("sales@%s... has other entries in the store already, left alone." % DOMAIN, out)
        self.assertEqual((self.is_there("info"), self.is_there("sales")), (False, True))

    # vsavealiasdomains

    def test_alias_domains_of_the_file_come_into_the_store(self):
        folder, owner = self.site.path("V/domains/" + DOMAIN), self.site.owner
        old = self.site.read("Q/users/assign").decode()
        target = "-:%s:%d:%d:%s:-::" % (DOMAIN, owner.uid, owner.gid, folder)
        lines = [line for line in old.splitlines() if line != "."] + ["+a%d.example%s" % (n, target) for n in (1, 2)]
        if not self.keeps_aliases:
            result = self.site.run("vsavealiasdomains", "-A")
            self.assertEqual(result.status, 255, repr(result))
            return
        self.site.write("Q/users/assign", "\n".join(sorted(lines) + [".", ""]))
        out = self.site.must("vsavealiasdomains", "-A").out
        self.assertEqual(out, "".join("Alias: a%d.example Real domain: %s saved\n" % (n, DOMAIN) for n in (1, 2)))
        self.assertEqual(self.site.must("vsavealiasdomains", DOMAIN).out, out)
        self.assertEqual(self.site.must("vsavealiasdomains", DOMAIN, "b.example").out,
                         "Alias: b.example Real domain: %s saved\n" % DOMAIN)
        self.assertEqual(self.site.must("vuserinfo", "-n", "ann@a2.example").out, "ann\n")
        self.assertEqual(self.site.run("vsavealiasdomains", "nowhere.example", "c.example").status, 245)

    # vrcptcheck

    def check(self, address, *arguments):
        result = self.site.run("vrcptcheck", *arguments, fd3=address.encode())
        self.assertEqual(result.out, "")
        return result.status

    def test_recipients_are_those_to_whom_mail_can_be_delivered(self):
        self.site.must("vaddaliasdomain", DOMAIN, "alias.example")
        self.site.must("valias", "-i", "&ann@example.org", "info@" + DOMAIN)
        self.file("default", "| %s/bin/vdelivermail '' delete\n" % self.site.home)
        self.site.write("V/domains/%s/ROBOT/message" % DOMAIN, "From: x\n")
        self.site.write("Q/alias/.qmail-host:name", "&root\n")
        self.site.write("Q/alias/.qmail-dev-default", "&root\n")
        there = ("ann@" + DOMAIN, "ANN@" + DOMAIN, "ann@alias.example", "info@" + DOMAIN, "robot@" + DOMAIN,
                 "host.name@" + DOMAIN, "dev@" + DOMAIN, "ann@%s\n" % DOMAIN)
        for address in there:
            self.assertEqual(self.check(address), 0, address)
        for address in ("nobody@" + DOMAIN, "ann@nowhere.example", "ann", "", "a b@" + DOMAIN, "@" + DOMAIN):
            self.assertEqual(self.check(address), 1, address)

    def test_recipient_that_nobody_can_tell_of_is_for_later(self):
        self.assertEqual(self.site.run("vrcptcheck").status, 111)
        self.site.write("V/etc/vpopmail.conf", "nonsense\n")
        self.assertEqual(self.check("ann@" + DOMAIN), 111)


stores.on_every_store(globals(), Aliases)


if __name__ == "__main__":
    unittest.main()
