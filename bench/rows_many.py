"""Commands that go through all accounts of a domain: their speed and their memory."""
import json
import os
import subprocess
import time

from harness.accounts import cdb_bytes
from harness.site import IN_MEMORY, Site
from rows import Row, time_starts

HASH, DOMAIN, ROUNDS = "abNANd1rDfiNc", "example.org", 3
MAILBOXES, RATE = 100000, 15000


def site_with(count, parent=None):
    """A domain whose accounts, u0000000 on, have no homes yet; written as files, for vadduser is not measured here."""
    site = Site({"log_target": "stderr"}, parent=parent)
    site.must("vadddomain", DOMAIN, "a long password")
    folder = site.path("V/domains/%s" % DOMAIN)
    lines = ["u%07d:%s:1:0::%s/%d/u%07d:NOQUOTA" % (number, HASH, folder, number // 1000, number)
             for number in range(count)]
    site.write("V/domains/%s/vpasswd" % DOMAIN, "".join(line + "\n" for line in lines), 0o600)
    site.write("V/domains/%s/vpasswd.cdb" % DOMAIN,
               cdb_bytes([tuple(part.encode() for part in line.split(":", 1)) for line in lines]), 0o600)
    return site


def rows_of_bulletins():
    for parent, what in ((None, "on disk"), (IN_MEMORY, "in memory")):
        site = site_with(MAILBOXES, parent)
        try:
            for number in range(MAILBOXES):
                home = site.path("V/domains/%s/%d/u%07d/Maildir" % (DOMAIN, number // 1000, number))
                for part in ("cur", "new", "tmp"):
                    os.makedirs("%s/%s" % (home, part))
            subprocess.run(["chown", "-R", "%d:%d" % (site.owner.uid, site.owner.gid),
                            site.path("V/domains/" + DOMAIN)], check=True)
            text = site.write("run/text", "From: us@example.org\nSubject: news\n\n" + "text\n" * 200)
            for way in ("-h", "-c") if parent else ("-h",):
                began = time.perf_counter()
                out = site.must("vpopbull", "--json", way, "-f", text, DOMAIN, deadline=600).out
                seconds = time.perf_counter() - began
                assert json.loads(out)["delivered"] == MAILBOXES, out
                yield Row("vpopbull %s to %d accounts %s; other: %d/s" % (way, MAILBOXES, what, RATE),
                          MAILBOXES / seconds, RATE, "/s", at_least=1 if way == "-h" else None)
        finally:
            site.close()


def rows():
    yield from rows_of_bulletins()
