"""
Whatever file call of a command fails: it says so and what it was, the accounts are as before or as after, vcheck --repair
leaves nothing, and the command done again works. Exit status 0 means that the change is wholly there.
"""
import crypt
import errno
import os
import re
import unittest

from faults import snapshot
from faults.driver import ERRORS, FULL_DISK, every_fault
from harness.site import SiteTest

DOMAIN, OTHER = "example.org", "new.example"
OLD, NEW = "secretword", "otherword"
FAILURES = (errno.EIO, errno.ENOSPC)
SEPARATOR, FIELD = re.compile("^-{9,}\n", re.M), re.compile("^(name|passwd|clear passwd|gecos|flags|dir|quota): *(.*)$", re.M)
UNKNOWN_DOMAIN = 245
# A vpasswd of more than 256 KiB: only then a change stays in the journal.
MANY, LONG = 1400, 64
HASH = "$6$" + "s" * 16 + "$" + "h" * 86


class FailingCommand(SiteTest):
    settings = {"password_scheme": "md5"}

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, OLD)
        self.site.must("vadduser", "bob@" + DOMAIN, OLD)

    def accounts(self, domain=DOMAIN):
        """{user: {field: value}} by vuserinfo, None for no such domain. Nothing but these two answers is right."""
        result = self.site.run("vuserinfo", "-D", domain)
        if result.status == UNKNOWN_DOMAIN:
            return None
        self.assertEqual((result.status, result.err), (0, ""), result)
        found = {}
        for block in SEPARATOR.split(result.out):
            fields = dict(FIELD.findall(block))
            if fields:
                found[fields["name"]] = fields
        return found

    @staticmethod
    def has_password(account, password):
        return account is not None and crypt.crypt(password, account["passwd"]) == account["passwd"]

    def age(self):
        """Empty homes are vcheck's only when no command at work can have made them just now."""
        for at, folders, _ in os.walk(self.site.path("V/domains")):
            for name in folders:
                os.utime(os.path.join(at, name), (0, 0))

    def assert_repaired(self):
        self.age()
        result = self.site.run("vcheck", "--repair")
        self.assertEqual((result.status, result.err), (0, ""), result)
        if result.out:  # else it found nothing
            result = self.site.run("vcheck")
        self.assertEqual((result.status, result.out, result.err), (0, "", ""), result)

    def assert_told(self, result):
        """A failure is no crash, and its text names what it failed at: a file, a folder or a setting."""
        self.assertEqual(result.status, 111, "neither done nor later")
        self.assertRegex(result.err, r"\A%s: .*(%s|neither vpasswd.cdb nor vpasswd can tell); nothing was decided, try again "
                         r"later\n\Z" % (os.path.basename(result.command[0]), "|".join(map(os.strerror, FAILURES))))
        self.assertNotRegex(result.err, r"(folder|sync) \.:|\ba (file|folder):", "it does not say what")

    def content(self):
        """What the folder holds; files that only serve as locks say nothing."""
        return {name: (node.content, node.mode, node.owner) for name, node in snapshot.take(self.site.folder).items()
                if not (name.endswith(".lock") and node.content == b"")}

    def prove(self, command, state, is_new, exists=(0,), is_noted=lambda: False):
        """
        state() is asked after each fault; is_new(state) tells the new from the old one; exists: what repeating the command
        may say when it is done. It is repeated before the repair and after it, in turn. is_noted: what was begun is noted
        for vcheck, so that some of its files may be old and some new.
        """
        old, before, changes = state(), self.content(), 0
        self.assertFalse(is_new(old))

        def repeat(is_done):
            again = self.site.run(*command)
            self.assertIn(again.status, exists + (0,) if is_done else (0,), again)

        def check(fault):
            nonlocal changes
            if fault.result.status != 0:
                self.assert_told(fault.result)
                if self.content() == before:
                    return  # nothing has happened: the state is the old one, and the command works in it
            changes += 1
            found = state()
            if not is_new(found):
                self.assertTrue(found == old or is_noted(), "half, and no note: %r" % (found,))
                self.assertNotEqual(fault.result.status, 0, "0 without the change")
            if changes % 2 == 0:
                repeat(is_new(found))
            self.assert_repaired()
            if changes % 2 == 1:
                repeat(is_new(state()))
            self.assertTrue(is_new(state()), "not done although it was repeated")

        def run(environment):
            return self.site.run(*command, env=environment)
        runs = every_fault(self.site.folder, run, check, ERRORS[:1], reads=True)
        runs += every_fault(self.site.folder, run, check, FULL_DISK)
        self.assertGreater(changes, runs // 10)

    def others(self, accounts, user):
        return {name: account for name, account in (accounts or {}).items() if name != user}

    def prove_account(self, command, user, is_new, exists=()):
        others = self.others(self.accounts(), user)

        def is_new_and_alone(found):
            self.assertEqual(self.others(found, user), others, "another account has changed")
            return is_new(found.get(user))
        return self.prove(command, self.accounts, is_new_and_alone, exists)

    def test_vadduser(self):
        home = self.site.path("V/domains/%s/ann/Maildir/new" % DOMAIN)
        self.prove_account(("vadduser", "ann@" + DOMAIN, OLD), "ann",
                           lambda ann: self.has_password(ann, OLD) and os.path.isdir(home), (255,))

    def test_vdeluser(self):
        self.prove_account(("vdeluser", "bob@" + DOMAIN), "bob", lambda bob: bob is None, (246,))

    def test_vpasswd(self):
        self.prove_account(("vpasswd", "bob@" + DOMAIN, NEW), "bob", lambda bob: self.has_password(bob, NEW))

    def test_vadddomain(self):
        before = self.accounts()

        def state():
            """The domain's accounts, and its lines in qmail's files: mail comes in only for a domain that is known."""
            self.assertEqual(self.accounts(), before, "another domain has changed")
            found = self.accounts(OTHER)
            lines = [name for name in ("Q/control/rcpthosts", "Q/control/virtualdomains")
                     if OTHER in self.site.read(name).decode()]
            if lines:
                self.assertIsNotNone(found, "mail for a domain that is not there")
            return found, lines

        def is_new(found):
            accounts, lines = found
            return accounts is not None and self.has_password(accounts.get("postmaster"), OLD) and len(lines) == 2

        self.prove(("vadddomain", OTHER, OLD), state, is_new, (243,),
                   lambda: os.path.exists(self.site.path("V/domains/.intents/add-domain." + OTHER)))


    def test_the_fold_of_a_journal(self):
        lines = ["address,password_hash,comment"]
        lines += ["many%04d@%s,%s,%s" % (i, DOMAIN, HASH, "c" * LONG) for i in range(MANY)]
        self.site.must("vadduser", "--lazy-home", "--batch", "-", stdin="\n".join(lines) + "\n")
        self.site.must("vmkpasswd", DOMAIN)
        self.site.must("vmoduser", "-c", "changed", "bob@" + DOMAIN)
        self.site.must("vdeluser", "many0700@" + DOMAIN)
        folder = self.site.path("V/domains/" + DOMAIN)
        self.assertTrue(os.path.exists(folder + "/.vpasswd.journal"))
        listed = self.site.must("vuserinfo", "-D", DOMAIN).out
        self.assertIn("gecos: changed\n", listed)

        def is_folded():
            """Whatever level a change is on, the accounts are the same."""
            self.assertTrue(self.site.must("vuserinfo", "-D", DOMAIN).out == listed, "another list")
            return not any(os.path.exists(folder + name) for name in ("/.vpasswd.journal", "/.vpasswd.delta.cdb"))
        self.prove(("vmkpasswd", DOMAIN), is_folded, bool)


if __name__ == "__main__":
    unittest.main()
