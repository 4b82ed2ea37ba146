"""Programs written for vpopmail's library, compiled against the installed tree, static and shared, and run on every store."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from clients import Clients, Tree  # noqa: E402
from harness import stores  # noqa: E402
from harness.installed import SOURCE  # noqa: E402
from harness.site import Site  # noqa: E402

DOMAIN, PASSWORD = "example.org", "a long password"
OUTLINE = re.compile(r"^[0-9a-f]* +[A-Z] (\S+)$", re.M)


class Shapes(Clients):
    """Clients of the shapes that users have."""
    names = ("panel", "smtpd", "checkpassword", "authmodule", "prototypes")

    def panel(self, *arguments):
        code, out = self.call("panel", *arguments)
        self.assertEqual(code, 0, out)
        return out

    def test_changes_are_told_as_those_of_commands(self):
        told = self.site.write("V/etc/told", "", 0o666)
        self.site.write("V/etc/onchange", '#!/bin/sh\necho "$1 $2 $3" >>%s\n' % told, 0o755)
        self.site.write("V/etc/password_strength.conf", "Length > 99\n")
        self.site.configure(onchange="yes")
        owner = self.site.owner
        self.panel("adddomain", DOMAIN, self.site.home, str(owner.uid), str(owner.gid))
        self.refused(-70, "adduser", "bob", DOMAIN, PASSWORD, "Bob")
        os.unlink(self.site.path("V/etc/password_strength.conf"))
        self.panel("addalias", "example.net", DOMAIN)
        self.panel("adduser", "bob", DOMAIN, PASSWORD, "Bob")
        self.panel("passwd", "bob", DOMAIN, "another password")
        self.panel("quota", "bob", DOMAIN, "10M")
        self.panel("change", "bob", DOMAIN, "Robert", "0x802")
        self.panel("insert", "info", DOMAIN, "&bob@" + DOMAIN)
        self.panel("remove", "info", DOMAIN, "&bob@" + DOMAIN)
        self.panel("insert", "info", DOMAIN, "&bob@" + DOMAIN)
        self.panel("delete", "info", DOMAIN)
        self.panel("insert", "info", DOMAIN, "&bob@" + DOMAIN)
        self.panel("clear", DOMAIN)
        self.panel("deluser", "bob", DOMAIN)
        self.panel("deldomain", DOMAIN)
        info = "info@%s &bob@%s" % (DOMAIN, DOMAIN)
        self.assertEqual(self.site.read("V/etc/told").decode().splitlines(), [
            "add_domain %s -" % DOMAIN, "add_alias_domain example.net " + DOMAIN, "add_user bob@%s -" % DOMAIN,
            "mod_user bob@%s -" % DOMAIN, "mod_user bob@%s -" % DOMAIN, "mod_user bob@%s -" % DOMAIN,
            "valias_insert " + info, "valias_remove " + info, "valias_insert " + info, "valias_delete info@%s -" % DOMAIN,
            "valias_insert " + info, "valias_delete_domain %s -" % DOMAIN, "del_user bob@%s -" % DOMAIN,
            "del_domain %s -" % DOMAIN])

    def refused(self, number, *arguments):
        code, out = self.call("panel", *arguments)
        self.assertNotEqual(code, 0)
        self.assertEqual(out.split(" ")[0], str(number), out)

    def fill(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.panel("adduser", "bob", DOMAIN, PASSWORD, "Bob B")

    def test_a_panel_adds_shows_changes_and_removes_users(self):
        self.fill()
        name, hashed, kind, flags, in_force, comment, home, quota = self.panel("get", "BOB", "Example.ORG").rstrip("\n").split("|")
        self.assertEqual((name, flags, in_force, comment), ("bob", "0", "0", "Bob B"))
        self.assertTrue(os.path.isdir(home + "/Maildir/new"), home)
        self.site.must("vverifypw", "bob@" + DOMAIN, PASSWORD)
        self.panel("passwd", "bob", DOMAIN, "another password")
        self.site.must("vverifypw", "bob@" + DOMAIN, "another password")
        self.panel("quota", "bob", DOMAIN, "10M")
        self.panel("change", "bob", DOMAIN, "Robert", "0x802")
        _, after, _, flags, _, comment, _, quota = self.panel("get", "bob", DOMAIN).rstrip("\n").split("|")
        self.assertEqual((flags, comment, quota), (str(0x802), "Robert", "10485760S"))
        self.assertNotEqual(after, hashed)
        self.assertEqual([line.split("|")[0] for line in self.panel("users", DOMAIN).splitlines()], ["bob", "postmaster"])
        self.panel("deluser", "bob", DOMAIN)
        self.assertFalse(os.path.exists(home))
        self.assertEqual(self.call("panel", "get", "bob", DOMAIN), (1, "none 0\n"))

    def test_a_no_has_its_number(self):
        self.fill()
        self.refused(-2, "adduser", "bob", DOMAIN, PASSWORD, "")
        self.refused(-1, "adduser", "b b", DOMAIN, PASSWORD, "")
        self.refused(-11, "adduser", "bob", "nowhere.example", PASSWORD, "")
        self.refused(-10, "deluser", "nobody", DOMAIN)
        self.refused(-10, "passwd", "nobody", DOMAIN, PASSWORD)
        self.refused(-13, "addalias", DOMAIN, DOMAIN)
        self.refused(-11, "deldomain", "nowhere.example")
        self.refused(-29, "quota", "bob", DOMAIN, "junk")

    def test_many_users_are_paged(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        names = sorted("user%04d" % number for number in range(1203))
        lines = "".join('{"address":"%s@%s","password_hash":"abNANd1rDfiNc"}\n' % (name, DOMAIN) for name in names)
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin=lines.encode())
        self.assertEqual([line.split("|")[0] for line in self.panel("users", DOMAIN).splitlines()], ["postmaster"] + names)

    def test_a_panel_keeps_domains(self):
        owner = self.site.owner
        self.panel("adddomain", "new.example", self.site.home, str(owner.uid), str(owner.gid))
        self.panel("addalias", "alias.example", "new.example")
        self.assertEqual(self.panel("users", "new.example"), "")
        self.panel("adduser", "postmaster", "new.example", PASSWORD, "Postmaster")
        folder = self.site.path("V/domains/new.example")
        self.assertEqual(self.panel("assign", "alias.example"), "%s new.example %s %d %d\n" % (folder, folder, owner.uid, owner.gid))
        self.assertEqual(self.call("panel", "assign", "nowhere.example"), (1, "none nowhere.example  12345 54321\n"))
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.assertEqual([line.split()[:2] for line in self.panel("domains", "new.example").splitlines()],
                         [["alias.example", "new.example"], ["new.example", "new.example"]])
        self.assertEqual(len(self.panel("domains", "").splitlines()), 3)
        self.panel("deldomain", "new.example")
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(len(self.panel("domains", "").splitlines()), 1)

    def test_aliases(self):
        self.fill()
        for line in ("&a@b.example", "bob@" + DOMAIN):
            self.panel("insert", "sales", DOMAIN, line)
        self.panel("insert", "info", DOMAIN, "c@d.example")
        self.assertEqual(self.panel("alias", "sales", DOMAIN), "&a@b.example\nbob@%s\n" % DOMAIN)
        self.assertEqual(self.panel("aliases", DOMAIN), "info c@d.example\nsales &a@b.example\nsales bob@%s\n" % DOMAIN)
        self.assertEqual(self.panel("names", DOMAIN), "info\nsales\n")
        self.panel("remove", "sales", DOMAIN, "&a@b.example")
        self.assertEqual(self.panel("alias", "sales", DOMAIN), "bob@%s\n" % DOMAIN)
        self.panel("delete", "info", DOMAIN)
        self.assertEqual(self.panel("names", DOMAIN), "sales\n")
        self.panel("clear", DOMAIN)
        self.assertEqual(self.panel("names", DOMAIN), "")

    def test_limits_reach_the_flags(self):
        self.fill()
        self.assertEqual(self.panel("limits", DOMAIN), "-1 -1 0 0 0\n")
        self.assertEqual(self.panel("limits", DOMAIN, "2"), "2 -1 1 4 2\n")
        self.assertEqual(self.panel("get", "bob", DOMAIN).split("|")[3:5], ["0", "2"])
        self.refused(-1, "adduser", "third", DOMAIN, PASSWORD, "")
        self.site.must("vmoddomlimits", "-F", "1", DOMAIN)
        self.panel("insert", "sales", DOMAIN, "a@b.example")
        self.refused(-1, "insert", "info", DOMAIN, "a@b.example")

    def test_addresses(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.assertEqual(self.panel("parse", "Bob%Example.ORG"), "0 bob example.org bob%example.org\n")
        self.assertEqual(self.call("panel", "parse", "b b@example.org")[0], 1)
        self.site.write("V/etc/defaultdomain", DOMAIN + "\n")
        self.assertEqual(self.panel("parse", "bob"), "0 bob example.org bob\n")

    def test_last_logins(self):
        self.fill()
        self.assertEqual(self.panel("lastlogin", "bob", DOMAIN), "1 0.0.0.0\n")  # as 5.4 notes a new account
        self.panel("seen", "bob", DOMAIN, "192.0.2.7")
        self.assertEqual(self.panel("lastlogin", "bob", DOMAIN), "1 192.0.2.7\n")

    def test_a_server_with_functions_of_the_same_names(self):
        self.fill()
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        self.panel("insert", "sales", DOMAIN, "bob@" + DOMAIN)
        for address, code in (("bob@" + DOMAIN, 0), ("bob@alias.example", 0), ("sales@" + DOMAIN, 0), ("nobody@" + DOMAIN, 1),
                              ("bob@nowhere.example", 3)):
            self.assertEqual(self.call("smtpd", address)[0], code, address)

    def test_a_login(self):
        self.fill()
        self.site.must("vadduser", "-q", "1M", "carol@" + DOMAIN, PASSWORD)
        self.assertRegex(self.call("checkpassword", "carol@" + DOMAIN, PASSWORD)[1], r"\A/.*/carol 1024S,3C 1048576S\n\Z")
        self.assertEqual(self.call("checkpassword", "carol@" + DOMAIN, "wrong")[0], 1)
        self.assertEqual(self.call("checkpassword", "nobody@" + DOMAIN, PASSWORD)[0], 1)
        self.site.must("vmoduser", "-i", "carol@" + DOMAIN)
        self.assertEqual(self.call("checkpassword", "carol@" + DOMAIN, PASSWORD)[0], 1)

    def test_a_login_opens_the_relay(self):
        self.fill()
        self.site.configure(roaming_users="yes")
        self.site.write("V/etc/tcp.smtp", '127.:allow,RELAYCLIENT=""\n')
        self.assertEqual(self.call("checkpassword", "bob@" + DOMAIN, PASSWORD, TCPREMOTEIP="192.0.2.77")[0], 0)
        self.assertIn(b"192.0.2.77", self.site.read("V/etc/tcp.smtp.cdb"))

    def authmodule(self, service, what, *lines):
        return self.call("authmodule", service, what, stdin="".join(line + "\n" for line in lines))

    def test_a_module_of_an_authentication_daemon(self):
        self.fill()
        self.site.must("vaddaliasdomain", "alias.example", DOMAIN)
        owner = self.site.owner
        code, out = self.authmodule("imap", "login", "Bob@alias.example", PASSWORD)
        self.assertEqual((code, out), (0, "ADDRESS=bob@%s\nNAME=Bob B\nHOME=%s\nMAILDIRQUOTA=NOQUOTA\n"
                                          "OPTIONS=disablewebmail=0,disablepop3=0,disableimap=0\nUID=%d\nGID=%d\n"
                                       % (DOMAIN, self.site.path("V/domains/%s/bob" % DOMAIN), owner.uid, owner.gid)))
        self.assertEqual(self.panel("lastlogin", "bob", DOMAIN), "1 imap\n")  # such modules note the service
        for lines in (("bob@" + DOMAIN, "wrong"), ("nobody@" + DOMAIN, PASSWORD), ("bob@nowhere.example", PASSWORD), ("b b", PASSWORD)):
            self.assertEqual(self.authmodule("imap", "login", *lines), (1, ""), lines)
        self.assertEqual(self.authmodule("imap", "passwd", "bob@" + DOMAIN, "wrong", "another password"), (1, ""))
        self.assertEqual(self.authmodule("imap", "passwd", "bob@" + DOMAIN, PASSWORD, "another password"), (0, ""))
        self.assertEqual(self.authmodule("imap", "login", "bob@" + DOMAIN, PASSWORD)[0], 1)
        self.assertEqual(self.authmodule("imap", "login", "bob@" + DOMAIN, "another password")[0], 0)

    def test_a_module_obeys_the_flags_of_account_and_domain(self):
        self.fill()
        self.site.must("vmoduser", "-i", "bob@" + DOMAIN)
        self.site.must("vmoddomlimits", "-g", "p", DOMAIN)
        for service, code in (("imap", 1), ("pop3", 1), ("webmail", 0)):
            self.assertEqual(self.authmodule(service, "login", "bob@" + DOMAIN, PASSWORD)[0], code, service)

    def test_a_module_makes_the_home_of_who_has_none(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin=('{"address":"lazy@%s","password":"%s"}\n' % (DOMAIN, PASSWORD)).encode())
        code, out = self.authmodule("pop3", "login", "lazy@" + DOMAIN, PASSWORD)
        self.assertEqual(code, 0)
        home = re.search("^HOME=(.+)$", out, re.M).group(1)
        self.assertTrue(os.path.isdir(home + "/Maildir/new"), out)

    def test_every_function_field_and_number_has_its_type(self):
        with open(os.path.join(SOURCE, "tests/compat/prototypes.h")) as text:
            count = len(re.findall("^FUNCTION", text.read(), re.M))
        self.assertEqual(self.call("prototypes"), (0, "%d functions\n" % count))

    def test_who_cannot_tell_says_later(self):
        self.fill()
        self.break_store()
        self.assertEqual(self.call("smtpd", "nobody@" + DOMAIN)[0], 111)
        self.assertEqual(self.call("checkpassword", "bob@" + DOMAIN, PASSWORD)[0], 111)
        for name in ("bob", "nobody"):
            self.assertEqual(self.authmodule("imap", "login", name + "@" + DOMAIN, PASSWORD)[0], 111)
        self.assertEqual(self.call("panel", "get", "bob", DOMAIN), (1, "none -23\n"))

    def break_store(self):
        self.site.configure(auth="nonsense")


class CdbTest(Shapes, unittest.TestCase):
    def setUp(self):
        self.site = Site({"log_target": "stderr", "password_scheme": "ssha"})
        self.addCleanup(self.site.close)


class SharedCdbTest(CdbTest):
    is_shared = True


class SQLiteTest(Shapes, stores.StoreTest):
    engine = "sqlite"


class SharedSQLiteTest(SQLiteTest):
    is_shared = True


@stores.needs("mysql")
class MySQLTest(Shapes, stores.StoreTest):
    engine = "mysql"


@stores.needs("mysql")
class SharedMySQLTest(MySQLTest):
    is_shared = True


@stores.needs("pgsql")
class PgSQLTest(Shapes, stores.StoreTest):
    engine = "pgsql"


@stores.needs("pgsql")
class SharedPgSQLTest(PgSQLTest):
    is_shared = True


class LibraryTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.close)

    def symbols(self, *options):
        done = subprocess.run(["nm"] + list(options), stdout=subprocess.PIPE, text=True, check=True)
        return set(OUTLINE.findall(done.stdout))

    def declared(self):
        text = ""
        for name in sorted(os.listdir(os.path.join(self.tree.home, "include"))):
            with open(os.path.join(self.tree.home, "include", name)) as header:
                text += header.read()
        functions = re.findall(r"^\w[\w ]*[ *](\w+)\([^;{]*\);", text, re.M)
        return set(functions) | {"verrori", "OptimizeAddDomain", "NoMakeIndex", "sqlerr", "last_query", "vdir"}

    @staticmethod
    def of_5_4():
        with open(os.path.join(SOURCE, "tests/compat/prototypes.h")) as text:
            names = re.findall(r"^FUNCTION\(\w+, (\w+)", text.read(), re.M)
        return set(names) | {"verrori", "OptimizeAddDomain", "NoMakeIndex", "sqlerr", "last_query", "vdir"}

    def test_what_is_declared_is_there_and_nothing_else(self):
        for options in (("-g", "--defined-only", os.path.join(self.tree.home, "lib/libvpopmail.a")),
                        ("-D", "--defined-only", os.path.join(self.tree.home, "lib/libvpopmail.so"))):
            found = {name for name in self.symbols(*options) if not name.startswith("__odr_asan.")}  # those are the sanitizer's
            self.assertEqual(self.declared() - found, set(), options)
            self.assertEqual({name for name in found if not name.startswith("vm_")}, self.of_5_4(), options)

    def test_each_header_compiles_alone(self):
        include = os.path.join(self.tree.home, "include")
        for name in sorted(os.listdir(include)):
            for words in (["gcc", "-std=c99", "-x", "c"], ["g++", "-std=c++11", "-x", "c++"]):
                if shutil.which(words[0]):
                    subprocess.run(words + ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I" + include, "-include",
                                            os.path.join(include, name), "/dev/null"], check=True)

    def test_lib_deps_and_inc_deps_are_one_line_each(self):
        self.assertRegex(self.tree.line("inc_deps"), r"\A-I/\S+/include\n\Z")
        self.assertRegex(self.tree.line("lib_deps"), r"\A/\S+/lib/libvpopmail\.a( +-[lL][\w/-]+)+\n\Z")


if __name__ == "__main__":
    unittest.main()
