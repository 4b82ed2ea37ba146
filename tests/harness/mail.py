"""A site with a domain and accounts that receive mail."""
import glob
import os
import stat

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
