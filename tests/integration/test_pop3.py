"""qmail-popup with vchkpw and qmail-pop3d behind it, spoken to by poplib, curl and raw sockets."""
import base64
import hashlib
import os
import signal
import poplib
import shutil
import socket
import ssl
import subprocess
import unittest

from harness import process
from harness.accounts import Accounts
from harness.installed import Installed
from harness.site import SiteTest

ADDRESS = "bob@example.org"
MESSAGES = [
    b"From: a@example.org\nSubject: one\n\n.a dot\n..\nlast\n",
    b"Subject: two\r\n\r\nstored with CRLF\r\n",
    b"Subject: three\n\nno end of line",
    b"Subject: 8 bit \xc3\xa9\n\n\xff\x00\x01 any bytes\n",
]


def transmitted(stored):
    """What POP3 makes of a stored message, dots not doubled."""
    text = stored.replace(b"\r\n", b"\n")
    return (text if text.endswith(b"\n") else text + b"\n").replace(b"\n", b"\r\n")


class Pop3Test(SiteTest):
    settings = {"log_target": "stderr", "logging": "all", "clear_passwords": "yes"}
    certificate = False

    def setUp(self):
        super().setUp()
        self.accounts = Accounts(self.site)
        self.maildir = self.accounts.add(ADDRESS, clear="secret")
        self.accounts.save()
        for number, text in enumerate(MESSAGES):
            self.deliver("new/17000000%02d.M1P1_1.host,S=%d" % (number, len(text)), text)
        if self.certificate:
            self.make_certificate()
        self.port = process.free_port()
        self.address = ("127.0.0.1", self.port)
        self.start()

    def start(self):
        self.daemon = self.site.start("qmail-popup", "-l", "127.0.0.1:%d" % self.port, "mail.example.org",
                                      Installed.get().program("vchkpw"), Installed.get().program("qmail-pop3d"),
                                      "Maildir", address=self.address)

    def make_certificate(self):
        path = self.site.write("V/etc/servercert.pem", "", 0o600)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=mail.example.org", "-keyout", path + ".key", "-out", path],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in (path, path + ".key"):
            self.site.give(name)
        self.site.configure(tls_certificate=path, tls_key=path + ".key")

    def deliver(self, name, text):
        """A message file of bob, however the caller wants it named."""
        path = os.path.join(self.maildir, name)
        with open(path, "wb") as out:
            out.write(text)
        self.site.give(path)

    def client(self, user=ADDRESS, password="secret"):
        client = poplib.POP3(*self.address, timeout=process.DEADLINE)
        self.addCleanup(client.close)
        if user:
            client.user(user)
            client.pass_(password)
        return client

    def talk(self, data=b"", end=True):
        """Sends bytes and returns all that is answered until the server closes."""
        with self.daemon.connect() as connection:
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def files(self, part):
        return sorted(os.listdir(os.path.join(self.maildir, part)))


def read_all(connection):
    parts = []
    while True:
        part = connection.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


LOGIN = b"USER bob@example.org\r\nPASS secret\r\n"


