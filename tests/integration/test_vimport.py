"""vexport and vimport: what one store has comes into any other, and other systems' files come in too."""
import json
import os
import pwd
import re
import signal
import time
import unittest

from harness import stores
from harness.accounts import quick_hash
from harness.installed import SOURCE, Installed
from harness.site import Site

ONE, TWO, ALIAS = "one.example", "two.example", "alias.example"
PASSWORD = "a long password"
HEADER = {"type": "export", "version": 1}
END = {"type": "end"}


def lines_of(objects):
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [HEADER] + objects + [END]).encode()


def fill(site):
    """A site with awkward records of every type."""
    must = site.must
    for domain in (ONE, TWO):
        must("vadddomain", domain, PASSWORD)
    must("vaddaliasdomain", ALIAS, ONE)
    must("vadduser", "-c", "N\u00e4me 'x' \\ \"y\" --", "-q", "10M,5C", "carol@" + ONE, PASSWORD)
    must("vadduser", "-e", quick_hash(PASSWORD), "o'neil+tag@" + TWO)
    must("vmoduser", "-p", "-w", "-o", "-0", "carol@" + ONE)
    rows = "".join("user%04d@%s,%s\n" % (number, ONE, "{SSHA}" + "x" * 32) for number in range(120))
    must("vadduser", "--batch", "-", stdin=("address,password_hash\n" + rows).encode())
    must("vadduser", "--lazy-home", "late@" + ONE, PASSWORD)
    must("vvacation", "-m", "-", "--subject", "B\u00fcro geschlossen", "--until", "2037-12-24", "carol@" + ONE, stdin=b"Until then.\n")
    must("vvacation", "-m", "-", "o'neil+tag@" + TWO, stdin=b"Subject: x\nX-Other: y\n\nlines\n")
    for line in ("&a@b.example", "c@d.example", "|/bin/cat 'x\\y'", "# not \u00fcber",
                 site.path("V/domains/%s/carol/Maildir/" % ONE)):
        must("valias", "-i", line, "info.desk@" + ONE)
    must("valias", "-i", "&sales@c.example", "sales@" + TWO)
    must("vmoddomlimits", "-P", "77", "-A", "0", "-Q", "100", "-q", "2000000", "-g", "im", "-p", "cd", "-u", "m", ONE)
    must("vipmap", "-a", "192.0.2.1", ONE)
    site.write("V/domains/%s/.qmail-default" % TWO,
               "| %s/bin/vdelivermail '' %s\n" % (site.home, site.path("V/domains/%s/postmaster" % TWO)), 0o600)


def export(site, *names):
    result = site.run("vexport", *names)
    assert result.status == 0, repr(result)
    return result.out


def settled(site, text):
    """Without what belongs to this site alone: the name of its store and its folder."""
    text = text.replace(site.folder, "SITE").replace('"dir_path":""', "")
    return re.sub(r'"source":"[a-z]*"', "", text)


def without_logins(text):
    """The file of a login is in a home, which an import does not make."""
    return re.sub(r',"last_login":[0-9]*,"last_login_from":"[^"]*"', "", text)


class Import:
    """Brings everything from one engine into another."""
    def report(self, site, *arguments, status=0, stdin=None):
        result = site.run("vimport", "--json", *arguments, stdin=stdin)
        self.assertEqual(result.status, status, repr(result))
        return [json.loads(line) for line in result.out.splitlines()]

    def counts(self, report, outcome):
        return sum(kind.get(outcome, 0) for kind in report[-1].values() if isinstance(kind, dict))

    def assertNothingChanged(self, report):
        for outcome in ("added", "replaced", "removed", "different", "failed"):
            self.assertEqual(self.counts(report, outcome), 0, report)


