"""vchkpw as a server sees it: descriptor 3, exit codes, environment, log lines."""
import hashlib
import hmac
import os
import unittest

from harness.accounts import Accounts
from harness.site import SiteTest

ADDRESS = "bob@example.org"
SHOW = """#!/bin/sh
echo "USER=$USER HOME=$HOME SHELL=$SHELL VPOPUSER=$VPOPUSER"
echo "cwd=$(pwd) uid=$(id -u) gid=$(id -g) groups=$(id -G)"
if { true <&3; } 2>/dev/null; then echo "fd 3 is open"; fi
"""
FLAGS = {"pop": 0x2, "webmail": 0x4, "imap": 0x8, "smtp": 0x800}


class VchkpwTest(SiteTest):
    settings = {"log_target": "stderr", "logging": "all", "auth_logging": "yes"}

    def setUp(self):
        super().setUp()
        self.accounts = Accounts(self.site)
        self.accounts.add(ADDRESS)
        self.program = self.site.write("run/pop3d", SHOW, 0o755)
        self.accounts.save()

    def login(self, name=ADDRESS, response="secret", challenge="", env=None, program=None, raw=None):
        """Runs vchkpw; port 110 and a client elsewhere unless env says otherwise."""
        fields = raw if raw is not None else b"".join(f.encode() + b"\0" for f in (name, response, challenge))
        environment = {"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.7"}
        environment.update(env or {})
        return self.site.run("vchkpw", *([self.program] if program is None else program), fd3=fields, env=environment)

    def assert_refused(self, result, status, log):
        self.assertEqual(result.status, status, result)
        self.assertEqual(result.out, "")
        self.assertIn(log, result.err)


class Login(VchkpwTest):
    def test_a_good_login_becomes_the_program_at_home(self):
        result = self.login("Bob@Example.ORG")
        self.assertEqual(result.status, 0, result)
        home = os.path.join(self.accounts.folder("example.org"), "bob")
        self.assertIn("USER=bob HOME=%s SHELL=NOLOGIN VPOPUSER=bob@example.org\n" % home, result.out)
        self.assertIn("cwd=%s uid=%d gid=%d" % (os.path.realpath(home), self.site.owner.uid, self.site.owner.gid),
                      result.out)
        self.assertNotIn("fd 3", result.out)
        self.assertIn("vchkpw-pop3: (PLAIN) login success bob@example.org:192.0.2.7\n", result.err)

    def test_other_separators_and_an_alias_domain_work(self):
        self.accounts.aliases["alias.example"] = "example.org"
        self.accounts.save()
        for name in ("bob%example.org", "bob@alias.example"):
            result = self.login(name)
            self.assertEqual(result.status, 0, result)
            self.assertIn("VPOPUSER=%s\n" % name, result.out)
            self.assertIn("login success bob@example.org:", result.err)

    def test_the_last_login_is_recorded(self):
        self.login()
        self.assertEqual(self.site.read("V/domains/example.org/bob/lastauth"), b"192.0.2.7")

    def test_a_missing_home_is_made(self):
        self.accounts.add("ann@example.org", home=os.path.join(self.accounts.folder("example.org"), "ann"))
        self.accounts.add("lazy@example.org", home="")
        self.accounts.save()
        for user in ("ann", "lazy"):
            result = self.login(user + "@example.org")
            self.assertEqual(result.status, 0, result)
            home = result.out.split("HOME=")[1].split(" ")[0]
            for part in ("cur", "new", "tmp"):
                self.assertTrue(os.path.isdir(os.path.join(home, "Maildir", part)))

    def test_a_name_with_a_long_password_is_taken(self):
        self.accounts.add("long@example.org", "x" * 300)
        self.accounts.save()
        self.assertEqual(self.login("long@example.org", "x" * 300).status, 0)

    def test_no_mapped_prefix_reaches_log_or_record(self):
        result = self.login(env={"TCPREMOTEIP": "::ffff:192.0.2.9"})
        self.assertIn("login success bob@example.org:192.0.2.9\n", result.err)
        result = self.login(response="wrong", env={"TCPREMOTEIP": "2001:db8::1"})
        self.assertIn("password fail bob@example.org:2001:db8::1\n", result.err)

    def test_apop_and_cram_md5(self):
        self.accounts.add("clear@example.org", clear="secret")
        self.accounts.save()
        challenge = "<1.2@host>"
        apop = hashlib.md5((challenge + "secret").encode()).hexdigest()
        cram = hmac.new(b"secret", challenge.encode(), "md5").hexdigest()
        smtp = {"TCPLOCALPORT": "587"}
        self.assertIn("vchkpw-pop3: (APOP) login success", self.login("clear@example.org", apop, challenge).err)
        self.assertIn("vchkpw-submission: (CRAM-MD5) login success",
                      self.login("clear@example.org", cram, challenge, env=smtp).err)
        self.assertEqual(self.login("clear@example.org", cram, challenge).status, 3)
        self.assertEqual(self.login("clear@example.org", apop, "<other>").status, 3)
        # D-44: without a challenge these would be second passwords
        for digest, env in ((hashlib.md5(b"secret").hexdigest(), {}),
                            (hmac.new(b"secret", b"", "md5").hexdigest(), smtp)):
            self.assertEqual(self.login("clear@example.org", digest, "", env=env).status, 3)


