"""Mail for bob@example.org that goes through filters, by vdelivermail and by vlmtpd."""
import os
import smtplib

from . import process
from .mail import BODY

SPAMC, MAILDROP = "/usr/bin/spamc", "/usr/bin/maildrop"
SPAM = b"Subject: GTUBE\n\nbuy\n"
# Reads all first, so that no way to fail is a broken pipe of ours.
SCRIPT = "#!/usr/bin/python3\nimport os, signal, sys\ntext = sys.stdin.buffer.read()\nput = sys.stdout.buffer.write\n"
# What a filter does wrong, and what comes of it at all times: later.
FAULTS = {
    "fails": "put(text)\nsys.exit(1)\n",
    "usage": "put(text)\nsys.exit(64)\n",
    "later": "put(text)\nsys.exit(111)\n",
    "killed": "put(text)\nsys.stdout.flush()\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "nothing": "",
    "cut in a line": "put(text[:-3])\n",
    "cut in the header": "put(text[:10] + b'\\n')\n",
    "never ends": "put(text)\nsys.stdout.flush()\nsignal.pause()\n",
    "too much": "put(text + b'x' * 70000 + b'\\n')\n",
    "crash": "put(text)\nraise ValueError\n",
}


class Filtered:
    """For a test of a site that has the account; bob is the path of his Maildir."""
    action = "bounce-no-mailbox"

    def script(self, name, text):
        """Makes a program in Python; its path."""
        return self.site.write("V/" + name, SCRIPT + text, 0o755)

    def deliver(self, body=BODY, user="bob"):
        """vdelivermail's exit code."""
        environment = {"EXT": user, "HOST": "example.org", "SENDER": "a@example.net", "RPLINE": "Return-Path: <a@example.net>\n"}
        self.result = self.site.run("vdelivermail", "", self.action, stdin=body, env=environment)
        return self.result.status

    def deliver_by_lmtp(self, body=BODY):
        """vlmtpd's code for bob, for his address or else for the message."""
        address = ("127.0.0.1", process.free_port())
        daemon = self.site.start("vlmtpd", "-p", "1", "-l", "%s:%d" % address, address=address)
        try:
            with smtplib.LMTP(*address, timeout=30) as client:
                client.ehlo_or_helo_if_needed()
                client.mail("a@example.net")
                code = client.rcpt("bob@example.org")[0]
                return code if code != 250 else client.data(body.replace(b"\n", b"\r\n"))[0]
        finally:
            daemon.stop()

    def nothing_is_stored(self, *folders):
        for folder in folders or (self.bob,):
            self.assertEqual(os.listdir(folder + "/new") + os.listdir(folder + "/tmp"), [])
