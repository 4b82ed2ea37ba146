"""Lines of files, of standard input and of sessions that cannot be: bounded, named, definite, and without effect."""
import json
import os
import socket
import unittest

from harness import process
from harness.accounts import Accounts
from harness.installed import Installed
from harness.mail import BODY, MailTest
from harness.site import IN_MEMORY, Site
from harness.tree import Tree

DOMAIN = "example.org"
BOB = "bob@" + DOMAIN
HASH = "abNANd1rDfiNc"
PASSWORD = "a long password"
BIG = 16 << 20

TEXTS = {"NUL": b"a\0b", "CR": b"a\rb", "control": b"a\x01b", "8-bit": b"a\xe9b", "invalid UTF-8": b"\xff\xfe\xc0\xaf",
         "parent": b"..", "climbing": b"../../x", "dash": b"-x", "shell": b"$(id)`id`;|", "format": b"%n%s%1000000d",
         "colon": b"a:b", "64 KiB": b"x" * 65536, "16 MiB": b"x" * BIG}


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site({"log_target": "stderr", "password_scheme": "ssha"}, parent=IN_MEMORY)
        cls.addClassCleanup(cls.site.close)
        cls.site.must("vadddomain", DOMAIN, PASSWORD)
        cls.site.must("vadduser", "-e", HASH, BOB)
        cls.tree = Tree(cls.site)

    def refused(self, result, *words):
        changed = self.tree.changes()
        if changed:
            self.tree.restore()
        self.assertEqual(changed, [], result.err[:500])
        self.assertTrue(186 <= result.status <= 255, (result.status, result.err[:500]))
        for word in words:
            self.assertIn(word, result.out + result.err[:2000])
        self.assertLess(len(result.out + result.err), 8192)
        self.assertNotRegex(result.out + result.err, "[\x00-\x08\x0b-\x1f\x7f]")

    def batch(self, lines, *options):
        return self.site.run("vadduser", "--batch", "-", *options, stdin=lines)

    def test_rows_of_a_batch_that_cannot_be_are_named_by_their_line(self):
        fields = ("address", "password", "password_hash", "comment", "quota", "flags")
        for field in fields:
            for name, text in TEXTS.items():
                legal = {"password": name in ("dash", "shell", "format", "colon", "parent", "climbing", "8-bit", "invalid UTF-8"),
                         "password_hash": name in ("dash", "shell", "format", "parent", "climbing"),
                         "comment": name in ("dash", "shell", "format", "parent", "climbing", "8-bit", "invalid UTF-8")}
                if legal.get(field):
                    continue
                row = {"address": "new@" + DOMAIN, "password_hash": HASH}
                if field == "password":
                    del row["password_hash"]
                row[field] = text.decode("latin-1") + ("@" + DOMAIN if field == "address" else "")
                if field == "address" and name in ("dash", "shell", "format"):
                    row[field] = "a b" + row[field]
                with self.subTest(field=field, text=name):
                    self.refused(self.batch(json.dumps(row).encode() + b"\n"), "-:1")

    def test_bytes_that_are_no_row_are_named_by_their_line(self):
        rows = [b"{", b"[]", b"{}", b"null", b'{"address":"new@example.org"', b'{"address":7,"password":"x"}', b"\0", b"{\0}",
                b'{"address":"new@example.org","password":"a\xff"}',
                b'{"address":"new@example.org","password":"\\u0000"}', b'{"nonsense":"x"}', b"{" * 10000, b"[" * BIG,
                b'{"address":"' + b"x" * BIG]
        for row in rows:
            with self.subTest(row[:40]):
                good = b'{"address":"%s","password_hash":"x"}\n' % BOB.encode()  # there already: line 1 fails too
                self.refused(self.batch(good + row + b"\n"), "-:1", "-:2")
        for header in (b"nonsense,address\n", b"address,address\n", b"\n", b"\0\n", b"x" * BIG, b'"address\n', b",,,,,,,,,,\n"):
            with self.subTest(header[:40]):
                self.refused(self.batch(header + b"new@example.org,x\n"), "header" if len(header) < 99 else "-:1")
        for line in (b"", b"new@example.org", b"new@example.org,x,y", b'"new@example.org,x', b"new@example.org,\"x\"y",
                     b"new@example.org,a\0b", b"new@example.org," + b"x" * BIG):
            with self.subTest(line[:40]):
                result = self.batch(b"address,password_hash\n" + line + b"\n")
                if line:
                    self.refused(result, "-:2")

    def test_passwords_on_standard_input_that_cannot_be(self):
        rows = {"none": b"", "empty": b"\n", "NUL": b"a\0b\n", "control": b"a\x01b\n", "CR inside": b"a\rb\n",
                "129": b"x" * 129 + b"\n", "64 KiB": b"x" * 65536, "16 MiB": b"x" * BIG}
        for name, text in rows.items():
            for command in (["vpasswd", "--password-stdin", BOB], ["vadduser", "--password-stdin", "new@" + DOMAIN],
                            ["vadddomain", "--password-stdin", "new.example"], ["vmoduser", "--password-stdin", BOB]):
                with self.subTest(text=name, command=command):
                    self.refused(self.site.run(*command, stdin=text), "assword")


