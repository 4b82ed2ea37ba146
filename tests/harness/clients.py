"""Mail programs of other projects as clients and sinks: Postfix's smtp-source and smtp-sink, swaks."""
import os
import shutil
import tempfile

from . import process
from .installed import Person


def find(program):
    """Path of a program, also in the folders of root; None where it is not installed."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def target(address):
    """The name by which Postfix's tools know an address."""
    return "unix:" + address if isinstance(address, str) else "inet:%s:%d" % address


def smtp_source(address, sender, recipient, lmtp=False, messages=1, sessions=1, size=None, keep_connection=True,
                deadline=process.DEADLINE):
    """Sends generated messages as fast as the server takes them: a process.Result."""
    command = [find("smtp-source"), "-f", sender, "-t", recipient, "-m", str(messages), "-s", str(sessions)]
    command += ["-L"] if lmtp else []
    command += ["-l", str(size)] if size else []
    command += ["-d"] if keep_connection else []  # "do not disconnect"
    return process.run(command + [target(address)], deadline=deadline)


def swaks(address, sender, recipients, message=None, protocol="SMTP", more=(), deadline=process.DEADLINE):
    """One transaction; `message` is the whole message, its line ends LF."""
    place = ["--socket", address] if isinstance(address, str) else ["--server", address[0], "--port", str(address[1])]
    data = ["--data", "-"] if message is not None else []
    return process.run([find("swaks"), "--protocol", protocol, "--from", sender, "--to", ",".join(recipients)] + place +
                       data + list(more), message or b"", deadline=deadline)


class Sink:
    """smtp-sink: takes mail by SMTP (or LMTP) and keeps each message as a file in `folder`/mail."""

    def __init__(self, lmtp=False, more=()):
        self.folder = tempfile.mkdtemp(prefix="vm-sink-")
        self.person = Person(ordinary=True)
        os.chmod(self.folder, 0o755)
        os.mkdir(self.mail)
        if os.geteuid() == 0:
            os.chown(self.mail, self.person.uid, self.person.gid)
        address = ("127.0.0.1", process.free_port())
        command = [find("smtp-sink"), "-d", os.path.join(self.mail, "m.")] + (["-L"] if lmtp else []) + list(more)
        self.daemon = process.Daemon(command + ["%s:%d" % address, "100"], address,
                                     os.path.join(self.folder, "log"), cwd=self.mail, person=self.person)
        self.address = address

    @property
    def mail(self):
        return os.path.join(self.folder, "mail")

    def messages(self):
        texts = []
        for name in sorted(os.listdir(self.mail)):
            with open(os.path.join(self.mail, name), "rb") as text:
                texts.append(text.read())
        return texts

    def close(self):
        self.daemon.kill()
        shutil.rmtree(self.folder)
