"""virtmail.h: the examples of the manual and a program that calls each function, built by pkg-config, on every store."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from clients import Clients, Tree  # noqa: E402
from harness import stores  # noqa: E402
from harness.installed import SOURCE  # noqa: E402

DOMAIN, PASSWORD = "example.org", "a long password"
EXAMPLES = ("lookup", "add", "authenticate", "list")
NO_WISH = ("-", "-", "-", "-", "0", "0")
MEMBERS = (("max_accounts", "3"), ("max_aliases", "0"), ("max_forwards", "7"), ("max_autoresponders", "8"), ("max_lists", "9"),
           ("disk_mib", "512"), ("max_messages", "1000"), ("default_bytes", "1048576"), ("default_messages", "20"),
           ("disabled_flags", "2"), ("perm_account", "1"), ("perm_alias", "2"), ("perm_forward", "4"),
           ("perm_autoresponder", "7"), ("perm_list", "3"), ("perm_list_users", "5"), ("perm_list_moderators", "6"),
           ("perm_quota", "1"), ("perm_default_quota", "2"))


class PackagedTree(Tree):
    """Programs find the library by pkg-config; the tree is staged, so its prefix is told."""

    def flags(self, is_shared):
        package = "virtmail" if is_shared else "virtmail-static"
        return subprocess.run(["pkg-config", "--define-variable=prefix=" + self.home, "--cflags", "--libs", package],
                              env=dict(os.environ, PKG_CONFIG_PATH=self.home + "/lib/pkgconfig"), stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()

    def build(self, name, is_shared=False):
        out = os.path.join(self.folder, name + (".shared" if is_shared else ".static"))
        folder = "docs/examples" if name in EXAMPLES else "tests/compat"
        flags = ["-fsanitize=address,undefined"] if self.is_sanitized() else []
        subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", out, os.path.join(SOURCE, folder, name + ".c")] +
                       flags + self.flags(is_shared), check=True)
        return out


class Interface(Clients):
    names = EXAMPLES + ("virtmail",)

    @classmethod
    def setUpClass(cls):
        super(Clients, cls).setUpClass()
        cls.tree = PackagedTree()
        cls.addClassCleanup(cls.tree.close)
        cls.programs = {name: cls.tree.build(name, cls.is_shared) for name in cls.names}

    def ask(self, name, *words):
        """The status and the lines before it."""
        code, out = self.call("virtmail", "-", name, *words)
        *lines, status = out.rstrip("\n").split("\n")
        self.assertEqual(code, {"ok": 0, "tempfail": 111, "misconfig": 111, "internal": 111}.get(status.split(" ")[0], 1), out)
        return status, lines

    def good(self, name, *words):
        status, lines = self.ask(name, *words)
        self.assertEqual(status, "ok", (name, words))
        return lines

    def no(self, beginning, name, *words):
        status, lines = self.ask(name, *words)
        self.assertTrue(status.startswith(beginning), (status, name, words))
        self.assertEqual([line for line in lines if line != "0 0"], [])

    def fill(self):
        self.site.configure(password_min_length="8")
        self.good("add-domain", DOMAIN, PASSWORD)
        self.good("add", "bob@" + DOMAIN, PASSWORD, "-", "Bob B", "10M,100C", "0x802", "0x2")

    def account(self, address):
        return self.good("find", address)[0].split("|")

    def test_domains(self):
        self.fill()
        self.good("add-domain-alias", "Alias.example", DOMAIN)
        folder = self.site.path("V/domains/" + DOMAIN)
        self.assertEqual(self.good("find-domain", "ALIAS.example"), ["alias.example %s %s" % (DOMAIN, folder)])
        self.assertEqual([line.split()[:2] for line in self.good("domains", "", "0")], [["alias.example", DOMAIN], [DOMAIN, DOMAIN]])
        self.assertEqual([line.split()[0] for line in self.good("domains", "alias.example", "0")], [DOMAIN])
        self.assertEqual([line.split()[0] for line in self.good("domains", "", "1")], ["alias.example"])
        self.assertEqual([line.split()[0] for line in self.good("domains", "", "0", "1")], ["alias.example"])
        self.site.must("vverifypw", "postmaster@" + DOMAIN, PASSWORD)
        self.no("exists domain", "add-domain", DOMAIN, PASSWORD)
        self.no("exists domain", "add-domain-alias", "alias.example", DOMAIN)
        self.no("not_found domain", "add-domain-alias", "other.example", "nowhere.example")
        self.no("not_found domain", "find-domain", "nowhere.example")
        self.no("not_found domain", "delete-domain", "nowhere.example")
        self.no("denied password", "add-domain", "weak.example", "x")
        self.no("invalid password", "add-domain", "weak.example", "-")
        self.no("invalid domain", "add-domain", "no_domain..", PASSWORD)
        self.no("invalid domain", "find-domain", "-")
        self.good("delete-domain", "alias.example")
        self.no("not_found domain", "find-domain", "alias.example")
        self.good("delete-domain", DOMAIN)
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(self.good("domains", "", "0"), [])

    def test_accounts(self):
        self.fill()
        name, hashed, comment, home, size, messages, own, flags = self.account("BOB@example.org")
        self.assertEqual((name, comment, size, messages, own, flags), ("bob@" + DOMAIN, "Bob B", "10485760", "100", "0x800", "0x800"))
        self.assertTrue(os.path.isdir(home + "/Maildir/new"))
        self.site.must("vverifypw", "bob@" + DOMAIN, PASSWORD)
        self.good("change", "bob@" + DOMAIN, "another password", "-", "Robert", "NOQUOTA", "0x8", "0x800")
        after = self.account("bob@" + DOMAIN)
        self.assertNotEqual(after[1], hashed)
        self.assertEqual(after[2:], ["Robert", home, "0", "0", "0x8", "0x8"])
        self.site.must("vverifypw", "bob@" + DOMAIN, "another password")
        self.good("change", "bob@" + DOMAIN, "-", "abNANd1rDfiNc", "-", "-", "0", "0")
        self.assertEqual(self.account("bob@" + DOMAIN)[1:3], ["abNANd1rDfiNc", "Robert"])
        self.assertEqual(self.good("usage", "bob@" + DOMAIN), ["0 0"])
        self.good("delete", "bob@" + DOMAIN)
        self.assertFalse(os.path.exists(home))
        self.no("not_found address", "find", "bob@" + DOMAIN)

    def test_a_no_names_what_it_is_about(self):
        self.fill()
        self.no("exists address", "add", "bob@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.no("not_found domain", "add", "bob@nowhere.example", PASSWORD, *NO_WISH[1:])
        self.no("denied password", "add", "weak@" + DOMAIN, "x", *NO_WISH[1:])
        self.no("invalid password", "add", "both@" + DOMAIN, PASSWORD, "abNANd1rDfiNc", "-", "-", "0", "0")
        self.no("invalid password", "add", "long@" + DOMAIN, "x" * 5000, *NO_WISH[1:])
        self.no("invalid quota", "add", "junk@" + DOMAIN, PASSWORD, "-", "-", "junk", "0", "0")
        self.no("invalid address", "add", "b b@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.no("invalid :", "sizeless", "sizeless@" + DOMAIN)
        self.no("invalid address", "find", "-")
        self.no("not_found domain", "find", "bob@nowhere.example")
        for name, words in (("find", ()), ("delete", ()), ("usage", ()), ("change", NO_WISH)):
            self.no("not_found address", name, "nobody@" + DOMAIN, *words)
        self.no("denied", "delete", "postmaster@" + DOMAIN) if self.catches_all() else None
        self.assertEqual([line.split()[0] for line in self.good("accounts", DOMAIN, "")], ["bob", "postmaster"])

    def catches_all(self):
        return self.site.read("V/domains/%s/.qmail-default" % DOMAIN).rstrip().endswith(b"/postmaster")

    def test_the_domains_limits_hold(self):
        self.fill()
        self.site.must("vmoddomlimits", "-P", "3", "-g", "p", DOMAIN)
        self.good("add", "one@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.no("limit", "add", "two@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.assertEqual(self.account("bob@" + DOMAIN)[-2:], ["0x800", "0x802"])
        self.assertEqual(self.good("accounts", DOMAIN, "bob"), ["one 0x2", "postmaster 0x2"])

    def test_limits_are_read_and_changed(self):
        self.fill()
        self.good("add-domain-alias", "alias.example", DOMAIN)
        self.assertEqual(self.good("limits", DOMAIN), ["0|-1 -1 -1 -1 -1|0 0 0 0|0x0|0 0 0 0 0 0 0 0 0"])
        for member, value in MEMBERS:
            self.good("limit", "alias.example", member, value)
        self.assertEqual(self.good("limits", "alias.example"), ["1|3 0 7 8 9|512 1000 1048576 20|0x2|1 2 4 7 3 5 6 1 2"])
        shown = json.loads(self.site.must("vmoddomlimits", "--json", "-S", DOMAIN).out)
        self.assertEqual((shown["max_accounts"], shown["max_aliases"], shown["disk_quota_mb"]), (3, 0, 512))
        self.assertEqual(self.account("bob@" + DOMAIN)[-2:], ["0x800", "0x802"])
        self.good("add", "one@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.no("limit", "add", "two@" + DOMAIN, PASSWORD, *NO_WISH[1:])
        self.good("limit", DOMAIN, "max_accounts", "1")
        self.assertEqual(len(self.good("accounts", DOMAIN, "")), 3)
        for _ in range(2):
            self.good("unlimit", "alias.example")
            self.assertEqual(self.good("limits", DOMAIN)[0][:5], "0|-1 ")

    def test_limits_that_cannot_be(self):
        self.fill()
        for member, value in MEMBERS:
            wrong = ("8" if member.startswith("perm_") else "0x10" if member == "disabled_flags" else
                     "-2" if member.startswith("max_") and member != "max_messages" else str(1 << 63))
            self.no("invalid " + member, "limit", DOMAIN, member, wrong)
        self.no("invalid disk_mib", "limit", DOMAIN, "disk_mib", str(1 << 43))
        self.no("invalid :", "limit", DOMAIN, "size", "0")
        self.assertEqual(self.good("limits", DOMAIN), ["0|-1 -1 -1 -1 -1|0 0 0 0|0x0|0 0 0 0 0 0 0 0 0"])
        self.no("not_found domain", "limits", "nowhere.example")
        self.no("not_found domain", "unlimit", "nowhere.example")

    def test_logins(self):
        self.fill()
        self.good("login", "bob@" + DOMAIN, PASSWORD, "imap")
        self.good("login", "bob@" + DOMAIN, PASSWORD, "any")
        refusals = [self.ask("login", *words)[0] for words in (
            ("bob@" + DOMAIN, "wrong", "imap"), ("nobody@" + DOMAIN, PASSWORD, "imap"), ("bob@" + DOMAIN, PASSWORD, "smtp"))]
        self.assertEqual(refusals, ["denied : the login is refused"] * 3)
        for service in ("mail", "relay", "-", "telnet"):
            self.no("invalid service", "login", "bob@" + DOMAIN, PASSWORD, service)
        self.no("invalid password", "login", "bob@" + DOMAIN, "-", "imap")

    def test_aliases(self):
        self.fill()
        self.good("add-domain-alias", "alias.example", DOMAIN)
        for line in ("&a@b.example", "&c@d.example"):
            self.good("add-alias", "sales@alias.example", line)
        self.good("add-alias", "info@" + DOMAIN, "bob@" + DOMAIN)
        self.assertEqual(self.good("aliases", "alias.example", "-", "0"), ["info bob@" + DOMAIN, "sales &a@b.example", "sales &c@d.example"])
        self.assertEqual(self.good("aliases", DOMAIN, "-", "1"), ["info bob@" + DOMAIN])
        self.assertEqual(self.good("aliases", DOMAIN, "info", "1"), ["sales &a@b.example", "sales &c@d.example"])
        self.assertEqual(self.good("aliases", DOMAIN, "info", "0", "1"), ["sales &a@b.example"])
        self.assertEqual(self.good("aliases", DOMAIN, "sales", "0"), [])
        self.no("invalid after", "aliases", DOMAIN, "x" * 300, "0")
        self.assertIn("&a@b.example", self.site.must("valias", "-s", "sales@" + DOMAIN).out)
        self.no("exists", "add-alias", "sales@" + DOMAIN, "&a@b.example")
        self.no("invalid line", "add-alias", "sales@" + DOMAIN, "-")
        self.no("not_found domain", "add-alias", "sales@nowhere.example", "&a@b.example")
        self.good("delete-alias", "sales@" + DOMAIN, "&a@b.example")
        self.no("not_found address", "delete-alias", "sales@" + DOMAIN, "&a@b.example")
        self.good("delete-alias", "sales@" + DOMAIN, "-")
        self.no("not_found address", "delete-alias", "sales@" + DOMAIN, "-")
        self.assertEqual(self.good("aliases", DOMAIN, "-", "0"), ["info bob@" + DOMAIN])
        self.no("not_found domain", "aliases", "nowhere.example", "-", "0")

    def test_pages_of_many(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        names = sorted("user%04d" % number for number in range(1203))
        lines = "".join('{"address":"%s@%s","password_hash":"abNANd1rDfiNc"}\n' % (name, DOMAIN) for name in names)
        self.site.must("vadduser", "--batch", "-", "--lazy-home", stdin=lines.encode())
        self.assertEqual([line.split()[0] for line in self.good("accounts", DOMAIN, "")], ["postmaster"] + names)
        self.assertEqual([line.split()[0] for line in self.good("accounts", DOMAIN, "user0600", "3")], names[601:604])

    def test_the_examples_of_the_manual(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        done = self.run_client("add", "bob@" + DOMAIN, "Bob", "1M", stdin=PASSWORD + "\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.run_client("add", "bob@" + DOMAIN, "Bob", "1M", stdin=PASSWORD + "\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("exists: ", done.stderr)
        home = self.site.path("V/domains/%s/bob" % DOMAIN)
        self.assertEqual(self.call("lookup", "BOB@" + DOMAIN), (0, "bob@%s %s 1048576\n" % (DOMAIN, home)))
        self.assertEqual(self.call("lookup", "bob@" + DOMAIN, "nobody@" + DOMAIN)[0], 1)
        self.assertEqual(self.call("authenticate", "bob@" + DOMAIN, "imap", stdin=PASSWORD + "\n"), (0, "welcome\n"))
        self.assertEqual(self.call("authenticate", "bob@" + DOMAIN, "imap", stdin="wrong\n"), (1, ""))
        self.assertEqual(self.call("list"), (0, "%s %s %s\n" % (DOMAIN, DOMAIN, self.site.path("V/domains/" + DOMAIN))))
        self.assertEqual(self.call("list", DOMAIN), (0, "bob Bob\npostmaster Postmaster\n2\n"))
        self.assertEqual(self.call("list", "nowhere.example")[0], 1)

    def test_who_cannot_tell_says_so(self):
        self.fill()
        self.take_store_away()
        for name, words in (("find", ("bob@" + DOMAIN,)), ("find-domain", (DOMAIN,)), ("login", ("bob@" + DOMAIN, PASSWORD, "imap")),
                            ("accounts", (DOMAIN, "")), ("add", ("new@" + DOMAIN, PASSWORD) + NO_WISH[1:]), ("delete", ("bob@" + DOMAIN,)),
                            ("aliases", (DOMAIN,)), ("usage", ("bob@" + DOMAIN,))):
            self.assertEqual(self.call("virtmail", "-", name, *words)[0], 111, name)
        self.assertEqual(self.call("lookup", "bob@" + DOMAIN)[0], 111)
        self.assertEqual(self.call("authenticate", "bob@" + DOMAIN, "imap", stdin=PASSWORD + "\n")[0], 111)

    def test_where_the_installation_is(self):
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        code, out = self.call("virtmail", self.site.home, "find-domain", DOMAIN, VPOPMAIL_HOME="/nowhere")
        self.assertEqual(code, 0, out)
        self.assertEqual(self.call("virtmail", "relative", "ping")[0], 1)
        self.good("ping")


stores.on_every_store(globals(), Interface)


class SharedOnCDB(Interface, stores.CDBTest):
    is_shared = True


@stores.needs("pgsql")
class SharedOnPgSQL(Interface, stores.StoreTest):
    engine = "pgsql"
    is_shared = True


class CPlusPlusTest(unittest.TestCase):
    def test_the_header_is_one_of_cplusplus_too(self):
        tree = PackagedTree()
        self.addCleanup(tree.close)
        folder = tempfile.mkdtemp(prefix="vm-cplusplus-")
        self.addCleanup(shutil.rmtree, folder)
        source = os.path.join(folder, "ping.cc")
        with open(source, "w") as text:
            text.write("#include <virtmail.h>\nint main() { vm_account_wish wish = VM_ACCOUNT_WISH; vm_installation *it; vm_error err;\n"
                       "return vm_open_installation(nullptr, &it, &err) == VM_OK && wish.size == 0; }\n")
        compiled = subprocess.run(["clang", "-x", "c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", source] +
                                  [word for word in tree.flags(True) if word.startswith("-I")], stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(compiled.returncode, 0, compiled.stderr)


if __name__ == "__main__":
    unittest.main()
