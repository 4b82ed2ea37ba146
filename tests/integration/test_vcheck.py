"""vcheck finds each kind of damage, says what it is, mends it, and finds nothing afterwards."""
import json
import os
import shutil
import struct
import time
import unittest

from harness.site import Site, SiteTest

DOMAIN = "example.org"
HASH = "$1$abcdefgh$G4PVmYsP1Lh1mzgbXvJYZ."
OLD = 40 * 3600


class VcheckTest(SiteTest):
    def setUp(self):
        super().setUp()
        self.must("vadddomain", DOMAIN, "secretword")
        self.must("vadduser", "bob@" + DOMAIN, "secretword")

    def must(self, program, *arguments):
        return self.site.must(program, *arguments)

    def path(self, name=""):
        """Below the domain's folder."""
        return self.site.path(os.path.join("V/domains", DOMAIN, name))

    def put(self, name, content="", age=0):
        """A file below the domain's folder, which belongs to its owner."""
        self.site.write("V/domains/%s/%s" % (DOMAIN, name), content, 0o600)
        when = time.time() - age
        os.utime(self.path(name), (when, when))

    def replace(self, name, old, new):
        text = self.site.read(name)
        self.assertIn(old, text)
        with open(self.site.path(name), "wb") as out:  # in place: owner and mode stay
            out.write(text.replace(old, new))

    def vcheck(self, *arguments):
        """Exit status and findings."""
        result = self.site.run("vcheck", "--json", *arguments)
        self.assertEqual(result.err, "", result)
        return result.status, [json.loads(line) for line in result.out.splitlines()]

    def found(self, status, *arguments):
        code, findings = self.vcheck(*arguments)
        self.assertEqual(code, status, findings)
        return sorted((f["kind"], f["subject"]) for f in findings), findings

    def expect_mended(self, *wanted, only=()):
        """Exactly these (kind, subject) are found, mended, and found no more."""
        names, findings = self.found(1, *only)
        self.assertEqual(names, sorted(wanted), findings)
        self.assertFalse(any(f["repaired"] or f["by_hand"] for f in findings), findings)
        names, findings = self.found(0, "--repair", *only)
        self.assertEqual(names, sorted(wanted), findings)
        self.assertTrue(all(f["repaired"] for f in findings), findings)
        self.expect_clean()
        return findings

    def expect_by_hand(self, *wanted):
        """Exactly these are found, and stay."""
        for arguments in ((), ("--repair",), ("--repair",)):
            names, findings = self.found(1, *arguments)
            self.assertEqual(names, sorted(wanted), findings)
            self.assertTrue(all(f["by_hand"] and f["action"] for f in findings), findings)

    def expect_clean(self):
        self.assertEqual(self.vcheck("--repair"), (0, []))
        self.assertEqual(self.vcheck(), (0, []))


class Program(VcheckTest):
    def test_a_site_made_by_the_commands_is_clean(self):
        self.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.must("vadddomain", "-b", "second.example", "secretword")
        self.must("vadduser", "-q", "1000000", "quota@" + DOMAIN, "secretword")
        self.must("vdeluser", "bob@" + DOMAIN)
        self.must("vadduser", "--lazy-home", "lazy@" + DOMAIN, "secretword")
        self.expect_clean()

    def test_a_line_names_the_thing_and_what_repair_does(self):
        os.unlink(self.path(".qmail-default"))
        text = "default %s: .qmail-default is missing: qmail delivers nothing to its accounts; " % DOMAIN
        result = self.site.run("vcheck", DOMAIN)
        self.assertEqual((result.status, result.out), (1, text + "--repair writes the one of a new domain\n"))
        result = self.site.run("vcheck", "--repair", DOMAIN)
        self.assertEqual((result.status, result.out), (0, text + "mended: writes the one of a new domain\n"))
        self.expect_clean()

    def test_an_unknown_domain_is_a_plain_no(self):
        result = self.site.run("vcheck", "nowhere.example")
        self.assertEqual((result.status, result.out), (1, "Error: Domain does not exist\n"))

    def test_an_alias_stands_for_its_domain(self):
        self.must("vaddaliasdomain", "alias.example", DOMAIN)
        os.unlink(self.path(".qmail-default"))
        self.expect_mended(("default", DOMAIN), only=("alias.example",))

    def test_a_locked_store_is_later_and_the_other_domains_are_looked_at(self):
        self.must("vadddomain", "second.example", "secretword")
        os.unlink(self.site.path("V/domains/second.example/.qmail-default"))
        os.unlink(self.path(".vpasswd.lock"))
        os.mkdir(self.path(".vpasswd.lock"))
        self.site.give(self.path(".vpasswd.lock"))
        result = self.site.run("vcheck", "--repair")
        self.assertEqual(result.status, 111, result)
        self.assertIn("default second.example: ", result.out)
        self.assertIn(".vpasswd.lock", result.err)
        self.assertIn(DOMAIN, result.err)