class Refusals(VchkpwTest):
    def test_each_definite_no_has_its_code_and_line(self):
        rows = [
            (b"", 12, "vchkpw-pop3: null user name given :192.0.2.7\n"),
            (b"\0secret\0\0", 12, "vchkpw-pop3: null user name given :192.0.2.7\n"),
            (b"bob@example.org\0", 13, "vchkpw-pop3: null password given bob@example.org:192.0.2.7\n"),
            (b"bob@example.org\0\0\0", 13, "vchkpw-pop3: null password given bob@example.org:192.0.2.7\n"),
            (b"b(b@example.org\0secret\0\0", 20, "vchkpw-pop3: invalid user/domain characters b(b@example.org:192.0.2.7"),
            (b"../x@example.org\0secret\0\0", 20, "invalid user/domain characters"),
            (b"x" * 200 + b"@example.org\0secret\0\0", 20, "invalid user/domain characters"),
            (b"x" * 100000 + b"\0secret\0\0", 20, "invalid user/domain characters"),
            (b"bob@example.org\0wrong\0\0", 3, "vchkpw-pop3: password fail bob@example.org:192.0.2.7\n"),
            (b"bob@example.org\0" + b"x" * 60000 + b"\0\0", 3, "vchkpw-pop3: password fail bob@example.org:192.0.2.7\n"),
            (b"ann@example.org\0secret\0\0", 3, "vchkpw-pop3: vpopmail user not found ann@example.org:192.0.2.7\n"),
            (b"bob@other.example\0secret\0\0", 3, "vchkpw-pop3: vpopmail user not found bob@other.example:192.0.2.7\n"),
        ]
        for raw, status, log in rows:
            with self.subTest(raw=raw[:40]):
                self.assert_refused(self.login(raw=raw), status, log)

    def test_descriptor_3_must_be_there(self):
        result = self.site.run("vchkpw", self.program)
        self.assertEqual(result.status, 11, result)

    def test_an_account_without_a_password(self):
        self.accounts.add("none@example.org", hash="")
        self.accounts.save()
        self.assert_refused(self.login("none@example.org"), 15, "user has no password none@example.org:192.0.2.7\n")

    def test_every_flag_closes_its_service_only(self):
        ports = {"pop": "110", "imap": "143", "smtp": "25"}
        for denied, flag in FLAGS.items():
            self.accounts.add("%s@example.org" % denied, flags=flag)
        self.accounts.save()
        for denied in FLAGS:
            for service in FLAGS:
                env = {"TCPLOCALPORT": ports.get(service, "110")}
                if service == "webmail":
                    env["TCPREMOTEIP"] = "127.0.0.1"
                with self.subTest(denied=denied, service=service):
                    result = self.login(denied + "@example.org", env=env)
                    if denied == service:
                        self.assert_refused(result, 1, ": %s access denied %s@example.org:" % (service, denied))
                    else:
                        self.assertEqual(result.status, 0, result)

    def test_webmail_also_comes_from_the_ipv6_loopback(self):
        self.accounts.add("w@example.org", flags=FLAGS["webmail"])
        self.accounts.save()
        self.assert_refused(self.login("w@example.org", env={"TCPREMOTEIP": "::1"}), 1,
                            "vchkpw-webmail: webmail access denied w@example.org:::1\n")

    def test_a_login_too_soon(self):
        self.site.configure(min_login_interval=3600)
        self.assertEqual(self.login().status, 0)
        self.assertEqual(self.login().status, 1)

    def test_percent_signs_do_not_reach_the_log(self):
        result = self.login("b%sb", "x")
        self.assertNotIn("%", result.err)

    def test_logging_can_be_errors_only_or_off(self):
        self.site.configure(logging="errors")
        self.assertEqual(self.login().err, "")
        self.assertIn("password fail", self.login(response="x").err)
        self.site.configure(logging="none")
        self.assertEqual(self.login(response="x").err, "")


