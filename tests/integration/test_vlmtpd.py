"""vlmtpd spoken to by smtplib, swaks, smtp-source and raw sockets."""
import os
import shutil
import signal
import smtplib
import socket
import stat
import unittest

from harness import clients, process
from harness.mail import BODY, MailTest


class Client:
    """A raw LMTP client."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=20)
        self.file = self.socket.makefile("rb")
        self.reply()

    def reply(self):
        """One whole reply."""
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        return b"".join(lines).decode().replace("\r\n", "\n").rstrip("\n")

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def ask(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def begin(self, *recipients):
        self.ask("LHLO test")
        self.ask("MAIL FROM:<a@example.net>")
        return [self.ask("RCPT TO:<%s>" % recipient) for recipient in recipients]

    def close(self):
        self.file.close()
        self.socket.close()


class VlmtpdTest(MailTest):
    options = ("-p", "8")

    def setUp(self):
        super().setUp()
        self.address = ("127.0.0.1", process.free_port())
        self.daemon = self.site.start("vlmtpd", "-l", "%s:%d" % self.address, *self.options, address=self.address)

    def client(self):
        client = Client(self.address)
        self.addCleanup(client.close)
        return client

    def offered_size(self):
        client = Client(self.address)
        try:
            return [line[4:] for line in client.ask("LHLO test").split("\n") if line[4:8] == "SIZE"][0]
        finally:
            client.close()

    def test_hup_reads_the_settings_again_and_wrong_ones_leave_the_old(self):
        self.assertEqual(self.offered_size(), "SIZE 0")
        self.site.configure(message_size_max="12345")
        self.daemon.signal(signal.SIGHUP)
        process.wait_until(lambda: self.offered_size() == "SIZE 12345", "the new size is offered")
        self.site.configure(message_size_max="junk")
        self.daemon.signal(signal.SIGHUP)
        process.wait_until(lambda: "message_size_max" in self.daemon.log_text(), "the wrong setting is told")
        self.assertEqual(self.offered_size(), "SIZE 12345")

    def head(self, user):
        return b"Return-Path: <a@example.net>\nDelivered-To: %s@example.org\n" % user.encode()

    def test_smtplib_delivers(self):
        for user in ("bob", "alice"): # smtplib reads one reply behind DATA, whatever the number of recipients
            with smtplib.LMTP(*self.address) as client:
                refused = client.sendmail("a@example.net", [user + "@example.org", "nobody@example.org"],
                                          BODY.replace(b"\n", b"\r\n"))
            self.assertEqual(list(refused), ["nobody@example.org"])
            self.assertEqual(refused["nobody@example.org"][0], 550)
        self.assertEqual(self.stored(self.bob), [self.head("bob") + BODY])
        self.assertEqual(self.stored(self.alice), [self.head("alice") + BODY])

    def test_extensions_are_offered(self):
        reply = self.client().ask("LHLO test")
        for word in ("PIPELINING", "8BITMIME", "CHUNKING", "ENHANCEDSTATUSCODES", "SIZE "):
            self.assertIn(word, reply)
        self.assertNotIn("SMTPUTF8", reply)

    def test_smtp_greetings_are_refused(self):
        self.assertEqual(self.client().ask("EHLO test")[:3], "500")

    def test_order_is_enforced(self):
        client = self.client()
        self.assertEqual(client.ask("MAIL FROM:<a@b>")[:3], "503")
        client.ask("LHLO test")
        self.assertEqual(client.ask("RCPT TO:<bob@example.org>")[:3], "503")
        self.assertEqual(client.ask("DATA")[:3], "503")
        self.assertEqual(client.ask("MAIL FROM:<a@b>")[:3], "250")
        self.assertEqual(client.ask("MAIL FROM:<a@b>")[:3], "503")
        self.assertEqual(client.ask("RSET")[:3], "250")
        self.assertEqual(client.ask("NONSENSE")[:3], "500")
        self.assertEqual(client.ask("QUIT")[:3], "221")

    def test_unknown_recipients_and_domains(self):
        replies = self.client().begin("nobody@example.org", "bob@example.com", "not an address", "bob@example.org")
        self.assertEqual([reply[:9] for reply in replies], ["550 5.1.1", "550 5.1.2", "550 5.1.1", "250 2.1.5"])

    def test_pipelined_transaction_is_answered_in_order(self):
        client = self.client()
        client.send("LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<bob@example.org>\r\nRCPT TO:<nobody@example.org>\r\n"
                    "RCPT TO:<alice@example.org>\r\nDATA\r\n")
        self.assertEqual([client.reply()[:3] for _ in range(6)], ["250", "250", "250", "550", "250", "354"])
        client.send("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n")
        self.assertEqual([client.reply()[:3] for _ in range(3)], ["250", "250", "221"])
        self.assertEqual(self.stored(self.bob), [self.head("bob") + b"Subject: x\n\nbody\n"])

    def test_one_byte_at_a_time(self):
        client = self.client()
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"LHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n..a\r\n.\r\n":
            client.send(bytes([byte]))
        self.assertEqual([client.reply()[:3] for _ in range(5)], ["250", "250", "250", "354", "250"])
        self.assertEqual(self.stored(self.bob), [self.head("bob") + b".a\n"])

    def test_only_crlf_dot_crlf_ends_a_message(self):
        for text in (b"a\n.\nb", b"a\r\n.\nb", b"a\n.\r\nb", b"a\r.\rb"):
            client = self.client()
            client.begin("bob@example.org")
            client.ask("DATA")
            client.send(text + b"\r\n.\r\n")
            self.assertEqual(client.reply()[:9], "554 5.6.0", text)
            self.assertEqual(client.ask("NOOP")[:3], "250", "nothing of the message is taken for a command")
        self.assertEqual(self.stored(self.bob), [])

    def test_chunks_are_put_together(self):
        client = self.client()
        client.begin("bob@example.org", "alice@example.org")
        client.send("BDAT 13\r\nSubject: x\r\n\r")
        self.assertEqual(client.reply()[:3], "250")
        client.send("BDAT 8 LAST\r\n\n.\r\nhi\r\n")
        self.assertEqual([client.reply()[:3] for _ in range(2)], ["250", "250"])
        self.assertEqual(self.stored(self.bob), [self.head("bob") + b"Subject: x\n\n.\nhi\n"])

    def test_chunk_without_recipients_is_skipped(self):
        client = self.client()
        client.ask("LHLO x")
        client.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
        self.assertEqual([client.reply()[:3] for _ in range(2)], ["503", "250"])

    def test_sizes_are_bounded(self):
        self.daemon.stop()
        self.site.daemons.remove(self.daemon)
        self.site.configure(message_size_max="1000")
        self.daemon = self.site.start("vlmtpd", "-l", "%s:%d" % self.address, address=self.address)
        client = self.client()
        client.ask("LHLO x")
        self.assertEqual(client.ask("MAIL FROM:<a@b> SIZE=1001")[:9], "552 5.3.4")
        self.assertEqual(client.ask("MAIL FROM:<a@b> SIZE=1000")[:3], "250")
        client.ask("RCPT TO:<bob@example.org>")
        client.ask("DATA")
        client.send(b"x" * 1001 + b"\r\n.\r\n")
        self.assertEqual(client.reply()[:9], "552 5.3.4")
        self.assertEqual(client.ask("NOOP")[:3], "250")

    def test_over_quota_is_552(self):
        self.accounts.domains["example.org"]["bob"] = self.accounts.domains["example.org"]["bob"].replace("NOQUOTA", "10S")
        self.save()
        client = self.client()
        client.begin("bob@example.org", "alice@example.org")
        client.ask("DATA")
        client.send(BODY.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n") + b".\r\n")
        self.assertEqual([client.reply() for _ in range(2)], ["552 5.2.2 user is over quota", "250 2.1.5 Delivered"])

    def test_aliases_and_extensions(self):
        self.domain_file(".qmail-sales", "&bob@example.org\n&alice@example.org\n")
        self.domain_file(".qmail-list-default", "&alice@example.org\n")
        with smtplib.LMTP(*self.address) as client:
            for recipient in ("sales@example.org", "bob-x@example.org", "list-a@example.org"):
                self.assertEqual(client.sendmail("a@example.net", [recipient], b"Subject: x\r\n\r\n"), {})
        self.assertEqual((len(self.stored(self.bob)), len(self.stored(self.alice))), (2, 2))

    def test_forward_goes_to_the_queue(self):
        self.queue()
        self.domain_file(".qmail-far", "far@example.com\n")
        with smtplib.LMTP(*self.address) as client:
            self.assertEqual(client.sendmail("", ["far@example.org"], b"Subject: x\r\n\r\n"), {})
        self.assertEqual(self.queued(), [b"F\0Tfar@example.com\0\0\n--\nDelivered-To: far@example.org\nSubject: x\n\n"])

    def test_broken_store_is_451(self):
        for name in ("Q/users/cdb", "Q/users/assign"):
            self.site.write(name, b"\0" * 100)
        replies = self.client().begin("bob@example.org", "nobody@example.org", "bob@example.com")
        self.assertEqual([reply[:6] for reply in replies], ["451 4."] * 3)

    def test_full_maildir_disk_is_451(self):
        os.chmod(self.bob + "/tmp", 0o500)
        self.addCleanup(os.chmod, self.bob + "/tmp", 0o700)
        client = self.client()
        client.begin("bob@example.org")
        client.ask("DATA")
        client.send("Subject: x\r\n.\r\n")
        self.assertEqual(client.reply()[:9], "451 4.3.0")

    def test_big_message_is_equal(self):
        body = b"Subject: big\n\n" + b"".join(b"%060d\n" % number for number in range(50000))
        client = self.client()
        client.begin("bob@example.org", "alice@example.org")
        client.ask("DATA")
        client.send(body.replace(b"\n", b"\r\n") + b".\r\n")
        self.assertEqual([client.reply()[:3] for _ in range(2)], ["250", "250"])
        self.assertEqual(self.stored(self.bob), [self.head("bob") + body])
        self.assertEqual(self.stored(self.alice), [self.head("alice") + body])

    def send_big(self):
        """The reply to a message that is too big for memory."""
        client = self.client()
        client.begin("bob@example.org")
        client.ask("DATA")
        client.send(b"Subject: big\r\n\r\n" + b"x" * 70 * 1000 + (b"\r\n" + b"y" * 900) * 400 + b"\r\n.\r\n")
        return client.reply()

    def test_spool_is_below_the_home_and_private(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.site.path("V/tmp")).st_mode), 0o700)
        self.assertEqual(os.stat(self.site.path("V/tmp")).st_uid, self.site.owner.uid)
        self.assertEqual(self.send_big()[:3], "250")
        self.assertEqual(os.listdir(self.site.path("V/tmp")), [])

    def test_spool_that_cannot_be_used_is_451(self):
        os.rmdir(self.site.path("V/tmp"))
        self.assertEqual(self.send_big()[:9], "451 4.3.0")
        with smtplib.LMTP(*self.address) as client:
            self.assertEqual(client.sendmail("a@example.net", ["bob@example.org"], b"Subject: small\r\n\r\n"), {})

    def test_spool_is_where_the_setting_says(self):
        self.daemon.stop()
        self.site.daemons.remove(self.daemon)
        self.site.configure(spool_folder=self.site.path("run"))
        os.rmdir(self.site.path("V/tmp"))
        self.daemon = self.site.start("vlmtpd", "-l", "%s:%d" % self.address, address=self.address)
        self.assertEqual(self.send_big()[:3], "250")
        self.assertFalse(os.path.exists(self.site.path("V/tmp")))

    def test_long_lines_are_one_error(self):
        client = self.client()
        client.ask("LHLO x")
        self.assertEqual(client.ask("MAIL FROM:<" + "x" * 200000 + ">")[:3], "500")
        self.assertEqual(client.ask("NOOP")[:3], "250")

    @unittest.skipUnless(clients.find("smtp-source"), "smtp-source is not installed")
    def test_smtp_source_in_parallel(self):
        result = clients.smtp_source(self.address, "a@example.net", "bob@example.org", lmtp=True, messages=60, sessions=4, size=2000)
        self.assertEqual(result.status, 0, result)
        self.assertEqual(len(self.stored(self.bob)), 60)

    @unittest.skipUnless(clients.find("smtp-source"), "smtp-source is not installed")
    def test_quota_is_exact_under_parallel_deliveries(self):
        self.accounts.domains["example.org"]["bob"] = self.accounts.domains["example.org"]["bob"].replace("NOQUOTA", "17C")
        self.save()
        for _ in range(3):
            clients.smtp_source(self.address, "a@example.net", "bob@example.org", lmtp=True, messages=20, sessions=4, size=500)
        self.assertEqual(len(self.stored(self.bob)), 17)

    @unittest.skipUnless(shutil.which("swaks"), "swaks is not installed")
    def test_swaks_delivers(self):
        result = clients.swaks(self.address, "a@example.net", ["bob@example.org"], BODY, protocol="LMTP")
        self.assertEqual(result.status, 0, result)
        self.assertIn(b"Subject: test\n", self.stored(self.bob)[0])


class ArgumentsTest(MailTest):
    def test_public_addresses_are_refused(self):
        result = self.site.run("vlmtpd", "-l", "0.0.0.0:2424")
        self.assertEqual(result.status, 100)
        self.assertIn("loopback", result.err)

    def test_no_address_is_refused(self):
        self.assertEqual(self.site.run("vlmtpd").status, 100)

    def test_unknown_option_is_refused(self):
        self.assertEqual(self.site.run("vlmtpd", "--nonsense").status, 100)

    def test_bad_settings_are_later(self):
        self.site.configure(nonsense="1")
        self.assertEqual(self.site.run("vlmtpd", "-l", "127.0.0.1:0").status, 111)


if __name__ == "__main__":
    unittest.main()
