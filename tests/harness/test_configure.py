"""./configure takes vpopmail's options: behaviour becomes settings, what is not here is refused with a way out."""
import os
import shutil
import subprocess
import tempfile
import unittest

from harness.installed import SOURCE


class ConfigureTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vm-configure-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.options, self.lines = [], set()

    def configure(self, *options):
        return subprocess.run([os.path.join(SOURCE, "configure"), "-q", "--prefix=/home/vpopmail"] + list(options),
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def settings(self):
        with open(os.path.join(self.folder, "vpopmail.conf")) as text:
            return [line.strip() for line in text if " = " in line and not line.startswith("#")]

    def test_without_options_only_the_places_are_settings(self):
        result = self.configure()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(self.settings(), ["qmail_dir = /var/qmail", "user = vpopmail", "group = vchkpw"])

    def test_behaviour_becomes_settings(self):
        result = self.configure("--enable-qmaildir=/srv/Q", "--enable-vpopuser=mail", "--enable-vpopgroup=mail",
                                "--enable-learn-passwords", "--disable-clear-passwd", "--enable-logging=y",
                                "--enable-log-name=mail", "--enable-md5-passwords",
                                "--enable-auth-module=cdb", "--disable-mysql", "--enable-file-sync",
                                "--enable-roaming-users", "--enable-tcpserver-file=/etc/tcp.smtp",
                                "--disable-rebuild-tcpserver-file", "--enable-relay-clear-minutes=60")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(set(self.settings()), {
            "qmail_dir = /srv/Q", "user = mail", "group = mail", "learn_passwords = yes", "clear_passwords = no",
            "logging = y", "log_name = mail", "password_scheme = md5", "roaming_users = yes",
            "tcpserver_file = /etc/tcp.smtp", "rebuild_tcpserver_file = no", "relay_clear_minutes = 60"})

    def test_each_option_of_behaviour_has_a_setting(self):
        for option, line in (("--enable-sqwebmail-pass", "sqwebmail_pass = yes"), ("--enable-onchange-script", "onchange = yes"),
                             ("--enable-onchange-script-before-and-after", "onchange_before_and_after = yes"),
                             ("--enable-logger-syslog", "log_changes = yes"), ("--disable-valias", "alias_files = yes"),
                             ("--disable-mysql-limits", "limits_files = yes"),
                             ("--disable-many-domains", "domain_views = yes"), ("--disable-users-big-dir", "users_big_dir = no"),
                             ("--enable-ip-alias-domains", "ip_alias_domains = yes"), ("--enable-qmail-ext", "qmail_ext = yes"),
                             ("--enable-domainquotas", "domain_quotas = yes"), ("--disable-auth-logging", "auth_logging = no"),
                             ("--enable-domains-dir=virtual", "domains_dir = virtual"),
                             ("--enable-qmail-cdb-name=assign.cdb", "qmail_cdb_name = assign.cdb"),
                             ("--enable-sha512-passwords", "password_scheme = sha512"),
                             ("--enable-defaultdelivery", "default_delivery = yes"),
                             ("--enable-spamassassin", "spamassassin = yes"), ("--enable-spamc-prog=/x/spamc", "spamc_program = /x/spamc"),
                             ("--enable-spam-junkfolder", "spam_junk_folder = Junk"), ("--enable-spam-threshold=9", "spam_delete_level = 9"),
                             ("--enable-maildrop", "maildrop = yes"), ("--enable-maildrop-prog=/x/maildrop", "maildrop_program = /x/maildrop")):
            self.options.append(option)
            self.lines.add(line)
        result = self.configure(*self.options)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(set(self.settings()) - self.lines, {"qmail_dir = /var/qmail", "user = vpopmail", "group = vchkpw"})
        self.assertEqual(self.lines - set(self.settings()), set())

    def test_what_is_always_so_or_not_needed_is_taken_and_told(self):
        options = ("file-locking", "file-sync", "make-seekable", "non-root-build", "tinycdb", "qmail-newu=/x",
                   "qmail-newmrh=/x", "qmail-inject=/x", "tcprules-prog=/x", "mysql-bin=/x", "sql-logging", "sql-aliasdomains",
                   "mysql-replication")
        result = self.configure(*["--enable-" + option for option in options], "--enable-valias", "--enable-mysql-limits",
                                "--enable-many-domains",
                                "--enable-incdir=/nowhere/include", "--enable-libdir=/nowhere/lib")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(len(self.settings()), 3)
        for option in options:
            self.assertIn("    %s: " % option.split("=")[0], result.stdout)
        with open(os.path.join(self.folder, "Makefile")) as text:
            makefile = text.read()
        self.assertIn("-I/nowhere/include", makefile)
        self.assertIn("-L/nowhere/lib", makefile)

    def test_the_store_is_a_setting(self):
        result = self.configure("--enable-auth-module=pgsql")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("auth = pgsql", self.settings())

    def test_stores_are_loaded_by_name_or_linked_in(self):
        for options, words in ((("--enable-static-modules",), "linked in:"),
                               (("--enable-sanitizers", "--disable-static-modules"), "loaded by name:")):
            result = self.configure(*options)
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertIn("stores              cdb; " + words, result.stdout)

    def test_what_is_not_here_is_refused_with_a_way_out(self):
        for option, words in (("--enable-mysql", "use --enable-auth-module=mysql"),
                              ("--enable-auth-module=oracle", "cdb, mysql, pgsql and sqlite"),
                              ("--enable-passwd", "checkpassword"), ("--enable-logger-sqlite", "logger-syslog"),
                              ("--enable-spam-threshold", "wants a number"),
                              ("--disable-file-locking", "always locked"), ("--enable-hardquota", "vsetuserquota"),
                              ("--enable-qmaildir=Q", "absolute")):
            result = self.configure(option)
            self.assertNotEqual(result.returncode, 0, option)
            self.assertIn(words, result.stdout, option)


if __name__ == "__main__":
    unittest.main()
