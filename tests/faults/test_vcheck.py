"""Whatever command is killed at whatever file call: vcheck --repair mends what it left, and finds nothing afterwards."""
import os
import unittest

from faults import powercut
from faults.driver import KILLS, every_fault
from harness.site import SiteTest

DOMAIN = "example.org"


class KilledCommand(SiteTest):
    settings = {"password_scheme": "md5"}

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "secretword")
        self.site.must("vadduser", "bob@" + DOMAIN, "secretword")

    def grow_old(self):
        """Empty homes of commands that ended long ago: a fresh one may be of a command at work."""
        for at, folders, _ in os.walk(self.site.path("V/domains")):
            for name in folders:
                os.utime(os.path.join(at, name), (0, 0))

    def give_all(self):
        """A rebuilt file is the test's own, where that is root's."""
        for at, folders, files in os.walk(self.site.folder):
            for name in folders + files:
                self.site.give(os.path.join(at, name))

    def assert_mended(self):
        self.grow_old()
        result = self.site.run("vcheck", "--repair")
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assert_clean()

    def assert_clean(self):
        result = self.site.run("vcheck")
        self.assertEqual((result.status, result.out, result.err), (0, "", ""), result)

    def prove(self, program, *arguments, again=(0,)):
        """Killed anywhere, mended, and done again: it works, or there is nothing to be done any more."""
        def check(fault):
            del fault
            self.assert_mended()
            result = self.site.run(program, *arguments)
            self.assertIn(result.status, again, result)
            self.assert_clean()
        runs = every_fault(self.site.folder, lambda environment: self.site.run(program, *arguments, env=environment),
                           check, KILLS)
        self.assertGreater(runs, 20)

    def prove_power_cut(self, program, *arguments):
        """Whatever the disk holds after a power cut is mended; the command that ended before it is done."""
        def check(state):
            del state
            self.give_all()
            self.assert_mended()
        states = powercut.every_cut(self.site.folder,
                                    lambda environment: self.site.run(program, *arguments, env=environment), check)
        self.assertGreater(states, 20)

    def prove_kept(self, run, is_kept):
        """What run(environment) did with several commands is there after a power cut behind them, and after the repair."""
        def check(state):
            if state.is_after_the_end:
                self.give_all()
                self.assert_mended()
                self.assertTrue(is_kept(), "gone")
        self.assertGreater(powercut.every_cut(self.site.folder, run, check), 20)

    def test_a_power_cut_takes_no_mail_from_an_account_that_was_removed_and_added_again(self):
        address, maildir = "bob@" + DOMAIN, self.site.path("V/domains/%s/bob/Maildir" % DOMAIN)

        def run(environment):
            self.site.must("vdeluser", address, env=environment)
            self.site.must("vadduser", address, "secretword", env=environment)
            return self.site.must("vdelivermail", "", "bounce-no-mailbox", stdin=b"Subject: kept\n\n",
                                  env=dict(environment, EXT="bob", HOST=DOMAIN))
        self.prove_kept(run, lambda: len(os.listdir(maildir + "/new")) == 1)

    def test_a_power_cut_brings_no_finished_note_back(self):
        self.site.must("vadddomain", "name.example", "secretword")

        def run(environment):
            self.site.must("vdeldomain", "name.example", env=environment)
            return self.site.must("vaddaliasdomain", "name.example", DOMAIN, env=environment)
        self.prove_kept(run, lambda: self.site.run("vuserinfo", "bob@name.example").status == 0)

    def test_a_power_cut_during_vadduser(self):
        self.prove_power_cut("vadduser", "ann@" + DOMAIN, "secretword")

    def test_a_power_cut_during_vdeluser(self):
        self.prove_power_cut("vdeluser", "bob@" + DOMAIN)

    def test_a_power_cut_during_vdeldomain(self):
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.prove_power_cut("vdeldomain", "-f", DOMAIN)

    def test_a_power_cut_during_vadddomain(self):
        self.prove_power_cut("vadddomain", "new.example", "secretword")

    def test_vadddomain(self):
        self.prove("vadddomain", "new.example", "secretword", again=(0, 243))

    def test_vaddaliasdomain(self):
        self.prove("vaddaliasdomain", "alias.example", DOMAIN, again=(0, 255))

    def test_vadduser(self):
        self.prove("vadduser", "ann@" + DOMAIN, "secretword", again=(0, 255, 254))

    def test_vdeluser(self):
        self.prove("vdeluser", "bob@" + DOMAIN, again=(0, 246, 245))

    def test_vdeldomain(self):
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.prove("vdeldomain", "-f", DOMAIN, again=(0, 245))

    def test_vmoduser(self):
        self.prove("vmoduser", "-c", "changed", "bob@" + DOMAIN)

    def test_vcheck_itself(self):
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.site.write("Q/control/virtualdomains", "gone.example:gone.example\n")
        self.site.write("Q/control/rcpthosts", "")
        for name in ("vpasswd.cdb", ".qmail-default", ".dir-control"):
            os.unlink(self.site.path("V/domains/%s/%s" % (DOMAIN, name)))
        os.rmdir(self.site.path("V/domains/%s/bob/Maildir/tmp" % DOMAIN))
        os.chmod(self.site.path("V/domains/" + DOMAIN), 0o755)
        self.prove("vcheck", "--repair")


if __name__ == "__main__":
    unittest.main()
