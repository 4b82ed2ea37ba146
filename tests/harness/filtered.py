"""Mail for bob@example.org that goes through filters, by vdelivermail and by vlmtpd."""
import os

from .mail import Deliveries

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


class Filtered(Deliveries):
    """For a test of a site that has the account; bob is the path of his Maildir."""

    def script(self, name, text):
        """Makes a program in Python; its path."""
        return self.site.write("V/" + name, SCRIPT + text, 0o755)

    def nothing_is_stored(self, *folders):
        for folder in folders or (self.bob,):
            self.assertEqual(os.listdir(folder + "/new") + os.listdir(folder + "/tmp"), [])
