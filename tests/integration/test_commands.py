"""What the commands print and how they end: vpopmail's words where it has them, a clear error where it had none."""
import json
import os
import pty
import select
import signal
import threading
import time
import unittest

from harness.site import SiteTest

DOMAIN = "example.org"
BOB = "bob@" + DOMAIN
HASH = "abNANd1rDfiNc"
PASSWORD = "a long password"


class CommandTest(SiteTest):
    settings = {"log_target": "stderr", "password_scheme": "ssha"}

    def setUp(self):
        super().setUp()
        self.must("vadddomain", DOMAIN, PASSWORD)

    def must(self, program, *arguments, **named):
        return self.site.must(program, *arguments, **named)

    def refused(self, status, text, program, *arguments, **named):
        """Runs a command that must end so and say so; nothing but the exit code and its words."""
        result = self.site.run(program, *arguments, **named)
        self.assertEqual(result.status, status, repr(result))
        self.assertIn(text, result.out + result.err)
        return result

    def error_of(self, status, code, field, program, *arguments, **named):
        """The same with --json: one object on standard error, nothing on standard output."""
        result = self.site.run(program, "--json", *arguments, **named)
        self.assertEqual(result.status, status, repr(result))
        self.assertEqual(result.out, "")
        error = json.loads(result.err)["error"]
        self.assertEqual((error["code"], error["field"]), (code, field), error)
        self.assertTrue(error["message"])

    def add_bob(self, *options):
        self.must("vadduser", *options, "-e", HASH, BOB)

    def show(self, field, address=BOB):
        return self.must("vuserinfo", field, address).out.rstrip("\n")


class DomainTest(CommandTest):
    def test_unknown_domain_has_each_commands_own_answer(self):
        self.assertEqual(self.refused(245, "", "vdominfo", "nowhere.example").out, "Invalid domain name\n")
        self.assertEqual(self.refused(245, "", "vdeldomain", "nowhere.example").out, "Error: Domain does not exist\n")
        self.refused(245, "Domain does not exist", "vsetuserquota", "nowhere.example", "1M")
        self.error_of(245, "not_found", "domain", "vdominfo", "nowhere.example")

    def test_domain_that_exists_is_refused_before_a_password_is_asked(self):
        self.assertEqual(self.refused(243, "", "vadddomain", DOMAIN).out, "Error: Domain already exists\n")

    def test_domain_is_shown_with_5_4s_labels(self):
        self.must("vaddaliasdomain", "alias.example", DOMAIN)
        out = self.must("vdominfo", DOMAIN).out.splitlines()
        folder = self.site.path("V/domains/" + DOMAIN)
        self.assertEqual(out, ["domain: " + DOMAIN, "uid:    %d" % self.site.owner.uid,
                               "gid:    %d" % self.site.owner.gid, "dir:    " + folder, "users:  1",
                               "alias: alias.example"])
        self.assertEqual(self.must("vdominfo", "-d", DOMAIN).out.splitlines()[0], folder)
        self.assertIn("domain: alias.example (alias of %s)" % DOMAIN, self.must("vdominfo").out.splitlines())

    def test_domain_with_aliases_stays_unless_forced(self):
        self.must("vaddaliasdomain", DOMAIN, "alias.example")
        result = self.site.run("vdeldomain", DOMAIN)
        self.assertNotEqual(result.status, 0)
        self.assertIn("Warning: Alias domains exist:\n   alias.example\n   use -f to force delete of domain and all "
                      "aliases\n", result.out)
        self.must("vuserinfo", "postmaster@" + DOMAIN)
        forced = self.must("vdeldomain", "-f", DOMAIN)
        self.assertEqual(forced.out, "Warning: Alias domains deleted:\n   alias.example\n")
        self.refused(245, "Invalid domain name", "vdominfo", "alias.example")
        self.assertFalse(os.path.exists(self.site.path("V/domains/" + DOMAIN)))

    def test_removal_that_fails_does_not_claim_that_aliases_are_gone(self):
        self.must("vaddaliasdomain", DOMAIN, "alias.example")
        assign = self.site.path("Q/users/assign")
        os.rename(assign, assign + ".away")
        os.mkdir(assign)
        try:
            result = self.site.run("vdeldomain", "-f", DOMAIN)
        finally:
            os.rmdir(assign)
            os.rename(assign + ".away", assign)
        self.assertEqual(result.status, 111, repr(result))
        self.assertNotIn("deleted", result.out)

    def test_all_aliases_are_named_however_many(self):
        names = ["a%04d.example" % number for number in range(1200)]
        lines = self.site.read("Q/users/assign").decode().splitlines()
        own = [line for line in lines if line.startswith("+")][0]
        more = ["+%s-:%s" % (name, own.split(":", 1)[1]) for name in names]
        self.site.write("Q/users/assign", "\n".join([own] + more + [".", ""]))
        os.unlink(self.site.path("Q/users/cdb"))
        out = self.site.run("vdeldomain", DOMAIN).out
        self.assertEqual([line.strip() for line in out.splitlines() if line.startswith("   a")], names)

    def test_alias_needs_exactly_one_domain_that_exists(self):
        self.refused(255, "", "vaddaliasdomain", DOMAIN, DOMAIN)
        self.refused(255, "", "vaddaliasdomain", "a.example", "b.example")
        self.must("vaddaliasdomain", "a.example", DOMAIN)
        self.refused(255, "", "vaddaliasdomain", "a.example", DOMAIN)

    def test_files_of_qmail_name_the_domain_and_lose_it(self):
        self.must("vadddomain", "second.example", PASSWORD)
        self.assertIn(b"second.example:second.example\n", self.site.read("Q/control/virtualdomains"))
        self.assertIn(b"second.example\n", self.site.read("Q/control/rcpthosts"))
        self.must("vdeldomain", "second.example")
        for name in ("Q/control/virtualdomains", "Q/control/rcpthosts", "Q/users/assign"):
            self.assertNotIn(b"second.example", self.site.read(name))
        self.assertIn(DOMAIN.encode(), self.site.read("Q/users/assign"))


