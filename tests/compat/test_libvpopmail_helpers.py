"""What admin programs call of vpopmail's library besides accounts and aliases, on every store."""
import os
import pty
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from clients import Clients  # noqa: E402
from harness import stores  # noqa: E402

DOMAIN, PASSWORD = "example.org", "a long password"


class Helpers(Clients):
    """One test for each group of functions."""
    names = ("helpers", "records")

    def fill(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", "-q", "1M", "bob@" + DOMAIN, PASSWORD)
        self.folder = self.site.path("V/domains/" + DOMAIN)
        self.maildir = self.folder + "/bob/Maildir"

    def helpers(self, *arguments, **named):
        done = self.run_client("helpers", *arguments, **named)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def records(self, *arguments, **named):
        done = self.run_client("records", *arguments, **named)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def store_message(self, size):
        self.site.write("V/domains/%s/bob/Maildir/new/1700000000.M1P1.host,S=%d" % (DOMAIN, size), "x" * size)

    # Big folders

    def test_places_of_homes_are_taken_one_by_one(self):
        self.fill()
        self.assertEqual(self.helpers("places", DOMAIN, 1), "2 3 '' 3 '' 2\n")
        self.assertEqual(self.helpers("places", DOMAIN, 98), "2 3 '' 100 '0' 99\n")
        self.assertTrue(os.path.isdir(self.folder + "/0"))
        self.assertEqual(self.helpers("places", "nowhere.example", 0), "0 none\n")

    def test_the_record_of_homes_is_read_written_and_forgotten(self):
        self.fill()
        first, *_, last, then = self.helpers("record", DOMAIN).splitlines()
        self.assertEqual((first, last, then), ("cur_users 7", "3/l 0 200 3/m A a 0", "0 3 '' 0 '' 0"))

    def test_domains_of_a_user_have_a_record_too(self):
        self.fill()
        self.assertEqual(self.helpers("places", "dom_%d" % self.site.owner.uid, 0), "1 3 '' 1 '' 1\n")

    # The steps of a domain

    def test_a_name_is_made_known_and_forgotten_step_by_step(self):
        self.fill()
        owner = self.site.owner
        out = self.helpers("control", "alias.example", DOMAIN, self.folder, owner.uid, owner.gid)
        self.assertEqual(out, "0 0 -13 %s 1 0 0 0 0 gone 0\n" % DOMAIN)
        for name in ("Q/users/assign", "Q/control/rcpthosts", "Q/control/virtualdomains"):
            self.assertNotIn(b"alias.example", self.site.read(name))
            self.assertIn(DOMAIN.encode(), self.site.read(name))
        self.site.must("vcheck")

    def test_rows_of_alias_domains(self):
        self.fill()
        self.assertEqual(self.helpers("aliasrows", DOMAIN, "alias.example"), "0 0 0 %s 0 0 -12\n" % DOMAIN)
        self.site.must("vuserinfo", "bob@" + DOMAIN)

    def test_lines_of_files(self):
        self.fill()
        name = self.site.path("V/etc/lines")
        self.assertEqual(self.helpers("lines", name, 2, "b.example", "c.example"), "0 0 1\n")
        self.site.write("V/etc/lines", "a.example\n#c\nb.example:b.example\nb.example\nb.example\nlast")
        self.assertEqual(self.helpers("lines", name, 3, "b.example:b.example", "b.example"), "0 0 3\n")
        self.assertEqual(self.site.read("V/etc/lines"), b"a.example\n#c\nlast\n")
        assign = self.site.path("V/etc/assign")
        self.site.write("V/etc/assign", "+%s-:%s:1:2:/d:-::\n.\n" % (DOMAIN, DOMAIN))
        self.assertEqual(self.helpers("lines", assign, 1, "+a.example-:%s:1:2:/d:-::" % DOMAIN, ""), "0 0 -2\n")
        self.assertEqual(self.site.read("V/etc/assign"), b"+a.example-:example.org:1:2:/d:-::\n+example.org-:example.org:1:2:/d:-::\n.\n")
        self.assertEqual(self.helpers("lines", assign, 1, "no line of it", ""), "-1 -1 -2\n")

    def test_only_qmail_send_is_signalled(self):
        self.assertEqual(self.helpers("signal"), "0 -1 -1\n")

    # Relay windows

    def test_relay_windows(self):
        self.fill()
        self.assertEqual(self.helpers("relay", TCPREMOTEIP="192.0.2.7"), "0 0 0\n")
        self.site.configure(roaming_users="yes")
        self.site.write("V/etc/tcp.smtp", '127.:allow,RELAYCLIENT=""\n')
        self.assertEqual(self.helpers("relay", TCPREMOTEIP="192.0.2.7"), '1 0 0\n192.0.2.7:allow,RELAYCLIENT="",RBLSMTPD=""\n')
        self.assertIn(b"192.0.2.7", self.site.read("V/etc/tcp.smtp.cdb"))

    # Usage and room

    def test_usage(self):
        self.fill()
        self.store_message(2000)
        self.site.run("vusage", "--recount", DOMAIN)  # exit 1: it was wrong
        self.assertEqual(self.helpers("usage", "bob@" + DOMAIN), "1 2000 1 1\n")
        self.assertEqual(self.helpers("usage", "@" + DOMAIN), "1 2000 1 1\n")
        for name in ("nobody@" + DOMAIN, "@nowhere.example"):
            self.assertEqual(self.helpers("usage", name), "1 -1 -1 1\n")
        self.assertEqual(self.helpers("usage", "bob"), "0 -1 -1 0\n")

    def test_room(self):
        self.fill()
        self.store_message(2000)
        self.site.run("vusage", "--recount", DOMAIN)  # exit 1: it was wrong
        self.assertEqual(self.helpers("room", self.maildir, "4000S"), "0 2000 1 0 0 50 0 0 0\n")
        self.assertEqual(self.helpers("room", self.maildir, "1999S").split()[3], "1")
        self.site.configure(domain_quotas="yes")
        self.site.must("vmoddomlimits", "-M", "1", DOMAIN)
        self.assertEqual(self.helpers("room", self.maildir, "4000S").split()[4], "1")
        self.assertEqual(self.helpers("room", "/nowhere", "4000S").split()[0], "-1")

    # Names

    def test_who_has_a_name(self):
        self.fill()
        for name, text in (("sales", "&a@b.example\n"), ("robot", "|/bin/autorespond 10000 5 message dir\n"), ("list", "|/usr/bin/ezmlm-send d\n")):
            self.site.write("V/domains/%s/.qmail-%s" % (DOMAIN, name), text)
        self.site.write("V/domains/%s/news/editor" % DOMAIN, "|/usr/bin/ezmlm-reject d\n|/usr/bin/ezmlm-send d\n")
        os.symlink(self.folder + "/news/editor", self.folder + "/.qmail-news")
        os.symlink("/etc/passwd", self.folder + "/.qmail-away")
        self.site.write("Q/alias/.qmail-root", "&bob@%s\n" % DOMAIN)
        self.site.write("Q/alias/.qmail-ext-default", "&bob@%s\n" % DOMAIN)
        for name, answer in (("bob", "1000101"), ("sales", "0100101"), ("robot", "0010101"), ("list", "0001101"), ("news", "0001101"), ("away", "0000000"), ("root", "0000011"),
                             ("ext", "0000011"), ("nobody", "0000000"), ("default", "0000000")):
            self.assertEqual(self.helpers("exists", self.folder, DOMAIN, name), answer + " 0\n", name)
        os.chmod(self.folder + "/.qmail-sales", 0)
        self.assertEqual(self.helpers("exists", self.folder, DOMAIN, "sales"), "0000000 -23\n")

    def test_names_of_users_and_domains(self):
        self.fill()
        self.assertEqual(self.records("names", DOMAIN, TCPREMOTEIP="::ffff:192.0.2.3"),
                         "example.org 0 bob@example.org 0 -1 0 -12 10485760S,5C|NOQUOTA||192.0.2.3\n")

    # Records

    def test_records_of_accounts(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.assertEqual(self.records("accounts", DOMAIN), "0 0 -2 0 x 5242880S 0 -1 1 0 -10 0 0 empty\n")

    def test_records_obey_the_limits(self):
        self.fill()
        self.site.must("vmoddomlimits", "-P", "2", DOMAIN)
        self.assertNotEqual(self.call("records", "accounts", DOMAIN)[1].split()[1], "0")

    def test_maps_of_addresses(self):
        self.fill()
        self.assertEqual(self.records("maps", DOMAIN), "0 0 0 {0} 192.0.2.1={0} 192.0.2.2={0} 0 -1 0 0\n".format(DOMAIN))

    def test_limits_in_files_and_in_the_store(self):
        self.fill()
        self.assertEqual(self.records("limits", DOMAIN, self.site.path("V/etc/some-limits")), "0 0 7 -1 100 1 2 8 0 0 7 0 0 -1 -1\n")
        self.site.must("vmoddomlimits", "-g", "p", DOMAIN)
        self.assertEqual(self.records("flags", "bob", DOMAIN), "0xa 0x2008\n")

    def test_sizes_of_a_maildir(self):
        self.fill()
        self.store_message(500)
        self.assertEqual(self.records("sizes", self.folder + "/bob", DOMAIN), "0 500 1 50 25 1 0\n")

    # Texts, files

    def test_folders(self):
        self.assertEqual(self.records("folders", self.site.path("V/etc")), "0 1 0 0 0 0 mixed@example.org bob@example.org ''\n")

    def test_passwords(self):
        self.assertEqual(self.records("passwords"), "0 0 -18 12 20 1\n")

    def test_the_end_of_a_program(self):
        self.assertEqual(self.call("records", "end"), (246, "Error - User does not exist. The end.\n"))

    def test_texts(self):
        *lines, date = self.helpers("texts").splitlines()
        self.assertEqual(lines, ["5 04", "two 2 none", "two end", "20 'o\\'\\\"\\\\' -1 2 -3 x%", "4 [] -1 []", "a:b:c 1100",
                                 "parsing database configuration file - update user|parsing database configuration file - readonly database|"
                                 "Unknown error"])
        self.assertRegex(date, r"\ADate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\Z")
        self.assertLess(abs(time.mktime(time.strptime(date, "Date: %a, %d %b %Y %H:%M:%S +0000")) - time.timezone - time.time()), 60)

    def test_descriptors(self):
        self.assertEqual(self.helpers("descriptors"), "x 1 -1 0\n")

    def test_lines_of_vpasswd(self):
        long_line = "carol:%s:1:2:%s:/d/carol:NOQUOTA" % ("$6$" + "x" * 103, "c" * 64)
        self.site.write("vpasswd", "bob:x:1:8:Bob:/d/bob:NOQUOTA\n%s\n" % long_line + "d" * 60 + ":x:1:0::/d/d:NOQUOTA:clear\n")
        self.assertEqual(self.helpers("entries", self.site.path("vpasswd")),
                         "bob 8 /d/bob 0\ncarol 2 /d/carol 0\n%s 0 /d/d 0\nend 0 -33 -25\n" % ("d" * 60))
        self.site.write("vpasswd", "bob:x:1:8:Bob:/d/bob:NOQUOTA\nno line\nx:x:1:8:Bob:/d/bob:NOQUOTA\n")
        self.assertEqual(self.helpers("entries", self.site.path("vpasswd")).splitlines()[1], "end -35 -33 -25")

    def test_the_password_file_of_sqwebmail(self):
        self.fill()
        self.helpers("webmail", self.folder + "/bob", "$1$salt$hash")
        self.assertEqual(self.site.read("V/domains/%s/bob/Maildir/sqwebmail-pass" % DOMAIN), b"\t$1$salt$hash\n")
        self.assertNotEqual(self.call("helpers", "webmail", "/nowhere", "x")[0], 0)

    def test_logs(self):
        self.fill()
        done = self.run_client("helpers", "log", "add_user", "bob@" + DOMAIN, "-")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("vpopmail-logger: add_user bob@%s -\n" % DOMAIN, done.stderr)

    def test_the_program_of_changes_is_told(self):
        self.fill()
        self.site.write("V/etc/onchange", '#!/bin/sh\nfor word; do printf "[%%s]" "$word"; done >>%s\n' % self.site.path("V/etc/told"), 0o755)
        self.helpers("tell", "addmailinglist", "list@" + DOMAIN, "", "")
        self.assertFalse(os.path.exists(self.site.path("V/etc/told")))
        self.site.configure(onchange="yes")
        self.helpers("tell", "addmailinglist", "list@" + DOMAIN, "", "before")
        self.helpers("tell", "addmailinglist", "list@" + DOMAIN, "", "")
        self.site.configure(onchange_before_and_after="yes")
        self.helpers("tell", "mod", "", "other", "before")
        self.assertEqual(self.site.read("V/etc/told"), b"[addmailinglist][list@%s][-][][mod][-][other][before]" % DOMAIN.encode())

    def test_a_password_is_asked_twice_on_the_terminal(self):
        self.site.configure(password_min_length=4)
        pid, terminal = pty.fork()
        if pid == 0:
            if self.site.person.changes:
                os.setgroups([])
                os.setgid(self.site.person.gid)
                os.setuid(self.site.person.uid)
            os.execve(self.programs["helpers"], ["helpers", "password", "bob"], self.site.environment())
        for text in (b"one\n", b"two\n", b"abcd\n", b"abcd\n"):
            self.read_until(terminal, b": ")
            os.write(terminal, text)
        self.assertIn(b"got 'abcd' 1", self.read_until(terminal, b"got "))
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        os.close(terminal)

    def read_until(self, terminal, text):
        """What the terminal shows until the text, and its line where it does not wait for an answer."""
        seen = b""
        while text not in seen or (text == b"got " and b"\n" not in seen[seen.index(text):]):
            seen += os.read(terminal, 1000)
        return seen

    # Yes, no, maybe

    def test_yes_and_no_are_certain(self):
        self.fill()
        self.site.must("valias", "-i", "&a@b.example", "bob@" + DOMAIN)
        yes = self.run_client("helpers", "maybe", "bob", DOMAIN)
        self.assertEqual(yes.returncode, 0, yes)
        self.assertEqual(yes.stdout, "y0 0 y0 y0 y0 y0 y0 y0 y0 y0 y0 y0 y0 0 -\n")
        no = self.run_client("helpers", "maybe", "nobody", DOMAIN)
        self.assertEqual(no.stdout, "0 0 y0 y0 y0 0 y0 y0 y0 y0 0 y0 0 0 -\n")
        self.assertEqual(self.run_client("helpers", "maybe", "nobody", "nowhere.example").stdout, "0 " * 14 + "-\n")

    def test_a_maybe_is_no_answer(self):
        self.fill()
        self.take_store_away()
        for name in ("bob", "nobody"):
            done = self.run_client("helpers", "maybe", name, DOMAIN)
            self.assertEqual(re.sub("-37", "-23", done.stdout), "-23 " * 14 + "why\n")
            self.assertRegex(done.stderr, r"sqlerr: \S")


stores.on_every_store(globals(), Helpers)


class SharedOnCDB(Helpers, stores.CDBTest):
    is_shared = True


class Owner(Clients):
    """A client that root runs: what it makes is the owner's, or servers that run as him could not go on."""
    names = ("panel", "helpers")
    privileged = True

    def must_call(self, program, *arguments, **environment):
        self.assertEqual(self.call(program, *arguments, **environment)[0], 0, arguments)

    def test_what_root_makes_belongs_to_the_owner_of_the_domain(self):
        owner, home = self.site.owner, self.site.home
        self.site.configure(roaming_users="yes")
        self.site.write("V/etc/tcp.smtp", "")
        folder = home + "/domains/" + DOMAIN
        for words in (("adddomain", DOMAIN, home, owner.uid, owner.gid), ("adduser", "bob", DOMAIN, PASSWORD, "Bob"), ("quota", "bob", DOMAIN, "10M"),
                      ("change", "bob", DOMAIN, "Robert", "0x802"), ("insert", "sales", DOMAIN, "a@b.example"), ("limits", DOMAIN, "5"),
                      ("seen", "bob", DOMAIN, "192.0.2.1"), ("addalias", "alias.example", DOMAIN)):
            self.must_call("panel", *words)
        for words in (("places", DOMAIN, 100), ("record", DOMAIN), ("control", "other.example", DOMAIN, folder, owner.uid, owner.gid),
                      ("relay",), ("room", folder + "/bob/Maildir", "4000S")):
            self.must_call("helpers", *words, TCPREMOTEIP="192.0.2.7")
        for top, folders, files in os.walk(home):
            for name in folders + files:
                path = os.path.join(top, name)
                if path == home + "/etc/vpopmail.conf":
                    continue  # no client made it
                self.assertTrue(os.path.islink(path) or os.lstat(path).st_uid == owner.uid, path)
        self.must_call("panel", "deldomain", DOMAIN)


class OwnerOnCDB(Owner, stores.CDBTest):
    pass


class OwnerOnSQLite(Owner, stores.StoreTest):
    engine = "sqlite"


if __name__ == "__main__":
    unittest.main()