class FilesTest(unittest.TestCase):
    """Files that operators and other programs write."""

    def setUp(self):
        self.site = Site({"log_target": "stderr"}, parent=IN_MEMORY)
        self.addCleanup(self.site.close)
        self.accounts = Accounts(self.site)
        self.accounts.add(BOB)
        self.accounts.save()

    def test_settings_that_cannot_be_are_named_by_file_and_line(self):
        good = self.site.read("V/etc/vpopmail.conf")
        lines = [b"nonsense = 1", b"=", b"auth", b"auth = " + b"x" * 1001, b"auth = a\0b", b"auth = a\x01b", b"[", b"[cdb", b"x" * 65536,
                 b"x" * BIG, b"max_message_size = 99999999999999999999", b"password_min_length = -1", b"auth = ../../x", b"auth = -x",
                 b"auth = %n%s", b"\xff\xfe = 1"]
        for line in lines:
            self.site.write("V/etc/vpopmail.conf", good + line + b"\n", 0o600)
            for command in (["vuserinfo", BOB], ["vconfig", "--check"], ["vdelivermail", "", "bounce-no-mailbox"]):
                with self.subTest(line[:40], command=command):
                    result = self.site.run(*command)
                    self.assertIn(result.status, (1, 100, 111), result)
                    self.assertIn("vpopmail.conf" if b"auth = " not in line else "", result.out + result.err)
                    self.assertTrue(result.out + result.err)
                    self.assertNotRegex(result.out + result.err, "[\x00-\x08\x0b-\x1f\x7f]")

    def test_lines_of_users_assign_that_cannot_be_are_no_answer(self):
        good = self.site.read("Q/users/assign")
        fields = b":%s:%d:%d:/tmp/x:-::\n" % (DOMAIN.encode(), self.site.owner.uid, self.site.owner.gid)
        lines = [b"+x", b"+" + fields, b"+" + b"x" * 200 + b".example-" + fields, b"+y.example-:y.example:x:y:/z:-::\n",
                 b"+y.example-:y.example:1:1:relative:-::\n", b"+y.example-:y.example:4294967296:1:/z:-::\n",
                 b"+y.ex\0mple-" + fields, b"+" + b"x" * 65536 + fields, b"+" + b"x" * BIG, b"\xff\xfe\n",
                 b"+../../x-:../../x:1:1:/z:-::\n", b"+%n%s-" + fields, b"+y.example-:" + b"z" * 3000 + b":1:1:/z:-::\n"]
        os.unlink(self.site.path("Q/users/cdb"))
        for line in lines:
            self.site.write("Q/users/assign", good.replace(b".\n", b"") + line.rstrip(b"\n") + b"\n.\n")
            for command in (["vdominfo"], ["vuserinfo", BOB], ["vmkpasswd", "--all"], ["vdominfo", DOMAIN],
                            ["vadddomain", "new.example", PASSWORD]):
                with self.subTest(line[:40], command=command):
                    result = self.site.run(*command)
                    self.assertIn(result.status, (0, 111), result)
                    if result.status == 111:
                        self.assertIn("users/assign", result.out + result.err)
                    self.assertNotRegex(result.out + result.err, "[\x00-\x08\x0b-\x1f\x7f]")
                if command[0] == "vadddomain" and result.status == 0:
                    self.site.must("vdeldomain", "new.example")

    def test_lines_of_vpasswd_that_cannot_be_are_no_answer(self):
        base = "V/domains/%s/vpasswd" % DOMAIN
        good = self.site.read(base)
        os.unlink(self.site.path(base + ".cdb"))
        for line in (b"u" * 65 + b":x:1:0:c:/h:q", b"u" * 5000 + b":x:1:0:c:/h:q", b"x" * 65536, b"x" * BIG, b"u:x\0:1:0:c:/h:q",
                     b":x:1:0:c:/h:q", b"u/v:x:1:0:c:/h:q", b"../../u:x:1:0:c:/h:q", b"u:x:99999999999999999999:0:c:/h:q",
                     b"u:x:1:0:c:../h:q", b"u:x:1:0:%n%s:/h:q", b"u:x:1:0:c:/h:q:c:too:many"):
            self.site.write(base, good + line.replace(b"/h:", b"/nonexistent:") + b"\n", 0o600)
            for command in (["vuserinfo", BOB], ["vuserinfo", "-D", DOMAIN], ["vmkpasswd", DOMAIN]):
                with self.subTest(line[:40], command=command):
                    result = self.site.run(*command)
                    self.assertIn(result.status, (0, 111), result)
                    if result.status == 111:
                        self.assertIn("vpasswd", result.out + result.err)
                    self.assertNotRegex(result.out + result.err, "[\x00-\x08\x0b-\x1f\x7f]")
                if os.path.exists(self.site.path(base + ".cdb")):
                    os.unlink(self.site.path(base + ".cdb"))