class AccountTest(CommandTest):
    def test_unknown_user_has_each_commands_own_answer(self):
        self.assertEqual(self.refused(255, "", "vuserinfo", BOB).out, "no such user %s\n" % BOB)
        self.assertEqual(self.refused(255, "", "vpasswd", BOB, PASSWORD).out, "Error: Illegal username\n")
        self.refused(246, "User does not exist", "vdeluser", BOB)
        self.refused(246, "", "vsetuserquota", BOB, "1M")
        self.refused(255, "no such user " + BOB, "vmoduser", "-p", BOB)
        self.error_of(255, "not_found", "address", "vpasswd", BOB, PASSWORD)

    def test_account_that_exists_is_refused_and_stays(self):
        self.add_bob("-c", "the first")
        self.assertEqual(self.refused(255, "", "vadduser", "-e", HASH, BOB).out, "Error: User already exists\n")
        self.assertEqual(self.show("-c"), "the first")

    def test_account_is_shown_with_5_4s_labels(self):
        self.add_bob("-q", "10M", "-c", "Bob B")
        labels = [line.split(":")[0] for line in self.must("vuserinfo", BOB).out.splitlines()]
        self.assertEqual(labels, ["name", "passwd", "clear passwd", "comment/gecos", "uid", "gid", "flags", "gecos",
                                  "limits", "dir", "quota", "usage", "account created", "last auth"])
        self.assertEqual(self.show("-q"), "10485760S")
        self.assertEqual(self.show("-d"), self.site.path("V/domains/%s/bob" % DOMAIN))

    def test_list_separates_accounts_by_42_dashes(self):
        self.add_bob()
        out = self.must("vuserinfo", "-n", "-D", DOMAIN).out
        self.assertEqual(out, "-" * 42 + "\nbob\n" + "-" * 42 + "\npostmaster\n")
        rows = [json.loads(line) for line in self.must("vuserinfo", "--json", "-D", DOMAIN).out.splitlines()]
        self.assertEqual(len(rows), 2)

    def test_password_is_set_from_each_source(self):
        self.add_bob()
        self.must("vpasswd", BOB, "first password")
        self.must("vverifypw", BOB, "first password")
        self.must("vpasswd", "--password-stdin", BOB, stdin=b"second password\n")
        self.assertEqual(self.must("vverifypw", BOB, "second password").out, "User authenticated.\n")
        self.assertEqual(self.refused(255, "", "vverifypw", BOB, "first password").out,
                         "Error: authentication failed!\n")
        random = self.must("vpasswd", "-r", BOB).out
        self.assertTrue(random.startswith("Random password: "), random)
        self.must("vverifypw", BOB, random.split(": ")[1].strip())

    def test_no_password_on_standard_input_changes_nothing(self):
        self.add_bob()
        before = self.show("-p")
        self.refused(229, "no password was given", "vpasswd", "--password-stdin", BOB, stdin=b"")
        self.assertEqual(self.show("-p"), before)

    def test_account_that_may_not_change_its_password_does_not(self):
        self.add_bob()
        self.must("vmoduser", "-d", BOB)
        self.assertEqual(self.refused(255, "", "vpasswd", BOB, PASSWORD).out,
                         "Error: password can not be changed by user\n")

    def test_flags_are_added_and_x_begins_anew(self):
        self.add_bob()
        self.must("vmoduser", "-p", "-i", BOB)
        limits = self.must("vuserinfo", BOB).out
        self.assertIn("pop access closed", limits)
        self.assertIn("imap access closed", limits)
        self.must("vmoduser", "-x", "-w", BOB)
        limits = self.must("vuserinfo", BOB).out
        self.assertNotIn("pop access closed", limits)
        self.assertIn("webmail access closed", limits)

    def test_quota_of_an_account_and_of_a_whole_domain(self):
        self.add_bob()
        self.must("vsetuserquota", BOB, "5m")
        self.assertEqual(self.show("-q"), "5242880S")
        self.must("vsetuserquota", DOMAIN, "1M,100C")
        self.assertEqual(self.show("-q", "postmaster@" + DOMAIN), "1048576S,100C")
        self.must("vsetuserquota", BOB, "NOQUOTA")
        self.assertEqual(self.show("-Q"), "NOQUOTA")
        self.refused(227, "", "vsetuserquota", BOB, "12 monkeys")

    def test_removed_account_is_gone_with_its_mail(self):
        self.add_bob()
        home = self.show("-d")
        self.must("vdeluser", BOB)
        self.assertFalse(os.path.exists(home))
        self.refused(255, "no such user", "vuserinfo", BOB)

    def test_vmkpasswd_takes_over_a_hand_edit(self):
        self.add_bob()
        path = "V/domains/%s/vpasswd" % DOMAIN
        self.site.write(path, self.site.read(path).replace(b":bob:", b":edited by hand:"), 0o600)
        self.must("vmkpasswd", DOMAIN)
        self.assertEqual(self.show("-c"), "edited by hand")