class EveryStore(Import):
    def source(self):
        site = Site({"auth": "cdb", "log_target": "stderr", "password_scheme": "ssha"})
        self.addCleanup(site.close)
        fill(site)
        return site

    def test_what_comes_from_cdb_leaves_again_as_it_came(self):
        source = self.source()
        text = export(source)
        rehearsal = self.report(self.site, "--dry-run", "--allow-programs", stdin=text.encode())
        self.assertEqual(export(self.site).count("\n"), 2)
        report = self.report(self.site, "--allow-programs", stdin=text.encode())
        self.assertEqual(self.counts(report, "failed") + self.counts(report, "different"), 0, report)
        self.assertEqual(report[-1]["account"], rehearsal[-1]["account"])
        self.assertEqual(report[-1]["alias"]["added"], rehearsal[-1]["alias"]["added"])
        back = export(self.site)
        if self.site.settings.get("auth", "cdb") == "cdb":
            back, text = without_logins(back), without_logins(text)
        self.assertEqual(settled(self.site, back).splitlines(), settled(source, text).splitlines())
        self.assertNothingChanged(self.report(self.site, "--allow-programs", stdin=text.encode()))
        self.assertNothingChanged(self.report(self.site, "--allow-programs", "--overwrite", stdin=text.encode()))
        self.site.must("vcheck", "--repair")  # the homes, into which their mail is copied
        self.site.must("vcheck")
        self.site.must("vverifypw", "--password-stdin", "carol@" + ONE, stdin=(PASSWORD + "\n").encode())

    def test_it_comes_back_into_cdb_from_every_store(self):
        fill(self.site)
        text = export(self.site)
        target = Site({"auth": "cdb", "log_target": "stderr", "password_scheme": "ssha"})
        self.addCleanup(target.close)
        self.report(target, "--allow-programs", stdin=text.encode())
        self.assertEqual(without_logins(settled(target, export(target))).splitlines(),
                         without_logins(settled(self.site, text)).splitlines())

    def test_a_cut_off_file_changes_nothing_and_an_interrupted_import_is_run_again(self):
        text = export(self.source())
        half = text[:text.rindex("\n", 0, len(text) // 2) + 1]
        cut = self.site.run("vimport", "--allow-programs", stdin=half.encode())
        self.assertEqual(cut.status, 100)
        self.assertIn("the file was cut off", cut.out)
        self.assertEqual(export(self.site).count("\n"), 2)
        self.report(self.site, "--allow-programs", stdin=(half + json.dumps(END)).encode())
        report = self.report(self.site, "--allow-programs", stdin=text.encode())
        self.assertGreater(report[-1]["account"]["equal"], 0)
        self.assertGreater(report[-1]["account"]["added"], 0)
        self.report(self.site, "--allow-programs", stdin=text.encode())  # logins of those whose home an answer had made
        self.assertNothingChanged(self.report(self.site, "--allow-programs", stdin=text.encode()))

    def test_what_differs_is_told_and_replaced_only_with_overwrite(self):
        base = [{"type": "domain", "domain": ONE, "catch_all": "delete"},
                {"type": "limits", "domain": ONE, "max_accounts": 5},
                {"type": "account", "address": "joe@" + ONE, "hash": "{SSHA}" + "x" * 32, "quota": "1M"},
                {"type": "alias", "address": "info@" + ONE, "destinations": [{"forward": "a@b.example"}]},
                {"type": "ip_map", "ip": "192.0.2.1", "domain": ONE}]
        self.report(self.site, stdin=lines_of(base))
        self.site.must("vmoduser", "-q", "2M", "joe@" + ONE)
        self.site.must("valias", "-i", "&other@b.example", "info@" + ONE)
        self.site.must("vmoddomlimits", "-P", "6", ONE)
        report = self.report(self.site, stdin=lines_of(base), status=1)
        self.assertEqual({(line["kind"], line["message"]) for line in report[:-1]},
                         {("account", "differs: quota"), ("limits", "differ"),
                          ("alias", "differs: 0 lines only in the file, 1 only in " + self.site.settings.get("auth", "cdb"))})
        self.report(self.site, "--overwrite", stdin=lines_of(base))
        self.assertNothingChanged(self.report(self.site, stdin=lines_of(base)))
        self.assertIn("1048576S", self.site.must("vuserinfo", "-q", "joe@" + ONE).out)

    def test_accounts_in_any_order_are_compared(self):
        names = ["m%03d" % (number * 7 % 100) for number in range(100)]
        objects = [{"type": "domain", "domain": ONE}]
        objects += [{"type": "account", "address": name + "@" + ONE, "comment": name} for name in names]
        report = self.report(self.site, stdin=lines_of(objects))
        self.assertEqual(report[-1]["account"]["added"], 100)
        report = self.report(self.site, stdin=lines_of(objects))
        self.assertEqual(report[-1]["account"]["equal"], 100)
        self.assertNothingChanged(report)

    def test_a_mailbox_among_destinations_is_the_maildir_of_its_account(self):
        objects = [{"type": "domain", "domain": ONE},
                   {"type": "alias", "address": "joe@" + ONE,
                    "destinations": [{"mailbox": "joe@" + ONE}, {"forward": "a@b.example"}]},
                   {"type": "account", "address": "joe@" + ONE, "quota": "NOQUOTA"}]
        self.report(self.site, stdin=lines_of(objects))
        lines = self.site.must("valias", "-s", "joe@" + ONE).out
        self.assertIn(self.site.path("V/domains/%s/joe/Maildir/" % ONE), lines)
        self.assertIn("&a@b.example", lines)
        self.assertNothingChanged(self.report(self.site, stdin=lines_of(objects)))


stores.on_every_store(globals(), EveryStore)


class Cautions(Import, stores.CDBTest):
    """What an operator is kept from, on one store."""
    def test_a_file_with_a_bad_line_changes_nothing(self):
        text = lines_of([{"type": "domain", "domain": ONE}, {"type": "account", "adress": "joe@" + ONE},
                         {"type": "account", "address": "ann@" + ONE}])
        result = self.site.run("vimport", stdin=text)
        self.assertEqual(result.status, 100)
        self.assertIn("-:3: skipped: unknown name \"adress\"", result.out)
        self.assertEqual(self.site.must("vdominfo", "-n").out, "")
        report = self.report(self.site, "--skip-bad", stdin=text, status=1)
        self.assertEqual(report[-1]["account"]["added"], 1)
        self.assertEqual(report[-1]["lines_skipped"], 1)

    def test_lines_stand_in_the_section_of_their_domain(self):
        text = lines_of([{"type": "account", "address": "joe@" + ONE}, {"type": "domain", "domain": ONE},
                         {"type": "account", "address": "joe@" + TWO}, {"type": "domain", "domain": ONE}, HEADER, END,
                         {"type": "domain", "domain": "three.example"}])
        result = self.site.run("vimport", stdin=text)
        self.assertEqual(result.status, 100)
        for line, why in ((2, "no domain line is before it"), (4, "it is about two.example in the section of one.example"),
                          (5, "one.example has a section already"), (6, "a second header"), (8, "it stands after the end"), (9, "it stands after the end")):
            self.assertIn("line -:%d: skipped: %s" % (line, why), result.out)

    def test_a_file_without_a_header_is_none_of_ours(self):
        for text in (b"", b'{"type":"domain","domain":"one.example"}\n', b"user:x:1:1\n",
                     b'{"type":"export","version":2}\n'):
            self.assertEqual(self.site.run("vimport", stdin=text).status, 100, text)

    def test_programs_need_consent(self):
        objects = [{"type": "domain", "domain": ONE, "default": [{"program": "/bin/true"}]},
                   {"type": "alias", "address": "run@" + ONE,
                    "destinations": [{"program": "/bin/cat"}, {"forward": "a@b.example"}]}]
        report = self.report(self.site, stdin=lines_of(objects), status=1)
        self.assertEqual([line["outcome"] for line in report[:-1]], ["skipped", "skipped"])
        self.assertNotIn("/bin/cat", self.site.must("valias", "-s", ONE).out)
        self.assertNotIn(b"/bin/true", self.site.read("V/domains/%s/.qmail-default" % ONE))
        self.report(self.site, "--allow-programs", stdin=lines_of(objects))
        self.assertIn("|/bin/cat", self.site.must("valias", "-s", ONE).out)
        self.assertEqual(self.site.read("V/domains/%s/.qmail-default" % ONE), b"|/bin/true\n")
        # What runs already needs no consent again.
        self.assertEqual(self.report(self.site, stdin=lines_of(objects), status=1)[-1]["alias"]["different"], 0)

    def test_a_rehearsal_changes_nothing_and_reports_all(self):
        path = self.site.path("V/etc/report")
        before = self.snapshot()
        self.report(self.site, "--dry-run", "--report", path, stdin=lines_of(
            [{"type": "domain", "domain": ONE}, {"type": "account", "address": "joe@" + ONE},
             {"type": "alias_domain", "name": ALIAS, "domain": ONE}, {"type": "ip_map", "ip": "192.0.2.7", "domain": ONE}]))
        self.assertEqual(set(self.snapshot()) - set(before), {path})
        with open(path, encoding="utf-8") as report:
            lines = [json.loads(line) for line in report]
        self.assertEqual([(line["kind"], line["subject"], line["outcome"]) for line in lines[:-1]],
                         [("domain", ONE, "added"), ("account", "joe@" + ONE, "added"), ("domain", ALIAS, "added"),
                          ("ip_map", "192.0.2.7", "added")])
        self.assertTrue(lines[-1]["dry_run"] and lines[-1]["complete"])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def snapshot(self):
        return sorted(os.path.join(folder, name) for top in ("V", "Q") for folder, folders, names in
                      os.walk(self.site.path(top)) for name in folders + names)

    def test_clear_passwords_leave_only_when_asked_for(self):
        self.site.configure(clear_passwords="yes")
        self.site.must("vadddomain", ONE, PASSWORD)
        self.assertNotIn(PASSWORD, export(self.site))
        self.assertIn('"clear":"%s"' % PASSWORD, export(self.site, "--clear-passwords"))

    def test_an_export_of_one_domain_has_nothing_of_others(self):
        fill(self.site)
        text = export(self.site, "--domain", ALIAS)
        self.assertIn('"domain":"%s"' % ONE, text)
        self.assertIn('"ip":"192.0.2.1"', text)
        self.assertNotIn(TWO, text)
        self.assertEqual(self.site.run("vexport", "none.example").status, 1)
        self.assertEqual(self.site.run("vexport", "..").status, 100)

    def test_an_export_with_a_domain_that_nobody_can_read_has_no_end(self):
        fill(self.site)
        self.site.write("V/domains/%s/vpasswd.cdb" % ONE, b"x" * 10)
        os.unlink(self.site.path("V/domains/%s/vpasswd" % ONE))
        for arguments, header, end in ((("--json",), '{"type":"export"', '{"type":"end"}'),
                                       (("--format", "postfixadmin-sqlite"), "BEGIN", "COMMIT")):
            result = self.site.run("vexport", *arguments)
            self.assertEqual(result.status, 111, result)
            self.assertIn("vpasswd", result.err)
            self.assertIn(header, result.out)
            self.assertIn("postmaster@" + TWO, result.out)
            self.assertNotIn(end, result.out)

    def test_administrators_come_by_their_accounts(self):
        objects = [{"type": "domain", "domain": ONE},
                   {"type": "domain_admin", "address": "ann@" + ONE, "domain": ONE},
                   {"type": "domain_admin", "address": "root@" + ONE, "domain": "*"},
                   {"type": "domain_admin", "address": "ann@" + ONE, "domain": TWO},
                   {"type": "domain_admin", "address": "gone@" + ONE, "domain": ONE},
                   {"type": "account", "address": "ann@" + ONE}, {"type": "account", "address": "root@" + ONE}]
        report = self.report(self.site, stdin=lines_of(objects), status=1)
        self.assertEqual([(line["subject"], line["outcome"]) for line in report[:-1]],
                         [("ann@" + ONE, "skipped"), ("gone@" + ONE, "skipped")])
        text = export(self.site)
        self.assertIn('"address":"ann@%s","quota":"NOQUOTA","comment":"ann","flags":["domain_admin_privileges"]' % ONE, text)
        self.assertIn('"flags":["system_admin_privileges"]', text)

    def test_existing_folders_and_homes_are_kept_where_they_are(self):
        folder = self.site.path("old/mail/" + ONE)
        self.site.write("old/mail/%s/joe/Maildir/new/1.M1.host" % ONE, "Subject: old\n\nold\n", 0o600)
        for part in ("", "/joe", "/joe/Maildir", "/joe/Maildir/new", "/joe/Maildir/cur", "/joe/Maildir/tmp"):
            os.makedirs(folder + part, exist_ok=True)
            self.site.give(folder + part)
            os.chmod(folder + part, 0o700)
        objects = [{"type": "domain", "domain": ONE, "dir": folder},
                   {"type": "account", "address": "joe@" + ONE, "hash": quick_hash(PASSWORD), "home": folder + "/joe"},
                   {"type": "account", "address": "kim@" + ONE, "maildir": folder + "/kim/Maildir/"},
                   {"type": "account", "address": "lee@" + ONE, "maildir": folder + "/lee"}]
        self.report(self.site, "--keep-paths", stdin=lines_of(objects))
        self.assertIn(folder, self.site.must("vdominfo", "-d", ONE).out)
        self.assertIn(folder + "/joe", self.site.must("vuserinfo", "-d", "joe@" + ONE).out)
        self.assertIn('"home":"%s/kim"' % folder, export(self.site))
        self.assertNotIn("/lee", export(self.site))
        self.assertTrue(os.path.exists(folder + "/.qmail-default"))
        self.assertNothingChanged(self.report(self.site, "--keep-paths", stdin=lines_of(objects)))

    def test_a_kill_at_any_moment_is_made_good_by_running_it_again(self):
        objects = []
        for domain in ("d%02d.example" % number for number in range(6)):
            objects.append({"type": "domain", "domain": domain})
            objects += [{"type": "account", "address": "user%04d@%s" % (number, domain), "hash": "x"} for number in range(1500)]
        path = self.site.write("run/in.jsonl", lines_of(objects))
        for wait in (0.02, 0.05, 0.1, 0.15):
            running = self.site.popen("vimport", path)
            time.sleep(wait)
            running.send_signal(signal.SIGKILL)
            running.wait()
        report = self.report(self.site, path)
        self.assertEqual(report[-1]["account"]["added"] + report[-1]["account"]["equal"], 9000)
        self.assertNothingChanged(self.report(self.site, path))
        self.site.run("vcheck", "--repair")  # temporary files of who was killed
        self.site.must("vcheck")
        self.assertEqual(export(self.site).count('"type":"account"'), 9000)

    @stores.needs("mysql")
    def test_a_store_that_is_away_is_later(self):
        self.site.sections["mysql"] = {"socket": self.site.path("run/nobody"), "database": "x", "user": "x"}
        self.site.configure(auth="mysql")
        for program in ("vexport", "vimport"):
            result = self.site.run(program, stdin=lines_of([{"type": "domain", "domain": ONE}]))
            self.assertEqual(result.status, 111, repr(result))

    def test_an_answer_of_who_is_away_comes_in(self):
        joe = "joe@" + ONE
        away = {"type": "vacation", "address": joe, "subject": "Weg \u00fcber Ostern", "text": "Back \"soon\".\n", "from": 4000000000,
                "until": 4000086399, "interval": 90000}
        objects = [{"type": "domain", "domain": ONE}, {"type": "account", "address": joe}, away]
        self.assertEqual(self.report(self.site, "--dry-run", stdin=lines_of(objects))[-1]["vacation"]["added"], 1)
        self.assertEqual(self.report(self.site, stdin=lines_of(objects))[-1]["vacation"]["added"], 1)
        shown = json.loads(self.site.must("vvacation", "--json", joe).out)
        self.assertEqual((shown["days"], shown["is_now"], shown["message"]), (2, False, "Subject: Weg \u00fcber Ostern\n\nBack \"soon\".\n"))
        self.assertNothingChanged(self.report(self.site, stdin=lines_of(objects)))
        exported = [json.loads(line) for line in export(self.site).splitlines()]
        self.assertIn(dict(away, interval=172800, active=True), exported)
        away["text"] = "Back later.\n"
        report = self.report(self.site, stdin=lines_of(objects), status=1)
        self.assertEqual([(line["kind"], line["outcome"]) for line in report[:-1]], [("vacation", "different")])
        self.assertIn("soon", self.site.must("vvacation", joe).out)
        self.assertEqual(self.report(self.site, "--overwrite", stdin=lines_of(objects))[-1]["vacation"]["replaced"], 1)
        self.assertIn("later", self.site.must("vvacation", joe).out)

    def test_answers_that_cannot_come_in_are_listed(self):
        joe = "joe@" + ONE
        for line, outcome in (({"active": False}, "skipped"), ({"address": "nobody@" + ONE}, "skipped"), ({"from": 9, "until": 5}, "failed")):
            away = dict({"type": "vacation", "address": joe, "text": "away\n"}, **line)
            report = self.report(self.site, stdin=lines_of([{"type": "domain", "domain": ONE}, {"type": "account", "address": joe}, away]),
                                 status=1)
            self.assertEqual([(line["kind"], line["outcome"]) for line in report[:-1]], [("vacation", outcome)])
        self.assertEqual(self.site.run("vvacation", joe).status, 1)


class ByRoot(Import, stores.CDBTest):
    """Root reads the file, and works on each domain as the owner of its folder."""
    privileged = True

    def test_domains_of_several_owners_come_in_and_leave(self):
        other = pwd.getpwnam("daemon")
        folder = self.site.path("V/domains/" + TWO)
        os.makedirs(folder, 0o700)
        os.chown(folder, other.pw_uid, other.pw_gid)
        objects = [{"type": "domain", "domain": ONE}, {"type": "account", "address": "joe@" + ONE, "quota": ""},
                   {"type": "alias", "address": "info@" + ONE, "destinations": [{"forward": "joe@" + ONE}]},
                   {"type": "domain", "domain": TWO, "dir": folder}, {"type": "account", "address": "ann@" + TWO}]
        path = self.site.path("V/report")
        report = self.report(self.site, "--keep-paths", "--report", path, stdin=lines_of(objects))
        self.assertEqual(report[-1]["account"]["added"], 2)
        for domain, uid in ((ONE, self.site.owner.uid), (TWO, other.pw_uid)):
            for top, folders, names in os.walk(self.site.path("V/domains/" + domain)):
                for name in [top] + [os.path.join(top, name) for name in folders + names]:
                    self.assertEqual(os.stat(name).st_uid, uid, name)
        with open(path, encoding="utf-8") as text:
            self.assertEqual(len(text.readlines()), 7)
        text = export(self.site)
        self.assertEqual(text.count('"type":"account"'), 2)
        self.assertIn('"uid":%d' % other.pw_uid, text)
        self.assertNothingChanged(self.report(self.site, "--keep-paths", stdin=lines_of(objects)))

    def test_a_folder_of_root_is_no_domain(self):
        folder = self.site.path("V/domains/" + ONE)
        os.mkdir(folder, 0o700)
        with open(folder + "/file", "w", encoding="ascii"):
            pass
        report = self.report(self.site, "--keep-paths", stdin=lines_of([{"type": "domain", "domain": ONE, "dir": folder}]), status=1)
        self.assertEqual(report[0]["outcome"], "failed")


PASSWD_FILE = """# users
joe@one.example:{SHA512-CRYPT}$6$abc$def:1000:1000:Joe Doe:/var/mail/one/joe::userdb_quota_rule=*:storage=100M:messages=1000
ann@two.example:$2y$05$abcdefghijklmnopqrstuvwxyz:::::: nologin userdb_mail=maildir:~/mail allow_nets=192.0.2.0/24
kim@one.example:{PLAIN-MD5}0123456789abcdef0123456789abcdef::::/var/mail/one/kim::userdb_quota_storage_size=5M
lee@one.example:{PLAIN}x::::/home/lee::userdb_mail=maildir:/store/lee/Maildir userdb_quota_rule=Trash:storage=1M

half@one.example
"""


class ForeignFiles(Import, stores.CDBTest):
    def test_a_passwd_file_of_dovecot(self):
        path = self.site.write("users", PASSWD_FILE)
        result = self.site.run("vimport", "--format", "passwd-file", "--print", path)
        self.assertEqual(result.status, 1, repr(result))
        lines = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual([line.get("domain") or line.get("address") for line in lines[1:-1]],
                         [ONE, "joe@" + ONE, "kim@" + ONE, "lee@" + ONE, TWO, "ann@" + TWO])
        joe, kim, lee, ann = lines[2], lines[3], lines[4], lines[6]
        self.assertEqual(joe, {"type": "account", "address": "joe@" + ONE, "hash": "{SHA512-CRYPT}$6$abc$def",
                               "quota": "104857600S,1000C", "comment": "Joe Doe", "home": "/var/mail/one/joe"})
        self.assertEqual(kim["quota"], "5242880S")
        self.assertEqual(lee["home"], "/store/lee")
        self.assertEqual(ann["flags"], ["no_pop", "no_webmail", "no_imap", "no_smtp"])
        for text in ("users:3: skipped: ann@two.example: the field allow_nets", "users:5: skipped: lee@one.example: the value of userdb_quota_rule",
                     "users:7: skipped: it has one field alone"):
            self.assertIn(text, result.err)
        self.report(self.site, "--format", "passwd-file", path, status=1)
        self.assertEqual(export(self.site).count('"type":"account"'), 4)
        self.assertNothingChanged(self.report(self.site, "--format", "passwd-file", path, status=1))

    def test_fields_of_a_passwd_file_without_a_value_or_with_a_bad_one(self):
        self.site.write("users", "ann@one.example:x::::relative::userdb_home userdb_mail userdb_mail=mbox:~/mail nologin =x\n"
                        "bob@one.example:x::::/home/bob::userdb_home=relative userdb_mail\n"
                        "cyr@one.example:%s:::::\n" % ("x" * 300))
        result = self.site.run("vimport", "--format", "passwd-file", "--print", self.site.path("users"))
        lines = {line.get("address"): line for line in map(json.loads, result.out.splitlines())}
        self.assertEqual(result.status, 1)
        self.assertEqual(lines["ann@one.example"].get("home"), None)
        self.assertIn("no_imap", lines["ann@one.example"]["flags"])
        self.assertEqual(lines["bob@one.example"]["home"], "/home/bob")
        self.assertNotIn("cyr@one.example", lines)
        for text in ("ann@one.example: the home relative is no absolute path", "ann@one.example: the value of userdb_mail cannot",
                     "bob@one.example: the value of userdb_home cannot", "cyr@one.example: \"hash\" is longer than 255 bytes"):
            self.assertIn(text, result.err)

    def test_the_files_of_cpanel(self):
        write = self.site.write
        write("cp/etc/%s/passwd" % ONE, "joe:x:1001:1002::/home/c/mail/one.example/joe:/home/c\n"
              "ann:x:1001:1002::/home/c/mail/one.example/ann:/home/c\n")
        write("cp/etc/%s/shadow" % ONE, "joe:%s:19000::::::\n" % quick_hash(PASSWORD))
        write("cp/etc/%s/quota" % ONE, "joe:262144000\nann:0\n")
        write("cp/etc/ftpquota", "x")
        write("cp/valiases/" + ONE, '*: :fail: No Such User Here\ninfo@one.example: joe@one.example, a@b.example\n'
              'joe@one.example: copy@b.example\nrobot@one.example: "|/usr/local/cpanel/bin/autorespond robot"\n'
              'void@one.example: :blackhole:\nsys@one.example: c\n')
        folder = self.site.path("cp")
        report = self.report(self.site, "--format", "cpanel", folder, status=1)
        self.assertEqual([(line["subject"], line["message"]) for line in report[:-1]], [
            ("etc/one.example/passwd:2", "ann has no line in shadow: nobody can log in"),
            ("valiases/one.example:6", 'sys: the destination "c" has no place here'),
            ("robot@one.example", "it runs a program, see --allow-programs: /usr/local/cpanel/bin/autorespond robot")])
        text = export(self.site)
        self.assertIn('"quota":"262144000S"', text)
        self.assertIn('"catch_all":"bounce-no-mailbox"', text)
        self.assertIn('"address":"info@one.example","destinations":[{"forward":"joe@one.example"},'
                      '{"forward":"a@b.example"}]', text)
        self.assertIn('"destinations":[{"forward":"copy@b.example"},{"maildir":"%s"}]'
                      % self.site.path("V/domains/one.example/joe/Maildir/"), text)
        self.site.must("vverifypw", "--password-stdin", "joe@" + ONE, stdin=(PASSWORD + "\n").encode())
        self.assertNothingChanged(self.report(self.site, "--format", "cpanel", folder, status=1))

    def test_files_of_cpanel_with_what_cannot_be(self):
        """Each thing is told, and stands in the way of nothing else."""
        self.site.write("cp/etc/%s/passwd" % ONE, "joe:x:1:1::relative:/\nann:x:1:1::/home/ann:/\n")
        self.site.write("cp/etc/%s/shadow" % ONE, "joe:%s:1::::::\nann:%s:1::::::\n" % (quick_hash(PASSWORD), "x" * 300))
        self.site.write("cp/valiases/" + ONE, "*: %s@\n" % ("x" * 70))
        report = self.report(self.site, "--format", "cpanel", self.site.path("cp"), status=1)
        told = sorted("%s %s: %s" % (line["outcome"], line["subject"], line["message"]) for line in report[:-1] if line["message"])
        self.assertEqual(len(told), 3, told)
        self.assertIn("is not an address, a path, bounce-no-mailbox or delete: ", told[0])
        self.assertEqual(told[1:], ["skipped etc/one.example/passwd:1: joe: the home relative is no absolute path",
                                    'skipped etc/one.example/passwd:2: ann: "hash" is longer than 255 bytes'])
        self.site.must("vverifypw", "--password-stdin", "joe@" + ONE, stdin=(PASSWORD + "\n").encode())

    def test_what_the_page_about_other_systems_names_is_there(self):
        with open(os.path.join(SOURCE, "docs/migrating-from-other-systems.md"), encoding="utf-8") as text:
            page = text.read()
        formats = set(re.findall("vimport --format ([a-z-]+)", page))
        self.assertEqual(formats, {"postfixadmin", "mailcow", "passwd-file", "cpanel"})
        for name in formats:
            result = self.site.run("vimport", "--format", name, self.site.path("absent"))
            self.assertEqual(result.status, 100)
            self.assertIn("absent", result.out + result.err)
        for name in set(re.findall("`(postfixadmin-[a-z]+)`", page)) | set(re.findall("vexport --format ([a-z-]+)", page)):
            self.site.must("vexport", "--format", name)
        scripts = set(re.findall("V/(share/virtmail/migrate/[a-z-]+[.]sql)", page))
        self.assertEqual(len(scripts), 4)
        for script in scripts:
            self.assertTrue(os.path.exists(os.path.join(Installed.get().home, script)), script)

    def test_what_is_no_such_source_is_refused(self):
        for arguments in (("--format", "cpanel", self.site.path("Q")), ("--format", "nothing"), ("--print",),
                          ("--format", "passwd-file", self.site.path("none"))):
            self.assertEqual(self.site.run("vimport", *arguments, stdin=b"").status, 100, arguments)


if __name__ == "__main__":
    unittest.main()
