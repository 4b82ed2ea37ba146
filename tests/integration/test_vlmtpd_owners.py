"""vlmtpd and domains that belong to other users: as root by a process of theirs, else 451."""
import os
import signal
import stat
import time
import unittest

from harness import process
from harness.mail import BODY, MailTest
from test_vlmtpd import Client

# Nobody has an entry in passwd for these, and nobody needs one.
RED, BLUE = (47011, 48011), (47012, 48012)


class OwnersTest(MailTest):
    """example.org is the server's own user's; red.example and blue.example have owners of their own."""
    settings = dict(MailTest.settings, io_timeout="3")
    owners = {"red.example": RED, "blue.example": BLUE}

    def setUp(self):
        super().setUp()
        self.red = self.accounts.add("ann@red.example")
        self.blue = self.accounts.add("ben@blue.example")
        for domain in ("red.example", "blue.example"):
            self.site.write("V/domains/%s/.qmail-default" % domain,
                            "| %s/bin/vdelivermail '' bounce-no-mailbox\n" % self.site.home, 0o600)
        self.save()
        self.address = ("127.0.0.1", process.free_port())
        self.daemon = self.site.start("vlmtpd", "-l", "%s:%d" % self.address, "-p", "4", address=self.address)

    def save(self):
        self.accounts.save(owners=self.owners)

    def client(self):
        client = Client(self.address)
        self.addCleanup(client.close)
        return client

    def deliver(self, *recipients, body=BODY):
        """One transaction; the replies behind its message."""
        client = self.client()
        for reply in client.begin(*recipients):
            self.assertEqual(reply, "250 2.1.5 Recipient ok")
        client.ask("DATA")
        client.send(body.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n") + b".\r\n")
        return [client.reply() for _ in recipients]

    def log(self):
        return self.daemon.log_text()


class RootTest(OwnersTest):
    privileged = True

    def head(self, address):
        return b"Return-Path: <a@example.net>\nDelivered-To: %s\n" % address.encode()

    def check_owned(self, maildir, ids):
        """Every file and folder from the home of this Maildir down is the owner's and nobody else's."""
        for path, folders, files in os.walk(os.path.dirname(maildir)):
            for name, mode in [(name, 0o700) for name in folders] + [(name, 0o600) for name in files]:
                info = os.lstat(os.path.join(path, name))
                self.assertEqual((info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)), ids + (mode,), name)

    def own_program(self, command):
        """Ann's mail goes to this program."""
        path = self.site.write("V/domains/red.example/ann/.qmail", "|%s\n" % command, 0o600)
        os.chown(path, *RED)

    def processes(self):
        """{pid: effective uid} of the server's group."""
        found = {}
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.getpgid(int(name)) == self.daemon.process.pid:
                    found[int(name)] = self.uid_of(name)
            except (ProcessLookupError, FileNotFoundError):
                pass
        return found

    def uid_of(self, pid):
        with open("/proc/%s/status" % pid) as text:
            return [int(line.split()[2]) for line in text if line.startswith("Uid:")][0]

    def keeper(self):
        """The process that is root beside the parent, once it is there."""
        def find():
            roots = [pid for pid, uid in self.processes().items() if uid == 0 and pid != self.daemon.process.pid]
            return roots[0] if len(roots) == 1 else None
        self.workers()
        return process.wait_until(find, "one keeper")

    def workers(self):
        """The four processes that serve, once each has given up root: the address answers before."""
        def find():
            pids = {pid for pid, uid in self.processes().items() if uid == self.site.owner.uid}
            return pids if len(pids) == 4 else None
        return process.wait_until(find, "four workers")

    def test_each_owner_gets_his_mail_in_one_transaction(self):
        replies = self.deliver("ann@red.example", "bob@example.org", "ben@blue.example")
        self.assertEqual(replies, ["250 2.1.5 Delivered"] * 3)
        self.assertEqual(self.stored(self.red), [self.head("ann@red.example") + BODY])
        self.assertEqual(self.stored(self.blue), [self.head("ben@blue.example") + BODY])
        self.assertEqual(self.stored(self.bob), [self.head("bob@example.org") + BODY])
        self.check_owned(self.red, RED)
        self.check_owned(self.blue, BLUE)

    def test_big_message_comes_from_the_spool(self):
        body = b"Subject: big\n\n" + b"".join(b"%060d\n" % number for number in range(50000))
        self.assertEqual(self.deliver("ann@red.example", "ben@blue.example", body=body), ["250 2.1.5 Delivered"] * 2)
        self.assertEqual(self.stored(self.red), [self.head("ann@red.example") + body])
        self.assertEqual(self.stored(self.blue), [self.head("ben@blue.example") + body])
        self.check_owned(self.red, RED)

    def test_alias_domain_is_served_by_its_owner(self):
        self.accounts.aliases["rot.example"] = "red.example"
        self.save()
        self.assertEqual(self.deliver("ann@rot.example"), ["250 2.1.5 Delivered"])
        self.assertEqual(len(self.stored(self.red)), 1)

    def test_home_that_is_made_at_the_first_delivery_is_the_owners(self):
        self.accounts.add("cat@red.example", home="")
        self.save()
        self.assertEqual(self.deliver("cat@red.example"), ["250 2.1.5 Delivered"])
        maildir = self.site.path("V/domains/red.example/cat/Maildir")
        self.assertEqual(self.stored(maildir), [self.head("cat@red.example") + BODY])
        self.check_owned(maildir, RED)

    def test_unknown_recipient_is_550(self):
        self.assertEqual(self.client().begin("nobody@red.example")[0][:9], "550 5.1.1")

    def test_over_quota_is_552_for_him_alone(self):
        accounts = self.accounts.domains["red.example"]
        accounts["ann"] = accounts["ann"].replace("NOQUOTA", "10S")
        self.save()
        replies = self.deliver("ann@red.example", "ben@blue.example")
        self.assertEqual(replies, ["552 5.2.2 user is over quota", "250 2.1.5 Delivered"])
        self.assertEqual(self.stored(self.red), [])

    def test_program_runs_as_the_owner(self):
        self.own_program("id -u >who; id -g >>who; id -G >>who")
        self.assertEqual(self.deliver("ann@red.example"), ["250 2.1.5 Delivered"])
        self.assertEqual(self.site.read("V/domains/red.example/ann/who").split(), [b"47011", b"48011", b"48011"])

    def test_program_that_kills_its_parent_is_451_and_the_server_lives_on(self):
        self.own_program("kill -9 $PPID")
        before = self.workers()
        client = self.client()
        client.begin("ann@red.example", "ben@blue.example")
        client.ask("DATA")
        client.send("Subject: x\r\n\r\n.\r\n")
        self.assertEqual([client.reply()[:9] for _ in range(2)], ["451 4.3.0", "250 2.1.5"])
        self.assertEqual(self.workers(), before)
        self.assertIsNone(self.daemon.process.poll())
        process.wait_until(lambda: "ended by signal 9" in self.log(), "a line in the log")

    def test_killed_keeper_is_renewed_and_nothing_hangs(self):
        first = self.keeper()
        os.kill(first, signal.SIGKILL)
        began = time.monotonic()
        replies = self.client().begin("ann@red.example")
        self.assertIn(replies[0][:9], ("250 2.1.5", "451 4.3.0"))
        self.assertLess(time.monotonic() - began, 10)
        process.wait_until(lambda: self.keeper() != first, "another keeper")
        self.assertEqual(self.deliver("ann@red.example"), ["250 2.1.5 Delivered"])

    def test_keeper_that_does_not_answer_is_451(self):
        keeper = self.keeper()
        os.kill(keeper, signal.SIGSTOP)
        try:
            client = self.client()
            self.assertEqual([reply[:9] for reply in client.begin("ann@red.example", "bob@example.org")],
                             ["451 4.3.0", "250 2.1.5"])
        finally:
            os.kill(keeper, signal.SIGCONT)
        self.assertEqual(self.deliver("ann@red.example"), ["250 2.1.5 Delivered"])

    def test_domain_of_root_is_refused(self):
        for ids in ((0, RED[1]), (RED[0], 0), (0, 0)):
            self.accounts.save(owners=dict(self.owners, **{"red.example": ids}))
            self.assertEqual(self.client().begin("ann@red.example")[0][:9], "451 4.3.0", ids)
            self.assertIn("uid %d gid %d: mail is never delivered by root" % ids, self.log())
        self.assertEqual(self.stored(self.red), [])

    def test_forward_to_a_domain_of_another_user_is_queued(self):
        self.queue()
        self.domain_file(".qmail-far", "ann@red.example\n")
        self.assertEqual(self.deliver("far@example.org", body=b"Subject: x\n\n"), ["250 2.1.5 Delivered"])
        self.assertEqual(self.queued(),
                         [b"Fa@example.net\0Tann@red.example\0\0\n--\nDelivered-To: far@example.org\nSubject: x\n\n"])
        self.assertEqual(self.stored(self.red), [])

    def test_program_has_no_socket_of_ours(self):
        self.own_program("ls -l /proc/self/fd >fds")
        self.assertEqual(self.deliver("ann@red.example", "ben@blue.example"), ["250 2.1.5 Delivered"] * 2)
        self.assertNotIn(b"socket:", self.site.read("V/domains/red.example/ann/fds"))

    def test_no_process_stays_behind(self):
        for _ in range(12): # more than the keeper may have at once
            self.assertEqual(self.deliver("ann@red.example"), ["250 2.1.5 Delivered"])
        process.wait_until(lambda: len(self.processes()) == 6, "parent, keeper and four workers alone")


class OrdinaryTest(OwnersTest):
    """Without root nobody can become the owner."""
    owners = {}

    def save(self):
        own = self.site.owner
        self.accounts.save(uid=own.uid + 1, gid=own.gid)

    def test_domain_of_another_user_is_451_and_the_log_says_why(self):
        self.assertEqual(self.client().begin("ann@red.example")[0][:9], "451 4.3.0")
        self.assertIn("domain=red.example result=misconfig", self.log())
        self.assertIn("only a server that root started", self.log())


if __name__ == "__main__":
    unittest.main()