class OtherTest(CommandTest):
    def test_a_limit_of_aliases_counts_names_and_not_lines(self):
        self.must("vmoddomlimits", "-A", "1", DOMAIN)
        for line in ("&a@" + DOMAIN, "&b@" + DOMAIN):
            self.must("valias", "-i", line, "info@" + DOMAIN)
        self.refused(255, "may have 1 aliases", "valias", "-i", "&a@" + DOMAIN, "more@" + DOMAIN)
        self.must("valias", "-d", "info@" + DOMAIN)
        self.must("valias", "-i", "&a@" + DOMAIN, "more@" + DOMAIN)

    def test_aliases_are_added_shown_and_removed(self):
        self.assertEqual(self.refused(255, "", "valias", "info@" + DOMAIN).out.strip(),
                         "No aliases info@%s found" % DOMAIN)
        self.must("valias", "-i", "&a@elsewhere.example", "info@" + DOMAIN)
        self.must("valias", "-i", "&b@elsewhere.example", "info@" + DOMAIN)
        self.refused(255, "already exists", "valias", "-i", "&a@elsewhere.example", "info@" + DOMAIN)
        self.assertEqual(self.must("valias", "info@" + DOMAIN).out,
                         "info@%s -> &a@elsewhere.example\ninfo@%s -> &b@elsewhere.example\n" % (DOMAIN, DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/.qmail-info" % DOMAIN),
                         b"&a@elsewhere.example\n&b@elsewhere.example\n")
        self.must("valias", "-d", "info@" + DOMAIN)
        self.assertFalse(os.path.exists(self.site.path("V/domains/%s/.qmail-info" % DOMAIN)))

    def test_addresses_are_mapped_to_domains(self):
        self.must("vipmap", "-a", "192.0.2.7", DOMAIN)
        self.assertEqual(self.must("vipmap", "-p").out, "192.0.2.7 %s\n" % DOMAIN)
        self.must("vipmap", "-d", "192.0.2.7", DOMAIN)
        self.assertEqual(self.must("vipmap", "-p").out, "")

    def test_limits_are_set_shown_enforced_and_deleted(self):
        self.must("vmoddomlimits", "-P", "2", "-g", "pi", DOMAIN)
        out = self.must("vmoddomlimits", "-S", DOMAIN).out
        self.assertEqual(out.splitlines()[:3], ["Domain: " + DOMAIN, "--", "Max Pop Accounts: 2"])
        self.assertIn("\n  NO_IMAP\n  NO_POP\n", out)
        self.add_bob()
        self.assertNotEqual(self.site.run("vadduser", "-e", HASH, "third@" + DOMAIN).status, 0)
        self.assertIn("Limits deleted", self.must("vmoddomlimits", "-D", DOMAIN).out)
        self.must("vadduser", "-e", HASH, "third@" + DOMAIN)

    def test_version_and_help_of_every_command(self):
        for program in ("vadddomain vdeldomain vaddaliasdomain vdominfo vadduser vdeluser vmoduser vpasswd vsetuserquota "
                        "vuserinfo vmkpasswd vipmap valias vmoddomlimits vverifypw vcheck vconfig "
                        "clearopensmtp").split():
            with self.subTest(program):
                self.assertIn("usage: " + program, self.must(program, "--help").out)
                self.assertIn("irtmail", self.must(program, "--version").out)
        self.assertIn("irtmail", self.must("vconfig", "-v").out.splitlines()[0])

    def test_unknown_options_and_missing_operands_are_told_in_both_forms(self):
        for program in ("vadduser", "vadddomain", "vpasswd"):
            with self.subTest(program):
                self.refused(255, "usage: " + program, program, "--nonsense")
                self.error_of(255, "invalid", "", program, "--nonsense")
                self.refused(255, "usage: " + program, program)
                self.error_of(255, "invalid", "", program)
        self.error_of(100, "invalid", "", "vconfig", "no_such_setting")


class BatchTest(CommandTest):
    def lines(self, *rows):
        return "".join(json.dumps(row) + "\n" for row in rows).encode()

    def test_json_lines_and_csv_add_the_same(self):
        row = {"address": BOB, "password_hash": HASH, "comment": "Bob, B", "quota": "1M"}
        self.must("vadduser", "--batch", "-", stdin=self.lines(row))
        self.must("vadduser", "--batch", "-",
                  stdin=b'address,password_hash,comment,quota\ncarol@example.org,%s,"Bob, B",1M\n' % HASH.encode())
        for address in (BOB, "carol@" + DOMAIN):
            self.assertEqual((self.show("-p", address), self.show("-c", address), self.show("-q", address)),
                             (HASH, "Bob, B", "1048576S"))
            self.assertTrue(os.path.isdir(self.show("-d", address) + "/Maildir/new"))

    def test_the_file_may_be_a_link_or_a_pipe(self):
        path = self.site.write("run/batch", self.lines({"address": BOB, "password_hash": HASH}))
        os.symlink(path, self.site.path("run/link"))
        self.must("vadduser", "--batch", self.site.path("run/link"))
        pipe = self.site.path("run/pipe")
        os.mkfifo(pipe)
        self.site.give(pipe)

        def fill():
            with open(pipe, "wb") as out:
                out.write(self.lines({"address": "carol@" + DOMAIN, "password_hash": HASH}))
        writer = threading.Thread(target=fill, daemon=True)
        writer.start()
        self.must("vadduser", "--batch", pipe)
        writer.join()
        self.assertEqual((self.show("-p", BOB), self.show("-p", "carol@" + DOMAIN)), (HASH, HASH))

    def test_each_failure_has_one_line_and_the_others_are_added(self):
        path = self.site.write("run/batch", self.lines(
            {"address": "one@" + DOMAIN, "password": "good enough"}, {"address": "postmaster@" + DOMAIN, "password": "x y z"},
            {"address": "two words@" + DOMAIN, "password": "good enough"}, {"address": "two@nowhere.example", "password": "xyz"},
            {"address": "three@" + DOMAIN, "password": "good enough"}) + b"{nonsense\n")
        result = self.site.run("vadduser", "--batch", path)
        self.assertNotEqual(result.status, 0)
        places = [line.split(": ")[0] for line in result.err.splitlines() if line.startswith(path)]
        self.assertEqual(places, [path + ":%d" % line for line in (2, 3, 4, 6)])
        self.must("vverifypw", "one@" + DOMAIN, "good enough")
        self.must("vverifypw", "three@" + DOMAIN, "good enough")

    def test_all_or_none(self):
        rows = self.lines({"address": "one@" + DOMAIN, "password_hash": HASH},
                          {"address": "postmaster@" + DOMAIN, "password_hash": HASH})
        self.assertNotEqual(self.site.run("vadduser", "--batch", "-", "--stop-on-error", stdin=rows).status, 0)
        self.refused(255, "no such user", "vuserinfo", "one@" + DOMAIN)
        self.assertFalse(os.path.exists(self.site.path("V/domains/%s/one" % DOMAIN)))

    def files(self):
        """The names of everything below the domains; locks aside."""
        return sorted(os.path.join(folder, name) for folder, folders, names in os.walk(self.site.path("V/domains"))
                      for name in folders + names if not name.endswith(".lock"))

    def test_all_or_none_of_several_domains_and_of_an_address_that_stands_twice(self):
        self.must("vadddomain", "other.example", "good enough")
        rows = self.lines({"address": "one@" + DOMAIN, "password": "good enough"},
                          {"address": "one@other.example", "password_hash": HASH},
                          {"address": "two@" + DOMAIN, "password_hash": HASH})
        twice = rows + self.lines({"address": "ONE@" + DOMAIN, "password_hash": HASH})
        before = self.files()
        result = self.site.run("vadduser", "--batch", "-", "--stop-on-error", stdin=twice)
        self.assertEqual(result.status, 255)
        self.assertIn("-:4: -: the same address is in line 1\n", result.err)
        self.assertIn("1 accounts could not be added, 0 were", result.out)
        broken = rows + self.lines({"address": "x@nowhere.example", "password_hash": HASH})
        result = self.site.run("vadduser", "--batch", "-", "--stop-on-error", stdin=broken)
        self.assertEqual(result.status, 255)
        self.assertIn("-:4: x@nowhere.example: ", result.err)
        self.assertEqual(self.files(), before)
        self.must("vadduser", "--batch", "-", "--stop-on-error", stdin=rows)
        self.must("vverifypw", "one@" + DOMAIN, "good enough")
        self.must("vuserinfo", "two@" + DOMAIN)
        self.must("vuserinfo", "one@other.example")

    def test_limits_of_an_unknown_domain_are_not_deleted(self):
        self.refused(245, "Domain does not exist", "vmoddomlimits", "-D", "nowhere.example")

    def test_lazy_home_is_made_by_the_first_delivery(self):
        self.must("vadduser", "--batch", "-", "--lazy-home", stdin=self.lines({"address": BOB, "password_hash": HASH}))
        self.assertEqual(self.show("-d"), "")
        environment = {"EXT": "bob", "HOST": DOMAIN, "SENDER": "a@b.example", "DTLINE": "Delivered-To: x@y\n",
                       "RPLINE": "Return-Path: <a@b.example>\n", "LOCAL": "bob", "RECIPIENT": BOB}
        self.must("vdelivermail", "", "bounce-no-mailbox", stdin=b"Subject: first\n\nhello\n", env=environment,
                  cwd=self.site.path("V/domains/" + DOMAIN))
        self.assertEqual(len(os.listdir(self.show("-d") + "/Maildir/new")), 1)

    def test_a_line_without_end_is_refused_not_swallowed(self):
        result = self.site.run("vadduser", "--batch", "-", stdin=b"x" * (16 << 20))
        self.assertNotEqual(result.status, 0)
        self.assertIn(":1:", result.err)


class BadInputTest(CommandTest):
    NAMES = ("", "..", ".hidden", "a/b", "a\tb", "a b", "x" * 65, "x" * 65536, "caf\u00e9", "a\nb", "a:b", "$(id)", "%n%s", "-x")

    def test_names_that_cannot_be_are_refused_and_leave_nothing(self):
        before = sorted(os.listdir(self.site.path("V/domains/" + DOMAIN)))
        for name in self.NAMES:
            with self.subTest(name[:20]):
                result = self.site.run("vadduser", "-e", HASH, "--", "%s@%s" % (name, DOMAIN))
                if name in ("$(id)", "%n%s", "-x") and result.status == 0:
                    self.must("vdeluser", "--", "%s@%s" % (name, DOMAIN))  # letters like others, never run or printed
                    continue
                self.assertIn(result.status, (255, 254), repr(result)[:300])
                self.assertTrue(result.out + result.err)
        after = sorted(name for name in os.listdir(self.site.path("V/domains/" + DOMAIN)) if not name.startswith("."))
        self.assertEqual(after, [name for name in before if not name.startswith(".")])

    def test_domains_that_cannot_be_are_refused(self):
        for name in ("", "..", "../x.example", "a b.example", "x" * 97 + ".example", "x" * 65536, "a\nb.example", "a:b.example"):
            with self.subTest(name[:20]):
                result = self.site.run("vadddomain", "--", name, PASSWORD)
                self.assertNotEqual(result.status, 0, repr(result)[:300])
                self.assertTrue(result.out + result.err)
        self.assertEqual(self.site.read("Q/users/assign").count(b"+"), 1)

    def test_texts_that_are_too_long_or_hold_control_bytes_are_refused(self):
        self.add_bob()
        self.refused(186, "password", "vpasswd", BOB, "p" * 129)
        self.refused(229, "password", "vpasswd", BOB, "p" * 65536)
        self.refused(229, "password", "vpasswd", "--password-stdin", BOB, stdin=b"p" * (16 << 20))
        for comment in ("c" * 65536, "a\nb", "a:b"):
            result = self.site.run("vmoduser", "-c", comment, BOB)
            self.assertIn(result.status, (228, 255), repr(result)[:300])
        self.assertEqual(self.show("-c"), "bob")

    def test_damaged_cdb_is_never_an_answer(self):
        self.add_bob()
        path = self.site.path("V/domains/%s/vpasswd.cdb" % DOMAIN)
        with open(path, "rb") as whole:
            good = whole.read()
        for bad in [good[:size] for size in (0, 1, 2047, 2048, 2060, len(good) - 1)] + [b"\0" * len(good), b"x" * 5000]:
            with open(path, "wb") as out:
                out.write(bad)
            self.assertEqual(self.show("-n"), "bob")
        with open(path, "wb") as out:
            out.truncate(5 << 30)
        self.assertEqual(self.show("-n"), "bob")

    def put_line(self, line):
        """Makes it bob's line of vpasswd, by hand and without a cdb."""
        path = "V/domains/%s/vpasswd" % DOMAIN
        lines = self.site.read(path).splitlines(True)
        self.site.write(path, b"".join(line if old.startswith(b"bob") else old for old in lines), 0o600)
        if os.path.exists(self.site.path(path + ".cdb")):
            os.unlink(self.site.path(path + ".cdb"))

    def test_fields_that_a_line_of_vpasswd_does_not_have_are_empty(self):
        self.add_bob()
        self.put_line(b"bob:x:1\n")
        self.assertEqual((self.show("-n"), self.show("-p"), self.show("-c")), ("bob", "x", ""))

    def test_damaged_line_of_vpasswd_is_no_answer_about_anybody(self):
        self.add_bob()
        for line in (b"bob\n", b"bob:x:many:0:c:/h:q\n", b"bob:x:1:0:c:not/absolute:q\n", b"bob:x\0y:1:0:c:/h:q\n"):
            self.put_line(line)
            result = self.refused(111, "vpasswd line 1", "vuserinfo", "-n", BOB)
            self.assertNotIn("no such user", result.out + result.err)

    def test_folder_that_cannot_be_written_changes_nothing(self):
        folder = self.site.path("V/domains/" + DOMAIN)
        os.chmod(folder, 0o500)
        try:
            result = self.site.run("vadduser", "-e", HASH, BOB)
        finally:
            os.chmod(folder, 0o700)
        self.assertEqual(result.status, 111, repr(result))
        self.assertIn("Permission denied", result.err)
        self.refused(255, "no such user", "vuserinfo", BOB)
        self.must("vadduser", "-e", HASH, BOB)


class PromptTest(CommandTest):
    def on_terminal(self, answers, program, *arguments):
        """Runs a command on a terminal of its own, answering each prompt: (exit status, what the terminal showed)."""
        path = self.site.installed.program(program)
        pid, terminal = pty.fork()
        if pid == 0:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(self.site.person.gid)
                os.setuid(self.site.person.uid)
            os.execve(path, [path] + list(arguments), self.site.environment())
        shown, deadline = b"", time.monotonic() + 20
        answers = list(answers)
        while True:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                got = os.read(terminal, 4096)
            except OSError:
                break
            if not got:
                break
            shown += got
            if answers and shown.endswith(b": "):
                os.write(terminal, answers.pop(0) + b"\n")
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode().replace("\r\n", "\n")

    def test_password_is_asked_twice_and_not_shown(self):
        status, shown = self.on_terminal([b"secret words", b"secret words"], "vadduser", BOB)
        self.assertEqual(status, 0, shown)
        self.assertEqual(shown, "Please enter password for %s: \nenter password again: \n" % BOB)
        self.must("vverifypw", BOB, "secret words")

    def test_two_that_differ_are_asked_again(self):
        status, shown = self.on_terminal([b"secret words", b"other words", b"third words", b"third words"], "vadduser", BOB)
        self.assertEqual(status, 0, shown)
        self.assertIn("Passwords do not match, try again\n", shown)
        self.must("vverifypw", BOB, "third words")


if __name__ == "__main__":
    unittest.main()
