"""A site with a domain and accounts that receive mail."""
import glob
import os
import smtplib
import stat

from . import process
from .accounts import Accounts
from .site import SiteTest

BODY = b"From: a@example.net\nSubject: test\n\nHello\n.dot\n..two\n"

# A stand-in for qmail-queue that keeps what it is given, and exits as told.
QUEUE = """#!/usr/bin/python3
import os, sys
folder = os.path.dirname(os.path.abspath(__file__))
message = os.fdopen(0, "rb").read()
envelope = os.fdopen(1, "rb").read()
code = os.path.join(folder, "queue-exit")
if os.path.exists(code):
    sys.exit(int(open(code).read()))
number = len([name for name in os.listdir(folder) if name.startswith("queued.")])
with open(os.path.join(folder, "queued.%d" % number), "wb") as out:
    out.write(envelope + b"\\n--\\n" + message)
"""


class Deliveries:
    """The ways of a message into a site, for its tests."""
    action = "bounce-no-mailbox"

    def deliver(self, body=BODY, user="bob", host="example.org"):
        """vdelivermail's exit code."""
        environment = {"EXT": user, "HOST": host, "SENDER": "a@example.net", "RPLINE": "Return-Path: <a@example.net>\n"}
        self.result = self.site.run("vdelivermail", "", self.action, stdin=body, env=environment)
        return self.result.status

    def deliver_by_lmtp(self, body=BODY, user="bob", host="example.org"):
        """vlmtpd's code for the recipient, or else for the message."""
        address = ("127.0.0.1", process.free_port())
        daemon = self.site.start("vlmtpd", "-p", "1", "-l", "%s:%d" % address, address=address)
        try:
            with smtplib.LMTP(*address, timeout=30) as client:
                client.ehlo_or_helo_if_needed()
                client.mail("a@example.net")
                code = client.rcpt("%s@%s" % (user, host))[0]
                return code if code != 250 else client.data(body.replace(b"\n", b"\r\n"))[0]
        finally:
            daemon.stop()


class MailTest(SiteTest):
    """example.org with bob and alice; its .qmail-default bounces."""
    settings = {"log_target": "stderr", "qmail_ext": "yes"}
    action = "bounce-no-mailbox"

    def setUp(self):
        super().setUp()
        self.accounts = Accounts(self.site)
        self.bob = self.accounts.add("bob@example.org")
        self.alice = self.accounts.add("alice@example.org")
        self.save()
        self.default(self.action)

    def save(self):
        self.accounts.save()

    def default(self, action):
        self.domain_file(".qmail-default", "| %s/bin/vdelivermail '' %s\n" % (self.site.home, action))

    def domain_file(self, name, text):
        return self.site.write("V/domains/example.org/" + name, text, 0o600)

    def queue(self, code=None):
        """Installs the stand-in for qmail-queue."""
        self.site.write("Q/bin/qmail-queue", QUEUE, 0o755)
        os.chmod(self.site.path("Q/bin"), stat.S_IMODE(0o755))
        if code is not None:
            self.site.write("Q/bin/queue-exit", str(code))

    def queued(self):
        return [open(path, "rb").read() for path in sorted(glob.glob(self.site.path("Q/bin/queued.*")))]

    def stored(self, maildir):
        """The messages in new/, oldest name first."""
        texts = []
        for name in sorted(os.listdir(maildir + "/new")):
            with open(os.path.join(maildir, "new", name), "rb") as text:
                texts.append(text.read())
        return texts

    def names(self, maildir):
        return sorted(os.listdir(maildir + "/new"))