class Session(Pop3Test):
    def test_messages_come_back_with_the_sizes_that_were_promised(self):
        client = self.client()
        wanted = [transmitted(text) for text in MESSAGES]
        self.assertEqual(client.stat(), (len(wanted), sum(map(len, wanted))))
        self.assertEqual(client.list()[1], [b"%d %d" % (n + 1, len(text)) for n, text in enumerate(wanted)])
        for number, text in enumerate(wanted):
            self.assertEqual(b"".join(line + b"\r\n" for line in client.retr(number + 1)[1]), text)
        self.assertEqual(client.top(1, 1)[1], [b"From: a@example.org", b"Subject: one", b"", b".a dot"])
        client.quit()

    def test_quit_deletes_and_moves_and_keeps_unique_ids(self):
        client = self.client()
        before = [line.split()[1] for line in client.uidl()[1]]
        client.dele(2)
        client.quit()
        self.assertEqual(self.files("new"), [])
        self.assertEqual(len(self.files("cur")), len(MESSAGES) - 1)
        self.assertTrue(all(name.endswith(":2,") for name in self.files("cur")))
        after = [line.split()[1] for line in self.client().uidl()[1]]
        self.assertEqual(after, before[:1] + before[2:])

    def test_without_quit_nothing_changes(self):
        before = self.files("new")
        self.talk(LOGIN + b"DELE 1\r\nRETR 2\r\n")
        self.assertEqual(self.files("new"), before)
        self.assertEqual(self.files("cur"), [])

    def test_deleting_is_noted_in_maildirsize(self):
        self.site.write("V/domains/example.org/bob/Maildir/maildirsize", "1000000S\n400 4\n")
        client = self.client()
        client.dele(1)
        client.dele(3)
        client.quit()
        lines = self.site.read("V/domains/example.org/bob/Maildir/maildirsize").split()
        self.assertEqual(sum(map(int, lines[1::2])), 400 - len(MESSAGES[0]) - len(MESSAGES[2]))
        self.assertEqual(sum(map(int, lines[2::2])), 2)

    def test_a_pipelined_session_works_whole_and_byte_by_byte(self):
        said = LOGIN + b"STAT\r\nRETR 2\r\nDELE 2\r\nNOOP\r\nQUIT\r\n"
        answers = []
        for step in (len(said), 1, 7):
            with self.daemon.connect() as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(said), step):
                    connection.sendall(said[at:at + step])
                answers.append(read_all(connection).split(b"\r\n", 1)[1])
            self.deliver("new/1700000001.M1P1_1.host,S=%d" % len(MESSAGES[1]), MESSAGES[1])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])
        self.assertIn(b"+OK \r\n" + transmitted(MESSAGES[1]) + b".\r\n", answers[0])

    def test_lines_may_end_in_lf_and_verbs_be_small(self):
        answer = self.talk(b"user bob@example.org\npass secret\nstat\nquit\n")
        self.assertIn(b"\r\n+OK 4 ", answer)

    def test_a_message_that_vanishes_or_is_renamed(self):
        client = self.client()
        names = self.files("new")
        os.remove(os.path.join(self.maildir, "new", names[0]))
        os.rename(os.path.join(self.maildir, "new", names[1]), os.path.join(self.maildir, "cur", names[1] + ":2,S"))
        with self.assertRaisesRegex(poplib.error_proto, "removed by another program"):
            client.retr(1)
        self.assertEqual(len(client.retr(2)[1]), 3)
        client.dele(2)
        client.quit()
        self.assertEqual(len(self.files("cur")), 2)

    def test_a_line_that_is_too_long_is_one_error(self):
        answer = self.talk(b"X" * 1000000 + b"\r\n" + LOGIN + b"Y" * 100000 + b"\r\nSTAT\r\nQUIT\r\n").split(b"\r\n")
        self.assertEqual([line.split()[0] for line in answer if line],
                         [b"+OK", b"-ERR", b"+OK", b"+OK", b"-ERR", b"+OK", b"+OK"])

    def test_a_broken_mailbox_is_a_maybe(self):
        shutil.rmtree(os.path.join(self.maildir, "cur"))
        answer = self.talk(LOGIN + b"STAT\r\n")
        self.assertIn(b"\r\n-ERR [SYS/TEMP] ", answer)
        self.assertNotIn(b"AUTH", answer)

    def test_many_messages_in_little_memory(self):
        for number in range(10000):
            self.deliver("cur/16%08d.M1P1_1.mail.example.org,S=20:2,S" % number, b"Subject: x\n\nsome text\n")
        with self.daemon.connect() as connection:
            server = connection.makefile("rwb", buffering=0)
            server.readline()
            for line in LOGIN.splitlines(True) + [b"STAT\r\n"]:
                server.write(line)
                answer = server.readline()
            self.assertTrue(answer.startswith(b"+OK 10004 "), answer)
            peaks = [peak for name, peak in peaks_below(self.daemon.process.pid) if name == "qmail-pop3d"]
            self.assertEqual(len(peaks), 1)
            self.assertLess(peaks[0], limit_kib(4096))
            server.write(b"QUIT\r\n")
            self.assertEqual(server.readline(), b"+OK \r\n")

    def test_curl_lists_and_fetches(self):
        base = ["curl", "-s", "--user", ADDRESS + ":secret", "--max-time", "60"]
        url = "pop3://127.0.0.1:%d/" % self.port
        listing = subprocess.run(base + [url], check=True, stdout=subprocess.PIPE).stdout
        self.assertEqual(len(listing.splitlines()), len(MESSAGES))
        text = subprocess.run(base + [url + "3"], check=True, stdout=subprocess.PIPE).stdout
        self.assertEqual(text, transmitted(MESSAGES[2]))