class Service(VchkpwTest):
    def test_the_program_names_the_service_where_no_port_does(self):
        true = self.site.write("run/true", SHOW, 0o755)
        imap = self.site.write("run/imapd", SHOW, 0o755)
        for program, port, name in ((true, "2525", "vchkpw-2525"), (imap, "4143", "vchkpw-4143")):
            self.assertIn(name + ": (PLAIN)", self.login(env={"TCPLOCALPORT": port}, program=[program]).err)
        # SMTP goes nowhere: no new folder
        result = self.login(env={"TCPLOCALPORT": "2525"}, program=[true])
        self.assertIn("cwd=%s " % os.path.realpath(self.site.folder), result.out)

    def test_ports_are_a_setting(self):
        self.accounts.add("nosmtp@example.org", flags=FLAGS["smtp"])
        self.accounts.save()
        self.site.configure(login_ports="2525=smtp 110=pop3")
        self.assertEqual(self.login("nosmtp@example.org", env={"TCPLOCALPORT": "2525"}).status, 1)


class DefaultDomain(VchkpwTest):
    def test_the_order_is_environment_then_ip_map_then_file(self):
        for domain in ("file.example", "map.example", "env.example"):
            self.accounts.add("bob@" + domain)
        self.accounts.save()
        self.assert_refused(self.login("bob"), 20, "invalid user/domain characters bob:192.0.2.7\n")
        self.site.write("V/etc/defaultdomain", "file.example\nother\n")
        result = self.login("bob")
        self.assertIn("success bob@file.example:", result.err)
        self.assertIn("VPOPUSER=bob\n", result.out)
        self.site.configure(ip_alias_domains="yes")
        self.site.write("V/etc/ip_alias_map", "192.0.2.80 map.example\n")
        local = {"TCPLOCALIP": "::ffff:192.0.2.80"}
        self.assertIn("success bob@map.example:", self.login("bob", env=local).err)
        self.assertIn("success bob@file.example:", self.login("bob", env={"TCPLOCALIP": "192.0.2.81"}).err)
        self.site.write("Q/control/locals", "map.example\n")
        self.assertIn("success bob@file.example:", self.login("bob", env=local).err)
        local["VPOPMAIL_DOMAIN"] = "env.example"
        self.assertIn("success bob@env.example:", self.login("bob", env=local).err)


