"""Roaming users: a login opens the relay window of its address, clearopensmtp closes it. tcpserver's own programs read the rules."""
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import unittest

from harness import process
from harness.site import Site
from harness.stores import CDBTest, on_every_store

DOMAIN, PASSWORD = "example.org", "a long password"
BOB = "bob@" + DOMAIN
RULES = '127.:allow,RELAYCLIENT=""\n203.0.113.66:deny\n:allow\n'
OPEN = ["set environment variable RELAYCLIENT=", "set environment variable RBLSMTPD=", "allow connection"]


def fields(name=BOB, password=PASSWORD):
    return b"".join(part.encode() + b"\0" for part in (name, password, ""))


def rule_of(site, ip):
    """What Debian's tcprulescheck finds for a client."""
    environment = dict(os.environ, TCPREMOTEIP=ip)
    done = subprocess.run(["tcprulescheck", site.path("V/etc/tcp.smtp.cdb"), ip], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.splitlines()


def is_open(site, ip):
    return rule_of(site, ip) == ["rule %s:" % ip] + OPEN


def login(site, ip="192.0.2.7", port="110", name=BOB, **env):
    environment = {"TCPLOCALPORT": port, **env}
    if ip is not None:
        environment["TCPREMOTEIP"] = ip
    return site.run("vchkpw", "/bin/true", fd3=fields(name), env=environment)


def prepare(site):
    site.write("V/etc/tcp.smtp", RULES)
    site.must("vadddomain", DOMAIN, PASSWORD)
    site.must("vadduser", BOB, PASSWORD)


class Roaming:
    def setUp(self):
        super().setUp()
        self.site.configure(roaming_users="yes")
        prepare(self.site)

    def windows(self):
        """Address and time of each, as the store keeps it for programs of 5.4."""
        if self.site.settings.get("auth", "cdb") == "cdb":
            if not os.path.exists(self.site.path("V/etc/open-smtp")):
                return {}
            rows = [line.split("\t") for line in self.site.read("V/etc/open-smtp").decode().splitlines()]
            tail = ':allow,RELAYCLIENT="",RBLSMTPD=""'
            self.assertTrue(all(row[0].endswith(tail) for row in rows), rows)
            return {row[0][:-len(tail)]: int(row[1]) for row in rows}
        rows = self.server.sql("SELECT ip_addr, timestamp FROM relay").splitlines()
        return {ip: int(when) for ip, when in (re.split("[\t|]", row) for row in rows)}

    def age(self, ip, seconds):
        """Sets the time of a window back."""
        when = self.windows()[ip] - seconds
        if self.site.settings.get("auth", "cdb") != "cdb":
            self.server.sql("UPDATE relay SET timestamp = %d WHERE ip_addr = '%s'" % (when, ip))
            return when
        lines = self.site.read("V/etc/open-smtp").decode().splitlines()
        text = "".join("%s\t%d\n" % (line.split("\t")[0], when) if line.startswith(ip + ":") else line + "\n" for line in lines)
        self.site.write("V/etc/open-smtp", text, 0o600)
        return when

    def inode(self):
        return os.stat(self.site.path("V/etc/tcp.smtp.cdb")).st_ino

    def test_a_login_opens_the_window_of_its_address(self):
        for ip, port in (("192.0.2.7", "110"), ("192.0.2.8", "143"), ("2001:db8::1", "993")):
            result = login(self.site, ip, port)
            self.assertEqual((result.status, result.err), (0, ""), result)
            self.assertTrue(is_open(self.site, ip), rule_of(self.site, ip))
            self.assertAlmostEqual(self.windows()[ip], time.time(), delta=60)
        self.assertEqual(len(self.windows()), 3)
        self.assertEqual(os.stat(self.site.path("V/etc/tcp.smtp.cdb")).st_mode & 0o777, 0o644)

    def test_the_rules_of_the_administrator_stay_and_come_first(self):
        login(self.site, "203.0.113.66")
        login(self.site)
        self.assertEqual(rule_of(self.site, "203.0.113.66"), ["rule 203.0.113.66:", "deny connection"])
        self.assertEqual(rule_of(self.site, "127.0.0.1")[0], "rule 127.:")
        self.assertEqual(rule_of(self.site, "198.51.100.1"), ["rule :", "allow connection"])

    def test_addresses_are_taken_from_each_variable_and_in_one_spelling(self):
        login(self.site, "::ffff:192.0.2.9")
        login(self.site, None, TCP6REMOTEIP="2001:DB8:0:0::2")
        login(self.site, None, REMOTE_HOST="192.0.2.10")
        self.assertEqual(sorted(self.windows()), ["192.0.2.10", "192.0.2.9", "2001:db8::2"])
        self.assertTrue(all(is_open(self.site, ip) for ip in self.windows()))
        self.assertEqual(login(self.site, None).err, "")
        self.assertEqual(len(self.windows()), 3)

    def test_a_login_through_courier_opens_it_too(self):
        result = self.site.run("authvchkpw", "/bin/true", fd3=("pop3\nlogin\n%s\n%s\n" % (BOB, PASSWORD)).encode(),
                               env={"TCPREMOTEIP": "192.0.2.7"})
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertTrue(is_open(self.site, "192.0.2.7"))

    def test_a_known_address_only_gets_the_time(self):
        login(self.site)
        old, inode = self.age("192.0.2.7", 100), self.inode()
        login(self.site)
        self.assertGreaterEqual(self.windows()["192.0.2.7"], old + 100)
        self.assertEqual(self.inode(), inode)

    def test_who_may_not_relay_or_is_refused_opens_nothing(self):
        self.site.must("vmoduser", "-r", BOB)
        self.assertEqual(login(self.site).status, 0)
        self.site.must("vmoduser", "-x", BOB)
        self.assertEqual(login(self.site, port="587").status, 0)
        self.assertEqual(self.site.run("vchkpw", "/bin/true", fd3=fields(password="wrong"),
                                       env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.7"}).status, 3)
        self.site.configure(roaming_users="no")
        self.assertEqual(login(self.site).status, 0)
        self.assertEqual(self.windows(), {})
        self.assertFalse(os.path.exists(self.site.path("V/etc/tcp.smtp.cdb")))

    def test_a_domain_without_relay_opens_nothing(self):
        self.site.must("vmoddomlimits", "-g", "r", DOMAIN)
        self.assertEqual(login(self.site).status, 0)
        self.assertEqual(self.windows(), {})

    def test_clearopensmtp_closes_what_is_old(self):
        for ip in ("192.0.2.7", "192.0.2.8", "192.0.2.9"):
            login(self.site, ip)
        self.age("192.0.2.7", 181 * 60)
        self.age("192.0.2.8", 179 * 60)
        result = self.site.must("clearopensmtp")
        self.assertEqual((result.out, result.err), ("", ""))
        self.assertEqual(sorted(self.windows()), ["192.0.2.8", "192.0.2.9"])
        self.assertEqual([is_open(self.site, "192.0.2.%d" % n) for n in (7, 8, 9)], [False, True, True])
        self.assertEqual(json.loads(self.site.must("clearopensmtp", "--minutes", "100", "--json").out), {"removed": 1})
        self.assertEqual(sorted(self.windows()), ["192.0.2.9"])
        self.site.configure(relay_clear_minutes="5")
        self.age("192.0.2.9", 600)
        self.site.must("clearopensmtp")
        self.assertEqual(self.windows(), {})
        login(self.site)
        self.assertEqual(json.loads(self.site.must("clearopensmtp", "--minutes=0", "--json").out), {"removed": 1})
        self.assertFalse(is_open(self.site, "192.0.2.7"))

    def test_clearopensmtp_takes_over_changed_rules(self):
        self.site.must("clearopensmtp")
        self.site.write("V/etc/tcp.smtp", "198.51.100.:deny\n")
        self.site.must("clearopensmtp")
        self.assertEqual(rule_of(self.site, "198.51.100.1"), ["rule 198.51.100.:", "deny connection"])

    def test_clearopensmtp_without_roaming_says_so(self):
        self.site.configure(roaming_users="no")
        result = self.site.must("clearopensmtp")
        self.assertIn("roaming users are off", result.out)
        self.assertEqual(self.site.run("clearopensmtp", "operand").status, 255)

    def test_rules_that_cannot_be_made_refuse_no_login_and_leave_the_old(self):
        login(self.site)
        old = self.site.read("V/etc/tcp.smtp.cdb")
        for rules in ("this: is no rule\n", None):
            if rules is None:
                os.unlink(self.site.path("V/etc/tcp.smtp"))
            else:
                self.site.write("V/etc/tcp.smtp", rules)
            result = login(self.site, "192.0.2.99")
            self.assertEqual(result.status, 0)
            self.assertIn("relay window not opened for 192.0.2.99: ", result.err)
            self.assertIn("tcp.smtp", result.err)
            self.assertEqual(self.site.run("clearopensmtp").status, 255 if rules else 111, rules)
            self.assertEqual(self.site.read("V/etc/tcp.smtp.cdb"), old)
        self.site.write("V/etc/tcp.smtp", RULES)
        self.assertEqual(login(self.site, "192.0.2.99").err, "")  # known, but not in the rules yet
        self.assertTrue(is_open(self.site, "192.0.2.99"))
        self.site.write("V/etc/tcp.smtp.cdb", b"x" * 100)
        login(self.site)
        self.assertTrue(is_open(self.site, "192.0.2.7"))

    def test_a_name_instead_of_an_address_opens_nothing(self):
        result = login(self.site, None, REMOTE_HOST='x:allow,RELAYCLIENT=""')
        self.assertEqual(result.status, 0)
        self.assertIn("is not an IP address", result.err)
        self.assertEqual(self.windows(), {})

    def test_another_file_and_no_rebuild_are_settings(self):
        self.site.write("run/smtp.rules", ":allow\n")
        self.site.configure(tcpserver_file=self.site.path("run/smtp.rules"))
        login(self.site)
        self.assertTrue(os.path.exists(self.site.path("run/smtp.rules.cdb")))
        self.assertFalse(os.path.exists(self.site.path("V/etc/tcp.smtp.cdb")))
        self.site.configure(tcpserver_file=None, rebuild_tcpserver_file="no")
        login(self.site, "192.0.2.8")
        self.site.must("clearopensmtp")
        self.assertIn("192.0.2.8", self.windows())
        self.assertFalse(os.path.exists(self.site.path("V/etc/tcp.smtp.cdb")))

    def test_logins_at_the_same_time_are_all_open_when_they_return(self):
        addresses = ["198.51.100.%d" % number for number in range(200)]
        login_file = self.site.write("run/login", fields())
        command = '"$0" /bin/true 3<"$1" && exec tcprulescheck "$2" "$TCPREMOTEIP"'
        words = ["sh", "-c", command, self.site.installed.program("vchkpw"), login_file, self.site.path("V/etc/tcp.smtp.cdb")]
        started = [subprocess.Popen(words, env=self.site.environment(TCPLOCALPORT="110", TCPREMOTEIP=ip), text=True,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    **self.site.person.popen_arguments()) for ip in addresses]
        said = {ip: child.communicate()[0].splitlines() for ip, child in zip(addresses, started)}
        self.assertEqual({ip: lines for ip, lines in said.items() if lines != ["rule %s:" % ip] + OPEN}, {})
        self.assertEqual(sorted(self.windows()), sorted(addresses))
        self.assertTrue(all(is_open(self.site, ip) for ip in addresses))


on_every_store(globals(), Roaming)


class OnTwoHosts(unittest.TestCase):
    """One database: a window that is opened on one host is open on the other when vsync has run there."""

    def setUp(self):
        first = self.site()
        self.file = os.path.join(first.folder, "run", "store.sqlite")
        self.a, self.b = self.site(), self.site()
        self.a.must("vschema", "--apply")
        prepare(self.a)
        self.b.write("V/etc/tcp.smtp", RULES)

    def site(self):
        sections = {"sqlite": {"file": self.file}} if hasattr(self, "file") else {}
        settings = {"log_target": "stderr", "password_scheme": "ssha", "roaming_users": "yes"}
        site = Site(dict(settings, auth="sqlite") if sections else settings, sections=sections)
        self.addCleanup(site.close)
        return site

    def test_vsync_writes_the_windows_of_the_other_host(self):
        login(self.a)
        self.assertTrue(is_open(self.a, "192.0.2.7"))
        check = self.b.run("vsync", "--check")
        self.assertEqual(check.status, 1)
        self.assertIn("relay rules: to write\n", check.out)
        self.assertFalse(os.path.exists(self.b.path("V/etc/tcp.smtp.cdb")))
        self.assertEqual(json.loads(self.b.must("vsync", "--json").out.splitlines()[1]), {"relay_rules": True})
        self.assertTrue(is_open(self.b, "192.0.2.7"))
        inode = os.stat(self.b.path("V/etc/tcp.smtp.cdb")).st_ino
        self.assertIn("relay rules: right\n", self.b.must("vsync").out)
        self.assertEqual(os.stat(self.b.path("V/etc/tcp.smtp.cdb")).st_ino, inode)
        self.a.must("clearopensmtp", "--minutes", "0")
        self.b.must("vsync")
        self.assertFalse(is_open(self.b, "192.0.2.7"))

    def test_vsync_that_watches_sees_windows_open_and_close(self):
        watcher = self.b.popen("vsync", "--watch")
        self.assertIn(b"domains", watcher.stdout.readline())
        self.assertEqual(watcher.stdout.readline(), b"relay rules: written\n")
        login(self.a)
        self.assertEqual(watcher.stdout.readline(), b"relay rules: written\n")
        self.assertTrue(is_open(self.b, "192.0.2.7"))
        self.a.must("clearopensmtp", "--minutes", "0")
        self.assertEqual(watcher.stdout.readline(), b"relay rules: written\n")
        self.assertFalse(is_open(self.b, "192.0.2.7"))
        watcher.send_signal(signal.SIGTERM)
        watcher.wait(process.DEADLINE)

    def test_a_known_address_is_new_on_the_other_host(self):
        self.b.must("vsync")
        login(self.a)
        self.assertEqual(login(self.b).err, "")
        self.assertTrue(is_open(self.b, "192.0.2.7"))

    def test_rows_of_others_open_no_network(self):
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as database:
            database.executemany("INSERT INTO relay (ip_addr, timestamp) VALUES (?, 2000000000)", [("",), ("10.",), ("x",)])
        login(self.a)
        self.assertTrue(is_open(self.a, "192.0.2.7"))
        self.assertEqual(rule_of(self.a, "10.1.1.1"), ["rule :", "allow connection"])


class WithTCPServer(CDBTest):
    def test_tcpserver_lets_the_client_relay(self):
        self.site.configure(roaming_users="yes")
        prepare(self.site)
        self.site.write("V/etc/tcp.smtp", "127.0.0.1:deny\n:allow\n")
        self.site.must("clearopensmtp")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(["tcpserver", "-HRl0", "-x", self.site.path("V/etc/tcp.smtp.cdb"), "127.0.0.1", str(port),
                                   "sh", "-c", "echo relay=${RELAYCLIENT-no}"], stdin=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertEqual(self.ask(port), "relay=no\n")
        login(self.site, "127.0.0.2")
        self.assertEqual(self.ask(port), "relay=\n")
        self.site.must("clearopensmtp", "--minutes", "0")
        self.assertEqual(self.ask(port), "relay=no\n")

    def ask(self, port):
        """What the server says to a client at 127.0.0.2."""
        end = time.monotonic() + process.DEADLINE
        while True:
            with socket.socket() as client:
                client.bind(("127.0.0.2", 0))
                try:
                    client.connect(("127.0.0.1", port))
                except ConnectionRefusedError:
                    if time.monotonic() > end:
                        raise
                    continue
                return client.makefile().read()


class OfAnotherOwner(CDBTest):
    """root becomes the owner of a domain that is not the vpopmail user's; the window is opened all the same."""
    privileged = True

    def test_window_of_another_owners_domain_is_opened_as_the_vpopmail_user(self):
        self.site.configure(roaming_users="yes")
        prepare(self.site)
        other = self.site.owner.uid + 1
        self.site.must("vadddomain", "-i", other, "-g", other, "other.example", PASSWORD)
        ann, wrong = fields("postmaster@other.example"), fields("postmaster@other.example", "wrong")
        client = {"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.7"}
        self.assertEqual(self.site.run("vchkpw", "/bin/true", fd3=wrong, env=client).status, 3)
        self.assertFalse(os.path.exists(self.site.path("V/etc/open-smtp")))
        result = self.site.run("vchkpw", "/usr/bin/id", "-u", fd3=ann, env=client)
        self.assertEqual((result.status, result.out, result.err), (0, "%d\n" % other, ""))
        self.assertTrue(is_open(self.site, "192.0.2.7"))
        self.assertEqual(os.stat(self.site.path("V/etc/open-smtp")).st_uid, self.site.owner.uid)
        courier = ("pop3\nlogin\npostmaster@other.example\n%s\n" % PASSWORD).encode()
        result = self.site.run("authvchkpw", "/usr/bin/id", "-u", fd3=courier, env={"TCPREMOTEIP": "192.0.2.6"})
        self.assertEqual((result.status, result.out, result.err), (0, "%d\n" % other, ""))
        self.assertTrue(is_open(self.site, "192.0.2.6"))
        os.unlink(self.site.path("V/etc/tcp.smtp"))
        result = self.site.run("vchkpw", "/usr/bin/id", "-u", fd3=ann, env=dict(client, TCPREMOTEIP="192.0.2.8"))
        self.assertEqual((result.status, result.out), (0, "%d\n" % other))
        self.assertIn("relay window not opened for 192.0.2.8: tcp.smtp", result.err)

    def test_files_belong_to_the_vpopmail_user_whoever_makes_them(self):
        self.site.configure(roaming_users="yes")
        prepare(self.site)
        self.site.must("clearopensmtp")
        self.assertEqual(login(self.site).err, "")
        for name in ("open-smtp", "open-smtp.lock", "tcp.smtp.cdb", "tcp.smtp.lock"):
            self.assertEqual(os.stat(self.site.path("V/etc/" + name)).st_uid, self.site.owner.uid, name)


if __name__ == "__main__":
    unittest.main()
