"""Deliveries of 4 KiB, file and folder synced: vdelivermail beside its bare twin, vlmtpd beside Dovecot's LMTP."""
import os
import shutil
import statistics
import subprocess
import time

from harness import process
from harness.accounts import Accounts
from harness.dovecot import Dovecot
from harness.site import Site
from rows import Row, built, time_starts

DOMAIN = "example.org"
ADDRESS = "bob@" + DOMAIN
MESSAGES, ROUNDS, DISK_FLOOR = 2000, 5, 4000
TEXT = b"From: a@example.net\nSubject: a message of four KiB\n\n" + b"sixty bytes of text that make a line of a message, or so..\n" * 68


def empty(maildir):
    """No messages, and none of the indexes that others keep beside them."""
    for folder in ("new", "cur", "tmp"):
        for name in os.listdir(os.path.join(maildir, folder)):
            os.unlink(os.path.join(maildir, folder, name))
    for name in os.listdir(maildir):
        if name.startswith("dovecot"):
            os.unlink(os.path.join(maildir, name))


def rows_of_vdelivermail(site, maildir):
    message = site.write("run/message", TEXT)
    environment = site.environment(EXT="bob", HOST=DOMAIN, LOCAL="bob", RECIPIENT=ADDRESS, SENDER="a@example.net",
                                   RPLINE="Return-Path: <a@example.net>\n", DTLINE="Delivered-To: %s-%s\n" % (DOMAIN, ADDRESS))
    ours = [site.installed.program("vdelivermail"), "", "bounce-no-mailbox"]
    bare = [built("bare_vdelivermail"), site.home, site.qmail]
    for jobs in (1, 8):
        rates = []
        for _ in range(ROUNDS):
            pair = []
            for command in (ours, bare):
                empty(maildir)
                pair.append(time_starts(command, 500, jobs=jobs, stdin=message, env=environment, person=site.person,
                                        cwd=site.path("V/domains/" + DOMAIN)).per_second)
            rates.append(pair)
        yield Row("vdelivermail, %d at a time; other: bare" % jobs, *medians(rates), "/s", at_least=0.75)


def medians(pairs):
    return [statistics.median(pair[side] for pair in pairs) for side in (0, 1)]


def send(port, sessions, kept, maildir):
    """Messages per second until the last is answered; all must be there then."""
    empty(maildir)
    began = time.perf_counter()
    subprocess.run(["smtp-source", "-L"] + (["-d"] if kept else []) +
                   ["-s", str(sessions), "-m", str(MESSAGES), "-l", "4096", "-f", "a@example.net", "-t", ADDRESS,
                    "inet:127.0.0.1:%d" % port], check=True, env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
    seconds = time.perf_counter() - began
    there = len(os.listdir(maildir + "/new"))
    if there != MESSAGES:
        raise SystemExit("%d of %d messages are in %s" % (there, MESSAGES, maildir))
    return MESSAGES / seconds


def bare_rate(site, maildir):
    empty(maildir)
    result = subprocess.run([built("bare_deliver"), maildir, "8", str(MESSAGES)], check=True, text=True,
                            stdout=subprocess.PIPE, **site.person.popen_arguments())
    return float(result.stdout)


def rows_of_lmtp(site, maildir):
    port = process.free_port()
    site.start("vlmtpd", "-l", "127.0.0.1:%d" % port, address=("127.0.0.1", port))
    dovecot = Dovecot({ADDRESS: "secret"})
    other = os.path.join(dovecot.folder, "mail", ADDRESS, "Maildir")
    try:
        for folder in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(other, folder), 0o700)
        for folder, _, _ in os.walk(os.path.join(dovecot.folder, "mail")):
            shutil.chown(folder, site.owner.uid, site.owner.gid)
        kept = [(send(port, 16, True, maildir), send(dovecot.ports["lmtp"], 16, True, other), bare_rate(site, maildir))
                for _ in range(ROUNDS)]
        once = [(send(port, 10, False, maildir), send(dovecot.ports["lmtp"], 10, False, other)) for _ in range(ROUNDS)]
        bare = statistics.median(round[2] for round in kept)
        slow = "" if bare >= DISK_FLOOR else "not judged: the disk's bare loop makes %d/s" % bare
        ours, theirs = medians(kept)
        yield Row("vlmtpd, 16 kept connections; other: Dovecot", ours, theirs, "/s", at_least=3, note=slow)
        yield Row("vlmtpd, 16 kept connections; other: bare loop, 8 threads", ours, bare, "/s", at_least=0.4, note=slow)
        yield Row("vlmtpd, a message per connection, 10 at a time; other: Dovecot", *medians(once), "/s", at_least=2,
                  note=slow)
    finally:
        dovecot.close()


def rows():
    site = Site({"log_target": "stderr"})
    try:
        accounts = Accounts(site)
        maildir = accounts.add(ADDRESS)
        accounts.save()
        site.write("V/domains/%s/.qmail-default" % DOMAIN, "| %s '' bounce-no-mailbox\n" % site.installed.program("vdelivermail"),
                   0o600)
        yield from rows_of_vdelivermail(site, maildir)
        yield from rows_of_lmtp(site, maildir)
    finally:
        site.close()
