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
ACCOUNTS, MEMORY = 1000000, 64  # MiB


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


def rows_of_old_users():
    """One account in a thousand has been used, long ago; the others never had a home."""
    site = site_with(ACCOUNTS, IN_MEMORY)
    try:
        for number in range(0, ACCOUNTS, 1000):
            home = site.path("V/domains/%s/%d/u%07d" % (DOMAIN, number // 1000, number))
            os.makedirs(home)
            with open(home + "/lastauth", "w") as text:
                text.write("10.0.0.1")
            os.utime(home + "/lastauth", (1000000000, 1000000000))
        subprocess.run(["chown", "-R", "%d:%d" % (site.owner.uid, site.owner.gid), site.path("V/domains/" + DOMAIN)],
                       check=True)
        out = json.loads(site.must("vdeloldusers", "--json", "-e", deadline=600).out.splitlines()[-1])
        assert out["found"] == ACCOUNTS // 1000, out
        began = time.perf_counter()
        times = time_starts([site.installed.program("vdeloldusers"), "-V", "-e"], 1, env=site.environment(),
                            person=site.person)
        seconds = time.perf_counter() - began
        yield Row("vdeloldusers over %d accounts, peak memory; other: %d MiB" % (ACCOUNTS, MEMORY), times.peak,
                  MEMORY * 1024, "KiB", at_most=1)
        yield Row("vdeloldusers over %d accounts; other: 1 second" % ACCOUNTS, seconds, 1, "s")
    finally:
        site.close()


def rows():
    yield from rows_of_old_users()
    yield from rows_of_bulletins()
