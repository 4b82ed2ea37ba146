"""The program of the setting onchange is told of each change, on every store and by every program alike."""
import os
import time
import unittest

from harness import stores

DOMAIN = "example.org"
TELL = """#!/bin/sh
{ for word; do printf '[%%s]' "$word"; done; printf ' %%s\\n' "$(id -u)"; } >>%s
"""


class Told:
    def setUp(self):
        super().setUp()
        self.told_file = self.site.write("run/told", "", 0o666)
        self.program = self.site.write("V/etc/onchange", TELL % self.told_file, 0o755)
        self.site.configure(onchange="yes")

    def told(self):
        """What the program was told since this was asked last."""
        lines = self.site.read("run/told").decode().splitlines()
        self.site.write("run/told", "", 0o666)
        uid = str(self.site.owner.uid)
        for line in lines:
            self.assertEqual(line.rsplit(" ", 1)[1], uid, "not as the owner: " + line)
        return [line.rsplit(" ", 1)[0] for line in lines]

    def check(self, words, *command, **more):
        self.site.must(*command, **more)
        self.assertEqual(self.told(), words)

    def walk(self):
        self.check(["[add_domain][example.org][-][]", "[add_user][postmaster@example.org][-][]"],
                   "vadddomain", DOMAIN, "a long password")
        self.check(["[add_alias_domain][example.net][example.org][]"], "vaddaliasdomain", "example.net", DOMAIN)
        self.check(["[add_user][ann@example.org][-][]"], "vadduser", "ann@" + DOMAIN, "a long password")
        self.check(["[add_user][bob@example.org][-][]"], "vadduser", "bob@example.net", "a long password")
        self.check(["[mod_user][ann@example.org][-][]"], "vpasswd", "ann@" + DOMAIN, "another password")
        self.check(["[mod_user][ann@example.org][-][]"], "vmoduser", "-c", "Ann; $(id) `id`", "ann@" + DOMAIN)
        self.check(["[mod_user][ann@example.org][-][]"], "vsetuserquota", "ann@" + DOMAIN, "10M")
        self.check(["[valias_insert][info@example.org][&ann@example.org; $(id)][]"],
                   "valias", "-i", "&ann@example.org; $(id)", "info@" + DOMAIN)
        self.check(["[valias_delete][info@example.org][-][]"], "valias", "-d", "info@" + DOMAIN)
        self.check(["[del_user][ann@example.org][-][]"], "vdeluser", "ann@" + DOMAIN)
        self.check(["[del_domain][example.net alias of example.org][-][]"], "vdeldomain", "example.net")
        self.check(["[del_domain][example.org][-][]"], "vdeldomain", DOMAIN)


