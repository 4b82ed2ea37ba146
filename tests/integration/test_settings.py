"""Settings that were options of vpopmail's configure take effect on every store and in every program alike."""
import os
import unittest

from harness import stores

DOMAIN = "example.org"
GOOD = "long-Password-1"
RULES = """# 5.6's file
Policy = Eight bytes, a digit, both cases
Length >= 8
Numeric > 0
UpperLower < 1
"""


class Settings:
    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, GOOD)

    def home(self, user):
        return self.site.must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip()

    def hash(self, user):
        return self.site.must("vuserinfo", "-p", "%s@%s" % (user, DOMAIN)).out.strip()

    def sqwebmail(self, user):
        with open(os.path.join(self.home(user), "Maildir/sqwebmail-pass")) as text:
            return text.read()

    def login(self, name, password, **environment):
        return self.site.run("vchkpw", "/bin/true", fd3=b"%s\0%s\0\0" % (name.encode(), password.encode()),
                             env=environment).status

    def test_rules_of_password_strength_hold_for_every_new_password(self):
        self.site.must("vadduser", "ann@" + DOMAIN, GOOD)
        self.site.must("vadduser", "-n", "new@" + DOMAIN)
        self.assertEqual(self.login("new@" + DOMAIN, ""), 13)
        self.assertEqual(self.login("new@" + DOMAIN, GOOD), 15)
        self.assertEqual(self.site.run("vadduser", "-n", "both@" + DOMAIN, GOOD).status, 229)
        self.site.write("V/etc/password_strength.conf", RULES)
        self.site.configure(learn_passwords="yes")
        for password, rule in (("Short-1", "Length >= 8"), ("long-Password", "Numeric > 0"),
                               ("long-password-1", "UpperLower < 1")):
            for command in (("vadduser", "bob@" + DOMAIN, password), ("vpasswd", "ann@" + DOMAIN, password),
                            ("vmoduser", "-C", password, "ann@" + DOMAIN), ("vadddomain", "example.net", password)):
                result = self.site.run(*command)
                self.assertEqual(result.status, 186, repr(result))
                self.assertIn("Error: the password breaks the rule " + rule, result.out)
            self.assertEqual(self.login("new@" + DOMAIN, password), 15)
        refused = self.site.run("vadduser", "bob@" + DOMAIN, "Short-1")
        self.assertIn("A password policy is in place:\n\tEight bytes, a digit, both cases\n", refused.out)
        self.site.must("vadduser", "bob@" + DOMAIN, GOOD)
        self.site.must("vpasswd", "ann@" + DOMAIN, GOOD + "2")
        self.assertEqual(self.login("new@" + DOMAIN, GOOD), 0)

    def test_random_passwords_keep_the_rules(self):
        self.site.write("V/etc/password_strength.conf", "Length >= 12\nNumeric >= 0.25\nOther > 0\nUpperLower < 0.3\n")
        for number in range(4):
            self.site.must("vadduser", "-r", "user%d@%s" % (number, DOMAIN))
        self.assertEqual(self.site.run("vadduser", "-r8", "short@" + DOMAIN).status, 186)

    def test_a_line_that_is_no_rule_is_later_and_changes_nothing(self):
        self.site.write("V/etc/password_strength.conf", "Length => 8\n")
        result = self.site.run("vadduser", "bob@" + DOMAIN, GOOD)
        self.assertEqual(result.status, 111, repr(result))
        self.assertIn("password_strength.conf:1", result.err)
        self.assertEqual(self.login("postmaster@" + DOMAIN, GOOD), 0)

    def test_sqwebmail_pass_follows_the_password(self):
        self.site.must("vadduser", "none@" + DOMAIN, GOOD)
        self.assertFalse(os.path.exists(os.path.join(self.home("none"), "Maildir/sqwebmail-pass")))
        self.site.configure(sqwebmail_pass="yes", learn_passwords="yes")
        self.assertEqual(self.site.must("vconvert", "-S", DOMAIN).out, "converting %s...    done\n" % DOMAIN)
        for user in ("none", "postmaster"):
            self.assertEqual(self.sqwebmail(user), "\t%s\n" % self.hash(user))
        self.assertEqual(self.site.run("vconvert", "-S", "nowhere.example").status, 1)
        self.site.must("vadduser", "ann@" + DOMAIN, GOOD)
        self.assertEqual(self.sqwebmail("ann"), "\t%s\n" % self.hash("ann"))
        self.assertEqual(os.stat(os.path.join(self.home("ann"), "Maildir/sqwebmail-pass")).st_mode & 0o777, 0o600)
        before = self.sqwebmail("ann")
        self.site.must("vmoduser", "-c", "Ann", "ann@" + DOMAIN)
        self.assertEqual(self.sqwebmail("ann"), before)
        self.site.must("vpasswd", "ann@" + DOMAIN, GOOD + "2")
        self.assertNotEqual(self.sqwebmail("ann"), before)
        self.assertEqual(self.sqwebmail("ann"), "\t%s\n" % self.hash("ann"))
        self.site.run("vadduser", "--batch", "-", stdin=b"address,password\nbob@example.org,%s\n" % GOOD.encode())
        self.assertEqual(self.sqwebmail("bob"), "\t%s\n" % self.hash("bob"))
        self.site.must("vadduser", "-e", "", "new@" + DOMAIN)
        self.assertEqual(self.sqwebmail("new"), "\t\n")
        self.assertEqual(self.login("new@" + DOMAIN, GOOD), 0)
        self.assertEqual(self.sqwebmail("new"), "\t%s\n" % self.hash("new"))
        self.site.must("vadduser", "--lazy-home", "lazy@" + DOMAIN, GOOD)
        self.assertEqual(self.login("lazy@" + DOMAIN, GOOD), 0)
        self.assertEqual(self.sqwebmail("lazy"), "\t%s\n" % self.hash("lazy"))

    def test_the_default_domain_and_the_addresses_of_the_host(self):
        self.site.must("vadddomain", "example.net", GOOD + "2")
        self.assertEqual(self.login("postmaster", GOOD), 20)
        self.site.write("V/etc/defaultdomain", DOMAIN + "\n")
        self.assertEqual(self.login("postmaster", GOOD), 0)
        self.assertEqual(self.site.must("vuserinfo", "-n", "postmaster").out, "postmaster\n")
        self.site.configure(default_domain="example.net")
        self.assertEqual(self.login("postmaster", GOOD + "2"), 0)
        self.site.configure(default_domain=None)
        self.site.must("vipmap", "-a", "192.0.2.1", "example.net")
        self.assertEqual(self.login("postmaster", GOOD, TCPLOCALIP="192.0.2.1"), 0)
        self.site.configure(ip_alias_domains="yes")
        self.assertEqual(self.login("postmaster", GOOD + "2", TCPLOCALIP="192.0.2.1"), 0)
        self.assertEqual(self.login("postmaster", GOOD + "2", TCPLOCALIP="::ffff:192.0.2.1"), 0)
        self.assertEqual(self.login("postmaster", GOOD, TCPLOCALIP="192.0.2.2"), 0)
        self.assertEqual(self.login("postmaster", GOOD, TCPLOCALIP="192.0.2.1", VPOPMAIL_DOMAIN=DOMAIN), 0)

    def test_aliases_and_limits_may_be_files_on_every_store(self):
        folder = self.site.must("vdominfo", "-d", DOMAIN).out.strip()
        self.site.configure(alias_files="yes", limits_files="yes")
        self.site.must("valias", "-i", "&postmaster@" + DOMAIN, "info@" + DOMAIN)
        with open(os.path.join(folder, ".qmail-info")) as text:
            self.assertEqual(text.read(), "&postmaster@%s\n" % DOMAIN)
        self.assertEqual(self.site.must("valias", DOMAIN).out, "info@%s -> &postmaster@%s\n" % (DOMAIN, DOMAIN))
        self.assertIn("postmaster@" + DOMAIN, self.site.must("vexplain", "info@" + DOMAIN).out)
        self.site.must("vmoddomlimits", "-P", "2", "-A", "1", DOMAIN)
        with open(os.path.join(folder, ".qmailadmin-limits")) as text:
            self.assertIn("maxpopaccounts: 2\n", text.read())
        self.assertNotEqual(self.site.run("valias", "-i", "&postmaster@" + DOMAIN, "more@" + DOMAIN).status, 0)
        self.site.must("vadduser", "ann@" + DOMAIN, GOOD)
        self.assertNotEqual(self.site.run("vadduser", "bob@" + DOMAIN, GOOD).status, 0)
        self.site.must("valias", "-d", "info@" + DOMAIN)
        self.assertFalse(os.path.exists(os.path.join(folder, ".qmail-info")))

    def test_homes_are_spread_or_not(self):
        rows = "address,password_hash\n" + "".join("user%03d@%s,$1$a$b\n" % (n, DOMAIN) for n in range(100))
        self.site.run("vadduser", "--batch", "-", stdin=rows.encode())
        self.assertTrue(self.home("user097").endswith("/%s/user097" % DOMAIN))
        self.assertTrue(self.home("user099").endswith("/%s/0/user099" % DOMAIN))
        self.assertEqual(self.site.run("vadduser", "x@" + DOMAIN, GOOD).status, 255)
        self.site.must("vdeluser", "user097@" + DOMAIN)
        self.site.must("vdeluser", "user099@" + DOMAIN)
        folder = self.site.must("vdominfo", "-d", DOMAIN).out.strip()
        with open(os.path.join(folder, ".dir_control_free")) as text:
            self.assertEqual(text.read(), "0\n")
        self.site.must("vadduser", "user099@" + DOMAIN, GOOD)
        self.assertTrue(self.home("user099").endswith("/%s/0/user099" % DOMAIN))
        self.assertEqual(os.path.getsize(os.path.join(folder, ".dir_control_free")), 0)
        self.site.must("vadduser", "user097@" + DOMAIN, GOOD)
        self.site.configure(users_big_dir="no")
        self.site.must("vadduser", "flat@" + DOMAIN, GOOD)
        self.assertTrue(self.home("flat").endswith("/%s/flat" % DOMAIN))
        self.site.must("vadduser", "x@" + DOMAIN, GOOD)
        self.assertEqual(self.login("x@" + DOMAIN, GOOD), 0)
        self.assertIn("users:  103\n", self.site.must("vdominfo", DOMAIN).out)
        self.site.configure(users_big_dir="yes")
        self.site.must("vpasswd", "x@" + DOMAIN, GOOD + "2")
        self.site.must("vdeluser", "x@" + DOMAIN)


class AsRoot(stores.CDBTest):
    privileged = True
    home, hash, sqwebmail, login = Settings.home, Settings.hash, Settings.sqwebmail, Settings.login
    test_sqwebmail_pass_follows_the_password = Settings.test_sqwebmail_pass_follows_the_password

    def setUp(self):
        super().setUp()
        self.site.must("vadddomain", DOMAIN, GOOD)

    def tearDown(self):
        for user in ("ann", "bob", "new", "lazy", "none", "postmaster"):
            found = os.stat(os.path.join(self.home(user), "Maildir/sqwebmail-pass"))
            self.assertEqual((found.st_uid, found.st_gid), (self.site.owner.uid, self.site.owner.gid), user)


stores.on_every_store(globals(), Settings)

if __name__ == "__main__":
    unittest.main()
