"""authvchkpw between Courier's other modules and its servers."""
import os
import unittest

from harness.site import SiteTest

DOMAIN, PASSWORD = "example.org", "a long password"
ANN = "ann@" + DOMAIN


class AuthModuleTest(SiteTest):
    settings = {"log_target": "stderr", "password_scheme": "ssha"}
    privileged = True

    def setUp(self):
        super().setUp()
        os.chmod(self.site.path("V/etc/vpopmail.conf"), 0o644)
        self.site.must("vadddomain", DOMAIN, PASSWORD)
        self.site.must("vadduser", "-q", "10M", "-c", "Ann B", ANN, PASSWORD)
        self.server = self.script("imapd", 'echo "server $* $(id -u) $PWD"\nenv | grep -E "^(AUTH|MAILDIR)" | sort\n')
        self.other = self.script("authother", 'echo "other $1 $(id -u)"; cat <&3\n')
        self.login = self.script("imaplogin", 'echo "again $*"\n')

    def script(self, name, text):
        path = self.site.write("run/" + name, "#!/bin/sh\n" + text, 0o755)
        return path

    def ask(self, password=PASSWORD, service="imap", kind="login", user=ANN, then=None, env=None):
        text = "%s\n%s\n%s\n%s\n" % (service, kind, user, password)
        return self.site.run("authvchkpw", *(then or (self.server, "Maildir")), fd3=text.encode(), env=env)

    def test_good_login_becomes_the_server(self):
        result = self.ask()
        home = self.site.must("vuserinfo", "-d", ANN).out.strip()
        self.assertEqual(result.status, 0, repr(result))
        self.assertEqual(result.out, "server Maildir %d %s\nAUTHADDR=%s\nAUTHENTICATED=%s\nAUTHFULLNAME=Ann B\n"
                         "MAILDIR=%s/Maildir\nMAILDIRQUOTA=10485760S\n"
                         % (self.site.owner.uid, home, ANN, ANN, home))
        self.assertIn("last auth:", self.site.must("vuserinfo", ANN).out)

    def test_wrong_login_is_for_the_next_module_as_it_was(self):
        for ask in ({"password": "wrong"}, {"user": "nobody@" + DOMAIN}, {"user": "ann@nowhere.example"},
                    {"kind": "pass"}, {"user": "a b"}):
            result = self.ask(then=(self.other, self.server), **ask)
            text = "imap\n%s\n%s\n%s\n" % (ask.get("kind", "login"), ask.get("user", ANN), ask.get("password", PASSWORD))
            self.assertEqual(result.out, "other %s %d\n%s" % (self.server, os.geteuid(), text), repr(result))

    def test_behind_the_last_module_the_login_is_asked_for_again(self):
        result = self.ask("wrong", env={"AUTHARGC": "2", "AUTHARGV0": self.login, "AUTHARGV1": "x"})
        self.assertEqual((result.out, result.err.splitlines()[-1]), ("again x\n", "AUTHFAILURE"))
        alone = self.ask("wrong")
        self.assertEqual((alone.status, alone.out), (1, ""))

    def test_flags_deny_by_service(self):
        self.site.must("vmoduser", "-i", ANN)
        self.assertIn("other", self.ask(then=(self.other, self.server)).out)
        self.assertIn("server", self.ask(service="pop3").out)
        self.assertIn("server", self.ask(service="webmail").out)
        self.site.must("vmoduser", "-w", ANN)
        self.assertIn("other", self.ask(service="webmail", then=(self.other, self.server)).out)

    def test_login_that_is_decided_is_passed_on(self):
        result = self.site.run("authvchkpw", self.server, "Maildir", fd3=b"", env={"AUTHENTICATED": ANN})
        self.assertTrue(result.out.startswith("server Maildir %d" % os.geteuid()), repr(result))

    def test_store_that_is_away_is_no_refusal(self):
        os.unlink(self.site.path("Q/users/cdb"))
        os.unlink(self.site.path("Q/users/assign"))
        os.mkdir(self.site.path("Q/users/assign"))
        result = self.ask(then=(self.other, self.server))
        self.assertEqual((result.status, result.out), (111, ""), repr(result))
        os.rmdir(self.site.path("Q/users/assign"))


if __name__ == "__main__":
    unittest.main()