class Folder(VcheckTest):
    def test_a_missing_domain_folder_is_one_finding(self):
        self.must("vaddaliasdomain", "alias.example", DOMAIN)
        os.rename(self.path(), self.site.path("V/elsewhere"))
        self.expect_by_hand(("folder", DOMAIN))
        os.rename(self.site.path("V/elsewhere"), self.path())
        self.expect_clean()

    def test_modes_that_let_others_in_or_the_owner_out_are_mended(self):
        os.chmod(self.path(), 0o755)
        os.chmod(self.path("vpasswd"), 0o644)
        os.chmod(self.path("bob/Maildir/new"), 0o777)
        os.chmod(self.path("bob/Maildir/cur"), 0o500)
        findings = self.expect_mended(("mode", self.path().rstrip("/")), ("mode", self.path("vpasswd")),
                                      ("mode", self.path("bob")))
        self.assertIn("2 in it", [f["message"] for f in findings if f["subject"] == self.path("bob")][0])
        self.assertEqual([os.stat(self.path(name)).st_mode & 0o7777 for name in
                          ("", "vpasswd", "bob/Maildir/new", "bob/Maildir/cur")], [0o700, 0o600, 0o775, 0o700])

    def test_an_orphan_with_mail_is_kept_and_told(self):
        os.makedirs(self.path("ghost/Maildir/new"))
        self.put("ghost/Maildir/new/1.host,S=4", "mail")
        for name in ("ghost", "ghost/Maildir", "ghost/Maildir/new"):
            self.site.give(self.path(name))
        self.expect_by_hand(("orphan", self.path("ghost")))
        self.assertTrue(os.path.exists(self.path("ghost/Maildir/new/1.host,S=4")))

    def test_an_empty_orphan_goes_once_it_is_not_fresh(self):
        for name in ("ghost", "ghost/Maildir", "ghost/Maildir/cur", "ghost/Maildir/new", "ghost/Maildir/tmp", "half"):
            os.mkdir(self.path(name), 0o700)
            self.site.give(self.path(name))
        self.assertEqual(self.vcheck("--repair"), (0, []))
        for name in ("ghost", "half"):
            os.utime(self.path(name), (0, 0))
        self.expect_mended(("orphan", self.path("ghost")), ("orphan", self.path("half")))
        self.assertFalse(os.path.exists(self.path("ghost")) or os.path.exists(self.path("half")))

    def test_robots_lists_and_other_accounts_homes_are_no_orphans(self):
        os.makedirs(self.path("ROBOT"))
        self.put("ROBOT/message", "From: robot\n")
        self.site.give(self.path("ROBOT"))
        self.must("vmkpasswd", DOMAIN)
        home = self.path("bob").encode()
        os.rename(self.path("bob"), self.path("robert"))
        self.replace("V/domains/%s/vpasswd" % DOMAIN, home, self.path("robert").encode())
        self.must("vmkpasswd", DOMAIN)
        self.expect_clean()

    def test_a_missing_part_of_a_maildir_is_made(self):
        os.rmdir(self.path("bob/Maildir/tmp"))
        self.expect_mended(("home", "bob@" + DOMAIN))
        shutil.rmtree(self.path("bob"))
        self.expect_mended(("home", "bob@" + DOMAIN))
        self.assertTrue(os.path.isdir(self.path("bob/Maildir/tmp")))

    def test_a_maildir_that_is_a_link_is_left_to_a_person(self):
        os.rename(self.path("bob/Maildir"), self.path("bob/Mail"))
        os.symlink("Mail", self.path("bob/Maildir"))
        os.lchown(self.path("bob/Maildir"), self.site.owner.uid, self.site.owner.gid)
        self.expect_by_hand(("home", "bob@" + DOMAIN))

    def test_left_temporary_files_go(self):
        gone = ".vpasswd.%d.0123456789abcdef.tmp"
        self.put(gone % 999999999)
        self.put(".vpasswd.%d.fedcba9876543210.tmp" % os.getpid())
        self.put("bob/Maildir/.maildirsize.999999999.0123456789abcdef.tmp")
        self.put("bob/Maildir/tmp/young", "mail")
        self.put("bob/Maildir/tmp/old", "mail", OLD)
        self.site.write("Q/control/.rcpthosts.999999999.0123456789abcdef.tmp", "")
        self.put(".not.one.tmp")
        self.expect_mended(
            ("temporary", self.path(gone % 999999999)),
            ("temporary", self.path("bob/Maildir/.maildirsize.999999999.0123456789abcdef.tmp")),
            ("temporary", self.path("bob/Maildir/tmp")),
            ("temporary", self.site.path("Q/control/.rcpthosts.999999999.0123456789abcdef.tmp")))
        self.assertEqual(os.listdir(self.path("bob/Maildir/tmp")), ["young"])
        own = self.path(".vpasswd.%d.fedcba9876543210.tmp" % os.getpid())
        self.assertTrue(os.path.exists(own))
        os.utime(own, (0, 0))
        self.expect_mended(("temporary", own))

    def test_the_count_of_accounts_is_set_right(self):
        self.replace("V/domains/%s/.dir-control" % DOMAIN, b"2\n0\n3\n", b"17\n0\n3\n")
        self.expect_mended(("count", DOMAIN))
        self.assertTrue(self.site.read("V/domains/%s/.dir-control" % DOMAIN).startswith(b"2\n0\n3\n"))
        self.put(".dir-control", "junk\n")
        self.expect_mended(("count", DOMAIN))
        self.assertTrue(self.site.read("V/domains/%s/.dir-control" % DOMAIN).startswith(b"2\n0\n3\n"))

    def test_maildirsize_is_counted_again(self):
        self.must("vsetuserquota", "bob@" + DOMAIN, "1000000S")
        self.put("bob/Maildir/cur/1.host,S=100:2,S", "x" * 100)
        self.put("bob/Maildir/maildirsize", "1000000S\n5 1\n")
        self.expect_mended(("maildirsize", "bob@" + DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/bob/Maildir/maildirsize" % DOMAIN), b"1000000S\n100 1\n")
        for content in ("1000000S\njunk\n", "77S\n100 1\n"):
            self.put("bob/Maildir/maildirsize", content)
            self.expect_mended(("maildirsize", "bob@" + DOMAIN))
        os.unlink(self.path("bob/Maildir/maildirsize"))
        self.expect_mended(("maildirsize", "bob@" + DOMAIN))
        os.unlink(self.path("bob/Maildir/maildirsize"))
        os.unlink(self.path("bob/Maildir/cur/1.host,S=100:2,S"))
        self.expect_clean()


class Store(VcheckTest):
    def fill(self):
        """A domain so big that its changes go to the journal."""
        lines = "".join('{"address":"user%05d@%s","password_hash":"%s"}\n' % (i, DOMAIN, HASH) for i in range(5000))
        self.site.must("vadduser", "--batch", self.site.write("run/batch", lines), "--lazy-home")
        self.must("vmkpasswd", DOMAIN)
        self.must("vmoduser", "-c", "changed", "user00007@" + DOMAIN)
        self.assertGreater(len(self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN)), 0)

    def test_a_torn_end_of_the_journal_is_cut_off(self):
        self.fill()
        self.expect_clean()
        journal = self.path(".vpasswd.journal")
        whole = self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN)
        with open(journal, "ab") as out:
            out.write(whole[:20])
        self.expect_mended(("journal", DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN), whole)
        self.assertIn("changed", self.must("vuserinfo", "user00007@" + DOMAIN).out)

    def test_a_journal_that_was_not_folded_is_folded(self):
        self.fill()
        journal = self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN)
        self.must("vmkpasswd", DOMAIN)
        text = self.site.read("V/domains/%s/vpasswd" % DOMAIN)
        small = b"".join(line for line in text.splitlines(True) if b"user" not in line[:4] or b"user00007" in line)
        self.put("vpasswd", small)
        self.must("vmkpasswd", DOMAIN)
        self.put(".vpasswd.journal", journal.replace(b"changed", b"CHANGED"))
        self.assertIn(("journal", DOMAIN), self.found(1)[0])  # its sum is wrong: a torn end
        self.put(".vpasswd.journal", journal)
        self.expect_mended(("journal", DOMAIN))
        self.assertIn(b":changed:", self.site.read("V/domains/%s/vpasswd" % DOMAIN))

    def test_a_damaged_journal_is_left_to_a_person_and_nothing_else_is_told(self):
        self.fill()
        journal = self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN)
        self.must("vmoduser", "-c", "second", "user00008@" + DOMAIN)
        both = self.site.read("V/domains/%s/.vpasswd.journal" % DOMAIN)
        self.assertTrue(both.startswith(journal))
        self.put(".vpasswd.journal", b"X" + both[1:])
        self.expect_by_hand(("journal", DOMAIN))

    def test_a_stale_or_broken_vpasswd_cdb_is_made_anew(self):
        cdb = self.site.read("V/domains/%s/vpasswd.cdb" % DOMAIN)
        for damage in (b"", cdb[:-10], bytes(len(cdb)), bytes(2048), struct.pack("<II", 2048, 0) * 256):
            self.put("vpasswd.cdb", damage)
            self.expect_mended(("vpasswd.cdb", DOMAIN))
        os.unlink(self.path("vpasswd.cdb"))
        self.expect_mended(("vpasswd.cdb", DOMAIN))

    def test_a_hand_edit_of_vpasswd_is_taken_in(self):
        self.replace("V/domains/%s/vpasswd" % DOMAIN, b":Postmaster:", b":Edited:")
        findings = self.expect_mended(("vpasswd.cdb", DOMAIN))
        self.assertIn("the first is postmaster", findings[0]["message"])
        self.assertIn("Edited", self.must("vuserinfo", "postmaster@" + DOMAIN).out)
        text = self.site.read("V/domains/%s/vpasswd" % DOMAIN)
        self.put("vpasswd", text + text.splitlines(True)[-1])
        self.expect_mended(("vpasswd", DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/vpasswd" % DOMAIN), text)

    def test_a_damaged_line_of_vpasswd_is_left_to_a_person(self):
        text = self.site.read("V/domains/%s/vpasswd" % DOMAIN)
        self.put("vpasswd", text + b"no line at all\n")
        self.expect_by_hand(("vpasswd", DOMAIN))
        self.put("vpasswd", text)
        self.expect_clean()

    def test_a_missing_vpasswd_is_written_from_its_cdb(self):
        text = self.site.read("V/domains/%s/vpasswd" % DOMAIN)
        os.unlink(self.path("vpasswd"))
        self.expect_mended(("vpasswd", DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/vpasswd" % DOMAIN), text)
        self.put("vpasswd", "")
        self.expect_mended(("vpasswd", DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/vpasswd" % DOMAIN), text)

    def test_without_both_base_files_nothing_is_made_up(self):
        os.unlink(self.path("vpasswd"))
        os.unlink(self.path("vpasswd.cdb"))
        self.expect_by_hand(("vpasswd", DOMAIN))

    def test_a_big_vpasswd_out_of_order_is_sorted(self):
        self.fill()
        self.must("vmkpasswd", DOMAIN)
        lines = self.site.read("V/domains/%s/vpasswd" % DOMAIN).splitlines(True)
        self.put("vpasswd", b"".join(lines[1:] + lines[:1]))
        self.expect_mended(("vpasswd", DOMAIN))
        self.assertEqual(self.site.read("V/domains/%s/vpasswd" % DOMAIN), b"".join(lines))


class Names(VcheckTest):
    def setUp(self):
        super().setUp()
        self.must("vaddaliasdomain", "alias.example", DOMAIN)

    def test_users_cdb_follows_users_assign(self):
        self.replace("Q/users/assign", b".\n", b"=alien:alien:1:1:/nowhere:::\n.\n")
        self.expect_mended(("assign", "users/cdb"))
        self.site.write("Q/users/cdb", self.site.read("Q/users/cdb")[:-8])
        self.expect_mended(("assign", "users/cdb"))
        os.unlink(self.site.path("Q/users/cdb"))
        self.expect_mended(("assign", "users/cdb"))

    def test_a_damaged_or_missing_users_assign_is_left_to_a_person(self):
        text = self.site.read("Q/users/assign")
        cdb = self.site.read("Q/users/cdb")
        for damage in (text[:-2], b"+x\n" + text, b""):
            self.site.write("Q/users/assign", damage)
            self.expect_by_hand(("assign", "users/assign"))
        os.unlink(self.site.path("Q/users/assign"))
        self.expect_by_hand(("assign", "users/assign"))
        self.assertEqual(self.site.read("Q/users/cdb"), cdb)
        self.site.write("Q/users/assign", text)
        self.expect_clean()

    def test_missing_control_lines_are_written(self):
        for name in ("rcpthosts", "virtualdomains"):
            self.site.write("Q/control/" + name, "")
            self.expect_mended(("control", DOMAIN), ("control", "alias.example"))
        self.site.write("Q/control/locals", "%s\nother.example\n" % DOMAIN)
        self.expect_mended(("control", DOMAIN), only=(DOMAIN,))
        self.assertEqual(self.site.read("Q/control/locals"), b"other.example\n")

    def test_lines_of_what_is_not_served_go(self):
        self.replace("Q/control/virtualdomains", b"", b"")
        text = self.site.read("Q/control/virtualdomains")
        self.site.write("Q/control/virtualdomains", b"gone.example:gone.example\nkept.example:user\n" + text)
        self.site.write("Q/control/rcpthosts", b"gone.example\nbackup-mx.example\n" + self.site.read("Q/control/rcpthosts"))
        self.expect_mended(("control", "gone.example"))
        self.assertEqual(self.site.read("Q/control/virtualdomains"), b"kept.example:user\n" + text)
        self.assertNotIn(b"gone", self.site.read("Q/control/rcpthosts"))
        self.assertIn(b"backup-mx.example", self.site.read("Q/control/rcpthosts"))

    def test_morercpthosts_cdb_follows_its_text(self):
        self.site.write("Q/control/morercpthosts", "more.example\n")
        subject = ("morercpthosts", "control/morercpthosts.cdb")
        self.expect_mended(subject)
        self.site.write("Q/control/morercpthosts", "more.example\nlast.example\n")
        self.expect_mended(subject)
        self.site.write("Q/control/morercpthosts", "last.example\n")
        self.expect_mended(subject)
        self.site.write("Q/control/morercpthosts.cdb", bytes(100))
        self.expect_mended(subject)
        os.unlink(self.site.path("Q/control/morercpthosts"))
        self.expect_mended(subject)
        self.assertFalse(os.path.exists(self.site.path("Q/control/morercpthosts.cdb")))

    def cut_assign(self, *names):
        """A hand edit, compiled as qmail-newu would."""
        lines = self.site.read("Q/users/assign").decode().splitlines(True)
        self.site.write("Q/users/assign", "".join(l for l in lines if not l.startswith(tuple("+%s-" % n for n in names))))
        return ("assign", "users/cdb")

    def test_a_lost_line_is_put_back_where_an_alias_tells_of_it(self):
        before = self.site.read("Q/users/assign")
        stale = self.cut_assign(DOMAIN)
        self.expect_mended(stale, ("domain", DOMAIN))
        self.assertEqual(self.site.read("Q/users/assign"), before)

    def test_a_lost_line_is_put_back_where_virtualdomains_tells_of_it(self):
        before = self.site.read("Q/users/assign")
        self.must("vadddomain", "second.example", "secretword")
        stale = self.cut_assign("second.example")
        self.expect_mended(stale, ("domain", "second.example"))
        self.must("vdeldomain", "second.example")
        self.assertEqual(self.site.read("Q/users/assign"), before)

    def test_a_folder_that_nothing_tells_of_is_left_to_a_person(self):
        folder = self.site.path("V/domains/copy.example")
        shutil.copytree(self.path(), folder)
        self.expect_by_hand(("domain", folder))
        self.site.give(folder)
        self.expect_by_hand(("domain", folder))
        self.assertTrue(os.path.exists(folder + "/bob/Maildir"))

    def test_an_alias_of_nothing_goes(self):
        shutil.rmtree(self.path())
        self.must("vaddaliasdomain", "second.example", DOMAIN)
        stale = self.cut_assign(DOMAIN)
        self.expect_mended(stale, ("alias", "alias.example"), ("alias", "second.example"), ("control", DOMAIN),
                           ("count", self.site.path("V/domains")))
        self.assertEqual(self.site.read("Q/users/assign"), b".\n")
        self.assertEqual(self.site.read("Q/control/rcpthosts"), b"")

    def test_an_alias_follows_its_domain(self):
        before = self.site.read("Q/users/assign")
        self.replace("Q/users/assign", b"+alias.example-:%s:" % DOMAIN.encode(), b"+alias.example-:%s:7" % DOMAIN.encode())
        findings = self.expect_mended(("assign", "users/cdb"), ("alias", "alias.example"))
        self.assertIn(DOMAIN, findings[-1]["message"])
        self.assertEqual(self.site.read("Q/users/assign"), before)

    def test_links_of_aliases_are_mended(self):
        links = {"alias.example": "/nowhere", "gone.example": "gone", "kept.example": DOMAIN}
        for name, target in links.items():
            os.symlink(target, self.site.path("V/domains/" + name))
        self.expect_mended(("alias", self.site.path("V/domains/alias.example")),
                           ("alias", self.site.path("V/domains/gone.example")))
        self.assertTrue(os.path.samefile(self.site.path("V/domains/alias.example"), self.path()))
        self.assertFalse(os.path.lexists(self.site.path("V/domains/gone.example")))
        self.assertTrue(os.path.lexists(self.site.path("V/domains/kept.example")))

    def test_the_count_of_domains_is_set_right(self):
        self.replace("V/domains/.dir-control", b"1\n0\n3\n", b"9\n0\n3\n")
        self.expect_mended(("count", self.site.path("V/domains")))


class Interrupted(VcheckTest):
    def note(self, base, name, *fields):
        folder = self.site.path(base + "/.intents")
        os.makedirs(folder, 0o700, exist_ok=True)
        self.site.give(folder)
        text = "".join(f + "\n" for f in (fields + ("",) * 4)[:4])
        self.site.write("%s/.intents/%s" % (base, name), text, 0o600)

    def test_a_removed_account_loses_its_home_too(self):
        self.note("V/domains/" + DOMAIN, "remove-account.ghost", self.path("ghost"))
        os.makedirs(self.path("ghost/Maildir/new"))
        self.put("ghost/Maildir/new/mail", "mail")
        for name in ("ghost", "ghost/Maildir", "ghost/Maildir/new"):
            self.site.give(self.path(name))
        self.expect_mended(("unfinished", "ghost@" + DOMAIN))
        self.assertFalse(os.path.exists(self.path("ghost")))

    def test_a_removal_that_did_not_begin_is_forgotten(self):
        self.note("V/domains/" + DOMAIN, "remove-account.bob", self.path("bob"))
        self.expect_mended(("unfinished", "bob@" + DOMAIN))
        self.assertTrue(os.path.exists(self.path("bob/Maildir")))

    def test_a_damaged_note_is_forgotten(self):
        self.note("V/domains/" + DOMAIN, "remove-account.bob")
        self.put(".intents/remove-account.bob", "")
        self.expect_mended(("unfinished", "bob@" + DOMAIN))

    def test_an_addition_elsewhere_is_undone(self):
        elsewhere = self.site.path("W")
        os.makedirs(elsewhere + "/domains/new.example")
        self.site.write("W/domains/new.example/.qmail-default", "x")
        for name in ("W", "W/domains", "W/domains/new.example"):
            self.site.give(self.site.path(name))
        self.note("V/domains", "add-domain.new.example", elsewhere + "/domains/new.example", elsewhere + "/domains")
        self.expect_mended(("unfinished", "new.example"))
        self.assertFalse(os.path.exists(elsewhere + "/domains/new.example"))

    def test_a_domain_elsewhere_is_checked_like_any_other(self):
        os.mkdir(self.site.path("W"))
        self.site.give(self.site.path("W"))
        self.must("vadddomain", "-d", self.site.path("W"), "far.example", "secretword")
        self.expect_clean()
        self.note("V/domains", "remove-domain.far.example", self.site.path("W/domains/far.example"),
                  self.site.path("W/domains"))
        self.expect_mended(("unfinished", "far.example"), only=())
        self.assertFalse(os.path.exists(self.site.path("W/domains/far.example")))

    def test_an_addition_that_lacks_only_its_lines_is_completed(self):
        self.note("V/domains", "add-domain." + DOMAIN, self.path().rstrip("/"), self.site.path("V/domains"))
        self.site.write("Q/control/rcpthosts", "")
        code, findings = self.vcheck("--repair")
        self.assertEqual((code, [(f["kind"], f["subject"]) for f in findings]), (0, [("unfinished", DOMAIN)]))
        self.assertEqual(self.site.read("Q/control/rcpthosts"), DOMAIN.encode() + b"\n")
        self.expect_clean()


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class AsRoot(VcheckTest):
    privileged = True
    OTHER = 23456

    def setUp(self):
        super().setUp()
        os.chmod(self.site.path("V"), 0o755)
        self.must("vadddomain", "-i", self.OTHER, "-g", self.OTHER, "other.example", "secretword")
        self.must("vadduser", "ann@other.example", "secretword")
        self.other = self.site.path("V/domains/other.example")

    def owners(self, top):
        return {os.lstat(os.path.join(at, name)).st_uid for at, folders, files in os.walk(top) for name in folders + files}

    def test_a_site_with_two_owners_is_clean(self):
        self.expect_clean()

    def test_wrong_owners_are_given_back_to_each_domain(self):
        for at, folders, files in os.walk(self.other):
            for name in folders + files:
                os.lchown(os.path.join(at, name), 0, 0)
        os.chown(self.other, 0, 0)
        os.chown(self.path("bob/Maildir/new"), self.OTHER, self.OTHER)
        names, _ = self.found(1)
        self.assertIn(("owner", self.other), names)
        self.assertIn(("owner", self.other + "/ann"), names)
        self.assertIn(("owner", self.path("bob")), names)
        self.assertEqual(len([n for n in names if n[1].startswith(self.other + "/ann")]), 1)
        self.found(0, "--repair")
        self.expect_clean()
        self.assertEqual(self.owners(self.other), {self.OTHER})
        self.assertEqual(os.stat(self.other).st_uid, self.OTHER)
        self.assertEqual(self.owners(self.path()), {self.site.owner.uid})

    def test_a_file_with_another_name_elsewhere_keeps_its_owner(self):
        secret = self.site.write("run/secret", "root's own", 0o600)
        os.chown(secret, 0, 0)
        os.link(secret, self.other + "/ann/trap")
        os.symlink(secret, self.other + "/ann/link")
        os.lchown(self.other + "/ann/link", self.OTHER, self.OTHER)
        self.assertEqual(self.found(1)[0], [("owner", self.other + "/ann")])
        self.expect_by_hand_after_repair(("owner", self.other + "/ann"))
        self.assertEqual(os.stat(secret).st_uid, 0)

    def expect_by_hand_after_repair(self, wanted):
        for _ in range(2):
            names, findings = self.found(1, "--repair")
            self.assertEqual(names, [wanted])
            self.assertTrue(findings[0]["by_hand"])

    def test_what_is_mended_belongs_to_the_owner(self):
        shutil.rmtree(self.other + "/ann")
        os.unlink(self.other + "/.qmail-default")
        os.unlink(self.other + "/vpasswd.cdb")
        self.expect_mended(("home", "ann@other.example"), ("default", "other.example"), ("vpasswd.cdb", "other.example"))
        self.assertEqual(self.owners(self.other), {self.OTHER})

    def test_an_account_is_looked_at_without_roots_rights(self):
        """The owner laid a link to a folder of root's: what root alone may read is not read."""
        hidden = self.site.path("hidden")
        os.makedirs(hidden + "/Maildir/tmp")
        with open(hidden + "/Maildir/tmp/old", "w") as out:
            out.write("root's")
        os.utime(hidden + "/Maildir/tmp/old", (0, 0))
        os.chmod(hidden, 0o700)
        self.replace("V/domains/other.example/vpasswd", (self.other + "/ann").encode(), hidden.encode())
        self.site.run("vcheck", "--repair")
        self.site.run("vcheck", "--repair")
        self.assertTrue(os.path.exists(hidden + "/Maildir/tmp/old"))

    def test_somebody_else_is_told_to_ask_root_or_the_owner(self):
        ordinary = Site.__new__(Site)
        ordinary.__dict__.update(self.site.__dict__, person=self.site.owner)
        self.site.owner.changes = True
        result = ordinary.run("vcheck")
        self.assertEqual(result.status, 111, result)
        self.assertIn("other.example: run it as root or as its owner", result.err)
        self.assertNotIn(DOMAIN, result.err)


if __name__ == "__main__":
    unittest.main()
