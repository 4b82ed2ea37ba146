"""docs/migrating-from-vpopmail.md, word for word, on trees and databases that vpopmail 5.4 and 5.6 left."""
import grp
import os
import poplib
import re
import unittest
from unittest import mock

import test_vschema
from harness import process, stores
from harness.accounts import Accounts, cdb_bytes, quick_hash
from harness.installed import SOURCE, make
from harness.site import Site

PAGE = os.path.join(SOURCE, "docs", "migrating-from-vpopmail.md")
DOMAIN, ALIAS, SECOND = "example.org", "alias.example", "second.example"
SECRET = "old secret"
OLD_MAIL = b"Subject: old\n\nwritten by 5.4\n"
LIMITS = "maxpopaccounts: 9000\nmaxaliases: -1\ndefault_quota: 20000000\ndisable_spamassassin\nsome_panel_key: kept\n"
DIR_CONTROL = "102\n0\n3\n0 0 0\n61 61 61\n0 2 2\n1 0 0\n0\n"
OPEN_SMTP = '192.0.2.44:allow,RELAYCLIENT="",RBLSMTPD=""\t1700000000\n'
TCP_SMTP = '127.:allow,RELAYCLIENT=""\n'


def steps(title):
    """The commands of one section of the page."""
    with open(PAGE, encoding="utf-8") as text:
        section = re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(title), text.read(), re.M | re.S)
    assert section, title
    return re.findall(r"^    (.*)$", section.group(1), re.M)


class Page:
    """Runs the commands of the page on a site."""
    def run_steps(self, title):
        said = []
        for command in steps(title):
            command = command.replace("/home/vpopmail", self.site.home).replace("/var/qmail", self.site.qmail)
            if command.startswith("./configure") or command == "make":
                continue  # this build is what they made
            if command == "make install":
                self.make_install()
                continue
            environment = self.site.environment()
            environment["PATH"] = self.site.path("run") + ":" + environment["PATH"]
            result = process.run(["/bin/sh", "-eu", "-c", command], b"", None, environment, self.site.folder,
                                 self.site.person, process.DEADLINE)
            self.assertEqual(result.status, 0, "%s\n%r" % (command, result))
            said.append(result.out)
        return said

    def make_install(self):
        """Into the tree itself, for the user that it belongs to."""
        os.chmod(self.site.path("V/etc/vpopmail.conf"), 0o640)
        make("install", "prefix=" + self.site.home, "qmaildir=" + self.site.qmail, "vpopuser=" + self.site.owner.name,
             "vpopgroup=" + grp.getgrgid(self.site.owner.gid).gr_name)

    def stand_in_for_svc(self):
        self.site.write("run/svc", "#!/bin/sh\necho \"$@\" >>%s\n" % self.site.path("V/svc.log"), 0o755)

    def run_installed(self, program, *arguments, **named):
        """A program of the tree itself, as it was installed over the old one."""
        path = self.site.path("V/bin/" + program)
        return process.run([path] + list(arguments), named.get("stdin", b""), named.get("fd3"),
                           self.site.environment(**named.get("env", {})), named.get("cwd", self.site.folder),
                           self.site.person, process.DEADLINE)

    def login(self, user, secret, port="110"):
        true = self.site.write("run/true", "#!/bin/sh\npwd\n", 0o755)
        return self.run_installed("vchkpw", true, fd3=("%s\0%s\0\0" % (user, secret)).encode(),
                                  env={"TCPLOCALPORT": port, "TCPREMOTEIP": "192.0.2.9"})

    def deliver(self, address, text):
        user, domain = address.split("@")
        return self.run_installed("vdelivermail", "", "bounce-no-mailbox", stdin=text, cwd=self.site.path("V/domains/" + domain),
                                  env={"EXT": user, "HOST": domain, "LOCAL": "%s-%s" % (domain, user), "RECIPIENT": address,
                                       "SENDER": "a@b.example", "DTLINE": "Delivered-To: %s-%s\n" % (domain, address),
                                       "RPLINE": "Return-Path: <a@b.example>\n", "UFLINE": "From a\n",
                                       "DEFAULT": user, "USER": domain})


