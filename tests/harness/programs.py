"""A site on an SQL engine with one domain, and what is done to it by whole programs."""
import os

from . import process, stores

DOMAIN = "example.org"
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