class Maybe(VchkpwTest):
    """A maybe is never a no: 111."""

    def test_a_damaged_store(self):
        os.remove(self.site.path("Q/users/assign"))  # whole, it would answer
        self.site.write("Q/users/cdb", b"\0" * 2048)
        self.assertEqual(self.login().status, 111)
        self.site.write("Q/users/cdb", b"cut")
        self.assertEqual(self.login().status, 111)

    def test_a_store_that_is_not_readable(self):
        self.accounts.save()
        os.chmod(self.accounts.folder("example.org"), 0)
        result = self.login()
        self.assertEqual(result.status, 111, result)
        self.assertIn("temporary failure", result.err)
        os.chmod(self.accounts.folder("example.org"), 0o700)

    def test_settings_that_are_wrong(self):
        self.site.configure(no_such_setting="1")
        result = self.login()
        self.assertEqual(result.status, 111, result)
        self.assertIn("no_such_setting", result.err)

    def test_a_program_that_cannot_run(self):
        self.assertEqual(self.login(program=["/nonexistent/pop3d"]).status, 111)
        self.assertEqual(self.login(program=[]).status, 111)

    def test_a_home_that_cannot_be_entered(self):
        home = os.path.join(self.accounts.folder("example.org"), "bob")
        os.rename(home, home + ".gone")
        self.site.write("V/domains/example.org/bob", "a file")
        self.assertEqual(self.login().status, 111)

    def test_a_domain_of_another_user(self):
        self.accounts.save(uid=os.stat("/").st_uid + 1, gid=1)
        result = self.login()
        self.assertEqual(result.status, 111, result)


class Learning(VchkpwTest):
    settings = dict(VchkpwTest.settings, learn_passwords="yes", password_scheme="sha512", password_min_length=4)

    def setUp(self):
        super().setUp()
        self.accounts.add("new@example.org", hash="")
        self.accounts.save()

    def test_the_first_password_is_kept_and_the_second_refused(self):
        self.assertEqual(self.login("new@example.org", "first").status, 0)
        self.assertTrue(self.accounts.line("new@example.org").startswith("new:$6$"))
        self.assertEqual(self.login("new@example.org", "second").status, 3)
        self.assertEqual(self.login("new@example.org", "first").status, 0)

    def test_a_password_against_the_policy_or_with_a_line_end_is_not_learned(self):
        before = self.site.read("V/domains/example.org/vpasswd")
        for password in ("abc", "line\nend:x"):
            self.assertEqual(self.login("new@example.org", password).status, 15)
        self.assertEqual(self.site.read("V/domains/example.org/vpasswd"), before)

    def test_a_weak_hash_is_replaced_when_that_is_wanted(self):
        self.assertEqual(self.login().status, 0)
        self.assertTrue(self.accounts.line(ADDRESS).startswith("bob:$1$"))
        self.site.configure(rehash_on_login="yes")
        self.assertEqual(self.login(response="wrong").status, 3)
        self.assertTrue(self.accounts.line(ADDRESS).startswith("bob:$1$"))
        self.assertEqual(self.login().status, 0)
        self.assertTrue(self.accounts.line(ADDRESS).startswith("bob:$6$"))
        self.assertEqual(self.login().status, 0)


class Privileged(VchkpwTest):
    privileged = True

    def test_root_becomes_the_owner_for_pop_and_stays_for_smtp(self):
        owner = self.site.owner
        self.assertIn("uid=%d gid=%d groups=%d\n" % (owner.uid, owner.gid, owner.gid), self.login().out)
        result = self.login(env={"TCPLOCALPORT": "25"})
        self.assertIn("uid=0 ", result.out)
        # what it wrote meanwhile is the owner's
        info = os.stat(self.site.path("V/domains/example.org/bob/lastauth"))
        self.assertEqual((info.st_uid, info.st_gid), (owner.uid, owner.gid))


class Linking(unittest.TestCase):
    def test_neither_openssl_nor_json_is_linked(self):
        import subprocess
        from harness.installed import Installed
        # By itself: where the stores in SQL are linked in, their client libraries bring others with them.
        libraries = subprocess.run(["readelf", "-d", Installed.get().program("vchkpw")], stdout=subprocess.PIPE, check=True).stdout
        self.assertIn(b"NEEDED", libraries)
        for name in (b"libssl", b"libcrypto", b"json"):
            self.assertNotIn(name, libraries)


if __name__ == "__main__":
    unittest.main()