class Hook(Told):
    def test_each_change_is_told_in_the_words_of_5_6(self):
        self.walk()

    def test_what_is_only_read_or_refused_is_not_told(self):
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.told()
        for command in (("vdominfo",), ("vuserinfo", "postmaster@" + DOMAIN), ("valias", DOMAIN),
                        ("vadduser", "postmaster@" + DOMAIN, "a long password"), ("vdeluser", "nobody@" + DOMAIN),
                        ("vdeldomain", "nowhere.example"), ("vadddomain", DOMAIN, "a long password")):
            self.site.run(*command)
        self.assertEqual(self.told(), [])

    def test_each_account_of_a_batch_is_told_once(self):
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.told()
        batch = ["user%d@%s,a long password" % (n, DOMAIN) for n in (0, 1, 2, 3, 4, 1)]
        self.site.run("vadduser", "--batch", "-", stdin="\n".join(["address,password"] + batch).encode() + b"\n")
        self.assertEqual(self.told(), ["[add_user][user%d@example.org][-][]" % n for n in range(5)])

    def test_before_and_after(self):
        self.site.configure(onchange_before_and_after="yes")
        self.check(["[add_domain][example.org][-][before]", "[add_user][postmaster@example.org][-][before]",
                    "[add_domain][example.org][-][after]", "[add_user][postmaster@example.org][-][after]"],
                   "vadddomain", DOMAIN, "a long password")
        for command in (("vadduser", "ann@" + DOMAIN, "a long password"), ("vmoduser", "-c", "x", "ann@" + DOMAIN),
                        ("valias", "-i", "&ann@" + DOMAIN, "info@" + DOMAIN), ("vdeluser", "ann@" + DOMAIN),
                        ("vaddaliasdomain", "example.net", DOMAIN), ("vdeldomain", "-f", DOMAIN)):
            self.site.must(*command)
            moments = [line.rsplit("[", 1)[1] for line in self.told()]
            self.assertEqual(moments, ["before]", "after]"], command)

    def test_a_learned_password_is_told(self):
        self.site.configure(learn_passwords="yes")
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.must("vadduser", "-e", "", "ann@" + DOMAIN)
        self.told()
        login = b"ann@example.org\0a long password\0\0"
        self.assertEqual(self.site.run("vchkpw", "/bin/true", fd3=login).status, 0)
        self.assertEqual(self.told(), ["[mod_user][ann@example.org][-][]"])
        self.assertEqual(self.site.run("vchkpw", "/bin/true", fd3=login).status, 0)
        self.assertEqual(self.told(), [])

    def test_whatever_becomes_of_the_program_the_change_stands_and_it_is_logged(self):
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.configure(onchange_seconds=1)
        slow = "#!/bin/sh\nsleep 60\n"
        for number, (text, mode, words) in enumerate((
                ("#!/bin/sh\nexit 3\n", 0o755, "exited with 3"), ("#!/bin/sh\nkill -9 $$\n", 0o755, "killed by signal 9"),
                (slow, 0o755, "did not end within 1 seconds"), ("#!/nowhere/sh\n", 0o755, "cannot run"),
                (TELL % self.told_file, 0o644, "cannot run"), (TELL % self.told_file, 0o777, "it is not run"))):
            self.site.write("V/etc/onchange", text, mode)
            began = time.monotonic()
            result = self.site.must("vadduser", "user%d@%s" % (number, DOMAIN), "a long password")
            self.assertLess(time.monotonic() - began, 20)
            self.assertIn(words, result.err)
            self.site.must("vuserinfo", "user%d@%s" % (number, DOMAIN))
        os.unlink(self.program)
        result = self.site.must("vdeluser", "user0@" + DOMAIN)
        self.assertIn("onchange del_user user0@example.org -", result.err)
        self.assertNotEqual(self.site.run("vuserinfo", "user0@" + DOMAIN).status, 0)

    def test_a_program_that_changes_what_it_is_told_of_is_not_started_again(self):
        command = self.site.installed.program("vmoduser")
        self.site.must("vadddomain", DOMAIN, "a long password")
        self.site.write("V/etc/onchange", (TELL % self.told_file) + '%s -c told "$2"\n' % command, 0o755)
        self.told()
        self.check(["[add_user][ann@example.org][-][]"], "vadduser", "ann@" + DOMAIN, "a long password")
        self.assertEqual(self.site.must("vuserinfo", "-c", "ann@" + DOMAIN).out, "told\n")

    def test_another_program_and_a_log(self):
        other = self.site.write("run/other", TELL % self.told_file, 0o755)
        self.site.configure(onchange_program=other, log_changes="yes")
        result = self.site.must("vadddomain", DOMAIN, "a long password")
        self.assertEqual(len(self.told()), 2)
        self.assertIn("vpopmail-logger: add_domain example.org -", result.err)
        self.site.configure(onchange="no")
        result = self.site.must("vadduser", "ann@" + DOMAIN, "a long password")
        self.assertEqual(self.told(), [])
        self.assertIn("vpopmail-logger: add_user ann@example.org -", result.err)
        self.site.configure(log_changes=None)
        self.assertEqual(self.site.must("vdeluser", "ann@" + DOMAIN).err, "")


class AsRoot(Told, stores.CDBTest):
    privileged = True

    def test_root_runs_it_as_the_owner_of_the_domain(self):
        self.walk()


stores.on_every_store(globals(), Hook)

if __name__ == "__main__":
    unittest.main()