class Tree(Page, unittest.TestCase):
    """Files as 5.4.33 writes them: nothing of ours made them."""
    def setUp(self):
        self.site = Site({"log_target": "stderr", "roaming_users": "yes"})
        self.addCleanup(self.site.close)
        os.unlink(self.site.path("V/lib"))  # make install brings its own
        self.stand_in_for_svc()
        self.write_tree()

    def write_tree(self):
        site, write = self.site, self.site.write
        self.accounts = Accounts(site)
        site.write("V/bin/vchkpw", "#!/bin/sh\necho 5.4\n", 0o755)
        site.give(site.path("V/bin"))
        hashes = {"joe": quick_hash(SECRET), "des": "abNANd1rDfiNc"}
        self.add("postmaster", "", hashes["joe"], 0, "NOQUOTA")
        self.add("joe", "", hashes["joe"], 0, "10485760S,1000C")
        self.add("ann", "0/", hashes["joe"], 0x3004, "")  # in the hashed folder, an administrator with her own rules
        self.add("late", None, hashes["joe"], 2, "NOQUOTA")  # its home is made at the first use
        self.accounts.add("postmaster@" + SECOND, hash=hashes["des"])
        self.accounts.aliases[ALIAS] = DOMAIN
        self.accounts.save()
        for domain in (DOMAIN, SECOND):
            write("V/domains/%s/.qmail-default" % domain, "| %s/bin/vdelivermail '' bounce-no-mailbox\n" % site.home, 0o600)
        write("V/domains/%s/.qmail-info" % DOMAIN, "&joe@%s\n&ann@%s\n" % (DOMAIN, DOMAIN), 0o600)
        write("V/domains/%s/.qmailadmin-limits" % DOMAIN, LIMITS, 0o600)
        write("V/domains/%s/.dir-control" % DOMAIN, DIR_CONTROL, 0o600)
        write("V/domains/.dir-control", "2\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n\n", 0o600)
        lastauth = write("V/domains/%s/joe/lastauth" % DOMAIN, "192.0.2.1", 0o600)
        os.utime(lastauth, (1600000000, 1600000000))
        write("V/domains/%s/joe/Maildir/cur/1600000000.1.host:2,S" % DOMAIN, OLD_MAIL, 0o600)
        write("V/domains/%s/joe/Maildir/maildirsize" % DOMAIN, "10485760S,1000C\n%d 1\n" % len(OLD_MAIL), 0o644)
        write("V/etc/open-smtp", OPEN_SMTP)
        write("V/etc/tcp.smtp", TCP_SMTP)
        write("V/etc/tcp.smtp.cdb", cdb_bytes([(b"127.", b'+RELAYCLIENT\0\0')]))
        write("V/etc/ip_alias_map", "192.0.2.80 %s\n" % SECOND)
        write("V/etc/defaultdomain", DOMAIN + "\n")
        names = (DOMAIN, SECOND, ALIAS)
        write("Q/control/rcpthosts", "".join(name + "\n" for name in names))
        write("Q/control/virtualdomains", "".join("%s:%s\n" % (name, name) for name in names))
        write("Q/control/locals", "host.example\n")
        write("Q/control/me", "host.example\n")

    def add(self, user, below, hash, flags, quota):
        home = "" if below is None else self.site.path("V/domains/%s/%s%s" % (DOMAIN, below, user))
        if home:
            self.accounts._make_maildir(home)
            self.site.give(os.path.dirname(home))
        self.accounts.domains.setdefault(DOMAIN, {})[user] = ":".join(
            [user, hash, "1", str(flags), "Name of " + user, home, quota])

    def old_files(self):
        """What 5.4 reads, by name."""
        names = ["Q/users/assign", "Q/users/cdb", "Q/control/rcpthosts", "Q/control/virtualdomains", "Q/control/locals",
                 "V/etc/open-smtp", "V/etc/tcp.smtp", "V/etc/ip_alias_map", "V/etc/defaultdomain"]
        names += ["V/domains/%s/%s" % (domain, name) for domain in (DOMAIN, SECOND) for name in ("vpasswd", ".qmail-default")]
        names += ["V/domains/%s/%s" % (DOMAIN, name) for name in (".qmail-info", ".qmailadmin-limits")]
        return {name: self.site.read(name) for name in names}

    def install(self):
        for title in ("1. Keep what going back needs", "2. Build", "3. Install"):
            self.run_steps(title)

    def read_vpasswd(self, domain):
        """As 5.4 reads them: lines in order with 7 fields, and a cdb with the same."""
        lines = self.site.read("V/domains/%s/vpasswd" % domain).decode().splitlines()
        self.assertEqual([line.split(":")[0] for line in lines], sorted(line.split(":")[0] for line in lines))
        for line in lines:
            self.assertEqual(line.count(":"), 6, line)
            self.assertLessEqual(len(line), 299)
        expected = cdb_bytes([tuple(part.encode() for part in line.split(":", 1)) for line in lines])
        found = self.site.read("V/domains/%s/vpasswd.cdb" % domain)
        self.assertEqual(sorted(records(found)), sorted(records(expected)))
        return {line.split(":")[0]: line.split(":") for line in lines}

    def test_installing_changes_nothing_that_vpopmail_reads(self):
        before = self.old_files()
        self.install()
        self.assertEqual(self.old_files(), before)
        self.assertEqual(self.site.read("V/svc.log"), b"-d /service/qmail-send\n-u /service/qmail-send\n")
        self.assertIn(b"5.4", self.site.read("V/bin.old/vchkpw"))
        self.assertNotIn(b"echo 5.4", self.site.read("V/bin/vchkpw"))

    def test_check_mends_what_it_can_and_then_finds_nothing(self):
        self.install()
        findings, _, rest = self.run_steps("4. Check")
        self.assertIn("102", findings)  # the count of .dir-control is not that of the accounts
        self.assertEqual(rest, "")

    def test_it_runs(self):
        self.install()
        self.run_steps("4. Check")
        self.assertIn("joe", self.run_steps("5. Run")[0])
        self.assertEqual(self.login("joe@" + DOMAIN, SECRET).out.strip(), self.site.path("V/domains/%s/joe" % DOMAIN))
        self.assertEqual(self.login("joe", SECRET).status, 0)  # the default domain
        self.assertEqual(self.login("joe@" + ALIAS, SECRET).status, 0)
        self.assertNotEqual(self.login("joe@" + DOMAIN, "wrong").status, 0)
        self.assertNotEqual(self.login("late@" + DOMAIN, SECRET).status, 0)  # its flag closes POP3
        self.assertEqual(self.login("late@" + DOMAIN, SECRET, "143").status, 0)
        self.assertIn(b"192.0.2.9:allow", self.site.read("V/etc/open-smtp"))
        self.assertIn(b"192.0.2.44:allow", self.site.read("V/etc/open-smtp"))
        for address in ("joe@" + DOMAIN, "ann@" + DOMAIN, "late@" + DOMAIN):
            result = self.deliver(address, b"Subject: new\n\nnew\n")
            self.assertEqual(result.status, 0, repr(result))
        self.assertEqual(len(os.listdir(self.site.path("V/domains/%s/0/ann/Maildir/new" % DOMAIN))), 1)
        self.assertNotEqual(self.deliver("nobody@" + DOMAIN, b"x\n").status, 0)
        limits = self.run_installed("vmoddomlimits", "-S", DOMAIN).out
        self.assertIn("Max Pop Accounts: 9000", limits)
        self.assertIn("NO_SPAMASSASSIN", limits)

    def test_pop3_reads_old_mail(self):
        self.install()
        port = process.free_port()
        self.site.start("qmail-popup", "-l", "127.0.0.1:%d" % port, "mail.example.org", self.site.path("V/bin/vchkpw"),
                        self.site.installed.program("qmail-pop3d"), "Maildir", address=("127.0.0.1", port))
        client = poplib.POP3("127.0.0.1", port, timeout=process.DEADLINE)
        client.user("joe@" + DOMAIN)
        client.pass_(SECRET)
        self.assertEqual(client.stat()[0], 1)
        self.assertEqual(client.retr(1)[1], [b"Subject: old", b"", b"written by 5.4"])
        client.quit()

    def test_going_back_leaves_what_vpopmail_reads(self):
        self.install()
        self.run_steps("4. Check")
        many = "".join("user%04d@%s,%s\n" % (number, DOMAIN, quick_hash(SECRET)) for number in range(6000))
        result = self.run_installed("vadduser", "--lazy-home", "--batch", "-",
                                    stdin=("address,password_hash\n" + many).encode())
        self.assertEqual(result.status, 0, repr(result))
        self.assertEqual(self.run_installed("vmoduser", "-c", "In the journal", "joe@" + DOMAIN).status, 0)
        self.assertEqual(self.run_installed("vdeluser", "ann@" + DOMAIN).status, 0)
        self.assertNotIn(b"In the journal", self.site.read("V/domains/%s/vpasswd" % DOMAIN))
        self.run_steps("6. Go back")
        accounts = self.read_vpasswd(DOMAIN)
        self.assertEqual(len(accounts), 6003)
        self.assertEqual(accounts["joe"][1:5], [quick_hash(SECRET), "1", "0", "In the journal"])
        self.assertNotIn("ann", accounts)
        self.read_vpasswd(SECOND)
        self.assertIn(b"5.4", self.site.read("V/bin/vchkpw"))
        self.assertEqual(self.site.read("Q/users/assign"), self.site.read("Q/users.old/assign"))
        self.assertEqual(self.site.read("V/domains/%s/.qmailadmin-limits" % DOMAIN).decode(), LIMITS)
        record = self.site.read("V/domains/%s/.dir-control" % DOMAIN).decode().split("\n")
        self.assertEqual((len(record), record[1:6]), (9, ["0", "3", "0 0 0", "61 61 61", "0 2 4"]))

    def test_everything_can_be_exported_and_rehearsed(self):
        self.install()
        self.run_steps("4. Check")
        self.run_steps("To another host, or from files to SQL")
        text = self.site.read("V/all.jsonl").decode()
        self.assertIn('"address":"ann@example.org"', text)
        self.assertIn('"flags":["no_webmail","domain_admin_privileges","override_domain_limits"]', text)
        self.assertIn('"last_login":1600000000,"last_login_from":"192.0.2.1"', text)
        self.assertIn('"ip":"192.0.2.80"', text)


