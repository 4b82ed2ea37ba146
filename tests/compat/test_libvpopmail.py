"""Programs written for vpopmail's library, compiled against the installed tree, static and shared, and run on every store."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import stores
from harness.installed import BUILD, SOURCE, Installed
from harness.site import Site

DOMAIN, PASSWORD = "example.org", "a long password"
CLIENTS = ("panel", "smtpd", "checkpassword")
OUTLINE = re.compile(r"^[0-9a-f]* +[A-Z] (\S+)$", re.M)


class Tree:
    """Where the library is installed, and how a program is built with it."""

    def __init__(self):
        self.home = os.path.dirname(os.path.dirname(Installed.get().program("vuserinfo")))
        self.folder = tempfile.mkdtemp(prefix="vm-clients-")
        os.chmod(self.folder, 0o755)

    def close(self):
        shutil.rmtree(self.folder)

    def line(self, name):
        with open(os.path.join(self.home, "etc", name)) as text:
            return text.read()

    def build(self, name, is_shared=False):
        """The program's path. The tree is staged: the lines name the place where it would be."""
        out = os.path.join(self.folder, name + (".shared" if is_shared else ".static"))
        library, *others = self.line("lib_deps").split()
        staged = os.path.join(self.home, "lib")
        link = ["-L" + staged, "-Wl,-rpath," + staged, "-lvpopmail"] if is_shared else [os.path.join(staged, os.path.basename(library))]
        flags = ["-fsanitize=address,undefined"] if self.is_sanitized() else []
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", out, os.path.join(SOURCE, "tests", "compat", name + ".c"),
                        "-I" + os.path.join(self.home, "include")] + flags + link + others, check=True)
        return out

    @staticmethod
    def is_sanitized():
        with open(os.path.join(BUILD, "config.status")) as text:
            return "--enable-sanitizers" in text.read()


class Clients:
    """Mixed with a store; `is_shared` says which library."""
    is_shared = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tree = Tree()
        cls.addClassCleanup(cls.tree.close)
        cls.programs = {name: cls.tree.build(name, cls.is_shared) for name in CLIENTS}

    def call(self, program, *arguments, **environment):
        done = subprocess.run([self.programs[program]] + list(arguments), env=self.site.environment(**environment), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, **self.site.person.popen_arguments())
        self.assertNotIn("ERROR: ", done.stderr)
        return done.returncode, done.stdout

    def panel(self, *arguments):
        code, out = self.call("panel", *arguments)
        self.assertEqual(code, 0, out)
        return out

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

    def test_who_cannot_tell_says_later(self):
        self.fill()
        self.break_store()
        self.assertEqual(self.call("smtpd", "nobody@" + DOMAIN)[0], 111)
        self.assertEqual(self.call("checkpassword", "bob@" + DOMAIN, PASSWORD)[0], 111)
        self.assertEqual(self.call("panel", "get", "bob", DOMAIN), (1, "none -23\n"))

    def break_store(self):
        self.site.configure(auth="nonsense")


class CdbTest(Clients, unittest.TestCase):
    def setUp(self):
        self.site = Site({"log_target": "stderr", "password_scheme": "ssha"})
        self.addCleanup(self.site.close)


class SharedCdbTest(CdbTest):
    is_shared = True


class SQLiteTest(Clients, stores.StoreTest):
    engine = "sqlite"


class SharedSQLiteTest(SQLiteTest):
    is_shared = True


@stores.needs("mysql")
class MySQLTest(Clients, stores.StoreTest):
    engine = "mysql"


@stores.needs("pgsql")
class PgSQLTest(Clients, stores.StoreTest):
    engine = "pgsql"


class LibraryTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.close)

    def symbols(self, *options):
        done = subprocess.run(["nm"] + list(options), stdout=subprocess.PIPE, text=True, check=True)
        return set(OUTLINE.findall(done.stdout))

    def declared(self):
        text = ""
        for name in ("vpopmail.h", "vauth.h", "vlimits.h", "vpopmail_config.h"):
            with open(os.path.join(self.tree.home, "include", name)) as header:
                text += header.read()
        functions = re.findall(r"^\w[\w ]*[ *](\w+)\([^;{]*\);", text, re.M)
        return set(functions) | {"verrori", "OptimizeAddDomain", "NoMakeIndex"}

    def test_what_is_declared_is_there_and_nothing_else(self):
        for options in (("-g", "--defined-only", os.path.join(self.tree.home, "lib/libvpopmail.a")),
                        ("-D", "--defined-only", os.path.join(self.tree.home, "lib/libvpopmail.so"))):
            self.assertEqual(self.symbols(*options), self.declared(), options)

    def test_lib_deps_and_inc_deps_are_one_line_each(self):
        self.assertRegex(self.tree.line("inc_deps"), r"\A-I/\S+/include\n\Z")
        self.assertRegex(self.tree.line("lib_deps"), r"\A/\S+/lib/libvpopmail\.a( +-l\w+)+\n\Z")


if __name__ == "__main__":
    unittest.main()
