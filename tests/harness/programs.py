"""A site on an SQL engine with one domain, and what is done to it by whole programs."""
import os
import smtplib

from . import process, stores

DOMAIN, ALIAS = "example.org", "alias.example"
BOB = "bob@" + DOMAIN
HASH = "abNANd1rDfiNc"
PASSWORD = "a long password"
MESSAGE = b"Subject: first\n\nhello\n"


class Programs(stores.StoreTest):
    def setUp(self):
        super().setUp()
        self.must = self.site.must
        self.must("vadddomain", DOMAIN, PASSWORD)

    def add_bob(self):
        self.must("vadduser", "-e", HASH, BOB)

    def users(self):
        return [name for name in self.must("vuserinfo", "-n", "-D", DOMAIN).out.split() if not name.startswith("---")]

    def deliver(self, user, message=MESSAGE, deadline=process.DEADLINE):
        environment = {"EXT": user, "HOST": DOMAIN, "LOCAL": DOMAIN + "-" + user, "SENDER": "a@b.example",
                       "RECIPIENT": "%s@%s" % (user, DOMAIN), "DTLINE": "Delivered-To: %s-%s@%s\n" % (DOMAIN, user, DOMAIN),
                       "RPLINE": "Return-Path: <a@b.example>\n"}
        return self.site.run("vdelivermail", "", "bounce-no-mailbox", stdin=message, env=environment,
                             cwd=self.site.path("V/domains/" + DOMAIN), deadline=deadline)

    def login(self, user, password, deadline=process.DEADLINE):
        return self.site.run("vchkpw", "/bin/true", fd3=("%s\0%s\0\0" % (user, password)).encode(),
                             env={"TCPLOCALPORT": "110", "TCPREMOTEIP": "192.0.2.9"}, deadline=deadline)

    def new_mail(self, user):
        """The messages in an account's new/."""
        folder = self.must("vuserinfo", "-d", "%s@%s" % (user, DOMAIN)).out.strip() + "/Maildir/new"
        texts = []
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as text:
                texts.append(text.read())
        return texts

    def start_lmtp(self, *options):
        """A vlmtpd for send()."""
        self.lmtp = ("127.0.0.1", process.free_port())
        return self.site.start("vlmtpd", "-l", "%s:%d" % self.lmtp, *options, address=self.lmtp)

    def send(self, message=MESSAGE, recipient=BOB):
        """Mail by LMTP: the codes for the recipient and, where that is 250, for the message."""
        with smtplib.LMTP(*self.lmtp, timeout=process.DEADLINE) as client:
            client.ehlo()
            client.mail("a@b.example")
            code = client.rcpt(recipient)[0]
            return (code, client.data(message.replace(b"\n", b"\r\n"))[0] if code == 250 else None)

    def says_later(self, result, within=process.DEADLINE):
        self.assertEqual(result.status, 111, repr(result))
        self.assertLess(result.seconds, within)

    def command_says_later(self, *command, within=process.DEADLINE):
        """A command that ends with one clear line."""
        result = self.site.run(*command)
        self.says_later(result, within)
        self.assertRegex(result.err, "later|safe", repr(result))
        self.assertLess(len(result.err.splitlines()), 3, result.err)

    CHANGES = (("vadduser", "-e", HASH, "xy@" + DOMAIN), ("vpasswd", BOB, "a new password"), ("vdeluser", BOB),
               ("vadddomain", "new.example", PASSWORD), ("vdeldomain", DOMAIN), ("vaddaliasdomain", DOMAIN, ALIAS),
               ("valias", "-i", "&a@b.example", "list@" + DOMAIN), ("vmoddomlimits", "-P", "1", DOMAIN),
               ("vipmap", "-a", "192.0.2.7", DOMAIN), ("vmoduser", "-c", "comment", BOB), ("vsetuserquota", BOB, "1M"))
    READS = (("vuserinfo", BOB), ("vuserinfo", "-n", "-D", DOMAIN), ("valias", "-s", DOMAIN), ("vmoddomlimits", "-S", DOMAIN),
             ("vdominfo",), ("vsync",), ("vipmap", "-p"), ("vusage", DOMAIN), ("vverifypw", BOB, PASSWORD))

    def all_say_later(self, commands=CHANGES + READS):
        for command in commands:
            with self.subTest(command=command):
                self.command_says_later(*command)
        self.says_later(self.deliver("bob"))
        self.says_later(self.deliver("nobody"))
        self.says_later(self.login(BOB, PASSWORD))
        self.says_later(self.login(BOB, "wrong"))

    def all_is_as_before(self):
        self.must("vverifypw", BOB, PASSWORD)
        self.assertEqual(self.deliver("bob").status, 0)
        self.assertEqual(self.login(BOB, PASSWORD).status, 0)
        self.assertEqual(self.users(), ["bob", "postmaster"])
        self.assertEqual(self.site.read("Q/control/rcpthosts").decode(), DOMAIN + "\n")
        self.assertFalse(os.path.exists(self.site.path("V/domains/new.example")))