def records(text):
    """The pairs of a constant database."""
    position, found = 2048, []
    end = min(int.from_bytes(text[8 * i:8 * i + 4], "little") for i in range(256))
    while position < end:
        key, value = int.from_bytes(text[position:position + 4], "little"), int.from_bytes(text[position + 4:position + 8], "little")
        found.append((text[position + 8:position + 8 + key], text[position + 8 + key:position + 8 + key + value]))
        position += 8 + key + value
    return found


class Tables(Page):
    """The same for a database that old programs made, whose homes are below this site."""
    def load(self, text):
        below = mock.patch.object(test_vschema, "home", lambda domain, name: self.site.path("V/domains/%s/%s" % (domain, name)))
        below.start()
        self.addCleanup(below.stop)
        super().load(text.replace("/home/vpopmail", self.site.home).replace("'NOQUOTA '", "'NOQUOTA'"))

    def test_the_tables_are_taken_over_and_old_programs_go_on(self):
        for name in os.listdir(self.site.home):
            if name == "lib":
                os.unlink(self.site.path("V/lib"))
        self.site.write("V/bin/vchkpw", "#!/bin/sh\necho 5.4\n", 0o755)
        self.stand_in_for_svc()
        self.make_install()
        self.run_steps("Accounts in SQL")
        if not self.is_fixed:  # an old program writes again what the check would not have
            super().load("UPDATE vpopmail SET pw_shell = 'NOQUOTA ' WHERE pw_name = 'trailing';")
        self.compare_accounts(test_vschema.DOMAIN)
        self.assertEqual(self.ask("SELECT count(*) FROM vpopmail WHERE pw_domain = '%s'" % test_vschema.DOMAIN),
                         [[str(len(test_vschema.accounts(test_vschema.DOMAIN, True)))]])


@stores.needs("mysql")
class MySQL(Tables, test_vschema.Old):
    engine, dump, has_clear, is_fixed = "mysql", "vpopmail-5.4.33-mysql.sql", True, True


@stores.needs("sqlite")
class SQLite(Tables, test_vschema.Old):
    engine, dump = "sqlite", "vpopmail-5.6-sqlite.sql"


@stores.needs("pgsql")
class PgSQL(Tables, test_vschema.Old):
    engine, dump, has_clear, user_column = "pgsql", "vpopmail-5.6-pgsql.sql", True, "userid"


if __name__ == "__main__":
    unittest.main()