class SessionsTest(MailTest):
    def deliver(self):
        environment = {"EXT": "bob", "HOST": DOMAIN, "SENDER": "a@example.net", "RPLINE": "Return-Path: <a@example.net>\n",
                       "DTLINE": "Delivered-To: x@example.org\n"}
        return self.site.run("vdelivermail", "", self.action, stdin=BODY, env=environment)

    def test_dot_qmail_lines_that_cannot_be_are_later_or_refused_and_store_nothing(self):
        # a line that says nothing that could be done: the message waits for the owner to mend it
        rows = [b"&" + b"x" * 1000 + b"@example.net", b"&a b@example.net", b"&-x", b"x" * 65536, b"&" + b"x" * BIG, b"./../../../x/",
                b"/" + b"x" * 5000 + b"/", b"a\0b", b"&a\0b@example.net", b"\xff\xfe", b"&a@b@c", b"&%n%s", b"/nonexistent/Maildir/",
                b"./Mailbox", b"-x", b"&$(id)"]
        for row in rows:
            self.domain_file(".qmail-bob", row + b"\n")
            with self.subTest(row[:40]):
                result = self.deliver()
                self.assertIn(result.status, (100, 111), result)
                self.assertTrue(result.out + result.err)
                self.assertNotRegex(result.out + result.err, "[\x00-\x08\x0b-\x1f\x7f]")
                self.assertEqual(self.names(self.bob), [])

    def test_vchkpw_takes_no_input_that_cannot_be(self):
        program = self.site.write("run/true", "#!/bin/sh\n", 0o755)
        self.accounts.save()
        for name, text in TEXTS.items():
            if name == "16 MiB":
                text = text[:65000]  # a pipe's worth: what writes to descriptor 3 does not wait
            for raw in (text + b"@example.org\0secret\0\0", b"bob@" + text + b"\0secret\0\0", BOB.encode() + b"\0" + text + b"\0\0",
                        text, text + b"\0", BOB.encode() + b"\0secret\0" + text + b"\0"):
                with self.subTest(text=name, raw=raw[:30]):
                    result = self.site.run("vchkpw", program, fd3=raw[:65536], env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.7"})
                    if result.status == 0:
                        self.assertTrue(raw.startswith(BOB.encode() + b"\0secret\0"))
                    else:
                        self.assertIn(result.status, (1, 2, 3, 11, 12, 13, 15, 20), result)
                    self.assertNotRegex(result.err, "[\x00-\x08\x0b-\x1f\x7f%]")

    def talk(self, address, lines):
        """Sends each line; the code or sign of each answer. The last line is one that is always answered."""
        answers = []
        lines = lines[:2] + [line if len(line) < BIG else line[:1 << 17] for line in lines[2:]]  # once is enough of 16 MiB
        with socket.create_connection(address, timeout=20) as connection, connection.makefile("rb") as replies:
            replies.readline()
            for line in lines:
                connection.sendall(line + b"\r\n")
                reply = replies.readline()
                while reply[3:4] == b"-":
                    reply = replies.readline()
                self.assertTrue(reply.endswith(b"\r\n"), (line[:60], reply))
                self.assertNotRegex(reply, b"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f%]")
                answers.append(reply[:3].decode())
        return answers

    def test_lmtp_lines_that_cannot_be_are_answered_one_by_one(self):
        address = ("127.0.0.1", process.free_port())
        self.site.start("vlmtpd", "-l", "%s:%d" % address, "-p", "2", address=address)
        for name, text in TEXTS.items():
            with self.subTest(text=name):
                answers = self.talk(address, [b"LHLO x", text, b"MAIL FROM:<" + text + b"", b"MAIL FROM:<a@example.net> " + text,
                                              b"MAIL FROM:<a@example.net>", b"RCPT TO:<" + text + b"@example.org>",
                                              b"RCPT TO:<bob@" + text + b">", b"RCPT TO:" + text, b"BDAT " + text, b"DATA", b"NOOP"])
                self.assertEqual(answers[0], "250")
                self.assertTrue(all(answer[0] == "5" for answer in answers[1:4]), answers)
                self.assertTrue(all(answer[0] == "5" for answer in answers[5:10]), answers)
                self.assertEqual((answers[4], answers[10]), ("250", "250"))
        self.assertEqual(self.names(self.bob), [])

    def test_pop3_lines_that_cannot_be_are_answered_one_by_one(self):
        address = ("127.0.0.1", process.free_port())
        self.site.start("qmail-popup", "-l", "%s:%d" % address, "mail.example.org", Installed.get().program("vchkpw"),
                        Installed.get().program("qmail-pop3d"), "Maildir", address=address)
        login = [b"USER bob@example.org", b"PASS secret"]
        for name, text in TEXTS.items():
            with self.subTest(text=name):
                answers = self.talk(address, [text, b"APOP " + text] + login + [text, b"RETR " + text, b"DELE " + text, b"TOP 1 " + text,
                                                                               b"UIDL " + text, b"LIST " + text, b"NOOP"])
                self.assertEqual(answers[2:4] + answers[10:], ["+OK", "+OK", "+OK"], answers)
                self.assertEqual({answer[0] for answer in answers[:2] + answers[4:10]}, {"-"}, answers)


if __name__ == "__main__":
    unittest.main()
