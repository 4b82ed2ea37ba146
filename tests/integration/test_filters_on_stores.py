"""Filters on every store: flags and limits, counters, domains of other users, and a disk that fills while a filter runs."""
import glob
import json
import os
import pwd
import unittest

from harness import stores
from harness.filtered import Filtered, MAILDROP, SPAM, SPAMC
from harness.mail import BODY
from harness.spamd import Spamd
from integration.test_full_disk import Disk

DOMAIN, BOB, PASSWORD = "example.org", "bob@example.org", "a long password"
FAILS = "put(text)\nsys.exit(1)\n"
NEEDED = {"spamc": SPAMC, "maildrop": MAILDROP}


class Site(Filtered):
    """example.org with bob, made by the commands."""
    owner = ()

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", *self.owner, DOMAIN, PASSWORD)
        self.site.must("vadduser", BOB, PASSWORD)
        self.home = self.site.must("vuserinfo", "-d", BOB).out.strip()
        self.bob = self.home + "/Maildir"

    def needs(self, *names):
        for name in names:
            if not os.path.exists(NEEDED[name]):
                self.skipTest("needs " + name)

    def use_spamd(self):
        self.needs("spamc")
        self.spamd = Spamd()
        self.addCleanup(self.spamd.close)
        self.site.configure(spamassassin="yes", spamc_program="%s -d 127.0.0.1 -p %d" % (SPAMC, self.spamd.port))

    def rules(self, text):
        path = os.path.join(self.home, ".mailfilter")
        with open(path, "w") as out:
            out.write(text)
        info = os.stat(self.home)
        os.chown(path, info.st_uid, info.st_gid)
        os.chmod(path, 0o600)

    def both(self, body=BODY):
        return self.deliver(body), self.deliver_by_lmtp(body)

    def stored(self, maildir=None):
        texts = []
        for path in sorted(glob.glob((maildir or self.bob) + "/new/*")):
            with open(path, "rb") as text:
                texts.append(text.read())
        return texts

    def usage(self):
        """What the store counts for bob; the files' store does not count."""
        result = self.site.run("vusage", "--json", BOB)
        return [(row["bytes"], row["messages"]) for row in map(json.loads, result.out.splitlines())]

    def usage_is(self, texts):
        if self.site.settings.get("auth") in stores.ENGINES:
            self.assertEqual(self.usage(), [(sum(map(len, texts)), len(texts))])


