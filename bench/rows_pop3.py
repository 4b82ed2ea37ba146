"""POP3: login, STAT, UIDL, RETR of 100 of 10,000 messages, beside Dovecot on an equal Maildir."""
import os
import shutil
import socket
import statistics
import time

from harness import process
from harness.accounts import Accounts
from harness.dovecot import Dovecot
from harness.installed import Installed
from harness.site import Site
from rows import Row

ADDRESS = "bob@example.org"
MESSAGES, ROUNDS = 10000, 5
TEXT = b"From: a@example.org\nSubject: a message of four KiB\n\n" + b"sixty bytes of text that make a line of a message, or so..\n" * 68


def fill(maildir, count, person):
    """A Maildir as a day of deliveries leaves it: all in new/."""
    shutil.rmtree(maildir, ignore_errors=True)
    for part in ("", "new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, part), exist_ok=True)
    for number in range(count):
        name = "%d.M%06dP1_%d.host,S=%d" % (1700000000 + number // 10, number % 1000000, number, len(TEXT))
        with open(os.path.join(maildir, "new", name), "wb") as out:
            out.write(TEXT)
    if os.geteuid() == 0:
        for folder, _, files in os.walk(os.path.dirname(maildir)):
            for path in [folder] + [os.path.join(folder, name) for name in files]:
                os.chown(path, person.uid, person.gid)


def session(port, count):
    """Milliseconds of one session, its QUIT included; nothing is waited for but answers."""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = connection.makefile("rb")

        def ask(line, many=False):
            connection.sendall(line)
            answer = server.readline()
            if not answer.startswith(b"+OK"):
                raise SystemExit(answer)
            while many and server.readline() != b".\r\n":
                pass
            return answer

        server.readline()
        ask(b"USER " + ADDRESS.encode() + b"\r\n")
        ask(b"PASS secret\r\n")
        if int(ask(b"STAT\r\n").split()[1]) != count:
            raise SystemExit("not all messages are there")
        ask(b"UIDL\r\n", True)
        for number in range(1, 101):
            ask(b"RETR %d\r\n" % number, True)
        ask(b"QUIT\r\n")
    return 1000 * (time.perf_counter() - began)


def peak_kib(port, daemon):
    """The highest peak of any process of a session, with the mailbox open."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        server = connection.makefile("rb")
        server.readline()
        for line in (b"USER " + ADDRESS.encode(), b"PASS secret", b"STAT"):
            connection.sendall(line + b"\r\n")
            server.readline()
        peaks = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/status" % entry) as text:
                    status = dict(line.split(":", 1) for line in text if ":" in line)
                if os.getpgid(int(entry)) == daemon.process.pid:
                    peaks[status["Name"].strip()] = int(status["VmHWM"].split()[0])
            except (OSError, KeyError):
                continue
        connection.sendall(b"QUIT\r\n")
        server.readline()
    return max(peaks.values())


def rows():
    site = Site({"log_target": "stderr"})
    dovecot = Dovecot({ADDRESS: "secret"})
    try:
        accounts = Accounts(site)
        maildir = accounts.add(ADDRESS)
        accounts.save()
        port = process.free_port()
        program = Installed.get().program
        daemon = site.start("qmail-popup", "-l", "127.0.0.1:%d" % port, "localhost", program("vchkpw"),
                            program("qmail-pop3d"), "Maildir", address=("127.0.0.1", port))
        other = os.path.join(dovecot.folder, "mail", ADDRESS, "Maildir")
        times = {"first": ([], []), "second": ([], [])}
        for _ in range(ROUNDS):
            for index, (folder, at) in enumerate(((maildir, port), (other, dovecot.ports["pop3"]))):
                fill(folder, MESSAGES, site.person)
                times["first"][index].append(session(at, MESSAGES))
                times["second"][index].append(session(at, MESSAGES))
        for what, bound in (("first", 0.5), ("second", 0.6)):
            ours, theirs = map(statistics.median, times[what])
            yield Row("POP3 %s open of %d messages; other: Dovecot" % (what, MESSAGES), ours, theirs, "ms",
                      at_most=bound)
        yield Row("POP3 peak memory of a process; other: 4 MiB", peak_kib(port, daemon), 4096, "KiB", at_most=1)
    finally:
        dovecot.close()
        site.close()