def limit_kib(plain):
    """Sanitizers need many times the memory."""
    with open(os.path.join(os.environ["VM_BUILD"], "Makefile")) as text:
        return plain * 100 if "-fsanitize" in text.read() else plain


def peaks_below(pid):
    """(name, peak KiB) of all processes started by pid."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/status" % entry) as text:
                status = dict(line.split(":", 1) for line in text if ":" in line)
        except OSError:
            continue
        if int(status["PPid"]) == pid:
            found.append((status["Name"].strip(), int(status.get("VmHWM", "0 kB").split()[0])))
            found.extend(peaks_below(int(entry)))
    return found


class Login(Pop3Test):
    def test_every_way_to_log_in(self):
        client = self.client(None)
        client.apop(ADDRESS, "secret")
        self.assertEqual(client.stat()[0], len(MESSAGES))
        plain = base64.b64encode(b"\0bob@example.org\0secret")
        for said in (b"AUTH PLAIN " + plain + b"\r\n", b"AUTH PLAIN\r\n" + plain + b"\r\n", LOGIN):
            self.assertIn(b"\r\n+OK 4 ", self.talk(said + b"STAT\r\n"))
        log = self.daemon.log_text()
        self.assertIn("(APOP) login success bob@example.org:127.0.0.1", log)
        self.assertIn("(PLAIN) login success bob@example.org:127.0.0.1", log)

    def test_the_challenge_is_new_each_time(self):
        banners = {self.client(None).getwelcome() for _ in range(3)}
        self.assertEqual(len(banners), 3)
        self.assertTrue(all(b"@mail.example.org>" in banner for banner in banners))

    def test_a_wrong_password_is_auth_and_tries_are_bounded(self):
        answer = self.talk(b"USER bob@example.org\r\nPASS wrong\r\n" * 5, end=False)
        self.assertEqual(answer.count(b"-ERR [AUTH] "), 3)
        # the same for a user that does not exist
        answer = self.talk(b"USER ann@example.org\r\nPASS wrong\r\n" * 5, end=False)
        self.assertEqual(answer.count(b"-ERR [AUTH] "), 3)

    def test_hup_reads_the_settings_again(self):
        tries = b"USER bob@example.org\r\nPASS wrong\r\n" * 5
        self.site.configure(pop3_login_tries="2")
        self.daemon.signal(signal.SIGHUP)
        process.wait_until(lambda: self.talk(tries, end=False).count(b"-ERR [AUTH] ") == 2, "two tries are left")
        self.site.configure(pop3_login_tries="junk")
        self.daemon.signal(signal.SIGHUP)
        process.wait_until(lambda: "pop3_login_tries" in self.daemon.log_text(), "the wrong setting is told")

    def test_a_second_try_may_be_right(self):
        answer = self.talk(b"USER bob@example.org\r\nPASS wrong\r\n" + LOGIN + b"STAT\r\n")
        self.assertIn(b"-ERR [AUTH] ", answer)
        self.assertIn(b"\r\n+OK 4 ", answer)

    def test_a_store_that_fails_is_a_maybe(self):
        os.remove(self.site.path("Q/users/assign"))
        self.site.write("Q/users/cdb", b"\0" * 2048)
        answer = self.talk(LOGIN)
        self.assertIn(b"-ERR [SYS/TEMP] ", answer)
        self.assertNotIn(b"[AUTH]", answer)

    def test_capabilities(self):
        capabilities = self.client(None).capa()
        for name in ("TOP", "UIDL", "USER", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "UTF8", "IMPLEMENTATION"):
            self.assertIn(name, capabilities)
        self.assertEqual(capabilities["SASL"], ["PLAIN"])
        self.assertEqual(capabilities["EXPIRE"], ["NEVER"])
        self.assertEqual(capabilities["LOGIN-DELAY"], ["0"])
        self.assertNotIn("STLS", capabilities)
        inside = self.client().capa()
        self.assertNotIn("USER", inside)
        self.assertIn("TOP", inside)

    def test_other_commands_wait_for_the_login(self):
        answer = self.talk(b"STAT\r\nRETR 1\r\nNOOP\r\nUTF8\r\nSTLS\r\nQUIT\r\n").split(b"\r\n")
        self.assertEqual([line[:4] for line in answer[1:-1]], [b"-ERR", b"-ERR", b"+OK ", b"+OK ", b"-ERR", b"+OK "])


class Tls(Pop3Test):
    certificate = True

    def wrap(self, connection):
        context = ssl.create_default_context(cafile=self.site.path("V/etc/servercert.pem"))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context.wrap_socket(connection, server_hostname="mail.example.org")

    def test_a_session_goes_on_through_tls(self):
        client = self.client(None)
        self.assertIn("STLS", client.capa())
        context = ssl.create_default_context(cafile=self.site.path("V/etc/servercert.pem"))
        context.check_hostname = False
        client.stls(context=context)
        self.assertNotIn("STLS", client.capa())
        client.user(ADDRESS)
        client.pass_("secret")
        for number, text in enumerate(MESSAGES):
            self.assertEqual(b"".join(line + b"\r\n" for line in client.retr(number + 1)[1]), transmitted(text))
        peaks = peaks_below(self.daemon.process.pid)
        self.assertTrue(peaks)
        self.assertLess(max(peak for _, peak in peaks), limit_kib(8192))
        client.dele(1)
        client.quit()
        self.assertEqual(len(self.files("cur")), len(MESSAGES) - 1)

    def test_a_big_message_and_pipelining_through_tls(self):
        big = b"Subject: big\n\n" + b"0123456789 a line of a big message\n" * 100000
        self.deliver("new/1800000000.big", big)
        with self.daemon.connect() as connection:
            connection.recv(1000)
            connection.sendall(b"STLS\r\n")
            connection.recv(1000)
            with self.wrap(connection) as tls:
                tls.sendall(LOGIN + b"RETR 5\r\n" * 3 + b"QUIT\r\n")
                answer = read_all(tls)
        self.assertEqual(answer.count(transmitted(big) + b".\r\n"), 3)

    def test_text_injected_before_tls_is_dropped(self):
        """CVE-2021-33515: what came in the clear must not be taken for something that came inside."""
        with self.daemon.connect() as connection:
            connection.recv(1000)
            connection.sendall(b"STLS\r\nUSER injected@example.org\r\nNOOP\r\n")
            answer = connection.recv(1000)
            self.assertTrue(answer.startswith(b"+OK"))
            self.assertEqual(answer.count(b"\r\n"), 1)
            with self.wrap(connection) as tls:
                tls.sendall(b"PASS secret\r\nQUIT\r\n")
                self.assertEqual(read_all(tls), b"-ERR USER first\r\n+OK \r\n")

    def test_a_login_before_tls_does_not_count_after_it(self):
        with self.daemon.connect() as connection:
            connection.recv(1000)
            connection.sendall(b"USER bob@example.org\r\n")
            connection.recv(1000)
            connection.sendall(b"STLS\r\n")
            connection.recv(1000)
            with self.wrap(connection) as tls:
                tls.sendall(b"PASS secret\r\nQUIT\r\n")
                self.assertTrue(read_all(tls).startswith(b"-ERR"))

    def test_tries_go_on_inside_tls(self):
        with self.daemon.connect() as connection:
            connection.recv(1000)
            connection.sendall(b"STLS\r\n")
            connection.recv(1000)
            with self.wrap(connection) as tls:
                tls.sendall(b"USER bob@example.org\r\nPASS wrong\r\n" + LOGIN + b"STAT\r\nQUIT\r\n")
                answer = read_all(tls)
        self.assertIn(b"-ERR [AUTH] ", answer)
        self.assertIn(b"\r\n+OK 4 ", answer)

    def test_a_client_that_hangs_up_inside_tls_changes_nothing(self):
        with self.daemon.connect() as connection:
            connection.recv(1000)
            connection.sendall(b"STLS\r\n")
            connection.recv(1000)
            tls = self.wrap(connection)
            tls.sendall(LOGIN + b"DELE 1\r\nLAST\r\n")
            seen = b""
            while b"+OK 1\r\n" not in seen:
                seen += tls.recv(1000)
            tls.close()
        process.wait_until(lambda: not peaks_below(self.daemon.process.pid), "the end of the session")
        self.assertEqual(len(self.files("new")), len(MESSAGES))

    def test_passwords_can_be_refused_before_tls(self):
        self.daemon.stop()
        self.site.configure(tls_required="yes")
        self.start()
        answer = self.talk(LOGIN)
        self.assertNotIn(b"+OK 4", answer)
        self.assertEqual(answer.count(b"-ERR"), 2)
        self.assertNotIn("USER", self.client(None).capa())

    def test_a_certificate_that_cannot_be_used_is_said_and_the_session_goes_on(self):
        self.site.write("V/etc/servercert.pem", "nonsense", 0o600)
        answer = self.talk(b"STLS\r\n" + LOGIN + b"STAT\r\nQUIT\r\n")
        self.assertIn(b"-ERR [SYS/TEMP] ", answer)
        self.assertIn(b"\r\n+OK 4 ", answer)


class UnderAnotherServer(Pop3Test):
    def test_qmail_popup_serves_its_standard_descriptors(self):
        ours, theirs = socket.socketpair()
        program = Installed.get().program
        with ours, theirs:
            child = subprocess.Popen([program("qmail-popup"), "mail.example.org", program("vchkpw"),
                                      program("qmail-pop3d"), "Maildir"], stdin=theirs, stdout=theirs,
                                     stderr=subprocess.DEVNULL, env=self.site.environment(TCPLOCALPORT="110"),
                                     **self.site.person.popen_arguments())
            theirs.close()
            ours.settimeout(process.DEADLINE)
            ours.sendall(LOGIN + b"STAT\r\nQUIT\r\n")
            answer = read_all(ours)
            self.assertEqual(child.wait(process.DEADLINE), 0)
        self.assertIn(b"\r\n+OK 4 ", answer)

    @unittest.skipUnless(shutil.which("tcpserver"), "ucspi-tcp is not installed")
    def test_qmail_popup_runs_under_tcpserver(self):
        port = process.free_port()
        program = Installed.get().program
        command = [shutil.which("tcpserver"), "-RHl0", "127.0.0.1", str(port), program("qmail-popup"),
                   "mail.example.org", program("vchkpw"), program("qmail-pop3d"), "Maildir"]
        daemon = process.Daemon(command, ("127.0.0.1", port), self.site.path("run/tcpserver.log"),
                                self.site.environment(), person=self.site.person)
        self.site.daemons.append(daemon)
        with daemon.connect() as connection:
            connection.sendall(LOGIN + b"STAT\r\nQUIT\r\n")
            self.assertIn(b"\r\n+OK 4 ", read_all(connection))

    def test_pop3d_alone_speaks_from_a_pipe(self):
        result = self.site.run("qmail-pop3d", self.maildir, stdin=b"STAT\r\nUIDL 1\r\nQUIT\r\n")
        self.assertEqual(result.status, 0, result)
        self.assertTrue(result.out.startswith("+OK \r\n+OK 4 "))

    def test_wrong_use_is_said(self):
        for program, arguments in (("qmail-popup", []), ("qmail-popup", ["host"]), ("qmail-popup", ["-z"]),
                                   ("qmail-pop3d", []), ("qmail-popup", ["-L", "host", "a", "b"]),
                                   ("qmail-popup", ["-l", "nonsense", "host", "a", "b"])):
            result = self.site.run(program, *arguments)
            self.assertEqual(result.status, 100, result)
            self.assertTrue(result.err)


class Privileged(Pop3Test):
    privileged = True

    def test_nobody_who_reads_the_network_is_root(self):
        client = self.client()
        owner = self.site.owner
        for name, uids in self.who():
            if name == "qmail-pop3d":
                self.assertEqual(uids, {owner.uid})
        # listener and keeper are root, the speaker is not
        popups = [uids for name, uids in self.who() if name == "qmail-popup"]
        self.assertIn({owner.uid}, popups)
        client.quit()

    def who(self):
        found, todo = [], [self.daemon.process.pid]
        while todo:
            parent = todo.pop()
            for entry in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open("/proc/%s/status" % entry) as text:
                        status = dict(line.split(":", 1) for line in text if ":" in line)
                except OSError:
                    continue
                if int(status["PPid"]) == parent:
                    found.append((status["Name"].strip(), set(map(int, status["Uid"].split()))))
                    todo.append(int(entry))
        return found


if __name__ == "__main__":
    unittest.main()