class Filters(Site):
    def test_spam_is_marked_and_deleted_where_account_or_domain_say_so(self):
        self.use_spamd()
        self.assertEqual(self.both(SPAM), (0, 250))
        for text in self.stored():
            self.assertIn(b"X-Spam-Checker-Version: stand-in\nX-Spam-Flag: YES\n", text)
        self.assertEqual((len(self.stored()), self.spamd.users), (2, [BOB] * 2))
        for on, off in ((("vmoduser", "--delete-spam", BOB), ("vmoduser", "-x", BOB)),
                        (("vmoddomlimits", "-g", "x", DOMAIN), ("vmoddomlimits", "-D", DOMAIN))):
            self.site.must(*on)
            self.assertEqual(self.both(SPAM), (0, 250))
            self.assertEqual(len(self.stored()), 2, on)
            self.site.must(*off)
        self.site.must("vmoddomlimits", "-g", "x", DOMAIN)
        self.site.must("vmoduser", "-o", BOB)
        self.assertEqual(self.deliver(SPAM), 0)
        self.assertEqual(len(self.stored()), 3, "who overrides the limits keeps his spam")
        self.usage_is(self.stored())

    def test_flags_and_limits_turn_spamc_off(self):
        self.use_spamd()
        for on, off in ((("vmoduser", "-f", BOB), ("vmoduser", "-x", BOB)),
                        (("vmoddomlimits", "-g", "c", DOMAIN), ("vmoddomlimits", "-D", DOMAIN))):
            self.site.must(*on)
            self.assertEqual(self.both(SPAM), (0, 250))
            self.assertEqual(self.spamd.users, [], on)
            self.site.must(*off)
        self.assertEqual(self.deliver(SPAM), 0)
        self.assertEqual(self.spamd.users, [BOB])

    def test_maildrop_delivers_by_the_accounts_rules_unless_flags_forbid(self):
        self.needs("maildrop")
        self.site.configure(maildrop="yes")
        self.assertEqual(self.both(), (0, 250))
        self.assertEqual(len(self.stored()), 2)
        self.usage_is(self.stored())
        self.rules("EXITCODE=100\nexit\n")
        self.assertEqual(self.both(), (100, 554))
        for on, off in ((("vmoduser", "-m", BOB), ("vmoduser", "-x", BOB)),
                        (("vmoddomlimits", "-g", "m", DOMAIN), ("vmoddomlimits", "-D", DOMAIN))):
            self.site.must(*on)
            self.assertEqual(self.both(), (0, 250))
            self.site.must(*off)
        self.assertEqual(self.deliver(), 100)
        self.assertEqual(len(self.stored()), 6)
        self.usage_is(self.stored())

    def test_what_delivery_filter_writes_is_stored_and_counted(self):
        self.site.configure(delivery_filter=self.script("filter", "put(b'X-Seen: yes\\n' + text + b'x' * 5000 + b'\\n')\n"))
        self.assertEqual(self.both(), (0, 250))
        for text in self.stored():
            self.assertIn(b"X-Seen: yes\n", text)
        self.usage_is(self.stored())
        self.site.must("vsetuserquota", BOB, "14000S")
        self.assertEqual(self.both(), (100, 552))
        self.assertEqual(len(self.stored()), 2)
        self.site.configure(delivery_filter=self.script("filter", "sys.exit(99)\n"))
        self.assertEqual(self.both(), (0, 250))
        self.usage_is(self.stored())

    def test_a_filter_that_fails_is_later_and_nothing_is_stored_or_counted(self):
        program = self.script("fails", FAILS)
        for setting, more in (("delivery_filter", {}), ("spamc_program", {"spamassassin": "yes"}), ("maildrop_program", {"maildrop": "yes"})):
            with self.subTest(setting):
                self.site.configure(**{setting: program}, **more)
                self.assertEqual(self.both(), (111, 451), self.result)
                self.nothing_is_stored()
                self.usage_is([])
                self.site.configure(**dict.fromkeys([setting] + list(more)))


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ByRoot(Site):
    """Root starts vdelivermail and vlmtpd; the domain is on a small disk."""
    privileged = True
    lmtp = 250

    def setUp(self):
        self.disk = Disk()
        self.addCleanup(self.disk.close)
        self.parent = self.disk.folder
        super().setUp()
        info = os.stat(self.home)
        self.ids = (info.st_uid, info.st_gid)

    def whole_disk(self, words):
        """A program that fills the disk, and then does what these words of the shell say."""
        self.filler = os.path.join(os.path.dirname(self.home), "filler")
        return self.site.write("V/full", "#!/bin/sh\ncat /dev/zero >%s 2>/dev/null\n%s\n" % (self.filler, words), 0o755)

    def faces(self):
        """Both ways in and what they answer."""
        return (self.deliver, 0), (self.deliver_by_lmtp, self.lmtp)

    def test_filters_run_as_the_owner_of_the_domain(self):
        self.needs("maildrop")
        said = os.path.join(os.path.dirname(self.home), "who")
        script = self.site.write("V/who", "#!/bin/sh\n(id -ru; id -rg; id -G; echo $HOME; pwd) >%s\nexec \"$@\"\n" % said, 0o755)
        expected = "%d\n%d\n%d\n%s\n%s\n" % (self.ids + (self.ids[1], self.home, self.home))
        count = 0
        for settings in ({"delivery_filter": script + " /bin/cat"}, {"spamassassin": "yes", "spamc_program": script + " /bin/sh -c cat"},
                         {"maildrop": "yes", "maildrop_program": script + " " + MAILDROP}):
            self.site.configure(**settings)
            for deliver, answer in self.faces():
                with self.subTest(deliver.__name__, **settings):
                    self.assertEqual(deliver(), answer, self.result)
                    count += answer != 451
                    self.assertEqual(len(self.stored()), count)
                    self.assertEqual(os.path.exists(said), answer != 451)
                    if answer != 451:
                        with open(said) as text:
                            self.assertEqual(text.read(), expected)
                        os.unlink(said)
            self.site.configure(**dict.fromkeys(settings))
        for path in glob.glob(self.home + "/**", recursive=True):
            self.assertEqual(os.lstat(path).st_uid, self.ids[0], path)

    def test_a_disk_that_fills_under_a_filter_is_later_and_nothing_is_lost(self):
        self.needs("maildrop")
        body = BODY + b"y" * 100000 + b"\n"
        for settings in ({"delivery_filter": self.whole_disk("exec cat")},
                         {"spamassassin": "yes", "spamc_program": self.whole_disk("exec cat")},
                         {"maildrop": "yes", "maildrop_program": self.whole_disk('exec %s "$@"' % MAILDROP)}):
            self.site.configure(**settings)
            for deliver, answer in self.faces():
                with self.subTest(deliver.__name__, **settings):
                    self.assertIn(deliver(body), (111, 451, 452), self.result)
                    self.assertEqual(os.path.exists(self.filler), answer != 451, "the filter ran")
                    if os.path.exists(self.filler):
                        os.unlink(self.filler)
                    self.nothing_is_stored()
            self.site.configure(**dict.fromkeys(settings))
        answers = [(deliver(body), answer) for deliver, answer in self.faces()]
        self.assertEqual([row[0] for row in answers], [row[1] for row in answers])
        self.assertEqual(len(self.stored()), sum(row[0] != 451 for row in answers))
        self.usage_is(self.stored())


class OtherOwner(ByRoot):
    """The domain belongs to a user whom maildrop finds in passwd, and who is not vlmtpd's."""
    person = pwd.getpwnam("daemon")
    owner = ("-i", person.pw_uid, "-g", person.pw_gid)

    def setUp(self):
        super().setUp()
        self.assertEqual(self.ids, self.owner[1::2])
        if self.site.settings.get("auth") == "sqlite":
            self.lmtp = 451  # the file of the store is not his to open


stores.on_every_store(globals(), Filters)
stores.on_every_store(globals(), ByRoot, "ByRootOn")
stores.on_every_store(globals(), OtherOwner, "OtherOwnerOn")

if __name__ == "__main__":
    unittest.main()
