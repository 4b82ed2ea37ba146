"""Commands that go through all accounts: vdeloldusers, vmakedotqmail, vusagec, and vchangepw for one."""
import json
import os
import pty
import select
import subprocess
import time
import unittest

from harness import stores

DOMAIN, HASH = "example.org", "abNANd1rDfiNc"
DAY = 24 * 60 * 60
USERS = ("ann", "bob", "carol")


class Many:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, "a long password")
        for user in USERS:
            self.site.must("vadduser", "-e", HASH, self.address(user))

    def address(self, user):
        return "%s@%s" % (user, DOMAIN)

    def home(self, user):
        return self.site.must("vuserinfo", "-d", self.address(user)).out.strip()

    def users(self):
        lines = self.site.must("vuserinfo", "-n", "-D", DOMAIN).out.splitlines()
        return [line for line in lines if not line.startswith("-")]

    def age(self, user, days, source="10.0.0.1"):
        """Makes the last login that old."""
        when = int(time.time()) - days * DAY
        if self.__class__.__name__ == "OnCDB":
            path = self.home(user) + "/lastauth"
            self.site.write(os.path.relpath(path, self.site.folder), source, 0o600)
            os.utime(path, (when, when))
        else:
            column = "userid" if self.engine == "pgsql" else "user"
            stamp = '"timestamp"' if self.engine != "mysql" else "`timestamp`"
            self.server.sql("DELETE FROM lastauth WHERE %s = '%s' AND domain = '%s'" % (column, user, DOMAIN))
            self.server.sql("INSERT INTO lastauth (%s, domain, remote_ip, %s) VALUES ('%s', '%s', '%s', %d)"
                            % (column, stamp, user, DOMAIN, source, when))

    # vdeloldusers

    def test_old_users_are_listed_and_only_deleted_when_asked(self):
        self.age("ann", 200)
        self.age("carol", 100)
        out = self.site.must("vdeloldusers", "-d", DOMAIN).out
        self.assertEqual(out, "** no users were deleted **\n1 found; -D deletes them, -V lists them\n")
        lines = self.site.must("vdeloldusers", "-V", "-e").out.splitlines()
        self.assertRegex(lines[0], r"^\d{4}-\d\d-\d\d used    ann@example.org$")
        self.assertEqual(sorted(self.users()), sorted(USERS + ("postmaster",)))
        home = self.home("ann")
        self.site.must("vdeloldusers", "-D", "-d", DOMAIN)
        self.assertEqual(sorted(self.users()), ["bob", "carol", "postmaster"])
        self.assertFalse(os.path.exists(home))
        self.assertEqual(self.site.must("vdeloldusers", "-D", "-d", DOMAIN).out, "no old users found\n")

    def test_age_is_given_in_days(self):
        self.age("ann", 20)
        self.assertEqual(self.site.must("vdeloldusers", "-e").out, "no old users found\n")
        rows = [json.loads(line) for line in self.site.must("vdeloldusers", "--json", "-a", "10", "-e").out.splitlines()]
        self.assertEqual((rows[0]["address"], rows[0]["was_used"], rows[0]["removed"]), (self.address("ann"), True, False))
        self.assertEqual(rows[1], {"found": 1, "removed": 0})

    def test_postmaster_and_the_account_for_unknown_recipients_stay(self):
        self.age("postmaster", 400)
        self.age("bob", 400)
        self.site.write("V/domains/%s/.qmail-default" % DOMAIN, "| %s/bin/vdelivermail '' %s\n" % (
            self.site.home, self.home("bob")))
        result = self.site.run("vdeloldusers", "-D", "-d", DOMAIN)
        self.assertEqual(result.status, 201, repr(result))
        self.assertIn("bob", self.users())
        self.assertIn("postmaster", self.users())

    def test_wrong_use_of_vdeloldusers(self):
        self.assertEqual(self.site.run("vdeloldusers").status, 255)
        self.assertEqual(self.site.run("vdeloldusers", "-e", "-d", DOMAIN).status, 255)
        self.assertEqual(self.site.run("vdeloldusers", "-d", "nowhere.example").status, 245)

    # vmakedotqmail

    def test_default_delivery_is_put_into_homes_and_taken_away(self):
        self.site.write("Q/control/defaultdelivery", "|/bin/true\n")
        self.site.write(os.path.relpath(self.home("bob") + "/.qmail", self.site.folder), "&bob@elsewhere.example\n")
        dry = self.site.must("vmakedotqmail", "-t", "-d", DOMAIN).out
        self.assertIn("would be written %s/.qmail\n" % self.home("ann"), dry)
        self.assertFalse(os.path.exists(self.home("ann") + "/.qmail"))
        self.site.must("vmakedotqmail", "-d", DOMAIN)
        self.assertEqual(self.dot_qmail("ann"), "|/bin/true\n")
        self.assertEqual(os.stat(self.home("ann") + "/.qmail").st_mode & 0o777, 0o600)
        self.assertEqual(self.dot_qmail("bob"), "&bob@elsewhere.example\n")
        self.site.must("vmakedotqmail", "-o", "-u", self.address("bob"))
        self.assertEqual(self.dot_qmail("bob"), "|/bin/true\n")
        self.site.write(os.path.relpath(self.home("carol") + "/.qmail", self.site.folder), "&carol@elsewhere.example\n")
        self.site.must("vmakedotqmail", "-r", "-a")
        self.assertEqual([os.path.exists(self.home(user) + "/.qmail") for user in USERS], [False, False, True])

    def dot_qmail(self, user):
        with open(self.home(user) + "/.qmail") as text:
            return text.read()

    def test_default_delivery_that_would_loop_or_is_not_there_is_refused(self):
        self.assertEqual(self.site.run("vmakedotqmail", "-a").status, 255)
        self.site.write("Q/control/defaultdelivery", "|/x/vdelivermail '' delete\n")
        self.assertEqual(self.site.run("vmakedotqmail", "-a").status, 255)
        self.assertEqual(self.site.run("vmakedotqmail").status, 255)

    def test_qmail_default_is_rewritten(self):
        self.site.must("vmakedotqmail", "-q", "|/bin/other", "-d", DOMAIN)
        self.assertEqual(self.site.read("V/domains/%s/.qmail-default" % DOMAIN), b"|/bin/other\n")
        self.site.must("vmakedotqmail", "-q", "default", "-a")
        self.assertRegex(self.site.read("V/domains/%s/.qmail-default" % DOMAIN), rb"vdelivermail '' delete\n$")

    # vusagec

    def test_usage_is_told_in_the_daemons_words(self):
        home = self.home("ann")
        self.site.write(os.path.relpath(home + "/Maildir/new/1.a.b,S=100", self.site.folder), "x" * 100, 0o600)
        self.site.run("vusage", "--recount", DOMAIN)  # 1: it lacked the message
        out = self.site.must("vusagec", self.address("ann"), "@" + DOMAIN, "nobody@" + DOMAIN, "@nowhere.example").out
        self.assertEqual(out, "ann@{0}: 100 byte(s) in 1 file(s)\n@{0}: 100 byte(s) in 1 file(s)\n"
                              "nobody@{0}: No data available\n@nowhere.example: No data available\n".format(DOMAIN))
        self.assertEqual(json.loads(self.site.must("vusagec", "--json", self.address("ann")).out),
                         {"name": self.address("ann"), "is_known": True, "bytes": 100, "messages": 1})

    # vchangepw

    def change(self, address, *answers):
        """Runs vchangepw on a terminal of its own: exit code, what was printed."""
        pid, terminal = pty.fork()
        if pid == 0:
            arguments = self.site.person.popen_arguments()
            if "user" in arguments:
                os.setgroups(arguments.get("extra_groups") or [])
                os.setgid(arguments["group"])
                os.setuid(arguments["user"])
            os.chdir(self.site.folder)
            os.execve(self.site.installed.program("vchangepw"), ["vchangepw"], self.site.environment())
        said, answers = "", [address] + list(answers)
        prompts = 0
        while True:
            ready, _, _ = select.select([terminal], [], [], 30)
            try:
                part = os.read(terminal, 4096).decode() if ready else ""
            except OSError:
                break
            if not part:
                break
            said += part
            while said.count(": ") > prompts and answers:
                prompts += 1
                os.write(terminal, (answers.pop(0) + "\n").encode())
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.replace("\r\n", "\n")

    def test_person_changes_his_password(self):
        self.site.must("vpasswd", self.address("ann"), "the old password")
        status, said = self.change(self.address("ann"), "the old password", "a new password", "a new password")
        self.assertEqual(status, 0, said)
        self.assertIn("Please enter the email address: ", said)
        self.assertIn("Enter old password: ", said)
        self.assertTrue(said.endswith("Password successfully changed.\n"), said)
        self.site.must("vverifypw", self.address("ann"), "a new password")

    def test_wrong_password_and_unknown_users_are_refused_alike(self):
        self.site.must("vpasswd", self.address("ann"), "the old password")
        for address in (self.address("ann"), self.address("nobody"), "ann@nowhere.example"):
            status, said = self.change(address, "wrong")
            self.assertEqual(status, 3, said)
            self.assertIn("Error: authentication failed!\n", said)
        self.site.must("vverifypw", self.address("ann"), "the old password")

    def test_account_that_may_not_change_keeps_its_password(self):
        self.site.must("vpasswd", self.address("ann"), "the old password")
        self.site.must("vmoduser", "-d", self.address("ann"))
        status, said = self.change(self.address("ann"), "the old password", "a new password", "a new password")
        self.assertEqual(status, 255, said)
        self.site.must("vverifypw", self.address("ann"), "the old password")


stores.on_every_store(globals(), Many)


if __name__ == "__main__":
    unittest.main()
